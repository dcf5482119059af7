//! Ending a link, or letting one account leave it: what will be done, what stays, and what cannot be done and why.
//!
//! A [`Plan`] is shown before anything happens, and kept while it is carried out: its [`Step`]s are idempotent and go on after a restart.
//! First the accounts are disconnected, so that nothing is sent or kept any more; then the platform is told to tell no more, and that the
//! app's rights are given back; at last the tokens are sealed away. What the platform refuses is marked as not possible, with its remedy, and
//! the rest goes on. Messages and people that were read stay readable: to wipe them is erasure's, with a plan of its own.

mod plan;
mod store;

pub use plan::{Action, Facts, Outcome, Plan, Refused, Stays, Step, StepState};
pub use store::{PlanStep, UnlinkStore};
