//! Looking up messages of which something is said and that are not here.

mod named;
mod wanted;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use link_core::linking::connection::ConnectionKey;
use link_core::words::clock::Clock;
use link_core::words::error::{Error, ErrorKind, Result};
use link_core::words::event::Event;
use link_core::words::feed::{Feed, FeedQuery};
use link_core::words::gate::{Ask, By};
use link_core::words::ids::{MessageKey, OwnerId};
use link_core::words::platform::Feature;
use link_core::words::ports::{Access, Looked};
use link_core::words::rates::RateKind;
use link_core::words::refusal::Refusal;
use link_core::words::view::View;
use link_core::words::work::{Next, Work};

use crate::alias::{known_elsewhere, stored};
use crate::apply::Batch;
use crate::backfill::{Backfill, BackfillStore};
use crate::budget::{Permit, Priority};
use crate::carrier::Accesses;
use crate::checkpoint::Checkpoint;
use crate::piece::Fact;
use crate::queue::{Queue, Told};
use crate::store::MessageStore;

use named::Named;
pub(crate) use named::named;
use wanted::{Wanted, wanted};

/// The name under which this work keeps its place in the feed.
const READER: &str = "link-kit lookups";
/// How many happenings are looked at in one step.
const BATCH: u32 = 200;
/// What is said of a message may come a little before the message.
const PATIENCE: TimeDelta = TimeDelta::minutes(1);
/// One account is asked for a message this often at most.
const EVERY: TimeDelta = TimeDelta::minutes(1);
/// What a reading under way may bring is looked for again after this.
const SOON: TimeDelta = TimeDelta::minutes(5);
/// What cannot be asked now is asked after this, if that is not [too late](TOO_LATE).
const LATER: TimeDelta = TimeDelta::hours(1);
/// So long after it was named a message is left as it is.
const TOO_LATE: TimeDelta = TimeDelta::days(1);
/// So many messages of one connection wait at most; more are left as they are.
const MOST_OF_ONE: usize = 200;
/// How many messages are remembered as asked for.
const REMEMBERED: usize = 50_000;

/// The work that asks for messages which are named and not here: what a reaction, an edit or a read mark was said of, and what a reply quotes.
///
/// Each is asked for once, behind all other work and once a minute per account, where the owner wants history and the platform may be asked. What
/// the owner's depth leaves out is not asked for, nor what a reading under way brings by itself. What is told is applied as history; what is not
/// shown stays as it was, for that proves nothing.
pub struct Lookups {
    checkpoint: Checkpoint,
    feed: Arc<dyn Feed>,
    messages: Arc<dyn MessageStore>,
    backfills: Arc<dyn BackfillStore>,
    accesses: Arc<dyn Accesses>,
    clock: Arc<dyn Clock>,
    asked: Mutex<HashSet<MessageKey>>,
    resting: Mutex<BTreeMap<ConnectionKey, DateTime<Utc>>>,
    queue: Mutex<Queue<MessageKey>>,
}

/// What is found out once for all messages that are looked at together.
#[derive(Default)]
struct Round {
    backfills: BTreeMap<OwnerId, Vec<Backfill>>,
    /// Who may not ask now, and until when.
    refused: BTreeMap<ConnectionKey, DateTime<Utc>>,
}

/// What comes of a message for now.
enum Outcome {
    Over,
    At(DateTime<Utc>),
}

impl Lookups {
    /// Over these stores.
    pub fn new(
        checkpoint: Checkpoint,
        feed: Arc<dyn Feed>,
        messages: Arc<dyn MessageStore>,
        backfills: Arc<dyn BackfillStore>,
        accesses: Arc<dyn Accesses>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let (asked, resting, queue) = (Mutex::default(), Mutex::default(), Mutex::default());
        Self { checkpoint, feed, messages, backfills, accesses, clock, asked, resting, queue }
    }

