//! What the app itself may not do, whoever consents.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::TimeDelta;
use link_core::words::permission::Permission;
use link_core::words::ports::{DialogAnswer, DialogAsk, Grants, RefreshRule, Refreshed, SignedIn};
use link_core::words::refusal::Standing;
use link_core::{PersonId, Result, Secret};
use link_kit::{Feature, Road, Scope, Synchronisation, Who};
use serde_json::json;

use crate::stage::{APP, Agree as _, PAGE, Stage, app, builder, conversation, instagram, page};
use crate::{connection, off, report};

#[tokio::test]
async fn what_the_app_is_not_approved_for_is_the_developers_matter_and_not_the_owners() {
    let stage = Stage::set().open().await;
    let link = stage.link(&stage.viewer).await;
    stage.meta.seed(&json!({"apps": [{"id": APP, "access": "standard"}]})).await.unwrap();
    stage.kit.accessibility().check(&stage.viewer).await.unwrap();
    let report = report(&stage, page(), Road::FACEBOOK).await;
    assert_eq!(report[&Feature::SEND], None, "Robin has a role on the app, and granted it");
    let request = stage.kit.linking().missing(&stage.viewer, link.id, &Road::FACEBOOK, &[Feature::COMMENTS]).await.unwrap();
    assert!(!request.is_empty(), "a person with a role on the app may be asked: {request:?}");
}

#[tokio::test]
async fn a_permission_that_is_asked_for_and_not_approved_says_so_where_nobody_granted_it() {
    let stage = Stage::set().built(|builder| builder.features(&[Feature::COMMENTS])).open().await;
    let linking = stage.kit.linking();
    let setup = linking.begin(&stage.viewer).await.unwrap().id;
    let dialog = linking.dialog(&stage.viewer, setup, &Road::FACEBOOK, None).await.unwrap();
    let without: Vec<String> = crate::asked(&dialog).into_iter().filter(|word| word != "instagram_manage_comments").collect();
    let without: Vec<&str> = without.iter().map(String::as_str).collect();
    let came_back = stage.meta.sign_in(&dialog, &link_sandbox::Decision::allow().scopes(&without)).await.unwrap();
    linking.signed_in(&stage.viewer, &came_back).await.unwrap();
    linking.choose(&stage.viewer, setup, vec![page(), instagram()]).await.unwrap();
    linking.prefer(&stage.viewer, setup, link_kit::Preferences::default()).await.unwrap();
    linking.synchronise(&stage.viewer, setup, Synchronisation::default()).await.unwrap();
    linking.agree(&stage.viewer, setup).await.unwrap();
    assert_eq!(report(&stage, instagram(), Road::FACEBOOK).await[&Feature::COMMENTS], Some(Standing::Declined));
    stage.meta.seed(&json!({"apps": [{"id": APP, "access": "standard"}]})).await.unwrap();
    stage.kit.accessibility().check(&stage.viewer).await.unwrap();
    let report = stage.kit.linking().features(&stage.viewer, &connection(&stage, instagram(), Road::FACEBOOK)).await.unwrap().unwrap();
    let comments = report.features.iter().find(|feature| feature.feature == Feature::COMMENTS).unwrap();
    let link_core::words::gate::Verdict::Refused(refusal) = &comments.verdict else { panic!("{comments:?}") };
    assert_eq!(refusal.remedy().who, Who::Developer);
    assert!(refusal.to_string().ends_with("which is not approved for the app"), "{refusal}");
}

#[tokio::test]
async fn late_answers_of_people_wait_for_the_review_and_come_on_with_it() {
    let stage = Stage::linked().await;
    stage.meta.seed(&json!({"apps": [{"id": APP, "human_agent": false}]})).await.unwrap();
    stage.kit.accessibility().check(&stage.viewer).await.unwrap();
    assert_eq!(off(&report(&stage, page(), Road::FACEBOOK).await, Standing::Unapproved), [Feature::HUMAN_AGENT]);
    stage.meta.seed(&json!({"apps": [{"id": APP, "human_agent": true}]})).await.unwrap();
    stage.kit.accessibility().check(&stage.viewer).await.unwrap();
    assert_eq!(off(&report(&stage, page(), Road::FACEBOOK).await, Standing::Unapproved), []);
}

