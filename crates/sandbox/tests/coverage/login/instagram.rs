//! Instagram Login.

use serde_json::{Value, json};

use crate::stage::{INSTAGRAM, Stage};

const AUTHORIZE: &str = "/oauth/authorize?client_id=1000000000000002&redirect_uri=http://localhost:9/done&response_type=code\
&scope=instagram_business_basic,instagram_business_manage_messages&state=s1";

async fn authorize(stage: &Stage, form: &[(&str, &str)]) -> url::Url {
    stage.back(&format!("{}{AUTHORIZE}", stage.sandbox.instagram()), form).await
}

pub(super) async fn allow(stage: Stage) {
    let back = authorize(&stage, &[("sandbox_instagram", INSTAGRAM)]).await;
    assert!(Stage::query(&back, "code").is_some() && back.fragment() == Some("_"));
}

pub(super) async fn deny(stage: Stage) {
    let back = authorize(&stage, &[("sandbox_decision", "deny")]).await;
    assert_eq!(Stage::query(&back, "error_reason").as_deref(), Some("user_denied"));
}

async fn redeem(stage: &Stage) -> Value {
    let back = authorize(stage, &[("sandbox_instagram", INSTAGRAM)]).await;
    let code = Stage::query(&back, "code").unwrap();
    exchange(stage, &code).await
}

async fn exchange(stage: &Stage, code: &str) -> Value {
    let form = [
        ("client_id", "1000000000000002"),
        ("client_secret", "sandbox-instagram-secret"),
        ("grant_type", "authorization_code"),
        ("redirect_uri", "http://localhost:9/done"),
        ("code", code),
    ];
    let url = format!("{}/oauth/access_token", stage.sandbox.instagram());
    stage.client.post(url).form(&form).send().await.unwrap().json().await.unwrap()
}

pub(super) async fn code(stage: Stage) {
    let told = redeem(&stage).await;
    assert_eq!((&told["user_id"], told["permissions"].is_array()), (&json!(INSTAGRAM), true));
}

pub(super) async fn shape(stage: Stage) {
    stage.own("seed", r#"{"quirks":{"ig_token_shape":"data"}}"#).await;
    let told = redeem(&stage).await;
    assert!(told["data"][0]["access_token"].is_string() && told["data"][0]["permissions"].is_string());
}

pub(super) async fn errors(stage: Stage) {
    let told = exchange(&stage, "nonsense").await;
    assert_eq!((&told["error_type"], &told["code"]), (&json!("OAuthException"), &json!(400)));
}

pub(super) async fn long(stage: Stage) {
    let short = redeem(&stage).await["access_token"].as_str().unwrap().to_owned();
    let path = format!("/access_token?grant_type=ig_exchange_token&client_secret=sandbox-instagram-secret&access_token={short}");
    let told: Value = stage.client.get(format!("{}{path}", stage.sandbox.instagram())).send().await.unwrap().json().await.unwrap();
    assert_eq!((&told["token_type"], &told["expires_in"]), (&json!("bearer"), &json!(5_184_000)));
}
