//! What becomes of a claimed intent: it is tried again only if it surely was not sent, and never taken for unknown while that is known.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use link_core::words::capabilities::{Capabilities, TextLimit};
use link_core::words::clock::Clock;
use link_core::words::error::{Error, ErrorKind};
use link_core::words::gate::{MockGate, Verdict};
use link_core::words::outgoing::{Outcome, Outgoing};
use link_core::words::platform::{Platform, Road};
use link_core::words::ports::{Access, MockHistory, MockProfiles, MockSender, Sender};
use link_core::words::rates::{Scope as LimitScope, Stops};
use link_core::words::secret::Secret;
use link_core::words::work::{Next, Work};
use link_sync::testing::{Memory, MockAccesses, MockBudget, Scene, at};
use link_sync::{
    Budget as _, Carrier, Carriers, Checkpoint, Cleared, Dispatch, Failure, Intent, IntentState, Outbox, Pace, Pause, Permit, apply,
};

static WIRE: Capabilities = Capabilities::new(Platform::MESSENGER, TextLimit::Characters(2000));

/// A clock that a gate may hold up.
#[derive(Clone)]
struct Hand(Arc<Mutex<DateTime<Utc>>>);

impl Clock for Hand {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap()
    }
}

/// What goes on around one send.
struct Around {
    sender: MockSender,
    budget: MockBudget,
    gate: MockGate,
    accesses: MockAccesses,
    clock: Hand,
}

impl Around {
    /// Everybody allows it, and whatever is told of the connection is kept.
    fn new(outcome: Outcome) -> Self {
        let (mut sender, mut budget, mut gate, mut accesses) = (MockSender::new(), MockBudget::new(), MockGate::new(), MockAccesses::new());
        sender.expect_send().times(..=1).return_once(|_, _| outcome);
        budget.expect_take().returning(|_| Ok(Permit::Now));
        budget.expect_resting().returning(|_| Ok(vec![]));
        gate.expect_ask().returning(|_| Ok(Verdict::Allowed));
        let access = || Access::new("messenger:1".parse().unwrap(), Road::FACEBOOK, Secret::new("t"));
        accesses.expect_road().returning(|_, _| Ok(Some(Road::FACEBOOK)));
        accesses.expect_access().returning(move |_| Ok(Ok(access())));
        Self { sender, budget, gate, accesses, clock: Hand(Arc::new(Mutex::new(at(100)))) }
    }

    /// What became of the intent after one step.
    async fn dispatched(self) -> Intent {
        self.tried(0).await
    }

    /// The same of one that was tried so often before.
    async fn tried(self, tries: u32) -> Intent {
        let it = Scene::new("o", "messenger:1", "7");
        let store = Arc::new(Memory::default());
        apply(&*store, &[it.writes("m1", 50, "hi")]).await.unwrap();
        let mut wish = it.intent(1, "k", "hello", 99);
        wish.tries = tries;
        let intent = store.queue(&Cleared::unchecked(wish)).await.unwrap();
        let (history, profiles) = (Arc::new(MockHistory::new()), Arc::new(MockProfiles::new()));
        let carrier = Carrier { capabilities: &WIRE, sender: Arc::new(self.sender), history, profiles };
        let checkpoint = Checkpoint::new([Arc::new(self.gate) as _], Carriers::new([carrier]), Arc::new(self.budget));
        let dispatch = Dispatch::new(checkpoint, store.clone(), store.clone(), Arc::new(self.accesses), Arc::new(self.clock));
        dispatch.step().await.unwrap();
        store.stored().intents[&intent.intent_key()].clone()
    }
}

fn throttled(after: Duration) -> Outcome {
    Outcome::NotSent(Error::new(ErrorKind::Throttled, "send").with_retry_after(after))
}

fn down() -> Error {
    Error::new(ErrorKind::Store, "ask a store that is down")
}

/// Or a shared budget that cannot be reached for a moment leaves messages as unknown, which surely were not sent, and nobody sends them.
#[tokio::test]
async fn a_throttled_send_goes_back_though_the_budget_cannot_be_told() {
    let mut around = Around::new(throttled(Duration::from_secs(30)));
    around.budget.expect_pause().once().returning(|_| Err(down()));
    around.accesses.expect_failed().once().returning(|_, _, _| Ok(()));
    let intent = around.dispatched().await;
    assert_eq!((intent.state, intent.available_at, intent.tries), (IntentState::Queued, at(130), 0));
}

