//! What to ask next, and what a page means: pure.

mod failing;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use link_core::words::capabilities::Capabilities;
use link_core::words::event::{Direction, Event, Reaction, Said};
use link_core::words::ids::{ExternalId, MessageId, MessageKey, ScopedId};
use link_core::words::page::Cursor;
use link_core::words::ports::{HistoryPage, HistoryQuery, ThreadPage};
use serde::{Deserialize, Serialize};

use super::missed::Missed;
use super::{OVERLAP, Reconcile, ReconcileState};
use crate::coverage::{Coverage, Hidden, Stretch};
use crate::message::Tellers;
use crate::piece::shown_as;

/// Conversations asked for at once.
const CONVERSATIONS: u32 = 50;
/// At least so many, where a platform fails at more.
const FEWEST: u32 = 5;
/// Messages that come along with each of them.
const MESSAGES: u32 = 20;
/// Older messages asked for at once of one conversation.
const OLDER: u32 = 100;
/// So many conversations are left to be read deeper before the list goes on.
const MOST_DEEPER: usize = 1_000;
/// So many pages in a row may bring nothing older; then they go round in a circle. Of smaller pages there may be accordingly more, since what
/// happened within one second is not told apart.
const IDLE: u8 = 3;
/// So many pages of the list in a row may show nobody: an empty page that leads on is not the end.
const MOST_EMPTY: u8 = 10;
/// As often in a row a comparing may end where the list was cut before what is behind is left as it is.
const MOST_CUTS: u32 = 3;
/// A message may be edited so long after it was written, by the most generous platform and a slow clock.
const EDITABLE: TimeDelta = TimeDelta::hours(1);

/// What was done of one comparing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Run {
    /// When it began, by the platform's clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) as_of: Option<DateTime<Utc>>,
    /// Where the list of conversations goes on; `None` at its beginning or after its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    listing: Option<Cursor>,
    /// True once the list was read as far as there is anything to compare.
    #[serde(default)]
    listed: bool,
    /// Up to where the list was read: the conversation that changed longest ago.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reached: Option<DateTime<Utc>>,
    /// Pages in a row that ended with what changed before.
    #[serde(default)]
    old: u8,
    /// Pages in a row that brought nothing older.
    #[serde(default)]
    idle: u8,
    /// Pages in a row that showed nobody.
    #[serde(default)]
    empty: u8,
    /// How often the number of conversations asked for at once was halved.
    #[serde(default)]
    halved: u8,
    /// How often it began anew because its cursor was refused.
    #[serde(default)]
    restarts: u8,
    /// True if the list went round in a circle, or could not be followed, and was left.
    #[serde(default)]
    pub(super) cut: bool,
    /// What could not be compared.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    missed: Vec<Missed>,
    /// Conversations of which older messages are to be compared, the newest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    deeper: Vec<Deep>,
}

/// A conversation of which older messages are to be compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Deep {
    thread: ExternalId,
    peer: ScopedId,
    /// Where it goes on; `None` at its newest message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    after: Option<Cursor>,
    /// How many were read.
    read: u32,
    /// Up to where it was read.
    reached: DateTime<Utc>,
    #[serde(default)]
    idle: u8,
    /// How often in a row it failed.
    #[serde(default)]
    tries: u32,
    /// How often the number of messages asked for at once was halved.
    #[serde(default)]
    halved: u8,
    /// True if it began once more at its newest message, because its cursor was refused.
    #[serde(default)]
    anew: bool,
}

/// The next call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Call {
    /// The list of conversations.
    List(HistoryQuery),
    /// Older messages of one of them.
    Older(ThreadPage, HistoryQuery),
}

/// What is here of the messages on a page.
#[derive(Debug, Clone, Default)]
pub(super) struct Here {
    /// Those that are known, with who told them.
    pub(super) known: BTreeMap<MessageKey, Tellers>,
    /// Those that are here under another id: another road brought them, or a delivery told of a button that was pressed without naming the message.
    pub(super) elsewhere: BTreeSet<MessageKey>,
    /// How each side reacts, by what is here, to those of them that are old.
    pub(super) reacted: BTreeMap<MessageKey, BTreeMap<Direction, String>>,
}

