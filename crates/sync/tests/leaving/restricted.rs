//! The platform keeps an account from writing for a while.

use chrono::TimeDelta;
use link_core::words::work::{Next, Work};
use link_sync::testing::at;
use link_sync::{Failure, IntentState, Priority};

use crate::stage::{Answers, Stage};

const HOUR: i64 = 3_600;

async fn drain(stage: &Stage) {
    while stage.dispatch.step().await.unwrap() == Next::Again {}
}

/// If this failed, everything that waits would be refused for good, one call after the other, while the platform says to stop.
#[tokio::test]
async fn a_restriction_stops_what_the_account_sends_and_ends_none_of_it() {
    let stage = Stage::set();
    stage.answers("1", Some(Answers::Restricted));
    let mut waiting = Vec::new();
    for person in 0..50 {
        waiting.push(stage.wish("1", person, Priority::Person, 60).await);
    }
    let other = stage.wish("2", 1, Priority::Person, 90).await;
    drain(&stage).await;
    assert_eq!(stage.wire.calls("1"), 1, "an account that may not write is called on");
    assert_eq!(stage.state(&other), "sent", "another account is stopped too");
    assert!(waiting.iter().all(|intent| stage.state(intent) == "queued"), "what was not looked at has failed");
    let first = stage.now(&waiting[0]);
    assert_eq!((first.available_at, first.tries), (at(100 + HOUR), 0), "a restriction counts as a failed try");

    stage.clock_shows(100 + HOUR);
    drain(&stage).await;
    assert_eq!(stage.wire.calls("1"), 2);
    let later = waiting.iter().map(|intent| stage.now(intent).available_at).max().unwrap();
    assert_eq!(later, at(100 + HOUR) + TimeDelta::hours(2), "whoever is still restricted is asked as often as before");

    stage.answers("1", None);
    stage.clock_shows(100 + 3 * HOUR);
    drain(&stage).await;
    assert!(waiting.iter().all(|intent| stage.state(intent) == "sent"), "what waited for the end of a restriction does not leave");
}

/// If this failed, an answer would be held for days and nobody would be told why it does not leave.
#[tokio::test]
async fn a_restriction_that_does_not_end_is_told_in_the_end() {
    let stage = Stage::set();
    stage.answers("1", Some(Answers::Restricted));
    let answer = stage.wish("1", 1, Priority::Person, 90).await;
    for hours in 0..30 {
        stage.clock_shows(100 + hours * HOUR);
        drain(&stage).await;
    }
    let ended = stage.now(&answer).state;
    let IntentState::Failed { failure: Failure::Platform { kind, .. } } = &ended else { unreachable!("{ended:?}") };
    assert_eq!(*kind, link_core::words::error::ErrorKind::AccountRestricted);
    assert!((3..10).contains(&stage.wire.calls("1")), "{} calls", stage.wire.calls("1"));
}
