//! A field whose newest telling wins.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// A value with the rank of whoever told it: as of when, after how many edits, and at last the value itself, so that two tellings
/// of equal rank have a winner too. Joining is taking the greater one: commutative, associative, idempotent.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Register<T> {
    /// As of when it was told, by the platform's clock.
    pub as_of: DateTime<Utc>,
    /// After how many edits.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub revision: u32,
    /// What was told.
    pub value: T,
}

// serde asks for a function of a reference here.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
const fn is_zero(revision: &u32) -> bool {
    *revision == 0
}

impl<T: Ord> Register<T> {
    /// A value told at a time.
    pub const fn new(as_of: DateTime<Utc>, value: T) -> Self {
        Self { as_of, revision: 0, value }
    }

    /// After so many edits.
    #[must_use]
    pub fn revision(mut self, revision: u32) -> Self {
        self.revision = revision;
        self
    }
}

/// Keeps the greater of two optional things; nothing is less than anything.
pub(crate) fn keep_max<T: Ord>(mine: &mut Option<T>, other: Option<T>) {
    if other > *mine {
        *mine = other;
    }
}

/// Keeps the lesser of two optional things; nothing is greater than anything.
pub(crate) fn keep_min<T: Ord>(mine: &mut Option<T>, other: Option<T>) {
    match (&*mine, other) {
        (None, other) => *mine = other,
        (Some(a), Some(b)) if b < *a => *mine = Some(b),
        _ => {}
    }
}
