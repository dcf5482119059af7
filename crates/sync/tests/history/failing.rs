//! What a failure does to the reading, and what it does not.

use std::sync::Arc;

use chrono::TimeDelta;
use link_core::words::clock::Clock as _;
use link_core::words::error::ErrorKind;
use link_core::words::work::Work as _;
use link_sync::testing::MockBudget;
use link_sync::{BackfillState, BackfillStore as _, Permit, Waits};

use crate::archive::{Archive, NOW, Oddity, Talk, now};
use crate::desk::Desk;

fn archive(talks: i64, messages: i64) -> Archive {
    Archive::new((0..talks).map(|n| Talk::new(format!("p{n}"), messages, NOW - 1_000 - n * 1_000)).collect(), Oddity::None)
}

/// Or ten throttled calls, which a busy hour brings, end the history for ever.
#[tokio::test]
async fn being_told_to_wait_is_no_failed_try_and_pauses_the_account() {
    let mut desk = Desk::of(archive(1, 1).failing((0..12).map(|call| (call, ErrorKind::Throttled))));
    let mut budget = MockBudget::new();
    budget.expect_take().returning(|_| Ok(Permit::Now));
    budget.expect_pause().times(12).returning(|_| Ok(()));
    desk.budget = Arc::new(budget);
    desk.store.begin(&desk.backfill()).await.unwrap();
    desk.work().step().await.unwrap();
    let waits = desk.stands().await;
    assert_eq!((waits.tries, &waits.waits), (0, &Some(Waits::Budget)));
    assert_eq!(waits.state, BackfillState::Waiting { until: now() + TimeDelta::minutes(1) });
    assert_eq!((desk.go_on().await.state, desk.here().len()), (BackfillState::Done, 1));
}

/// Or a page of HTML in the middle of the night, or an answer that is too large, ends the history until somebody signs in again.
#[tokio::test]
async fn an_answer_that_is_none_is_asked_for_again_in_smaller_pieces() {
    let desk = Desk::of(archive(1, 1).failing((0..10).map(|call| (call, ErrorKind::Unrecognised))));
    assert_eq!((desk.read().await.state, desk.here().len()), (BackfillState::Done, 1));
    let calls = desk.archive.calls();
    assert_eq!(calls[..6], ["list 100x100", "list 50x100", "list 25x100", "list 12x100", "list 6x100", "list 3x50"]);
    assert_eq!(calls.len(), 11);
}

#[tokio::test]
async fn after_many_good_answers_more_is_asked_for_again() {
    let desk = Desk::of(archive(1, 6_000).failing([(1, ErrorKind::Unrecognised)]));
    desk.read().await;
    let calls = desk.archive.calls();
    assert_eq!((calls[2].as_str(), calls.last().unwrap().as_str(), desk.here().len()), ("p0 50", "p0 100", 6_000));
}

/// Or one conversation that the platform cannot tell keeps all the others from being read.
#[tokio::test]
async fn a_conversation_that_cannot_be_read_holds_up_no_other() {
    for kind in [ErrorKind::Unrecognised, ErrorKind::Unavailable, ErrorKind::Invalid, ErrorKind::NotFound] {
        let desk = Desk::of(archive(3, 150).broken("p0", kind));
        let backfill = desk.read().await;
        let tally = desk.tally().await;
        assert_eq!((backfill.state, tally.given_up, tally.waiting, desk.here().len()), (BackfillState::Done, 1, 0, 400), "{kind:?}");
        assert_eq!(desk.words("p1"), [("complete", None)], "{kind:?}");
        let missing = if kind == ErrorKind::NotFound { "not_permitted" } else { "gap" };
        assert_eq!(desk.words("p0")[0].0, missing, "{kind:?}");
        assert!(desk.messages().iter().all(|message| message.unsent.is_none()), "{kind:?}: it is taken for deleted");
    }
}

#[tokio::test]
async fn what_somebody_can_mend_at_the_platform_is_tried_every_hour() {
    for kind in [ErrorKind::OwnerActionNeeded, ErrorKind::AccountRestricted, ErrorKind::AppBlocked] {
        let desk = Desk::of(archive(1, 1).failing((0..30).map(|call| (call, kind))));
        desk.store.begin(&desk.backfill()).await.unwrap();
        desk.work().step().await.unwrap();
        assert!(matches!(desk.stands().await.waits, Some(Waits::Failure { .. })), "{kind:?}");
        assert_eq!(desk.go_on().await.state, BackfillState::Done, "{kind:?}");
        assert!(desk.clock.now() - now() > TimeDelta::hours(29), "{kind:?}: the platform is asked in vain all the time");
    }
}

#[tokio::test]
async fn a_dead_token_stops_it_and_signing_in_again_goes_on_where_it_was() {
    for kind in [ErrorKind::SignInNeeded, ErrorKind::PermissionMissing] {
        let desk = Desk::of(archive(1, 450).failing([(3, kind)]));
        let stopped = desk.read().await;
        assert!(matches!(stopped.state, BackfillState::Stopped { .. }), "{kind:?}");
        assert_eq!((stopped.is_denied, desk.here().len()), (kind == ErrorKind::PermissionMissing, 300));
        let before = desk.messages();
        assert_eq!(desk.read().await.state, BackfillState::Done);
        let calls = desk.archive.calls();
        assert_eq!((calls.len(), desk.here().len(), desk.words("p0")), (6, 450, vec![("complete", None)]), "{kind:?}");
        let after = desk.messages();
        assert!(before.iter().all(|message| after.contains(message)), "{kind:?}: what was read before is another thing now");
    }
}

