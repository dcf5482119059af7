//! Which app may answer.

use link_core::words::refusal::Refusal;

use crate::conversation::{Conversation, Ownership};

/// Refuses what another app would have to say. Where nobody told who owns the conversation, the platform decides.
pub(super) fn check(conversation: &Conversation) -> Result<(), Refusal> {
    match conversation.ownership.as_ref().map(|told| &told.value) {
        Some(Ownership::Other) => Err(Refusal::OwnedElsewhere),
        Some(Ownership::Ours) | None => Ok(()),
    }
}
