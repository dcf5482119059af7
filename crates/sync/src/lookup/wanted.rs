//! Whether the owner wants a message that is only named.

use chrono::{DateTime, Utc};
use link_core::linking::setup::Depth;

use crate::backfill::{Backfill, BackfillState, Reading, ReadingState};

/// Whether a message is to be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// It is older than what the owner wants, or nothing from before is.
    Never,
    /// It may come by itself, or the owner lets the reading rest.
    Later,
    /// It is; what it tells is history up to the confirmation.
    After(DateTime<Utc>),
}

/// Of a conversation that was read as deep as the owner wants, what is not here is older than that. Without a person nobody knows how deep it was
/// read.
pub(super) fn wanted(backfill: &Backfill, reading: Option<&Reading>, has_peer: bool) -> Wanted {
    let is_listing = !backfill.listed && matches!(backfill.state, BackfillState::Waiting { .. });
    let is_reading = reading.is_some_and(|reading| reading.state == ReadingState::Waiting);
    if backfill.wants(0) == 0 {
        return Wanted::Never;
    }
    let is_within = match backfill.depth {
        Depth::Everything => true,
        _ => has_peer && backfill.wants(reading.map_or(0, |reading| reading.read)) > 0,
    };
    if !is_within {
        Wanted::Never
    } else if is_listing || is_reading || backfill.paused.is_some() {
        Wanted::Later
    } else {
        Wanted::After(backfill.confirmed_at)
    }
}

#[cfg(test)]
mod tests {
    use link_core::linking::connection::ConnectionKey;
    use link_core::words::ids::{ActorId, ScopedId};
    use link_core::words::platform::Road;

    use super::*;
    use crate::backfill::PausedBy;
    use crate::testing::{Scene, at};

    fn read(depth: Depth) -> Backfill {
        let account = Scene::new("o", "messenger:1", "7").account;
        let mut backfill = Backfill::new(ConnectionKey { account, road: Road::FACEBOOK }, depth, at(5));
        (backfill.state, backfill.listed) = (BackfillState::Done, true);
        backfill
    }

    fn reading(state: ReadingState, read: u32) -> Reading {
        Reading { read, state, ..Reading::new(ScopedId::new("7").unwrap()) }
    }

    /// Or who wants nothing from before has it fetched piece by piece.
    #[test]
    fn what_is_older_than_the_owner_wants_is_never_asked_for() {
        let all_read = reading(ReadingState::Done, 10);
        assert_eq!(wanted(&read(Depth::Nothing), None, true), Wanted::Never);
        assert_eq!(wanted(&read(Depth::Newest(10)), Some(&all_read), true), Wanted::Never);
        assert_eq!(wanted(&read(Depth::Newest(10)), None, false), Wanted::Never, "nobody knows whose it is");
        for depth in [Depth::Newest(11), Depth::Everything] {
            assert_eq!(wanted(&read(depth), Some(&all_read), true), Wanted::After(at(5)));
        }
        assert_eq!(wanted(&read(Depth::Everything), None, false), Wanted::After(at(5)));
    }

    #[test]
    fn what_a_reading_may_bring_by_itself_is_waited_for_and_so_is_the_end_of_a_pause() {
        let given_up = reading(ReadingState::GivenUp, 3);
        assert_eq!(wanted(&read(Depth::Newest(10)), Some(&given_up), true), Wanted::After(at(5)));
        let waiting = reading(ReadingState::Waiting, 3);
        assert_eq!(wanted(&read(Depth::Newest(10)), Some(&waiting), true), Wanted::Later);
        let mut listing = read(Depth::Everything);
        (listing.listed, listing.state) = (false, BackfillState::Waiting { until: at(9) });
        assert_eq!(wanted(&listing, None, true), Wanted::Later);
        let paused = read(Depth::Everything).resting(Some(PausedBy::new(ActorId::new("robin").unwrap(), at(6))));
        assert_eq!(wanted(&paused, None, true), Wanted::Later);
    }
}