impl Here {
    /// And what is here of other messages.
    pub(super) fn join(&mut self, other: Self) {
        self.known.extend(other.known);
        self.elsewhere.extend(other.elsewhere);
        self.reacted.extend(other.reacted);
    }

    /// True if it is here already that somebody reacts so.
    fn shows(&self, key: &MessageKey, side: Direction, reaction: &Reaction) -> bool {
        let here = self.reacted.get(key).and_then(|by_side| by_side.get(&side));
        here.is_some_and(|here| Some(here) == shown_as(reaction).as_ref())
    }

    pub(super) fn has(&self, key: &MessageKey) -> bool {
        self.known.contains_key(key) || self.elsewhere.contains(key)
    }
}

/// Up to where one conversation was compared by a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Compared {
    pub(super) peer: ScopedId,
    /// The oldest message on it; `None` if there was none.
    from: Option<DateTime<Utc>>,
    /// Up to this time it was compared.
    to: DateTime<Utc>,
    /// True if there is nothing older.
    begins: bool,
    /// True if there is more since then that the platform does not show, and how much of it is listed.
    beyond: bool,
    listed: u32,
}

impl Compared {
    /// What that proves, as of the answer's time. What is from before the confirmation was left out, and is proved by nobody.
    pub(super) fn proves(&self, as_of: DateTime<Utc>, confirmed_at: DateTime<Utc>) -> Option<Coverage> {
        let oldest = self.from?;
        let from = if self.begins && oldest > confirmed_at { None } else { Some(oldest.max(confirmed_at)) };
        let coverage = Coverage::whole(Stretch::new(from, self.to.max(oldest)));
        let is_some = from.is_none_or(|from| from < self.to);
        let hidden = Hidden::new(Some(oldest), self.listed);
        is_some.then(|| if self.beyond { coverage.hiding(as_of, hidden) } else { coverage })
    }
}

impl Reconcile {
    /// What to ask next; `None` if everything was compared. The list comes first: it tells the newest of everybody.
    pub(super) fn next(&self, can: &Capabilities) -> Option<Call> {
        let readable = can.readable_history.unwrap_or(u32::MAX);
        let run = &self.run;
        if !run.listed && run.deeper.len() < MOST_DEEPER {
            let conversations = (CONVERSATIONS >> run.halved.min(8)).max(FEWEST);
            return Some(Call::List(HistoryQuery::new(conversations, MESSAGES.min(readable)).after(run.listing.clone())));
        }
        let deep = run.deeper.first()?;
        let messages = (OLDER >> deep.halved.min(6)).min(readable.saturating_sub(deep.read)).max(1);
        let query = HistoryQuery::new(messages, 0).after(deep.after.clone());
        Some(Call::Older(ThreadPage::new(deep.thread.clone(), deep.peer.clone()), query))
    }

    /// The messages of a page that may have to be filled: what is from before the confirmation is not.
    pub(super) fn asked_about(&self, page: &HistoryPage) -> Vec<MessageKey> {
        page.events.iter().filter(|event| self.is_news(event)).filter_map(|event| self.key(event)).collect()
    }

    /// The old messages on a page to which somebody reacts: of those that are here it has to be seen how, so that one does not change at every look only
    /// because that is told as of another time.
    pub(super) fn reacted_to(&self, page: &HistoryPage) -> BTreeSet<MessageKey> {
        let is_old = |event: &&Event| self.is_news(event) && !self.is_recent(event);
        let old: BTreeSet<MessageKey> = page.events.iter().filter(is_old).filter_map(|event| self.key(event)).collect();
        let reactions = page.events.iter().filter(|event| matches!(event.said, Said::Reacted(_)));
        reactions.filter_map(|event| self.key(event)).filter(|key| old.contains(key)).collect()
    }

