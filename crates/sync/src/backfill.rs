//! Reading what was said before the link, as far as the owner wants and the platform shows.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use link_core::linking::connection::ConnectionKey;
use link_core::linking::setup::Depth;
use link_core::words::clock::Clock;
use link_core::words::error::{Error, Result};
use link_core::words::event::{Event, Said};
use link_core::words::gate::{Ask, By};
use link_core::words::ids::{ConversationKey, ExternalId, ScopedId};
use link_core::words::page::Cursor;
use link_core::words::platform::Feature;
use link_core::words::ports::{Access, HistoryPage, HistoryQuery, ThreadPage};
use link_core::words::rates::RateKind;
use link_core::words::view::View;
use link_core::words::work::{Next, Work};
use serde::{Deserialize, Serialize};

use crate::alias::known_elsewhere;
use crate::apply::Batch;
use crate::budget::{Permit, Priority};
use crate::carrier::{Accesses, Carrier};
use crate::checkpoint::Checkpoint;
use crate::conversation::Coverage;
use crate::piece::Fact;
use crate::register::Register;
use crate::store::MessageStore;

/// Conversations asked for at once.
const CONVERSATIONS: u32 = 25;
/// Messages that come along with each of them, and messages asked for at once of one conversation.
const MESSAGES: u32 = 50;
/// How long a claim lasts.
const LEASE: Duration = Duration::from_secs(60);
/// How often in a row a call may fail.
const MAX_TRIES: u32 = 8;

/// One account's history on its way here. It is stored after every call, so that a killed process goes on where it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Backfill {
    /// Which connection.
    pub connection: ConnectionKey,
    /// How much of each conversation.
    pub depth: Depth,
    /// What is later than this is news and not asked for as history.
    pub confirmed_at: DateTime<Utc>,
    /// Where the list of conversations goes on; `None` at its beginning or after its end.
    pub listing: Option<Cursor>,
    /// True once the list of conversations was read to its end.
    pub listed: bool,
    /// Conversations of which older messages are still wanted.
    pub deeper: Vec<Deeper>,
    /// How many conversations were found.
    pub conversations: u32,
    /// How many messages from before the confirmation were read.
    pub messages: u32,
    /// How many messages the platform lists and does not show.
    pub unreadable: u32,
    /// How often in a row the last call failed.
    pub tries: u32,
    /// Where it stands.
    pub state: BackfillState,
    /// What is later than this may have been missed: it is read as well, after everything else, however little history is wanted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missed_since: Option<DateTime<Utc>>,
    /// True while what was missed is being read.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub catching_up: bool,
}

/// A conversation of which older messages are still wanted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deeper {
    /// The platform's thread id.
    pub thread: ExternalId,
    /// The person.
    pub peer: ScopedId,
    /// Where its older messages begin.
    pub after: Cursor,
    /// How many of its messages were read already.
    pub read: u32,
}

/// Where a backfill stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum BackfillState {
    /// There is more to do, from this time on.
    Waiting {
        /// Not before this.
        until: DateTime<Utc>,
    },
    /// Everything that was wanted and is shown is here.
    Done,
    /// It stopped; the cause says why.
    Stopped {
        /// The refusal's or error's own words.
        cause: String,
    },
}

impl Backfill {
    /// A backfill that begins now.
    pub const fn new(connection: ConnectionKey, depth: Depth, confirmed_at: DateTime<Utc>) -> Self {
        Self {
            connection,
            depth,
            confirmed_at,
            listing: None,
            listed: false,
            deeper: Vec::new(),
            conversations: 0,
            messages: 0,
            unreadable: 0,
            tries: 0,
            state: BackfillState::Waiting { until: confirmed_at },
            missed_since: None,
            catching_up: false,
        }
    }

    /// Beginning at this time only: what another road still has under way is to be here before, so that it is found and stands once.
    #[must_use]
    pub fn beside_another_road(mut self, from: DateTime<Utc>) -> Self {
        self.state = BackfillState::Waiting { until: from };
        self
    }

