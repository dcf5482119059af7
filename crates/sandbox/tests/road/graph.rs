use hmac::{Hmac, KeyInit, Mac};
use link_sandbox::Sandbox;
use reqwest::Method;
use serde_json::{Value, json};
use sha2::Sha256;

use crate::stage::{ADA, APP, INSTAGRAM, PAGE, ROBIN, SECRET, Stage, refusal};

#[tokio::test]
async fn every_way_of_writing_a_send_is_understood() {
    let stage = Stage::frozen().await;
    let token = stage.page_token(PAGE).await;
    let recipient = format!(r#"{{"id":"{ADA}"}}"#);
    let message = r#"{"text":"x"}"#;
    let plain = [("recipient", recipient.as_str()), ("message", message), ("access_token", &token)];
    let brackets = [("recipient[id]", ADA), ("message[text]", "x"), ("access_token", token.as_str())];
    let parts =
        reqwest::multipart::Form::new().text("recipient", recipient.clone()).text("message", message).text("access_token", token.clone());
    for request in [
        stage.client.post(stage.url("/v26.0/me/messages/")).form(&plain),
        stage.client.post(stage.url("/me/messages")).form(&brackets),
        stage.client.post(stage.url("/v24.0/me/messages")).multipart(parts),
        stage.client.post(stage.url("/me/messages")).query(&plain),
        stage.client.get(stage.url("/me/messages?method=post")).query(&plain),
        stage
            .client
            .post(stage.url("/me/messages"))
            .json(&json!({"recipient": {"id": ADA}, "message": {"text": "x"}, "access_token": token})),
    ] {
        let sent: Value = request.send().await.unwrap().json().await.unwrap();
        assert!(sent["message_id"].is_string(), "{sent}");
    }
}

#[tokio::test]
async fn an_answer_says_which_version_served_it() {
    let stage = Stage::frozen().await;
    let token = stage.page_token(PAGE).await;
    for (asked, served) in [("/v26.0", "v26.0"), ("/v20.0", "v21.0"), ("", "v21.0")] {
        let answer = stage.raw(Method::GET, &format!("{asked}/me"), &token, None).await;
        assert_eq!(answer.headers()["facebook-api-version"], served, "asked for {asked:?}");
        assert!(answer.headers().contains_key("x-fb-trace-id"));
        assert_eq!(answer.headers()["date"], "Mon, 23 Nov 2026 12:00:00 GMT", "answers are dated by the world's clock");
    }
    stage.controls.advance("60d").await.unwrap();
    let answer = stage.raw(Method::GET, "/v21.0/me", &token, None).await;
    assert_eq!(answer.headers()["facebook-api-version"], "v22.0", "a version ends when its day comes");
    let answer = stage.raw(Method::GET, "/v99.0/me", &token, None).await;
    assert_eq!(answer.headers()["facebook-api-version"], "v26.0", "a version that is yet to come is served by the newest");

    let mut seed = link_sandbox::default_seed();
    seed["quirks"]["expired_version"] = json!("2635");
    seed["quirks"]["unknown_version"] = json!("2500");
    let strict = Stage::of(Sandbox::builder().seed(seed)).await;
    let token = strict.page_token(PAGE).await;
    assert_eq!(refusal(&strict.get("/v19.0/me", &token).await).0, 2635);
    assert_eq!(refusal(&strict.get("/v99.0/me", &token).await).0, 2500);
}

#[tokio::test]
async fn what_is_not_there_is_refused_as_the_platform_refuses_it() {
    let stage = Stage::frozen().await;
    let token = stage.page_token(PAGE).await;
    for (path, expected) in [
        ("/123", (100, Some(33))),
        ("/me/insights", (2500, None)),
        ("/", (2500, None)),
        ("/me?fields=mood", (100, None)),
        ("/me?fields=id,", (2500, None)),
        ("/debug_token", (100, None)),
    ] {
        assert_eq!(refusal(&stage.get(path, &token).await), expected, "{path}");
    }
    let post = stage.post("/me/insights", &token, &json!({"name": "x"})).await;
    assert_eq!(refusal(&post), (100, Some(33)));
    let open = stage.client.get(stage.url("/me")).send().await.unwrap().json().await.unwrap();
    assert_eq!(refusal(&open), (2500, None));
    let open = stage.client.get(stage.url(&format!("/{PAGE}"))).send().await.unwrap().json().await.unwrap();
    assert_eq!(refusal(&open), (104, None));
    let other = stage.client.get(format!("{}/v26.0/me", stage.sandbox.instagram())).send().await.unwrap();
    let told: Value = other.json().await.unwrap();
    assert_eq!((&told["error"]["type"], &told["error"]["code"]), (&json!("IGApiException"), &json!(190)));
}

#[tokio::test]
async fn a_proof_is_checked_when_sent_and_missed_when_required() {
    let stage = Stage::frozen().await;
    let token = stage.page_token(PAGE).await;
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(token.as_bytes());
    let proof = hex::encode(mac.finalize().into_bytes());
    assert_eq!(stage.get(&format!("/me?appsecret_proof={proof}"), &token).await["id"], PAGE);
    assert_eq!(refusal(&stage.get("/me?appsecret_proof=0", &token).await).0, 100);
    stage.controls.seed(&json!({"apps": [{"id": APP, "require_proof": true}]})).await.unwrap();
    assert_eq!(refusal(&stage.get("/me", &token).await).0, 100);
    assert_eq!(stage.get(&format!("/me?appsecret_proof={proof}"), &token).await["id"], PAGE);
}

#[tokio::test]
async fn usage_is_counted_and_too_much_is_throttled() {
    let mut seed = link_sandbox::default_seed();
    seed["limits"] = json!({"messaging_calls_per_day": 4, "app_calls_per_hour": 2});
    let stage = Stage::of(Sandbox::builder().seed(seed)).await;
    let tokens = stage.controls.tokens(ROBIN, &crate::stage::scopes()).await.unwrap();
    let page = &tokens.page_tokens[PAGE];
    for share in [25, 50, 75, 100] {
        let answer = stage.raw(Method::GET, "/me/conversations?limit=1", page, None).await;
        let told = answer.headers()["x-business-use-case-usage"].to_str().unwrap();
        let told: Value = serde_json::from_str(told).unwrap();
        assert_eq!(told[PAGE][0]["call_count"], share);
    }
    let answer = stage.raw(Method::GET, "/me/conversations?limit=1", page, None).await;
    let told: Value = serde_json::from_str(answer.headers()["x-business-use-case-usage"].to_str().unwrap()).unwrap();
    assert!(told[PAGE][0]["estimated_time_to_regain_access"].as_i64().unwrap() > 60, "in minutes");
    assert_eq!(refusal(&answer.json().await.unwrap()).0, 80_006);
    stage.controls.advance("25h").await.unwrap();
    assert!(stage.get("/me/conversations?limit=1", page).await["data"].is_array(), "a day later it is forgotten");

    stage.get("/me", &tokens.user_token).await;
    stage.get("/me", &tokens.user_token).await;
    assert_eq!(refusal(&stage.get("/me", &tokens.user_token).await).0, 4);
}

#[tokio::test]
async fn what_happens_too_often_within_a_second_may_be_tried_again_after_it() {
    let mut seed = link_sandbox::default_seed();
    seed["limits"] = json!({"conversations_per_second": 2, "sends_per_second": 1});
    let stage = Stage::of(Sandbox::builder().seed(seed)).await;
    let token = stage.page_token(PAGE).await;
    let read = async || stage.get("/me/conversations?limit=1", &token).await;
    assert!(read().await["data"].is_array() && read().await["data"].is_array());
    assert_eq!(refusal(&read().await), (613, None));
    assert!(stage.send(&token, crate::stage::ADA_IG, json!({"text": "x"})).await["message_id"].is_string());
    assert_eq!(refusal(&stage.send(&token, crate::stage::ADA_IG, json!({"text": "x"})).await), (613, Some(2_534_040)));
    assert!(stage.send(&token, ADA, json!({"text": "x"})).await["message_id"].is_string(), "each account has its own limit");
    stage.controls.advance("1s").await.unwrap();
    assert!(read().await["data"].is_array());
}

#[tokio::test]
async fn nodes_tell_the_fields_that_are_asked_for() {
    let stage = Stage::frozen().await;
    let tokens = stage.controls.tokens(ROBIN, &crate::stage::scopes()).await.unwrap();
    let me = stage.get("/me?fields=first_name,accounts.limit(1){name}", &tokens.user_token).await;
    assert_eq!((&me["first_name"], &me["accounts"]["data"][0]["name"]), (&json!("Robin"), &json!("Harbour Books")));
    let page = stage.get(&format!("/{PAGE}?fields=name,access_token,is_published"), &tokens.user_token).await;
    assert_eq!(page["access_token"], json!(tokens.page_tokens[PAGE]), "the same Page token wherever it is asked for");
    let account = stage.get(&format!("/{INSTAGRAM}?fields=username,name"), &tokens.user_token).await;
    assert_eq!(account, json!({"id": INSTAGRAM, "username": "harbourbooks", "name": "Harbour Books"}));
    let app = stage.get(&format!("/{APP}"), &Stage::app_token()).await;
    assert_eq!(app["name"], "Sandbox App");
    let review = stage.get(&format!("/{APP}/permissions"), &Stage::app_token()).await;
    assert_eq!(review["data"][0]["status"], "live", "app review is told apart from what a person declined");
}

#[tokio::test]
async fn media_types_are_read_however_they_are_written() {
    let stage = Stage::frozen().await;
    let token = stage.page_token(PAGE).await;
    let part = |name: &str, value: &str| format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
    let form = format!("{}{}--b--\r\n", part("recipient", &format!(r#"{{"id":"{ADA}"}}"#)), part("message", r#"{"text":"x"}"#));
    let json = format!("\n {{\"recipient\":{{\"id\":\"{ADA}\"}},\"message\":{{\"text\":\"x\"}}}}");
    for (media, body) in [
        ("Multipart/Form-Data; boundary=b", &form),
        ("multipart/form-data; charset=utf-8; Boundary=b", &form),
        ("text/plain", &json),
        ("application/vnd.api+json", &json),
    ] {
        let request = stage.client.post(stage.url("/me/messages")).bearer_auth(&token).header("content-type", media).body(body.clone());
        let sent: Value = request.send().await.unwrap().json().await.unwrap();
        assert!(sent["message_id"].is_string(), "{media}: {sent}");
    }
}
