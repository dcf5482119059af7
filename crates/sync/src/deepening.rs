//! Reading a conversation of which history told nothing, once somebody writes in it.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use link_core::linking::connection::ConnectionKey;
use link_core::linking::setup::Depth;
use link_core::words::clock::Clock;
use link_core::words::error::Result;
use link_core::words::feed::{Feed, FeedQuery, Happening, What};
use link_core::words::ids::{AccountKey, ScopedId};
use link_core::words::view::View;
use link_core::words::work::{Next, Work};

use crate::backfill::{Backfill, BackfillChange, BackfillState, BackfillStore, Reading, ReadingState};
use crate::checkpoint::Checkpoint;

/// The name under which this work keeps its place in the feed.
const READER: &str = "link-kit deepening";
/// How many happenings are looked at in one step.
const BATCH: u32 = 200;
/// How many people are remembered as looked at.
const REMEMBERED: usize = 50_000;

/// The work that has a conversation read when it wakes: one of somebody whom the owner left out for being quiet, one that jumped to the front
/// of the list while the list was read, one that the platform left out of the list, and one that could not be read before. It is read
/// before all others, to the depth that the owner wants, by one call in most cases.
///
/// A conversation of which the history is known, or is known to have none, costs nothing.
pub struct Deepening {
    checkpoint: Checkpoint,
    feed: Arc<dyn Feed>,
    store: Arc<dyn BackfillStore>,
    clock: Arc<dyn Clock>,
    looked_at: Mutex<HashSet<(ConnectionKey, ScopedId)>>,
}

impl Deepening {
    /// Over these stores.
    pub fn new(checkpoint: Checkpoint, feed: Arc<dyn Feed>, store: Arc<dyn BackfillStore>, clock: Arc<dyn Clock>) -> Self {
        Self { checkpoint, feed, store, clock, looked_at: Mutex::default() }
    }

    /// Who was heard of by each connection and not looked at yet.
    fn heard<'a>(&self, told: impl Iterator<Item = &'a Happening>) -> BTreeMap<ConnectionKey, BTreeSet<ScopedId>> {
        let mut heard: BTreeMap<ConnectionKey, BTreeSet<ScopedId>> = BTreeMap::new();
        let looked_at = self.looked_at();
        for happening in told {
            let (What::MessageReceived { peer, road, .. } | What::MessageSent { peer, road, .. }) = &happening.what else { continue };
            let Some(account) = happening.account.clone() else { continue };
            let key = ConnectionKey { account: AccountKey::new(happening.owner.clone(), account), road: road.clone() };
            if !looked_at.contains(&(key.clone(), peer.clone())) {
                heard.entry(key).or_default().insert(peer.clone());
            }
        }
        heard
    }

    async fn look(&self, key: &ConnectionKey, peers: BTreeSet<ScopedId>) -> Result<()> {
        let view = View::system(key.account.owner.clone(), "read a conversation that wakes");
        let backfill = self.store.backfills(&view).await?.into_iter().find(|backfill| backfill.connection == *key);
        // Without a backfill the owner wants nothing from before, or nothing is subscribed yet.
        let Some(backfill) = backfill.filter(|backfill| backfill.depth != Depth::Nothing) else { return Ok(()) };
        let hides =
            self.checkpoint.carriers().of(&key.account.account.platform).is_ok_and(|carrier| carrier.capabilities.hides_conversations);
        let peers: Vec<ScopedId> = peers.into_iter().collect();
        let now = self.clock.now();
        // What wakes is concluded from what is stored at that moment: whoever works on the backfill goes on meanwhile.
        let step = |stored: &Backfill, known: &[Reading]| {
            let of = |peer: &ScopedId| known.iter().find(|reading| reading.peer == *peer);
            let woken: Vec<Reading> = peers.iter().filter_map(|peer| woken(stored, of(peer), peer, hides, now)).collect();
            (!woken.is_empty()).then(|| begun(stored, woken, now))
        };
        let known = self.store.readings(key, &peers).await?;
        if step(&backfill, &known).is_some() {
            self.store.change(key, &peers, &step).await?;
        }
        // While the list is read, whoever was not on it yet may still come; they are looked at again.
        if backfill.listed {
            for peer in peers {
                self.remember(key.clone(), peer);
            }
        } else {
            // A list that is read anew is another one: who was looked at before may be missing from it.
            self.looked_at().retain(|(connection, _)| connection != key);
        }
        Ok(())
    }

    fn remember(&self, key: ConnectionKey, peer: ScopedId) {
        let mut looked_at = self.looked_at();
        if looked_at.len() >= REMEMBERED {
            looked_at.clear();
        }
        looked_at.insert((key, peer));
    }

    fn looked_at(&self) -> MutexGuard<'_, HashSet<(ConnectionKey, ScopedId)>> {
        self.looked_at.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whoever wrote this short a time ago is among the first to be read.
const RECENT: TimeDelta = TimeDelta::minutes(1);

