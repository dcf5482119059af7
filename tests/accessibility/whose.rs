//! Two roads, and two people: what is wrong with one is not what is wrong with the other.

use chrono::TimeDelta;
use link_kit::{Finding, Road, Subject, What};
use link_sandbox::Decision;

use crate::stage::{INSTAGRAM, Stage, told};
use crate::{ROBIN, diagnosis};

async fn of_code(stage: &Stage, code: &str) -> Vec<Finding> {
    let mut findings = diagnosis(stage).await.findings;
    findings.retain(|finding| finding.code == code);
    findings
}

/// The shop's Page and its Instagram account are linked by Facebook Login; somebody signs in to the latter by Instagram Login too.
async fn both_roads() -> Stage {
    let stage = Stage::set().instagram_login().linked().await;
    stage.link_by_instagram(&stage.viewer).await;
    stage.settle().await;
    stage
}

#[tokio::test]
async fn a_sign_in_that_did_not_come_back_is_of_its_road_and_goes_when_somebody_comes_back_by_it() {
    let stage = Stage::set().instagram_login().open().await;
    let linking = stage.kit.linking();
    let setup = linking.begin(&stage.viewer).await.unwrap().id;
    for road in [Road::FACEBOOK, Road::INSTAGRAM] {
        linking.dialog(&stage.viewer, setup, &road, None).await.unwrap();
    }
    stage.pass(TimeDelta::minutes(11)).await;
    let before = stage.sqlite_end().await;
    let roads: Vec<_> = of_code(&stage, "sign_in_not_returned").await.into_iter().map(|finding| finding.subject).collect();
    assert_eq!(roads, [Road::FACEBOOK, Road::INSTAGRAM].map(Subject::road), "of two sign-ins that were left one is kept quiet");

    let dialog = linking.dialog(&stage.viewer, setup, &Road::INSTAGRAM, None).await.unwrap();
    let came_back = stage.meta.sign_in(&dialog, &Decision::allow().instagram(INSTAGRAM)).await.unwrap();
    linking.signed_in(&stage.viewer, &came_back).await.unwrap();
    let left: Vec<_> = of_code(&stage, "sign_in_not_returned").await.into_iter().map(|finding| finding.subject).collect();
    assert_eq!(left, [Subject::road(Road::FACEBOOK)]);
    let news = told(&stage.kit, &stage.viewer, before).await;
    let gone = news.iter().filter(|happening| match &happening.what {
        What::FindingChanged { stands: false, subject, .. } => *subject == Subject::road(Road::INSTAGRAM),
        _ => false,
    });
    assert_eq!(gone.count(), 1, "that one of them is gone is not told: {news:?}");
}

#[tokio::test]
async fn two_people_without_a_token_are_two_findings_and_the_report_tells_them_apart() {
    let stage = both_roads().await;
    stage.forget_token("person:").await;
    let people: Vec<_> = of_code(&stage, "token_missing").await;
    let people: Vec<_> = people.into_iter().filter(|finding| finding.account.is_none()).map(|finding| finding.subject).collect();
    let of = |road: Road, person: &str| Subject::person(road, person.parse().unwrap());
    assert_eq!(people, [of(Road::FACEBOOK, ROBIN), of(Road::INSTAGRAM, INSTAGRAM)]);
    let text = diagnosis(&stage).await.to_text();
    for told in [format!("by facebook of {ROBIN})"), format!("by instagram of {INSTAGRAM})")] {
        assert!(text.contains(&told), "{told} is missing in {text}");
    }
}
