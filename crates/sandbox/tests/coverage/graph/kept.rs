//! What a Page keeps: profile, personas, labels, templates, files, and who has a conversation.

use serde_json::{Value, json};

use super::{ROUTED, id, ok, set};
use crate::stage::Who::Page;
use crate::stage::{ADA, APP, PAGE, Stage};

pub(super) async fn profile(stage: Stage) {
    let path = "/me/messenger_profile";
    stage.post(Page, path, &json!({"get_started": {"payload": "START"}})).await;
    let told = stage.get(Page, &format!("{path}?fields=get_started")).await;
    assert_eq!(told["data"][0]["get_started"]["payload"], "START");
    assert!(set(&stage.call(Page, &format!("DELETE {path}"), r#"{"fields":["get_started"]}"#).await));
    assert_eq!(stage.get(Page, &format!("{path}?fields=get_started")).await["data"], json!([]));
}

pub(super) async fn custom_user_settings(stage: Stage) {
    let menu = json!([{"locale": "default", "call_to_actions": [{"type": "postback", "title": "Mine", "payload": "M"}]}]);
    assert!(set(&stage.post(Page, "/me/custom_user_settings", &json!({"psid": ADA, "persistent_menu": menu})).await));
    let told = stage.get(Page, &format!("/me/custom_user_settings?psid={ADA}")).await;
    assert_eq!(told["data"][0]["user_level_persistent_menu"], menu);
    assert!(set(&stage.call(Page, &format!("DELETE /me/custom_user_settings?psid={ADA}"), "").await));
}

pub(super) async fn personas(stage: Stage) {
    let path = format!("/{PAGE}/personas");
    let made = id(&stage.post(Page, &path, &json!({"name": "Sam", "profile_picture_url": "https://example.org/s.png"})).await);
    assert_eq!(stage.get(Page, &path).await["data"][0]["name"], "Sam");
    assert_eq!(stage.get(Page, &format!("/{made}")).await["id"], json!(made));
    assert!(ok(&stage.call(Page, &format!("DELETE /{made}"), "").await));
}

async fn labelled(stage: &Stage) -> String {
    id(&stage.post(Page, &format!("/{PAGE}/custom_labels"), &json!({"page_label_name": "VIP"})).await)
}

pub(super) async fn labels(stage: Stage) {
    let label = labelled(&stage).await;
    assert_eq!(stage.get(Page, &format!("/{PAGE}/custom_labels?fields=page_label_name")).await["data"][0]["page_label_name"], "VIP");
    assert_eq!(stage.get(Page, &format!("/{label}?fields=page_label_name")).await["page_label_name"], "VIP");
    assert!(ok(&stage.call(Page, &format!("DELETE /{label}"), "").await));
}

pub(super) async fn label_people(stage: Stage) {
    let label = labelled(&stage).await;
    assert!(ok(&stage.call(Page, &format!("POST /{label}/label?user={ADA}"), "").await));
    assert_eq!(stage.get(Page, &format!("/{ADA}/custom_labels")).await["data"][0]["id"], json!(label));
    assert!(ok(&stage.call(Page, &format!("DELETE /{label}/label?user={ADA}"), "").await));
    assert_eq!(stage.get(Page, &format!("/{ADA}/custom_labels")).await["data"], json!([]));
}

async fn routed(stage: &Stage) -> Value {
    stage.own("seed", ROUTED[0].1).await;
    json!({"recipient": {"id": ADA}})
}

async fn owner(stage: &Stage) -> Value {
    stage.get(Page, &format!("/{PAGE}/thread_owner?recipient={ADA}")).await["data"][0]["thread_owner"].clone()
}

pub(super) async fn pass_control(stage: Stage) {
    let mut body = routed(&stage).await;
    body["target_app_id"] = json!("263902037430900");
    assert!(ok(&stage.post(Page, &format!("/{PAGE}/pass_thread_control"), &body).await));
    assert_eq!(owner(&stage).await["app_id"], "263902037430900");
}

pub(super) async fn release_control(stage: Stage) {
    let body = routed(&stage).await;
    stage.post(Page, "/me/take_thread_control", &body).await;
    assert!(owner(&stage).await["expiration"].is_number());
    assert!(ok(&stage.post(Page, "/me/release_thread_control", &body).await));
    assert!(owner(&stage).await.get("expiration").is_none());
}

pub(super) async fn extend_control(stage: Stage) {
    let mut body = routed(&stage).await;
    stage.post(Page, "/me/take_thread_control", &body).await;
    let before = owner(&stage).await["expiration"].as_i64().unwrap();
    body["duration"] = json!(604_800);
    assert!(ok(&stage.post(Page, "/me/extend_thread_control", &body).await));
    assert!(owner(&stage).await["expiration"].as_i64().unwrap() > before);
}

pub(super) async fn thread_owner(stage: Stage) {
    assert!(owner(&stage).await.is_null(), "nobody owns a thread while routing is off");
    routed(&stage).await;
    assert_eq!(owner(&stage).await["app_id"], APP);
}

pub(super) async fn account_linking_token(stage: Stage) {
    let opened = stage.own("customers/c1/actions", &json!({"to": PAGE, "action": "link_account"}).to_string()).await;
    let path = format!("/me?fields=recipient&account_linking_token={}", opened["account_linking_token"].as_str().unwrap());
    assert_eq!(stage.get(Page, &path).await["recipient"], ADA);
    stage.own("clock", r#"{"advance":"5m"}"#).await;
    assert_eq!(stage.get(Page, &path).await["error"]["code"], 10_303, "it holds for five minutes");
}

pub(super) async fn message_templates(stage: Stage) {
    let path = format!("/{PAGE}/message_templates");
    let body = json!({"name": "shipped", "language": "en_US", "components": [{"type": "BODY", "text": "On its way"}]});
    assert_eq!(stage.post(Page, &path, &body).await["status"], "APPROVED");
    assert_eq!(stage.get(Page, &path).await["data"][0]["name"], "shipped");
    assert!(ok(&stage.call(Page, &format!("DELETE {path}?name=shipped"), "").await));
}

pub(super) async fn attachment_multipart(stage: Stage) {
    let file = reqwest::multipart::Part::bytes(vec![0; 64]).file_name("a.png").mime_str("image/png").unwrap();
    let form = reqwest::multipart::Form::new()
        .text("message", r#"{"attachment":{"type":"image","payload":{"is_reusable":true}}}"#)
        .part("filedata", file);
    let url = format!("{}/me/message_attachments", stage.sandbox.facebook());
    let answer = stage.client.post(url).bearer_auth(stage.token(Page)).multipart(form).send().await.unwrap();
    assert!(answer.json::<Value>().await.unwrap()["attachment_id"].is_string());
}

pub(super) async fn ways_of_writing(stage: Stage) {
    let url = |path: &str| format!("{}{path}", stage.sandbox.facebook());
    let token = stage.token(Page);
    let recipient = format!(r#"{{"id":"{ADA}"}}"#);
    let form = [("recipient", recipient.as_str()), ("message", r#"{"text":"x"}"#), ("access_token", &token)];
    let brackets = format!("recipient[id]={ADA}&message[text]=x&access_token={token}");
    for request in [
        stage.client.post(url("/v26.0/me/messages/")).form(&form),
        stage.client.post(url("/me/messages")).query(&form),
        stage.client.post(url("/v99.0/me/messages")).body(brackets),
    ] {
        let sent: Value = request.send().await.unwrap().json().await.unwrap();
        assert!(sent["message_id"].is_string(), "{sent}");
    }
}

pub(super) async fn method_override(stage: Stage) {
    let path = format!("/{PAGE}/subscribed_apps");
    stage.post(Page, &path, &json!({"subscribed_fields": ["messages"]})).await;
    assert!(ok(&stage.call(Page, &format!("POST {path}?method=delete"), "").await));
    assert_eq!(stage.get(Page, &path).await["data"], json!([]));
}
