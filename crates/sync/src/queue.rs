//! What was read of the feed and waits until its account may ask.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use link_core::words::feed::{Happening, Position};

/// At most so many wait; then nothing more is read of the feed until some of them had their turn, or somebody gives up a place.
const MOST: usize = 10_000;

/// Happenings that wait, while others go on; of one key one waits, the first. It is kept in this process only: what is kept of the feed is the
/// place before the first of them.
#[derive(Debug)]
pub(crate) struct Queue<K> {
    waiting: BTreeMap<Position, Waiting<K>>,
    places: BTreeMap<K, Position>,
    /// How far the feed was read.
    read: Position,
}

#[derive(Debug)]
struct Waiting<K> {
    key: K,
    /// The place before it.
    behind: Position,
    until: DateTime<Utc>,
    happening: Happening,
}

/// A happening, where it stands in the feed, and the place before it.
pub(crate) type Told = (Position, Position, Happening);

impl<K> Default for Queue<K> {
    fn default() -> Self {
        Self { waiting: BTreeMap::new(), places: BTreeMap::new(), read: Position::default() }
    }
}

impl<K: Ord + Clone> Queue<K> {
    /// Where the feed is to be read on, as far as it was kept; `None` while too many wait. For work that must not pass anybody over.
    pub(crate) fn after(&self, kept: Position) -> Option<Position> {
        (self.waiting.len() < MOST).then(|| self.place(kept))
    }

    /// Where the feed is to be read on, as far as it was kept, however many wait.
    pub(crate) fn place(&self, kept: Position) -> Position {
        self.read.max(kept)
    }

    /// True if one more may wait besides those that were taken out for their turn. Where all places are taken, the last of the keys that are alike and
    /// most gives up its place, unless those like the new one are as many. For work that may pass somebody over. Keys that are alike follow one
    /// another in their order.
    pub(crate) fn makes_room(&mut self, key: &K, are_alike: impl Fn(&K, &K) -> bool, taken_out: usize) -> bool {
        if self.waiting.len() + taken_out < MOST {
            return true;
        }
        let (mut most, mut last) = (self.count(|other| are_alike(other, key)) + 1, None);
        let mut alike: Option<(&K, usize, Position)> = None;
        for (other, place) in &self.places {
            let (first, count, latest) = alike.filter(|(first, ..)| are_alike(first, other)).unwrap_or((other, 0, *place));
            let (count, latest) = (count + 1, latest.max(*place));
            alike = Some((first, count, latest));
            if count > most {
                (most, last) = (count, Some(latest));
            }
        }
        let gone = last.and_then(|last| self.waiting.remove(&last));
        gone.is_some_and(|gone| self.places.remove(&gone.key).is_some())
    }

    /// Takes what was read of the feed after a place.
    pub(crate) fn read(&mut self, after: Position, told: Vec<(Position, Happening)>) -> Vec<Told> {
        self.read = told.last().map_or(after, |(last, _)| *last);
        let places: Vec<Position> = std::iter::once(after).chain(told.iter().map(|(place, _)| *place)).collect();
        told.into_iter().zip(places).map(|((place, happening), behind)| (place, behind, happening)).collect()
    }

    /// Takes out those that need not wait any longer.
    pub(crate) fn due(&mut self, now: DateTime<Utc>) -> Vec<Told> {
        let (due, waiting) = std::mem::take(&mut self.waiting).into_iter().partition(|(_, waiting)| waiting.until <= now);
        self.waiting = waiting;
        let due: BTreeMap<Position, Waiting<K>> = due;
        for waiting in due.values() {
            self.places.remove(&waiting.key);
        }
        due.into_iter().map(|(place, waiting)| (place, waiting.behind, waiting.happening)).collect()
    }

    /// It waits, unless something of this key waits before it already.
    pub(crate) fn wait(&mut self, key: K, (place, behind, happening): Told, until: DateTime<Utc>) {
        if let Some(known) = self.places.get(&key).copied() {
            if known <= place {
                return;
            }
            self.waiting.remove(&known);
        }
        self.places.insert(key.clone(), place);
        self.waiting.insert(place, Waiting { key, behind, until, happening });
    }

    /// How many wait whose keys are like this.
    pub(crate) fn count(&self, is_like: impl Fn(&K) -> bool) -> usize {
        self.places.keys().filter(|key| is_like(key)).count()
    }

    /// When the first of them may go on.
    pub(crate) fn next(&self) -> Option<DateTime<Utc>> {
        self.waiting.values().map(|waiting| waiting.until).min()
    }

    /// Everything up to here is over.
    pub(crate) fn done(&self) -> Position {
        self.waiting.first_key_value().map_or(self.read, |(_, waiting)| waiting.behind)
    }
}

#[cfg(test)]
mod tests {
    use link_core::words::feed::What;

    use super::*;
    use crate::testing::at;

    fn told(places: std::ops::RangeInclusive<u64>) -> Vec<(Position, Happening)> {
        let happening = || Happening::new("o".parse().unwrap(), None, What::AccountChanged, at(0));
        places.map(|place| (Position(place), happening())).collect()
    }

    /// Or one account whose people write ten thousand messages keeps everybody else waiting.
    #[test]
    fn of_one_key_one_waits_and_what_is_kept_is_the_place_before_it() {
        let mut queue = Queue::default();
        for told in queue.read(Position(0), told(1..=9)) {
            let (key, until) = if told.0.0 == 5 { ("other", at(20)) } else { ("busy", at(10)) };
            queue.wait(key, told, until);
        }
        assert_eq!((queue.count(|_| true), queue.done(), queue.next()), (2, Position(0), Some(at(10))));
        let due = queue.due(at(10));
        assert_eq!(due.iter().map(|told| told.0).collect::<Vec<_>>(), [Position(1)]);
        assert_eq!((queue.count(|_| true), queue.done()), (1, Position(4)), "whoever restarts forgets who waits");
        for told in due {
            queue.wait("busy", told, at(30));
        }
        assert_eq!((queue.done(), queue.due(at(30)).len(), queue.done()), (Position(0), 2, Position(9)));
    }

    /// Or a few accounts that may not be asked for a day keep everybody else from being read.
    #[test]
    fn where_all_places_are_taken_whoever_has_the_most_gives_one_up() {
        let mut queue = Queue::default();
        let most = u64::try_from(MOST).unwrap();
        for told in queue.read(Position(0), told(1..=most)) {
            queue.wait((if told.0.0 % 4 == 0 { "few" } else { "many" }, told.0.0), told, at(10));
        }
        assert_eq!((queue.after(Position(0)), queue.place(Position(0))), (None, Position(most)));
        let of = |queue: &Queue<(&str, u64)>, who| queue.count(|key| key.0 == who);
        for (who, has_room, many) in [("many", false, 7_500), ("few", true, 7_499), ("new", true, 7_498)] {
            let place = queue.place(Position(0)).0 + 1;
            assert_eq!(queue.makes_room(&(who, place), |a, b| a.0 == b.0, 0), has_room, "{who}");
            let told = queue.read(Position(place - 1), told(place..=place)).remove(0);
            if has_room {
                queue.wait((who, place), told, at(10));
            }
            assert_eq!((of(&queue, "many"), queue.count(|_| true)), (many, MOST));
        }
        assert!(!queue.places.contains_key(&("many", most - 2)) && queue.places.contains_key(&("many", 1)), "the last is not the one");
        assert_eq!(
            (queue.due(at(10)).len(), queue.makes_room(&("many", 0), |a, b| a.0 == b.0, MOST)),
            (MOST, false),
            "whoever has their turn loses it"
        );
    }
}