#[tokio::test]
async fn messages_yes_names_no_shows_people_without_names_and_asks_for_no_profile_again() {
    let stage = Stage::open().await;
    stage.link_reading(&stage.viewer, Synchronisation::default().history(link_kit::Depth::Nothing).profiles(true)).await;
    let refused = json!({"code": 10, "subcode": 2_018_247, "status": 400});
    stage.meta.fault(json!({"match": {"method": "GET", "path": "/40000000000000*"}, "times": 99, "answer": refused})).await.unwrap();
    let profiles = async || {
        let calls = stage.meta.calls(0).await.unwrap().data;
        calls.iter().filter(|call| call["path"].as_str().unwrap().contains("/40000000000000")).count()
    };
    stage.pass(TimeDelta::minutes(1)).await;
    for customer in ["c1", "c2", "c3"] {
        stage.meta.customer_writes(customer, PAGE, "Are you open?").await.unwrap();
        stage.settle().await;
    }
    assert_eq!(profiles().await, 1, "asked again though nobody may know");
    let report_now = report(&stage, page(), Road::FACEBOOK).await;
    assert_eq!(off(&report_now, Standing::Unapproved), [Feature::PROFILES]);
    assert_eq!(report_now[&Feature::SEND], None);
    let rows = stage.kit.inbox().conversations(&stage.viewer, &link_kit::PageQuery::default()).await.unwrap().items;
    assert_eq!(rows.len(), 3, "a conversation waits for a name");
    let ada = conversation(&stage.viewer, page(), "4000000000000011");
    stage.kit.inbox().answer(&stage.viewer, &ada, "We are.", "k1").await.unwrap();

    // After a day it is tried once more.
    stage.pass(TimeDelta::hours(25)).await;
    stage.kit.accessibility().check(&stage.viewer).await.unwrap();
    assert_eq!(report(&stage, page(), Road::FACEBOOK).await[&Feature::PROFILES], None);
}

/// A road whose platform has announced the end of a permission.
struct Announced(Arc<dyn Grants>);

const ENDING: &[Permission] =
    &[Permission::new("pages_messaging", "read and answer the Page's conversations").ended(2027, 3, 1).renamed("pages_conversations")];

#[async_trait]
impl Grants for Announced {
    fn road(&self) -> Road {
        self.0.road()
    }
    fn dialog(&self, ask: &DialogAsk) -> Result<String> {
        self.0.dialog(ask)
    }
    async fn exchange(&self, code: &Secret, redirect_uri: &str) -> Result<SignedIn> {
        self.0.exchange(code, redirect_uri).await
    }
    async fn inspect(&self, token: &Secret) -> Result<SignedIn> {
        self.0.inspect(token).await
    }
    fn answer(&self, query: &str) -> DialogAnswer {
        self.0.answer(query)
    }
    fn permissions(&self) -> &'static [Permission] {
        ENDING
    }
    fn refreshing(&self) -> Option<RefreshRule> {
        self.0.refreshing()
    }
    async fn refresh(&self, token: &Secret) -> Result<Refreshed> {
        self.0.refresh(token).await
    }
    async fn withdraw(&self, token: &Secret, person: &PersonId, scope: Option<Scope>) -> Result<()> {
        self.0.withdraw(token, person, scope).await
    }
}

#[tokio::test]
async fn the_end_of_a_permission_is_announced_months_ahead() {
    let stage = Stage::linked().await;
    let mut wiring = app(&stage.meta).wire(Arc::new(stage.clock.clone())).unwrap();
    for road in &mut wiring.roads {
        road.grants = Arc::new(Announced(road.grants.clone()));
    }
    let kit = builder(&stage.meta, stage.address(), &stage.clock).wiring(wiring).sqlite(stage.database()).build().await.unwrap();
    let findings = kit.accessibility().check(&stage.viewer).await.unwrap();
    let ending = findings.iter().find(|finding| finding.code == "permission_ending").unwrap();
    assert!(ending.cause.ends_with("pages_messaging from 1 March 2027 (pages_conversations takes its place)"), "{}", ending.cause);
    let calm = stage.kit.accessibility().check(&stage.viewer).await.unwrap();
    assert!(calm.iter().all(|finding| finding.code != "permission_ending"), "{calm:?}");
}