/// Or one header of a platform, or of something on the way there, brings the sending of everybody's messages down.
#[tokio::test]
async fn a_wait_that_no_calendar_reaches_is_a_day() {
    for after in [Duration::MAX, Duration::from_secs(10_u64.pow(14)), Duration::from_secs(10 * 86_400)] {
        let mut around = Around::new(throttled(after));
        around.budget.expect_pause().once().returning(|_| Ok(()));
        around.accesses.expect_failed().returning(|_, _, _| Ok(()));
        let intent = around.dispatched().await;
        assert_eq!((intent.state, intent.available_at), (IntentState::Queued, at(100) + TimeDelta::days(1)), "{after:?}");
    }
}

/// Or a message leaves that was already told to be lost, and a person sends it once more.
#[tokio::test]
async fn what_was_asked_about_longer_than_its_claim_lasts_is_not_sent_under_it() {
    let mut around = Around::new(Outcome::Accepted { message: "m_out".parse().unwrap(), peer: None, at: at(100) });
    let clock = around.clock.clone();
    around.sender.checkpoint();
    around.sender.expect_send().never();
    around.gate.checkpoint();
    around.gate.expect_ask().returning(move |_| {
        *clock.0.lock().unwrap() = at(100) + TimeDelta::minutes(3);
        Ok(Verdict::Allowed)
    });
    let intent = around.dispatched().await;
    assert_eq!((intent.state, intent.tries), (IntentState::Queued, 0));
}

/// Or an account that was told to stop goes on, because the answer that said so was lost half way.
#[tokio::test]
async fn what_an_answer_says_that_tells_nothing_of_the_message_is_heeded_all_the_same() {
    let mut around = Around::new(Outcome::Unknown(Error::new(ErrorKind::Throttled, "send").with_retry_after(Duration::from_secs(30))));
    around.budget.expect_pause().once().withf(|pause| pause.until == at(130)).returning(|_| Ok(()));
    around.accesses.expect_failed().once().returning(|_, _, _| Ok(()));
    assert_eq!(around.dispatched().await.state.as_str(), "unknown");
}

/// Or one picture that comes too often stops everything, and a throttling that does not say how long is called again within seconds.
#[tokio::test]
async fn a_throttling_stops_what_it_is_about_and_for_as_long_as_that_takes() {
    let throttled = |stops| Outcome::NotSent(Error::new(ErrorKind::Throttled, "send").with_stops(stops));
    let mut message = Around::new(throttled(Stops::Message));
    message.accesses.expect_failed().returning(|_, _, _| Ok(()));
    let intent = message.dispatched().await;
    assert_eq!((intent.available_at, intent.tries), (at(101), 1), "a limit of one message pauses something");
    for (stops, seconds) in [(Stops::Kind, 5), (Stops::Account, 60), (Stops::App, 60)] {
        let mut around = Around::new(throttled(stops));
        around.budget.expect_pause().once().returning(|_| Ok(()));
        around.accesses.expect_failed().returning(|_, _, _| Ok(()));
        let intent = around.dispatched().await;
        assert_eq!((intent.available_at, intent.tries), (at(100 + seconds), 0), "{stops:?}");
    }
}

/// Or a message that its echo proved to be there is told as failed, and written once more by hand.
#[tokio::test]
async fn what_was_proved_meanwhile_stands_whatever_the_answer_says() {
    struct Proved(Arc<Memory>, Mutex<Option<Outcome>>);
    #[async_trait::async_trait]
    impl Sender for Proved {
        async fn send(&self, _: &Access, outgoing: &Outgoing) -> Outcome {
            let it = Scene::new("o", "messenger:1", "7");
            apply(&*self.0, &[it.echo("m_out", 100, "hello", outgoing.metadata.clone())]).await.unwrap();
            self.1.lock().unwrap().take().unwrap()
        }
    }
    let error = || Error::new(ErrorKind::Unavailable, "send");
    for outcome in [Outcome::Unknown(error()), Outcome::NotSent(error()), Outcome::Refused(error())] {
        let (it, store) = (Scene::new("o", "messenger:1", "7"), Arc::new(Memory::default()));
        apply(&*store, &[it.writes("m1", 50, "hi")]).await.unwrap();
        let intent = store.queue(&Cleared::unchecked(it.intent(1, "k", "hello", 99))).await.unwrap();
        let Around { budget, gate, mut accesses, clock, .. } = Around::new(Outcome::Done { at: at(100) });
        accesses.expect_failed().returning(|_, _, _| Ok(()));
        let (history, profiles) = (Arc::new(MockHistory::new()), Arc::new(MockProfiles::new()));
        let sender = Arc::new(Proved(store.clone(), Mutex::new(Some(outcome))));
        let carrier = Carrier { capabilities: &WIRE, sender, history, profiles };
        let checkpoint = Checkpoint::new([Arc::new(gate) as _], Carriers::new([carrier]), Arc::new(budget));
        Dispatch::new(checkpoint, store.clone(), store.clone(), Arc::new(accesses), Arc::new(clock)).step().await.unwrap();
        assert_eq!(store.stored().intents[&intent.intent_key()].state.as_str(), "sent");
    }
}

