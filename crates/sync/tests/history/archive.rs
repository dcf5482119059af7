//! A platform's memory of conversations, without a platform.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use link_core::words::content::Content;
use link_core::words::error::{Error, ErrorKind, Result};
use link_core::words::event::{Channel, Direction, Event, Said, Thread};
use link_core::words::ids::{ExternalId, MessageId, ScopedId};
use link_core::words::moment::Moment;
use link_core::words::page::Cursor;
use link_core::words::platform::Road;
use link_core::words::ports::{Access, History, HistoryPage, HistoryQuery, Looked, ThreadPage};
use link_sync::testing::at;

/// When the platform answers.
pub(crate) const NOW: i64 = 1_000_000;

/// What a platform may do to whoever reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Oddity {
    /// Nothing.
    None,
    /// Each page begins with some of the page before.
    Repeats,
    /// After each call somebody writes, and their conversation jumps to the front.
    Shifts,
    /// The last page leads to the first.
    Cycles,
    /// The last page leads to itself.
    LeadsToItself,
    /// Behind the last page there are empty ones without end.
    NeverEnds,
    /// Every second page is empty and leads on.
    EmptyBetween,
    /// The third cursor is refused, once.
    Expires,
}

/// A person's conversation: the seconds at which its messages were written, newest first.
#[derive(Debug, Clone)]
pub(crate) struct Talk {
    pub(crate) peer: String,
    pub(crate) messages: Vec<i64>,
}

impl Talk {
    /// With so many messages, a minute apart, the newest at a second.
    pub(crate) fn new(peer: impl Into<String>, messages: i64, newest: i64) -> Self {
        Self { peer: peer.into(), messages: (0..messages).map(|place| newest - place * 60).collect() }
    }
}

#[derive(Debug, Default)]
struct Inside {
    talks: Vec<Talk>,
    calls: Vec<String>,
    failures: VecDeque<(usize, ErrorKind)>,
    broken: Vec<(String, ErrorKind)>,
    refusing: Vec<(String, usize)>,
    dim: Vec<i64>,
    half: Vec<String>,
    nameless: u32,
    jumped: Vec<String>,
    refused: bool,
    list_ends: Option<ErrorKind>,
}

/// The memory. Conversations are listed as they stand in it.
#[derive(Debug)]
pub(crate) struct Archive {
    inside: Mutex<Inside>,
    oddity: Oddity,
    readable: Option<usize>,
}

impl Archive {
    pub(crate) fn new(talks: Vec<Talk>, oddity: Oddity) -> Self {
        Self { inside: Mutex::new(Inside { talks, ..Inside::default() }), oddity, readable: None }
    }

    /// Of each conversation only so many of the newest messages are shown.
    pub(crate) fn showing(mut self, newest: usize) -> Self {
        self.readable = Some(newest);
        self
    }

    /// Behind its first page the list fails each time.
    pub(crate) fn losing_the_list(self, kind: ErrorKind) -> Self {
        self.inside().list_ends = Some(kind);
        self
    }

    /// These calls, counted from 0, fail.
    pub(crate) fn failing(self, failures: impl IntoIterator<Item = (usize, ErrorKind)>) -> Self {
        self.inside().failures.extend(failures);
        self
    }

    /// Every call for older messages of this person fails.
    pub(crate) fn broken(self, peer: &str, kind: ErrorKind) -> Self {
        self.inside().broken.push((peer.to_owned(), kind));
        self
    }

    /// Every cursor of this person's messages from a place on is refused, every time.
    pub(crate) fn refusing(self, peer: &str, from: usize) -> Self {
        self.inside().refusing.push((peer.to_owned(), from));
        self
    }

    /// Messages of this second are listed and not shown.
    pub(crate) fn dim(self, second: i64) -> Self {
        self.inside().dim.push(second);
        self
    }

    /// On the list nothing is said of the messages of this person.
    pub(crate) fn half(self, peer: &str) -> Self {
        self.inside().half.push(peer.to_owned());
        self
    }

