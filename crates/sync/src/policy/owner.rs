//! Which app may answer.

use chrono::{DateTime, Utc};
use link_core::words::refusal::Refusal;

use crate::conversation::Conversation;
use crate::owner::Owner;

/// Refuses what another app would have to say. Where nobody told who owns the conversation, the platform decides.
pub(super) fn check(conversation: &Conversation, now: DateTime<Utc>) -> Result<(), Refusal> {
    match conversation.owner(now) {
        Owner::Other { app, until } => Err(Refusal::OwnedElsewhere { until: Some(until), app }),
        Owner::Unknown | Owner::Ours { .. } | Owner::Idle { .. } => Ok(()),
    }
}
