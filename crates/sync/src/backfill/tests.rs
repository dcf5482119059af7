use link_core::words::event::Channel;
use link_core::words::ids::{AccountKey, OwnerId};
use link_core::words::moment::Moment;
use link_core::words::platform::Road;
use link_core::words::raw::Raw;

use super::*;

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
fn what_was_missed_is_read_after_everything_else_and_once() {
    let missed = backfill(Depth::Newest(5)).catching_up(Some(at(50)));
    let again = done(Depth::Newest(5)).again(&missed).unwrap();
    assert_eq!((again.catching_up, again.listed, again.known_until()), (true, false, Some(at(50))));

    let stopped = Backfill { state: BackfillState::Stopped { cause: "dead".to_owned() }, listed: true, ..backfill(Depth::Newest(5)) };
    let mut again = stopped.again(&missed).unwrap();
    assert_eq!((again.catching_up, again.listed), (false, true), "a backfill that was cut off does not go on where it was");
    again.end_part(at(60));
    assert_eq!((again.catching_up, again.state.clone()), (true, BackfillState::Waiting { until: at(60) }), "what was missed is not read");
    again.end_part(at(70));
    assert_eq!((again.catching_up, again.missed_since, again.state.clone()), (false, None, BackfillState::Done));
    assert_eq!(again.again(&backfill(Depth::Newest(5))), None, "it is read again for ever");

    let nothing = backfill(Depth::Nothing).catching_up(Some(at(50)));
    assert!(nothing.catching_up, "who wants no history is not told what was missed");
    assert!(!backfill(Depth::Nothing).catching_up(None).catching_up);
}

#[test]
fn an_account_that_is_linked_anew_is_read_anew() {
    let wanted = Backfill { confirmed_at: at(90), ..backfill(Depth::Newest(5)) };
    let stopped = Backfill { state: BackfillState::Stopped { cause: "unlinked".to_owned() }, ..backfill(Depth::Everything) };
    for known in [done(Depth::Newest(5)), done(Depth::Everything), stopped] {
        assert_eq!(known.again(&wanted), Some(wanted.clone()), "what came between two links is never read");
    }
    assert_eq!(wanted.again(&backfill(Depth::Newest(5))), None, "an earlier confirmation undoes a later one");
}

#[test]
fn more_that_is_wanted_while_less_is_being_read_is_read() {
    let deeper = backfill(Depth::Newest(5)).again(&backfill(Depth::Everything)).unwrap();
    assert_eq!((deeper.depth, deeper.listed), (Depth::Everything, false));
    assert_eq!(backfill(Depth::Everything).again(&backfill(Depth::Newest(5))), None);
}

#[test]
fn what_is_known_already_is_left_out_and_ends_the_reading() {
    let event = |peer: &str, seconds| {
        let said = Said::Unknown(Raw::parse("{}").unwrap());
        let mut event = Event::new("messenger:1".parse().unwrap(), Road::FACEBOOK, Channel::History, at(99), said);
        (event.sender, event.at) = (ScopedId::new(peer).ok(), Some(Moment::coarse(at(seconds))));
        event
    };
    let thread = |peer: &str| {
        let mut thread = ThreadPage::new(ExternalId::new(format!("t{peer}")).unwrap(), ScopedId::new(peer).unwrap());
        thread.older = Some(Cursor::new("older"));
        thread
    };
    let mut page = HistoryPage::new(at(99));
    (page.events, page.threads) = (vec![event("7", 70), event("8", 60), event("8", 40)], vec![thread("7"), thread("8")]);
    assert!(!leave_out_known(&mut page, at(50)));
    assert_eq!(page.events.len(), 2);
    let older: Vec<_> = page.threads.iter().map(|thread| thread.older.is_some()).collect();
    assert_eq!(older, [true, false], "a conversation is read on behind what is known, or not up to it");
    let mut known = HistoryPage::new(at(99));
    (known.events, known.threads) = (vec![event("9", 30)], vec![thread("9")]);
    assert!(leave_out_known(&mut known, at(50)), "the whole history is read to catch up");
    let mut unreadable = HistoryPage::new(at(99));
    unreadable.threads = vec![thread("9")];
    assert!(!leave_out_known(&mut unreadable, at(50)), "a page that shows nothing ends the reading");
}
