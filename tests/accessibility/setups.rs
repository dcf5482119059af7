//! What blocks keeps a setup from going on.

use link_kit::{Problem, Road, SetupRefused};
use link_sandbox::Decision;
use serde_json::json;

use crate::stage::{INSTAGRAM, Stage, instagram, page};
use crate::wrong::{go_wrong, nothing_answers};
use crate::{ROBIN, SAM};

async fn signed_in(stage: &Stage, decision: &Decision) -> link_kit::SetupId {
    let linking = stage.kit.linking();
    let setup = linking.begin(&stage.viewer).await.unwrap().id;
    let dialog = linking.dialog(&stage.viewer, setup, &Road::FACEBOOK, None).await.unwrap();
    let came_back = stage.meta.sign_in(&dialog, decision).await.unwrap();
    linking.signed_in(&stage.viewer, &came_back).await.unwrap();
    setup
}

#[tokio::test]
async fn an_account_that_cannot_be_used_is_not_linked_and_the_other_is() {
    let stage = Stage::open().await;
    let setup = signed_in(&stage, &Decision::allow()).await;
    go_wrong(&stage, "message_access_off").await;
    let linking = stage.kit.linking();
    let problem = linking.choose(&stage.viewer, setup, vec![page(), instagram()]).await.unwrap_err();
    let Problem::Setup(SetupRefused::Blocked { findings }) = &problem else { panic!("{problem:?}") };
    assert_eq!((findings[0].code.as_str(), findings[0].account.as_ref()), ("message_access_off", Some(&instagram())));
    linking.choose(&stage.viewer, setup, vec![page()]).await.unwrap();

    stage.meta.person_acts(ROBIN, &link_sandbox::PersonAction::Undo).await.unwrap();
    linking.back(&stage.viewer, setup).await.unwrap();
    linking.choose(&stage.viewer, setup, vec![page(), instagram()]).await.unwrap();
}

#[tokio::test]
async fn what_broke_after_the_choice_is_found_before_the_confirmation() {
    let stage = Stage::open().await;
    let setup = signed_in(&stage, &Decision::allow()).await;
    let linking = stage.kit.linking();
    linking.choose(&stage.viewer, setup, vec![page(), instagram()]).await.unwrap();
    linking.prefer(&stage.viewer, setup, link_kit::Preferences::default()).await.unwrap();
    linking.synchronise(&stage.viewer, setup, link_kit::Synchronisation::default()).await.unwrap();
    let review = linking.review(&stage.viewer, setup).await.unwrap();
    go_wrong(&stage, "instagram_restricted").await;
    let problem = linking.confirm(&stage.viewer, setup, &review.digest()).await.unwrap_err();
    assert!(
        matches!(&problem, Problem::Setup(SetupRefused::Blocked { findings }) if findings[0].code == "instagram_restricted"),
        "{problem:?}"
    );
    assert!(linking.links(&stage.viewer).await.unwrap().is_empty());
}

#[tokio::test]
async fn what_one_road_shows_counts_though_the_other_does_not_answer() {
    let stage = Stage::set().instagram_login().open().await;
    let setup = signed_in(&stage, &Decision::allow()).await;
    let linking = stage.kit.linking();
    let dialog = linking.dialog(&stage.viewer, setup, &Road::INSTAGRAM, None).await.unwrap();
    let came_back = stage.meta.sign_in(&dialog, &Decision::allow().instagram(INSTAGRAM)).await.unwrap();
    linking.signed_in(&stage.viewer, &came_back).await.unwrap();
    go_wrong(&stage, "message_access_off").await;
    let down = json!({"match": {"method": "GET", "path": "/me"}, "times": 100, "answer": {"code": 2, "status": 503}});
    stage.meta.fault(down).await.unwrap();
    let problem = linking.choose(&stage.viewer, setup, vec![page(), instagram()]).await.unwrap_err();
    assert!(
        matches!(&problem, Problem::Setup(SetupRefused::Blocked { findings }) if findings[0].code == "message_access_off"),
        "{problem:?}"
    );
}

#[tokio::test]
async fn what_does_not_block_stands_in_the_review() {
    let stage = Stage::open().await;
    go_wrong(&stage, "page_unpublished").await;
    let setup = signed_in(&stage, &Decision::allow()).await;
    let linking = stage.kit.linking();
    linking.choose(&stage.viewer, setup, vec![page()]).await.unwrap();
    linking.prefer(&stage.viewer, setup, link_kit::Preferences::default()).await.unwrap();
    linking.synchronise(&stage.viewer, setup, link_kit::Synchronisation::default()).await.unwrap();
    let text = linking.review(&stage.viewer, setup).await.unwrap().to_text();
    assert!(text.contains("the Page is not published"), "{text}");
}

#[tokio::test]
async fn a_review_says_that_nobody_could_look_and_keeps_nobody_from_going_on() {
    let stage = Stage::open().await;
    let setup = signed_in(&stage, &Decision::allow()).await;
    nothing_answers(&stage).await;
    let linking = stage.kit.linking();
    let chosen = linking.choose(&stage.viewer, setup, vec![page(), instagram()]).await.unwrap();
    assert_eq!(chosen.findings.iter().map(|finding| finding.code.as_str()).collect::<Vec<_>>(), ["platform_unreachable"]);
    linking.prefer(&stage.viewer, setup, link_kit::Preferences::default()).await.unwrap();
    linking.synchronise(&stage.viewer, setup, link_kit::Synchronisation::default()).await.unwrap();
    let review = linking.review(&stage.viewer, setup).await.unwrap();
    assert!(review.to_text().contains("nothing could be checked"), "{}", review.to_text());
    stage.meta.clear_faults().await.unwrap();
    linking.confirm(&stage.viewer, setup, &review.digest()).await.unwrap();
}

#[tokio::test]
async fn somebody_who_manages_no_page_is_told_of_both_ways_out() {
    let stage = Stage::open().await;
    stage.meta.seed(&json!({"people": [{"id": SAM, "name": "Sam Hand"}]})).await.unwrap();
    let setup = signed_in(&stage, &Decision::allow().person(SAM)).await;
    let findings = stage.kit.accessibility().preflight(&stage.viewer, setup).await.unwrap();
    assert_eq!(findings.iter().map(|finding| finding.code.as_str()).collect::<Vec<_>>(), ["facebook_account_needed"]);
    assert!(findings[0].further[0].what.contains("Instagram Login"), "{findings:?}");
}
