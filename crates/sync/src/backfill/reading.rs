//! How far one conversation is read.

use chrono::{DateTime, Utc};
use link_core::words::ids::{ExternalId, ScopedId};
use link_core::words::page::Cursor;
use link_core::words::ports::ThreadPage;
use serde::{Deserialize, Serialize};

/// One conversation of a backfill: how far it was read, and where its older messages begin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Reading {
    /// The person.
    pub peer: ScopedId,
    /// The platform's thread id; unknown of a conversation that was only heard of by deliveries.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread: Option<ExternalId>,
    /// Where its older messages begin; `None` to begin with the newest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Cursor>,
    /// How many of its messages were read already.
    #[serde(default)]
    pub read: u32,
    /// How many of its messages will be read in all, where the platform tells how many there are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<u32>,
    /// The time of the oldest message that was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reached: Option<DateTime<Utc>>,
    /// When it last changed; the newest is read first, and one of which that is unknown last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated: Option<DateTime<Utc>>,
    /// The reading of the list that last showed it.
    #[serde(default)]
    pub round: u32,
    /// Pages in a row that showed nothing older.
    #[serde(default)]
    pub stale: u32,
    /// How often in a row reading it failed.
    #[serde(default)]
    pub tries: u32,
    /// How often it was begun anew because its place was forgotten.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub restarts: u32,
    /// How often what is asked for at once of it was halved.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub shrunk: u32,
    /// Calls in a row that succeeded since.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub smooth: u32,
    /// Where it stands.
    #[serde(default)]
    pub state: ReadingState,
}

/// Where the reading of one conversation stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ReadingState {
    /// Older messages are still wanted.
    #[default]
    Waiting,
    /// Everything of it is here that is wanted and shown.
    Done,
    /// It could not be read to its end: what is missing is a gap.
    GivenUp,
}

impl Reading {
    /// A conversation of which nothing was read yet.
    pub const fn new(peer: ScopedId) -> Self {
        Self {
            peer,
            thread: None,
            after: None,
            read: 0,
            expected: None,
            reached: None,
            updated: None,
            round: 0,
            stale: 0,
            tries: 0,
            restarts: 0,
            shrunk: 0,
            smooth: 0,
            state: ReadingState::Waiting,
        }
    }

    /// A conversation of which somebody just heard: it is read before all others.
    #[must_use]
    pub const fn woken(mut self, at: DateTime<Utc>) -> Self {
        self.updated = Some(at);
        self
    }

    /// The conversation as the platform's port knows it, once its thread is known.
    pub(super) fn page(&self) -> Option<ThreadPage> {
        let mut page = ThreadPage::new(self.thread.clone()?, self.peer.clone());
        page.updated = self.updated;
        Some(page)
    }

    /// It is read from its newest message on once more.
    pub(super) fn begin_anew(&mut self) {
        (self.after, self.reached, self.read, self.stale) = (None, None, 0, 0);
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
const fn is_zero(count: &u32) -> bool {
    *count == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_earlier_version_kept_of_a_conversation_reads() {
        let kept = r#"{"peer":"7","thread":"t_7","after":"next","read":100,"round":2,"stale":1,"tries":3,"restarts":1,"state":"waiting"}"#;
        let reading: Reading = serde_json::from_str(kept).unwrap();
        assert_eq!((reading.read, reading.tries, reading.shrunk, reading.smooth), (100, 3, 0, 0));
        assert_eq!(serde_json::from_str::<Reading>(&serde_json::to_string(&reading).unwrap()).unwrap(), reading);
    }
}
