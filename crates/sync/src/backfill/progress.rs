//! How far the reading of history is, and how fast it goes.

use chrono::{DateTime, TimeDelta, Utc};
use link_core::words::ids::AccountId;
use link_core::words::platform::Road;
use serde::{Deserialize, Serialize};

use super::{Backfill, BackfillState, PausedBy, Waits};

/// How long a lap lasts, at least.
const LAP: TimeDelta = TimeDelta::minutes(2);

/// What the conversations of a backfill come to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Tally {
    /// How many there are.
    pub conversations: u64,
    /// Of how many more is wanted.
    pub waiting: u64,
    /// How many could not be read to their end.
    pub given_up: u64,
    /// How many messages of them were read.
    pub read: u64,
    /// How many messages of them will be read in all; `None` unless the platform tells of each how many there are.
    pub expected: Option<u64>,
}

impl Tally {
    /// Nothing of nobody.
    pub const fn new(conversations: u64, read: u64) -> Self {
        Self { conversations, waiting: 0, given_up: 0, read, expected: None }
    }

    /// So many wait and so many were given up.
    #[must_use]
    pub const fn standing(mut self, waiting: u64, given_up: u64) -> Self {
        (self.waiting, self.given_up) = (waiting, given_up);
        self
    }

    /// With how many messages will be read in all.
    #[must_use]
    pub const fn expecting(mut self, expected: Option<u64>) -> Self {
        self.expected = expected;
        self
    }
}

/// How far the history of one account is. It serialises, for whoever shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Progress {
    /// Which account.
    pub account: AccountId,
    /// By which road.
    pub road: Road,
    /// How many messages were read.
    pub done: u64,
    /// How many there will be in all, once the list of conversations is here whole and the platform tells of each how many it has. What is
    /// beyond the owner's depth or the platform's limit is not counted.
    pub expected: Option<u64>,
    /// How many conversations were found.
    pub conversations: u64,
    /// True if the platform's list of conversations leads on and could not be followed to its end: nobody knows how many are not here.
    pub is_cut: bool,
    /// Of how many of them older messages are still to be read.
    pub waiting: u64,
    /// How many of them could not be read to their end.
    pub given_up: u64,
    /// Messages a minute, over the last minutes; `None` before anything can be said, and once it is over.
    pub per_minute: Option<u64>,
    /// Where it stands.
    pub state: BackfillState,
    /// What it waits for, if for anything but its turn.
    pub waits: Option<Waits>,
    /// Who lets it rest.
    pub paused: Option<PausedBy>,
}

impl Progress {
    /// Of a backfill and what its conversations come to.
    pub fn of(backfill: &Backfill, tally: &Tally) -> Self {
        let (is_over, is_cut) = (backfill.is_over(), backfill.course.is_cut);
        let expected = if backfill.state == BackfillState::Done { Some(tally.read) } else { tally.expected.filter(|_| backfill.listed) };
        Self {
            account: backfill.connection.account.account.clone(),
            road: backfill.connection.road.clone(),
            done: tally.read,
            expected: expected.filter(|_| !is_cut),
            conversations: tally.conversations,
            is_cut,
            waiting: tally.waiting,
            given_up: tally.given_up,
            per_minute: backfill.course.lap.as_ref().filter(|_| !is_over && backfill.paused.is_none()).and_then(Lap::per_minute),
            state: backfill.state.clone(),
            waits: backfill.waits.clone(),
            paused: backfill.paused.clone(),
        }
    }
}

/// A stretch of the reading over which its speed is measured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Lap {
    /// When it began.
    pub since: DateTime<Utc>,
    /// When it was last measured.
    pub until: DateTime<Utc>,
    /// Messages read in it.
    pub messages: u64,
    /// Messages a minute in the lap before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<u64>,
}

impl Lap {
    /// Takes in that so many messages were read by now.
    pub(super) fn measure(lap: Option<Self>, messages: u64, now: DateTime<Utc>) -> Self {
        let fresh = |before| Self { since: now, until: now, messages: 0, before };
        let mut lap = lap.unwrap_or_else(|| fresh(None));
        if now - lap.since >= LAP {
            lap = fresh(lap.per_minute());
        }
        (lap.until, lap.messages) = (now, lap.messages + messages);
        lap
    }

    /// Messages a minute; of a lap that has just begun, those of the one before.
    pub fn per_minute(&self) -> Option<u64> {
        let seconds = u64::try_from((self.until - self.since).num_seconds()).ok().filter(|seconds| *seconds >= 5);
        seconds.map(|seconds| self.messages * 60 / seconds).or(self.before)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
    }

    #[test]
    fn the_speed_is_that_of_the_last_minutes_and_survives_the_change_of_laps() {
        let mut lap = Lap::measure(None, 100, at(0));
        assert_eq!(lap.per_minute(), None, "a speed is told after no time at all");
        for second in 1..=60 {
            lap = Lap::measure(Some(lap), 10, at(second));
        }
        assert_eq!(lap.per_minute(), Some(700));
        lap = Lap::measure(Some(lap), 10, at(120));
        assert_eq!(lap.per_minute(), Some(700), "a new lap forgets how fast it went");
        for second in 121..=180 {
            lap = Lap::measure(Some(lap), 1, at(second));
        }
        assert_eq!(lap.per_minute(), Some(70));
    }
}
