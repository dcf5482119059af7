//! How long to wait where the platform does not say.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use link_core::words::rates::{RateKind, Scope};

use super::Pause;

/// Between which waits is guessed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Bounds {
    pub(crate) shortest: TimeDelta,
    pub(crate) longest: TimeDelta,
}

/// What was guessed last of each: a throttling right after a guess says that it was too short, and calling on prolongs it. What is guessed
/// between other bounds has other reasons, and says nothing of it.
#[derive(Debug, Default)]
pub(crate) struct Guesses(Mutex<HashMap<About, Guess>>);

/// What is waited with, and between which waits.
type About = (Scope, Option<RateKind>, Bounds);

#[derive(Debug, Clone, Copy)]
struct Guess {
    wait: TimeDelta,
    until: DateTime<Utc>,
}

impl Guesses {
    /// Until when to wait with what a pause is about: the shortest wait at first, and twice the last one if that was not enough.
    pub(crate) fn next(&self, pause: &Pause, bounds: Bounds, now: DateTime<Utc>) -> DateTime<Utc> {
        let mut guesses = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        guesses.retain(|_, guess| now < guess.until + guess.wait);
        let of = (pause.scope.clone(), pause.kind, bounds);
        let last = guesses.get(&of).copied();
        let guess = match last {
            // Calls that were under way side by side are throttled side by side: that says nothing of the wait.
            Some(last) if now < last.until => last,
            last => {
                let wait = last.map_or(bounds.shortest, |last| (last.wait * 2).min(bounds.longest));
                Guess { wait, until: now + wait }
            }
        };
        guesses.insert(of, guess);
        guess.until
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_throttling_right_after_a_wait_doubles_it() {
        let guesses = Guesses::default();
        let short = Bounds { shortest: TimeDelta::seconds(5), longest: TimeDelta::hours(1) };
        let at = |seconds| DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds);
        let of = |account: &str| Pause { scope: Scope::Account(account.parse().unwrap()), kind: Some(RateKind::Send), until: at(0) };
        let until = |account: &str, now| (guesses.next(&of(account), short, at(now)) - at(now)).num_seconds();
        assert_eq!(until("messenger:1", 0), 5);
        assert_eq!(until("messenger:1", 1), 4, "four senders at once count as four throttlings in a row");
        assert_eq!(until("messenger:1", 5), 10);
        assert_eq!(until("messenger:2", 5), 5, "another account waits for this one's");
        let long = Bounds { shortest: TimeDelta::hours(1), longest: TimeDelta::hours(6) };
        assert_eq!(guesses.next(&of("messenger:1"), long, at(6)), at(3_606), "a restriction is taken for another throttling");
        assert_eq!(until("messenger:1", 16), 20);
        assert_eq!(until("messenger:1", 60), 5, "what ended well is remembered for ever");
        let mut now = 60;
        for _ in 0..20 {
            now += until("messenger:1", now);
        }
        assert_eq!(until("messenger:1", now), 3_600, "it is waited for ever");
    }
}
