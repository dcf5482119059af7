//! Story: Robin takes the app out at Meta, or single permissions, and the kit hears of it and stops at once, for every owner and only once.
#![allow(clippy::unwrap_used, clippy::panic, reason = "these are tests; the lint's own exemption ends at helpers")]

#[path = "deauthorise/forged.rs"]
mod forged;
#[path = "deauthorise/letters.rs"]
mod letters;
#[path = "deauthorise/permissions.rs"]
mod permissions;
mod stage;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use link_kit::{AccountId, AccountKey, ConnectionKey, Feature, Health, PageQuery, Problem, Refusal, Report, Road, Viewer};
use serde_json::{Value, json};
use sha2::Sha256;

use stage::{APP, APP_SECRET, Stage};

pub(crate) const ROBIN: &str = "2000000000000001";
/// Ada as the Page knows her.
pub(crate) const ADA: &str = "4000000000000011";

/// The shop is linked, and Meta knows where to tell that somebody took the app out.
pub(crate) async fn linked() -> Stage {
    let stage = Stage::linked().await;
    listen(&stage).await;
    stage
}

pub(crate) async fn listen(stage: &Stage) {
    stage.meta.seed(&json!({"apps": [{"id": APP, "deauthorize_url": address(stage)}]})).await.unwrap();
}

pub(crate) fn address(stage: &Stage) -> String {
    format!("{}/deauthorize", stage.address())
}

/// A letter as Meta signs it.
pub(crate) fn signed(payload: &Value, secret: &str) -> String {
    let payload = URL_SAFE_NO_PAD.encode(payload.to_string());
    let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap().chain_update(&payload);
    format!("{}.{payload}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
}

/// What Meta writes of a person at a time.
pub(crate) fn letter_of(person: &str, at: chrono::DateTime<chrono::Utc>) -> String {
    let payload = json!({"algorithm": "HMAC-SHA256", "issued_at": at.timestamp(), "user_id": person});
    signed(&payload, APP_SECRET)
}

/// Posts a form to the address for letters; status and body of the answer.
pub(crate) async fn post(stage: &Stage, form: &[(&str, &str)]) -> (u16, String) {
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let answer = http.post(address(stage)).form(form).send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

pub(crate) async fn post_letter(stage: &Stage, letter: &str) -> u16 {
    post(stage, &[("signed_request", letter)]).await.0
}

/// How each of an owner's accounts stands, in the order of the accounts: why it is dead, if it is.
pub(crate) async fn deaths(stage: &Stage, viewer: &Viewer) -> Vec<Option<String>> {
    let connections = stage.kit.linking().connections(viewer).await.unwrap();
    let cause = |health: Health| match health {
        Health::Alive => None,
        Health::Dead { code, .. } => Some(code.unwrap_or_default()),
    };
    connections.into_iter().map(|connection| cause(connection.health)).collect()
}

pub(crate) fn withdrawn(count: usize) -> Vec<Option<String>> {
    vec![Some("withdrawn".to_owned()); count]
}

pub(crate) async fn report(stage: &Stage, viewer: &Viewer, account: AccountId) -> Report {
    let key = ConnectionKey { account: AccountKey::new(viewer.owner.clone(), account), road: Road::FACEBOOK };
    stage.kit.linking().features(viewer, &key).await.unwrap().unwrap()
}

/// Why an account may not be answered from, by the permissions.
pub(crate) async fn send_refused(stage: &Stage, viewer: &Viewer, account: AccountId) -> Option<Refusal> {
    let report = report(stage, viewer, account).await;
    let send = report.features.into_iter().find(|feature| feature.feature == Feature::SEND).unwrap();
    match send.verdict {
        link_core::words::gate::Verdict::Refused(refusal) => Some(refusal),
        _ => None,
    }
}

/// How often an act was recorded for a viewer's owner, and whence it came.
pub(crate) async fn recorded(stage: &Stage, viewer: &Viewer, act: &str) -> Vec<Option<String>> {
    let page = stage.kit.activity(viewer, &PageQuery::first(200)).await.unwrap();
    page.items.into_iter().filter(|activity| activity.act == act).map(|activity| activity.origin.place).collect()
}

#[track_caller]
pub(crate) fn assert_disconnected(outcome: &Result<link_kit::Intent, Problem>) {
    assert!(matches!(outcome, Err(Problem::Refused(Refusal::Disconnected))), "{outcome:?}");
}
