//! Too much, and in order.

use chrono::TimeDelta;
use link_kit::ErrorKind;
use serde_json::json;

use crate::stage::{PAGE, conversation, page};
use crate::{BEN, ada, answer, asked, eve, next_send, now, refusal_of, sends};

#[tokio::test]
async fn throttling_is_waited_for_and_stops_no_other_account() {
    for code in [613, 80_006] {
        let stage = asked().await;
        stage.meta.customer_writes("c2", PAGE, "Me too").await.unwrap();
        stage.settle().await;
        next_send(&stage, json!({"answer": {"code": code, "retry_after": 60}})).await;
        let throttled = answer(&stage, &ada(&stage), "Yes.", "m").await.unwrap();
        stage.settle().await;
        let waiting = now(&stage, &throttled).await;
        assert_eq!((waiting.state.as_str(), waiting.available_at), ("queued", stage.clock.time() + TimeDelta::seconds(60)));
        let behind = answer(&stage, &conversation(&stage.viewer, page(), BEN), "You too.", "m2").await.unwrap();
        let other = answer(&stage, &eve(&stage), "We do.", "i").await.unwrap();
        stage.settle().await;
        assert_eq!(now(&stage, &other).await.state.as_str(), "sent", "Instagram waits for Messenger");
        assert_eq!(now(&stage, &behind).await.state.as_str(), "queued", "a throttled account was called on");
        assert_eq!(sends(&stage).await.len(), 2);
        stage.pass(TimeDelta::seconds(61)).await;
        stage.settle().await;
        for intent in [&throttled, &behind] {
            assert_eq!(now(&stage, intent).await.state.as_str(), "sent");
        }
        assert_eq!(sends(&stage).await.len(), 4);
    }
}

#[tokio::test]
async fn what_was_said_first_arrives_first() {
    let stage = asked().await;
    next_send(&stage, json!({"answer": {"code": 613, "retry_after": 60}})).await;
    for (place, text) in ["First,", "second,", "third."].into_iter().enumerate() {
        answer(&stage, &ada(&stage), text, &format!("part {place}")).await.unwrap();
        stage.settle().await;
    }
    assert_eq!(sends(&stage).await.len(), 1, "the second part overtook the first");
    stage.pass(TimeDelta::seconds(61)).await;
    stage.settle().await;
    let said: Vec<_> = sends(&stage).await.iter().map(|call| call["parameters"]["message"]["text"].as_str().unwrap().to_owned()).collect();
    assert_eq!(said, ["First,", "First,", "second,", "third."]);
}

#[tokio::test]
async fn one_bad_answer_does_not_hold_up_the_next() {
    let stage = asked().await;
    next_send(&stage, json!({"answer": {"code": 551, "subcode": 1_545_041}})).await;
    let bad = answer(&stage, &ada(&stage), "Anybody?", "1").await.unwrap();
    let good = answer(&stage, &ada(&stage), "Yes.", "2").await.unwrap();
    stage.settle().await;
    let bad = now(&stage, &bad).await;
    assert_eq!((refusal_of(&bad).0, now(&stage, &good).await.state.as_str()), (ErrorKind::RecipientUnavailable, "sent"));
}
