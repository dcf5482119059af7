//! Letters.

use std::sync::Arc;

use chrono::TimeDelta;
use link_core::linking::credential::{Credential, CredentialKey, Holder};
use link_core::linking::vault::Vault;
use link_core::words::clock::SystemChance;
use link_core::words::refusal::Standing;
use link_kit::{KeyRing, Position, Preferences, Refusal, Road, Secret, Synchronisation, What};
use link_sandbox::{Decision, PersonAction};
use serde_json::json;

use crate::stage::Agree as _;
use crate::stage::{
    APP_SECRET, INSTAGRAM, INSTAGRAM_APP_SECRET, Mail, PAGE, SEALING_KEY, Stage, conversation, instagram, owner, page, told, until,
};
use crate::{ADA, ROBIN, assert_disconnected, deaths, letter_of, linked, listen, post_letter, recorded, send_refused, signed, withdrawn};

async fn letters(stage: &Stage, count: u64) {
    until("the letter to arrive", async || (stage.kit.figures().await.unwrap().letters >= count).then_some(())).await;
    stage.settle().await;
}

#[tokio::test]
async fn who_takes_the_app_out_at_meta_is_let_go_at_once_and_customers_are_still_heard() {
    let stage = linked().await;
    stage.meta.customer_writes("c1", PAGE, "Is the shop open?").await.unwrap();
    stage.settle().await;
    stage.pass(TimeDelta::minutes(1)).await;
    stage.meta.person_acts(ROBIN, &PersonAction::Deauthorise { app: None }).await.unwrap();
    letters(&stage, 1).await;

    assert_eq!(deaths(&stage, &stage.viewer).await, withdrawn(2));
    assert_eq!(stage.holders().await, Vec::<String>::new(), "a token is kept that nobody consents to any more");
    for account in [page(), instagram()] {
        let refusal = send_refused(&stage, &stage.viewer, account.clone()).await;
        assert!(matches!(refusal, Some(Refusal::PermissionMissing { standing: Standing::Revoked, .. })), "{account}: {refusal:?}");
    }
    let ada = conversation(&stage.viewer, page(), ADA);
    let calls = stage.meta.calls(0).await.unwrap().data.len();
    assert_disconnected(&stage.kit.inbox().answer(&stage.viewer, &ada, "Yes.", "yes").await);
    assert_eq!(stage.meta.calls(0).await.unwrap().data.len(), calls, "Meta is still called for somebody who took the app out");

    // What is under way when the app is taken out, or comes by a Page that somebody else put it in again, is not lost.
    let body = json!({"object": "page", "entry": [{"id": PAGE, "time": stage.clock.time().timestamp_millis(), "messaging": [{
        "sender": {"id": ADA}, "recipient": {"id": PAGE}, "timestamp": stage.clock.time().timestamp_millis(),
        "message": {"mid": "m_later", "text": "Are you there?"}}]}]});
    assert_eq!(Mail::to(stage.webhook()).post(body.to_string()).await.0, 200);
    stage.settle().await;
    let texts: Vec<_> = stage.messages(&stage.viewer).await.iter().map(|(_, message)| message.text().unwrap().to_owned()).collect();
    assert_eq!(texts, ["Is the shop open?", "Are you there?"]);
}

#[tokio::test]
async fn it_is_told_and_recorded_once_however_often_meta_tells() {
    let stage = linked().await;
    stage.pass(TimeDelta::minutes(1)).await;
    // Meta tells by a letter and by a notice of the whole app.
    stage.meta.person_acts(ROBIN, &PersonAction::Deauthorise { app: None }).await.unwrap();
    letters(&stage, 1).await;
    for _ in 0..2 {
        assert_eq!(post_letter(&stage, &letter_of(ROBIN, stage.clock.time())).await, 200);
        stage.pass(TimeDelta::minutes(1)).await;
    }
    let happenings = told(&stage.kit, &stage.viewer, Position::default()).await;
    let dead = happenings.iter().filter(|happening| matches!(happening.what, What::CredentialDead { .. })).count();
    assert_eq!(dead, 2, "each account's death is told once: {happenings:?}");
    let acts = recorded(&stage, &stage.viewer, "connection.withdrawn").await;
    assert_eq!(acts, [Some("platform".to_owned()), Some("platform".to_owned())]);
    assert_eq!(stage.kit.figures().await.unwrap().letters, 3);
}

