//! Where plans of unlinking are kept.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use link_core::words::activity::Activity;
use link_core::{OwnerId, Result, UnlinkId, View};

use super::plan::Plan;

/// A pure step of a plan: what it is now; `None` to leave it.
pub type PlanStep<'a> = dyn Fn(&Plan) -> Option<Plan> + Send + Sync + 'a;

/// Plans of unlinking.
#[async_trait]
pub trait UnlinkStore: Send + Sync {
    /// Keeps a plan that is to be carried out, and records the acts with it, atomically. False, and nothing is written, if it is there already.
    async fn begin(&self, plan: &Plan, acts: &[Activity]) -> Result<bool>;
    /// Loads one plan, runs the step (again after a conflict) and writes what it leaves, atomically. `None` if there is none or the step
    /// left it. A step that makes another plan of it is an error.
    async fn update(&self, owner: &OwnerId, id: UnlinkId, step: &PlanStep<'_>) -> Result<Option<Plan>>;
    /// Plans with open steps that are to be gone on with by now, the longest due first. Crosses owners, for the work that carries them out.
    async fn due(&self, now: DateTime<Utc>, limit: u32) -> Result<Vec<Plan>>;
    /// When the next one is due, after this time; `None` if none is.
    async fn next_due(&self, after: DateTime<Utc>) -> Result<Option<DateTime<Utc>>>;
    /// The owner's plans, begun or over, newest first. A plan is read whole: a view of some accounts shows it if all that leave are among
    /// them, and an empty view shows none.
    async fn plans(&self, view: &View) -> Result<Vec<Plan>>;
}
