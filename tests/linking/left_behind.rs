//! What somebody consented to and nothing rests on is given up.

use chrono::TimeDelta;
use link_kit::{Road, SetupId};
use link_sandbox::Decision;
use serde_json::json;

use crate::stage::Agree as _;
use crate::stage::{INSTAGRAM, Stage, page};
use crate::{ROBIN, SAM, at_review, begin, both, sam_with, sign_in, to_review};

async fn revocations(stage: &Stage) -> usize {
    stage.calls("DELETE", "/permissions").await.len()
}

async fn sign_in_by_instagram(stage: &Stage, setup: SetupId) {
    let linking = stage.kit.linking();
    let dialog = linking.dialog(&stage.viewer, setup, &Road::INSTAGRAM, None).await.unwrap();
    let came_back = stage.meta.sign_in(&dialog, &Decision::allow().instagram(INSTAGRAM)).await.unwrap();
    linking.signed_in(&stage.viewer, &came_back).await.unwrap();
}

#[tokio::test]
async fn who_signs_in_in_place_of_somebody_else_leaves_nothing_of_theirs() {
    let stage = Stage::open().await;
    sam_with(&stage, &["MESSAGING"]).await;
    let setup = begin(&stage).await;
    sign_in(&stage, setup, Decision::allow()).await.unwrap();
    sign_in(&stage, setup, Decision::allow().person(SAM)).await.unwrap();
    assert_eq!(stage.holders().await, [format!("person:{SAM}")], "a token is kept that nothing rests on");
    assert_eq!(revocations(&stage).await, 1, "Meta goes on believing in the consent");
    // Who signs in once more takes nobody's place.
    sign_in(&stage, setup, Decision::allow().person(SAM)).await.unwrap();
    assert_eq!((stage.holders().await, revocations(&stage).await), (vec![format!("person:{SAM}")], 1));
}

#[tokio::test]
async fn a_road_by_which_nothing_was_chosen_holds_nobody_once_the_link_is_confirmed() {
    let stage = Stage::set().instagram_login().open().await;
    let setup = begin(&stage).await;
    sign_in(&stage, setup, Decision::allow()).await.unwrap();
    sign_in_by_instagram(&stage, setup).await;
    to_review(&stage.kit, &stage.viewer, setup, vec![page()]).await;
    stage.kit.linking().agree(&stage.viewer, setup).await.unwrap();
    let holders = stage.holders().await;
    assert!(!holders.contains(&format!("person:{INSTAGRAM}")), "a token is kept that nothing rests on: {holders:?}");
    assert!(holders.contains(&format!("person:{ROBIN}")), "{holders:?}");
}

#[tokio::test]
async fn who_signs_in_while_the_accounts_cannot_be_listed_leaves_no_token() {
    let stage = Stage::open().await;
    let setup = begin(&stage).await;
    let down = json!({"match": {"method": "GET", "path": "/me/accounts"}, "times": 100, "answer": {"code": 2, "status": 503}});
    stage.meta.fault(down).await.unwrap();
    sign_in(&stage, setup, Decision::allow()).await.unwrap_err();
    assert_eq!((stage.holders().await, revocations(&stage).await), (vec![], 1), "a token is kept that no setup knows of");
    stage.meta.clear_faults().await.unwrap();
    stage.pass(TimeDelta::minutes(1)).await;
    sign_in(&stage, setup, Decision::allow()).await.unwrap();
}

#[tokio::test]
async fn a_link_that_could_not_be_written_leaves_no_tokens_of_its_accounts() {
    let stage = Stage::open().await;
    let setup = at_review(&stage, both()).await;
    stage.write("CREATE TRIGGER no_room BEFORE INSERT ON lk_link BEGIN SELECT RAISE(ABORT, 'no room'); END").await;
    stage.kit.linking().agree(&stage.viewer, setup).await.unwrap_err();
    assert_eq!(stage.holders().await, [format!("person:{ROBIN}")], "tokens are kept of accounts that are not linked");
    stage.write("DROP TRIGGER no_room").await;
    stage.kit.linking().agree(&stage.viewer, setup).await.unwrap();
    // What is linked keeps its tokens when signing in again for it fails.
    stage.write("CREATE TRIGGER no_room BEFORE UPDATE ON lk_link BEGIN SELECT RAISE(ABORT, 'no room'); END").await;
    let again = at_review(&stage, both()).await;
    stage.kit.linking().agree(&stage.viewer, again).await.unwrap_err();
    assert_eq!(stage.holders().await.len(), 3, "a link lost its tokens because it could not be confirmed once more");
}
