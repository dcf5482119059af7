//! Platforms that go round in circles, refuse, or fail.

use super::*;

#[tokio::test]
async fn pages_that_go_round_in_a_circle_end_and_what_is_behind_them_is_not_taken_for_compared() {
    let platform = Platforms::of(&[(1, 9_000), (2, 8_000)], &ALL);
    let circle = |call: &Call| {
        let mut page = platform.answer(call);
        let from_a = matches!(call, Call::List(query) if query.after.as_ref().is_some_and(|after| after.as_str() == "0"));
        page.next = Some(Cursor::new(if from_a { "00" } else { "0" }));
        page
    };
    let mut reconcile = Reconcile::of(&occasion(ReconcileReason::Downtime, 1));
    assert!(compare(&mut reconcile, &Memory::default(), &ALL, circle).await <= 5);
    assert_eq!(reconcile.compared_until, None, "what nobody saw is taken for compared");
    let all = [Stretch::new(Some(at(1)), at(NOW))];
    assert_eq!(reconcile.missed_of(&peer(7).peer), all, "nobody knows that something was not seen");
    // What was seen the next time is made good.
    reconcile.begin(&occasion(ReconcileReason::Schedule, 1));
    compare(&mut reconcile, &Memory::default(), &ALL, |call| platform.answer(call)).await;
    assert_eq!(reconcile.missed_of(&peer(7).peer), all, "a light look is taken for a thorough one");
    reconcile.begin(&occasion(ReconcileReason::Asked, 1));
    compare(&mut reconcile, &Memory::default(), &ALL, |call| platform.answer(call)).await;
    assert_eq!(reconcile.missed(), []);
}

#[tokio::test]
async fn a_conversation_that_brings_nothing_older_is_left() {
    let messages: Vec<(u32, i64)> = (0..60).map(|n| (1, 1_000 + n)).collect();
    let platform = Platforms::of(&messages, &ALL);
    let stuck = |call: &Call| match call {
        Call::List(_) => platform.answer(call),
        Call::Older(thread, query) => {
            let mut page = HistoryPage::new(at(NOW));
            page.threads.push(thread.clone());
            page.next = Some(Cursor::new(format!("{}x", query.after.as_ref().unwrap().as_str())));
            page
        }
    };
    let mut reconcile = Reconcile::of(&occasion(ReconcileReason::Downtime, 1));
    assert!(compare(&mut reconcile, &Memory::default(), &ALL, stuck).await <= 5);
    assert_eq!(reconcile.beyond, 1, "what could not be read is hidden");
}

/// Answers until nothing is left to ask, or the comparing stops; answers how many calls that took.
async fn compare_with(
    reconcile: &mut Reconcile,
    store: &Memory,
    mut answer: impl FnMut(&Call) -> std::result::Result<HistoryPage, ErrorKind>,
) -> u32 {
    let mut calls = 0;
    while let Some(call) = reconcile.next(&ALL).filter(|_| reconcile.is_waiting()) {
        calls += 1;
        assert!(calls < 500, "it never ends");
        match answer(&call) {
            Err(kind) => reconcile.failed(&call, &Error::new(kind, "read"), at(NOW)),
            Ok(page) => {
                let here = Here { known: store.known(&peer(0).view(), &reconcile.asked_about(&page)).await.unwrap(), ..Here::default() };
                let applied = reconcile.take(&page, &here);
                reconcile.advance(&call, &page, &here, &ALL);
                let facts: Vec<Fact> = applied.into_iter().map(|event| peer(0).fact(event)).collect();
                Batch::of(&facts).write(store).await.unwrap();
            }
        }
    }
    if reconcile.is_waiting() {
        reconcile.ended(at(NOW));
    }
    calls
}

#[tokio::test]
async fn a_list_that_never_leads_on_is_left_after_a_while_and_what_it_did_not_show_is_known_to_be_missing() {
    let messages: Vec<(u32, i64)> = (0..60_u32).map(|person| (person, 1_000 + i64::from(person))).collect();
    let (platform, store) = (Platforms::of(&messages, &ALL), Memory::default());
    let mut reconcile = Reconcile::of(&occasion(ReconcileReason::Downtime, 1));
    let calls = compare_with(&mut reconcile, &store, |call| match call {
        Call::List(query) if query.after.is_some() => Err(ErrorKind::Invalid),
        call => Ok(platform.answer(call)),
    });
    assert!(calls.await <= 10, "its first page is read again and again");
    assert!(matches!(reconcile.state, ReconcileState::Done { .. }), "what was seen of it counts for nothing: {:?}", reconcile.state);
    assert_eq!((reconcile.filled, reconcile.compared_until), (50, None));
    assert_eq!(reconcile.missed(), [Missed::new(None, at(1), at(NOW))]);
}

