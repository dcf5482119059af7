//! Faults of calls and of webhooks, and the ledgers that show them.

use std::time::Instant;

use serde_json::{Value, json};

use super::says;
use crate::stage::Who::{Nobody, Page, User};
use crate::stage::{ADA, PAGE, Stage};

fn heard(stage: &Stage) -> Vec<String> {
    let text = |it: &Value| it["entry"][0]["messaging"][0]["message"]["text"].as_str().unwrap_or_default().to_owned();
    stage.arrived().iter().map(|it| text(&it.json())).collect()
}

async fn hooked(stage: &Stage, fault: Value) {
    stage.subscribed("messages", "messages").await;
    let mut fault = fault;
    if fault["webhook"].is_null() {
        fault["webhook"] = json!({"account": PAGE, "field": "messages"});
    }
    stage.own("faults", &fault.to_string()).await;
}

pub(super) async fn deliveries(stage: Stage) {
    stage.subscribed("messages", "messages").await;
    says(&stage, "Hi").await;
    stage.wait_for(1).await;
    let last = &crate::events::attempts(&stage, 1).await[0];
    assert_eq!((&last["status"], &last["attempt"]), (&json!(200), &json!(1)));
    assert!(last["body"].is_string() || last["body"].is_object(), "{last}");
}

pub(super) async fn undelivered(stage: Stage) {
    stage.subscribed("messages", "messages").await;
    stage.own("faults", r#"{"webhook":{"field":"messages"},"delay_ms":60000}"#).await;
    says(&stage, "Later").await;
    assert_eq!(stage.own("GET undelivered", "").await, json!({"undelivered": 1}));
    stage.own("clock", r#"{"advance":"2m"}"#).await;
    stage.wait_for(1).await;
    while stage.own("GET undelivered", "").await != json!({"undelivered": 0}) {
        tokio::task::yield_now().await;
    }
}

async fn planted(stage: &Stage) -> String {
    let id = stage.own("faults", r#"{"match":{"path":"/me"},"times":100,"answer":{"code":4}}"#).await["id"].clone();
    id.as_str().unwrap().to_owned()
}

pub(super) async fn faults_list(stage: Stage) {
    let id = planted(&stage).await;
    assert!(stage.own("GET faults", "").await.to_string().contains(&format!("\"{id}\"")));
}

pub(super) async fn faults_remove(stage: Stage) {
    let id = planted(&stage).await;
    stage.own(&format!("DELETE faults/{id}"), "").await;
    assert!(stage.get(User, "/me").await["id"].is_string());
    planted(&stage).await;
    stage.own("DELETE faults", "").await;
    assert!(stage.get(User, "/me").await["id"].is_string());
}

/// Sends `said` under a fault; whether an answer came, and how many messages there were before and after.
pub(super) async fn sends_under(stage: &Stage, fault: &str) -> (bool, i64) {
    let count = async || -> i64 {
        let list = stage.get(Page, &format!("/me/conversations?user_id={ADA}&fields=message_count")).await;
        list["data"][0]["message_count"].as_i64().unwrap()
    };
    let before = count().await;
    stage.own("faults", &format!(r#"{{"match":{{"path":"/me/messages"}},{fault}}}"#)).await;
    let body = json!({"recipient": {"id": ADA}, "message": {"text": "said"}});
    let url = format!("{}/me/messages", stage.sandbox.facebook());
    let answered = stage.client.post(url).bearer_auth(stage.token(Page)).json(&body).send().await.is_ok();
    (answered, count().await - before)
}

pub(super) async fn fault_drop(stage: Stage) {
    assert_eq!(sends_under(&stage, r#""drop":true"#).await, (false, 0));
}

pub(super) async fn fault_after_effect(stage: Stage) {
    assert_eq!(sends_under(&stage, r#""after_effect":true"#).await, (false, 1));
}

pub(super) async fn fault_delay(stage: Stage) {
    let began = Instant::now();
    assert_eq!(sends_under(&stage, r#""delay_ms":50"#).await, (true, 1));
    assert!(began.elapsed().as_millis() >= 50);
}

pub(super) async fn fault_cut(stage: Stage) {
    stage.own("faults", r#"{"match":{"path":"/me"},"cut_body":true}"#).await;
    let answer = stage.raw(User, "GET /me", "").await;
    assert_eq!(answer.status(), 200);
    assert!(answer.text().await.is_err());
}

pub(super) async fn duplicate(stage: Stage) {
    hooked(&stage, json!({"duplicate": 2})).await;
    says(&stage, "thrice").await;
    stage.wait_for(3).await;
    assert_eq!(heard(&stage), ["thrice", "thrice", "thrice"]);
}

pub(super) async fn reorder(stage: Stage) {
    hooked(&stage, json!({"reorder": 2})).await;
    says(&stage, "one").await;
    says(&stage, "two").await;
    stage.wait_for(2).await;
    assert_eq!(heard(&stage), ["two", "one"]);
}

pub(super) async fn delay(stage: Stage) {
    hooked(&stage, json!({"delay_ms": 5_000})).await;
    says(&stage, "late").await;
    says(&stage, "early").await;
    stage.wait_for(1).await;
    assert_eq!(heard(&stage), ["early"]);
    stage.own("clock", r#"{"advance":"5s"}"#).await;
    stage.wait_for(2).await;
}

pub(super) async fn lose(stage: Stage) {
    hooked(&stage, json!({"lose": true})).await;
    says(&stage, "lost").await;
    says(&stage, "kept").await;
    stage.wait_for(1).await;
    assert_eq!(heard(&stage), ["kept"]);
}

pub(super) async fn bundle(stage: Stage) {
    hooked(&stage, json!({"batch": 2})).await;
    says(&stage, "a").await;
    says(&stage, "b").await;
    assert_eq!(stage.wait_for(1).await[0].json()["entry"].as_array().unwrap().len(), 2);
}

pub(super) async fn one_customer(stage: Stage) {
    hooked(&stage, json!({"webhook": {"customer": "c1"}, "times": 100, "lose": true})).await;
    says(&stage, "of Ada's, lost").await;
    stage.own("customers/c1/actions", &json!({"to": PAGE, "action": "read"}).to_string()).await;
    stage.own("customers/c2/messages", &json!({"to": PAGE, "text": "of Ben's"}).to_string()).await;
    stage.wait_for(1).await;
    assert_eq!(heard(&stage), ["of Ben's"]);
    let unknown = stage.call(Nobody, "POST /_sandbox/faults", r#"{"webhook":{"customer":"c77"},"lose":true}"#).await;
    assert!(unknown["error"].as_str().unwrap().contains("c77"), "{unknown}");
}

pub(super) async fn chance(stage: Stage) {
    let struck = async |seed: u64| {
        stage
            .own("faults", &json!({"match": {"path": "/me"}, "times": 100, "chance": 0.5, "seed": seed, "answer": {"code": 2}}).to_string())
            .await;
        let mut struck = Vec::new();
        for _ in 0..24 {
            struck.push(stage.get(User, "/me").await.get("error").is_some());
        }
        stage.own("DELETE faults", "").await;
        struck
    };
    let first = struck(1).await;
    assert!(first.contains(&true) && first.contains(&false), "{first:?}");
    assert_eq!(struck(1).await, first, "the same seed strikes the same");
    assert_ne!(struck(2).await, first);
    hooked(&stage, json!({"times": 100, "chance": 0.5, "seed": 3, "lose": true})).await;
    for number in 0..24 {
        says(&stage, &number.to_string()).await;
    }
    stage.own("DELETE faults", "").await;
    says(&stage, "the last").await;
    while heard(&stage).last().is_none_or(|last| last != "the last") {
        tokio::task::yield_now().await;
    }
    assert!((2..24).contains(&heard(&stage).len()), "all or none were lost");
}

pub(super) async fn redeliver(stage: Stage) {
    stage.subscribed("messages", "messages").await;
    stage.refuse();
    says(&stage, "Hi").await;
    stage.wait_for(3).await;
    while stage.own("redeliver", "{}").await["redelivered"] != 1 {
        tokio::task::yield_now().await;
    }
    assert_eq!(heard(&stage)[0], "Hi");
    stage.wait_for(4).await;
}
