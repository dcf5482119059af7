//! What a failed call means.

use chrono::{DateTime, TimeDelta, Utc};
use link_core::words::error::{Error, ErrorKind};
use link_core::words::ids::ScopedId;

use super::plan::Asking;
use super::{Backfill, BackfillState, Reading, ReadingState, Waits};
use crate::coverage::Coverage;

/// As often in a row a call may fail as if it were ours that was wrong.
const MOST_TRIES: u32 = 8;
/// As often one conversation may fail before the others come first, and before it is left as it is.
const TRIES_IN_TURN: u32 = 3;
const TRIES_OF_ONE: u32 = 12;
/// As often a list is begun anew because its place was forgotten: one that is refused each time would be read to that place for ever.
const MOST_RESTARTS: u32 = 3;
/// The longest wait between two tries, and the wait for what somebody has to mend at the platform.
const REST: TimeDelta = TimeDelta::hours(1);
/// How long who is told to wait waits, if not told how long.
const THROTTLED: TimeDelta = TimeDelta::minutes(1);

/// What became of a conversation whose call failed.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Failed {
    /// As it is from now on.
    pub(super) reading: Option<Reading>,
    /// What is known of it from now on.
    pub(super) covering: Option<(ScopedId, Coverage)>,
}

/// Takes in that a call failed.
pub(super) fn failed(backfill: &mut Backfill, asking: Asking, error: &Error, now: DateTime<Utc>) -> Failed {
    let told = error.retry_after().and_then(|after| TimeDelta::from_std(after).ok());
    match error.kind() {
        // Being told to wait is no failed try.
        ErrorKind::Throttled => {
            let until = now + told.unwrap_or(THROTTLED);
            wait(backfill, until, Waits::Budget);
            return Failed::default();
        }
        ErrorKind::SignInNeeded => stop(backfill, error),
        ErrorKind::PermissionMissing => {
            stop(backfill, error);
            backfill.is_denied = true;
        }
        // Somebody can mend these without signing in again.
        ErrorKind::OwnerActionNeeded | ErrorKind::AccountRestricted | ErrorKind::AppBlocked | ErrorKind::Configuration => {
            wait(backfill, now + REST, failure(error));
        }
        ErrorKind::Invalid if asking.has_cursor() => return forgotten(backfill, asking, error, now),
        ErrorKind::NotFound | ErrorKind::Unreadable if matches!(asking, Asking::Of(..)) => return not_shown(asking, error, now),
        _ => return again(backfill, asking, error, now, told),
    }
    Failed::default()
}

/// True if less is to be asked for at once after a failure: an answer that is none may have been too much of one. A platform that does not
/// answer at all is more likely down, unless it answered another call of the round, or did not answer this one for long.
pub(super) fn asks_too_much(backfill: &Backfill, asking: &Asking, error: &Error, others_succeeded: bool) -> bool {
    let tries = if let Asking::Of(reading, _) = asking { reading.tries } else { backfill.tries };
    match error.kind() {
        ErrorKind::Unrecognised => true,
        ErrorKind::Unavailable => others_succeeded || tries % TRIES_IN_TURN == TRIES_IN_TURN - 1,
        _ => false,
    }
}

/// The platform forgot the place where a list goes on: that list is read from its beginning.
fn forgotten(backfill: &mut Backfill, asking: Asking, error: &Error, now: DateTime<Utc>) -> Failed {
    let Asking::Of(mut reading, _) = asking else {
        backfill.listing = None;
        backfill.course.restarts += 1;
        backfill.course.relist();
        if backfill.course.restarts > MOST_RESTARTS {
            (backfill.listed, backfill.course.is_cut) = (true, true);
        }
        wait(backfill, now, failure(error));
        return Failed::default();
    };
    reading.begin_anew();
    reading.restarts += 1;
    if reading.restarts > 1 {
        reading.updated = None;
    }
    if reading.restarts > MOST_RESTARTS {
        reading.state = ReadingState::GivenUp;
    }
    Failed { reading: Some(*reading), ..Failed::default() }
}

/// The platform does not show this one conversation. It was not necessarily deleted.
fn not_shown(asking: Asking, error: &Error, now: DateTime<Utc>) -> Failed {
    let Asking::Of(mut reading, _) = asking else { return Failed::default() };
    reading.state = ReadingState::GivenUp;
    let covering = (reading.peer.clone(), Coverage::denied(now, error.to_string()));
    Failed { reading: Some(*reading), covering: Some(covering) }
}

/// It is tried again later, ever more seldom. One conversation that fails holds up the others three times at most.
fn again(backfill: &mut Backfill, asking: Asking, error: &Error, now: DateTime<Utc>, told: Option<TimeDelta>) -> Failed {
    let tries = if let Asking::Of(reading, _) = &asking { reading.tries + 1 } else { backfill.tries + 1 };
    let doubled = TimeDelta::seconds(1 << tries.min(11)).min(REST);
    let until = now + told.unwrap_or(doubled);
    let Asking::Of(mut reading, _) = asking else {
        backfill.tries = tries;
        if tries >= MOST_TRIES {
            // Conversations that are known can be read all the same.
            backfill.course.list_rests = Some((until, failure(error)));
        } else {
            wait(backfill, until, failure(error));
        }
        // What we ask is wrong: it will be so in an hour.
        if error.kind() == ErrorKind::Invalid && tries >= MOST_TRIES {
            stop(backfill, error);
        }
        return Failed::default();
    };
    wait(backfill, until, failure(error));
    reading.tries = tries;
    if tries >= TRIES_IN_TURN {
        reading.updated = None;
    }
    if tries >= TRIES_OF_ONE {
        reading.state = ReadingState::GivenUp;
    }
    Failed { reading: Some(*reading), ..Failed::default() }
}

fn failure(error: &Error) -> Waits {
    Waits::Failure { cause: error.to_string() }
}

/// Waits at least until then; what stopped stays so.
pub(super) fn wait(backfill: &mut Backfill, until: DateTime<Utc>, waits: Waits) {
    if let BackfillState::Waiting { until: known } = &mut backfill.state {
        *known = until.max(*known);
        backfill.waits = Some(waits);
    }
}

fn stop(backfill: &mut Backfill, error: &Error) {
    (backfill.state, backfill.waits) = (BackfillState::Stopped { cause: error.to_string() }, None);
}
