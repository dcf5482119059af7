//! Notices of single permissions.

use chrono::TimeDelta;
use link_core::words::refusal::Standing;
use link_kit::Refusal;
use link_sandbox::PersonAction;
use serde_json::{Value, json};

use crate::stage::{Mail, PAGE, Stage, instagram, owner, page};
use crate::{ROBIN, deaths, linked, send_refused, withdrawn};

/// A delivery of the object `permissions`, as Meta shapes it.
fn notice(stage: &Stage, person: &str, change: &Value) -> String {
    let time = stage.clock.time().timestamp();
    json!({"object": "permissions", "entry": [{"id": person, "uid": person, "time": time, "changes": [change]}]}).to_string()
}

async fn tell(stage: &Stage, person: &str, change: Value) -> u16 {
    Mail::to(stage.webhook()).post(notice(stage, person, &change)).await.0
}

#[track_caller]
fn assert_revoked(refusal: Option<&Refusal>) {
    assert!(matches!(refusal, Some(Refusal::PermissionMissing { standing: Standing::Revoked, .. })), "{refusal:?}");
}

#[tokio::test]
async fn a_permission_taken_back_at_meta_stops_what_needs_it_before_meta_is_answered() {
    let stage = linked().await;
    stage.pass(TimeDelta::minutes(1)).await;
    let change = json!({"field": "pages_messaging", "value": {"verb": "REVOKED"}});
    assert_eq!(tell(&stage, ROBIN, change.clone()).await, 200);
    // Nothing was done in the background since.
    assert_revoked(send_refused(&stage, &stage.viewer, page()).await.as_ref());
    assert_eq!(send_refused(&stage, &stage.viewer, instagram()).await, None, "Instagram suffers for a permission it does not need");
    assert_eq!(deaths(&stage, &stage.viewer).await, [None, None], "a missing permission is taken for a dead token");

    stage.pass(TimeDelta::minutes(1)).await;
    let given = json!({"field": "pages_messaging", "value": {"verb": "granted", "target_ids": [PAGE]}});
    assert_eq!(tell(&stage, ROBIN, given).await, 200);
    assert_eq!(send_refused(&stage, &stage.viewer, page()).await, None, "a permission that was given again is not used");
}

#[tokio::test]
async fn the_kit_asks_to_be_told_and_hears_it_from_meta() {
    let stage = linked().await;
    stage.pass(TimeDelta::minutes(1)).await;
    stage.meta.person_acts(ROBIN, &PersonAction::Revoke { permission: "instagram_manage_messages".to_owned() }).await.unwrap();
    stage.settle().await;
    assert_revoked(send_refused(&stage, &stage.viewer, instagram()).await.as_ref());
    assert_eq!(send_refused(&stage, &stage.viewer, page()).await, None);
}

#[tokio::test]
async fn a_permission_taken_back_for_one_page_is_kept_for_the_others() {
    let stage = linked().await;
    stage.pass(TimeDelta::minutes(1)).await;
    let other = json!({"field": "pages_messaging", "value": {"verb": "revoked", "target_ids": ["3000000000000002"]}});
    assert_eq!(tell(&stage, ROBIN, other).await, 200);
    assert_eq!(send_refused(&stage, &stage.viewer, page()).await, None);
    let this = json!({"field": "pages_messaging", "value": {"verb": "revoked", "target_ids": [PAGE]}});
    assert_eq!(tell(&stage, ROBIN, this).await, 200);
    assert_revoked(send_refused(&stage, &stage.viewer, page()).await.as_ref());
}

#[tokio::test]
async fn the_whole_app_taken_back_is_the_same_by_a_notice_as_by_a_letter() {
    let stage = linked().await;
    let other = owner("lighthouse", "robin");
    stage.link(&other).await;
    stage.pass(TimeDelta::minutes(1)).await;
    assert_eq!(tell(&stage, ROBIN, json!({"field": "connected", "verb": "revoked"})).await, 200);
    for viewer in [&stage.viewer, &other] {
        assert_eq!(deaths(&stage, viewer).await, withdrawn(2), "{}", viewer.owner);
        assert_revoked(send_refused(&stage, viewer, page()).await.as_ref());
    }
    assert_eq!(stage.holders().await, Vec::<String>::new());
}

#[tokio::test]
async fn test_deliveries_and_people_whom_nobody_knows_are_counted_and_change_nothing() {
    let stage = linked().await;
    stage.pass(TimeDelta::minutes(1)).await;
    let before = stage.kit.figures().await.unwrap();
    let revoked = json!({"field": "connected", "verb": "revoked"});
    for person in ["0", "2000000000000777"] {
        assert_eq!(tell(&stage, person, revoked.clone()).await, 200);
    }
    assert_eq!(tell(&stage, ROBIN, json!({"field": "connected", "verb": "paused"})).await, 200);
    let after = stage.kit.figures().await.unwrap();
    assert_eq!((after.unclaimed - before.unclaimed, after.poisoned, after.kept), (3, 0, before.kept));
    assert_eq!(deaths(&stage, &stage.viewer).await, [None, None]);
}
