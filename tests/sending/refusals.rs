//! What is refused before anybody is asked.

use chrono::TimeDelta;
use link_kit::{AccountId, Failure, IntentState, Outgoing, Preferences, Purpose, Refusal};
use serde_json::json;

use crate::stage::{PAGE, Stage, conversation, page};
use crate::{ADA, EVE, ada, answer, asked, assert_refused, eve, is_window, next_send, now, preferring, sends};

#[tokio::test]
async fn a_closed_window_is_refused_before_any_call_and_a_human_may_still_answer() {
    let stage = asked().await;
    let asked_at = stage.clock.time() - TimeDelta::seconds(1);
    stage.pass(TimeDelta::hours(25)).await;
    for (key, to) in [("m", ada(&stage)), ("i", eve(&stage))] {
        let outcome = answer(&stage, &to, "Sorry for the wait", key).await;
        let closed =
            Refusal::WindowClosed { since: Some(asked_at + TimeDelta::hours(24)), human_agent_until: Some(asked_at + TimeDelta::days(7)) };
        assert_refused(&stage, outcome, |refusal| *refusal == closed).await;

        let by_hand = Outgoing::text(to.peer.clone(), "Sorry for the wait").for_purpose(Purpose::HumanAgent);
        let human = stage.kit.inbox().send(&stage.viewer, &to.account, by_hand, &format!("{key} by hand")).await.unwrap();
        stage.settle().await;
        assert_eq!(now(&stage, &human).await.state.as_str(), "sent");
        assert_eq!(sends(&stage).await.last().unwrap()["parameters"]["tag"], "HUMAN_AGENT");
    }
    stage.pass(TimeDelta::days(7)).await;
    let by_hand = Outgoing::text(ada(&stage).peer, "Much too late").for_purpose(Purpose::HumanAgent);
    let outcome = stage.kit.inbox().send(&stage.viewer, &ada(&stage).account, by_hand, "too late").await;
    assert_refused(&stage, outcome, |refusal| matches!(refusal, Refusal::WindowClosed { human_agent_until: None, .. })).await;

    stage.meta.customer_writes("c1", PAGE, "Hello again").await.unwrap();
    stage.settle().await;
    let again = answer(&stage, &ada(&stage), "Hello!", "open again").await.unwrap();
    stage.settle().await;
    assert_eq!(now(&stage, &again).await.state.as_str(), "sent", "a new message did not open the window");
}

#[tokio::test]
async fn a_window_that_closes_while_an_answer_waits_stops_it() {
    let stage = asked().await;
    next_send(&stage, json!({"answer": {"code": 613, "retry_after": 2 * 24 * 3600}})).await;
    let waiting = answer(&stage, &ada(&stage), "In a moment", "k").await.unwrap();
    stage.settle().await;
    assert_eq!(now(&stage, &waiting).await.state, IntentState::Queued);
    stage.pass(TimeDelta::hours(49)).await;
    stage.settle().await;
    let IntentState::Failed { failure: Failure::Refused(refusal) } = now(&stage, &waiting).await.state else { panic!("{waiting:?}") };
    assert!(is_window(&refusal), "{refusal:?}");
    assert_eq!(sends(&stage).await.len(), 1, "it was sent into a closed window");
}

#[tokio::test]
async fn a_text_is_measured_as_the_platform_measures_it() {
    let stage = asked().await;
    let too_long = |length, limit, unit: &str| Refusal::TooLong { length, limit, unit: unit.to_owned() };
    let outcome = answer(&stage, &ada(&stage), &"é".repeat(2001), "m").await;
    assert_refused(&stage, outcome, |refusal| *refusal == too_long(2001, 2000, "characters")).await;
    let outcome = answer(&stage, &eve(&stage), &"é".repeat(501), "i").await;
    assert_refused(&stage, outcome, |refusal| *refusal == too_long(1002, 1000, "bytes")).await;
    let longest = [
        answer(&stage, &ada(&stage), &"é".repeat(2000), "m just so").await.unwrap(),
        answer(&stage, &eve(&stage), &"é".repeat(500), "i just so").await.unwrap(),
    ];
    stage.settle().await;
    for intent in &longest {
        assert_eq!(now(&stage, intent).await.state.as_str(), "sent", "the platform takes less than we think");
    }
    assert_refused(&stage, answer(&stage, &ada(&stage), " \n", "empty").await, |refusal| *refusal == Refusal::Empty).await;
}

#[tokio::test]
async fn nobody_is_written_to_who_did_not_write() {
    let stage = asked().await;
    for stranger in [conversation(&stage.viewer, page(), "4000000000000013"), conversation(&stage.viewer, page(), EVE)] {
        let outcome = answer(&stage, &stranger, "Buy!", stranger.peer.as_str()).await;
        assert_refused(&stage, outcome, |refusal| *refusal == Refusal::UnknownPerson).await;
    }
    let nobodys: AccountId = "messenger:3000000000000002".parse().unwrap();
    let outcome = answer(&stage, &conversation(&stage.viewer, nobodys, ADA), "Hello", "not linked").await;
    assert_refused(&stage, outcome, |refusal| *refusal == Refusal::NotLinked).await;
}

#[tokio::test]
async fn a_link_that_only_reads_does_not_answer() {
    let stage = Stage::open().await;
    preferring(&stage, Preferences::default().answer(false)).await;
    stage.meta.customer_writes("c1", PAGE, "Is the shop open?").await.unwrap();
    stage.settle().await;
    let outcome = answer(&stage, &ada(&stage), "Yes.", "k").await;
    assert_refused(&stage, outcome, |refusal| *refusal == Refusal::AnswersOff).await;
}
