//! The journal: what was acknowledged and is not yet applied.

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::envelope::{Envelope, Lane, Poisoned};
use super::error::Result;
use super::ids::MessageId;

/// An envelope's place in the journal. It is never given to another one, also when the envelope is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sequence(pub u64);

/// A claimed envelope.
#[derive(Debug, Clone)]
pub struct Claimed {
    /// Its place.
    pub sequence: Sequence,
    /// How often it was claimed, this time included. More than one means that somebody died or failed with it, or had no time for it.
    pub attempt: u32,
    /// The envelope.
    pub envelope: Envelope,
}

/// What became of a claimed envelope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settlement {
    /// It is applied.
    Applied(Sequence),
    /// It is applied, and its payload is blanked at once: it speaks of a message that was taken back.
    Wiped(Sequence),
    /// It cannot be applied. It is kept and counted, and never claimed again.
    Poisoned(Sequence),
    /// It could not be applied now; it may be claimed again after this time.
    Later(Sequence, DateTime<Utc>),
}

/// A message that was taken back or a comment that was removed, and the lane in which it was spoken of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TakenBack {
    /// Which lane.
    pub lane: Lane,
    /// Which message or comment, by its id.
    pub message: MessageId,
    /// True if any lane of the account may speak of it: whoever removes a comment need not say whose it was.
    pub anywhere: bool,
}

/// How full a journal is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct JournalFigures {
    /// Waiting or claimed.
    pub open: u64,
    /// Kept because they could not be applied or read.
    pub poisoned: u64,
    /// When the oldest open envelope was received.
    pub oldest_open: Option<DateTime<Utc>>,
}

/// Durable before acknowledged.
///
/// `append` is atomic and durable when it returns: an engine's contract says what that survives. Delivery is at least once; the
/// order within a lane is kept as a courtesy while nothing fails. Claims cross owners; each envelope names its own.
/// Cancelling a call leaves either all or nothing of it done.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait Journal: Send + Sync {
    /// Keeps all of these, or none and an error. An envelope in a lane of another owner than its own is an error.
    async fn append(&self, envelopes: &[Envelope]) -> Result<()>;
    /// Keeps a delivery that is none. It is never claimed.
    async fn quarantine(&self, poisoned: &Poisoned) -> Result<()>;
    /// Takes up to `limit` of the oldest open envelopes that nobody holds, at time `now`, for as long as the lease.
    async fn claim(&self, limit: u32, now: DateTime<Utc>, lease: Duration) -> Result<Vec<Claimed>>;
    /// Says what became of claimed envelopes. What is closed or gone meanwhile is left as it is, and is no error.
    async fn settle(&self, settlements: &[Settlement], now: DateTime<Utc>) -> Result<()>;
    /// Wipes every payload of a lane, open, settled or poisoned, and answers how many there were.
    async fn purge(&self, lane: &Lane) -> Result<u64>;
    /// Blanks the payloads of what is settled or poisoned and speaks of a message that was taken back, and answers how many there were.
    /// What is open stays as it is, for it is still to be applied. What somebody holds by then is blanked when it is closed, as whatever it is
    /// settled: who applied it before its message was taken back cannot know.
    async fn wipe(&self, taken_back: &[TakenBack]) -> Result<u64>;
    /// Forgets what was applied and settled before a time, and answers how much. What is poisoned or quarantined is kept.
    async fn forget(&self, settled_before: DateTime<Utc>) -> Result<u64>;
    /// How full it is.
    async fn figures(&self) -> Result<JournalFigures>;
}