#[tokio::test]
async fn every_owner_whom_the_person_linked_for_is_served() {
    let stage = linked().await;
    let other = owner("lighthouse", "robin");
    stage.link(&other).await;
    stage.pass(TimeDelta::minutes(1)).await;
    assert_eq!(post_letter(&stage, &letter_of(ROBIN, stage.clock.time())).await, 200);
    for viewer in [&stage.viewer, &other] {
        assert_eq!(deaths(&stage, viewer).await, withdrawn(2), "{}", viewer.owner);
    }
    assert_eq!(stage.holders().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_setup_under_way_loses_the_token_as_well() {
    let stage = Stage::open().await;
    listen(&stage).await;
    let linking = stage.kit.linking();
    let setup = linking.begin(&stage.viewer).await.unwrap().id;
    let dialog = linking.dialog(&stage.viewer, setup, &link_kit::Road::FACEBOOK, None).await.unwrap();
    let came_back = stage.meta.sign_in(&dialog, &link_sandbox::Decision::allow()).await.unwrap();
    linking.signed_in(&stage.viewer, &came_back).await.unwrap();
    assert_eq!(stage.holders().await, [format!("person:{ROBIN}")]);
    stage.pass(TimeDelta::minutes(1)).await;
    stage.meta.person_acts(ROBIN, &PersonAction::Deauthorise { app: None }).await.unwrap();
    letters(&stage, 1).await;
    assert_eq!(stage.holders().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_letter_from_before_somebody_signed_in_again_ends_nothing() {
    let stage = linked().await;
    stage.pass(TimeDelta::minutes(1)).await;
    let letter = letter_of(ROBIN, stage.clock.time());
    assert_eq!(post_letter(&stage, &letter).await, 200);
    assert_eq!(deaths(&stage, &stage.viewer).await, withdrawn(2));
    stage.pass(TimeDelta::minutes(1)).await;
    stage.link(&stage.viewer).await;
    assert_eq!(post_letter(&stage, &letter).await, 200, "a repeated letter is refused");
    assert_eq!(deaths(&stage, &stage.viewer).await, [None, None], "an old letter ends a new consent");
    assert_eq!(send_refused(&stage, &stage.viewer, page()).await, None);
    assert_eq!(stage.holders().await.len(), 3);
}

#[tokio::test]
async fn a_page_that_takes_the_app_out_takes_its_instagram_account_along_and_nothing_else() {
    let stage = linked().await;
    stage.pass(TimeDelta::minutes(1)).await;
    let payload = json!({"algorithm": "HMAC-SHA256", "issued_at": stage.clock.time().timestamp(), "user_id": null, "profile_id": PAGE});
    assert_eq!(post_letter(&stage, &signed(&payload, APP_SECRET)).await, 200);
    assert_eq!(deaths(&stage, &stage.viewer).await, withdrawn(2));
    assert_eq!(stage.holders().await, [format!("person:{ROBIN}")], "Robin took nothing back");
    let refusal = send_refused(&stage, &stage.viewer, page()).await;
    assert!(matches!(refusal, Some(Refusal::PermissionMissing { standing: Standing::Revoked, .. })), "{refusal:?}");
}

/// The shop's Instagram account is linked by its own login, without a Page.
async fn without_a_page() -> Stage {
    let stage = Stage::set().instagram_login().open().await;
    let (linking, viewer) = (stage.kit.linking(), &stage.viewer);
    let setup = linking.begin(viewer).await.unwrap().id;
    let dialog = linking.dialog(viewer, setup, &Road::INSTAGRAM, None).await.unwrap();
    let came_back = stage.meta.sign_in(&dialog, &Decision::allow().instagram(INSTAGRAM)).await.unwrap();
    linking.signed_in(viewer, &came_back).await.unwrap();
    linking.choose(viewer, setup, vec![instagram()]).await.unwrap();
    linking.prefer(viewer, setup, Preferences::default()).await.unwrap();
    linking.synchronise(viewer, setup, Synchronisation::default()).await.unwrap();
    linking.agree(viewer, setup).await.unwrap();
    stage.pass(TimeDelta::minutes(1)).await;
    stage
}

#[tokio::test]
async fn a_letter_of_an_account_is_understood_whichever_of_the_apps_secrets_signed_it() {
    for secret in [INSTAGRAM_APP_SECRET, APP_SECRET] {
        let stage = without_a_page().await;
        let payload = json!({"algorithm": "HMAC-SHA256", "issued_at": stage.clock.time().timestamp(), "user_id": INSTAGRAM});
        assert_eq!(post_letter(&stage, &signed(&payload, secret)).await, 200);
        assert_eq!(deaths(&stage, &stage.viewer).await, withdrawn(1), "a consent that was taken back is used on");
        assert_eq!(stage.kit.figures().await.unwrap().unclaimed, 0);
    }
}

#[tokio::test]
async fn an_owner_whose_rows_cannot_be_read_keeps_no_other_from_being_served() {
    let stage = linked().await;
    let other = owner("lighthouse", "robin");
    stage.link(&other).await;
    stage.write("UPDATE lk_connection SET body = '{}' WHERE owner = 'harbour'").await;
    stage.pass(TimeDelta::minutes(1)).await;
    assert_eq!(post_letter(&stage, &letter_of(ROBIN, stage.clock.time())).await, 503, "Meta is told that all of it was kept");
    assert_eq!(deaths(&stage, &other).await, withdrawn(2), "one broken row holds everybody up");
}

#[tokio::test]
async fn a_token_that_nothing_rests_on_any_more_is_forgotten_by_a_letter_too() {
    let stage = Stage::open().await;
    let vault = Vault::new(Arc::new(stage.sqlite.credentials()), KeyRing::new("stage", SEALING_KEY), Arc::new(SystemChance));
    let holder = Holder::Person(ROBIN.parse().unwrap());
    let key = CredentialKey { owner: "bakery".parse().unwrap(), road: Road::FACEBOOK, holder };
    vault.keep(&key, &Credential::new(Secret::new("t"))).await.unwrap();
    assert_eq!(post_letter(&stage, &letter_of(ROBIN, stage.clock.time())).await, 200);
    assert_eq!(stage.holders().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_letter_for_nobody_is_acknowledged_and_counted() {
    let stage = linked().await;
    let before = stage.kit.figures().await.unwrap();
    assert_eq!(post_letter(&stage, &letter_of("2000000000000777", stage.clock.time())).await, 200);
    let nobody = json!({"algorithm": "HMAC-SHA256", "issued_at": stage.clock.time().timestamp(), "user_id": null});
    assert_eq!(post_letter(&stage, &signed(&nobody, APP_SECRET)).await, 200);
    let after = stage.kit.figures().await.unwrap();
    assert_eq!((after.letters - before.letters, after.unclaimed - before.unclaimed), (2, 2));
    assert_eq!(deaths(&stage, &stage.viewer).await, [None, None]);
}
