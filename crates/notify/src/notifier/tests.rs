use std::sync::atomic::{AtomicU64, Ordering};

use chrono::DateTime;
use futures::executor::block_on;
use link_core::words::feed::{Happening, MockFeed, Position, What};
use link_core::{AccountKey, Error, ErrorKind, MessageId, OwnerId, Road, ScopedId};
use mockall::Sequence;
use mockall::predicate::{always, eq};
use proptest::prelude::*;

use super::*;
use crate::alerts::MockSwitch;
use crate::sink::MockSink;

fn received(owner: &str, message: &str) -> Happening {
    let what = What::MessageReceived {
        peer: ScopedId::new("42").unwrap(),
        road: Road::FACEBOOK,
        message: MessageId::new(message).unwrap(),
        late: false,
    };
    Happening::new(OwnerId::new(owner).unwrap(), Some("messenger:1".parse().unwrap()), what, DateTime::UNIX_EPOCH)
}

fn known(message: &str) -> Happening {
    let what = What::MessageKnown { peer: ScopedId::new("42").unwrap(), road: Road::FACEBOOK, message: MessageId::new(message).unwrap() };
    Happening::new(OwnerId::new("o").unwrap(), Some("messenger:1".parse().unwrap()), what, DateTime::UNIX_EPOCH)
}

/// A feed of these happenings at the places 1, 2, ..., and the place its reader kept.
fn feed(happenings: Vec<Happening>) -> (MockFeed, Arc<AtomicU64>) {
    let kept = Arc::new(AtomicU64::new(0));
    let mut feed = MockFeed::new();
    feed.expect_position().with(eq("alerts")).returning({
        let kept = kept.clone();
        move |_| Ok(Position(kept.load(Ordering::SeqCst)))
    });
    feed.expect_read().returning(move |query| {
        let places = (1..).map(Position).zip(happenings.clone());
        Ok(places.filter(|(place, _)| *place > query.after).take(query.limit as usize).collect())
    });
    feed.expect_keep().with(eq("alerts"), always()).returning({
        let kept = kept.clone();
        move |_, place| {
            kept.store(place.0, Ordering::SeqCst);
            Ok(())
        }
    });
    (feed, kept)
}

fn notifier(feed: MockFeed) -> Notifier {
    Notifier::new("alerts", Arc::new(feed), Alerts::new(Arc::new(|_: &AccountKey| true)))
}

fn down() -> Error {
    Error::new(ErrorKind::Unavailable, "reach the receiver")
}

/// Expects one delivery of a message, next in the sequence.
fn expect(sink: &mut MockSink, order: &mut Sequence, message: &'static str, outcome: fn() -> Result<()>) {
    sink.expect_deliver().withf(move |alert| alert.message.as_str() == message).times(1).in_sequence(order).returning(move |_| outcome());
}

#[test]
fn an_alert_that_a_sink_did_not_take_is_not_lost_but_tried_again() {
    let (feed, kept) = feed(vec![received("o", "m_1"), received("o", "m_2"), received("o", "m_3")]);
    let (mut sink, mut order) = (MockSink::new(), Sequence::new());
    expect(&mut sink, &mut order, "m_1", || Ok(()));
    expect(&mut sink, &mut order, "m_2", || Err(down()));
    expect(&mut sink, &mut order, "m_2", || Ok(()));
    expect(&mut sink, &mut order, "m_3", || Ok(()));
    let notifier = notifier(feed).with_sink(Arc::new(sink));

    assert_eq!(block_on(notifier.step()).unwrap_err().kind(), ErrorKind::Unavailable);
    assert_eq!(kept.load(Ordering::SeqCst), 1, "what was taken is behind us, what was not is not");
    assert_eq!(block_on(notifier.step()).unwrap(), Next::Idle);
    assert_eq!(kept.load(Ordering::SeqCst), 3);
    assert_eq!(block_on(notifier.step()).unwrap(), Next::Idle, "nothing new, nothing to tell");
}

#[test]
fn the_first_failure_keeps_no_place_at_all() {
    let mut feed = MockFeed::new();
    feed.expect_position().returning(|_| Ok(Position(7)));
    feed.expect_read().withf(|query| query.after == Position(7)).returning(|_| Ok(vec![(Position(8), received("o", "m_1"))]));
    feed.expect_keep().never();
    let mut sink = MockSink::new();
    sink.expect_deliver().times(1).returning(|_| Err(down()));
    block_on(notifier(feed).with_sink(Arc::new(sink)).step()).unwrap_err();
}

#[test]
fn a_repeated_happening_tells_nobody_twice() {
    let (feed, kept) = feed(vec![received("o", "m_1"), received("o", "m_1"), received("x", "m_1")]);
    let mut sink = MockSink::new();
    for owner in ["o", "x"] {
        sink.expect_deliver().withf(move |alert| alert.owner.as_str() == owner).times(1).returning(|_| Ok(()));
    }
    let notifier = notifier(feed).with_sink(Arc::new(sink));
    block_on(notifier.step()).unwrap();
    kept.store(0, Ordering::SeqCst);
    block_on(notifier.step()).unwrap();
}

