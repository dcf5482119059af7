//! Who waits until their account may ask.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use link_core::words::feed::{Happening, Position};

/// At most so many wait; then nothing more is read of the feed until some of them had their turn.
const MOST: usize = 10_000;

/// Happenings whose people wait for the budget of their account, while those of other accounts go on. It is kept in this process only: what is
/// kept of the feed is the place before the first of them.
#[derive(Debug, Default)]
pub(super) struct Queue {
    waiting: BTreeMap<Position, Waiting>,
    /// How far the feed was read.
    read: Position,
}

#[derive(Debug)]
struct Waiting {
    /// The place before it.
    behind: Position,
    until: DateTime<Utc>,
    happening: Happening,
}

/// A happening, where it stands in the feed, and the place before it.
pub(super) type Told = (Position, Position, Happening);

impl Queue {
    /// Where the feed is to be read on, as far as it was kept; `None` while too many wait.
    pub(super) fn after(&self, kept: Position) -> Option<Position> {
        (self.waiting.len() < MOST).then(|| self.read.max(kept))
    }

    /// Takes what was read of the feed after a place.
    pub(super) fn read(&mut self, after: Position, told: Vec<(Position, Happening)>) -> Vec<Told> {
        self.read = told.last().map_or(after, |(last, _)| *last);
        let places: Vec<Position> = std::iter::once(after).chain(told.iter().map(|(place, _)| *place)).collect();
        told.into_iter().zip(places).map(|((place, happening), behind)| (place, behind, happening)).collect()
    }

    /// Takes out those that need not wait any longer.
    pub(super) fn due(&mut self, now: DateTime<Utc>) -> Vec<Told> {
        let (due, waiting) = std::mem::take(&mut self.waiting).into_iter().partition(|(_, waiting)| waiting.until <= now);
        self.waiting = waiting;
        let due: BTreeMap<Position, Waiting> = due;
        due.into_iter().map(|(place, waiting)| (place, waiting.behind, waiting.happening)).collect()
    }

    /// It waits.
    pub(super) fn wait(&mut self, (place, behind, happening): Told, until: DateTime<Utc>) {
        self.waiting.insert(place, Waiting { behind, until, happening });
    }

    /// When the first of them may go on.
    pub(super) fn next(&self) -> Option<DateTime<Utc>> {
        self.waiting.values().map(|waiting| waiting.until).min()
    }

    /// Everything up to here is over.
    pub(super) fn done(&self) -> Position {
        self.waiting.first_key_value().map_or(self.read, |(_, waiting)| waiting.behind)
    }
}
