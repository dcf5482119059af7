//! Background work, told in steps so that one runner can drive all of it.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::error::Result;

/// What a piece of work wants next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// There is more to do at once.
    Again,
    /// Nothing to do before this time, unless somebody wakes it.
    At(DateTime<Utc>),
    /// Nothing to do until somebody wakes it.
    Idle,
}

/// A piece of background work.
#[async_trait]
pub trait Work: Send + Sync {
    /// A stable name for logs and figures.
    fn name(&self) -> &'static str;
    /// Does a bounded amount and says when to come back. A step may be cancelled or repeated at any point without harm.
    async fn step(&self) -> Result<Next>;
    /// What is to be done when no further step will come: writing what was only gathered so far. Nothing, for most. It may be left out
    /// without harm, because a process may end without notice.
    async fn close(&self) -> Result<()> {
        Ok(())
    }
}
