//! What customers and the owner do, one act after the other, as the seed has it.

use std::time::Duration;

use link_sandbox::{Action, Controls, CustomerMessage, StaffAction};
use tokio::time::{Instant, MissedTickBehavior, interval};

use crate::Result;
use crate::answers::Answers;
use crate::chance::Chance;
use crate::embedder::{PAGE, Wanted};
use crate::faults;
use crate::ledger::{Asked, Ledger, Said};

/// Messages of an Instagram conversation, of both sides: as many as the platform shows.
const ON_INSTAGRAM: usize = 20;
/// How often a message can be edited on Messenger.
const EDITS: u32 = 5;

/// A customer of one of the accounts.
pub(crate) struct Customer {
    name: String,
    account: String,
    peer: String,
    /// Messages and wanted answers.
    talk: usize,
    /// The customer's own messages, by id.
    own: Vec<String>,
    /// What was written by hand.
    staff: Vec<String>,
}

impl Customer {
    pub(crate) fn new(name: String, account: String, peer: String) -> Self {
        Self { name, account, peer, talk: 0, own: Vec::new(), staff: Vec::new() }
    }
}

/// Everybody's acts, and the ledger of them.
pub(crate) struct Acts<'a> {
    meta: &'a Controls,
    answers: &'a Answers,
    chance: Chance,
    customers: Vec<Customer>,
    number: u64,
    pub(crate) ledger: Ledger,
}

impl<'a> Acts<'a> {
    pub(crate) fn new(seed: u64, meta: &'a Controls, customers: Vec<Customer>, ledger: Ledger, answers: &'a Answers) -> Self {
        Self { meta, answers, chance: Chance::new(seed, 2), customers, number: 0, ledger }
    }

    /// So many a second, until the end.
    pub(crate) async fn play(&mut self, rate: u64, end: Instant) -> Result<()> {
        let mut ticks = interval(Duration::from_micros(1_000_000 / rate.max(1)));
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while Instant::now() < end {
            ticks.tick().await;
            self.act().await?;
        }
        Ok(())
    }

    async fn act(&mut self) -> Result<()> {
        if self.chance.percent(8) {
            let fault = faults::of_call(&mut self.chance);
            self.ledger.spoilt += usize::from(fault["match"]["method"] == "POST");
            self.meta.fault(fault).await?;
        }
        let who = self.somebody();
        match self.chance.below(100) {
            0..=54 => self.writes(who).await,
            55..=64 => self.staff_writes(who).await,
            65..=84 => {
                self.wants_an_answer(who);
                Ok(())
            }
            85..=89 => self.edits(who).await,
            90..=93 => self.takes_back(who).await,
            94..=95 => self.staff_takes_back(who).await,
            _ => self.reacts(who).await,
        }
    }

    /// One of either platform, with equal chances.
    fn somebody(&mut self) -> usize {
        let messenger = self.chance.percent(50);
        let of_it: Vec<usize> =
            self.customers.iter().enumerate().filter(|(_, it)| (it.account == PAGE) == messenger).map(|(place, _)| place).collect();
        of_it[self.chance.place(of_it.len())]
    }

    fn text(&mut self, who: &str) -> String {
        self.number += 1;
        format!("{who} says {}", self.number)
    }

    /// Whether there may be one message more. Behind what the platform shows, nothing could be brought back.
    fn has_room(&mut self, who: usize) -> bool {
        let customer = &mut self.customers[who];
        let room = customer.account == PAGE || customer.talk < ON_INSTAGRAM;
        customer.talk += usize::from(room);
        room
    }

    fn note(&mut self, who: usize, mid: String, text: String, pictures: usize, inbound: bool) {
        let customer = &mut self.customers[who];
        if inbound {
            customer.own.push(mid.clone());
        } else {
            customer.staff.push(mid.clone());
        }
        let (account, peer) = (customer.account.clone(), customer.peer.clone());
        self.ledger.said.insert(mid, Said::new(account, peer, text, inbound).with_pictures(pictures));
    }

    async fn writes(&mut self, who: usize) -> Result<()> {
        if !self.has_room(who) {
            return Ok(());
        }
        let (name, account) = (self.customers[who].name.clone(), self.customers[who].account.clone());
        let text = self.text(&name);
        if self.chance.percent(18) {
            self.meta.fault(faults::of_delivery(&mut self.chance, &account)).await?;
        }
        let loss = self.may_lose(&name, &account, "messages").await?;
        let mut message = CustomerMessage::text(&text);
        let pictures = usize::from(self.chance.percent(10));
        for _ in 0..pictures {
            message = message.attachment("image", "https://example.org/picture.jpg");
        }
        let written = self.meta.customer_sends(&name, &account, &message).await?;
        self.lift(loss).await?;
        self.note(who, written.mid, text, pictures, true);
        Ok(())
    }

