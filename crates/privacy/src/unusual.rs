//! Unusual access: what is unlike everything that is known of whoever acts.
//!
//! | code | flagged | threshold by default |
//! |---|---|---|
//! | `new_place` | the act comes from a place where the actor was not seen: the embedder's text, or else the network of the address, its first 24 bits (IPv4) or 48 bits (IPv6) | 30 days |
//! | `new_device` | the act comes from a device with which the actor was not seen | 30 days |
//! | `unusual_hour` | at this hour of the day (UTC) the actor did nothing | 30 days; after 7 days of learning |
//! | `too_many` | in this hour the actor did so many times as much as in the median of the hours in which they did anything | 5 times, and at least 20 acts |
//! | `token_after_end` | a token was used long after it was revoked or had died | 10 minutes |
//!
//! **Learning.** Nothing is known of an actor who was never seen, or not within the last 30 days: their first act raises no flag. A place or
//! a device is new only if another is known; an hour is unusual only if the actor was first seen 7 days ago or earlier; what is too many needs
//! an earlier hour to compare with. What raised a flag is known from then on and raises none again; `too_many` is raised once an hour, by the
//! act that reaches the threshold. Our own work raises no flags but that of the token.
//!
//! **Tokens.** No platform tells who uses a token. What can be noticed is a call of our own, in this or another process, with a token whose
//! end was recorded: calls under way when it ended are normal, and so the threshold. Use of a stolen token elsewhere shows to nobody.

mod habits;
mod judge;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

pub use habits::Habits;
pub use judge::{Flag, judge};

/// From where on an access is unusual.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rules {
    /// How long a place, a device, an hour and a count are known.
    pub remembered: TimeDelta,
    /// How long after an actor was first seen no hour is unusual.
    pub learning: TimeDelta,
    /// How many times the median of an actor's hours is too many.
    pub times: u32,
    /// Fewer acts than this in an hour are never too many.
    pub at_least: u32,
    /// How long after its end a token may still be seen.
    pub under_way: TimeDelta,
}

impl Default for Rules {
    fn default() -> Self {
        Self { remembered: TimeDelta::days(30), learning: TimeDelta::days(7), times: 5, at_least: 20, under_way: TimeDelta::minutes(10) }
    }
}

/// Which rule flagged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Code {
    /// Not seen from there.
    NewPlace,
    /// Not seen with that device.
    NewDevice,
    /// Not seen at that hour.
    UnusualHour,
    /// More than usual.
    TooMany,
    /// A token outlived its end.
    TokenAfterEnd,
}

impl Code {
    /// The word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NewPlace => "new_place",
            Self::NewDevice => "new_device",
            Self::UnusualHour => "unusual_hour",
            Self::TooMany => "too_many",
            Self::TokenAfterEnd => "token_after_end",
        }
    }

    /// What it means, in plain words.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::NewPlace => "Somebody acted from a place that is new for them.",
            Self::NewDevice => "Somebody acted with a device that is new for them.",
            Self::UnusualHour => "Somebody acted at an hour at which they usually do nothing.",
            Self::TooMany => "Somebody did far more in an hour than they usually do.",
            Self::TokenAfterEnd => "A token was used long after it had ended.",
        }
    }
}

#[cfg(test)]
mod tests;