    /// True of a message that may have been edited since what is compared began.
    fn is_recent(&self, event: &Event) -> bool {
        event.at.is_some_and(|at| at.latest() > self.since - EDITABLE)
    }

    /// The key of the message that an event is about.
    pub(super) fn key(&self, event: &Event) -> Option<MessageKey> {
        let id = about(event)?.clone();
        Some(MessageKey { account: self.connection.account.clone(), road: event.road.clone(), id })
    }

    fn is_news(&self, event: &Event) -> bool {
        matches!(event.said, Said::Message(_)) && event.at.is_some_and(|at| at.latest() > self.confirmed_at)
    }

    /// Counts what a page brought, and answers what of it is to be applied: what was not here, what may have changed since, and whose
    /// conversation it is. Who reacted to which message is taken of all that are shown, for people react to what is old, and nobody says when; of what
    /// is old and here, if it is not here already. One that was withdrawn meanwhile is told by nobody, and stays.
    pub(super) fn take(&mut self, page: &HistoryPage, here: &Here) -> Vec<Event> {
        let as_of = *self.run.as_of.get_or_insert(page.as_of);
        let stretch = self.watch.stretch(self.listening_since, as_of);
        let (mut wanted, mut shown, mut peers) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        for event in &page.events {
            let (true, Some(key), Some(at)) = (self.is_news(event), self.key(event), event.at) else { continue };
            let missing = !here.has(&key);
            self.found = self.found.saturating_add(u32::from(at.latest() > self.since));
            self.filled = self.filled.saturating_add(u32::from(missing));
            let counts = tells_of_deliveries(event) && !here.elsewhere.contains(&key);
            let evidence = event.peer().filter(|_| counts);
            if let (Some(stretch), Some(peer)) = (stretch, evidence) {
                let delivered = here.known.get(&key).is_some_and(|told| told.live);
                self.watch.saw(stretch, peer, at.at, delivered);
            }
            shown.insert(key.id.clone());
            // What is found under another id is told there too, or another telling would find that place still free.
            if missing || here.elsewhere.contains(&key) || self.is_recent(event) {
                wanted.insert(key.id);
                peers.extend(event.peer().cloned());
            }
        }
        let applies = |event: &&Event| match &event.said {
            Said::Thread(_) => event.peer().is_some_and(|peer| peers.contains(peer)),
            // The same riddle is kept once, however often it is told.
            Said::Unknown(_) => true,
            Said::Reacted(reaction) => self
                .key(event)
                .is_some_and(|key| wanted.contains(&key.id) || shown.contains(&key.id) && !here.shows(&key, event.direction, reaction)),
            _ => about(event).is_some_and(|id| wanted.contains(id)),
        };
        page.events.iter().filter(applies).cloned().collect()
    }

    /// Moves behind a page, and answers what was compared by it.
    pub(super) fn advance(&mut self, call: &Call, page: &HistoryPage, here: &Here, can: &Capabilities) -> Vec<Compared> {
        (self.calls, self.tries) = (self.calls.saturating_add(1), 0);
        match call {
            Call::List(query) => self.listed(query, page, here, can),
            Call::Older(..) => self.older(page, can),
        }
    }