#[tokio::test]
async fn a_conversation_whose_cursor_is_refused_is_read_anew_once() {
    let messages: Vec<(u32, i64)> = (0..300).map(|n| (1, 1_000 + n)).collect();
    let platform = Platforms::of(&messages, &ALL);
    for (times, missing) in [(1, 0), (99, 200)] {
        let (store, mut refused) = (Memory::default(), 0);
        let mut reconcile = Reconcile::of(&occasion(ReconcileReason::Downtime, 1));
        let calls = compare_with(&mut reconcile, &store, |call| match call {
            Call::Older(_, query) if query.after.is_some() && refused < times => {
                refused += 1;
                Err(ErrorKind::Invalid)
            }
            call => Ok(platform.answer(call)),
        });
        assert!(calls.await <= 10);
        assert_eq!(store.stored().messages.len(), 300 - missing, "what can be read stays out");
        let hidden = (missing > 0).then(|| Stretch::new(Some(at(1)), at(1_000 + 200))).into_iter().collect::<Vec<_>>();
        assert_eq!(reconcile.missed_of(&peer(1).peer), hidden);
        assert_eq!(reconcile.compared_until, Some(at(NOW)));
    }
}

#[tokio::test]
async fn a_conversation_that_the_platform_fails_at_keeps_nothing_else_from_being_compared() {
    let messages: Vec<(u32, i64)> = (0..60).flat_map(|n| [(1, 9_000 + n), (2, 1_000 + n)]).collect();
    let (platform, store) = (Platforms::of(&messages, &ALL), Memory::default());
    let poisonous = |call: &Call| match call {
        Call::Older(thread, _) if thread.peer == peer(1).peer => Err(ErrorKind::Unavailable),
        call => Ok(platform.answer(call)),
    };
    let mut reconcile = Reconcile::of(&occasion(ReconcileReason::Downtime, 1));
    compare_with(&mut reconcile, &store, poisonous).await;
    // It may be the whole platform that is ill.
    assert!(matches!(reconcile.state, ReconcileState::Stopped { .. }));
    assert!(has(&store, key(2, 1_000)).await, "somebody waits behind a conversation that does not read");
    reconcile.begin(&occasion(ReconcileReason::Schedule, NOW - 100));
    assert_eq!((reconcile.reason, reconcile.since), (ReconcileReason::Downtime, at(1)), "what it stopped over is forgotten");
    compare_with(&mut reconcile, &store, poisonous).await;
    assert!(matches!(reconcile.state, ReconcileState::Done { .. }), "one conversation keeps the account from ever being compared");
    assert_eq!((reconcile.compared_until, reconcile.beyond), (Some(at(NOW)), 1));
    assert_eq!(reconcile.missed_of(&peer(1).peer), [Stretch::new(Some(at(1)), at(9_040))]);
    assert_eq!(reconcile.missed_of(&peer(2).peer), []);

    // Nor do twelve of them, one after the other.
    let messages: Vec<(u32, i64)> =
        (0..40).flat_map(|n| (1..=13).map(move |person| (person, 10_000 - 200 * i64::from(person) + n))).collect();
    let (busy, store) = (Platforms::of(&messages, &ALL), Memory::default());
    let poisonous = |call: &Call| match call {
        Call::Older(thread, _) if thread.peer != peer(13).peer => Err(ErrorKind::Unavailable),
        call => Ok(busy.answer(call)),
    };
    let mut reconcile = Reconcile::of(&occasion(ReconcileReason::Downtime, 1));
    let mut runs = 1;
    compare_with(&mut reconcile, &store, poisonous).await;
    while matches!(reconcile.state, ReconcileState::Stopped { .. }) && runs < 9 {
        reconcile.begin(&occasion(ReconcileReason::Schedule, NOW - 100));
        compare_with(&mut reconcile, &store, poisonous).await;
        runs += 1;
    }
    assert!(matches!(reconcile.state, ReconcileState::Done { .. }), "it is never over: {:?}", reconcile.state);
    assert!(runs <= 5, "it takes {runs} runs");
    assert!(has(&store, key(13, 7_400)).await, "whoever is behind them is never read");
    assert_eq!(reconcile.missed().len(), 12);

    // What is ill for a while loses nothing.
    let mut ill = 9;
    let mut reconcile = Reconcile::of(&occasion(ReconcileReason::Downtime, 1));
    let store = Memory::default();
    for _ in 0..2 {
        let passing = |call: &Call| {
            let fails = matches!(call, Call::Older(..)) && ill > 0;
            ill -= i32::from(fails);
            if fails { Err(ErrorKind::Unavailable) } else { Ok(platform.answer(call)) }
        };
        compare_with(&mut reconcile, &store, passing).await;
        if !reconcile.is_waiting() && reconcile.compared_until.is_none() {
            reconcile.begin(&occasion(ReconcileReason::Schedule, NOW - 100));
        }
    }
    assert_eq!((store.stored().messages.len(), reconcile.missed()), (120, &[][..]));
}