    async fn look(&self, named: &Named, round: &mut Round) -> Result<Outcome> {
        let (now, connection) = (self.clock.now(), named.connection());
        let resting = locked(&self.resting).get(&connection).copied().filter(|until| *until > now);
        if let Some(until) = resting.or_else(|| round.refused.get(&connection).copied()) {
            return Ok(Outcome::At(until));
        }
        if locked(&self.asked).contains(&named.key) || self.is_here(&named.key).await? {
            return Ok(Outcome::Over);
        }
        let confirmed_at = match self.wanted(named, &connection, round).await? {
            Wanted::Never => return Ok(Outcome::Over),
            Wanted::Later => return Ok(Outcome::At(now + SOON)),
            Wanted::After(confirmed_at) => confirmed_at,
        };
        let access = match self.access(named, &connection, round).await? {
            Ok(access) => access,
            Err(outcome) => return Ok(outcome),
        };
        if self.is_settled(&named.key).await? {
            return Ok(Outcome::Over);
        }
        if let Permit::At(at) = self.checkpoint.take(&access, RateKind::History, Priority::Bulk, now).await? {
            round.refused.insert(connection, at);
            return Ok(Outcome::At(at));
        }
        self.rest(connection.clone(), now);
        self.ask(named, &connection, &access, confirmed_at).await
    }

    /// The right to ask, or what comes of the message without it.
    async fn access(&self, named: &Named, connection: &ConnectionKey, round: &mut Round) -> Result<Result<Access, Outcome>> {
        let later = self.clock.now() + LATER;
        let by = By::System("look up what was named");
        let mut ask = Ask::new(by, connection.account.clone(), connection.road.clone(), Feature::HISTORY);
        ask.peer.clone_from(&named.peer);
        Ok(match self.checkpoint.gates_refuse(&ask).await? {
            Some(Refusal::NotLinked | Refusal::PermissionMissing { .. }) => Err(Outcome::Over),
            Some(_) => Err(Outcome::At(later)),
            None => self.accesses.access(connection).await?.map_err(|_| {
                round.refused.insert(connection.clone(), later);
                Outcome::At(later)
            }),
        })
    }

    /// True if it came meanwhile, by whatever id.
    async fn is_here(&self, key: &MessageKey) -> Result<bool> {
        let view = View::system(key.account.owner.clone(), "see whether what was named is here by now");
        Ok(self.messages.known(&view, std::slice::from_ref(key)).await?.contains_key(key))
    }

    /// True if nothing is to be asked any more, though it is not here: it was taken back. That takes the store for itself, so it is looked at last.
    async fn is_settled(&self, key: &MessageKey) -> Result<bool> {
        let row = stored(&*self.messages, BTreeSet::from([key.clone()])).await?.remove(key);
        Ok(row.is_some_and(|row| row.is_known() || row.unsent.is_some() || row.same_as.is_some()))
    }

    async fn wanted(&self, named: &Named, connection: &ConnectionKey, round: &mut Round) -> Result<Wanted> {
        let owner = &connection.account.owner;
        if !round.backfills.contains_key(owner) {
            let view = View::system(owner.clone(), "see whether the owner wants what is older");
            round.backfills.insert(owner.clone(), self.backfills.backfills(&view).await?);
        }
        let backfill = round.backfills.get(owner).and_then(|all| all.iter().find(|backfill| backfill.connection == *connection).cloned());
        let Some((mut backfill, settings)) = backfill.zip(self.accesses.wanted(connection).await?) else { return Ok(Wanted::Never) };
        backfill.narrow(&settings);
        let peers: Vec<_> = named.peer.iter().cloned().collect();
        let readings = if peers.is_empty() { Vec::new() } else { self.backfills.readings(connection, &peers).await? };
        Ok(wanted(&backfill, readings.first(), named.peer.is_some()))
    }

    async fn ask(&self, named: &Named, connection: &ConnectionKey, access: &Access, confirmed_at: DateTime<Utc>) -> Result<Outcome> {
        let Ok(carrier) = self.checkpoint.carriers().of(&connection.account.account.platform) else { return Ok(Outcome::Over) };
        match carrier.history.message(access, &named.key.id).await {
            Ok(Looked::Told(events)) => self.take_in(connection, confirmed_at, events).await?,
            Ok(_) => tracing::debug!(account = %connection.account.account, "a message that is named is not shown"),
            Err(error) => {
                if let Some(at) = self.failed(connection, access, &error).await? {
                    return Ok(Outcome::At(at));
                }
            }
        }
        let mut asked = locked(&self.asked);
        if asked.len() >= REMEMBERED {
            asked.clear();
        }
        asked.insert(named.key.clone());
        drop(asked);
        Ok(Outcome::Over)
    }

