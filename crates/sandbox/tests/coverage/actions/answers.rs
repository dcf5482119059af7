//! Faults of what a call is answered with.

use serde_json::{Value, json};

use crate::stage::Who::Page;
use crate::stage::{ADA, PAGE, Stage};

async fn plant(stage: &Stage, path: &str, fault: Value) {
    let mut fault = fault;
    fault["match"] = json!({"path": path});
    stage.own("faults", &fault.to_string()).await;
}

/// What a call is answered with, as text, and how many messages there are more.
async fn sent(stage: &Stage, fault: Value) -> (String, i64) {
    let count = async || -> i64 {
        let list = stage.get(Page, &format!("/me/conversations?user_id={ADA}&fields=message_count")).await;
        list["data"][0]["message_count"].as_i64().unwrap()
    };
    let before = count().await;
    plant(stage, "/me/messages", fault).await;
    let body = json!({"recipient": {"id": ADA}, "message": {"text": "said"}});
    let answer = stage.raw(Page, "POST /me/messages", &body.to_string()).await;
    assert_eq!(answer.status(), 200);
    (answer.text().await.unwrap(), count().await - before)
}

pub(super) async fn half(stage: Stage) {
    let (answer, more) = sent(&stage, json!({"half": true})).await;
    assert!(answer.starts_with("{\"recipient_id\"") && serde_json::from_str::<Value>(&answer).is_err(), "{answer}");
    assert_eq!(more, 1);
}

pub(super) async fn html(stage: Stage) {
    plant(&stage, "/me", json!({"html": true})).await;
    let answer = stage.raw(Page, "GET /me", "").await;
    assert_eq!(answer.headers()["content-type"], "text/html; charset=utf-8");
    let (answer, more) = sent(&stage, json!({"html": true})).await;
    assert!(answer.contains("<html>"), "{answer}");
    assert_eq!(more, 0, "nothing was done");
}

pub(super) async fn body(stage: Stage) {
    assert_eq!(sent(&stage, json!({"body": "[]"})).await, ("[]".to_owned(), 1));
}

/// Names on a page of Pages' conversations, two a page, and the cursor behind it.
async fn page(stage: &Stage, after: Option<&str>) -> (Vec<String>, String) {
    let after = after.map(|after| format!("&after={after}")).unwrap_or_default();
    let told = stage.get(Page, &format!("/{PAGE}/conversations?limit=2{after}")).await;
    let ids = told["data"].as_array().unwrap().iter().map(|it| it["id"].as_str().unwrap().to_owned());
    (ids.collect(), told["paging"]["cursors"]["after"].as_str().unwrap_or_default().to_owned())
}

pub(super) async fn empty(stage: Stage) {
    let (first, _) = page(&stage, None).await;
    plant(&stage, "/*/conversations", json!({"page": "empty", "times": 2})).await;
    let (nothing, further) = page(&stage, None).await;
    let (again, beyond) = page(&stage, Some(&further)).await;
    assert!(nothing.is_empty() && again.is_empty() && further != beyond);
    assert_eq!(page(&stage, Some(&beyond)).await.0, first);
}

pub(super) async fn repeat(stage: Stage) {
    plant(&stage, "/*/conversations", json!({"page": "repeat"})).await;
    let (first, further) = page(&stage, None).await;
    let (again, beyond) = page(&stage, Some(&further)).await;
    assert_eq!((first.len(), &again), (2, &first));
    assert!(page(&stage, Some(&beyond)).await.0.iter().all(|id| !first.contains(id)));
}

pub(super) async fn cycle(stage: Stage) {
    let (first, second) = page(&stage, None).await;
    plant(&stage, "/*/conversations", json!({"page": "cycle", "times": 2})).await;
    let (_, beginning) = page(&stage, Some(&second)).await;
    let (again, once_more) = page(&stage, Some(&beginning)).await;
    assert_eq!((again, once_more), (first, beginning), "the beginning, by the same cursor each time");
}

pub(super) async fn expired_cursor(stage: Stage) {
    let (_, further) = page(&stage, None).await;
    plant(&stage, "/*/conversations", json!({"page": "expired_cursor"})).await;
    assert_eq!(page(&stage, None).await.0.len(), 2, "who begins anew has no cursor");
    let refused = stage.get(Page, &format!("/{PAGE}/conversations?after={further}")).await;
    assert_eq!(refused["error"]["code"], 100);
    assert_eq!(page(&stage, Some(&further)).await.0.len(), 2);
}

pub(super) async fn in_batch(stage: Stage) {
    plant(&stage, "/me", json!({"half": true})).await;
    plant(&stage, "/*/conversations", json!({"html": true})).await;
    let items = json!([{"relative_url": "me?fields=id"}, {"relative_url": "me/conversations"}, {"relative_url": "me?fields=id"}]);
    let told = stage.post(Page, "/", &json!({"batch": items})).await;
    let body = |place: usize| told[place]["body"].as_str().unwrap().to_owned();
    assert!(serde_json::from_str::<Value>(&body(0)).is_err() && body(1).contains("<html>"), "{told}");
    assert_eq!(serde_json::from_str::<Value>(&body(2)).unwrap()["id"], PAGE);
}