    fn listed(&mut self, query: &HistoryQuery, page: &HistoryPage, here: &Here, can: &Capabilities) -> Vec<Compared> {
        let margin = self.since - OVERLAP;
        let mut compared = Vec::new();
        for thread in &page.threads {
            let shown = Shown::of(page, &thread.peer);
            let changed = thread.updated.is_none_or(|updated| updated > margin);
            let missing = || {
                page.events
                    .iter()
                    .filter(|event| event.peer() == Some(&thread.peer) && self.is_news(event))
                    .filter_map(|event| self.key(event))
                    .any(|key| !here.has(&key))
            };
            let (mut beyond, open) = (false, changed && !shown.reaches(self.since) && (thread.older.is_some() || thread.unreadable > 0));
            let reached = shown.oldest.unwrap_or(page.as_of);
            // Where all that is shown was delivered, so was what is behind it, as far as a light look goes.
            let in_doubt = !self.reason.is_light() || missing();
            if open && (thread.hides_older(can.readable_history) || is_exhausted(can, thread.messages)) {
                beyond = true;
                if in_doubt {
                    self.miss(&thread.peer, reached);
                }
            } else if open
                && in_doubt
                && let Some(after) = thread.older.clone()
            {
                self.deeper(Deep::of(thread, Some(after), reached));
            } else if changed && thread.untold {
                // The list says nothing of its messages: it is asked for alone.
                self.deeper(Deep::of(thread, None, page.as_of));
            }
            let begins = thread.older.is_none() && thread.unreadable == 0;
            let (peer, from, to, listed) = (thread.peer.clone(), shown.oldest, page.as_of, thread.unreadable);
            let is_whole = self.knows_all(thread, page.as_of);
            compared.extend((changed && is_whole).then_some(Compared { peer, from, to, begins, beyond, listed }));
        }
        if page.untold > 0 && !self.reason.is_light() {
            // Nobody knows whose conversation it is that the platform did not tell.
            Missed::new(None, self.since, page.as_of).join(&mut self.run.missed);
        }
        self.behind(query, page, margin);
        compared
    }

    /// False if something of a conversation has no form: what it is, and when it was written, is then not compared.
    fn knows_all(&mut self, thread: &ThreadPage, until: DateTime<Utc>) -> bool {
        if thread.unknown > 0 && !self.reason.is_light() {
            self.miss(&thread.peer, until);
        }
        thread.unknown == 0
    }

    fn deeper(&mut self, deep: Deep) {
        if !self.run.deeper.iter().any(|known| known.peer == deep.peer) {
            self.run.deeper.push(deep);
        }
    }

    /// What is earlier than this of somebody's conversation cannot be compared.
    pub(super) fn miss(&mut self, peer: &ScopedId, until: DateTime<Utc>) {
        self.beyond = self.beyond.saturating_add(1);
        Missed::new(Some(peer.clone()), self.since, until).join(&mut self.run.missed);
    }

    /// The list is newest first, though nobody promises that: behind a page that ends with what changed before, a light look looks no further,
    /// any other looks at one page more.
    fn behind(&mut self, query: &HistoryQuery, page: &HistoryPage, margin: DateTime<Utc>) {
        let run = &mut self.run;
        let oldest = page.threads.iter().filter_map(|thread| thread.updated).min();
        let further = oldest.is_some_and(|oldest| run.reached.is_none_or(|reached| oldest < reached));
        if page.threads.is_empty() {
            run.empty += 1;
        } else {
            (run.empty, run.idle) = (0, if further { 0 } else { run.idle + 1 });
        }
        run.reached = [run.reached, oldest].into_iter().flatten().min();
        let ends_old = page.threads.last().and_then(|last| last.updated).is_some_and(|updated| updated <= margin);
        run.old = if ends_old { run.old + 1 } else { 0 };
        let is_idle = run.idle >= IDLE << run.halved.min(3) || run.empty >= MOST_EMPTY;
        run.cut |= page.next.is_some() && (page.next == query.after || is_idle);
        run.listed = page.next.is_none() || run.cut || run.old >= if self.reason.is_light() { 1 } else { 2 };
        run.listing.clone_from(&page.next);
    }

