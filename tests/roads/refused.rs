//! Switches that cannot be.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use hmac::{Hmac, KeyInit as _, Mac as _};
use link_kit::{Connection, Depth, Health, Problem, Refusal, Road, Subscription, SwitchRefused, Synchronisation, Viewer};
use serde_json::json;
use sha2::Sha256;

use crate::stage::{INSTAGRAM, INSTAGRAM_APP_SECRET, Stage, instagram, owner};
use crate::switching::{plan, switched_in};
use crate::{by_both_roads, connection, link_by_both};

async fn connections(stage: &Stage) -> Vec<Connection> {
    stage.kit.linking().connections(&stage.viewer).await.unwrap()
}

/// Why a switch in an hour is refused; it says who can do what about it.
async fn refusal(stage: &Stage, viewer: &Viewer, road: &Road) -> Problem {
    let at = stage.clock.time() + TimeDelta::hours(1);
    let problem = stage.kit.linking().plan_switch(viewer, &instagram(), road, at).await.unwrap_err();
    assert!(!problem.remedy().expect("no remedy").what.is_empty());
    problem
}

#[track_caller]
fn assert_code(problem: &Problem, code: &str) {
    assert!(matches!(problem, Problem::Switch(refused) if refused.code() == code), "{problem:?}");
}

#[tokio::test]
async fn to_a_road_by_which_the_account_is_not_linked() {
    let stage = by_both_roads(Stage::set()).await;
    let before = connections(&stage).await;
    assert_code(&refusal(&stage, &stage.viewer, &Road::new("pigeon").unwrap()).await, "switch_not_connected");
    assert_code(&refusal(&stage, &stage.viewer, &Road::FACEBOOK).await, "switch_already");
    assert_eq!(connections(&stage).await, before);
    let by_one = Stage::linked().await;
    assert_code(&refusal(&by_one, &by_one.viewer, &Road::INSTAGRAM).await, "switch_not_connected");
}

#[tokio::test]
async fn to_a_road_that_meta_does_not_deliver_by() {
    let stage = Stage::set().instagram_login().open().await;
    let fault = json!({"match": {"method": "POST", "path": format!("/{INSTAGRAM}/subscribed_apps")}, "times": 50,
        "answer": {"status": 500, "code": 2}});
    stage.meta.fault(fault).await.unwrap();
    link_by_both(&stage, Synchronisation::default().history(Depth::Nothing)).await;
    let login = connection(&stage, &Road::INSTAGRAM).await;
    assert!(matches!(login.subscription, Subscription::Wanted { .. }), "the story needs a road that is not subscribed: {login:?}");
    assert_code(&refusal(&stage, &stage.viewer, &Road::INSTAGRAM).await, "switch_not_subscribed");
    // It is tried again by itself, and then the switch can be.
    stage.meta.clear_faults().await.unwrap();
    stage.pass(TimeDelta::hours(1)).await;
    stage.settle().await;
    plan(&stage, &Road::INSTAGRAM, stage.clock.time() + TimeDelta::hours(1)).await;
}

#[tokio::test]
async fn to_a_road_whose_token_is_dead() {
    let stage = by_both_roads(Stage::set()).await;
    let planned = plan(&stage, &Road::INSTAGRAM, stage.clock.time() + TimeDelta::hours(1)).await;
    take_out_by_login(&stage).await;
    let login = connection(&stage, &Road::INSTAGRAM).await;
    assert!(matches!(login.health, Health::Dead { .. }), "the story needs a dead token: {login:?}");
    assert_eq!(connection(&stage, &Road::FACEBOOK).await.health, Health::Alive, "the other road dies along");
    assert_code(&refusal(&stage, &stage.viewer, &Road::INSTAGRAM).await, "switch_dead");
    let refused = stage.kit.linking().switch(&stage.viewer, &planned).await.unwrap_err();
    assert_code(&refused, "switch_dead");
}

