//! Saying something.

use async_trait::async_trait;

use super::Access;
use crate::words::error::{Error, ErrorKind, Result};
use crate::words::ids::ScopedId;
use crate::words::outgoing::{Outcome, Outgoing, Signal};

/// Sends one message, once.
///
/// It never repeats by itself: an error before the bytes leave, the opening of the connection included, is
/// [`Outcome::NotSent`]; any doubt afterwards is [`Outcome::Unknown`]. Cancelling the call counts as unknown.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait Sender: Send + Sync {
    /// Sends it and tells what became of it.
    async fn send(&self, access: &Access, outgoing: &Outgoing) -> Outcome;
    /// Shows a sign, as well as that goes. A platform without such signs refuses with [`ErrorKind::Invalid`].
    #[expect(unused_variables, reason = "the names are for whoever implements it")]
    async fn signal(&self, access: &Access, to: &ScopedId, signal: Signal) -> Result<()> {
        Err(Error::new(ErrorKind::Invalid, "show a sign on a platform that has none"))
    }
}
