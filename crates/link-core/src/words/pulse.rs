//! The pulse: when an account was last heard of, and how often strangers knocked. Durable, so that another process can tell.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::error::Result;
use super::ids::AccountKey;
use super::view::View;

/// When something of one kind was last told of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Heard {
    /// Of which account.
    pub account: AccountKey,
    /// Under which webhook field.
    pub field: String,
    /// When it happened, by the platform's clock.
    pub at: DateTime<Utc>,
    /// When it was received, by ours.
    pub received_at: DateTime<Utc>,
}

impl Heard {
    /// Something was told of an account.
    pub fn new(account: AccountKey, field: impl Into<String>, at: DateTime<Utc>, received_at: DateTime<Utc>) -> Self {
        Self { account, field: field.into(), at, received_at }
    }
}

/// Deliveries that were turned away for their signature, within some time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TurnedAway {
    /// How many.
    pub count: u64,
    /// The first, to the hour.
    pub first_at: Option<DateTime<Utc>>,
    /// The last.
    pub last_at: Option<DateTime<Utc>>,
}

/// Where the pulse is kept. Written now and then, never once for each request: whoever knocks without a key must not make us write.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait Pulse: Send + Sync {
    /// Keeps what was heard (the latest of each account and field) and adds to what was turned away, atomically.
    async fn note(&self, heard: &[Heard], turned_away: u64, at: DateTime<Utc>) -> Result<()>;
    /// When each account of the view was last heard of, by account and field.
    async fn heard(&self, view: &View) -> Result<Vec<Heard>>;
    /// When anything was last received for anybody; `None` if nothing ever was.
    async fn last_received(&self) -> Result<Option<DateTime<Utc>>>;
    /// What was turned away since a time, to the hour. It belongs to no owner.
    async fn turned_away(&self, since: DateTime<Utc>) -> Result<TurnedAway>;
}
