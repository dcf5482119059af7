use std::collections::BTreeMap;

use link_core::words::ports::{DialogAsk, GrantState, Grants};
use link_core::{ErrorKind, Scope, Secret};
use link_graph::{Configuration, FacebookLogin};
use serde_json::{Value, json};
use url::Url;

use crate::{Meta, bearer, field, parameter};

const REDIRECT: &str = "https://shop.example/link/back";

fn ask() -> DialogAsk {
    DialogAsk::new(Secret::new("st-1"), REDIRECT, vec![Scope::known("pages_show_list"), Scope::known("pages_messaging")])
}

fn query(address: &str) -> BTreeMap<String, String> {
    Url::parse(address).unwrap().query_pairs().into_owned().collect()
}

fn inspected(expires_at: i64) -> Value {
    json!({"data": {
        "app_id": 1000, "type": "USER", "is_valid": true, "expires_at": expires_at, "data_access_expires_at": 1_800_000_000, "user_id": 555,
        "scopes": ["pages_show_list", "pages_messaging", "instagram_basic"],
        "granular_scopes": [
            {"scope": "pages_show_list", "target_ids": ["77", 78]}, {"scope": "pages_messaging"}, {"scope": "instagram_basic", "target_ids": []}
        ]
    }})
}

fn permissions() -> Value {
    json!({"data": [
        {"permission": "pages_show_list", "status": "granted"}, {"permission": "pages_messaging", "status": "granted"},
        {"permission": "instagram_manage_messages", "status": "declined"}, {"permission": "email", "status": "expired"}
    ]})
}

#[tokio::test]
async fn the_dialog_asks_for_scopes_and_ties_the_answer_to_the_asker() {
    let login = FacebookLogin::new(Meta::start().await.client());
    let address = login.dialog(&ask().again()).unwrap();
    assert!(Url::parse(&address).unwrap().path().ends_with("/v26.0/dialog/oauth"));
    let query = query(&address);
    let expected = [
        ("auth_type", "rerequest"),
        ("client_id", "1000"),
        ("redirect_uri", REDIRECT),
        ("response_type", "code"),
        ("scope", "pages_show_list,pages_messaging"),
        ("state", "st-1"),
    ];
    assert_eq!(query.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect::<Vec<_>>(), expected);
}

#[tokio::test]
async fn a_configuration_takes_the_place_of_scopes() {
    let client = Meta::start().await.client();
    let by = |configuration| query(&FacebookLogin::new(client.clone()).with_configuration(configuration).dialog(&ask()).unwrap());
    let person = by(Configuration::new("cfg"));
    assert_eq!(person["config_id"], "cfg");
    assert!(!person.contains_key("scope"), "Meta refuses a dialog with both");
    assert!(!person.contains_key("override_default_response_type"));
    let system = by(Configuration::new("cfg").for_system_user());
    assert_eq!(system["override_default_response_type"], "true");
}

#[tokio::test]
async fn a_dialog_that_could_only_fail_is_not_opened() {
    let login = FacebookLogin::new(Meta::start().await.client());
    let kind = |ask| login.dialog(&ask).unwrap_err().kind();
    assert_eq!(kind(DialogAsk::new(Secret::new("s"), REDIRECT, vec![])), ErrorKind::Configuration);
    assert_eq!(kind(DialogAsk::new(Secret::new("s"), "not an address", vec![Scope::known("x")])), ErrorKind::Configuration);
}

#[tokio::test]
async fn a_code_becomes_a_long_lived_token_with_all_that_was_granted_and_declined() {
    let meta = Meta::start().await;
    meta.answer_form("/v26.0/oauth/access_token", "code=", &json!({"access_token": "short", "token_type": "bearer", "expires_in": 5000}))
        .await;
    meta.answer_form("/v26.0/oauth/access_token", "fb_exchange_token=short", &json!({"access_token": "long", "expires_in": 5_183_944}))
        .await;
    meta.answer("GET", "/v26.0/debug_token", 200, &inspected(0)).await;
    meta.answer("GET", "/v26.0/me/permissions", 200, &permissions()).await;
    let signed = FacebookLogin::new(meta.client()).exchange(&Secret::new("AQB-code#_=_"), REDIRECT).await.unwrap();

    assert_eq!(signed.person.as_str(), "555");
    assert_eq!(signed.token.expose(), "long");
    assert_eq!(signed.expires_at, None, "0 is never");
    assert_eq!(signed.data_access_expires_at.unwrap().timestamp(), 1_800_000_000);
    let of = |scope: &str| signed.grants.iter().find(|grant| grant.scope.as_str() == scope).unwrap();
    let targets = |scope| of(scope).targets.as_ref().map(|ids| ids.iter().map(ToString::to_string).collect::<Vec<_>>());
    assert_eq!(targets("pages_show_list"), Some(vec!["77".to_owned(), "78".to_owned()]));
    assert_eq!(targets("pages_messaging"), None, "no list means all assets");
    assert_eq!(targets("instagram_basic"), Some(vec![]), "an empty list means none");
    assert_eq!(of("instagram_manage_messages").state, GrantState::Declined);
    assert_eq!(of("email").state, GrantState::Expired);
    assert_eq!(of("pages_show_list").state, GrantState::Granted);

    let requests = meta.requests().await;
    assert_eq!(field(&requests[0], "code").as_deref(), Some("AQB-code"), "the fragment is no part of the code");
    assert_eq!(field(&requests[0], "redirect_uri").as_deref(), Some(REDIRECT));
    assert_eq!(field(&requests[0], "client_secret").as_deref(), Some("app-secret"));
    assert!(requests[..2].iter().all(|request| request.url.query().is_none()), "no secret stands in the address of an exchange");
    assert_eq!(field(&requests[1], "grant_type").as_deref(), Some("fb_exchange_token"));
    assert_eq!(parameter(&requests[2], "input_token").as_deref(), Some("long"));
    assert_eq!(bearer(&requests[2]), Some("1000|app-secret"));
    assert_eq!(bearer(&requests[3]), Some("long"));
}

