//! The time as the platform has it.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use link_core::words::clock::Clock;

use crate::wiring::Sight;

/// Answers tell the time to the second, and take their time themselves: what is less is no difference.
const NOISE: TimeDelta = TimeDelta::seconds(5);

/// Our clock, put right by how far the platform's was ahead at its last answer.
///
/// Windows, echoes, cut-overs and what is late are about what the platform did and when, by its own clock; a program on a machine whose clock
/// is wrong must not refuse answers or miss echoes for that.
pub(crate) struct TheirClock {
    pub(crate) ours: Arc<dyn Clock>,
    pub(crate) sight: Option<Arc<dyn Sight>>,
}

impl Clock for TheirClock {
    fn now(&self) -> DateTime<Utc> {
        let now = self.ours.now();
        let ahead = self.sight.as_ref().and_then(|sight| sight.seen().clock_ahead).filter(|ahead| ahead.abs() >= NOISE);
        ahead.and_then(|ahead| now.checked_add_signed(ahead)).unwrap_or(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wiring::Seen;

    struct Frozen;

    impl Clock for Frozen {
        fn now(&self) -> DateTime<Utc> {
            DateTime::UNIX_EPOCH
        }
    }

    struct Ahead(Option<TimeDelta>);

    impl Sight for Ahead {
        fn seen(&self) -> Seen {
            Seen { clock_ahead: self.0, ..Seen::default() }
        }
    }

    #[test]
    fn a_wrong_clock_is_put_right_and_noise_is_left_alone() {
        let now = |ahead| TheirClock { ours: Arc::new(Frozen), sight: Some(Arc::new(Ahead(ahead))) }.now() - DateTime::UNIX_EPOCH;
        assert_eq!(now(Some(TimeDelta::hours(1))), TimeDelta::hours(1));
        assert_eq!(now(Some(TimeDelta::hours(-1))), TimeDelta::hours(-1));
        assert_eq!(now(Some(TimeDelta::milliseconds(-4_999))), TimeDelta::zero());
        assert_eq!(now(None), TimeDelta::zero());
        assert_eq!(now(Some(TimeDelta::MAX)), TimeDelta::zero(), "a wrong answer stops the program");
    }
}
