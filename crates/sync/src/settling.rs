//! Finding out what became of sends whose answer was lost.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use link_core::linking::connection::ConnectionKey;
use link_core::words::clock::Clock;
use link_core::words::error::Result;
use link_core::words::event::{Event, Said};
use link_core::words::gate::{Ask, By};
use link_core::words::ids::{ConversationKey, ExternalId, MessageId};
use link_core::words::moment::Moment;
use link_core::words::page::PageQuery;
use link_core::words::platform::Feature;
use link_core::words::ports::{Access, HistoryPage, HistoryQuery};
use link_core::words::rates::RateKind;
use link_core::words::view::View;
use link_core::words::work::{Next, Work};

use crate::alias::known_elsewhere;
use crate::apply::{Batch, told_of_intent};
use crate::budget::{Permit, Priority};
use crate::carrier::{Accesses, Carrier};
use crate::checkpoint::Checkpoint;
use crate::intent::{Intent, IntentState, Proof};
use crate::message::MessageRow;
use crate::piece::Fact;
use crate::settle::{Settled, Whole, reacted, reacted_to, resting_on, settle};
use crate::store::{Change, IntentQuery, Keys, MessageQuery, MessageStore, Outbox, Snapshot};
use crate::timeline::stretches;

/// How long a claim lasts, and how long it is waited where nothing can be asked now.
const LEASE: Duration = Duration::from_secs(120);
const LATER: TimeDelta = TimeDelta::hours(1);
/// Messages asked for of a conversation. One call has to do: what is not whole with it stays unknown.
const MESSAGES: u32 = 100;
/// Most messages and intents of a conversation that are compared.
const COMPARED: u32 = 500;

/// The work that settles sends of which nobody knows what became of them: it has the platform's history told, one call per conversation and
/// within the budget, and concludes what [`settle`] proves. What was sent is never sent again for that, and nothing goes back to queued.
pub struct Settling {
    checkpoint: Checkpoint,
    messages: Arc<dyn MessageStore>,
    outbox: Arc<dyn Outbox>,
    accesses: Arc<dyn Accesses>,
    clock: Arc<dyn Clock>,
    apps: Arc<[ExternalId]>,
}

/// What came of asking the platform.
enum Told {
    Page(HistoryPage, bool),
    /// It is asked at that time.
    Later(DateTime<Utc>),
    /// It was asked in vain.
    Nothing,
}

impl Settling {
    /// Over these stores.
    pub fn new(
        checkpoint: Checkpoint,
        messages: Arc<dyn MessageStore>,
        outbox: Arc<dyn Outbox>,
        accesses: Arc<dyn Accesses>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { checkpoint, messages, outbox, accesses, clock, apps: Arc::from([]) }
    }

    /// For a program that is these apps: what another one wrote is no send of ours.
    #[must_use]
    pub fn answering_as(mut self, apps: impl IntoIterator<Item = ExternalId>) -> Self {
        self.apps = apps.into_iter().collect();
        self
    }

    async fn look(&self, doubtful: &[Intent], conversation: &ConversationKey, connection: &ConnectionKey) -> Result<()> {
        match self.ask(conversation, connection).await? {
            Told::Later(at) => self.write(doubtful, &Settled::default(), |intent| intent.available_at = at).await,
            Told::Nothing => self.write(doubtful, &Settled::default(), |intent| intent.looked(self.clock.now())).await,
            Told::Page(page, echoes_metadata) => {
                let whole = whole(&page);
                // What was written before any of these could have been sent was not asked for: the owner may have wanted nothing of it.
                let since = doubtful.iter().filter_map(Intent::taken_between).map(|(from, _)| from).min();
                let mut reactions = Settled::default();
                reacted(doubtful, &page.events, &mut reactions);
                let reacted_to: BTreeSet<_> = doubtful.iter().filter_map(reacted_to).collect();
                self.take_in(conversation, page, since, &reacted_to).await?;
                let mut settled = self.settled(conversation, whole, echoes_metadata).await?;
                settled.absent.extend(reactions.absent);
                settled.done = reactions.done;
                self.conclude(doubtful, settled, whole.to).await
            }
        }
    }

