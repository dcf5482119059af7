//! What to ask the platform next.

use chrono::{DateTime, Utc};
use link_core::words::error::Result;
use link_core::words::ports::{Access, History, HistoryPage, HistoryQuery};

use super::failing::wait;
use super::{Backfill, BackfillState, Reading, ReadingState};

/// Conversations asked for at once: as many as the platforms answer.
const CONVERSATIONS: u32 = 100;
/// Messages that come along with each of them, and messages asked for at once of one conversation.
const MESSAGES: u32 = 100;
/// As often the number of conversations is halved before that of their messages is halved too.
const FIRST_HALVINGS: u32 = 4;
/// As often everything is halved at most.
const MOST_HALVINGS: u32 = 8;
/// So many calls in a row succeed before more is asked for at once again.
const SMOOTH: u32 = 32;

/// One call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Asking {
    /// For the next conversations of the list, each with its newest messages.
    List(HistoryQuery),
    /// For older messages of one conversation.
    Of(Box<Reading>, HistoryQuery),
}

impl Asking {
    /// Makes the call.
    pub(super) async fn put(&self, history: &dyn History, access: &Access) -> Result<HistoryPage> {
        match self {
            Self::List(query) => history.conversations(access, query).await,
            Self::Of(reading, query) => match reading.page() {
                Some(thread) => history.messages(access, &thread, query).await,
                None => history.conversations(access, query).await,
            },
        }
    }

    /// True if it goes on after a place that the platform named, which it may have forgotten since.
    pub(super) const fn has_cursor(&self) -> bool {
        match self {
            Self::List(query) | Self::Of(_, query) => query.after.is_some(),
        }
    }
}

/// What can be asked at once: the list first, because it brings the newest messages of most conversations, then conversations in the order
/// given. Those of which nothing more is wanted by now come back as done. `readable` is how many of a conversation's newest messages the
/// platform shows. A list that keeps failing is left out until its own time.
pub(super) fn askings(
    backfill: &Backfill,
    waiting: Vec<Reading>,
    readable: Option<u32>,
    now: DateTime<Utc>,
) -> (Vec<Asking>, Vec<Reading>) {
    let mut askings = Vec::new();
    let rests = backfill.course.list_rests.as_ref().is_some_and(|(until, _)| *until > now);
    if !backfill.listed && backfill.wants(0) > 0 && !rests {
        let (conversations, messages) = at_once(backfill.course.shrunk);
        let wanted = backfill.wants(0).min(readable.unwrap_or(u32::MAX)).min(messages);
        askings.push(Asking::List(HistoryQuery::new(conversations, wanted).after(backfill.listing.clone())));
    }
    let (mut open, mut over): (Vec<_>, Vec<_>) = waiting.into_iter().partition(|reading| backfill.wants(reading.read) > 0);
    for reading in &mut over {
        reading.state = ReadingState::Done;
    }
    askings.extend(open.drain(..).map(|reading| of(backfill, reading, readable)));
    (askings, over)
}

fn of(backfill: &Backfill, reading: Reading, readable: Option<u32>) -> Asking {
    let most = (MESSAGES >> halvings(backfill, &reading)).max(1);
    let wanted = backfill.wants(reading.read).min(readable.unwrap_or(u32::MAX)).min(most);
    let query = if reading.thread.is_some() {
        HistoryQuery::new(wanted, 0).after(reading.after.clone())
    } else {
        HistoryQuery::new(1, wanted).of(reading.peer.clone())
    };
    Asking::Of(Box::new(reading), query)
}

/// How often what is asked for at once of a conversation was halved: for the whole account, or for itself.
pub(super) fn halvings(backfill: &Backfill, reading: &Reading) -> u32 {
    backfill.course.shrunk.max(reading.shrunk).min(MOST_HALVINGS)
}

/// Conversations and messages of each.
const fn at_once(shrunk: u32) -> (u32, u32) {
    let shrunk = if shrunk < MOST_HALVINGS { shrunk } else { MOST_HALVINGS };
    let messages = MESSAGES >> shrunk.saturating_sub(FIRST_HALVINGS);
    let conversations = CONVERSATIONS >> shrunk;
    (if conversations > 1 { conversations } else { 1 }, if messages > 1 { messages } else { 1 })
}

impl Backfill {
    /// An answer was too large, or none that can be read: less is asked for at once.
    pub(super) fn shrink(&mut self) {
        self.course.shrunk = (self.course.shrunk + 1).min(MOST_HALVINGS);
        self.course.smooth = 0;
    }

    /// A call succeeded; after many of them more is asked for at once.
    pub(super) fn succeeded(&mut self) {
        self.course.smooth += 1;
        if self.course.shrunk > 0 && self.course.smooth >= SMOOTH {
            (self.course.shrunk, self.course.smooth) = (self.course.shrunk - 1, 0);
        }
    }

    /// Nothing is left to be asked: all is here, or what is to come of the list rests.
    pub(super) fn run_out(&mut self) {
        match self.course.list_rests.clone().filter(|_| !self.listed && self.wants(0) > 0) {
            Some((until, waits)) => wait(self, until, waits),
            None => self.state = BackfillState::Done,
        }
    }

    /// The conversations that an earlier version kept within the backfill, as rows of their own.
    pub(super) fn carry_over(&mut self) -> Vec<Reading> {
        let round = self.course.round;
        let carried = std::mem::take(&mut self.carried);
        carried.into_iter().map(|reading| Reading { round, ..reading }).collect()
    }
}

impl Reading {
    /// An answer of it was too large, or none that can be read: less of it is asked for at once.
    pub(super) fn shrink(&mut self) {
        (self.shrunk, self.smooth) = ((self.shrunk + 1).min(MOST_HALVINGS), 0);
    }

    /// A call for it succeeded; after many of them more is asked for at once.
    pub(super) fn succeeded(&mut self) {
        self.tries = 0;
        self.smooth = self.smooth.saturating_add(1);
        if self.shrunk > 0 && self.smooth >= SMOOTH {
            (self.shrunk, self.smooth) = (self.shrunk - 1, 0);
        }
    }
}