#[test]
fn a_sink_that_took_an_alert_is_not_told_again_because_another_failed() {
    let (feed, _) = feed(vec![received("o", "m_1")]);
    let (mut broken, mut healthy) = (MockSink::new(), MockSink::new());
    let mut order = Sequence::new();
    expect(&mut broken, &mut order, "m_1", || Err(down()));
    expect(&mut broken, &mut order, "m_1", || Ok(()));
    healthy.expect_deliver().times(1).returning(|_| Ok(()));
    let notifier = notifier(feed).with_sink(Arc::new(broken)).with_sink(Arc::new(healthy));
    block_on(notifier.step()).unwrap_err();
    block_on(notifier.step()).unwrap();
}

#[test]
fn a_place_that_could_not_be_kept_is_an_error_and_costs_no_second_alert() {
    let mut feed = MockFeed::new();
    feed.expect_position().returning(|_| Ok(Position(0)));
    feed.expect_read().returning(|_| Ok(vec![(Position(1), received("o", "m_1"))]));
    feed.expect_keep().times(1).returning(|_, _| Err(Error::new(ErrorKind::Store, "keep the reader's place")));
    feed.expect_keep().with(eq("alerts"), eq(Position(1))).times(1).returning(|_, _| Ok(()));
    let mut sink = MockSink::new();
    sink.expect_deliver().times(1).returning(|_| Ok(()));
    let notifier = notifier(feed).with_sink(Arc::new(sink));
    assert_eq!(block_on(notifier.step()).unwrap_err().kind(), ErrorKind::Store);
    assert_eq!(block_on(notifier.step()).unwrap(), Next::Idle);
}

#[test]
fn while_nobody_can_tell_whether_alerts_are_wanted_none_is_dropped() {
    let (feed, kept) = feed(vec![known("m_0"), received("o", "m_1")]);
    let (mut switch, mut order) = (MockSwitch::new(), Sequence::new());
    let locked = || Err(Error::new(ErrorKind::Store, "read the links"));
    switch.expect_wanted().times(1).in_sequence(&mut order).returning(move |_| locked());
    switch.expect_wanted().times(1).in_sequence(&mut order).returning(|_| Ok(true));
    let mut sink = MockSink::new();
    sink.expect_deliver().times(1).returning(|_| Ok(()));
    let notifier = Notifier::new("alerts", Arc::new(feed), Alerts::new(Arc::new(switch))).with_sink(Arc::new(sink));
    block_on(notifier.step()).unwrap_err();
    assert_eq!(kept.load(Ordering::SeqCst), 1);
    block_on(notifier.step()).unwrap();
    assert_eq!(kept.load(Ordering::SeqCst), 2);
}

/// Or one row that does not read would end the alerts of everybody, at every sink, for good.
#[test]
fn an_owner_whose_link_does_not_read_ends_nobody_elses_alerts() {
    let (feed, kept) = feed(vec![received("broken", "m_1"), received("o", "m_2")]);
    let mut switch = MockSwitch::new();
    switch.expect_wanted().returning(|account| match account.owner.as_str() {
        "broken" => Err(Error::new(ErrorKind::Corrupt, "read links")),
        _ => Ok(true),
    });
    let mut sink = MockSink::new();
    sink.expect_deliver().withf(|alert| alert.message.as_str() == "m_2").times(1).returning(|_| Ok(()));
    let notifier = Notifier::new("alerts", Arc::new(feed), Alerts::new(Arc::new(switch))).with_sink(Arc::new(sink));
    assert_eq!(block_on(notifier.step()).unwrap(), Next::Idle);
    assert_eq!(kept.load(Ordering::SeqCst), 2);
}

#[test]
fn a_long_history_is_passed_over_silently_and_in_batches() {
    let (feed, kept) = feed((0..150).map(|n| known(&format!("m_{n}"))).collect());
    let mut sink = MockSink::new();
    sink.expect_deliver().never();
    let notifier = notifier(feed).with_sink(Arc::new(sink));
    assert_eq!(block_on(notifier.step()).unwrap(), Next::Again);
    assert_eq!(kept.load(Ordering::SeqCst), 100);
    assert_eq!(block_on(notifier.step()).unwrap(), Next::Idle);
    assert_eq!(kept.load(Ordering::SeqCst), 150);
}

proptest! {
    /// However the feed repeats itself and the sink fails, each message is taken once, in the order in which it was first told.
    #[test]
    fn every_message_is_taken_exactly_once(
        messages in prop::collection::vec(0_u8..12, 0..40),
        failures in prop::collection::vec(any::<bool>(), 0..20),
    ) {
        let happenings: Vec<_> = messages.iter().map(|n| received("o", &format!("m_{n}"))).collect();
        let (feed, kept) = feed(happenings);
        let taken = Arc::new(Mutex::new(Vec::new()));
        let mut sink = MockSink::new();
        let failures = Mutex::new(failures);
        sink.expect_deliver().returning({
            let taken = taken.clone();
            move |alert| {
                if failures.lock().unwrap().pop() == Some(true) {
                    return Err(down());
                }
                taken.lock().unwrap().push(alert.message.to_string());
                Ok(())
            }
        });
        let notifier = notifier(feed).with_sink(Arc::new(sink));
        while block_on(notifier.step()).is_err() {}
        let mut expected: Vec<String> = Vec::new();
        for message in messages.iter().map(|n| format!("m_{n}")) {
            if !expected.contains(&message) {
                expected.push(message);
            }
        }
        prop_assert_eq!(&*taken.lock().unwrap(), &expected);
        prop_assert_eq!(kept.load(Ordering::SeqCst), messages.len() as u64);
    }
}
