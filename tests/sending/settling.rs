//! What became of a send whose answer was lost, where no echo proves anything.

use chrono::TimeDelta;
use link_kit::{IntentState, Proof};
use serde_json::json;

use crate::stage::{INSTAGRAM, Stage};
use crate::{answer, asked, eve, next_send, now, pending, sends, talk, texts};

/// Long enough for the history to be asked, and then some.
async fn a_while_passes(stage: &Stage) {
    for _ in 0..3 {
        stage.pass(TimeDelta::minutes(5)).await;
        stage.settle().await;
    }
}

/// How often the history of one person was asked for. The health of an account is seen by its list.
async fn looks(stage: &Stage) -> usize {
    let calls = stage.calls("GET", "/conversations").await;
    calls.iter().filter(|call| !call["parameters"]["user_id"].is_null()).count()
}

fn settled(state: &IntentState) -> bool {
    matches!(state, IntentState::Sent { by: Proof::History, .. })
}

#[tokio::test]
async fn an_answer_that_was_lost_on_instagram_is_found_in_the_history() {
    let stage = asked().await;
    next_send(&stage, json!({"after_effect": true})).await;
    let intent = answer(&stage, &eve(&stage), "We do.", "i").await.unwrap();
    stage.settle().await;
    let before = looks(&stage).await;
    assert_eq!(now(&stage, &intent).await.state.as_str(), "unknown");
    a_while_passes(&stage).await;
    let found = now(&stage, &intent).await;
    assert!(settled(&found.state), "{:?}", found.state);
    assert_eq!(looks(&stage).await, before + 1, "one call has to do");
    let rows = talk(&stage, &eve(&stage)).await;
    assert_eq!((texts(&rows), rows[1].state.intent), (vec!["Do you ship?", "We do."], Some(intent.id)));
    assert_eq!((found.message(), pending(&stage, &eve(&stage)).await), (Some(rows[1].key.clone()), vec![]));
    assert_eq!(sends(&stage).await.len(), 1, "a customer was answered twice");
}

/// Its webhook is lost as well: nobody knew of the message at all.
#[tokio::test]
async fn it_is_found_though_its_echo_never_came_and_of_two_equal_ones_each_is_its_own() {
    let stage = asked().await;
    stage.meta.fault(json!({"webhook": {"account": INSTAGRAM}, "lose": true, "times": 2})).await.unwrap();
    let mut intents = Vec::new();
    for key in ["one", "two"] {
        next_send(&stage, json!({"after_effect": true})).await;
        intents.push(answer(&stage, &eve(&stage), "We do.", key).await.unwrap());
        stage.settle().await;
        stage.pass(TimeDelta::seconds(20)).await;
    }
    assert_eq!(talk(&stage, &eve(&stage)).await.len(), 1, "the story needs echoes that are lost");
    a_while_passes(&stage).await;
    let rows = talk(&stage, &eve(&stage)).await;
    assert_eq!(texts(&rows), ["Do you ship?", "We do.", "We do."]);
    for (intent, row) in intents.iter().zip(&rows[1..]) {
        let found = now(&stage, intent).await;
        assert!(settled(&found.state), "{:?}", found.state);
        assert_eq!(found.message(), Some(row.key.clone()), "the older wish became the newer message");
    }
    assert_eq!(sends(&stage).await.len(), 2);
}

#[tokio::test]
async fn a_colleagues_equal_answer_leaves_it_unknown() {
    let stage = asked().await;
    next_send(&stage, json!({"after_effect": true})).await;
    let intent = answer(&stage, &eve(&stage), "We do.", "i").await.unwrap();
    stage.settle().await;
    stage.pass(TimeDelta::seconds(10)).await;
    stage.meta.staff_writes(INSTAGRAM, "c5", "We do.").await.unwrap();
    a_while_passes(&stage).await;
    assert_eq!(now(&stage, &intent).await.state.as_str(), "unknown", "two messages and one wish: nobody can tell which");
    assert_eq!(talk(&stage, &eve(&stage)).await.len(), 3);
}

#[tokio::test]
async fn what_never_arrived_stays_unknown_and_is_not_said_again() {
    let stage = asked().await;
    next_send(&stage, json!({"drop": true})).await;
    let intent = answer(&stage, &eve(&stage), "We do.", "i").await.unwrap();
    stage.settle().await;
    let before = looks(&stage).await;
    a_while_passes(&stage).await;
    let IntentState::Unknown { absent_as_of, .. } = now(&stage, &intent).await.state else { panic!("it is called sent, or unsent") };
    assert!(absent_as_of.is_some(), "nobody says that the history holds no such message");
    for _ in 0..5 {
        stage.pass(TimeDelta::hours(12)).await;
        stage.settle().await;
    }
    assert_eq!(looks(&stage).await - before, 4, "it is looked for on and on, or only once");
    assert_eq!((now(&stage, &intent).await.state.as_str(), sends(&stage).await.len()), ("unknown", 1));
}
