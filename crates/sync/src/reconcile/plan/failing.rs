//! What a failed call means.

use chrono::{DateTime, TimeDelta, Utc};
use link_core::words::error::{Error, ErrorKind};
use link_core::words::ports::HistoryQuery;

use super::{Call, Deep};
use crate::reconcile::{Reconcile, ReconcileState};

/// How often in a row a call may fail.
const MAX_TRIES: u32 = 8;
/// How often a conversation may fail over which the last comparing stopped.
const DOUBTFUL_TRIES: u32 = 3;
/// How often the list may begin anew because its cursor is refused.
const MAX_RESTARTS: u8 = 3;
/// How long who is told to wait waits, if not told how long.
const LONGEST_PAUSE: TimeDelta = TimeDelta::minutes(5);

impl Reconcile {
    /// A call failed. What the platform puts off is no failure. What stopped is wanted again when it is time for it.
    pub(in crate::reconcile) fn failed(&mut self, call: &Call, error: &Error, now: DateTime<Utc>) {
        let wait = error.retry_after().and_then(|after| TimeDelta::from_std(after).ok());
        if error.kind() == ErrorKind::Throttled {
            let wait = wait.unwrap_or(LONGEST_PAUSE);
            self.state = ReconcileState::Waiting { until: now + wait };
            return;
        }
        (self.calls, self.tries) = (self.calls.saturating_add(1), self.tries + 1);
        let again = match call {
            Call::List(query) => self.list_failed(query, error.kind()),
            Call::Older(..) => self.older_failed(error.kind()),
        };
        let wait = wait.unwrap_or_else(|| TimeDelta::seconds(1 << self.tries.min(8)));
        self.state = if again && self.tries < MAX_TRIES {
            ReconcileState::Waiting { until: now + wait }
        } else {
            // Whoever was doubtful before stays so until a page of theirs is told, or two groups of them would take turns for ever.
            self.doubtful.extend(self.run.deeper.iter().filter(|deep| deep.tries > 0).map(|deep| deep.peer.clone()));
            ReconcileState::Stopped { at: now, cause: error.to_string() }
        };
    }

    /// A cursor that the platform does not take begins the list anew, a few times; what it fails at is asked for in smaller portions. Answers
    /// whether to go on.
    fn list_failed(&mut self, query: &HistoryQuery, kind: ErrorKind) -> bool {
        match kind {
            ErrorKind::Invalid if query.after.is_some() && self.run.restarts >= MAX_RESTARTS => {
                (self.run.cut, self.run.listed, self.tries) = (true, true, 0);
                true
            }
            ErrorKind::Invalid if query.after.is_some() => {
                self.run.restarts += 1;
                (self.run.listing, self.run.reached, self.run.old, self.run.idle) = (None, None, 0, 0);
                self.watch.look_again();
                true
            }
            ErrorKind::Unrecognised | ErrorKind::Unavailable => {
                self.run.halved = self.run.halved.saturating_add(1);
                true
            }
            kind => kind.is_retryable(),
        }
    }

    /// A cursor that the platform does not take begins the conversation anew, once. What the platform fails at waits behind the others, and is
    /// left out if it failed the last time too; what it does not find is left out at once. Answers whether to go on.
    fn older_failed(&mut self, kind: ErrorKind) -> bool {
        if self.run.deeper.is_empty() {
            return true;
        }
        let mut deep = self.run.deeper.remove(0);
        deep.tries = deep.tries.saturating_add(1);
        let fails = kind.is_retryable() || matches!(kind, ErrorKind::Unrecognised | ErrorKind::Unavailable);
        let is_refused = matches!(kind, ErrorKind::Invalid | ErrorKind::NotFound | ErrorKind::Unreadable);
        if kind == ErrorKind::Invalid && deep.after.is_some() && !deep.anew {
            let newest = self.run.as_of.unwrap_or(deep.reached);
            let (thread, peer, halved) = (deep.thread, deep.peer, deep.halved);
            let anew = Deep { thread, peer, halved, after: None, read: 0, reached: newest, idle: 0, tries: 0, anew: true };
            self.run.deeper.insert(0, anew);
        } else if is_refused || fails && deep.tries >= DOUBTFUL_TRIES && self.doubtful.contains(&deep.peer) {
            self.miss(&deep.peer, deep.reached);
            self.tries = 0;
        } else if fails {
            deep.halved = deep.halved.saturating_add(1);
            if self.doubtful.contains(&deep.peer) {
                // It is tried to its end in its place: behind the others, each would use up the failures that all of them have in a row.
                self.run.deeper.insert(0, deep);
            } else {
                self.run.deeper.push(deep);
            }
        } else {
            self.run.deeper.insert(0, deep);
            return false;
        }
        true
    }
}
