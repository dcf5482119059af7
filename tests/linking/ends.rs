//! Setups that lead nowhere.

use chrono::TimeDelta;
use link_kit::{Problem, SetupId, SetupRefused, Stage as At};
use link_sandbox::Decision;
use serde_json::json;

use crate::stage::Agree as _;
use crate::stage::{Stage, owner};
use crate::{ROBIN, acts, assert_says_what_to_do, at_review, begin, both, sign_in, to_review};

/// How often Meta was asked to take the whole consent back.
async fn revocations(stage: &Stage) -> usize {
    stage.calls("DELETE", "/permissions").await.len()
}

async fn names_kept(stage: &Stage, setup: SetupId) -> usize {
    let setup = stage.kit.linking().setup(&stage.viewer, setup).await.unwrap();
    setup.candidates.len() + setup.chosen.len()
}

#[tokio::test]
async fn a_setup_that_nobody_goes_on_with_is_over_after_thirty_days_and_leaves_nothing() {
    let stage = Stage::open().await;
    let setup = at_review(&stage, both()).await;
    stage.pass(TimeDelta::days(29)).await;
    stage.kit.drain().await.unwrap();
    assert_eq!(stage.kit.linking().setups(&stage.viewer).await.unwrap().len(), 1, "somebody who takes his time is cut off");
    stage.pass(TimeDelta::days(1)).await;
    // Before any background work ran, too, it is over.
    let late = stage.kit.linking().back(&stage.viewer, setup).await.unwrap_err();
    assert!(matches!(late, Problem::Setup(SetupRefused::AtStage { stage: At::TimedOut })), "{late:?}");
    assert_says_what_to_do(&late);
    stage.kit.drain().await.unwrap();
    assert_eq!(stage.kit.linking().setup(&stage.viewer, setup).await.unwrap().stage, At::TimedOut);
    assert!(stage.kit.linking().setups(&stage.viewer).await.unwrap().is_empty(), "a setup that is over is under way");
    assert_eq!((stage.holders().await, names_kept(&stage, setup).await), (vec![], 0), "something outlived the setup");
    assert_eq!(revocations(&stage).await, 1, "Meta goes on believing in the consent");
    let acts = acts(&stage).await;
    assert!(acts.iter().any(|act| act == "setup.time_out") && acts.iter().any(|act| act == "setup.release"), "{acts:?}");
    stage.kit.drain().await.unwrap();
    assert_eq!(revocations(&stage).await, 1, "what was given up is given up for ever");
}

#[tokio::test]
async fn the_ledger_tells_of_a_consent_that_was_given_up() {
    let stage = Stage::open().await;
    let setup = at_review(&stage, both()).await;
    assert_eq!(stage.revoked().await, Vec::<String>::new());
    stage.kit.linking().cancel(&stage.viewer, setup).await.unwrap();
    assert_eq!(revocations(&stage).await, 1);
    assert!(stage.revoked().await.iter().any(|entry| entry.contains("pages_messaging")), "the ledger goes on saying that it was granted");
}

#[tokio::test]
async fn a_setup_that_cannot_be_read_keeps_no_other_from_ending() {
    let stage = Stage::open().await;
    at_review(&stage, both()).await;
    let cafe = owner("cafe", "robin");
    let theirs = stage.kit.linking().begin(&cafe).await.unwrap().id;
    stage.write("UPDATE lk_setup SET body = '{}' WHERE owner = 'harbour'").await;
    stage.pass(TimeDelta::days(31)).await;
    stage.kit.drain().await.unwrap();
    assert!(stage.kit.linking().setups(&cafe).await.unwrap().is_empty());
    assert_eq!(stage.kit.linking().setup(&cafe, theirs).await.unwrap().stage, At::TimedOut, "one broken row holds everybody up");
}

