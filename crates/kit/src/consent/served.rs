//! Serving one owner after the other.

use link_core::words::error::{Error, Result};
use link_core::words::ids::OwnerId;

/// What came of serving one owner after the other. One who cannot be served keeps no other waiting, and is answered for at the end.
#[derive(Default)]
pub(super) struct Served {
    meant: bool,
    failed: Option<Error>,
}

impl Served {
    pub(super) fn and(&mut self, owner: &OwnerId, outcome: Result<bool>) {
        match outcome {
            Ok(meant) => self.meant |= meant,
            Err(error) => {
                tracing::error!(%error, %owner, "that a consent was taken back could not be kept for an owner; the others are served");
                self.failed.get_or_insert(error);
            }
        }
    }

    /// Whether anybody was meant, or the first failure.
    pub(super) fn outcome(self) -> Result<bool> {
        self.failed.map_or(Ok(self.meant), Err)
    }
}