    /// When it is worth asking again; `None` if it never is.
    async fn failed(&self, connection: &ConnectionKey, access: &Access, error: &Error) -> Result<Option<DateTime<Utc>>> {
        tracing::info!(%error, account = %connection.account.account, "a message that is named could not be looked up");
        let until = self.checkpoint.heed(access, RateKind::History, error, self.clock.now()).await;
        self.accesses.failed(connection, access.generation, error).await?;
        let may_pass = error.is_retryable() || matches!(error.kind(), ErrorKind::SignInNeeded | ErrorKind::OwnerActionNeeded);
        Ok(until.or_else(|| may_pass.then(|| self.clock.now() + LATER)))
    }

    async fn take_in(&self, connection: &ConnectionKey, confirmed_at: DateTime<Utc>, events: Vec<Event>) -> Result<()> {
        let account = &connection.account;
        let elsewhere = known_elsewhere(&*self.messages, account, &events).await?;
        let fact = |event| Fact::new(account.owner.clone(), Some(confirmed_at), event);
        let facts: Vec<Fact> = events.into_iter().map(fact).collect();
        Batch::of(&facts).knowing(elsewhere).write(&*self.messages).await.map(drop)
    }

    fn rest(&self, connection: ConnectionKey, now: DateTime<Utc>) {
        let mut resting = locked(&self.resting);
        resting.retain(|_, until| *until > now);
        resting.insert(connection, now + EVERY);
    }

    /// What is only named from now on waits for a moment. Where too many wait, who waits least goes before who waits most.
    fn take_up(&self, news: Vec<Told>, due: usize) {
        for told in news {
            let Some(named) = Named::of(&told.2) else { continue };
            if locked(&self.queue).makes_room(&named.key, |a, b| a.account == b.account && a.road == b.road, due) {
                self.put_off(&named, told, self.clock.now() + PATIENCE);
            } else {
                tracing::debug!(account = %named.key.account.account, "too many messages are named; one is left as it is");
            }
        }
    }

    fn put_off(&self, named: &Named, told: Told, until: DateTime<Utc>) {
        let of_one = |key: &MessageKey| key.account == named.key.account && key.road == named.key.road;
        let mut queue = locked(&self.queue);
        if until > told.2.at + TOO_LATE || queue.count(of_one) >= MOST_OF_ONE {
            tracing::debug!(account = %named.key.account.account, "a message that is named is left as it is");
            return;
        }
        queue.wait(named.key.clone(), told, until);
    }

    async fn look_at_all(&self, due: Vec<Told>) -> Result<()> {
        let mut round = Round::default();
        for told in due {
            let Some(named) = Named::of(&told.2) else { continue };
            match self.look(&named, &mut round).await {
                Ok(Outcome::Over) => {}
                Ok(Outcome::At(until)) => self.put_off(&named, told, until),
                Err(error) if error.is_retryable() => return Err(error),
                // One owner's broken row keeps nobody else's messages away.
                Err(error) => tracing::warn!(%error, owner = %told.2.owner, "a message that is named could not be looked up"),
            }
        }
        Ok(())
    }

    /// What was taken out of the queue and not looked at is read again, from the place that is kept.
    fn forget(&self) {
        *locked(&self.queue) = Queue::default();
    }
}

fn locked<T>(held: &Mutex<T>) -> MutexGuard<'_, T> {
    held.lock().unwrap_or_else(PoisonError::into_inner)
}

#[async_trait]
impl Work for Lookups {
    fn name(&self) -> &'static str {
        "lookups"
    }

    async fn step(&self) -> Result<Next> {
        let kept = self.feed.position(READER).await?;
        let due = locked(&self.queue).due(self.clock.now());
        let after = locked(&self.queue).place(kept);
        let news = self.feed.read(&FeedQuery { after, limit: BATCH }).await.inspect_err(|_| self.forget())?;
        let is_idle = due.is_empty() && news.is_empty();
        let news = locked(&self.queue).read(after, news);
        self.take_up(news, due.len());
        if is_idle {
            return Ok(locked(&self.queue).next().map_or(Next::Idle, Next::At));
        }
        self.look_at_all(due).await.inspect_err(|_| self.forget())?;
        let done = locked(&self.queue).done();
        self.feed.keep(READER, done).await?;
        Ok(Next::Again)
    }
}
