//! Conversations, messages, and what was published.

use serde_json::{Value, json};

use super::id;
use crate::stage::Who::{Login, Page};
use crate::stage::{ADA, PAGE, Stage};

async fn first_thread(stage: &Stage) -> String {
    id(&stage.get(Page, &format!("/me/conversations?user_id={ADA}")).await["data"][0])
}

pub(super) async fn media_node(stage: Stage) {
    let media = id(&stage.get(Page, "/17841400000000001/media").await["data"][0]);
    let node = stage.get(Page, &format!("/{media}?fields=caption,permalink")).await;
    assert_eq!(node["caption"], "New in the window");
}

pub(super) async fn comment(stage: Stage) {
    let body = r#"{"to":"17841400000000001","action":"comment","text":"Nice"}"#;
    let comment = stage.own("customers/c1/actions", body).await["mid"].as_str().unwrap().to_owned();
    assert_eq!(stage.get(Page, &format!("/{comment}?fields=text,username")).await["text"], "Nice");
}

pub(super) async fn conversation(stage: Stage) {
    let thread = first_thread(&stage).await;
    let told = stage.get(Page, &format!("/{thread}?fields=participants,updated_time")).await;
    assert_eq!(told["participants"]["data"][0]["name"], "Ada Marsh");
}

pub(super) async fn conversation_messages(stage: Stage) {
    let thread = first_thread(&stage).await;
    let told = stage.get(Page, &format!("/{thread}/messages?limit=3&fields=message,from")).await;
    assert_eq!(told["data"].as_array().unwrap().len(), 3);
    assert!(told["paging"]["next"].is_string());
}

async fn written(stage: &Stage, body: &str) -> Value {
    let mid = stage.own("customers/c1/messages", body).await["mid"].as_str().unwrap().to_owned();
    let fields = "id,created_time,from,to,message,attachments,shares,story,reactions,reply_to,tags,is_unsupported";
    stage.get(Page, &format!("/{mid}?fields={fields}")).await
}

pub(super) async fn message(stage: Stage) {
    let told = written(&stage, &json!({"to": PAGE, "text": "Hi"}).to_string()).await;
    assert_eq!((&told["message"], &told["created_time"]), (&json!("Hi"), &json!("2026-11-23T12:00:00+0000")));
    assert_eq!(told["from"]["email"], "4000000000000011@facebook.com");
}

pub(super) async fn message_attachments(stage: Stage) {
    let told = written(&stage, &json!({"to": PAGE, "attachments": [{"type": "image", "url": "https://e.org/i.png"}]}).to_string()).await;
    assert_eq!(told["attachments"]["data"][0]["image_data"]["url"], "https://e.org/i.png");
    let edge = stage.get(Page, &format!("/{}/attachments", id(&told))).await;
    assert_eq!(edge["data"][0]["mime_type"], "image/jpeg");
}

pub(super) async fn message_parts(stage: Stage) {
    let shared = json!({"to": "17841400000000001", "attachments": [{"type": "ig_post"}]}).to_string();
    assert_eq!(written(&stage, &shared).await["shares"]["data"][0]["type"], "ig_post");
    let story = json!({"to": "17841400000000001", "text": "love it", "story": {"kind": "reply", "id": "18041"}}).to_string();
    let told = written(&stage, &story).await;
    assert_eq!(told["story"]["reply_to"]["id"], "18041");
    let mid = id(&told);
    stage.own("customers/c1/actions", &json!({"to": "17841400000000001", "action": "react", "mid": mid, "emoji": "❤"}).to_string()).await;
    let told = stage.get(Page, &format!("/{mid}?fields=reactions")).await;
    assert_eq!(told["reactions"]["data"][0]["reaction"], "❤");
}

pub(super) async fn cursors(stage: Stage) {
    let first = stage.get(Page, "/me/conversations?limit=3").await;
    let after = first["paging"]["cursors"]["after"].as_str().unwrap();
    let second = stage.get(Page, &format!("/me/conversations?limit=3&after={after}")).await;
    assert_eq!(second["data"].as_array().unwrap().len(), 1, "four conversations, three at a time");
    let before = second["paging"]["cursors"]["before"].as_str().unwrap();
    let back = stage.get(Page, &format!("/me/conversations?limit=3&before={before}")).await;
    assert_eq!(back["data"], first["data"]);
}

async fn deep(stage: &Stage, platform: &str) -> Value {
    let list = stage.get(Page, &format!("/me/conversations?platform={platform}&fields=messages.limit(30){{message}}")).await;
    let messages = list["data"][0]["messages"]["data"].as_array().unwrap().clone();
    assert_eq!(messages.len(), 30, "every id is listed");
    stage.get(Page, &format!("/{}?fields=message", id(&messages[20]))).await
}

pub(super) async fn twenty(stage: Stage) {
    assert_eq!(deep(&stage, "instagram").await["error"]["code"], 9_000_001);
}

pub(super) async fn twenty_on_messenger(stage: Stage) {
    assert!(deep(&stage, "messenger").await["message"].is_string());
    stage.own("seed", r#"{"quirks":{"messenger_readable":"20"}}"#).await;
    assert_eq!(deep(&stage, "messenger").await["error"]["code"], 9_000_001);
}

pub(super) async fn ids_of_each_road(stage: Stage) {
    let linked = stage.get(Page, "/me/conversations?platform=instagram&user_id=5000000000000011").await;
    let login = stage.get(Login, "/me/conversations?user_id=5000000000000011").await;
    assert_ne!(linked["data"][0]["id"], login["data"][0]["id"]);
    assert_eq!(stage.get(Login, &format!("/{}", id(&linked["data"][0]))).await["error"]["code"], 100);
}
