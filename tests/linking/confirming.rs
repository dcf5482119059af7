//! Confirming, and who may.

use chrono::TimeDelta;
use link_kit::{AccountId, Health, Preferences, Problem, Refusal, Road, SetupRefused, Stage as At, Subscription, Synchronisation, Viewer};
use link_sandbox::{Decision, PersonAction};
use serde_json::json;

use crate::stage::Agree as _;
use crate::stage::{PAGE, Stage, instagram, page};
use crate::{CAFE_INSTAGRAM, CAFE_PAGE, ROBIN, acts, assert_says_what_to_do, at_review, both, sign_in, to_review};

#[tokio::test]
async fn confirming_twice_makes_one_link() {
    let stage = Stage::open().await;
    let setup = at_review(&stage, both()).await;
    let linking = stage.kit.linking();
    let (one, two) = tokio::join!(linking.agree(&stage.viewer, setup), linking.agree(&stage.viewer, setup));
    let (done, refused): (Vec<_>, Vec<_>) = [one, two].into_iter().partition(Result::is_ok);
    assert_eq!((done.len(), refused.len()), (1, 1), "two clicks made {} links", done.len());
    for problem in refused.into_iter().map(Result::unwrap_err).chain([linking.agree(&stage.viewer, setup).await.unwrap_err()]) {
        assert!(matches!(problem, Problem::Setup(SetupRefused::AtStage { stage: At::Confirmed })), "{problem:?}");
        assert_says_what_to_do(&problem);
    }
    assert_eq!(linking.links(&stage.viewer).await.unwrap().len(), 1);
}

#[tokio::test]
async fn access_lost_before_the_confirmation_is_noticed_by_it_and_leaves_nothing() {
    let stage = Stage::open().await;
    let cafe: AccountId = format!("instagram:{CAFE_INSTAGRAM}").parse().unwrap();
    let setup = at_review(&stage, vec![page(), instagram(), cafe.clone()]).await;
    stage.meta.person_acts(ROBIN, &PersonAction::UnlinkInstagram { page: CAFE_PAGE.to_owned() }).await.unwrap();
    let linking = stage.kit.linking();
    let problem = linking.agree(&stage.viewer, setup).await.unwrap_err();
    assert!(matches!(&problem, Problem::Setup(SetupRefused::OutOfReach { account }) if *account == cafe), "{problem:?}");
    assert_says_what_to_do(&problem);
    assert!(linking.links(&stage.viewer).await.unwrap().is_empty() && linking.connections(&stage.viewer).await.unwrap().is_empty());
    assert_eq!(stage.holders().await, [format!("person:{ROBIN}")], "tokens of accounts are kept that nobody linked");
    assert_eq!(linking.setup(&stage.viewer, setup).await.unwrap().stage, At::Review, "the way back is cut off");

    stage.meta.person_acts(ROBIN, &PersonAction::Undo).await.unwrap();
    assert_eq!(linking.agree(&stage.viewer, setup).await.unwrap().connections.len(), 3);
}

#[tokio::test]
async fn a_task_lost_before_the_confirmation_is_named() {
    let stage = Stage::open().await;
    let setup = at_review(&stage, both()).await;
    let lose = PersonAction::LoseTask { page: PAGE.to_owned(), task: Some("MESSAGING".to_owned()) };
    stage.meta.person_acts(ROBIN, &lose).await.unwrap();
    stage.meta.person_acts(ROBIN, &PersonAction::LoseTask { page: PAGE.to_owned(), task: Some("MANAGE".to_owned()) }).await.unwrap();
    let problem = stage.kit.linking().agree(&stage.viewer, setup).await.unwrap_err();
    let named =
        |problem: &Problem| matches!(problem, Problem::Setup(SetupRefused::Blocked { findings }) if findings[0].code == "task_missing");
    assert!(named(&problem), "the owner is told to tick what is ticked: {problem:?}");
}

