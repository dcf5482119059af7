//! Reactions of ours stand as they were made, though answers tell their time to the second.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

use std::sync::{Arc, Mutex};

use chrono::{DateTime, TimeDelta, Utc};
use link_core::words::capabilities::{Ability, Capabilities, Form, Limits, TextLimit};
use link_core::words::clock::Clock;
use link_core::words::event::Direction;
use link_core::words::gate::{MockGate, Verdict};
use link_core::words::outgoing::{Body, Outcome, Outgoing};
use link_core::words::platform::{Platform, Road};
use link_core::words::ports::{Access, MockHistory, MockProfiles, MockSender};
use link_core::words::rules::Source;
use link_core::words::secret::Secret;
use link_core::words::work::Work as _;
use link_sync::testing::{Memory, MockAccesses, MockBudget, Scene, at};
use link_sync::{Carrier, Carriers, Checkpoint, Cleared, Dispatch, Outbox as _, Permit, apply};

const PAGE: Source = Source::new("a page", "2026-06");
const FORMS: &[Ability] = &[Ability::new(Form::Reaction, PAGE), Ability::new(Form::HeartReaction, PAGE)];
static WIRE: Capabilities = Capabilities::new(Platform::MESSENGER, TextLimit::Characters(2000)).with_abilities(FORMS, Limits::NONE);

/// The heart is the lesser of the two: of equal times the thumb would stand.
const HEART: &str = "\u{2764}\u{fe0f}";
/// The same as it is kept.
const SHOWN: &str = "\u{2764}";
const THUMB: &str = "\u{1f44d}";

struct Hand(Arc<Mutex<DateTime<Utc>>>);

impl Clock for Hand {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap()
    }
}

/// What stands after these reactions, all taken by the platform within its second 100, while our clock is so far away.
async fn after(off: TimeDelta, reactions: &[Option<&str>]) -> Option<String> {
    let (it, store) = (Scene::new("o", "messenger:1", "7"), Arc::new(Memory::default()));
    apply(&*store, &[it.writes("m1", 50, "hi")]).await.unwrap();
    let (mut gate, mut accesses, mut sender, mut budget) = (MockGate::new(), MockAccesses::new(), MockSender::new(), MockBudget::new());
    gate.expect_ask().returning(|_| Ok(Verdict::Allowed));
    accesses.expect_road().returning(|_, _| Ok(Some(Road::FACEBOOK)));
    accesses.expect_access().returning(|key| Ok(Ok(Access::new(key.account.account.clone(), Road::FACEBOOK, Secret::new("t")))));
    budget.expect_take().returning(|_| Ok(Permit::Now));
    budget.expect_resting().returning(|_| Ok(vec![]));
    sender.expect_send().times(reactions.len()).returning(|_, _| Outcome::Done { at: at(100) });
    let (history, profiles) = (Arc::new(MockHistory::new()), Arc::new(MockProfiles::new()));
    let carrier = Carrier { capabilities: &WIRE, sender: Arc::new(sender), history, profiles };
    let checkpoint = Checkpoint::new([Arc::new(gate) as _], Carriers::new([carrier]), Arc::new(budget));
    let time = Arc::new(Mutex::new(at(100) + off));
    let dispatch = Dispatch::new(checkpoint, store.clone(), store.clone(), Arc::new(accesses), Arc::new(Hand(time.clone())));
    for (number, emoji) in (1..).zip(reactions) {
        let body = Body::Reaction { message: "m1".parse().unwrap(), emoji: emoji.map(str::to_owned) };
        let mut intent = it.intent(number, &number.to_string(), "", 60);
        intent.outgoing = Outgoing::new(it.peer.clone(), body);
        store.queue(&Cleared::unchecked(intent.clone())).await.unwrap();
        dispatch.step().await.unwrap();
        *time.lock().unwrap() += TimeDelta::milliseconds(200);
        assert_eq!(store.stored().intents[&intent.intent_key()].state.as_str(), "done");
    }
    let messages = store.stored().messages;
    messages.values().next().unwrap().reactions[&Direction::Outbound].value.clone()
}

/// If this failed, the inbox would show a reaction that was taken back, or none where there is one.
#[tokio::test]
async fn the_last_of_a_second_stands_however_far_our_clock_is_away() {
    for off in [TimeDelta::zero(), TimeDelta::seconds(4), TimeDelta::seconds(-4)] {
        assert_eq!(after(off, &[Some(THUMB), None, Some(HEART)]).await.as_deref(), Some(SHOWN), "set again, {off} away");
        assert_eq!(after(off, &[Some(THUMB), Some(HEART)]).await.as_deref(), Some(SHOWN), "another one, {off} away");
        assert_eq!(after(off, &[Some(HEART), Some(THUMB), None]).await, None, "taken back, {off} away");
    }
}