/// Or what surely was not sent is not sent, or what was refused counts as unknown, because of something beside it.
#[tokio::test]
async fn what_became_of_it_stands_though_nothing_can_be_noted_of_the_connection() {
    let unreached = Outcome::NotSent(Error::new(ErrorKind::Unavailable, "open a connection"));
    let refused = Outcome::Refused(Error::new(ErrorKind::SignInNeeded, "send"));
    for (outcome, queued) in [(unreached, true), (refused, false)] {
        let mut around = Around::new(outcome);
        around.accesses.expect_failed().once().returning(|_, _, _| Err(down()));
        let state = around.dispatched().await.state;
        match state {
            IntentState::Queued if queued => {}
            IntentState::Failed { failure: Failure::Platform { kind: ErrorKind::SignInNeeded, .. } } if !queued => {}
            other => panic!("{other:?}"),
        }
    }
}

/// If this failed, an outage would use up the tries of what comes after it, or what surely was not sent would be given up for a busy store.
#[tokio::test]
async fn a_try_is_counted_for_what_it_was() {
    let not_sent = |kind| Around::new(Outcome::NotSent(Error::new(kind, "send")));
    let after = async |mut around: Around, tries| {
        around.accesses.expect_failed().returning(|_, _, _| Ok(()));
        let intent = around.tried(tries).await;
        (intent.state.as_str(), intent.tries)
    };
    assert_eq!(after(not_sent(ErrorKind::Unavailable), 0).await, ("queued", 1));
    assert_eq!(after(not_sent(ErrorKind::Unavailable), 7).await, ("queued", 6), "an outage ends what it keeps from leaving");
    let hours_later = |hours| {
        let around = not_sent(ErrorKind::Unavailable);
        *around.clock.0.lock().unwrap() += TimeDelta::hours(hours);
        around
    };
    assert_eq!(after(hours_later(11), 7).await.0, "queued");
    assert_eq!(after(hours_later(12), 7).await.0, "failed", "what no connection was opened for is tried for ever");

    let unreadable = |kind| {
        let mut around = Around::new(Outcome::Done { at: at(100) });
        around.sender.checkpoint();
        around.accesses.checkpoint();
        around.accesses.expect_road().returning(|_, _| Ok(Some(Road::FACEBOOK)));
        around.accesses.expect_access().returning(move |_| Err(Error::new(kind, "open a token")));
        around
    };
    assert_eq!(after(unreadable(ErrorKind::Store), 9).await, ("queued", 9), "a store that cannot answer now ends a message");
    assert_eq!(after(unreadable(ErrorKind::Corrupt), 6).await, ("queued", 7));
    assert_eq!(after(unreadable(ErrorKind::Corrupt), 7).await.0, "failed", "what never can be checked holds the conversation up for ever");
}

/// If this failed, a platform that is down would be called on each second, or sooner than it asked for.
#[tokio::test]
async fn a_wait_that_the_platform_names_is_kept_and_one_that_it_does_not_grows() {
    let wait = async |after: Option<u64>, tries| {
        let mut error = Error::new(ErrorKind::Unavailable, "send");
        if let Some(seconds) = after {
            error = error.with_retry_after(Duration::from_secs(seconds));
        }
        let mut around = Around::new(Outcome::NotSent(error));
        around.accesses.expect_failed().returning(|_, _, _| Ok(()));
        (around.tried(tries).await.available_at - at(100)).num_seconds()
    };
    assert_eq!([wait(Some(77), 3).await, wait(None, 0).await, wait(None, 3).await], [77, 1, 8]);
}

