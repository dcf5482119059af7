//! Saying something.

use async_trait::async_trait;

use super::Access;
use crate::words::outgoing::{Outcome, Outgoing};

/// Sends one message, once.
///
/// It never repeats by itself: an error before the bytes leave, the opening of the connection included, is
/// [`Outcome::NotSent`]; any doubt afterwards is [`Outcome::Unknown`]. Cancelling the call counts as unknown.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait Sender: Send + Sync {
    /// Sends it and tells what became of it.
    async fn send(&self, access: &Access, outgoing: &Outgoing) -> Outcome;
}
