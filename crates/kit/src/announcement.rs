//! How far the announcement of the webhook's address has come.

use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};

/// Whether the platform was told where deliveries go. In this process only: with a restart the address may be another one, and meanwhile
/// somebody may have told the platform another one.
#[derive(Debug, Default)]
pub(crate) struct Announcement(Mutex<State>);

#[derive(Debug, Clone, Copy, Default)]
enum State {
    #[default]
    Open,
    Failed {
        tries: u32,
        until: DateTime<Utc>,
    },
    Done,
}

impl Announcement {
    pub(crate) fn is_done(&self) -> bool {
        matches!(*self.state(), State::Done)
    }

    /// True if it was not tried yet, or failed long enough ago.
    pub(crate) fn is_due(&self, now: DateTime<Utc>) -> bool {
        match *self.state() {
            State::Open => true,
            State::Failed { until, .. } => until <= now,
            State::Done => false,
        }
    }

    /// When it is tried again after it failed.
    pub(crate) fn rests_until(&self) -> Option<DateTime<Utc>> {
        match *self.state() {
            State::Failed { until, .. } => Some(until),
            State::Open | State::Done => None,
        }
    }

    pub(crate) fn done(&self) {
        *self.state() = State::Done;
    }

    /// It failed; `rest` says until when it rests after so many tries.
    pub(crate) fn failed(&self, rest: impl FnOnce(u32) -> DateTime<Utc>) {
        let mut state = self.state();
        let tries = if let State::Failed { tries, .. } = *state { tries + 1 } else { 1 };
        *state = State::Failed { tries, until: rest(tries) };
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
