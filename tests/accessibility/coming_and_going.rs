//! What is found stands until it is gone, and both are told.

use chrono::TimeDelta;
use link_kit::{Health, State, Status, What};
use link_sandbox::PersonAction;
use serde_json::json;

use crate::at_once::answered;
use crate::stage::{Stage, owner, told};
use crate::wrong::{go_wrong, nothing_answers};
use crate::{ROBIN, codes, diagnosis};

#[tokio::test]
async fn the_schedule_finds_it_tells_it_once_and_tells_when_it_is_gone() {
    let stage = Stage::linked().await;
    stage.kit.drain().await.unwrap();
    let before = stage.sqlite_end().await;
    go_wrong(&stage, "message_access_off").await;
    for _ in 0..2 {
        stage.pass(TimeDelta::hours(7)).await;
        stage.kit.drain().await.unwrap();
    }
    let standing = stage.kit.accessibility().findings(&stage.viewer).await.unwrap();
    assert_eq!(standing.iter().map(|finding| finding.code.as_str()).collect::<Vec<_>>(), ["message_access_off"]);

    stage.meta.person_acts(ROBIN, &PersonAction::Undo).await.unwrap();
    // While something blocks it is looked at every ten minutes or so.
    stage.pass(TimeDelta::minutes(12)).await;
    stage.kit.drain().await.unwrap();
    assert!(stage.kit.accessibility().findings(&stage.viewer).await.unwrap().is_empty());

    let news = told(&stage.kit, &stage.viewer, before).await;
    let changes = news.iter().filter_map(|happening| match &happening.what {
        What::FindingChanged { code, stands, .. } => Some((code.as_str(), *stands)),
        _ => None,
    });
    let changes: Vec<_> = changes.collect();
    assert_eq!(changes, [("message_access_off", true), ("message_access_off", false)]);
}

#[tokio::test]
async fn a_platform_that_does_not_answer_makes_nothing_right_and_nothing_wrong() {
    let stage = Stage::linked().await;
    go_wrong(&stage, "message_access_off").await;
    diagnosis(&stage).await;
    nothing_answers(&stage).await;
    let now = diagnosis(&stage).await;
    assert_eq!(codes(&now), ["message_access_off", "platform_unreachable"], "what stood is forgotten, or something is made up");
    let unknown = now.checks.iter().filter(|check| check.state == State::Unknown).count();
    assert!(unknown > 30, "checks that could not be made are {unknown} only");
}

#[tokio::test]
async fn a_platform_that_does_not_answer_does_not_read_as_a_healthy_one_and_is_asked_again_soon() {
    let stage = Stage::linked().await;
    nothing_answers(&stage).await;
    let silent = diagnosis(&stage).await;
    assert_eq!((silent.status, silent.first.as_deref()), (Status::Degraded, Some("platform_unreachable")), "{}", silent.to_text());
    let since = silent.findings[0].since;
    stage.pass(TimeDelta::minutes(12)).await;
    stage.kit.drain().await.unwrap();
    assert_eq!(diagnosis(&stage).await.findings[0].since, since, "since when nothing is known is forgotten");

    stage.meta.clear_faults().await.unwrap();
    // Nobody asks: it is looked at again by itself.
    stage.pass(TimeDelta::minutes(12)).await;
    stage.kit.drain().await.unwrap();
    assert!(stage.kit.accessibility().findings(&stage.viewer).await.unwrap().is_empty(), "an outage that is over is still told of");
    let well = diagnosis(&stage).await;
    assert_eq!((well.status, well.first), (Status::Healthy, None));
}

#[tokio::test]
async fn a_connection_that_was_given_up_lives_again_once_its_token_works() {
    let stage = Stage::linked().await;
    stage.meta.fault(json!({"match": {"path": "/*/messages"}, "answer": {"code": 190, "status": 400}})).await.unwrap();
    let before = stage.sqlite_end().await;
    answered(&stage, "a").await;
    let news = told(&stage.kit, &stage.viewer, before).await;
    let died = news.iter().filter(|happening| matches!(happening.what, What::CredentialDead { .. })).count();
    assert_eq!(died, 1, "{news:?}");
    let connections = stage.kit.linking().connections(&stage.viewer).await.unwrap();
    let alive = connections.iter().all(|connection| connection.health == Health::Alive);
    assert!(alive, "a wrong word of the platform's has killed a connection until somebody asks");
    assert!(diagnosis(&stage).await.first.is_none());
}

#[tokio::test]
async fn an_owner_sees_only_what_is_theirs() {
    let stage = Stage::linked().await;
    go_wrong(&stage, "message_access_off").await;
    diagnosis(&stage).await;
    let other = owner("another", "kim");
    assert!(stage.kit.accessibility().check(&other).await.unwrap().is_empty());
    let stranger = link_kit::Viewer::new(stage.viewer.owner.clone(), "stranger".parse().unwrap());
    assert!(stage.kit.accessibility().findings(&stranger).await.unwrap().is_empty());
    assert!(stage.kit.doctor(&stranger).await.is_err());
}