/// Whoever has the account takes the app out at Instagram, of which Instagram writes a letter.
async fn take_out_by_login(stage: &Stage) {
    let payload = json!({"algorithm": "HMAC-SHA256", "issued_at": stage.clock.time().timestamp(), "user_id": INSTAGRAM});
    let payload = URL_SAFE_NO_PAD.encode(payload.to_string());
    let mac = Hmac::<Sha256>::new_from_slice(INSTAGRAM_APP_SECRET.as_bytes()).unwrap().chain_update(&payload);
    let letter = format!("{}.{payload}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()));
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let address = format!("{}/deauthorize", stage.address());
    assert!(http.post(address).form(&[("signed_request", letter)]).send().await.unwrap().status().is_success());
}

#[tokio::test]
async fn too_soon_or_later_than_it_was_planned() {
    let stage = by_both_roads(Stage::set()).await;
    let (linking, now) = (stage.kit.linking(), stage.clock.time());
    let soon = linking.plan_switch(&stage.viewer, &instagram(), &Road::INSTAGRAM, now + TimeDelta::minutes(1)).await.unwrap_err();
    let Problem::Switch(SwitchRefused::TooSoon { earliest }) = soon else { panic!("{soon:?}") };
    assert_eq!(earliest, now + TimeDelta::minutes(2));
    let planned = plan(&stage, &Road::INSTAGRAM, earliest).await;
    let before = connections(&stage).await;
    stage.pass(TimeDelta::seconds(1)).await;
    assert_code(&linking.switch(&stage.viewer, &planned).await.unwrap_err(), "switch_too_soon");
    assert_eq!(connections(&stage).await, before);
    // What was carried out is not carried out again.
    let planned = plan(&stage, &Road::INSTAGRAM, stage.clock.time() + TimeDelta::minutes(5)).await;
    linking.switch(&stage.viewer, &planned).await.unwrap();
    assert_code(&linking.switch(&stage.viewer, &planned).await.unwrap_err(), "switch_already");
}

#[tokio::test]
async fn by_somebody_who_may_read_and_not_manage() {
    let stage = by_both_roads(Stage::set()).await;
    let planned = plan(&stage, &Road::INSTAGRAM, stage.clock.time() + TimeDelta::hours(1)).await;
    let guest = Viewer::new(stage.viewer.owner.clone(), "guest".parse().unwrap());
    let before = connections(&stage).await;
    let refused = refusal(&stage, &guest, &Road::INSTAGRAM).await;
    assert!(matches!(refused, Problem::Refused(Refusal::NotVisible)), "{refused:?}");
    let refused = stage.kit.linking().switch(&guest, &planned).await.unwrap_err();
    assert!(matches!(refused, Problem::Refused(Refusal::NotVisible)), "{refused:?}");
    assert_eq!(connections(&stage).await, before);
}

/// Two owners have linked the same account; a plan of one's is nothing that the other can carry out.
#[tokio::test]
async fn by_another_owner() {
    let stage = by_both_roads(Stage::set()).await;
    let (before, stranger) = (connections(&stage).await, owner("lighthouse", "sam"));
    let planned = plan(&stage, &Road::INSTAGRAM, stage.clock.time() + TimeDelta::hours(1)).await;
    assert_code(&refusal(&stage, &stranger, &Road::INSTAGRAM).await, "switch_not_connected");
    assert_code(&stage.kit.linking().switch(&stranger, &planned).await.unwrap_err(), "switch_not_connected");
    assert_eq!(connections(&stage).await, before);

    let mut other = stage;
    other.viewer = stranger;
    link_by_both(&other, Synchronisation::default().history(Depth::Nothing)).await;
    let theirs = connections(&other).await;
    assert_code(&other.kit.linking().switch(&other.viewer, &planned).await.unwrap_err(), "switch_changed");
    switched_in(&other, TimeDelta::hours(1)).await;
    assert_ne!(connections(&other).await, theirs);
    let ours = other.kit.linking().connections(&owner("harbour", "robin")).await.unwrap();
    assert_eq!(ours, before, "one owner's switch hands the other's account over");
}
