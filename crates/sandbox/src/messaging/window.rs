//! When an account may write to a customer.

use chrono::{DateTime, TimeDelta, Utc};

use crate::world::talk::Thread;

const USUAL: TimeDelta = TimeDelta::hours(24);
const HUMAN_AGENT: TimeDelta = TimeDelta::days(7);

/// Whether anything may be written.
pub(crate) fn is_open(thread: &Thread, now: DateTime<Utc>) -> bool {
    within(thread, now, USUAL)
}

/// Whether a person may still answer by hand.
pub(crate) fn is_open_for_people(thread: &Thread, now: DateTime<Utc>) -> bool {
    within(thread, now, HUMAN_AGENT)
}

fn within(thread: &Thread, now: DateTime<Utc>, span: TimeDelta) -> bool {
    thread.opened.is_some_and(|opened| now - opened < span)
}