    async fn ask(&self, conversation: &ConversationKey, connection: &ConnectionKey) -> Result<Told> {
        let later = || Told::Later(self.clock.now() + LATER);
        let by = By::System("find out whether a message was sent");
        let ask = Ask::new(by, connection.account.clone(), connection.road.clone(), Feature::HISTORY).towards(conversation.peer.clone());
        if self.checkpoint.gates_refuse(&ask).await?.is_some() {
            return Ok(later());
        }
        let (Ok(carrier), Ok(access)) =
            (self.checkpoint.carriers().of(&connection.account.account.platform), self.accesses.access(connection).await?)
        else {
            return Ok(later());
        };
        let now = self.clock.now();
        match self.checkpoint.take(&access, RateKind::History, Priority::Program, now).await? {
            Permit::At(at) => Ok(Told::Later(at)),
            Permit::Now => self.call(carrier, &access, conversation, connection).await,
        }
    }

    async fn call(&self, carrier: &Carrier, access: &Access, conversation: &ConversationKey, connection: &ConnectionKey) -> Result<Told> {
        let messages = carrier.capabilities.readable_history.map_or(MESSAGES, |readable| readable.min(MESSAGES));
        let query = HistoryQuery::new(1, messages).of(conversation.peer.clone());
        match carrier.history.conversations(access, &query).await {
            Ok(page) => Ok(Told::Page(page, carrier.capabilities.echoes_metadata)),
            Err(error) => {
                let until = self.checkpoint.heed(access, RateKind::History, &error, self.clock.now()).await;
                self.accesses.failed(connection, access.generation, &error).await?;
                Ok(match until {
                    Some(until) => Told::Later(until),
                    None if error.is_retryable() => Told::Later(self.clock.now() + LATER),
                    None => Told::Nothing,
                })
            }
        }
    }

    /// What the history tells goes the way of everything. How somebody is called was not asked for and is left out.
    async fn take_in(
        &self,
        conversation: &ConversationKey,
        mut page: HistoryPage,
        since: Option<DateTime<Utc>>,
        reacted_to: &BTreeSet<&MessageId>,
    ) -> Result<()> {
        let (owner, account) = (&conversation.account.owner, &conversation.account);
        let is_asked_for = |event: &Event| match &event.said {
            // When somebody reacted is not told.
            Said::Reacted(reaction) => reaction.message.as_ref().is_some_and(|message| reacted_to.contains(message)),
            _ => event.at.zip(since).is_some_and(|(at, since)| at.latest() >= since),
        };
        page.events.retain(|event| {
            is_asked_for(event) && event.peer() == Some(&conversation.peer) && !matches!(event.said, Said::Thread(_) | Said::Profile(_))
        });
        let system = View::system(owner.clone(), "see from when on a conversation is news");
        let caught_up = self.messages.conversation(&system, conversation).await?.and_then(|row| row.state.caught_up);
        let elsewhere = known_elsewhere(&*self.messages, account, &page.events).await?;
        let facts: Vec<Fact> = page.events.into_iter().map(|event| Fact::new(owner.clone(), caught_up, event)).collect();
        Batch::of(&facts).knowing(elsewhere).write(&*self.messages).await?;
        Ok(())
    }

    async fn settled(&self, conversation: &ConversationKey, whole: Whole, echoes_metadata: bool) -> Result<Settled> {
        let system = View::system(conversation.account.owner.clone(), "find out whether a message was sent");
        let query = || IntentQuery::all(PageQuery::first(COMPARED)).of(conversation.clone()).newest_first();
        let mut intents = self.outbox.intents(&system, &query().open()).await?.items;
        let compared = stretches(&intents);
        intents.extend(self.outbox.intents(&system, &query().settled_by_history()).await?.items);
        let mut messages: Vec<MessageRow> = Vec::new();
        // A stretch may begin before what was read, and still hold wishes that lie within.
        let read = compared.into_iter().filter(|(_, until)| *until >= whole.from).map(|(from, until)| (from.max(whole.from), until));
        for (from, until) in read {
            // `until` is the last moment that counts, and a query ends before its own.
            let query = MessageQuery::new(conversation.clone(), PageQuery::first(COMPARED)).since(from);
            let page = self.messages.messages(&system, &query.until(until + TimeDelta::milliseconds(1))).await?;
            if page.next.is_some() {
                return Ok(Settled::default());
            }
            messages.extend(page.items);
        }
        Ok(settle(&intents, &messages, whole, echoes_metadata, &self.apps))
    }