    /// Each page of the list has so many conversations that do not read.
    pub(crate) fn nameless(self, count: u32) -> Self {
        self.inside().nameless = count;
        self
    }

    /// Every call so far: `list` or the person, with how much was asked for.
    pub(crate) fn calls(&self) -> Vec<String> {
        self.inside().calls.clone()
    }

    /// Everything that can be read of it, as `person second`.
    pub(crate) fn shown(&self) -> Vec<String> {
        let inside = self.inside();
        let most = self.readable.unwrap_or(usize::MAX);
        let of = |talk: &Talk| talk.messages.iter().take(most).map(|second| format!("{} {second}", talk.peer)).collect::<Vec<_>>();
        let mut all: Vec<_> = inside.talks.iter().flat_map(of).collect();
        all.sort();
        all
    }

    /// Whoever wrote meanwhile.
    pub(crate) fn jumped(&self) -> Vec<String> {
        self.inside().jumped.clone()
    }

    /// Somebody writes.
    pub(crate) fn write(&self, peer: &str, second: i64) {
        let mut inside = self.inside();
        let place = inside.talks.iter().position(|talk| talk.peer == peer);
        let mut talk = place.map_or_else(|| Talk::new(peer, 0, 0), |place| inside.talks.remove(place));
        talk.messages.insert(0, second);
        inside.jumped.push(peer.to_owned());
        inside.talks.insert(0, talk);
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap()
    }

    fn begin(&self, call: String, of: Option<&ScopedId>, after: Option<&Cursor>) -> Result<()> {
        let mut inside = self.inside();
        let number = inside.calls.len();
        inside.calls.push(call);
        if let Some((_, kind)) = inside.broken.iter().find(|(peer, _)| of.is_some_and(|of| of.as_str() == peer)) {
            return Err(Error::new(*kind, "read the conversation"));
        }
        if let Some(kind) = inside.list_ends.filter(|_| of.is_none() && after.is_some()) {
            return Err(Error::new(kind, "read the conversations"));
        }
        let place = after.and_then(|after| after.as_str().parse::<usize>().ok());
        let refuses =
            |(peer, from): &(String, usize)| of.is_some_and(|of| of.as_str() == peer) && place.is_some_and(|place| place >= *from);
        if inside.refusing.iter().any(refuses) {
            return Err(Error::new(ErrorKind::Invalid, "read the conversation"));
        }
        if let Some(place) = inside.failures.iter().position(|(at, _)| *at == number) {
            let (_, kind) = inside.failures.remove(place).unwrap();
            return Err(Error::new(kind, "read the conversations"));
        }
        if self.oddity == Oddity::Expires && number >= 2 && after.is_some() && !inside.refused {
            inside.refused = true;
            return Err(Error::new(ErrorKind::Invalid, "read the conversations"));
        }
        Ok(())
    }

    /// The places of a list that a page shows, and the cursor that follows it.
    fn cut(&self, length: usize, query: &HistoryQuery) -> (std::ops::Range<usize>, Option<Cursor>) {
        let from = query.after.as_ref().map_or(0, |after| after.as_str().trim_end_matches('e').parse::<usize>().unwrap());
        let empty = self.oddity == Oddity::EmptyBetween && query.after.as_ref().is_some_and(|after| !after.as_str().ends_with('e'));
        if empty {
            return (0..0, Some(Cursor::new(format!("{from}e"))));
        }
        let begin = if self.oddity == Oddity::Repeats { from.saturating_sub(2) } else { from };
        let end = (from + query.limit as usize).min(length);
        let next = match self.oddity {
            Oddity::NeverEnds if end >= length => Some(from.max(length) + 1),
            Oddity::Cycles if end >= length => Some(0),
            Oddity::LeadsToItself if end >= length => Some(from),
            _ => Some(end).filter(|end| *end < length),
        };
        (begin.min(length)..end.max(begin.min(length)), next.map(|next| Cursor::new(next.to_string())))
    }

