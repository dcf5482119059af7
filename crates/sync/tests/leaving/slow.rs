//! Calls that hang.

use futures::future::join_all;
use link_core::words::outgoing::{AttachmentKind, Body};
use link_core::words::work::{Next, Work};
use link_sync::testing::at;
use link_sync::{Dispatch, Priority};

use crate::stage::{Answers, Stage};

/// Everything of one account hangs, and much of it waits.
async fn hanging(priority: Priority) -> Stage {
    let stage = Stage::set();
    stage.answers("1", Some(Answers::Hangs));
    for person in 0..100 {
        stage.wish("1", person, priority, 60).await;
    }
    stage
}

/// If this failed, whoever wrote to another shop would wait for half a minute, again and again, because one shop's films are slow.
#[tokio::test]
async fn a_person_is_answered_at_once_though_another_accounts_calls_hang() {
    for priority in Priority::ALL {
        let stage = hanging(priority).await;
        let senders = stage.send().await;
        let under_way = senders.iter().filter(|sender| !sender.is_finished()).count();
        assert!((1..=Dispatch::SIDE_BY_SIDE / 2).contains(&under_way), "{under_way} calls of one account are under way");
        assert_eq!(stage.wire.calls("1"), under_way);
        for number in 0..20 {
            let answer = stage.wish("2", number, Priority::Person, 90).await;
            assert_eq!(stage.dispatch.step().await.unwrap(), Next::Again);
            assert_eq!(stage.state(&answer), "sent", "a person waits for another account's calls");
        }
        let offer = stage.wish("2", 99, Priority::Bulk, 90).await;
        assert_eq!(stage.dispatch.step().await.unwrap(), Next::Again);
        assert_eq!(stage.state(&offer), "sent", "nothing but people's answers leaves because one account hangs");
        senders.iter().for_each(tokio::task::JoinHandle::abort);
    }
}

/// If this failed, a shop's offers would hold up what its own people answer.
#[tokio::test]
async fn a_persons_answer_goes_before_the_offers_of_the_same_account_that_hang() {
    let stage = hanging(Priority::Bulk).await;
    let senders = stage.send().await;
    let before = stage.wire.calls("1");
    stage.answers("1", None);
    let answer = stage.wish("1", 200, Priority::Person, 95).await;
    assert_eq!(stage.dispatch.step().await.unwrap(), Next::Again);
    assert_eq!((stage.state(&answer), stage.wire.calls("1")), ("sent", before + 1), "an answer waits for the offers of its account");
    senders.iter().for_each(tokio::task::JoinHandle::abort);
}

/// If this failed, two answers of one conversation could arrive in the wrong order, or both be lost to one slow call.
#[tokio::test]
async fn what_is_behind_a_call_that_hangs_in_its_conversation_waits() {
    let stage = Stage::set();
    stage.answers("1", Some(Answers::Hangs));
    stage.wish("1", 7, Priority::Person, 60).await;
    let behind = stage.wish("1", 7, Priority::Person, 61).await;
    let senders = stage.send().await;
    assert_eq!((stage.wire.calls("1"), stage.state(&behind)), (1, "queued"), "two messages of one conversation leave at once");
    senders.iter().for_each(tokio::task::JoinHandle::abort);
}

/// If this failed, calls would pile up without a bound while a whole platform hangs.
#[tokio::test]
async fn however_many_accounts_hang_no_more_calls_are_under_way_than_may_be() {
    let stage = Stage::set();
    for account in 1..=80 {
        stage.answers(&account.to_string(), Some(Answers::Hangs));
        for person in 0..3 {
            stage.wish(&account.to_string(), person, Priority::Person, 60).await;
        }
    }
    let mut senders = stage.send().await;
    senders.extend(stage.send().await);
    let calls: usize = (1..=80).map(|account| stage.wire.calls(&account.to_string())).sum();
    assert_eq!(calls, Dispatch::SIDE_BY_SIDE, "the number of calls under way has another bound");
    senders.iter().for_each(tokio::task::JoinHandle::abort);
}

/// If this failed, an account would keep waiting for calls that came to nothing because their sender was cut off.
#[tokio::test]
async fn a_call_that_is_cut_off_holds_no_place() {
    let stage = hanging(Priority::Person).await;
    let senders = stage.send().await;
    let before = stage.wire.calls("1");
    senders.iter().for_each(tokio::task::JoinHandle::abort);
    join_all(senders).await;
    let again = stage.send().await;
    assert_eq!(stage.wire.calls("1"), 2 * before, "a place stays taken by nobody");
    again.iter().for_each(tokio::task::JoinHandle::abort);
}

/// If this failed, everybody who sends would be woken again and again, all the time that an account's calls hang.
#[tokio::test]
async fn who_finds_only_what_waits_for_a_place_sleeps() {
    let stage = hanging(Priority::Program).await;
    let senders = stage.send().await;
    let next = stage.dispatch.step().await.unwrap();
    assert!(matches!(next, Next::At(until) if until >= at(110)) || next == Next::Idle, "{next:?}");
    senders.iter().for_each(tokio::task::JoinHandle::abort);
}

/// If this failed, a film would still be under way when its claim ends, and be told as unknown though the platform answers.
#[tokio::test]
async fn a_film_that_the_platform_fetches_leaves_only_with_enough_time_left() {
    for (takes, text_is, film_is) in [(15, "sent", "sent"), (30, "sent", "queued"), (90, "queued", "queued")] {
        let stage = Stage::set();
        let film = Body::Attachment { kind: AttachmentKind::Video, url: "https://x.test/1.mp4".to_owned() };
        let (film, text) = (stage.wish_for("1", 1, Priority::Person, 60, film).await, stage.wish("1", 2, Priority::Person, 61).await);
        stage.asking_takes(takes);
        stage.dispatch.step().await.unwrap();
        stage.clock_shows(100);
        stage.dispatch.step().await.unwrap();
        assert_eq!((stage.state(&film), stage.state(&text)), (film_is, text_is), "after {takes} seconds");
    }
}
