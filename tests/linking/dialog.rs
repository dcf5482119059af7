//! The dialog and what comes back from it.

use chrono::TimeDelta;
use link_core::linking::sign_in::StateRefused;
use link_kit::{ErrorKind, Meta, Problem, Road, Who};
use link_sandbox::Decision;
use serde_json::json;

use crate::stage::{Stage, owner};
use crate::{acts, assert_says_what_to_do, begin, parameter, sign_in, stage};

#[tokio::test]
async fn whoever_says_no_is_told_how_to_say_yes_and_the_setup_is_still_there() {
    let stage = Stage::open().await;
    let setup = begin(&stage).await;
    let problem = sign_in(&stage, setup, Decision::deny()).await.unwrap_err();
    assert!(matches!(problem, Problem::Declined), "{problem:?}");
    assert_says_what_to_do(&problem);
    assert_eq!(acts(&stage).await, ["setup.begin", "setup.sign_in_declined"]);
    let again = sign_in(&stage, setup, Decision::allow()).await.unwrap();
    assert_eq!(again.candidates.len(), 4, "somebody who changed their mind cannot go on");
}

#[tokio::test]
async fn an_answer_of_the_dialog_works_once() {
    let stage = Stage::open().await;
    let (linking, setup) = (stage.kit.linking(), begin(&stage).await);
    let dialog = linking.dialog(&stage.viewer, setup, &Road::FACEBOOK, None).await.unwrap();
    let came_back = stage.meta.sign_in(&dialog, &Decision::allow()).await.unwrap();
    linking.signed_in(&stage.viewer, &came_back).await.unwrap();
    let problem = linking.signed_in(&stage.viewer, &came_back).await.unwrap_err();
    assert!(matches!(problem, Problem::SignIn(StateRefused::Unknown)), "{problem:?}");
    assert_says_what_to_do(&problem);
}

#[tokio::test]
async fn of_two_callbacks_that_race_one_signs_in_and_the_code_is_exchanged_once() {
    let stage = Stage::open().await;
    let other = stage.another_kit().await;
    let exchanges = async || stage.calls("POST", "/oauth/access_token").await.len();
    let alone = begin(&stage).await;
    sign_in(&stage, alone, Decision::allow()).await.unwrap();
    let of_one = exchanges().await;
    assert!(of_one > 0, "the code went to Meta some other way");
    for _ in 0..4 {
        let (linking, elsewhere, setup) = (stage.kit.linking(), other.linking(), begin(&stage).await);
        let dialog = linking.dialog(&stage.viewer, setup, &Road::FACEBOOK, None).await.unwrap();
        let came_back = stage.meta.sign_in(&dialog, &Decision::allow()).await.unwrap();
        let before = exchanges().await;
        let (here, there) = tokio::join!(linking.signed_in(&stage.viewer, &came_back), elsewhere.signed_in(&stage.viewer, &came_back));
        assert!(here.is_ok() != there.is_ok(), "both or neither signed in: {here:?} {there:?}");
        let problem = here.and(there).unwrap_err();
        assert!(matches!(problem, Problem::SignIn(StateRefused::Unknown)), "{problem:?}");
        assert_eq!(exchanges().await - before, of_one, "a code went to Meta twice");
        assert!(linking.setup(&stage.viewer, setup).await.unwrap().person(&link_kit::Road::FACEBOOK).is_some());
    }
    let refused = acts(&stage).await.into_iter().filter(|act| act == "setup.sign_in_refused").count();
    assert_eq!(refused, 4, "nobody can tell that somebody came twice");
}

#[tokio::test]
async fn an_answer_that_took_too_long_or_was_made_up_is_refused() {
    let stage = Stage::open().await;
    let (linking, setup) = (stage.kit.linking(), begin(&stage).await);
    let dialog = linking.dialog(&stage.viewer, setup, &Road::FACEBOOK, None).await.unwrap();
    let came_back = stage.meta.sign_in(&dialog, &Decision::allow()).await.unwrap();
    let forged = came_back.replace("state=", "state=0");
    let problem = linking.signed_in(&stage.viewer, &forged).await.unwrap_err();
    assert!(matches!(problem, Problem::SignIn(StateRefused::Unknown)), "{problem:?}");

    stage.clock.pass(TimeDelta::minutes(10));
    let problem = linking.signed_in(&stage.viewer, &came_back).await.unwrap_err();
    assert!(matches!(problem, Problem::SignIn(StateRefused::Expired)), "{problem:?}");
    assert_says_what_to_do(&problem);

    for nothing in ["", "?code=a", "?state=s", "/path?code=a&code=b&state=s"] {
        let problem = linking.signed_in(&stage.viewer, nothing).await.unwrap_err();
        assert!(matches!(problem, Problem::NoAnswer), "{nothing:?}: {problem:?}");
        assert_says_what_to_do(&problem);
    }
    assert!(linking.setup(&stage.viewer, setup).await.unwrap().persons.is_empty(), "somebody was signed in by a refused answer");
    let calls = stage.meta.calls(0).await.unwrap().data;
    assert_eq!(calls.len(), 1, "a code was exchanged whose answer was refused: {calls:?}");
}

