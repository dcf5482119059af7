use link_sandbox::Decision;
use serde_json::Value;

use crate::stage::{ADA, PAGE, SCOPES, Stage};

/// A walk through the world, and everything that was answered on the way.
async fn story() -> Vec<String> {
    let stage = Stage::frozen().await;
    let receiver = stage.subscribed().await;
    let back = stage.controls.sign_in(&stage.dialog(&format!("scope={SCOPES}")), &Decision::allow()).await.unwrap();
    let token = stage.page_token(PAGE).await;
    let written = stage.controls.customer_writes("c1", PAGE, "Hello").await.unwrap();
    let heard = receiver.next().await.body;
    let sent = stage.send(&token, ADA, serde_json::json!({"text": "Hi"})).await;
    let echo = receiver.next().await.body;
    let refused = stage.get("/123", &token).await;
    let list: Value = stage.get("/me/conversations?fields=messages.limit(3){id,message,created_time}", &token).await;
    let list = list.to_string().replace(&stage.sandbox.facebook(), "");
    let bytes = |body: bytes::Bytes| String::from_utf8_lossy(&body).into_owned();
    vec![back, token, format!("{written:?}"), bytes(heard), sent.to_string(), bytes(echo), refused.to_string(), list]
}

#[tokio::test]
async fn a_frozen_world_answers_the_same_story_with_the_same_words() {
    assert_eq!(story().await, story().await);
}

#[tokio::test]
async fn a_stopped_sandbox_answers_nobody() {
    let stage = Stage::frozen().await;
    let Stage { sandbox, controls, client: _ } = stage;
    assert!(controls.now().await.is_ok());
    sandbox.shutdown().await;
    assert!(controls.now().await.is_err());
}