#[tokio::test]
async fn giving_up_takes_the_consent_back_at_meta_but_not_under_anybody_who_rests_on_it() {
    let stage = Stage::open().await;
    // An app has one consent of Robin, and Robin works for two shops.
    let cafe = owner("cafe", "robin");
    let theirs = stage.kit.linking().begin(&cafe).await.unwrap().id;
    let dialog = stage.kit.linking().dialog(&cafe, theirs, &link_kit::Road::FACEBOOK, None).await.unwrap();
    let came_back = stage.meta.sign_in(&dialog, &Decision::allow()).await.unwrap();
    stage.kit.linking().signed_in(&cafe, &came_back).await.unwrap();
    to_review(&stage.kit, &cafe, theirs, both()).await;

    let mine = at_review(&stage, both()).await;
    stage.kit.linking().cancel(&stage.viewer, mine).await.unwrap();
    assert_eq!(revocations(&stage).await, 0, "one shop's second thoughts end another shop's setup");
    assert_eq!(stage.holders().await.len(), 1, "a token is kept that its owner gave up");
    stage.kit.linking().agree(&cafe, theirs).await.unwrap();
    let again = at_review(&stage, both()).await;
    stage.kit.linking().cancel(&stage.viewer, again).await.unwrap();
    assert_eq!(revocations(&stage).await, 0, "one shop's second thoughts end another shop's link");
    assert_eq!(stage.kit.linking().connections(&cafe).await.unwrap().len(), 2);

    let other = Stage::open().await;
    let setup = at_review(&other, both()).await;
    other.kit.linking().cancel(&other.viewer, setup).await.unwrap();
    assert_eq!((revocations(&other).await, names_kept(&other, setup).await), (1, 0), "nobody rests on it, and it stays");
}

#[tokio::test]
async fn a_revocation_that_fails_is_tried_again_and_holds_up_no_deletion_for_long() {
    let stage = Stage::open().await;
    let setup = at_review(&stage, both()).await;
    let down = json!({"match": {"method": "DELETE", "path": "/*/permissions"}, "times": 1000, "answer": {"status": 500, "code": 2}});
    stage.meta.fault(down.clone()).await.unwrap();
    let cancelled = stage.kit.linking().cancel(&stage.viewer, setup).await.unwrap();
    assert_eq!((cancelled.stage, names_kept(&stage, setup).await), (At::Cancelled, 0), "Meta's outage holds up what is ours to delete");
    assert_eq!(stage.holders().await, [format!("person:{ROBIN}")], "without its token a consent cannot be taken back any more");
    stage.kit.drain().await.unwrap();
    let tried = revocations(&stage).await;
    for _ in 0..3 {
        stage.kit.drain().await.unwrap();
    }
    assert_eq!(revocations(&stage).await, tried, "Meta is asked as often as anything happens");
    stage.meta.clear_faults().await.unwrap();
    stage.pass(TimeDelta::hours(2)).await;
    stage.kit.drain().await.unwrap();
    assert_eq!((stage.holders().await, revocations(&stage).await), (vec![], tried + 1), "the consent is never taken back");

    // If Meta cannot be reached for a day, the token goes all the same.
    let setup = at_review(&stage, both()).await;
    stage.meta.fault(down).await.unwrap();
    stage.kit.linking().cancel(&stage.viewer, setup).await.unwrap();
    stage.pass(TimeDelta::hours(25)).await;
    stage.kit.drain().await.unwrap();
    assert_eq!(stage.holders().await, Vec::<String>::new(), "a token is kept for ever because Meta does not answer");
}

#[tokio::test]
async fn who_comes_back_from_the_dialog_to_a_setup_that_is_over_leaves_no_token() {
    let stage = Stage::open().await;
    let setup = begin(&stage).await;
    let dialog = stage.kit.linking().dialog(&stage.viewer, setup, &link_kit::Road::FACEBOOK, None).await.unwrap();
    stage.kit.linking().cancel(&stage.viewer, setup).await.unwrap();
    let came_back = stage.meta.sign_in(&dialog, &Decision::allow()).await.unwrap();
    let refused = stage.kit.linking().signed_in(&stage.viewer, &came_back).await.unwrap_err();
    assert!(matches!(refused, Problem::Setup(SetupRefused::AtStage { stage: At::Cancelled })), "{refused:?}");
    assert_eq!(stage.holders().await, Vec::<String>::new(), "a token is kept for a setup that is over");
    // The way is free for another try.
    let setup = begin(&stage).await;
    sign_in(&stage, setup, Decision::allow()).await.unwrap();
}