#[tokio::test]
async fn an_answer_brought_by_somebody_else_is_refused_and_used_up() {
    let stage = Stage::open().await;
    let strangers = [owner("rival", "robin"), owner("harbour", "mallory")];
    for stranger in strangers {
        let (linking, setup) = (stage.kit.linking(), begin(&stage).await);
        let dialog = linking.dialog(&stage.viewer, setup, &Road::FACEBOOK, None).await.unwrap();
        let came_back = stage.meta.sign_in(&dialog, &Decision::allow()).await.unwrap();
        let problem = linking.signed_in(&stranger, &came_back).await.unwrap_err();
        assert!(matches!(problem, Problem::SignIn(StateRefused::Foreign)), "{stranger:?}: {problem:?}");
        assert_says_what_to_do(&problem);
        let burned = linking.signed_in(&stage.viewer, &came_back).await.unwrap_err();
        assert!(matches!(burned, Problem::SignIn(StateRefused::Unknown)), "the stranger may try again: {burned:?}");
        assert!(linking.setup(&stage.viewer, setup).await.unwrap().persons.is_empty());
    }
}

#[tokio::test]
async fn a_code_that_is_old_used_or_for_another_address_says_so() {
    let stage = Stage::open().await;
    let linking = stage.kit.linking();
    let failed = |problem: Problem, code: &str| {
        assert_says_what_to_do(&problem);
        let Problem::Failed(error) = &problem else { panic!("{problem:?}") };
        assert_eq!((error.kind(), error.code().unwrap().to_string().as_str()), (ErrorKind::Invalid, code));
        problem.remedy().unwrap()
    };

    // Old: Meta's clock ran ahead of ours.
    let setup = begin(&stage).await;
    let dialog = linking.dialog(&stage.viewer, setup, &Road::FACEBOOK, None).await.unwrap();
    let came_back = stage.meta.sign_in(&dialog, &Decision::allow()).await.unwrap();
    stage.meta.advance("11m").await.unwrap();
    let remedy = failed(linking.signed_in(&stage.viewer, &came_back).await.unwrap_err(), "100/36007");
    assert_eq!(remedy.who, Who::Owner, "the owner waits for a developer who can do nothing: {remedy:?}");

    // Used: the same code under the state of another dialog.
    let dialog = linking.dialog(&stage.viewer, setup, &Road::FACEBOOK, None).await.unwrap();
    let first = stage.meta.sign_in(&dialog, &Decision::allow()).await.unwrap();
    linking.signed_in(&stage.viewer, &first).await.unwrap();
    let dialog = linking.dialog(&stage.viewer, setup, &Road::FACEBOOK, None).await.unwrap();
    let second = stage.meta.sign_in(&dialog, &Decision::allow()).await.unwrap();
    let spliced = format!("?code={}&state={}", parameter(&first, "code"), parameter(&second, "state"));
    failed(linking.signed_in(&stage.viewer, &spliced).await.unwrap_err(), "100/36009");

    // Given to another address than the one we name.
    let dialog = linking.dialog(&stage.viewer, setup, &Road::FACEBOOK, None).await.unwrap();
    let elsewhere = dialog.replace("callback", "elsewhere");
    assert_ne!(dialog, elsewhere);
    let came_back = stage.meta.sign_in(&elsewhere, &Decision::allow()).await.unwrap();
    failed(linking.signed_in(&stage.viewer, &came_back).await.unwrap_err(), "100/36008");
}

#[tokio::test]
async fn a_wrong_app_secret_is_the_developers_to_mend_and_not_an_outage() {
    let stage = Stage::open().await;
    let hosts = link_kit::Hosts::two(stage.meta.facebook(), stage.meta.instagram()).unwrap();
    let wrong = Meta::new(stage::APP, "not-the-secret", stage::VERIFY_TOKEN).unwrap().at(hosts);
    let kit = stage::builder(&stage.meta, stage.address(), &stage.clock).meta(wrong).sqlite(stage.database()).build().await.unwrap();
    let linking = kit.linking();
    let setup = linking.begin(&stage.viewer).await.unwrap().id;
    let dialog = linking.dialog(&stage.viewer, setup, &Road::FACEBOOK, None).await.unwrap();
    let came_back = stage.meta.sign_in(&dialog, &Decision::allow()).await.unwrap();
    let problem = linking.signed_in(&stage.viewer, &came_back).await.unwrap_err();
    assert_says_what_to_do(&problem);
    assert!(!format!("{problem:?}").contains("not-the-secret"));
    let Problem::Failed(error) = &problem else { panic!("{problem:?}") };
    assert_eq!((error.kind(), problem.remedy().unwrap().who), (ErrorKind::Configuration, Who::Developer), "{problem:?}");
}

#[tokio::test]
async fn an_outage_at_the_exchange_is_told_as_one() {
    let stage = Stage::open().await;
    let setup = begin(&stage).await;
    let fault = json!({"match": {"path": "/oauth/access_token"}, "answer": {"code": 2}});
    stage.meta.fault(fault).await.unwrap();
    let problem = sign_in(&stage, setup, Decision::allow()).await.unwrap_err();
    assert_says_what_to_do(&problem);
    let Problem::Failed(error) = &problem else { panic!("{problem:?}") };
    assert!(error.is_retryable() && problem.remedy().unwrap().who == Who::Platform, "{problem:?}");
    sign_in(&stage, setup, Decision::allow()).await.unwrap();
}
