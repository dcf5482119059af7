use chrono::{DateTime, TimeDelta, Utc};
use link_core::linking::connection::ConnectionKey;
use link_core::linking::setup::{Depth, People, Synchronisation};
use link_core::words::ids::{AccountKey, OwnerId};
use link_core::words::platform::Road;

use crate::backfill::{Backfill, BackfillState, PausedBy};

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
}

fn backfill(depth: Depth) -> Backfill {
    let account = AccountKey::new(OwnerId::new("o").unwrap(), "messenger:1".parse().unwrap());
    Backfill::new(ConnectionKey { account, road: Road::FACEBOOK }, depth, at(10))
}

fn done(depth: Depth) -> Backfill {
    Backfill { state: BackfillState::Done, listed: true, conversations: 3, ..backfill(depth) }
}

#[test]
fn an_account_that_is_linked_anew_is_read_anew() {
    let wanted = Backfill { confirmed_at: at(90), ..backfill(Depth::Newest(5)) };
    let stopped = Backfill { state: BackfillState::Stopped { cause: "unlinked".to_owned() }, ..backfill(Depth::Everything) };
    for known in [done(Depth::Newest(5)), done(Depth::Everything), stopped] {
        let again = known.again(&wanted).unwrap();
        assert_eq!((again.confirmed_at, again.listed, again.state.clone()), (at(90), false, wanted.state.clone()));
        assert!(again.course.since_round > known.course.round, "what came between two links is never read");
    }
    assert_eq!(wanted.again(&backfill(Depth::Newest(5))), None, "an earlier confirmation undoes a later one");
}

#[test]
fn more_that_is_wanted_while_less_is_being_read_is_read() {
    let deeper = backfill(Depth::Newest(5)).again(&backfill(Depth::Everything)).unwrap();
    assert_eq!((deeper.depth, deeper.listed), (Depth::Everything, false));
    assert_eq!(backfill(Depth::Everything).again(&backfill(Depth::Newest(5))), None);
    let few = backfill(Depth::Everything).of_people(People::ActiveWithin(30));
    let everyone = few.again(&backfill(Depth::Everything)).unwrap();
    assert_eq!(everyone.people, People::Everyone, "people who are wanted by now are not read");
    assert_eq!(backfill(Depth::Everything).again(&few), None);
}

/// Or whoever wants more while the token is dead gets no more of what was read already, and never those who were left out.
#[test]
fn more_that_is_wanted_of_a_stopped_backfill_is_read_anew_and_the_same_goes_on_where_it_was() {
    let stopped = |known: Backfill| Backfill { state: BackfillState::Stopped { cause: "dead".to_owned() }, ..known };
    let few = stopped(done(Depth::Newest(5)).of_people(People::ActiveWithin(7)));
    for wanted in [backfill(Depth::Everything).of_people(People::ActiveWithin(7)), backfill(Depth::Newest(5))] {
        let again = few.again(&wanted).unwrap();
        assert_eq!((again.depth, again.people, again.listed), (wanted.depth, wanted.people, false));
        assert!(again.course.since_round > few.course.round);
    }
    let again = few.again(&backfill(Depth::Newest(5)).of_people(People::ActiveWithin(7))).unwrap();
    assert_eq!((again.listed, again.conversations, again.state), (true, 3, backfill(Depth::Newest(5)).state));
}

#[test]
fn whoever_wants_less_by_now_is_not_read_more() {
    let mut reading = backfill(Depth::Everything);
    reading.narrow(&Synchronisation::default().history(Depth::Newest(5)).people(People::ActiveWithin(7)));
    assert_eq!((reading.depth, reading.people), (Depth::Newest(5), People::ActiveWithin(7)));
    reading.narrow(&Synchronisation::default().history(Depth::Everything));
    assert_eq!((reading.depth, reading.people), (Depth::Newest(5), People::ActiveWithin(7)), "more is read than was begun");
}

#[test]
fn signing_in_again_ends_no_pause_and_linking_anew_does() {
    let rests = Some(PausedBy::new("robin".parse().unwrap(), at(20)));
    let stopped = BackfillState::Stopped { cause: "dead".to_owned() };
    let paused = Backfill { paused: rests.clone(), state: stopped, ..backfill(Depth::Newest(5)) };
    let again = paused.again(&backfill(Depth::Newest(5))).unwrap();
    assert_eq!((again.paused.clone(), again.due()), (rests.clone(), None), "what somebody let rest goes on by itself");
    assert_eq!(paused.again(&backfill(Depth::Everything)).unwrap().paused, rests);
    assert_eq!(paused.again(&Backfill { confirmed_at: at(90), ..backfill(Depth::Newest(5)) }).unwrap().paused, None);
}

#[test]
fn what_an_earlier_version_stored_reads_and_goes_on() {
    let stored = r#"{"connection": {"account": {"owner": "o", "account": {"platform": "messenger", "id": "1"}}, "road": "facebook"},
        "depth": "everything", "confirmed_at": "1970-01-01T00:00:10Z", "listing": null, "listed": true,
        "deeper": [{"thread": "t_7", "peer": "7", "after": "older", "read": 50}], "conversations": 1, "messages": 50, "unreadable": 0,
        "tries": 0, "state": {"state": "waiting", "until": "1970-01-01T00:00:10Z"}, "catching_up": true,
        "missed_since": "1970-01-01T00:00:05Z", "course": {"round": 2, "stale": 1}}"#;
    let mut backfill: Backfill = serde_json::from_str(stored).unwrap();
    let [reading] = &backfill.carry_over()[..] else { panic!("a conversation that waits is forgotten") };
    let after = reading.after.as_ref().map(link_core::words::page::Cursor::as_str);
    assert_eq!((reading.peer.as_str(), reading.read, after), ("7", 50, Some("older")));
    assert!(backfill.carried.is_empty() && !serde_json::to_string(&backfill).unwrap().contains("deeper"));
}

/// Or what an earlier version's second list did not show, and the first one had given up, is called complete.
#[test]
fn a_list_that_was_begun_later_takes_back_what_the_one_before_said() {
    let mut known = done(Depth::Everything);
    (known.course.begun_as_of, known.course.listed_as_of) = (Some(at(20)), Some(at(20)));
    assert_eq!(known.complete_as_of(), Some(at(20)));
    known.course.begun_as_of = Some(at(30));
    assert_eq!(known.complete_as_of(), None);
}
