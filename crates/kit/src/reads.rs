//! Recording who reads, without a write for every read.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use link_core::words::activity::{Activity, ActivityLog};
use link_core::words::clock::Clock;
use link_core::words::error::Result;
use link_core::words::ids::{AccountId, ActorId, OwnerId};
use link_core::words::view::{Origin, Viewer};

const READ: &str = "inbox.read";
const SECONDS: i64 = 3600;

/// Records the first read of each hour, for each actor, origin and account; the ones after it in that hour are not recorded. What was
/// recorded already is kept in memory: a restart, or a second process, records one more.
pub(crate) struct Reads {
    activity: Arc<dyn ActivityLog>,
    clock: Arc<dyn Clock>,
    seen: Mutex<Seen>,
}

/// Who read what in one hour.
#[derive(Default)]
struct Seen {
    hour: i64,
    reads: HashSet<(OwnerId, ActorId, Origin, Option<AccountId>)>,
}

impl Reads {
    pub(crate) fn new(activity: Arc<dyn ActivityLog>, clock: Arc<dyn Clock>) -> Self {
        Self { activity, clock, seen: Mutex::default() }
    }

    /// Somebody is about to read messages: of one account, or of all of them. What cannot be recorded must not be shown.
    pub(crate) async fn note(&self, viewer: &Viewer, account: Option<&AccountId>) -> Result<()> {
        let now = self.clock.now();
        let read = (viewer.owner.clone(), viewer.actor.clone(), viewer.origin(), account.cloned());
        if self.seen_in(now).reads.contains(&read) {
            return Ok(());
        }
        let act = Activity::of(viewer, READ, now);
        self.activity.record(&[account.map_or_else(|| act.clone(), |account| act.clone().on(account))]).await?;
        self.seen_in(now).reads.insert(read);
        Ok(())
    }

    fn seen_in(&self, now: DateTime<Utc>) -> MutexGuard<'_, Seen> {
        let hour = now.timestamp().div_euclid(SECONDS);
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.hour != hour {
            *seen = Seen { hour, reads: HashSet::new() };
        }
        seen
    }
}
