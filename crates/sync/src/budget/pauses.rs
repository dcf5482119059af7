//! Pauses that the platform asked for, kept over restarts.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use link_core::words::error::Result;
use link_core::words::rates::{RateKind, Scope};

/// Calls that are not made before a time, because the platform said: too much.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pause {
    /// Whose calls.
    pub scope: Scope,
    /// Of which kind; `None` is every kind.
    pub kind: Option<RateKind>,
    /// Until when, by the platform's clock.
    pub until: DateTime<Utc>,
}

/// Where pauses are kept, so that a program which starts anew does not call on while it is throttled. They are the platform's and of no owner.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait PauseStore: Send + Sync {
    /// Keeps a pause. Of one scope and kind the later end stays.
    async fn keep(&self, pause: &Pause) -> Result<()>;
    /// The pauses that are not over at a time; the others may be forgotten.
    async fn standing(&self, now: DateTime<Utc>) -> Result<Vec<Pause>>;
}
