//! Times as platforms tell them.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// When something happened by the platform's clock, and whether that is known to the millisecond.
///
/// Webhooks give milliseconds, history gives whole seconds of the same instant. The finer one wins, or a message would
/// move while somebody pages past it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moment {
    /// The instant.
    pub at: DateTime<Utc>,
    /// True when given in milliseconds, false when in whole seconds.
    pub exact: bool,
}

impl Moment {
    /// A time known to the millisecond.
    pub const fn exact(at: DateTime<Utc>) -> Self {
        Self { at, exact: true }
    }

    /// A time known to the second.
    pub const fn coarse(at: DateTime<Utc>) -> Self {
        Self { at, exact: false }
    }

    /// The latest instant it may stand for: a time known to the second stands for all of it.
    #[must_use]
    pub fn latest(self) -> DateTime<Utc> {
        if self.exact { self.at } else { self.at + TimeDelta::milliseconds(999) }
    }

    /// The better of two tellings of the same instant: the finer; among equals the earlier. Commutative, associative, idempotent.
    #[must_use]
    pub fn join(self, other: Self) -> Self {
        match (self.exact, other.exact) {
            (true, false) => self,
            (false, true) => other,
            _ => Self { at: self.at.min(other.at), exact: self.exact },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeZone;

    #[test]
    fn the_finer_time_wins_whichever_comes_first() {
        let fine = Moment::exact(Utc.timestamp_millis_opt(1_790_000_000_400).unwrap());
        let coarse = Moment::coarse(Utc.timestamp_opt(1_790_000_000, 0).unwrap());
        assert_eq!(fine.join(coarse), fine);
        assert_eq!(coarse.join(fine), fine);
    }
}
