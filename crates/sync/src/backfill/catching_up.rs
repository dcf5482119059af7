//! Reading what may have been missed.

use chrono::{DateTime, Utc};
use link_core::linking::setup::Depth;
use link_core::words::event::{Event, Said};
use link_core::words::ids::ScopedId;
use link_core::words::moment::Moment;
use link_core::words::ports::{HistoryPage, ThreadPage};

use super::{Backfill, BackfillState};

impl Backfill {
    /// And what came after this time is read too, because it may have been missed. Without a time it stays as it is.
    #[must_use]
    pub fn catching_up(mut self, missed_since: Option<DateTime<Utc>>) -> Self {
        self.missed_since = missed_since;
        self.catching_up = missed_since.is_some() && matches!(self.depth, Depth::Nothing);
        self
    }

    pub(super) fn begin_catching_up(&mut self, state: BackfillState) {
        (self.catching_up, self.listed, self.state) = (true, false, state);
        self.listing = None;
        self.course.relist();
        self.course.since_round = self.course.round;
    }

    /// Where it stands once everything that it reads now is here.
    pub(super) fn end_part(&mut self, now: DateTime<Utc>) {
        if self.missed_since.is_some() && !self.catching_up {
            self.begin_catching_up(BackfillState::Waiting { until: now });
        } else {
            (self.missed_since, self.catching_up, self.state) = (None, false, BackfillState::Done);
        }
    }

    /// The time up to which everything is here already, while it catches up.
    pub(super) fn known_until(&self) -> Option<DateTime<Utc>> {
        self.missed_since.filter(|_| self.catching_up)
    }
}

/// Takes what is known already off a page, and the conversations of which nothing older can be new. True if the page shows conversations
/// and nothing happened in any of them since.
pub(super) fn leave_out_known(page: &mut HistoryPage, until: DateTime<Utc>) -> bool {
    let is_known = |event: &Event| event.at.is_some_and(|at| at.latest() <= until);
    let reached: Vec<ScopedId> = page.events.iter().filter(|event| is_known(event)).filter_map(|event| event.peer().cloned()).collect();
    let all_known = !page.threads.is_empty() && page.threads.iter().all(|thread| is_still(page, thread, until));
    for thread in page.threads.iter_mut().filter(|thread| reached.contains(&thread.peer)) {
        thread.older = None;
    }
    page.events.retain(|event| !is_known(event));
    all_known
}

/// True if nothing happened in a conversation since a time, as far as the page tells. One of which it tells nothing may have changed.
fn is_still(page: &HistoryPage, thread: &ThreadPage, until: DateTime<Utc>) -> bool {
    let messages = page.events.iter().filter(|event| matches!(event.said, Said::Message(_)) && event.peer() == Some(&thread.peer));
    let newest = messages.filter_map(|event| event.at).chain(thread.updated.map(Moment::coarse)).map(Moment::latest).max();
    newest.is_some_and(|newest| newest <= until)
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use link_core::words::content::Content;
    use link_core::words::event::{Channel, Thread};
    use link_core::words::ids::ExternalId;
    use link_core::words::page::Cursor;
    use link_core::words::platform::Road;

    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
    }

    /// A page as the platform's port tells it: each conversation with its own event, which has no time, and its messages.
    fn page(talks: &[(&str, Option<i64>, &[i64])]) -> HistoryPage {
        let mut page = HistoryPage::new(at(99));
        for (peer, updated, messages) in talks {
            let id = ExternalId::new(format!("t{peer}")).unwrap();
            let mut thread = ThreadPage::new(id.clone(), ScopedId::new(*peer).unwrap());
            (thread.older, thread.updated) = (Some(Cursor::new("older")), updated.map(at));
            page.threads.push(thread);
            let mut say = |said, moment: Option<i64>| {
                let mut event = Event::new("messenger:1".parse().unwrap(), Road::FACEBOOK, Channel::History, at(99), said);
                (event.sender, event.at) = (ScopedId::new(*peer).ok(), moment.map(at).map(Moment::coarse));
                page.events.push(event);
            };
            say(Said::Thread(Thread::new(id)), None);
            for second in *messages {
                let content = Content::new(format!("m{peer}_{second}").parse().unwrap());
                say(Said::Message(Box::new(content)), Some(*second));
            }
        }
        page
    }

    #[test]
    fn what_is_known_already_is_left_out_and_ends_the_reading() {
        let mut first = page(&[("7", Some(70), &[70]), ("8", Some(60), &[60, 40])]);
        assert!(!leave_out_known(&mut first, at(50)));
        let messages = first.events.iter().filter(|event| matches!(event.said, Said::Message(_))).count();
        assert_eq!(messages, 2, "what is known is read again, or what is not is left out");
        let older: Vec<_> = first.threads.iter().map(|thread| thread.older.is_some()).collect();
        assert_eq!(older, [true, false], "a conversation is read on behind what is known, or not up to it");
        assert!(leave_out_known(&mut page(&[("9", Some(30), &[30])]), at(50)), "the whole history is read to catch up");
        assert!(leave_out_known(&mut page(&[("9", None, &[30])]), at(50)), "where the list tells no times, its messages do");
    }

    #[test]
    fn what_may_hold_something_new_ends_nothing() {
        assert!(!leave_out_known(&mut page(&[]), at(50)), "an empty page ends the reading");
        assert!(!leave_out_known(&mut page(&[("9", None, &[])]), at(50)), "a page that shows nothing ends the reading");
        assert!(!leave_out_known(&mut page(&[("9", Some(60), &[])]), at(50)), "a change whose message is not shown ends the reading");
        let half = at(50) + TimeDelta::milliseconds(300);
        assert!(!leave_out_known(&mut page(&[("9", Some(50), &[])]), half), "what came in the same second is taken for known");
    }
}
