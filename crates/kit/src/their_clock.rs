//! The time as the platform has it.

use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use link_core::words::clock::Clock;

use crate::wiring::Sight;

/// Answers tell the time to the second, and take their time themselves: what is less is no difference.
const NOISE: TimeDelta = TimeDelta::seconds(5);

/// Our clock, put right by how far the platform's was ahead at its last answer.
///
/// Windows, echoes, cut-overs and what is late are about what the platform did and when, by its own clock; a program on a machine whose clock
/// is wrong must not refuse answers or miss echoes for that. It is set seldom: followed at every answer, it would run in jumps as great as what
/// an answer cannot tell, and what happens twice within a jump would seem to happen in another order.
pub(crate) struct TheirClock {
    ours: Arc<dyn Clock>,
    sight: Option<Arc<dyn Sight>>,
    /// By how far it is set.
    set: Mutex<TimeDelta>,
}

impl TheirClock {
    pub(crate) fn new(ours: Arc<dyn Clock>, sight: Option<Arc<dyn Sight>>) -> Self {
        Self { ours, sight, set: Mutex::default() }
    }

    fn ahead(&self) -> TimeDelta {
        let mut set = self.set.lock().unwrap_or_else(PoisonError::into_inner);
        let told = self.sight.as_ref().and_then(|sight| sight.seen().clock_ahead);
        if let Some(told) = told.filter(|told| told.checked_sub(&set).is_none_or(|away| away.abs() >= NOISE)) {
            // What is nothing but noise is no difference.
            *set = if told.abs() < NOISE { TimeDelta::zero() } else { told };
        }
        *set
    }
}

impl Clock for TheirClock {
    fn now(&self) -> DateTime<Utc> {
        let now = self.ours.now();
        now.checked_add_signed(self.ahead()).unwrap_or(now)
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

    #[derive(Default)]
    struct Ahead(Mutex<Option<TimeDelta>>);

    impl Sight for Ahead {
        fn seen(&self) -> Seen {
            Seen { clock_ahead: *self.0.lock().unwrap(), ..Seen::default() }
        }
    }

    fn told(answers: impl IntoIterator<Item = Option<TimeDelta>>) -> Vec<TimeDelta> {
        let sight = Arc::new(Ahead::default());
        let clock = TheirClock::new(Arc::new(Frozen), Some(sight.clone()));
        let now = |ahead| {
            *sight.0.lock().unwrap() = ahead;
            clock.now() - DateTime::UNIX_EPOCH
        };
        answers.into_iter().map(now).collect()
    }

    #[test]
    fn a_wrong_clock_is_put_right_and_noise_is_left_alone() {
        assert_eq!(told([Some(TimeDelta::hours(1))]), [TimeDelta::hours(1)]);
        assert_eq!(told([Some(TimeDelta::hours(-1))]), [TimeDelta::hours(-1)]);
        assert_eq!(told([Some(TimeDelta::milliseconds(-4_999))]), [TimeDelta::zero()]);
        assert_eq!(told([None]), [TimeDelta::zero()]);
        assert_eq!(told([Some(TimeDelta::MAX)]), [TimeDelta::zero()], "a wrong answer stops the program");
    }

    /// If this failed, the clock would jump at each answer by what an answer cannot tell.
    #[test]
    fn a_clock_that_was_put_right_is_followed_only_when_it_goes_wrong_again() {
        let (minute, noise) = (TimeDelta::minutes(1), TimeDelta::milliseconds(900));
        let (right, jump) = (Some(TimeDelta::milliseconds(-300)), TimeDelta::minutes(2));
        let answers = [Some(minute), Some(minute + noise), Some(minute - noise), None, Some(jump), right];
        assert_eq!(told(answers), [minute, minute, minute, minute, jump, TimeDelta::zero()]);
    }
}
