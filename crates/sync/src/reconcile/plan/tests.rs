use link_core::linking::connection::ConnectionKey;
use link_core::words::capabilities::TextLimit;
use link_core::words::content::Content;
use link_core::words::event::Channel;
use link_core::words::moment::Moment;
use link_core::words::platform::Platform;
use link_core::words::platform::Road;

use super::*;
use crate::reconcile::{Occasion, ReconcileReason};
use crate::testing::{Scene, at};

static WIRE: Capabilities = Capabilities::new(Platform::MESSENGER, TextLimit::Characters(2000));

fn scene() -> Scene {
    Scene::new("o", "messenger:1", "7")
}

fn occasion(reason: ReconcileReason, since: i64, now: i64) -> Occasion {
    let connection = ConnectionKey { account: scene().account, road: Road::FACEBOOK };
    Occasion::new(connection, at(0), reason, at(since), at(now))
}

/// A page of the list with one person who wrote just now.
fn busy(as_of: i64, next: &str) -> HistoryPage {
    let mut thread = ThreadPage::new("t_7".parse().unwrap(), scene().peer);
    thread.updated = Some(at(as_of));
    let mut page = HistoryPage::new(at(as_of));
    (page.next, page.threads) = (Some(Cursor::new(next)), vec![thread]);
    page
}

/// Looks at an account whose list leads to itself behind its first page.
fn cut(known: Option<&Reconcile>, now: i64) -> Reconcile {
    let mut reconcile = Reconcile::wanted(known, &occasion(ReconcileReason::Schedule, 100, now), false).unwrap();
    for _ in 0..2 {
        let Some(call) = reconcile.next(&WIRE) else { unreachable!("the list is not read") };
        let page = busy(now, "circle");
        reconcile.take(&page, &Here::default());
        reconcile.advance(&call, &page, &Here::default(), &WIRE);
    }
    assert!(reconcile.run.cut && reconcile.next(&WIRE).is_none());
    reconcile.ended(at(now));
    reconcile
}

/// Or each look reaches back further, is cut again for that, and all that comes from then on stays missed.
#[test]
fn a_list_that_is_cut_each_time_is_left_behind_and_stays_told_as_missed() {
    let first = cut(None, 1_000);
    let second = cut(Some(&first), 2_000);
    assert_eq!((first.compared_until, second.compared_until), (None, None), "what is behind is not tried again");
    let third = cut(Some(&second), 3_000);
    assert_eq!(third.compared_until, Some(at(3_000)));
    assert_eq!(third.missed(), [Missed::new(None, at(100), at(3_000))]);
    let next = Reconcile::wanted(Some(&third), &occasion(ReconcileReason::Schedule, 0, 4_000), false).unwrap();
    assert_eq!((next.since, next.missed().len()), (at(3_000), 1), "what was not compared is called heard");
    let old = serde_json::to_string(&first).unwrap().replace(",\"cuts\":1", "");
    assert_eq!(serde_json::from_str::<Reconcile>(&old).unwrap().cuts, 0, "what an earlier version kept does not read");
}

/// Pages of one message each, all written within one second.
fn compared_in_crumbs(pages: u32, halved: u8) -> Reconcile {
    let mut reconcile = Reconcile::of(&occasion(ReconcileReason::Downtime, 100, 1_000));
    reconcile.run.listed = true;
    let thread = ThreadPage::new("t_7".parse().unwrap(), scene().peer);
    reconcile.run.deeper.push(Deep { halved, ..Deep::of(&thread, None, at(500)) });
    for number in 0..pages {
        let Some(call) = reconcile.next(&WIRE) else { break };
        let content = Content::new(format!("m{number}").parse().unwrap()).with_text("picture");
        let mut event = scene().event(Direction::Inbound, 500, Said::Message(Box::new(content)));
        (event.channel, event.at) = (Channel::History, Some(Moment::coarse(at(500))));
        let mut page = busy(1_000, &format!("behind {number}"));
        page.events.push(event);
        reconcile.advance(&call, &page, &Here::default(), &WIRE);
    }
    reconcile
}

/// Or four pictures that were sent at once are said to be all that can be compared, where a platform is asked for one at a time.
#[test]
fn many_small_pages_of_one_second_are_no_circle() {
    assert_eq!(compared_in_crumbs(4, 0).beyond, 1, "whole pages that bring nothing older lead nowhere");
    assert_eq!(compared_in_crumbs(50, 6).beyond, 0);
    assert_eq!(compared_in_crumbs(250, 6).beyond, 1, "it never ends");
}