    /// And what came after this time is read too, because it may have been missed. Without a time it stays as it is.
    #[must_use]
    pub fn catching_up(mut self, missed_since: Option<DateTime<Utc>>) -> Self {
        self.missed_since = missed_since;
        self.catching_up = missed_since.is_some() && matches!(self.depth, Depth::Nothing);
        self
    }

    /// What is kept when a backfill is wanted again: one of an earlier confirmation begins anew, because what came since the account was
    /// unlinked was never told; a stopped one goes on where it was, one that was to read less begins anew, one after which something was
    /// missed reads that, and any other stays as it is (`None`).
    #[must_use]
    pub fn again(&self, wanted: &Self) -> Option<Self> {
        if wanted.confirmed_at > self.confirmed_at {
            return Some(wanted.clone());
        }
        let missed_since = [self.missed_since, wanted.missed_since].into_iter().flatten().min();
        let deeper = rank(wanted.depth) > rank(self.depth);
        if deeper && !matches!(self.state, BackfillState::Stopped { .. }) {
            return Some(Self { missed_since, ..wanted.clone() });
        }
        if wanted.missed_since.is_some() {
            let mut kept = Self { missed_since, tries: 0, ..self.clone() };
            match self.state {
                BackfillState::Done => kept.begin_catching_up(wanted.state.clone()),
                BackfillState::Stopped { .. } => (kept.state, kept.depth) = (wanted.state.clone(), wanted.depth),
                BackfillState::Waiting { .. } => {}
            }
            return Some(kept);
        }
        matches!(self.state, BackfillState::Stopped { .. }).then(|| Self {
            state: wanted.state.clone(),
            depth: wanted.depth,
            tries: 0,
            ..self.clone()
        })
    }

    fn begin_catching_up(&mut self, state: BackfillState) {
        (self.catching_up, self.listed, self.state) = (true, false, state);
        self.listing = None;
        self.deeper.clear();
    }

    /// Where it stands once everything that it reads now is here.
    fn end_part(&mut self, now: DateTime<Utc>) {
        if self.missed_since.is_some() && !self.catching_up {
            self.begin_catching_up(BackfillState::Waiting { until: now });
        } else {
            (self.missed_since, self.catching_up, self.state) = (None, false, BackfillState::Done);
        }
    }

    /// The time up to which everything is here already, while it catches up.
    fn known_until(&self) -> Option<DateTime<Utc>> {
        self.missed_since.filter(|_| self.catching_up)
    }

    const fn wants(&self, read: u32) -> u32 {
        if self.catching_up {
            return u32::MAX;
        }
        match self.depth {
            Depth::Nothing => 0,
            Depth::Newest(count) => count.saturating_sub(read),
            Depth::Everything => u32::MAX,
        }
    }
}

/// Backfills under way.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait BackfillStore: Send + Sync {
    /// Keeps a backfill if its connection has none yet; else keeps what [`Backfill::again`] makes of the one that is there. Answers whether
    /// anything was kept.
    async fn begin(&self, backfill: &Backfill) -> Result<bool>;
    /// Takes one that waits and whose time has come, for as long as the lease. Crosses owners.
    async fn claim(&self, now: DateTime<Utc>, lease: Duration) -> Result<Option<Backfill>>;
    /// Writes one back and gives up its claim.
    async fn save(&self, backfill: &Backfill) -> Result<()>;
    /// When the next one can be claimed; `None` if none waits. Crosses owners.
    async fn next_due(&self) -> Result<Option<DateTime<Utc>>>;
    /// The owner's backfills.
    async fn backfills(&self, view: &View) -> Result<Vec<Backfill>>;
}

/// The work that reads history. One step is one call to the platform.
pub struct Backfills {
    checkpoint: Checkpoint,
    store: Arc<dyn BackfillStore>,
    messages: Arc<dyn MessageStore>,
    accesses: Arc<dyn Accesses>,
    clock: Arc<dyn Clock>,
}

/// What one call brought, or why none was made.
enum Progress {
    Page(HistoryPage),
    Wait(DateTime<Utc>),
    Stop(String),
    /// With the generation of the token that was used.
    Failed(u64, Error),
}

