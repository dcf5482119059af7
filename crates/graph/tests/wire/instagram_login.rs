use link_core::words::ports::{Directory, GrantState, Grants, SignedIn};
use link_core::{ErrorKind, Result, Secret};
use link_graph::{InstagramDirectory, InstagramLogin};
use serde_json::{Value, json};

use crate::{Meta, bearer, field, parameter};

const REDIRECT: &str = "https://shop.example/link/back";

fn long() -> Value {
    json!({"access_token": "long", "token_type": "bearer", "expires_in": 5_183_944})
}

fn me() -> Value {
    json!({"user_id": "17841400000000009", "username": "lampshop", "id": "26000000000000001", "account_type": "Business"})
}

async fn answering(code: &Value, long: &Value, me: &Value) -> Meta {
    let meta = Meta::start().await;
    meta.answer("POST", "/oauth/access_token", 200, code).await;
    meta.answer("GET", "/access_token", 200, long).await;
    meta.answer("GET", "/v26.0/me", 200, me).await;
    meta
}

async fn exchange(meta: &Meta) -> Result<SignedIn> {
    InstagramLogin::new(meta.client()).exchange(&Secret::new("AQB-code#_"), REDIRECT).await
}

#[tokio::test]
async fn a_code_becomes_a_long_lived_token_in_every_shape_that_was_seen() {
    let list = json!(["instagram_business_basic", "instagram_business_manage_messages"]);
    let text = json!("instagram_business_basic, instagram_business_manage_messages,");
    let shapes = [
        (json!({"access_token": "short", "user_id": "26000000000000001", "permissions": list}), me(), 2),
        (json!({"access_token": "short", "user_id": 26_000_000_000_000_001_u64, "permissions": text}), json!({"data": [me()]}), 2),
        (json!({"data": [{"access_token": "short", "user_id": 1, "permissions": text}]}), me(), 2),
        (json!({"data": [{"access_token": "short", "permissions": null}]}), json!({"data": [me()]}), 0),
        (json!({"access_token": "short"}), json!({"user_id": 17_841_400_000_000_009_u64, "id": 26_000_000_000_000_001_u64}), 0),
    ];
    for (code, me, permissions) in shapes {
        let meta = answering(&code, &long(), &me).await;
        let signed = exchange(&meta).await.unwrap();
        assert_eq!((signed.person.as_str(), signed.token.expose()), ("17841400000000009", "long"), "{code} {me}");
        assert_eq!(signed.expires_at.unwrap().to_rfc3339(), "2027-01-01T09:59:04+00:00", "counted from the answer's own time");
        assert_eq!(signed.grants.iter().filter(|grant| grant.state == GrantState::Granted).count(), permissions, "{code}");
        assert_eq!(signed.grants.len(), permissions);
    }
}

#[tokio::test]
async fn the_calls_go_out_as_meta_documents_them() {
    let meta = answering(&json!({"access_token": "short"}), &long(), &me()).await;
    exchange(&meta).await.unwrap();
    let requests = meta.requests().await;
    let [code, lengthen, me] = &requests[..] else { panic!("{}", requests.len()) };
    for (name, value) in [
        ("client_id", "1000"),
        ("client_secret", "app-secret"),
        ("grant_type", "authorization_code"),
        ("redirect_uri", REDIRECT),
        ("code", "AQB-code"),
    ] {
        assert_eq!(field(code, name).as_deref(), Some(value));
    }
    assert_eq!((code.url.query(), bearer(code)), (None, None));
    for (name, value) in [("grant_type", "ig_exchange_token"), ("client_secret", "app-secret"), ("access_token", "short")] {
        assert_eq!(parameter(lengthen, name).as_deref(), Some(value));
    }
    assert_eq!(bearer(me), Some("long"));
    assert_eq!(parameter(me, "appsecret_proof"), None, "the host of Instagram knows no proof");
    assert!(parameter(me, "fields").unwrap().contains("user_id"));
}

#[tokio::test]
async fn the_apps_own_id_of_the_account_is_never_taken_for_the_accounts() {
    let only_id = json!({"id": "26000000000000001", "username": "lampshop"});
    let meta = answering(&json!({"access_token": "short", "user_id": "26000000000000001"}), &long(), &only_id).await;
    assert_eq!(exchange(&meta).await.unwrap_err().kind(), ErrorKind::Unrecognised);
    let listed = InstagramDirectory::new(meta.client()).accounts(&Secret::new("long")).await;
    assert_eq!(listed.unwrap_err().kind(), ErrorKind::Unrecognised, "its webhooks would never be known as its own");
}

#[tokio::test]
async fn refusals_in_the_old_shape_are_refusals() {
    let meta = Meta::start().await;
    let old = json!({"error_type": "OAuthException", "code": 400, "error_message": "This authorization code has been used"});
    meta.answer("POST", "/oauth/access_token", 400, &old).await;
    let error = exchange(&meta).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert!(error.remedy().unwrap().what.contains("a code works once"));
    let down = Meta::start().await;
    down.answer("POST", "/oauth/access_token", 503, &json!({})).await;
    assert_eq!(exchange(&down).await.unwrap_err().kind(), ErrorKind::Unavailable, "an outage is nobody's fault");
}

#[tokio::test]
async fn a_wrong_secret_is_told_from_an_outage() {
    let meta = Meta::start().await;
    meta.answer("POST", "/oauth/access_token", 200, &json!({"access_token": "short"})).await;
    let refused = json!({"error": {"code": 1, "message": "Error validating client secret."}});
    meta.answer("GET", "/access_token", 400, &refused).await;
    let error = exchange(&meta).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert!(error.remedy().unwrap().what.contains("Instagram app"));
}

#[tokio::test]
async fn an_answer_without_an_end_ends_after_sixty_days() {
    let meta = Meta::start().await;
    for told in [json!({"access_token": "new"}), json!({"access_token": "new", "expires_in": i64::MAX})] {
        meta.answer("GET", "/refresh_access_token", 200, &told).await;
        let fresh = InstagramLogin::new(meta.client()).refresh(&Secret::new("long")).await.unwrap();
        assert_eq!(fresh.token.expose(), "new");
        assert_eq!(fresh.expires_at.unwrap().to_rfc3339(), "2027-01-01T10:00:00+00:00", "{told}");
        meta.server.reset().await;
    }
}
