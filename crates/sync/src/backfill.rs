//! Reading what was said before the link, as far as the owner wants and the platform shows.
//!
//! The list of conversations is read newest first, a hundred at a time and each with its newest messages; older messages of the
//! conversations that have more follow, newest conversation first. Everything is stored after every call, so that a process may be killed
//! between any two of them. [`plan`] says what to ask and what an answer means, [`failing`] what a failure means; both are pure.

mod again;
mod failing;
mod plan;
mod progress;
mod reading;
mod store;
mod taking;
mod work;

use chrono::{DateTime, Utc};
use link_core::linking::connection::ConnectionKey;
use link_core::linking::setup::{Depth, People};
use link_core::words::ids::ActorId;
use link_core::words::page::Cursor;
use serde::{Deserialize, Serialize};

pub use progress::{Lap, Progress, Tally};
pub use reading::{Reading, ReadingState};
#[cfg(feature = "testing")]
pub use store::MockBackfillStore;
pub use store::{BackfillChange, BackfillStep, BackfillStore, Held};
pub use work::Backfills;

/// One account's history on its way here. It is stored after every call, so that a killed process goes on where it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Backfill {
    /// Which connection.
    pub connection: ConnectionKey,
    /// How much of each conversation.
    pub depth: Depth,
    /// Of whom.
    #[serde(default, skip_serializing_if = "People::is_everyone")]
    pub people: People,
    /// What is later than this is news and not asked for as history.
    pub confirmed_at: DateTime<Utc>,
    /// Where the list of conversations goes on; `None` at its beginning or after its end.
    pub listing: Option<Cursor>,
    /// True once the list of conversations was read to its end.
    pub listed: bool,
    /// Conversations of which older messages are still wanted, as earlier versions kept them; they go to rows of their own at the next step.
    #[serde(default, rename = "deeper", skip_serializing_if = "Vec::is_empty")]
    pub carried: Vec<Reading>,
    /// How many conversations were found.
    pub conversations: u32,
    /// How many messages from before the confirmation were read.
    pub messages: u32,
    /// How many messages the platform lists and does not show.
    pub unreadable: u32,
    /// How often in a row the list failed.
    pub tries: u32,
    /// Where it stands.
    pub state: BackfillState,
    /// True if it stopped because the history may not be read.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_denied: bool,
    /// What it waits for, while it waits for anything but its turn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waits: Option<Waits>,
    /// Who stopped it for now; nothing is asked until they let it go on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused: Option<PausedBy>,
    /// How the reading runs.
    #[serde(default)]
    pub course: Course,
}

/// Where a backfill stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum BackfillState {
    /// There is more to do, from this time on.
    Waiting {
        /// Not before this.
        until: DateTime<Utc>,
    },
    /// Everything that was wanted and is shown is here.
    Done,
    /// It stopped until somebody signs in again; the cause says why.
    Stopped {
        /// The refusal's or error's own words.
        cause: String,
    },
}

/// What a backfill waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "waits", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Waits {
    /// The calls that the platform allows in a while are used up.
    Budget,
    /// A call failed and is tried again.
    Failure {
        /// The error's own words.
        cause: String,
    },
}

/// Somebody let a backfill rest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PausedBy {
    /// Since when.
    pub since: DateTime<Utc>,
    /// Who.
    pub by: ActorId,
}

impl PausedBy {
    /// By somebody, from now on.
    pub const fn new(by: ActorId, since: DateTime<Utc>) -> Self {
        Self { since, by }
    }
}

/// How the reading runs: what its next calls depend on besides their cursors.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Course {
    /// The how manieth reading of the list this is.
    pub round: u32,
    /// The first reading of the list that counts. What was read of conversations before is read anew.
    pub since_round: u32,
    /// How often this list was begun anew because its cursor was refused.
    pub restarts: u32,
    /// Conversations in a row, page by page, all of which this reading of the list had shown before.
    pub stale: u32,
    /// Where the first of those pages led to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub circle: Option<Cursor>,
    /// Pages in a row without any conversation.
    pub empty: u32,
    /// True if the list leads on and could not be followed to its end.
    pub is_cut: bool,
    /// Conversations of this list that could not be told from it.
    pub untold: u32,
    /// As of when the list was begun.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub begun_as_of: Option<DateTime<Utc>>,
    /// As of when a list was begun that was read to its end: whoever is not on it had not written before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub listed_as_of: Option<DateTime<Utc>>,
    /// How often what is asked for at once was halved.
    pub shrunk: u32,
    /// Calls in a row that succeeded since.
    pub smooth: u32,
    /// Until when the list rests because it keeps failing, and what it waits for; conversations are read meanwhile.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub list_rests: Option<(DateTime<Utc>, Waits)>,
    /// How fast it goes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lap: Option<Lap>,
}

impl Backfill {
    /// A backfill that begins now.
    pub fn new(connection: ConnectionKey, depth: Depth, confirmed_at: DateTime<Utc>) -> Self {
        Self {
            connection,
            depth,
            people: People::Everyone,
            confirmed_at,
            listing: None,
            listed: false,
            carried: Vec::new(),
            conversations: 0,
            messages: 0,
            unreadable: 0,
            tries: 0,
            state: BackfillState::Waiting { until: confirmed_at },
            is_denied: false,
            waits: None,
            paused: None,
            course: Course::default(),
        }
    }

    /// Of these people only.
    #[must_use]
    pub const fn of_people(mut self, people: People) -> Self {
        self.people = people;
        self
    }

    /// Beginning at this time only: what another road still has under way is to be here before, so that it is found and stands once.
    #[must_use]
    pub fn beside_another_road(mut self, from: DateTime<Utc>) -> Self {
        self.state = BackfillState::Waiting { until: from };
        self
    }

    /// Resting, or with nothing given going on where it was.
    #[must_use]
    pub fn resting(mut self, paused: Option<PausedBy>) -> Self {
        self.paused = paused;
        self
    }

    /// When it can be worked on; `None` if it came to an end or rests.
    pub const fn due(&self) -> Option<DateTime<Utc>> {
        match (&self.state, &self.paused) {
            (BackfillState::Waiting { until }, None) => Some(*until),
            _ => None,
        }
    }

    /// Whoever is not among its conversations wrote nothing before this time; `None` where that is not known.
    pub fn complete_as_of(&self) -> Option<DateTime<Utc>> {
        // Where another list was begun since, as earlier versions did to catch up, what that one did not show is not known to be absent.
        let listed = self.course.listed_as_of.filter(|as_of| self.course.begun_as_of == Some(*as_of));
        listed.filter(|_| self.people.is_everyone())
    }

    /// True once it came to an end, one way or the other.
    pub const fn is_over(&self) -> bool {
        !matches!(self.state, BackfillState::Waiting { .. })
    }

    /// Before this time nobody counts as active whose conversation the owner wants; `None` if everybody's is wanted.
    fn active_since(&self) -> Option<DateTime<Utc>> {
        self.people.active_since(self.confirmed_at)
    }

    /// How many messages of a conversation are still wanted, of which so many were read.
    pub(crate) const fn wants(&self, read: u32) -> u32 {
        match self.depth {
            Depth::Nothing => 0,
            Depth::Newest(count) => count.saturating_sub(read),
            Depth::Everything => u32::MAX,
        }
    }
}