impl Backfills {
    /// Over these stores.
    pub fn new(
        checkpoint: Checkpoint,
        store: Arc<dyn BackfillStore>,
        messages: Arc<dyn MessageStore>,
        accesses: Arc<dyn Accesses>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { checkpoint, store, messages, accesses, clock }
    }

    async fn go_on(&self, mut backfill: Backfill) -> Result<()> {
        let progress = self.call(&backfill).await?;
        let now = self.clock.now();
        backfill.state = BackfillState::Waiting { until: now };
        match progress {
            Progress::Page(page) => {
                backfill.tries = 0;
                self.take_in(&mut backfill, page).await?;
                if backfill.listed && backfill.deeper.is_empty() {
                    backfill.end_part(now);
                }
            }
            Progress::Wait(until) => backfill.state = BackfillState::Waiting { until },
            Progress::Stop(cause) => backfill.state = BackfillState::Stopped { cause },
            Progress::Failed(generation, error) => {
                self.accesses.failed(&backfill.connection, generation, &error).await?;
                backfill.state = after_failure(&mut backfill.tries, &error, now);
            }
        }
        self.store.save(&backfill).await
    }

    async fn call(&self, backfill: &Backfill) -> Result<Progress> {
        let connection = &backfill.connection;
        let ask = Ask::new(
            By::System("read the history that the owner agreed to"),
            connection.account.clone(),
            connection.road.clone(),
            Feature::HISTORY,
        );
        if let Some(refusal) = self.checkpoint.gates_refuse(&ask).await? {
            return Ok(Progress::Stop(refusal.to_string()));
        }
        let account = &connection.account.account;
        let carrier = match self.checkpoint.carriers().of(&account.platform) {
            Ok(carrier) => carrier,
            Err(refusal) => return Ok(Progress::Stop(refusal.to_string())),
        };
        let access = match self.accesses.access(connection).await? {
            Ok(access) => access,
            Err(refusal) => return Ok(Progress::Stop(refusal.to_string())),
        };
        if let Permit::At(at) = self.checkpoint.take(&access, RateKind::History, Priority::Bulk, self.clock.now()).await? {
            return Ok(Progress::Wait(at));
        }
        Ok(ask_platform(carrier, &access, backfill).await.map_or_else(|error| Progress::Failed(access.generation, error), Progress::Page))
    }

    async fn take_in(&self, backfill: &mut Backfill, mut page: HistoryPage) -> Result<()> {
        let known = if let Some(until) = backfill.known_until() { leave_out_known(&mut page, until) } else { false };
        let owner = &backfill.connection.account.owner;
        let facts: Vec<Fact> =
            page.events.iter().map(|event| Fact::new(owner.clone(), Some(backfill.confirmed_at), event.clone())).collect();
        let account = &backfill.connection.account;
        // Whether another road brought messages of the account is not told by its handovers alone: it may have been unlinked in between.
        let known_by_others = known_elsewhere(&*self.messages, account, &page.events).await?;
        let mut batch = Batch::of(&facts).knowing(known_by_others);
        // What is read to catch up says nothing about how much of the history is here.
        for thread in page.threads.iter().filter(|_| !backfill.catching_up) {
            batch = batch.covering(key(backfill, thread), Register::new(page.as_of, coverage(backfill.depth, thread)));
        }
        batch.write(&*self.messages).await?;
        backfill.messages += older(&page, backfill.confirmed_at);
        advance(backfill, page);
        // The list is newest first: behind a page on which nothing is new, nothing is.
        backfill.listed |= known;
        Ok(())
    }
}

/// Depths in order: nothing is least, everything most.
const fn rank(depth: Depth) -> u32 {
    match depth {
        Depth::Nothing => 0,
        Depth::Newest(count) => count,
        Depth::Everything => u32::MAX,
    }
}

/// Takes what is known already off a page that is read to catch up, and the conversations of which nothing older can be new. True if no
/// message on it was later than that.
fn leave_out_known(page: &mut HistoryPage, until: DateTime<Utc>) -> bool {
    let is_known = |event: &Event| event.at.is_some_and(|at| at.latest() <= until);
    let reached: Vec<ScopedId> = page.events.iter().filter(|event| is_known(event)).filter_map(|event| event.peer().cloned()).collect();
    for thread in page.threads.iter_mut().filter(|thread| reached.contains(&thread.peer)) {
        thread.older = None;
    }
    page.events.retain(|event| !is_known(event));
    page.events.is_empty() && !reached.is_empty()
}

