//! Everything goes well.

use chrono::TimeDelta;
use link_core::words::event::Direction;
use link_kit::{ErrorKind, IntentState, Outgoing, PageQuery, Problem, QuickReply};
use serde_json::json;

use crate::{ada, answer, asked, eve, now, pending, sends, talk, texts};

#[tokio::test]
async fn each_is_answered_where_they_are_and_the_echo_is_the_message_that_was_sent() {
    let stage = asked().await;
    for key in [ada(&stage), eve(&stage)] {
        let before = sends(&stage).await.len();
        let intent = answer(&stage, &key, "Yes, we do.", &format!("answer to {}", key.peer)).await.unwrap();
        assert_eq!(intent.state, IntentState::Queued);
        stage.settle().await;

        let sent = sends(&stage).await.split_off(before);
        let told: Vec<_> =
            sent.iter().map(|call| (&call["parameters"]["recipient"]["id"], &call["parameters"]["message"]["text"])).collect();
        assert_eq!(told, [(&json!(key.peer.as_str()), &json!("Yes, we do."))]);
        let rows = talk(&stage, &key).await;
        assert_eq!(rows.len(), 2, "the echo is a second message: {rows:?}");
        let echo = &rows[1];
        assert_eq!((echo.state.direction, echo.state.text()), (Some(Direction::Outbound), Some("Yes, we do.")));
        assert!(echo.state.told.live && echo.state.told.answer, "one of the two tellings got lost: {:?}", echo.state.told);
        assert_eq!((echo.state.intent, now(&stage, &intent).await.message()), (Some(intent.id), Some(echo.key.clone())));
        assert_eq!(pending(&stage, &key).await, [], "what was sent is still on its way out");
        let row = stage.kit.inbox().conversation(&stage.viewer, &key).await.unwrap().unwrap();
        assert_eq!((row.unread, row.snippet.as_deref()), (0, Some("Yes, we do.")));
    }
    let acts = stage.kit.activity(&stage.viewer, &PageQuery::first(100)).await.unwrap().items;
    let sent = acts.iter().filter(|act| act.act.starts_with("message.")).count();
    assert_eq!(sent, 2, "nobody knows who answered: {:?}", acts.iter().map(|act| &act.act).collect::<Vec<_>>());
}

#[tokio::test]
async fn the_same_key_sends_once_whatever_happens_between() {
    let stage = asked().await;
    let first = answer(&stage, &ada(&stage), "Yes.", "one").await.unwrap();
    let at_once = answer(&stage, &ada(&stage), "Yes.", "one").await.unwrap();
    stage.settle().await;
    let is_invalid = |problem: Problem| matches!(problem, Problem::Failed(error) if error.kind() == ErrorKind::Invalid);
    let other = async || answer(&stage, &ada(&stage), "Something else under the same key", "one").await.unwrap_err();
    assert!(is_invalid(other().await), "a caller believes that something else was sent");
    let choices = Outgoing::text(ada(&stage).peer, "Yes.").with_quick_replies([QuickReply::text("Thanks", "THANKS")]);
    let choices = stage.kit.inbox().send(&stage.viewer, &ada(&stage).account, choices, "one").await.unwrap_err();
    assert!(is_invalid(choices), "a caller believes that somebody was given a choice");
    stage.settle().await;
    assert_eq!(at_once.id, first.id);
    assert_eq!(texts(&talk(&stage, &ada(&stage)).await), ["Is the shop open?", "Yes."]);
    assert_eq!(sends(&stage).await.len(), 1, "somebody was answered twice");

    // A caller who repeats a day later, because the first answer was lost, hears what became of it and not that it is too late.
    stage.pass(TimeDelta::hours(25)).await;
    let late = answer(&stage, &ada(&stage), "Yes.", "one").await.unwrap();
    assert_eq!((late.id, late.state.as_str()), (first.id, "sent"));
    assert!(is_invalid(other().await), "a caller believes that something else was sent, now that it could not be any more");
}
