//! Comparing what is in the embedder's file with the ledger.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, DurationRound as _, TimeDelta, Utc};
use link_core::words::event::Direction;
use link_kit::{Intent, IntentQuery, IntentState, LinkKit, Page, PageQuery, Viewer};

use crate::Result;
use crate::embedder::viewer;
use crate::ledger::{Ledger, Said, TakenOn};

/// Differences that are printed one by one.
const SHOWN: usize = 40;

/// Answers that are on their way at once, when the process dies: some four a second are asked for, and each takes a part of a second.
const UNDER_WAY: usize = 2;

/// A message in the embedder's file.
#[derive(Debug)]
struct Row {
    account: String,
    peer: String,
    text: Option<String>,
    pictures: usize,
    at: Option<DateTime<Utc>>,
    inbound: Option<bool>,
    unsent: bool,
    /// The customer's reaction to it.
    reaction: Option<String>,
    /// A delivery told of it.
    live: bool,
}

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct Verdict {
    pub(crate) sent: usize,
    pub(crate) acknowledged: usize,
    pub(crate) stored: usize,
    pub(crate) doubled: usize,
    pub(crate) missing: usize,
    /// Intents of which nobody knows whether they were sent, and which indeed were not.
    pub(crate) unknown: usize,
    /// Answers that were taken on.
    pub(crate) taken_on: usize,
    /// Answers that were not taken on.
    pub(crate) refused: usize,
    pub(crate) differences: Vec<String>,
}

impl Verdict {
    /// Looks at everything in the file.
    pub(crate) async fn of(kit: &LinkKit, ledger: &Ledger, acknowledged: &BTreeSet<String>, kills: u32) -> Result<Self> {
        let viewer = viewer()?;
        let (stored, twice) = stored(kit, &viewer).await?;
        let (sent, acks) = (ledger.said.len(), acknowledged.len());
        let mut verdict = Self { sent, acknowledged: acks, stored: stored.len(), doubled: twice.len(), ..Self::default() };
        for mid in twice {
            verdict.differs(format!("{mid} is here more than once"));
        }
        for (mid, said) in &ledger.said {
            verdict.compare(mid, said, stored.get(mid));
        }
        // What was acknowledged survives every death by itself; it must not take the history to bring it back.
        for mid in acknowledged.iter().filter(|mid| stored.get(*mid).is_none_or(|row| !row.live && !row.unsent)) {
            verdict.differs(format!("{mid} was acknowledged and lost, whatever history brought back"));
        }
        for (mid, row) in stored.iter().filter(|(mid, _)| !ledger.said.contains_key(*mid)) {
            verdict.doubled += 1;
            verdict.differs(format!("{mid} is here, and nobody wrote it: {row:?}"));
        }
        let all = |page| IntentQuery::all(page);
        let intents = whole(async |page| Ok(kit.inbox().intents(&viewer, &all(page)).await?)).await?;
        verdict.compare_intents(&intents, ledger);
        verdict.weigh(ledger, kills);
        Ok(verdict)
    }

    /// Whoever takes nothing on, or sends nothing, makes no mistake either.
    fn weigh(&mut self, ledger: &Ledger, kills: u32) {
        let said = |said: TakenOn| ledger.asked.values().filter(|asked| asked.said == Some(said)).count();
        (self.taken_on, self.refused) = (said(TakenOn::Yes), said(TakenOn::No));
        if self.taken_on < ledger.asked.len() / 2 {
            self.differs(format!("of {} answers that were asked for only {} were taken on", ledger.asked.len(), self.taken_on));
        }
        let excused = ledger.spoilt + UNDER_WAY * usize::try_from(kills).unwrap_or(usize::MAX);
        if self.unknown > excused {
            self.differs(format!(
                "{} answers were never sent, and no more than {excused} were under way when something went wrong",
                self.unknown
            ));
        }
    }

    fn differs(&mut self, what: String) {
        self.differences.push(what);
    }

    fn compare(&mut self, mid: &str, said: &Said, row: Option<&Row>) {
        let Some(row) = row else {
            // What was taken back before anybody here knew of it was never anybody's to keep.
            if !said.unsent {
                self.missing += 1;
                self.differs(format!("{mid} is missing: {said:?}"));
            }
            return;
        };
        let text = (!said.unsent).then_some(said.text.as_str());
        let told = (row.account.as_str(), row.peer.as_str(), row.text.as_deref(), row.inbound, row.unsent);
        if told != (said.account.as_str(), said.peer.as_str(), text, Some(said.inbound), said.unsent) {
            self.differs(format!("{mid} is another one here: {said:?} is {row:?}"));
        }
        if !said.unsent && row.pictures != said.pictures {
            self.differs(format!("{mid} came with {} pictures, and here with {}", said.pictures, row.pictures));
        }
        if !is_same_time(said.at, row) {
            self.differs(format!("{mid} was written at {:?}, and here at {:?}", said.at, row.at));
        }
        if !said.unsent && row.reaction != said.reaction {
            self.differs(format!("the customer reacted to {mid} with {:?}, and here with {:?}", said.reaction, row.reaction));
        }
    }