/// How many messages on a page are from before a time.
fn older(page: &HistoryPage, than: DateTime<Utc>) -> u32 {
    let is_older = |event: &&Event| matches!(event.said, Said::Message(_)) && event.at.is_some_and(|at| at.latest() <= than);
    u32::try_from(page.events.iter().filter(is_older).count()).unwrap_or(u32::MAX)
}

const fn coverage(depth: Depth, thread: &ThreadPage) -> Coverage {
    if thread.unreadable > 0 {
        Coverage::PlatformLimit
    } else if thread.older.is_some() || matches!(depth, Depth::Nothing) {
        Coverage::Partial
    } else {
        Coverage::Complete
    }
}

async fn ask_platform(carrier: &Carrier, access: &Access, backfill: &Backfill) -> Result<HistoryPage> {
    if !backfill.listed {
        let query = HistoryQuery::new(CONVERSATIONS, backfill.wants(0).min(MESSAGES)).after(backfill.listing.clone());
        return carrier.history.conversations(access, &query).await;
    }
    // The caller ends a backfill without open conversations before it gets here.
    let Some(deeper) = backfill.deeper.last() else { return Ok(HistoryPage::new(backfill.confirmed_at)) };
    let query = HistoryQuery::new(backfill.wants(deeper.read).min(MESSAGES), 0).after(Some(deeper.after.clone()));
    carrier.history.messages(access, &ThreadPage::new(deeper.thread.clone(), deeper.peer.clone()), &query).await
}

/// Moves a backfill behind a page.
fn advance(backfill: &mut Backfill, page: HistoryPage) {
    let before = if backfill.listed { backfill.deeper.pop() } else { None };
    let read_before = before.as_ref().map_or(0, |deeper| deeper.read);
    if before.is_none() {
        backfill.conversations += u32::try_from(page.threads.len()).unwrap_or(u32::MAX);
        // A cursor that leads back to itself would never end.
        backfill.listed = page.next.is_none() || page.next == backfill.listing;
        backfill.listing = page.next;
    }
    for thread in page.threads {
        backfill.unreadable += thread.unreadable;
        let read = read_before + thread.messages;
        let stuck = before.as_ref().is_some_and(|deeper| Some(&deeper.after) == thread.older.as_ref());
        if let Some(after) = thread.older.filter(|_| backfill.wants(read) > 0 && !stuck && thread.unreadable == 0) {
            backfill.deeper.push(Deeper { thread: thread.id, peer: thread.peer, after, read });
        }
    }
}

fn after_failure(tries: &mut u32, error: &Error, now: DateTime<Utc>) -> BackfillState {
    *tries += 1;
    if !error.is_retryable() || *tries >= MAX_TRIES {
        return BackfillState::Stopped { cause: error.to_string() };
    }
    let wait =
        error.retry_after().and_then(|after| TimeDelta::from_std(after).ok()).unwrap_or_else(|| TimeDelta::seconds(1 << (*tries).min(8)));
    BackfillState::Waiting { until: now + wait }
}

fn key(backfill: &Backfill, thread: &ThreadPage) -> ConversationKey {
    ConversationKey { account: backfill.connection.account.clone(), peer: thread.peer.clone() }
}

#[async_trait]
impl Work for Backfills {
    fn name(&self) -> &'static str {
        "backfill"
    }

    async fn step(&self) -> Result<Next> {
        match self.store.claim(self.clock.now(), LEASE).await? {
            Some(backfill) => {
                let claimed = backfill.clone();
                match self.go_on(backfill).await {
                    Err(error) if !error.is_retryable() => {
                        let state = BackfillState::Stopped { cause: error.to_string() };
                        self.store.save(&Backfill { state, ..claimed }).await?;
                    }
                    outcome => outcome?,
                }
                Ok(Next::Again)
            }
            None => Ok(self.store.next_due().await?.map_or(Next::Idle, Next::At)),
        }
    }
}

#[cfg(test)]
mod tests;
