use link_core::linking::connection::ConnectionKey;
use link_core::linking::setup::Depth;
use link_core::words::content::Content;
use link_core::words::event::{Channel, Direction};
use link_core::words::moment::Moment;
use link_core::words::page::Cursor;
use link_core::words::platform::Road;

use super::*;
use crate::testing::{Scene, at};

fn scene() -> Scene {
    Scene::new("o", "messenger:1", "7")
}

fn backfill(shrunk: u32) -> Backfill {
    let connection = ConnectionKey { account: scene().account, road: Road::FACEBOOK };
    let mut backfill = Backfill::new(connection, Depth::Everything, at(900));
    backfill.course.shrunk = shrunk;
    backfill
}

/// A page of the list that shows nobody who has a form, and leads on.
fn nameless(number: u32) -> HistoryPage {
    let mut page = HistoryPage::new(at(1_000));
    (page.untold, page.next) = (1, Some(Cursor::new(format!("behind {number}"))));
    page
}

/// Or everybody behind ten conversations that have no form is never read, where a weak platform is asked for one at a time.
#[test]
fn conversations_without_a_form_do_not_end_the_list() {
    let mut backfill = backfill(8);
    for number in 0..50 {
        list(&mut backfill, nameless(number), Vec::new(), None);
    }
    assert!(!backfill.listed && backfill.listing.is_some(), "nobody behind them is asked for");
    list(&mut backfill, HistoryPage::new(at(1_000)), Vec::new(), None);
    assert!(backfill.listed && !backfill.course.is_cut);
    assert_eq!(backfill.complete_as_of(), None, "whoever is behind no form is called unknown");
}

#[test]
fn a_list_without_a_form_and_without_an_end_is_left() {
    let mut backfill = backfill(8);
    for number in 0..MOST_SEEN {
        assert!(!backfill.listed, "{number}");
        list(&mut backfill, nameless(number), Vec::new(), None);
    }
    assert!(backfill.listed && backfill.course.is_cut);
}

/// A page of one message, written within the same second as all the others, that leads on.
fn one_of_a_second(number: u32) -> HistoryPage {
    let scene = scene();
    let content = Content::new(format!("m{number}").parse().unwrap()).with_text("picture");
    let mut event = scene.event(Direction::Inbound, 50, Said::Message(Box::new(content)));
    (event.channel, event.at) = (Channel::History, Some(Moment::coarse(at(50))));
    let mut told = ThreadPage::new("t_7".parse().unwrap(), scene.peer);
    (told.messages, told.older) = (1, Some(Cursor::new(format!("behind {number}"))));
    let mut page = HistoryPage::new(at(1_000));
    page.next.clone_from(&told.older);
    page.threads.push(told);
    page.events.push(event);
    page
}

fn after(pages: u32, shrunk_account: u32, shrunk_reading: u32) -> Reading {
    let mut backfill = backfill(shrunk_account);
    let mut reading = Reading { shrunk: shrunk_reading, ..Reading::new(scene().peer) };
    for number in 0..pages {
        reading = thread(&mut backfill, reading, one_of_a_second(number), None).readings.remove(0);
    }
    reading
}

/// Or four pictures that were sent at once end the reading of a conversation that is read one by one.
#[test]
fn many_small_pages_of_one_second_are_no_circle() {
    assert_eq!(after(4, 0, 0).state, ReadingState::GivenUp, "whole pages that bring nothing older lead nowhere");
    for (account, reading) in [(6, 0), (0, 6)] {
        assert_eq!(after(20, account, reading).state, ReadingState::Waiting, "{account} {reading}");
        assert_eq!(after(250, account, reading).state, ReadingState::GivenUp, "it never ends");
    }
}

#[test]
fn that_a_list_rests_is_kept_and_what_an_earlier_version_kept_reads() {
    let mut resting = backfill(3);
    let earlier = serde_json::to_value(&resting).unwrap();
    assert_eq!(serde_json::from_value::<Backfill>(earlier).unwrap(), resting);
    let cause = "read the conversations".to_owned();
    resting.course.list_rests = Some((at(5_000), crate::backfill::Waits::Failure { cause }));
    let kept = serde_json::to_string(&resting).unwrap();
    assert_eq!(serde_json::from_str::<Backfill>(&kept).unwrap(), resting);
}
