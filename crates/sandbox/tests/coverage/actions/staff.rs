//! What the owner does in Meta's own app, and what can be seen of an app's doings there.

use serde_json::{Value, json};

use super::{says, told};
use crate::stage::Who::Page;
use crate::stage::{ADA, PAGE, Stage};

async fn staff(stage: &Stage, what: &str, body: Value) -> Value {
    stage.own(&format!("staff/{PAGE}/{what}"), &body.to_string()).await
}

async fn answers(stage: &Stage, body: Value) -> String {
    let mut body = body;
    body["to"] = json!("c1");
    staff(stage, "messages", body).await["mid"].as_str().unwrap().to_owned()
}

pub(super) async fn attachments(stage: Stage) {
    let mid = answers(&stage, json!({"attachments": [{"type": "image", "url": "https://example.org/a.jpg"}]})).await;
    let shown = told(&stage, &mid, "attachments").await;
    assert_eq!(shown["attachments"]["data"][0]["image_data"]["url"], "https://example.org/a.jpg");
}

pub(super) async fn reacts(stage: Stage) {
    stage.subscribed("messages,message_reactions", "messages").await;
    let mid = says(&stage, "Thank you").await;
    let thumb = async |action: &str| staff(&stage, "actions", json!({"to": "c1", "action": action, "mid": mid, "emoji": "👍"})).await;
    thumb("react").await;
    assert_eq!(told(&stage, &mid, "reactions").await["reactions"]["data"][0]["users"][0]["id"], PAGE);
    thumb("unreact").await;
    assert!(told(&stage, &mid, "reactions").await.get("reactions").is_none());
    says(&stage, "Bye").await;
    assert_eq!(stage.wait_for(2).await.len(), 2, "the account's own reactions are told to nobody");
}

pub(super) async fn unsends(stage: Stage) {
    let mid = answers(&stage, json!({"text": "oops"})).await;
    staff(&stage, "actions", json!({"to": "c1", "action": "unsend", "mid": mid})).await;
    assert_eq!(told(&stage, &mid, "message").await["error"]["code"], 9_000_001);
}

/// The same under the quirk: it is told as an echo that has nothing but its id.
pub(crate) async fn unsends_and_tells(stage: Stage) {
    stage.subscribed("messages,message_echoes", "messages").await;
    let heard = async |count: usize| stage.wait_for(count).await[count - 1].json()["entry"][0]["messaging"][0]["message"].clone();
    let first = answers(&stage, json!({"text": "oops"})).await;
    assert_eq!(heard(1).await["text"], "oops");
    staff(&stage, "actions", json!({"to": "c1", "action": "unsend", "mid": first})).await;
    stage.own("seed", r#"{"quirks":{"account_unsend":"told"}}"#).await;
    let second = answers(&stage, json!({"text": "oops again"})).await;
    assert_eq!(heard(2).await["text"], "oops again", "at first nobody is told");
    staff(&stage, "actions", json!({"to": "c1", "action": "unsend", "mid": second})).await;
    assert_eq!(heard(3).await, json!({"mid": second, "is_echo": true, "is_deleted": true}));
}

pub(super) async fn signs(stage: Stage) {
    let signs = async || {
        let told = stage.own("GET state", "").await;
        let all = told["conversations"].as_array().unwrap();
        let of_ada = all.iter().find(|it| it["scoped_id"] == ADA).unwrap().clone();
        (of_ada["typing"].clone(), of_ada["seen_by_account"].clone())
    };
    let act = async |action: &str| stage.post(Page, "/me/messages", &json!({"recipient": {"id": ADA}, "sender_action": action})).await;
    assert_eq!(signs().await, (json!(false), Value::Null));
    act("mark_seen").await;
    act("typing_on").await;
    assert_eq!(signs().await, (json!(true), json!("2026-11-23T12:00:00.000Z")));
    act("typing_off").await;
    assert_eq!(signs().await.0, false);
    act("typing_on").await;
    stage.own("clock", r#"{"advance":"20s"}"#).await;
    assert_eq!(signs().await.0, false, "a sign of typing fades");
}