#[tokio::test]
async fn a_token_that_lives_long_already_is_not_exchanged_again() {
    let meta = Meta::start().await;
    meta.answer("POST", "/v26.0/oauth/access_token", 200, &json!({"access_token": "long", "expires_in": "5183976"})).await;
    meta.answer("GET", "/v26.0/debug_token", 200, &inspected(1_900_000_000)).await;
    meta.answer("GET", "/v26.0/me/permissions", 200, &permissions()).await;
    let signed = FacebookLogin::new(meta.client()).exchange(&Secret::new("c"), REDIRECT).await.unwrap();
    assert_eq!(signed.expires_at.unwrap().timestamp(), 1_900_000_000);
    assert_eq!(meta.requests().await.len(), 3);
}

#[tokio::test]
async fn a_system_user_has_a_token_without_end_and_no_list_of_answers() {
    let meta = Meta::start().await;
    meta.answer("POST", "/v26.0/oauth/access_token", 200, &json!({"access_token": "bisu"})).await;
    let mut facts = inspected(0);
    facts["data"]["type"] = json!("SYSTEM_USER");
    meta.answer("GET", "/v26.0/debug_token", 200, &facts).await;
    let login = FacebookLogin::new(meta.client()).with_configuration(Configuration::new("cfg").for_system_user());
    let signed = login.exchange(&Secret::new("c"), REDIRECT).await.unwrap();
    assert_eq!(signed.token.expose(), "bisu");
    assert!(signed.grants.iter().all(|grant| grant.state == GrantState::Granted));
    assert_eq!(signed.grants.len(), 3);
}

#[tokio::test]
async fn a_dead_token_says_why_it_is_dead() {
    let meta = Meta::start().await;
    let dead = json!({"data": {"app_id": "1000", "is_valid": false, "scopes": [], "error": {"code": 190, "message": "m", "subcode": 460}}});
    meta.answer("GET", "/v26.0/debug_token", 200, &dead).await;
    let error = FacebookLogin::new(meta.client()).inspect(&Secret::new("t")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SignInNeeded);
    assert_eq!(error.code().unwrap().to_string(), "190/460");
    assert!(error.remedy().unwrap().what.contains("password"));
}

#[tokio::test]
async fn a_token_of_another_app_is_not_taken() {
    let meta = Meta::start().await;
    let mut facts = inspected(0);
    facts["data"]["app_id"] = json!("666");
    meta.answer("GET", "/v26.0/debug_token", 200, &facts).await;
    let error = FacebookLogin::new(meta.client()).inspect(&Secret::new("t")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
}

#[tokio::test]
async fn a_code_that_was_used_already_is_refused_with_what_to_do() {
    let meta = Meta::start().await;
    meta.answer("POST", "/v26.0/oauth/access_token", 400, &json!({"error": {"code": 100, "error_subcode": 36009}})).await;
    let error = FacebookLogin::new(meta.client()).exchange(&Secret::new("c"), REDIRECT).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert!(error.remedy().unwrap().what.contains("used already"));
}

#[tokio::test]
async fn permissions_count_as_taken_back_only_if_the_platform_says_so() {
    let (token, person) = (Secret::new("user-token"), "555".parse().unwrap());
    for (answer, taken) in [(json!({"success": true}), None), (json!({"success": false}), Some(ErrorKind::Unrecognised))] {
        let meta = Meta::start().await;
        meta.answer("DELETE", "/v26.0/555/permissions", 200, &answer).await;
        let outcome = FacebookLogin::new(meta.client()).withdraw(&token, &person, None).await;
        assert_eq!(outcome.err().map(|error| error.kind()), taken, "{answer}");
    }
}
