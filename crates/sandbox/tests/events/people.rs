//! What is told of people: permissions, and the letters about those who leave.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use link_sandbox::{Decision, PersonAction};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::desk::{Desk, INSTAGRAM_SECRET, Road};
use crate::stage::{APP, INSTAGRAM, ROBIN, SECRET};

pub(crate) const NAMES: [&str; 5] = ["permissions_granted", "permissions_revoked", "permissions_connected", "deauthorise", "data_deletion"];

/// A permission's change; that of the whole app has its verb beside the field.
fn change(field: &str, verb: &str) -> Value {
    if field == "connected" { json!({"field": field, "verb": verb}) } else { json!({"field": field, "value": {"verb": verb}}) }
}

#[tokio::test]
async fn permissions_are_told_in_seconds_and_the_whole_app_with_its_verb_beside_the_field() {
    let desk = Desk::on(Road::Page).await;
    let done = desk.stage.subscribe_app(&desk.receiver.url, "permissions", "connected,pages_messaging,email").await;
    assert_eq!(done, json!({"success": true}));
    let changes = async |expected: &[Value]| {
        let arrived = desk.arrived().await;
        let bodies: Vec<Value> = arrived.iter().map(crate::receiver::Arrived::json).collect();
        let now = chrono::DateTime::parse_from_rfc3339("2026-11-23T12:00:00Z").unwrap().timestamp();
        let golden = expected
            .iter()
            .map(|change| json!({"object": "permissions", "entry": [{"id": ROBIN, "uid": ROBIN, "time": now, "changes": [change]}]}));
        assert_eq!(bodies, golden.collect::<Vec<_>>());
    };
    desk.controls().person_acts(ROBIN, &PersonAction::Revoke { permission: "pages_messaging".to_owned() }).await.unwrap();
    changes(&[change("pages_messaging", "revoked")]).await;
    desk.controls().person_acts(ROBIN, &PersonAction::Deauthorise { app: None }).await.unwrap();
    changes(&[change("connected", "revoked")]).await;
    desk.controls().sign_in(&desk.stage.dialog("scope=email"), &Decision::allow()).await.unwrap();
    changes(&[change("email", "granted"), change("connected", "granted")]).await;
}

#[tokio::test]
async fn who_leaves_by_facebook_is_announced_in_the_apps_own_hand() {
    let desk = Desk::on(Road::Page).await;
    let boxes = json!({"apps": [{"id": APP, "deauthorize_url": desk.receiver.url, "data_deletion_url": desk.receiver.url}]});
    desk.own("seed", &boxes).await;
    desk.controls().person_acts(ROBIN, &PersonAction::Deauthorise { app: None }).await.unwrap();
    assert_eq!(letter(&desk, SECRET).await["user_id"], ROBIN);
    desk.controls().tokens(ROBIN, &["email"]).await.unwrap();
    desk.controls().person_acts(ROBIN, &PersonAction::RequestDeletion { app: None }).await.unwrap();
    // Who asks for the deletion of everything has removed the app as well.
    for _ in 0..2 {
        assert_eq!(letter(&desk, SECRET).await["user_id"], ROBIN);
    }
}

#[tokio::test]
async fn who_leaves_by_instagram_is_announced_in_the_hand_of_the_instagram_product() {
    let desk = Desk::on(Road::Login).await;
    let product = json!({
        "id": "1000000000000002", "secret": INSTAGRAM_SECRET,
        "deauthorize_url": desk.receiver.url, "data_deletion_url": desk.receiver.url,
    });
    desk.own("seed", &json!({"apps": [{"id": APP, "instagram_app": product}]})).await;
    let deletion = json!({"action": "request_deletion", "instagram": INSTAGRAM});
    desk.own(&format!("people/{ROBIN}/actions"), &deletion).await;
    for _ in 0..2 {
        let told = letter(&desk, INSTAGRAM_SECRET).await;
        assert_eq!(told["user_id"], INSTAGRAM);
        assert!(told["issued_at"].is_i64());
    }
}

/// The next letter, whose signature holds.
async fn letter(desk: &Desk, secret: &str) -> Value {
    let arrived = desk.receiver.next().await;
    let form: Vec<(String, String)> = url::form_urlencoded::parse(&arrived.body).into_owned().collect();
    let [(name, told)] = form.as_slice() else { panic!("a letter is one field, not {form:?}") };
    assert_eq!(name, "signed_request");
    let (signature, payload) = told.split_once('.').unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(payload.as_bytes());
    assert_eq!(URL_SAFE_NO_PAD.decode(signature).unwrap(), mac.finalize().into_bytes().to_vec());
    let told: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap();
    assert_eq!(told["algorithm"], "HMAC-SHA256");
    told
}