    /// Tells a part of a conversation.
    fn tell(&self, talk: &Talk, places: std::ops::Range<usize>, older: Option<Cursor>, page: &mut HistoryPage) {
        let peer = ScopedId::new(&*talk.peer).unwrap();
        let mut told = ThreadPage::new(ExternalId::new(format!("t_{}", talk.peer)).unwrap(), peer.clone());
        told.updated = talk.messages.first().map(|second| at(*second));
        told.total = Some(u32::try_from(talk.messages.len()).unwrap());
        told.older = older;
        for place in places {
            if self.readable.is_some_and(|readable| place >= readable) {
                told.unreadable += 1;
                continue;
            }
            let second = talk.messages[place];
            if self.inside().dim.contains(&second) {
                told.unreadable += 1;
                continue;
            }
            told.messages += 1;
            let content = Content::new(format!("m_{}_{second}", talk.peer).parse().unwrap()).with_text(format!("{} {second}", talk.peer));
            page.events.push(event(&peer, Some(second), Said::Message(Box::new(content))));
        }
        page.unreadable += told.unreadable;
        page.threads.push(told);
    }
}

fn event(peer: &ScopedId, second: Option<i64>, said: Said) -> Event {
    let mut event = Event::new("messenger:1".parse().unwrap(), Road::FACEBOOK, Channel::History, at(NOW), said);
    (event.direction, event.sender) = (Direction::Inbound, Some(peer.clone()));
    event.at = second.map(|second| Moment::coarse(at(second)));
    event
}

/// When a page was answered.
pub(crate) fn now() -> DateTime<Utc> {
    at(NOW)
}

#[async_trait]
impl History for Archive {
    async fn conversations(&self, _: &Access, query: &HistoryQuery) -> Result<HistoryPage> {
        let call = query.peer.as_ref().map_or_else(|| "list".to_owned(), |peer| format!("find {peer}"));
        self.begin(format!("{call} {}x{}", query.limit, query.messages), query.peer.as_ref(), query.after.as_ref())?;
        let talks: Vec<Talk> = {
            let inside = self.inside();
            let wanted = |talk: &&Talk| query.peer.as_ref().is_none_or(|peer| peer.as_str() == talk.peer);
            inside.talks.iter().filter(wanted).cloned().collect()
        };
        let (places, next) = self.cut(talks.len(), query);
        let mut page = HistoryPage::new(now());
        page.next = next;
        for talk in &talks[places] {
            let peer = ScopedId::new(&*talk.peer).unwrap();
            let mut thread = Thread::new(ExternalId::new(format!("t_{}", talk.peer)).unwrap());
            thread.name = Some(format!("Person {}", talk.peer));
            page.events.push(event(&peer, None, Said::Thread(thread)));
            let (shown, older) = self.cut(talk.messages.len(), &HistoryQuery::new(query.messages, 0));
            let half = self.inside().half.contains(&talk.peer);
            self.tell(talk, if half { 0..0 } else { shown }, older.filter(|_| !half), &mut page);
            page.threads.iter_mut().filter(|thread| thread.peer == peer).for_each(|thread| thread.untold = half);
        }
        page.untold = self.inside().nameless;
        let calls = self.inside().calls.len();
        if let Some(last) = talks.last().filter(|_| self.oddity == Oddity::Shifts && calls < 20) {
            self.write(&last.peer, NOW - 100 + i64::try_from(calls).unwrap());
        }
        Ok(page)
    }

    async fn messages(&self, _: &Access, thread: &ThreadPage, query: &HistoryQuery) -> Result<HistoryPage> {
        self.begin(format!("{} {}", thread.peer, query.limit), Some(&thread.peer), query.after.as_ref())?;
        let talk = self.inside().talks.iter().find(|talk| talk.peer == thread.peer.as_str()).cloned().unwrap();
        let (places, older) = self.cut(talk.messages.len(), query);
        let mut page = HistoryPage::new(now());
        self.tell(&talk, places, older.clone(), &mut page);
        page.next = older;
        Ok(page)
    }

    async fn message(&self, _: &Access, id: &MessageId) -> Result<Looked> {
        self.begin(format!("message {id}"), None, None)?;
        Ok(Looked::NotShown)
    }
}