/// What is to be read of a conversation that wakes; `None` if nothing is.
fn woken(backfill: &Backfill, known: Option<&Reading>, peer: &ScopedId, hides: bool, now: DateTime<Utc>) -> Option<Reading> {
    match known.map(|reading| (reading.state, reading)) {
        Some((ReadingState::Done, _)) => None,
        // One that is first in turn already needs nothing.
        Some((ReadingState::Waiting, reading)) if reading.updated.is_some_and(|updated| updated + RECENT > now) => None,
        Some((ReadingState::Waiting, reading)) => Some(reading.clone().woken(now)),
        Some((ReadingState::GivenUp, reading)) => Some(Reading { thread: reading.thread.clone(), ..Reading::new(peer.clone()) }.woken(now)),
        None if !hides && backfill.complete_as_of().is_some() => None,
        None => Some(Reading::new(peer.clone()).woken(now)),
    }
}

/// A backfill that has these to read too. One that is at work, stopped, or rests, stays as it is.
fn begun(stored: &Backfill, woken: Vec<Reading>, now: DateTime<Utc>) -> BackfillChange {
    let round = stored.course.round;
    let mut backfill = stored.clone();
    if backfill.state == BackfillState::Done {
        backfill.state = BackfillState::Waiting { until: now };
    }
    BackfillChange::new(backfill).readings(woken.into_iter().map(|reading| Reading { round, ..reading }))
}

#[async_trait]
impl Work for Deepening {
    fn name(&self) -> &'static str {
        "deepening"
    }

    async fn step(&self) -> Result<Next> {
        let after = self.feed.position(READER).await?;
        let told = self.feed.read(&FeedQuery { after, limit: BATCH }).await?;
        let Some((last, _)) = told.last() else { return Ok(Next::Idle) };
        for (key, peers) in self.heard(told.iter().map(|(_, happening)| happening)) {
            match self.look(&key, peers).await {
                Err(error) if error.is_retryable() => return Err(error),
                // One owner's broken row keeps nobody else's conversations unread.
                Err(error) => tracing::warn!(%error, account = %key.account.account, "a conversation that woke could not be read"),
                Ok(()) => {}
            }
        }
        self.feed.keep(READER, *last).await?;
        Ok(Next::Again)
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use link_core::linking::setup::People;
    use link_core::words::page::Cursor;
    use link_core::words::platform::Road;

    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
    }

    fn listed() -> Backfill {
        let account = AccountKey::new("o".parse().unwrap(), "messenger:1".parse().unwrap());
        let mut backfill = Backfill::new(ConnectionKey { account, road: Road::FACEBOOK }, Depth::Everything, at(0));
        (backfill.state, backfill.listed) = (BackfillState::Done, true);
        (backfill.course.begun_as_of, backfill.course.listed_as_of) = (Some(at(1)), Some(at(1)));
        backfill
    }

    #[test]
    fn a_conversation_is_read_when_it_wakes_and_only_if_that_can_bring_something() {
        let peer = ScopedId::new("7").unwrap();
        let wakes = |backfill: &Backfill, known: Option<&Reading>, hides| woken(backfill, known, &peer, hides, at(50)).is_some();
        assert!(!wakes(&listed(), None, false), "who writes for the first time costs a call");
        assert!(wakes(&listed(), None, true), "what the platform did not list is never read");
        assert!(wakes(&listed().of_people(People::ActiveWithin(9)), None, false), "who was left out is never read");
        let mut reading_the_list = listed();
        (reading_the_list.listed, reading_the_list.course.listed_as_of) = (false, None);
        assert!(wakes(&reading_the_list, None, false), "who jumps to the front of the list while it is read is passed over");
        let mut known = Reading::new(peer.clone());
        known.state = ReadingState::Done;
        assert!(!wakes(&listed(), Some(&known), true), "what is here is read again");
        (known.state, known.after) = (ReadingState::GivenUp, Some(Cursor::new("gone")));
        let again = woken(&listed(), Some(&known), &peer, false, at(50)).unwrap();
        assert_eq!((again.after, again.state, again.updated), (None, ReadingState::Waiting, Some(at(50))));
    }

    #[test]
    fn what_is_done_begins_again_for_whoever_wakes_and_what_rests_does_not() {
        let reading = || vec![Reading::new(ScopedId::new("7").unwrap())];
        let change = begun(&listed(), reading(), at(50));
        assert_eq!(change.backfill.due(), Some(at(50)));
        let mut stopped = listed();
        stopped.state = BackfillState::Stopped { cause: "dead".to_owned() };
        let change = begun(&stopped, reading(), at(50));
        assert_eq!((&change.backfill, change.readings.len()), (&stopped, 1), "a dead token is used");
        let at_work = Backfill { state: BackfillState::Waiting { until: at(9) }, ..listed() };
        assert_eq!(begun(&at_work, reading(), at(50)).backfill, at_work, "whoever works on it works in vain");
    }
}
