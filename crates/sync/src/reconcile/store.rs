//! The port under which it is kept what is compared, and that the program lives.

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use link_core::words::activity::Activity;
use link_core::words::error::Result;
use link_core::words::feed::Happening;
use link_core::words::view::View;
use serde::{Deserialize, Serialize};

use super::{Occasion, Reconcile};

/// A comparing that somebody works on, with the ticket that proves it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct HeldReconcile {
    /// The comparing.
    pub reconcile: Reconcile,
    /// The claim. Whoever claims it later has another one.
    pub ticket: u64,
}

impl HeldReconcile {
    /// For stores: a comparing under a claim.
    pub const fn new(reconcile: Reconcile, ticket: u64) -> Self {
        Self { reconcile, ticket }
    }
}

/// That the program lives, as it was last written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Alive {
    /// Since when without a break.
    pub since: DateTime<Utc>,
    /// When it was last seen.
    pub at: DateTime<Utc>,
    /// When something first and last came that it could not keep, and that was not looked for yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_kept: Option<(DateTime<Utc>, DateTime<Utc>)>,
}

impl Alive {
    /// Seen for the first time.
    pub const fn new(since: DateTime<Utc>, at: DateTime<Utc>) -> Self {
        Self { since, at, not_kept: None }
    }

    /// With the first and the last time at which something came that it could not keep.
    #[must_use]
    pub const fn not_keeping(mut self, not_kept: Option<(DateTime<Utc>, DateTime<Utc>)>) -> Self {
        self.not_kept = not_kept;
        self
    }

    /// Seen once more: it was there all the time, unless more than `pause` passed; a clock that goes back is no break. Comes with since when it
    /// was away, if it was.
    pub fn seen(self, now: DateTime<Utc>, pause: TimeDelta) -> (Self, Option<DateTime<Utc>>) {
        if now - self.at <= pause {
            return (Self { at: now.max(self.at), ..self }, None);
        }
        (Self::new(now, now).not_keeping(self.not_kept), Some(self.at))
    }
}

/// What is compared, one row for each connection.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait ReconcileStore: Send + Sync {
    /// Keeps what [`Reconcile::wanted`] makes of what is stored, and records the acts with it, atomically. Answers whether anything was kept;
    /// the acts are recorded in any case.
    async fn want(&self, occasion: &Occasion, acts: &[Activity]) -> Result<bool>;
    /// Takes one that waits and whose time has come, for as long as the lease. Crosses owners.
    async fn claim(&self, now: DateTime<Utc>, lease: Duration) -> Result<Option<HeldReconcile>>;
    /// Writes one back over what is stored ([`Reconcile::over`]), gives up its claim and tells what is to be told, atomically. Answers what is
    /// kept. If it was claimed by somebody else since, nothing is written or told, and the answer is `None`: it is theirs now.
    async fn save(&self, held: &HeldReconcile, told: &[Happening]) -> Result<Option<Reconcile>>;
    /// When the next one can be claimed; `None` if none waits. Crosses owners.
    async fn next_due(&self) -> Result<Option<DateTime<Utc>>>;
    /// The owner's, as far as the view shows them, by account and road.
    async fn reconciles(&self, view: &View) -> Result<Vec<Reconcile>>;
    /// That the program lives, as it was last written down; `None` if it never was. It belongs to no owner.
    async fn alive(&self) -> Result<Option<Alive>>;
    /// Writes down that it lives, and what it could not keep, which is joined to what others on the same store could not. When it was last seen
    /// never moves back.
    async fn beat(&self, alive: &Alive) -> Result<()>;
    /// Forgets what could not be kept between two times, since it was looked for; if anything else could not be, nothing is forgotten.
    async fn looked_for(&self, first: DateTime<Utc>, last: DateTime<Utc>) -> Result<()>;
}
