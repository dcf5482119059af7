use std::time::Duration;

use link_core::{ErrorKind, ExternalId, Secret};
use link_graph::{App, Call, Client, Host, Hosts, Version};
use serde_json::json;
use wiremock::ResponseTemplate;

use crate::{Meta, bearer, ok, parameter};

#[tokio::test]
async fn a_call_carries_its_token_in_a_header_and_a_proof_in_the_address() {
    let meta = Meta::start().await;
    meta.answer("GET", "/v26.0/77/picture", 200, &json!({"id": "77"})).await;
    let call = Call::get("read the picture", "{}/picture").id("77").query("fields", "id").with_token(&Secret::new("page-token"));
    let answer = meta.client().call(call).await.unwrap();
    assert_eq!(answer.at.to_rfc3339(), "2026-11-02T10:00:00+00:00");
    let request = meta.last().await;
    assert_eq!(bearer(&request), Some("page-token"));
    assert!(!request.url.as_str().contains("page-token"), "addresses are logged by proxies");
    // `printf page-token | openssl dgst -sha256 -hmac app-secret`
    let proof = "d8b448b9cc7d64c51098271805b3cc20b5b715e52bd587eb71b610259587c856";
    assert_eq!(parameter(&request, "appsecret_proof").as_deref(), Some(proof));
}

#[tokio::test]
async fn another_version_can_be_asked_for_and_the_one_that_answered_is_seen() {
    let meta = Meta::start().await;
    let answer = ok(200, &json!({})).insert_header("x-app-usage", r#"{"call_count":12,"total_time":3,"total_cputime":1}"#);
    meta.respond("GET", "/v24.0/me", answer).await;
    let app = App::new(ExternalId::new("1").unwrap(), Secret::new("s"));
    let hosts = Hosts::META.with(Host::FacebookGraph, &meta.server.uri()).unwrap();
    let client = Client::builder(app).hosts(hosts).version(Version::new(24, 0)).build().unwrap();
    let answer = client.call(Call::get("look", "me")).await.unwrap();
    assert_eq!(answer.served, Some(Version::V26_0), "v24.0 expired and Meta said nothing but this header");
    assert_eq!(client.last_seen().served, Some(Version::V26_0));
    assert_eq!(client.last_seen().usage.highest(), 12);
    assert_eq!(client.clone().last_seen(), client.last_seen(), "clones share what they saw");
}

#[tokio::test]
async fn a_throttled_call_says_how_long_to_wait() {
    let meta = Meta::start().await;
    let usage = r#"{"77":[{"type":"messenger","call_count":100,"total_time":1,"total_cputime":1,"estimated_time_to_regain_access":7}]}"#;
    let refusal = json!({"error": {"message": "m", "type": "OAuthException", "code": 80006, "fbtrace_id": "Tr4ce"}});
    meta.respond("GET", "/v26.0/me", ok(400, &refusal).insert_header("x-business-use-case-usage", usage)).await;
    let error = meta.client().call(Call::get("look", "me")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Throttled);
    assert_eq!(error.retry_after(), Some(Duration::from_secs(420)));
    assert_eq!(error.code().unwrap().trace.as_deref(), Some("Tr4ce"));
    assert!(error.remedy().is_some());
}

#[tokio::test]
async fn a_429_without_a_body_is_throttling_with_its_own_time() {
    let meta = Meta::start().await;
    meta.respond("GET", "/v26.0/me", ResponseTemplate::new(429).insert_header("retry-after", "30")).await;
    let error = meta.client().call(Call::get("look", "me")).await.unwrap_err();
    assert_eq!((error.kind(), error.retry_after()), (ErrorKind::Throttled, Some(Duration::from_secs(30))));
}

#[tokio::test]
async fn an_error_under_status_200_is_an_error() {
    let meta = Meta::start().await;
    meta.answer("GET", "/v26.0/me", 200, &json!({"error": {"code": 190, "error_subcode": 463}})).await;
    let error = meta.client().call(Call::get("look", "me")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SignInNeeded);
    assert_eq!(error.code().unwrap().to_string(), "190/463");
}

#[tokio::test]
async fn a_page_in_html_is_no_answer() {
    let meta = Meta::start().await;
    meta.respond("GET", "/v26.0/me", ResponseTemplate::new(503).set_body_string("<html>sorry</html>")).await;
    assert_eq!(meta.client().call(Call::get("look", "me")).await.unwrap_err().kind(), ErrorKind::Unavailable);
    meta.respond("GET", "/v26.0/you", ResponseTemplate::new(200).set_body_string("<html>hello</html>")).await;
    let answer = meta.client().call(Call::get("look", "you")).await.unwrap();
    assert_eq!(answer.json::<serde_json::Value>().unwrap_err().kind(), ErrorKind::Unrecognised);
}

#[tokio::test]
async fn a_redirect_is_not_followed_with_our_token() {
    let meta = Meta::start().await;
    let elsewhere = Meta::start().await;
    let away = ResponseTemplate::new(302).insert_header("location", elsewhere.server.uri().as_str());
    meta.respond("GET", "/v26.0/me", away).await;
    let call = Call::get("look", "me").with_token(&Secret::new("t"));
    assert!(meta.client().call(call).await.is_err());
    assert!(elsewhere.requests().await.is_empty());
}