    async fn conclude(&self, doubtful: &[Intent], settled: Settled, as_of: DateTime<Utc>) -> Result<()> {
        let (absent, done): (BTreeSet<_>, BTreeSet<_>) = (settled.absent.iter().copied().collect(), settled.done.iter().copied().collect());
        let now = self.clock.now();
        self.write(doubtful, &settled, |intent| {
            if done.contains(&intent.id) {
                intent.state = IntentState::Done { at: as_of };
                return;
            }
            intent.looked(now);
            if let IntentState::Unknown { absent_as_of, .. } = &mut intent.state {
                *absent_as_of = absent.contains(&intent.id).then_some(as_of).max(*absent_as_of);
            }
        })
        .await
    }

    /// Writes what was concluded, all of it or nothing: a message whose intent became known meanwhile, or an intent that came to its end, was
    /// counted wrongly, and the next look counts anew.
    async fn write(&self, doubtful: &[Intent], settled: &Settled, otherwise: impl Fn(&mut Intent) + Send + Sync) -> Result<()> {
        let of = |intent: &Intent| (intent.id, intent.intent_key());
        let keys: Vec<_> = doubtful.iter().map(of).collect();
        let named = Keys { intents: keys.iter().map(|(_, key)| key.clone()).collect(), messages: resting_on(settled), ..Keys::default() };
        let now = self.clock.now();
        let step = |snapshot: Snapshot| {
            let is_free =
                |(_, message): &(_, _)| snapshot.messages.get(message).is_some_and(|row| row.intent.is_none() && row.unsent.is_none());
            let is_open = |(id, key): &(_, _)| {
                let stored: Option<&Intent> = snapshot.intents.get(key);
                !settled.sent.iter().any(|(sent, _)| sent == id)
                    || stored.is_some_and(|stored| matches!(stored.state, IntentState::Unknown { .. }))
            };
            let stands = settled.sent.iter().all(is_free) && keys.iter().all(is_open);
            let mut change = Change::default();
            for (id, key) in &keys {
                let Some(stored) = snapshot.intents.get(key).filter(|stored| matches!(stored.state, IntentState::Unknown { .. })) else {
                    continue;
                };
                let mut intent = stored.clone();
                match settled.sent.iter().find(|(sent, _)| sent == id).filter(|_| stands) {
                    Some((_, message)) => intent.prove(message.id.clone(), Proof::History),
                    None => otherwise(&mut intent),
                }
                if intent.state != stored.state {
                    change.happenings.push(told_of_intent(&intent, now));
                }
                change.intents.insert(key.clone(), intent);
            }
            change
        };
        self.messages.update(&named, &step).await
    }
}

/// Of which stretch a page is the whole: from its oldest message on, or from the beginning if the platform has no more and shows all of it.
/// The oldest message may stand beside another of the same second that is on the next page. A conversation that is not told may be hidden in
/// a folder, and says nothing.
fn whole(page: &HistoryPage) -> Whole {
    let shows_all = page.unreadable == 0 && page.threads.iter().all(|thread| thread.unreadable == 0 && !thread.untold);
    let begins = shows_all && !page.threads.is_empty() && page.threads.iter().all(|thread| thread.older.is_none());
    let told = page.events.iter().filter(|event| matches!(event.said, Said::Message(_))).filter_map(|event| event.at);
    let oldest = told.map(Moment::latest).min();
    let from = match oldest {
        _ if begins => DateTime::<Utc>::MIN_UTC,
        Some(oldest) if shows_all => oldest,
        _ => page.as_of,
    };
    Whole { from, to: page.as_of }
}

#[async_trait]
impl Work for Settling {
    fn name(&self) -> &'static str {
        "settling"
    }

    async fn step(&self) -> Result<Next> {
        let doubtful = self.outbox.claim_unknown(self.clock.now(), LEASE).await?;
        let Some(first) = doubtful.first() else {
            return Ok(self.outbox.next_unknown().await?.map_or(Next::Idle, Next::At));
        };
        if first.outgoing.to.person().is_none() {
            // Whoever wrote a comment is known from the answer on, and the answer was lost: no conversation can be asked for.
            self.write(&doubtful, &Settled::default(), |intent| intent.looked(self.clock.now())).await?;
            return Ok(Next::Again);
        }
        let conversation = first.conversation();
        let road = self.accesses.road(&conversation.account, self.clock.now()).await?.unwrap_or_else(|| first.road.clone());
        let connection = ConnectionKey { account: conversation.account.clone(), road };
        self.look(&doubtful, &conversation, &connection).await?;
        Ok(Next::Again)
    }
}
