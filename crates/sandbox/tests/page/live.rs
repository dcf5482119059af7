//! What happens elsewhere is seen here, without asking again.

use std::sync::Arc;

use axum::Router;
use axum::extract::Query;
use axum::routing::get;
use serde_json::{Value, json};

use crate::stage::{PAGE, Stage};

/// An app's webhook address that takes everything.
async fn receiver() -> String {
    let shake = |Query(asked): Query<std::collections::BTreeMap<String, String>>| async move { asked["hub.challenge"].clone() };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let router = Router::new().route("/hook", get(shake).post(|| async { "ok" }));
    tokio::spawn(async { axum::serve(listener, router).await });
    url
}

async fn subscribe(stage: &Stage, token: &str) {
    let fields = "messages,message_echoes,message_reads,messaging_postbacks";
    let url = receiver().await;
    let callback = json!({"object": "page", "callback_url": url, "verify_token": "sandbox-verify", "fields": fields});
    let app = stage.post("/1000000000000001/subscriptions", "1000000000000001|sandbox-app-secret", &callback).await;
    let page = stage.post(&format!("/v26.0/{PAGE}/subscribed_apps"), token, &json!({"subscribed_fields": fields})).await;
    assert_eq!((app, page), (json!({"success": true}), json!({"success": true})));
}

pub(crate) async fn answers_calls_and_deliveries_appear_by_themselves(stage: Arc<Stage>) {
    stage.script("window.sameDocument = true").await;
    let token = stage.page_token().await;
    subscribe(&stage, &token).await;
    stage.write("#customer-text", "Do you deliver?").await;
    stage.click("#customer-send").await;
    stage.reads("#deliveries .entry .path", "messages").await;
    let sent: Value = stage.app_answers(&token, json!({"text": "By bicycle."})).await;
    assert!(sent["message_id"].is_string(), "{sent}");
    stage.reads("#customer-messages .theirs .bubble", "By bicycle.").await;
    stage.reads("#announcer", "Harbour Books: By bicycle.").await;
    stage.reads("#deliveries .entry .path", "message_echoes").await;
    stage.click("#customer-read").await;
    stage.reads("#deliveries .entry .path", "message_reads").await;

    stage.reads("#calls .entry:first-child .path", "/v26.0/me/messages").await.click().await.unwrap();
    let shown = stage.sees("#calls .entry[open] pre").await.text().await.unwrap();
    assert!(shown.contains("By bicycle.") && !shown.contains(&token), "the parameters are shown, the token is not: {shown}");
    stage.reads("#deliveries .entry .path", "message_echoes").await.click().await.unwrap();
    let shown = stage.sees("#deliveries .entry[open] pre").await.text().await.unwrap();
    assert!(shown.contains("\"is_echo\": true"), "the body is shown: {shown}");
    let refused = stage.app_answers(&token, json!({"text": ""})).await;
    assert!(refused["error"].is_object());
    stage.reads("#calls .entry .status.bad", "400").await;
    assert_eq!(stage.script("return window.sameDocument").await, json!(true), "the page was never loaded again");
}

pub(crate) async fn a_button_that_was_sent_can_be_pressed(stage: Arc<Stage>) {
    let token = stage.page_token().await;
    subscribe(&stage, &token).await;
    let button = json!({"type": "postback", "title": "Reserve it", "payload": "RESERVE"});
    let payload = json!({"template_type": "button", "text": "The blue one?", "buttons": [button]});
    stage.app_answers(&token, json!({"attachment": {"type": "template", "payload": payload}})).await;
    stage.click("#customer-messages .template button").await;
    stage.reads("#business-messages .theirs .bubble", "Reserve it").await;
    stage.reads("#deliveries .entry .path", "messaging_postbacks").await;

    let replies = json!([{"content_type": "text", "title": "At noon", "payload": "NOON"}]);
    stage.app_answers(&token, json!({"text": "When?", "quick_replies": replies})).await;
    stage.reads("#customer-messages .theirs .bubble", "When?").await;
    stage.reads("#business-messages .mine .foot span", "Sandbox App").await;
    stage.reads("#customer-chips button", "At noon").await.click().await.unwrap();
    stage.reads("#business-messages .theirs .bubble", "At noon").await;
    stage.misses("#customer-chips").await;
}

pub(crate) async fn a_world_that_begins_anew_is_shown_anew(stage: Arc<Stage>) {
    let token = stage.page_token().await;
    stage.app_answers(&token, json!({"text": "Forget this"})).await;
    stage.reads("#customer-messages .theirs .bubble", "Forget this").await;
    stage.sees("#calls .entry").await;
    stage.click("#reset").await;
    stage.click("#ask [type=submit]").await;
    stage.misses("#calls .entry").await;
    stage.reads("#customer-messages .message:last-child .bubble", "Thank you, see you then! (30)").await;
    let token = stage.page_token().await;
    stage.app_answers(&token, json!({"text": "A new day"})).await;
    stage.reads("#customer-messages .theirs .bubble", "A new day").await;
    stage.sees("#calls .entry").await;
}
