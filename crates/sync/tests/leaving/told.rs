//! What is told ahead of a wait.

use chrono::TimeDelta;
use link_core::words::gate::{Ask, By};
use link_core::words::outgoing::{Outgoing, Purpose, Writer};
use link_core::words::platform::{Feature, Road};
use link_core::words::rates::Scope;
use link_core::words::refusal::Refusal;
use link_core::words::view::Viewer;
use link_core::words::work::{Next, Work};
use link_sync::testing::{Scene, at};
use link_sync::{Attempt, Budget as _, Conversation, Passage, Pause, Priority, Spend};

use crate::stage::Stage;

const HOUR: i64 = 3_600;

async fn paused(stage: &Stage, until: i64) {
    let pause = Pause { scope: Scope::Account("messenger:1".parse().unwrap()), kind: None, until: at(until) };
    stage.pace.pause(&pause).await.unwrap();
}

/// If this failed, whoever wrote before a throttling would be told that their answer leaves now, all the time that it does not.
#[tokio::test]
async fn what_waited_before_a_throttling_is_told_its_end() {
    let stage = Stage::set();
    let mut waiting = Vec::new();
    for person in 0..10 {
        waiting.push(stage.wish("1", person, Priority::Person, 90).await);
    }
    let other = stage.wish("2", 1, Priority::Person, 90).await;
    assert_eq!(stage.checkpoint.holds_up(&waiting[0], at(100)).await.unwrap(), None);
    paused(&stage, 1_300).await;
    while stage.dispatch.step().await.unwrap() == Next::Again {}
    for intent in &waiting {
        assert_eq!(stage.checkpoint.holds_up(&stage.now(intent), at(100)).await.unwrap(), Some(at(1_300)));
        assert_eq!(stage.state(intent), "queued");
    }
    assert_eq!(stage.checkpoint.holds_up(&other, at(100)).await.unwrap(), None, "another account waits too");
}

async fn forecast(stage: &Stage, person: u128, purpose: Purpose) -> Passage {
    let it = Scene::new("o", "messenger:1", &format!("p1-{person}"));
    let by = By::Viewer(Viewer::owner(it.account.owner.clone(), "robin".parse().unwrap()));
    let ask = Ask::new(by, it.account.clone(), Road::FACEBOOK, Feature::SEND).towards(it.peer.clone());
    let outgoing = Outgoing::text(it.peer.clone(), "hello").for_purpose(purpose);
    let conversation: Conversation = stage.store.stored().conversations[&it.conversation()].clone();
    let attempt = Attempt { ask: &ask, outgoing: &outgoing, writer: Writer::Person, conversation: Some(&conversation), now: at(100) };
    stage.checkpoint.pass(attempt, Spend::forecast(Priority::Person)).await.unwrap()
}

/// If this failed, an answer would be taken on, told to wait for a day, and refused at the end of it, while nobody could do anything any more.
#[tokio::test]
async fn what_could_leave_only_after_its_window_is_refused_at_once() {
    let stage = Stage::set();
    // The person wrote at second 50.
    stage.wish("1", 1, Priority::Person, 90).await;
    paused(&stage, 23 * HOUR).await;
    assert_eq!(forecast(&stage, 1, Purpose::Response).await, Passage::Wait(at(23 * HOUR)));
    paused(&stage, 50 + 24 * HOUR).await;
    let human = at(50) + TimeDelta::days(7);
    let closed = Refusal::WindowClosed { since: Some(at(50 + 24 * HOUR)), human_agent_until: Some(human) };
    assert_eq!(forecast(&stage, 1, Purpose::Response).await, Passage::Refused(closed));
    assert_eq!(forecast(&stage, 1, Purpose::HumanAgent).await, Passage::Wait(at(50 + 24 * HOUR)), "a person may still answer by then");
}
