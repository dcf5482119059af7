//! How much of a conversation's history is here, and why the rest is not.
//!
//! [`Coverage`] is what was proved, kept as a join: it does not matter in which order pages of history are read, nor how often. The
//! [`CoverageMap`] is what follows from it, from the beginning of the conversation until a time.

mod map;
mod stored;

use chrono::{DateTime, Utc};
use link_core::words::ports::ThreadPage;
use serde::{Deserialize, Serialize};

use crate::register::{Register, keep_max};

pub use map::{CoverageMap, Span, Standing};

/// A stretch of time of which every message that the platform shows is here. History tells whole seconds, and so do its ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Stretch {
    /// Its beginning; `None` is the beginning of the conversation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<DateTime<Utc>>,
    /// Its end.
    pub to: DateTime<Utc>,
}

impl Stretch {
    /// From a time, or from the beginning of the conversation, to a time.
    pub const fn new(from: Option<DateTime<Utc>>, to: DateTime<Utc>) -> Self {
        Self { from, to }
    }
}

/// What lies beyond the platform's limit: it is listed at most, and not handed out. It was not necessarily deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Hidden {
    /// Everything before this time; unknown if the platform showed nothing at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<DateTime<Utc>>,
    /// How many such messages were seen listed; the platform may have more.
    #[serde(default)]
    pub listed: u32,
}

impl Hidden {
    /// Everything before a time, of which so many messages were seen listed.
    pub const fn new(before: Option<DateTime<Utc>>, listed: u32) -> Self {
        Self { before, listed }
    }
}

/// What was proved of a conversation's history. What earlier versions stored as one word reads as what it proved.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "stored::Stored")]
#[non_exhaustive]
pub struct Coverage {
    /// What is here whole: oldest first, each apart from the next.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub whole: Vec<Stretch>,
    /// What the platform does not show, as of when it last answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hidden: Option<Register<Hidden>>,
    /// Why this conversation could not be read, as of when that was last tried; nothing in it once it could.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub denied: Option<Register<Option<String>>>,
}

impl Coverage {
    /// A stretch is here whole.
    pub fn whole(stretch: Stretch) -> Self {
        Self { whole: vec![stretch], ..Self::default() }
    }

    /// And what the platform does not show.
    #[must_use]
    pub fn hiding(mut self, as_of: DateTime<Utc>, hidden: Hidden) -> Self {
        self.hidden = Some(Register::new(as_of, hidden));
        self
    }

    /// The conversation could not be read, in the error's or refusal's own words.
    pub fn denied(as_of: DateTime<Utc>, cause: impl Into<String>) -> Self {
        Self { denied: Some(Register::new(as_of, Some(cause.into()))), ..Self::default() }
    }

    /// What a page of a conversation proves, if its messages are applied: everything from the oldest on it up to where the page before
    /// began. `above` is that place, or for a first page the answer's time; `oldest` is the time of the oldest message on this page.
    /// `is_limited` is true if the platform shows nothing older.
    ///
    /// A page that shows nothing and leads on proves nothing, nor does one on which nothing is told, or something that has no form.
    pub fn of_page(
        thread: &ThreadPage,
        as_of: DateTime<Utc>,
        oldest: Option<DateTime<Utc>>,
        above: DateTime<Utc>,
        is_limited: bool,
    ) -> Self {
        let begins = thread.older.is_none() && !is_limited && !thread.untold;
        let mut told = Self { denied: Some(Register::new(as_of, None)), ..Self::default() };
        if thread.unknown == 0 && (begins || oldest.is_some()) {
            let from = oldest.filter(|_| !begins);
            told.whole.push(Stretch::new(from, oldest.map_or(above, |oldest| above.max(oldest))));
        }
        if is_limited {
            told.hidden = Some(Register::new(as_of, Hidden::new(Some(oldest.unwrap_or(above)), thread.unreadable)));
        }
        told
    }

    /// Takes in what else was proved. Commutative, associative and idempotent.
    pub fn join(&mut self, other: Self) {
        self.whole.extend(other.whole);
        self.whole = united(std::mem::take(&mut self.whole));
        keep_max(&mut self.hidden, other.hidden);
        keep_max(&mut self.denied, other.denied);
    }

    /// True if the conversation was ever looked at as a page of history.
    pub fn is_told(&self) -> bool {
        *self != Self::default()
    }

    /// True if somebody who reads the map would see no difference, save that it reaches to a later time.
    pub(crate) fn looks_like(&self, other: &Self) -> bool {
        let starts = |coverage: &Self| coverage.whole.iter().map(|stretch| stretch.from).collect::<Vec<_>>();
        let hidden = |coverage: &Self| coverage.hidden.as_ref().map(|told| told.value);
        let denied = |coverage: &Self| coverage.denied.as_ref().and_then(|told| told.value.clone());
        starts(self) == starts(other) && hidden(self) == hidden(other) && denied(self) == denied(other)
    }
}

/// Stretches as few as possible: oldest first, those that meet as one.
fn united(mut stretches: Vec<Stretch>) -> Vec<Stretch> {
    stretches.sort_unstable();
    let mut apart: Vec<Stretch> = Vec::with_capacity(stretches.len());
    for next in stretches {
        match apart.last_mut() {
            Some(last) if next.from.is_none_or(|from| from <= last.to) => last.to = last.to.max(next.to),
            _ => apart.push(next),
        }
    }
    apart
}

#[cfg(test)]
mod tests;