/// If this failed, an account that waits with thousands of wishes would have them claimed and put back by turns, and everybody else behind them.
#[tokio::test]
async fn what_only_waits_is_left_alone_and_others_are_sent() {
    let (busy, other) = (Scene::new("o", "messenger:1", "7"), Scene::new("o", "messenger:2", "7"));
    let store = Arc::new(Memory::default());
    apply(&*store, &[other.writes("m1", 50, "hi")]).await.unwrap();
    for number in 0..20 {
        let it = Scene::new("o", "messenger:1", &format!("p{number}"));
        apply(&*store, &[it.writes(&format!("m{number}"), 50, "hi")]).await.unwrap();
        store.queue(&Cleared::unchecked(it.intent(number, &format!("k{number}"), "hello", 60))).await.unwrap();
    }
    let young = store.queue(&Cleared::unchecked(other.intent(99, "young", "hello", 99))).await.unwrap();
    let (mut gate, mut accesses, mut sender) = (MockGate::new(), MockAccesses::new(), MockSender::new());
    gate.expect_ask().returning(|_| Ok(Verdict::Allowed));
    accesses.expect_road().returning(|_, _| Ok(Some(Road::FACEBOOK)));
    accesses.expect_access().returning(|key| Ok(Ok(Access::new(key.account.account.clone(), Road::FACEBOOK, Secret::new("t")))));
    let accepted = || Outcome::Accepted { message: "m_out".parse().unwrap(), peer: None, at: at(100) };
    sender.expect_send().once().withf(|access, _| access.account.id.as_str() == "2").returning(move |_, _| accepted());
    let pace = Pace::default();
    let paused = Pause { scope: LimitScope::Account(busy.account.account.clone()), kind: None, until: at(5_000) };
    pace.pause(&paused).await.unwrap();
    let (history, profiles) = (Arc::new(MockHistory::new()), Arc::new(MockProfiles::new()));
    let carrier = Carrier { capabilities: &WIRE, sender: Arc::new(sender), history, profiles };
    let checkpoint = Checkpoint::new([Arc::new(gate) as _], Carriers::new([carrier]), Arc::new(pace));
    let clock = Hand(Arc::new(Mutex::new(at(100))));
    let dispatch = Dispatch::new(checkpoint, store.clone(), store.clone(), Arc::new(accesses), Arc::new(clock));
    let mut next = Next::Again;
    for _ in 0..4 {
        next = dispatch.step().await.unwrap();
    }
    let stored = store.stored().intents;
    assert_eq!(stored[&young.intent_key()].state.as_str(), "sent", "the other account waits");
    let touched = stored.values().filter(|intent| intent.account == busy.account && intent.tried_at.is_some()).count();
    assert!(touched <= 4, "{touched} of twenty were claimed only to be put back");
    assert_eq!(next, Next::At(at(5_000)), "somebody is woken up for what only waits");
}

/// If this failed, a machine that begins five hours fast would leave answers lying for five hours, as soon as the platform told the time.
#[tokio::test]
async fn what_waits_by_a_clock_that_was_ahead_leaves_once_that_is_known() {
    let (it, other) = (Scene::new("o", "messenger:1", "7"), Scene::new("o", "messenger:1", "8"));
    let store = Arc::new(Memory::default());
    apply(&*store, &[it.writes("m1", 50, "hi"), other.writes("m2", 50, "hi")]).await.unwrap();
    let (mut gate, mut accesses, mut sender) = (MockGate::new(), MockAccesses::new(), MockSender::new());
    gate.expect_ask().returning(|_| Ok(Verdict::Allowed));
    accesses.expect_road().returning(|_, _| Ok(Some(Road::FACEBOOK)));
    accesses.expect_access().returning(|key| Ok(Ok(Access::new(key.account.account.clone(), Road::FACEBOOK, Secret::new("t")))));
    accesses.expect_failed().returning(|_, _, _| Ok(()));
    let ahead = 100 + 5 * 3_600;
    let mut begun = 0;
    sender.expect_send().times(3).returning(move |_, _| {
        begun += 1;
        if begun == 1 {
            return Outcome::NotSent(Error::new(ErrorKind::Unavailable, "open a connection"));
        }
        Outcome::Accepted { message: format!("m_{begun}").parse().unwrap(), peer: None, at: at(101) }
    });
    let (history, profiles) = (Arc::new(MockHistory::new()), Arc::new(MockProfiles::new()));
    let carrier = Carrier { capabilities: &WIRE, sender: Arc::new(sender), history, profiles };
    let checkpoint = Checkpoint::new([Arc::new(gate) as _], Carriers::new([carrier]), Arc::new(Pace::default()));
    let clock = Hand(Arc::new(Mutex::new(at(ahead))));
    let dispatch = Dispatch::new(checkpoint, store.clone(), store.clone(), Arc::new(accesses), Arc::new(clock.clone()));
    let tried = store.queue(&Cleared::unchecked(it.intent(1, "tried", "hello", 99))).await.unwrap();
    dispatch.step().await.unwrap();
    let accepted = store.queue(&Cleared::unchecked(other.intent(2, "accepted", "hello", ahead + 1))).await.unwrap();
    // The budget lets one leave in a second.
    for seconds in 102..110 {
        *clock.0.lock().unwrap() = at(seconds);
        dispatch.step().await.unwrap();
    }
    let state = |intent: &Intent| store.stored().intents[&intent.intent_key()].state.as_str();
    assert_eq!((state(&tried), state(&accepted)), ("sent", "sent"));
}
