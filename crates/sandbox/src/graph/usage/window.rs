//! Counting what happened lately, in little room.

use std::collections::VecDeque;

use chrono::{DateTime, TimeDelta, Utc};

/// Into how many pieces a window is cut: a day's are a minute long, an hour's two and a half seconds, and a second's
/// as long as the clock's own step, so that nothing is lost of it.
const PIECES: i32 = 1_440;

/// Calls that are counted together.
#[derive(Clone, Copy, Debug)]
struct Piece {
    first: DateTime<Utc>,
    last: DateTime<Utc>,
    calls: usize,
}

/// The calls of a sliding window.
///
/// A piece counts as long as its last call does. So a window never tells less than there was; at its old end it
/// tells of calls up to one piece longer than their span.
#[derive(Clone, Debug, Default)]
pub(super) struct Window {
    pieces: VecDeque<Piece>,
    calls: usize,
}

impl Window {
    /// Counts a call and tells how many there are within `span`.
    pub(super) fn count(&mut self, now: DateTime<Utc>, span: TimeDelta) -> usize {
        let fits = |piece: &&mut Piece| now - piece.first < span / PIECES;
        if let Some(piece) = self.pieces.back_mut().filter(fits) {
            piece.last = piece.last.max(now);
            piece.calls += 1;
        } else {
            self.pieces.push_back(Piece { first: now, last: now, calls: 1 });
        }
        self.calls += 1;
        while let Some(gone) = self.pieces.front().filter(|piece| piece.last <= now - span) {
            self.calls -= gone.calls;
            self.pieces.pop_front();
        }
        self.calls
    }

    /// How many calls there are within `span`.
    pub(super) fn known(&self, now: DateTime<Utc>, span: TimeDelta) -> usize {
        let gone = self.pieces.iter().take_while(|piece| piece.last <= now - span);
        self.calls - gone.map(|piece| piece.calls).sum::<usize>()
    }

    /// The last call of the oldest piece that is kept.
    pub(super) fn oldest(&self) -> Option<DateTime<Utc>> {
        self.pieces.front().map(|piece| piece.last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: TimeDelta = TimeDelta::days(1);
    const SECOND: TimeDelta = TimeDelta::seconds(1);

    fn at(ms: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::milliseconds(ms)
    }

    #[test]
    fn a_second_slides_to_the_millisecond() {
        let mut window = Window::default();
        for ms in [0, 0, 1, 500] {
            window.count(at(ms), SECOND);
        }
        assert_eq!(window.known(at(999), SECOND), 4);
        assert_eq!(window.known(at(1_000), SECOND), 2, "both calls of the first millisecond are a second old");
        assert_eq!(window.count(at(1_001), SECOND), 2);
        assert_eq!(window.known(at(9_000), SECOND), 0);
    }

    #[test]
    fn a_day_never_tells_less_than_there_was_nor_more_than_a_minute_too_much() {
        let (mut window, mut all) = (Window::default(), Vec::new());
        for step in 0..2_600_i64 {
            let now = at(step * 37_777);
            all.push(now);
            let told = window.count(now, DAY);
            let within = |span| all.iter().filter(|call| **call > now - span).count();
            assert!((within(DAY)..=within(DAY + TimeDelta::minutes(1))).contains(&told), "{told} after {step}");
            assert_eq!(told, window.known(now, DAY));
        }
    }

    #[test]
    fn days_of_calls_take_no_more_room_than_a_window_has_pieces() {
        let mut window = Window::default();
        for ms in (0..300_000_000).step_by(3_000) {
            window.count(at(ms), DAY);
        }
        assert!(window.pieces.len() <= 1_441, "{}", window.pieces.len());
    }

    #[test]
    fn a_clock_that_was_set_back_loses_nothing() {
        let mut window = Window::default();
        window.count(at(5_000), DAY);
        assert_eq!(window.count(at(0), DAY), 2);
        assert_eq!(window.oldest(), Some(at(5_000)));
    }
}
