//! The port under which backfills are kept.

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use link_core::linking::connection::ConnectionKey;
use link_core::words::activity::Activity;
use link_core::words::error::Result;
use link_core::words::ids::ScopedId;
use link_core::words::view::View;

use super::{Backfill, Reading, Tally};

/// A backfill that somebody works on, with the ticket that proves it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Held {
    /// The backfill.
    pub backfill: Backfill,
    /// The claim. Whoever claims or changes it later has another one.
    pub ticket: u64,
}

impl Held {
    /// For stores: a backfill under a claim.
    pub const fn new(backfill: Backfill, ticket: u64) -> Self {
        Self { backfill, ticket }
    }
}

/// What becomes of a backfill from outside of its work.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct BackfillChange {
    /// As it is from now on.
    pub backfill: Backfill,
    /// Conversations of it as they are from now on.
    pub readings: Vec<Reading>,
    /// Who did that.
    pub acts: Vec<Activity>,
}

impl BackfillChange {
    /// A backfill changes, and none of its conversations.
    pub const fn new(backfill: Backfill) -> Self {
        Self { backfill, readings: Vec::new(), acts: Vec::new() }
    }

    /// And so do conversations.
    #[must_use]
    pub fn readings(mut self, readings: impl IntoIterator<Item = Reading>) -> Self {
        self.readings.extend(readings);
        self
    }

    /// By somebody's act, which is recorded with it.
    #[must_use]
    pub fn act(mut self, act: Activity) -> Self {
        self.acts.push(act);
        self
    }
}

/// A pure step: from what is stored of a backfill and of the conversations asked for to what is to be stored; `None` leaves it as it is.
pub type BackfillStep<'a> = dyn Fn(&Backfill, &[Reading]) -> Option<BackfillChange> + Send + Sync + 'a;

/// Backfills under way, with a row for each of their conversations.
///
/// Rows of an earlier reading than the backfill's [`since_round`](super::Course::since_round) count as absent.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait BackfillStore: Send + Sync {
    /// Keeps a backfill if its connection has none yet; else keeps what [`Backfill::again`] makes of the one that is there. Answers whether
    /// anything was kept. Whoever holds it at that time saves in vain, and it can be claimed anew at once.
    async fn begin(&self, backfill: &Backfill) -> Result<bool>;
    /// Takes one that is [due](Backfill::due), for as long as the lease; the longest due first. Crosses owners.
    async fn claim(&self, now: DateTime<Utc>, lease: Duration) -> Result<Option<Held>>;
    /// Writes one back with the conversations that changed, in one transaction, and gives up its claim. If it was claimed or changed since,
    /// nothing is written and the answer is false: what was read meanwhile is read again. One that is done while conversations of it wait, which
    /// woke meanwhile, keeps the state that is stored.
    async fn save(&self, held: &Held, readings: &[Reading]) -> Result<bool>;
    /// Runs a step on a connection's backfill and on its conversations with these people, and writes what it makes, in one transaction; answers
    /// the backfill as it is then, `None` if nothing was written. If the backfill itself becomes another one, whoever holds it saves in vain,
    /// and it can be claimed anew at once; a conversation that is added or changed takes nothing from them.
    async fn change<'a>(&self, connection: &ConnectionKey, peers: &[ScopedId], step: &BackfillStep<'a>) -> Result<Option<Backfill>>;
    /// When the next one can be claimed; `None` if none waits. Crosses owners.
    async fn next_due(&self) -> Result<Option<DateTime<Utc>>>;
    /// The owner's backfills.
    async fn backfills(&self, view: &View) -> Result<Vec<Backfill>>;
    /// Conversations of which more is wanted, the one that changed last first.
    async fn waiting(&self, connection: &ConnectionKey, limit: u32) -> Result<Vec<Reading>>;
    /// The conversations with these people, as far as there are any, in no order.
    async fn readings(&self, connection: &ConnectionKey, peers: &[ScopedId]) -> Result<Vec<Reading>>;
    /// What the conversations of each of the owner's backfills come to.
    async fn tallies(&self, view: &View) -> Result<Vec<(ConnectionKey, Tally)>>;
}