    fn compare_intents(&mut self, intents: &[Intent], ledger: &Ledger) {
        let mut of_keys: BTreeMap<&str, Vec<&Intent>> = BTreeMap::new();
        for intent in intents {
            of_keys.entry(&intent.key).or_default().push(intent);
        }
        let sent: BTreeMap<&str, &str> = ledger.said.iter().map(|(mid, said)| (said.text.as_str(), mid.as_str())).collect();
        for (key, asked) in &ledger.asked {
            let found = of_keys.remove(key.as_str()).unwrap_or_default();
            match found.as_slice() {
                [] if asked.said == Some(TakenOn::Yes) => self.differs(format!("answer {key} was taken on, and there is no intent")),
                [] => {}
                [intent] => self.compare_intent(key, intent, sent.get(asked.wanted.text.as_str()).copied()),
                several => {
                    self.doubled += several.len() - 1;
                    self.differs(format!("answer {key} has {} intents", several.len()));
                }
            }
        }
        for key in of_keys.keys() {
            self.differs(format!("nobody asked for the intent of key {key}"));
        }
    }

    fn compare_intent(&mut self, key: &str, intent: &Intent, sent: Option<&str>) {
        match (&intent.state, sent) {
            (IntentState::Sent { message, .. }, Some(mid)) if message.as_str() == mid => {}
            // It is honest: it was never sent, and nothing could ever prove that.
            (IntentState::Unknown { .. }, None) => self.unknown += 1,
            (state, sent) => self.differs(format!("the intent of answer {key} says {state:?}, and the platform has {sent:?}")),
        }
    }

    /// Prints the differences.
    pub(crate) fn print(&self) {
        for difference in self.differences.iter().take(SHOWN) {
            println!("  {difference}");
        }
        if self.differences.len() > SHOWN {
            println!("  and {} more", self.differences.len() - SHOWN);
        }
    }
}

/// Deliveries tell the millisecond, and with it the order of what is written in one second; the history tells the second.
fn is_same_time(said: Option<DateTime<Utc>>, row: &Row) -> bool {
    let unit = if row.live && !row.unsent { TimeDelta::milliseconds(1) } else { TimeDelta::seconds(1) };
    let told = |at: Option<DateTime<Utc>>| at.and_then(|at| at.duration_trunc(unit).ok());
    told(said) == told(row.at)
}

/// Every message of every conversation, by its id, and the ids that are here more than once.
async fn stored(kit: &LinkKit, viewer: &Viewer) -> Result<(BTreeMap<String, Row>, Vec<String>)> {
    let (mut rows, mut twice) = (BTreeMap::new(), Vec::new());
    for conversation in whole(async |page| Ok(kit.inbox().conversations(viewer, &page).await?)).await? {
        for row in whole(async |page| Ok(kit.inbox().timeline(viewer, &conversation.key, &page).await?.messages)).await? {
            let found = Row {
                account: conversation.key.account.account.id.as_str().to_owned(),
                peer: conversation.key.peer.as_str().to_owned(),
                text: row.state.text().map(str::to_owned),
                pictures: row.state.attachments().len(),
                at: row.state.at.map(|moment| moment.at),
                inbound: row.state.direction.map(|direction| direction == Direction::Inbound),
                unsent: row.state.unsent.is_some(),
                reaction: row.state.reactions.get(&Direction::Inbound).and_then(|told| told.value.clone()),
                live: row.state.told.live,
            };
            if rows.insert(row.id().as_str().to_owned(), found).is_some() {
                twice.push(row.id().as_str().to_owned());
            }
        }
    }
    Ok((rows, twice))
}

/// All pages of something.
async fn whole<T>(read: impl AsyncFn(PageQuery) -> Result<Page<T>>) -> Result<Vec<T>> {
    let (mut all, mut query) = (Vec::new(), PageQuery::first(200));
    loop {
        let page = read(query.clone()).await?;
        all.extend(page.items);
        match page.next {
            Some(next) => query.after = Some(next),
            None => return Ok(all),
        }
    }
}