/// Or a process that was taken for dead, and lives, undoes what its successor did.
#[tokio::test]
async fn whoever_works_on_it_does_not_undo_a_pause() {
    let desk = Desk::of(archive(1, 450));
    desk.store.begin(&desk.backfill()).await.unwrap();
    desk.work().step().await.unwrap();
    desk.change(|backfill| backfill.paused = Some(link_sync::PausedBy::new("robin".parse().unwrap(), now()))).await;
    let calls = desk.archive.calls().len();
    assert!(!desk.go_on().await.is_over());
    assert_eq!(desk.archive.calls().len(), calls, "who rests asks the platform");
    assert_eq!(desk.words("p0")[0].0, "gap", "what was not read yet is called complete");
    desk.change(|backfill| backfill.paused = None).await;
    assert_eq!((desk.go_on().await.state, desk.here().len()), (BackfillState::Done, 450));
}

/// Or one long conversation whose middle the platform refuses is read up to there for ever, and keeps everybody else waiting.
#[tokio::test]
async fn a_place_that_is_refused_each_time_is_given_up() {
    let desk = Desk::of(archive(6, 350).refusing("p0", 200).refusing("p1", 300));
    let backfill = desk.read().await;
    let tally = desk.tally().await;
    assert_eq!((backfill.state, tally.given_up, desk.here().len()), (BackfillState::Done, 2, 200 + 300 + 4 * 350));
    assert!(desk.archive.calls().len() < 60, "{} calls", desk.archive.calls().len());
    assert_eq!((desk.words("p0")[0].0, desk.words("p2")[0].0), ("gap", "complete"));
}

/// Or ten minutes without the platform make hundreds of calls of what were three.
#[tokio::test]
async fn an_outage_does_not_make_what_is_asked_for_small() {
    let desk = Desk::of(archive(4, 250).failing((1..4).map(|call| (call, ErrorKind::Unavailable))));
    desk.read().await;
    let calls = desk.archive.calls();
    assert!(calls.iter().all(|call| call.ends_with("100") && !call.ends_with("x10")), "{calls:?}");
    assert_eq!((calls.len(), desk.here().len()), (1 + 3 + 8, 1_000));

    // An answer that takes too long each time may be too much of one.
    let desk = Desk::of(archive(1, 1).failing((0..6).map(|call| (call, ErrorKind::Unavailable))));
    desk.read().await;
    assert_eq!(desk.archive.calls().last().unwrap(), "list 25x100");
}

/// Or a busy account's history is never read to its end.
#[tokio::test]
async fn whoever_writes_while_it_is_read_takes_nothing_from_it() {
    let desk = Desk::of(archive(3, 350)).waking(40);
    let backfill = desk.read().await;
    assert_eq!((backfill.state, desk.here().len()), (BackfillState::Done, 3 * 350));
    let calls = desk.archive.calls();
    let others = calls.iter().filter(|call| !call.starts_with("find new")).count();
    assert_eq!(others, 10, "a call is made in vain: {calls:?}");
    assert!(calls.iter().any(|call| call.starts_with("find new")), "who wrote is not looked for");
    assert!(desk.clock.now() - now() < TimeDelta::minutes(1), "it took {}", desk.clock.now() - now());
}

/// Or everybody's history is read in crumbs because one person's cannot be read.
#[tokio::test]
async fn a_conversation_that_fails_makes_nothing_smaller_for_the_others() {
    for kind in [ErrorKind::Unrecognised, ErrorKind::Unavailable] {
        let desk = Desk::of(archive(3, 350).broken("p0", kind));
        desk.read().await;
        let calls = desk.archive.calls();
        assert!(calls.iter().filter(|call| !call.starts_with("p0")).all(|call| call.ends_with("100")), "{kind:?}: {calls:?}");
        assert!(calls.iter().any(|call| call.starts_with("p0") && !call.ends_with("100")), "{kind:?}: it is asked for whole each time");
    }
}

/// Or five thousand conversations that would answer wait for weeks behind a list that does not.
#[tokio::test]
async fn a_list_that_fails_holds_up_no_conversation_that_is_known() {
    for kind in [ErrorKind::Unrecognised, ErrorKind::Unavailable] {
        let desk = Desk::of(archive(103, 250).losing_the_list(kind));
        desk.store.begin(&desk.backfill()).await.unwrap();
        let stands = desk.go_on_for(TimeDelta::hours(3)).await;
        assert_eq!(desk.here().len(), 100 * 250, "{kind:?}");
        assert!(!stands.is_over() && matches!(stands.waits, Some(Waits::Failure { .. })), "{kind:?}: {stands:?}");
        let lists = desk.archive.calls().iter().filter(|call| call.starts_with("list")).count();
        assert!((8..20).contains(&lists), "{kind:?}: the list is asked for {lists} times");
    }
}
