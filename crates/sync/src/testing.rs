//! For whoever implements the ports: memory stores to compare with, and suites to run.
//!
//! The suites are plain async functions over a port. Each panics with a sentence that says what would be wrong in the world.

mod backfills;
mod build;
mod memory;
mod messages;
mod outbox;
mod pauses;
mod reconcile;
mod uploads;

pub use crate::backfill::MockBackfillStore;
pub use crate::budget::{MockBudget, MockPauseStore};
pub use crate::carrier::MockAccesses;
pub use crate::policy::MockKnowledge;
pub use crate::reconcile::MockReconcileStore;
pub use crate::store::MockOutbox;
pub use crate::uploads::MockUploadStore;
pub use backfills::{MemoryBackfills, backfill_store};
pub use build::{Scene, at};
pub use memory::Memory;
pub use messages::message_store;
pub use outbox::outbox;
pub use pauses::pause_store;
pub use reconcile::{MemoryReconciles, reconcile_store};
pub use uploads::upload_store;