#[tokio::test]
async fn a_password_changed_before_the_confirmation_asks_for_another_sign_in() {
    let stage = Stage::open().await;
    let setup = at_review(&stage, both()).await;
    stage.meta.person_acts(ROBIN, &PersonAction::ChangePassword).await.unwrap();
    let linking = stage.kit.linking();
    let problem = linking.agree(&stage.viewer, setup).await.unwrap_err();
    assert_says_what_to_do(&problem);
    let Problem::Setup(SetupRefused::Blocked { findings }) = &problem else { panic!("{problem:?}") };
    assert_eq!(findings[0].code, "password_changed");
    assert!(linking.links(&stage.viewer).await.unwrap().is_empty());
    // What the remedy says works: back to the sign-in, with everything else still as it was said.
    for _ in 0..3 {
        linking.back(&stage.viewer, setup).await.unwrap();
    }
    sign_in(&stage, setup, Decision::allow()).await.unwrap();
    to_review(&stage.kit, &stage.viewer, setup, both()).await;
    linking.agree(&stage.viewer, setup).await.unwrap();
}

#[tokio::test]
async fn a_subscription_that_fails_does_not_undo_the_link_and_is_repaired_in_the_background() {
    let stage = Stage::open().await;
    let setup = at_review(&stage, both()).await;
    let fault = json!({"match": {"method": "POST", "path": "/*/subscribed_apps"}, "times": 6, "answer": {"code": 200}});
    stage.meta.fault(fault).await.unwrap();
    let linking = stage.kit.linking();
    let confirmed = linking.agree(&stage.viewer, setup).await.unwrap();
    for connection in &confirmed.connections {
        let Subscription::Wanted { tries: 1, cause: Some(cause) } = &connection.subscription else { panic!("{connection:?}") };
        assert!(cause.contains("subscribe the account") && cause.contains("code 200") && cause.contains("sign in again"), "{cause}");
        assert_eq!(connection.health, Health::Alive);
    }
    assert_eq!(linking.connections(&stage.viewer).await.unwrap(), confirmed.connections, "what is stored is not what was answered");

    // However often the background work is woken, Meta is not asked again before its time.
    let posts = async || {
        let calls = stage.meta.calls(0).await.unwrap().data;
        calls.iter().filter(|call| call["method"] == "POST" && call["path"].as_str().unwrap().ends_with("subscribed_apps")).count()
    };
    stage.pass(TimeDelta::minutes(1)).await;
    for _ in 0..5 {
        stage.kit.drain().await.unwrap();
    }
    // Each round asks once for the Instagram account, and twice for the Page: without what it may be refused for.
    assert_eq!(posts().await, 6, "a failing subscription is tried as often as anything happens");
    stage.pass(TimeDelta::minutes(1)).await;
    stage.kit.drain().await.unwrap();
    for connection in linking.connections(&stage.viewer).await.unwrap() {
        assert!(matches!(connection.subscription, Subscription::Active { .. }), "{connection:?}");
    }
    stage.meta.customer_writes("c1", PAGE, "Hello?").await.unwrap();
    stage.after_receiving(1).await;
    assert_eq!(stage.messages(&stage.viewer).await.len(), 1, "subscribed and deaf");
}

#[tokio::test]
async fn somebody_without_a_role_can_do_nothing_at_all() {
    let stage = Stage::open().await;
    let guest = Viewer::new(stage.viewer.owner.clone(), "guest".parse().unwrap());
    let setup = at_review(&stage, both()).await;
    let linking = stage.kit.linking();
    let refused = |outcome: Result<(), Problem>| matches!(outcome, Err(Problem::Refused(Refusal::NotVisible)));
    assert!(refused(linking.begin(&guest).await.map(drop)));
    assert!(refused(linking.dialog(&guest, setup, &Road::FACEBOOK, None).await.map(drop)));
    assert!(refused(linking.signed_in(&guest, "?code=a&state=b").await.map(drop)));
    assert!(refused(linking.choose(&guest, setup, both()).await.map(drop)));
    assert!(refused(linking.prefer(&guest, setup, Preferences::default()).await.map(drop)));
    assert!(refused(linking.synchronise(&guest, setup, Synchronisation::default()).await.map(drop)));
    assert!(refused(linking.back(&guest, setup).await.map(drop)));
    assert!(refused(linking.cancel(&guest, setup).await.map(drop)));
    assert!(refused(linking.review(&guest, setup).await.map(drop)));
    assert!(refused(linking.setup(&guest, setup).await.map(drop)));
    assert!(refused(linking.agree(&guest, setup).await.map(drop)));
    assert_eq!(linking.setup(&stage.viewer, setup).await.unwrap().stage, At::Review);
    assert_eq!(acts(&stage).await.len(), 6, "somebody without a role left a trace: {:?}", acts(&stage).await);
}
