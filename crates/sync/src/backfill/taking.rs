//! What an answer means.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use link_core::words::event::{Event, Said};
use link_core::words::ids::ScopedId;
use link_core::words::ports::{HistoryPage, ThreadPage};

use super::plan::halvings;
use super::{Backfill, Reading, ReadingState};
use crate::coverage::Coverage;

/// So many pages in a row of a conversation may show nothing older before nothing more is expected of the platform: whole ones, and accordingly
/// more of smaller ones, since what was written within one second is not told apart.
const MOST_STALE: u32 = 3;
/// So many conversations in a row may be listed that were listed before, or have no form: a list that shifts shows some again, one that goes
/// round all.
const MOST_SEEN: u32 = 300;
/// So many pages in a row may show nothing at all: an empty page that leads on is not the end.
const MOST_EMPTY: u32 = 10;

/// What is to be written of a page.
#[derive(Debug)]
pub(super) struct Taken {
    /// What happened.
    pub(super) events: Vec<Event>,
    /// What is whole once that is applied.
    pub(super) coverings: Vec<(ScopedId, Coverage)>,
    /// The conversations as they are then.
    pub(super) readings: Vec<Reading>,
}

/// Takes in a page of the list. `known` are the conversations on it that have a row already.
pub(super) fn list(backfill: &mut Backfill, mut page: HistoryPage, known: Vec<Reading>, readable: Option<u32>) -> Taken {
    let mut known: BTreeMap<ScopedId, Reading> = known.into_iter().map(|reading| (reading.peer.clone(), reading)).collect();
    let is_empty = page.threads.is_empty() && page.untold == 0;
    let oldest = oldest(&page.events);
    let none_active = backfill.active_since().is_some_and(|since| leave_out_inactive(&mut page, since));
    let proofs = |thread: &ThreadPage| {
        let is_limited = is_limited(thread, thread.messages, readable);
        (thread.peer.clone(), Coverage::of_page(thread, page.as_of, oldest.get(&thread.peer).copied(), page.as_of, is_limited))
    };
    let coverings = page.threads.iter().map(proofs).collect();
    let mut readings = Vec::with_capacity(page.threads.len());
    let mut is_new = false;
    for thread in &page.threads {
        let prior = known.remove(&thread.peer);
        is_new |= prior.as_ref().is_none_or(|prior| prior.round < backfill.course.round);
        readings.push(seen(backfill, prior, thread, oldest.get(&thread.peer).copied(), &page, readable));
    }
    turn_over(backfill, &page, is_empty, is_new);
    // The list is newest first: behind a page on which nobody is active nobody is.
    backfill.listed |= none_active;
    if backfill.listed && !backfill.course.is_cut && backfill.course.untold == 0 {
        backfill.course.listed_as_of = backfill.course.begun_as_of;
    }
    Taken { events: page.events, coverings, readings }
}

/// Moves the list behind a page.
fn turn_over(backfill: &mut Backfill, page: &HistoryPage, is_empty: bool, is_new: bool) {
    let leads_back = page.next.is_some() && page.next == backfill.listing;
    backfill.listing.clone_from(&page.next);
    // That conversations answer says nothing of the list.
    backfill.tries = 0;
    let course = &mut backfill.course;
    course.list_rests = None;
    course.begun_as_of = course.begun_as_of.or(Some(page.as_of));
    course.empty = if is_empty { course.empty + 1 } else { 0 };
    course.untold = course.untold.saturating_add(page.untold);
    let is_stale = !is_new && !is_empty;
    let goes_round = is_stale && course.circle.is_some() && course.circle == page.next;
    course.circle = if is_stale { course.circle.take().or_else(|| page.next.clone()) } else { None };
    let shown = u32::try_from(page.threads.len()).unwrap_or(u32::MAX).saturating_add(page.untold);
    course.stale = if is_stale { course.stale.saturating_add(shown) } else { 0 };
    let endless = leads_back || goes_round || course.empty >= MOST_EMPTY || course.stale >= MOST_SEEN;
    course.is_cut = page.next.is_some() && endless;
    backfill.listed = page.next.is_none() || endless;
}

/// A conversation after a page of the list showed it.
fn seen(
    backfill: &mut Backfill,
    prior: Option<Reading>,
    thread: &ThreadPage,
    oldest: Option<DateTime<Utc>>,
    page: &HistoryPage,
    readable: Option<u32>,
) -> Reading {
    let untouched = |prior: &Reading| prior.state == ReadingState::Waiting && prior.after.is_none() && prior.read == 0;
    let is_known = prior.is_some();
    let round = backfill.course.round;
    // What jumps to the front while the list is read, or is shown again, goes on where it is.
    if let Some(prior) = prior.filter(|prior| !untouched(prior)) {
        return Reading { round, thread: Some(thread.id.clone()), updated: prior.updated.max(thread.updated), ..prior };
    }
    backfill.conversations += u32::from(!is_known);
    let mut reading = Reading::new(thread.peer.clone());
    reading.thread = Some(thread.id.clone());
    reading.updated = thread.updated;
    reading.round = round;
    further(backfill, &mut reading, thread, oldest, page, readable);
    reading
}