    /// In some cases, nothing will be told of what is written next.
    async fn may_lose(&mut self, customer: &str, account: &str, field: &str) -> Result<Option<String>> {
        if !self.chance.percent(12) {
            return Ok(None);
        }
        Ok(Some(self.meta.fault(faults::loss(customer, account, field)).await?))
    }

    async fn lift(&self, fault: Option<String>) -> Result<()> {
        if let Some(id) = fault {
            self.meta.clear_fault(&id).await?;
        }
        Ok(())
    }

    /// The owner answers in Meta's own app, who has to have been written to.
    async fn staff_writes(&mut self, who: usize) -> Result<()> {
        if self.customers[who].own.is_empty() || !self.has_room(who) {
            return Ok(());
        }
        let Customer { name, account, .. } = &self.customers[who];
        let (name, account) = (name.clone(), account.clone());
        let text = self.text("robin");
        let field = if account == PAGE { "message_echoes" } else { "messages" };
        let loss = self.may_lose(&name, &account, field).await?;
        let mid = self.meta.staff_writes(&account, &name, &text).await?;
        self.lift(loss).await?;
        self.note(who, mid, text, 0, false);
        Ok(())
    }

    fn wants_an_answer(&mut self, who: usize) {
        if self.customers[who].own.is_empty() || !self.has_room(who) {
            return;
        }
        let text = self.text("the embedder");
        let Customer { account, peer, .. } = &self.customers[who];
        let key = format!("answer {}", self.number);
        let wanted = Wanted { account: account.clone(), peer: peer.clone(), text, key: key.clone() };
        self.ledger.asked.insert(key, Asked { wanted: wanted.clone(), said: None });
        self.answers.want(wanted);
    }

    /// One of somebody's messages that stands and was not edited too often.
    fn standing(&mut self, mids: &[String]) -> Option<String> {
        let said = &self.ledger.said;
        let stands = |mid: &&String| said.get(*mid).is_some_and(|said| !said.unsent && said.edits < EDITS);
        let standing: Vec<&String> = mids.iter().filter(stands).collect();
        (!standing.is_empty()).then(|| standing[self.chance.place(standing.len())].clone())
    }

    async fn edits(&mut self, who: usize) -> Result<()> {
        let own = self.customers[who].own.clone();
        let Some(mid) = self.standing(&own) else { return Ok(()) };
        let Customer { name, account, .. } = &self.customers[who];
        let (name, account) = (name.clone(), account.clone());
        let text = self.text(&name);
        self.meta.customer_acts(&name, &account, &Action::Edit { mid: mid.clone(), text: text.clone() }).await?;
        if let Some(said) = self.ledger.said.get_mut(&mid) {
            (said.text, said.edits) = (text, said.edits + 1);
        }
        Ok(())
    }

    async fn takes_back(&mut self, who: usize) -> Result<()> {
        let own = self.customers[who].own.clone();
        let Some(mid) = self.standing(&own) else { return Ok(()) };
        let Customer { name, account, .. } = &self.customers[who];
        self.meta.customer_acts(name, account, &Action::Unsend { mid: mid.clone() }).await?;
        self.is_gone(&mid);
        Ok(())
    }

    async fn staff_takes_back(&mut self, who: usize) -> Result<()> {
        let staff = self.customers[who].staff.clone();
        let Some(mid) = self.standing(&staff) else { return Ok(()) };
        let Customer { name, account, .. } = &self.customers[who];
        self.meta.staff_acts(account, name, &StaffAction::Unsend { mid: mid.clone() }).await?;
        self.is_gone(&mid);
        Ok(())
    }

    fn is_gone(&mut self, mid: &str) {
        if let Some(said) = self.ledger.said.get_mut(mid) {
            said.unsent = true;
        }
    }

    async fn reacts(&mut self, who: usize) -> Result<()> {
        let own = self.customers[who].own.clone();
        let Some(mid) = self.standing(&own) else { return Ok(()) };
        let Customer { name, account, .. } = &self.customers[who];
        self.meta.customer_acts(name, account, &Action::React { mid: mid.clone(), emoji: "👍".to_owned() }).await?;
        if let Some(said) = self.ledger.said.get_mut(&mid) {
            said.reaction = Some("👍".to_owned());
        }
        Ok(())
    }
}
