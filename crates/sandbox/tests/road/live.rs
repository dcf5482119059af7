use chrono::{TimeDelta, Utc};
use link_sandbox::{Controls, Sandbox};
use serde_json::json;

use crate::receiver::Receiver;
use crate::stage::{ADA, PAGE, ROBIN, scopes};

/// Controls that know the addresses only, as a separate process would.
#[tokio::test]
async fn a_world_on_the_systems_clock_works_the_same() {
    let sandbox = Sandbox::start().await.unwrap();
    let controls = Controls::new(&sandbox.facebook(), &sandbox.instagram());
    let now = controls.now().await.unwrap().parse::<chrono::DateTime<Utc>>().unwrap();
    assert!((Utc::now() - now).abs() < TimeDelta::minutes(1));
    let tokens = controls.tokens(ROBIN, &scopes()).await.unwrap();
    let receiver = Receiver::start().await;
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let post = async |path: &str, token: &str, body: serde_json::Value| {
        let url = format!("{}{path}", sandbox.facebook());
        let answer = client.post(url).bearer_auth(token).json(&body).send().await.unwrap();
        answer.json::<serde_json::Value>().await.unwrap()
    };
    let token = &tokens.page_tokens[PAGE];
    let callback =
        json!({"object": "page", "callback_url": receiver.url, "verify_token": "sandbox-verify", "fields": "messages,message_echoes"});
    post("/1000000000000001/subscriptions", "1000000000000001|sandbox-app-secret", callback).await;
    post("/me/subscribed_apps", token, json!({"subscribed_fields": ["messages", "message_echoes"]})).await;
    controls.customer_writes("c1", PAGE, "Hello").await.unwrap();
    assert_eq!(receiver.next().await.item()["message"]["text"], "Hello");
    let sent = post("/me/messages", token, json!({"recipient": {"id": ADA}, "message": {"text": "Hi"}})).await;
    assert_eq!(receiver.next().await.item()["message"]["mid"], sent["message_id"]);
    controls.advance("25h").await.unwrap();
    let late = post("/me/messages", token, json!({"recipient": {"id": ADA}, "message": {"text": "Hi"}})).await;
    assert_eq!(late["error"]["error_subcode"], 2_018_278, "the clock can be pushed ahead");
    assert_eq!(controls.state().await.unwrap()["clock"]["frozen"], json!(false));
}