/// Takes in a page of one conversation.
pub(super) fn thread(backfill: &mut Backfill, mut reading: Reading, mut page: HistoryPage, readable: Option<u32>) -> Taken {
    let as_of = page.as_of;
    let Some(thread) = page.threads.iter().position(|thread| thread.peer == reading.peer).map(|place| page.threads.swap_remove(place))
    else {
        // The platform knows of no conversation with this person; or of one that has no form.
        reading.state = if page.untold > 0 { ReadingState::GivenUp } else { ReadingState::Done };
        return Taken { events: page.events, coverings: Vec::new(), readings: vec![reading] };
    };
    let oldest = oldest(&page.events).get(&reading.peer).copied();
    let above = reading.reached.unwrap_or(as_of);
    let is_limited = is_limited(&thread, reading.read + thread.messages, readable);
    let covering = Coverage::of_page(&thread, as_of, oldest, above, is_limited);
    further(backfill, &mut reading, &thread, oldest, &page, readable);
    Taken { events: page.events, coverings: vec![(reading.peer.clone(), covering)], readings: vec![reading] }
}

/// Moves a conversation behind a page of it.
fn further(
    backfill: &mut Backfill,
    reading: &mut Reading,
    thread: &ThreadPage,
    oldest: Option<DateTime<Utc>>,
    page: &HistoryPage,
    readable: Option<u32>,
) {
    let is_older = oldest.is_some_and(|oldest| reading.reached.is_none_or(|reached| oldest < reached));
    let leads_back = thread.older.is_some() && thread.older == reading.after;
    reading.thread = Some(thread.id.clone());
    // What a page shows again is not read twice.
    let brought = reading.reached.map_or(thread.messages, |reached| before(page, &reading.peer, reached - TimeDelta::milliseconds(1)));
    reading.read = reading.read.saturating_add(brought);
    reading.expected = expected(thread.total, backfill, readable).or(reading.expected);
    reading.stale = if is_older { 0 } else { reading.stale + 1 };
    reading.reached = [reading.reached, oldest].into_iter().flatten().min();
    reading.succeeded();
    reading.after.clone_from(&thread.older);
    backfill.unreadable = backfill.unreadable.saturating_add(thread.unreadable);
    backfill.messages = backfill.messages.saturating_add(before(page, &reading.peer, backfill.confirmed_at));
    let ends = thread.older.is_none() && !thread.untold;
    let is_over = ends || is_limited(thread, reading.read, readable) || backfill.wants(reading.read) == 0;
    reading.state = if is_over {
        ReadingState::Done
    } else if leads_back || reading.stale >= MOST_STALE << halvings(backfill, reading) {
        ReadingState::GivenUp
    } else {
        ReadingState::Waiting
    };
}

/// How many messages of a conversation will be read, of which there are so many.
fn expected(total: Option<u32>, backfill: &Backfill, readable: Option<u32>) -> Option<u32> {
    Some(total?.min(backfill.wants(0)).min(readable.unwrap_or(u32::MAX)))
}

/// True if the platform shows nothing older of a conversation of which so many messages were read.
fn is_limited(thread: &ThreadPage, read: u32, readable: Option<u32>) -> bool {
    let at_limit = readable.is_some_and(|readable| read >= readable);
    thread.hides_older(readable) || (at_limit && thread.older.is_some())
}

/// Takes the conversations off a page in which nothing happened since a time. True if that is all of them.
fn leave_out_inactive(page: &mut HistoryPage, since: DateTime<Utc>) -> bool {
    let all = page.threads.len();
    let (active, quiet): (Vec<_>, Vec<_>) =
        page.threads.drain(..).partition(|thread| thread.updated.is_none_or(|updated| updated >= since));
    page.threads = active;
    page.events.retain(|event| event.peer().is_none_or(|peer| quiet.iter().all(|thread| thread.peer != *peer)));
    all > 0 && quiet.len() == all
}

/// When the oldest message of each person was written that is on a page.
fn oldest(events: &[Event]) -> BTreeMap<ScopedId, DateTime<Utc>> {
    let mut oldest = BTreeMap::new();
    for (peer, at) in events.iter().filter_map(message) {
        let known = oldest.entry(peer.clone()).or_insert(at);
        *known = at.min(*known);
    }
    oldest
}

fn message(event: &Event) -> Option<(&ScopedId, DateTime<Utc>)> {
    let is_message = matches!(event.said, Said::Message(_));
    event.peer().zip(event.at).filter(|_| is_message).map(|(peer, at)| (peer, at.at))
}

/// How many messages of a person on a page are from before a time.
fn before(page: &HistoryPage, of: &ScopedId, than: DateTime<Utc>) -> u32 {
    let count = page.events.iter().filter_map(message).filter(|(peer, at)| *peer == of && *at <= than).count();
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
#[path = "taking_tests.rs"]
mod tests;