    fn older(&mut self, page: &HistoryPage, can: &Capabilities) -> Vec<Compared> {
        let mut deep = self.run.deeper.remove(0);
        self.doubtful.remove(&deep.peer);
        let (shown, before) = (Shown::of(page, &deep.peer), deep.reached);
        let thread = page.threads.iter().find(|thread| thread.peer == deep.peer);
        let (messages, unreadable) = thread.map_or((0, 0), |thread| (thread.messages, thread.unreadable));
        deep.read = deep.read.saturating_add(messages);
        deep.tries = 0;
        deep.idle = if shown.oldest.is_some_and(|oldest| oldest < deep.reached) { 0 } else { deep.idle + 1 };
        deep.reached = shown.oldest.map_or(deep.reached, |oldest| oldest.min(deep.reached));
        let peer = deep.peer.clone();
        let next = page.next.clone().filter(|next| deep.after.as_ref() != Some(next) && deep.idle < IDLE << deep.halved.min(6));
        let circles = page.next.is_some() && next.is_none();
        let reaches = deep.reached <= self.since;
        let ends = thread.is_some_and(|thread| thread.hides_older(can.readable_history))
            || circles
            || is_exhausted(can, deep.read) && page.next.is_some();
        let beyond = !reaches && ends;
        if beyond {
            self.miss(&peer, deep.reached);
        }
        if next.is_some() && !reaches && !ends {
            self.run.deeper.insert(0, Deep { after: next, ..deep });
        }
        if thread.is_some_and(|thread| !self.knows_all(thread, before)) {
            return Vec::new();
        }
        let begins = page.next.is_none() && unreadable == 0;
        vec![Compared { peer, from: shown.oldest, to: before, begins, beyond, listed: unreadable }]
    }

    /// Everything was compared, as far as it could be.
    pub(super) fn ended(&mut self, now: DateTime<Utc>) {
        self.state = ReconcileState::Done { at: now };
        let Some(as_of) = self.run.as_of else { return };
        let stretch = self.watch.stretch(self.listening_since, as_of);
        self.watch.judge(stretch);
        let mut missed = std::mem::take(&mut self.run.missed);
        if self.run.cut {
            // What is behind the place where the list was left is to be compared the next time.
            Missed::new(None, self.since, as_of).join(&mut missed);
        }
        self.cuts = if self.run.cut { self.cuts + 1 } else { 0 };
        if self.cuts == 0 || self.cuts >= MOST_CUTS {
            // A list that is cut each time would reach less and less far back: what is behind stays missed, and what comes is compared.
            (self.compared_until, self.cuts) = (Some(self.compared_until.map_or(as_of, |until| until.max(as_of))), 0);
        }
        self.keep_missed(missed);
        self.run = Run::default();
    }
}

impl Deep {
    /// A conversation, from where the list left it.
    fn of(thread: &ThreadPage, after: Option<Cursor>, reached: DateTime<Utc>) -> Self {
        let (id, peer) = (thread.id.clone(), thread.peer.clone());
        Self { thread: id, peer, after, read: thread.messages, reached, idle: 0, tries: 0, halved: 0, anew: false }
    }
}

/// The messages of a person on a page.
struct Shown {
    oldest: Option<DateTime<Utc>>,
}

impl Shown {
    fn of(page: &HistoryPage, peer: &ScopedId) -> Self {
        let of_peer = page.events.iter().filter(|event| matches!(event.said, Said::Message(_)) && event.peer() == Some(peer));
        Self { oldest: of_peer.filter_map(|event| event.at).map(|at| at.at).min() }
    }

    fn reaches(&self, since: DateTime<Utc>) -> bool {
        self.oldest.is_some_and(|oldest| oldest <= since)
    }
}

/// True if the platform shows no more of a conversation than was read.
fn is_exhausted(can: &Capabilities, read: u32) -> bool {
    can.readable_history.is_some_and(|readable| read >= readable)
}

/// Of what people write in words every platform tells live; of stickers, calls and what it calls unsupported some tell nothing.
fn tells_of_deliveries(event: &Event) -> bool {
    let Said::Message(content) = &event.said else { return false };
    event.direction == Direction::Inbound && !content.unsupported && content.text.as_ref().is_some_and(|text| !text.is_empty())
}

/// The message that an event is about.
fn about(event: &Event) -> Option<&MessageId> {
    match &event.said {
        Said::Message(content) => content.id.as_ref(),
        Said::Edited(edit) => edit.message.as_ref(),
        Said::Reacted(reaction) => reaction.message.as_ref(),
        Said::Unsent(message) => message.as_ref(),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
