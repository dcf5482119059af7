//! Giving permissions back from here.

use chrono::TimeDelta;
use link_core::words::refusal::Standing;
use link_kit::{Feature, Problem, Refusal, Road, Scope};
use serde_json::json;

use crate::stage::{INSTAGRAM, PAGE, Stage, conversation, instagram, owner, page};
use crate::{connection, grant_again, off, report};

const ADA: &str = "4000000000000011";
const MESSAGING: Scope = Scope::known("pages_messaging");

async fn texts(stage: &Stage) -> Vec<String> {
    stage.messages(&stage.viewer).await.into_iter().filter_map(|(_, message)| message.text().map(str::to_owned)).collect()
}

async fn answer(stage: &Stage, key: &str) -> Result<(), Problem> {
    let ada = conversation(&stage.viewer, page(), ADA);
    stage.kit.inbox().answer(&stage.viewer, &ada, "We are.", key).await.map(|_| ())
}

#[tokio::test]
async fn what_was_given_back_stops_at_once_and_meta_is_told() {
    let stage = Stage::set().open().await;
    let link = stage.link(&stage.viewer).await;
    stage.pass(TimeDelta::minutes(1)).await;
    stage.meta.customer_writes("c1", PAGE, "Are you open?").await.unwrap();
    stage.settle().await;
    let key = connection(&stage, page(), Road::FACEBOOK);
    let done = stage.kit.linking().withdraw(&stage.viewer, &key, Some(&MESSAGING)).await.unwrap();
    assert_eq!((done.scopes, done.at_platform), (vec![MESSAGING], link_kit::AtPlatform::TakenBack));
    assert!(done.off[&key].contains(&Feature::SEND) && done.off.len() == 1, "{:?}", done.off);
    assert_eq!(stage.calls("DELETE", "/permissions/pages_messaging").await.len(), 1);
    let refused = answer(&stage, "k1").await.unwrap_err();
    let Problem::Refused(Refusal::PermissionMissing { standing: Standing::Renounced, .. }) = refused else { panic!("{refused:?}") };
    assert_eq!(report(&stage, instagram(), Road::FACEBOOK).await[&Feature::SEND], None, "Instagram suffers");
    assert!(texts(&stage).await.contains(&"Are you open?".to_owned()), "what is here already is gone");

    stage.settle().await;
    stage.pass(TimeDelta::minutes(1)).await;
    grant_again(&stage, &link, &Road::FACEBOOK, &[]).await;
    answer(&stage, "k2").await.unwrap();
    stage.settle().await;
    assert!(texts(&stage).await.contains(&"We are.".to_owned()));
}

#[tokio::test]
async fn what_still_comes_without_the_permission_to_receive_is_counted_and_not_kept() {
    let stage = Stage::linked().await;
    stage.pass(TimeDelta::minutes(1)).await;
    // Meta does not hear of it, and goes on delivering.
    stage
        .meta
        .fault(json!({"match": {"method": "DELETE", "path": "/*/permissions/*"}, "times": 9, "answer": {"code": 2, "status": 503}}))
        .await
        .unwrap();
    let key = connection(&stage, page(), Road::FACEBOOK);
    let done = stage.kit.linking().withdraw(&stage.viewer, &key, Some(&MESSAGING)).await.unwrap();
    assert_eq!(done.at_platform, link_kit::AtPlatform::Later);
    let before = stage.kit.figures().await.unwrap().kept;
    stage.pass(TimeDelta::minutes(1)).await;
    stage.meta.customer_writes("c1", PAGE, "Are you open?").await.unwrap();
    stage.meta.customer_writes("c1", INSTAGRAM, "And here?").await.unwrap();
    stage.settle().await;
    assert_eq!(texts(&stage).await, ["And here?"]);
    assert_eq!(stage.kit.figures().await.unwrap().kept - before, 1);
}

#[tokio::test]
async fn a_platform_that_did_not_hear_of_it_is_told_again_and_gives_nothing_back_by_itself() {
    let stage = Stage::linked().await;
    stage.pass(TimeDelta::minutes(1)).await;
    let fault = json!({"match": {"method": "DELETE", "path": "/*/permissions/*"}, "times": 2, "answer": {"code": 2, "status": 503}});
    stage.meta.fault(fault).await.unwrap();
    let key = connection(&stage, page(), Road::FACEBOOK);
    stage.kit.linking().withdraw(&stage.viewer, &key, Some(&MESSAGING)).await.unwrap();
    for look in 1..=3 {
        stage.pass(TimeDelta::hours(1)).await;
        stage.kit.accessibility().check(&stage.viewer).await.unwrap();
        let found = off(&report(&stage, page(), Road::FACEBOOK).await, Standing::Renounced);
        assert!(found.contains(&Feature::SEND), "after look {look} a grant is back that was given back: {found:?}");
    }
    let told = stage.calls("DELETE", "/permissions/pages_messaging").await;
    let answers: Vec<_> = told.iter().map(|call| call["status"].as_u64().unwrap()).collect();
    assert_eq!(answers, [503, 503, 200], "told too rarely, or once it knew as well");
}

#[tokio::test]
async fn a_consent_that_another_owner_stands_on_is_not_taken_from_them() {
    let stage = Stage::linked().await;
    let other = owner("lighthouse", "robin");
    stage.link(&other).await;
    stage.pass(TimeDelta::minutes(1)).await;
    let key = connection(&stage, page(), Road::FACEBOOK);
    let done = stage.kit.linking().withdraw(&stage.viewer, &key, None).await.unwrap();
    assert_eq!(done.at_platform, link_kit::AtPlatform::NotTold);
    assert!(done.scopes.len() > 5 && done.off.len() == 2, "{done:?}");
    assert!(stage.calls("DELETE", "/permissions").await.is_empty());
    let of_other = link_kit::ConnectionKey { account: link_kit::AccountKey::new(other.owner.clone(), page()), road: Road::FACEBOOK };
    let report = stage.kit.linking().features(&other, &of_other).await.unwrap().unwrap();
    assert!(report.features.iter().filter(|it| it.asked_for).all(|it| it.verdict == link_core::words::gate::Verdict::Allowed));
    // For this owner nothing is kept any more, for the other everything is.
    stage.meta.customer_writes("c1", PAGE, "Are you open?").await.unwrap();
    stage.settle().await;
    assert_eq!(texts(&stage).await, Vec::<String>::new());
    assert_eq!(stage.messages(&other).await.len(), 1);
}

#[tokio::test]
async fn giving_everything_back_ends_the_consent_at_meta_and_signing_in_again_mends_it() {
    let stage = Stage::set().open().await;
    let link = stage.link(&stage.viewer).await;
    stage.pass(TimeDelta::minutes(1)).await;
    let key = connection(&stage, page(), Road::FACEBOOK);
    let done = stage.kit.linking().withdraw(&stage.viewer, &key, None).await.unwrap();
    assert_eq!(done.at_platform, link_kit::AtPlatform::TakenBack);
    assert_eq!(stage.calls("DELETE", "/permissions").await.len(), 1);
    stage.settle().await;
    let again = stage.kit.linking().withdraw(&stage.viewer, &key, None).await.unwrap();
    assert!(again.scopes.is_empty() && again.off.is_empty(), "{again:?}");

    stage.pass(TimeDelta::minutes(1)).await;
    grant_again(&stage, &link, &Road::FACEBOOK, &[]).await;
    stage.meta.customer_writes("c1", PAGE, "Are you open?").await.unwrap();
    stage.settle().await;
    assert_eq!(texts(&stage).await, ["Are you open?"]);
    answer(&stage, "k1").await.unwrap();
}

#[tokio::test]
async fn what_was_given_back_for_several_accounts_comes_back_for_all_of_them() {
    let stage = Stage::set().open().await;
    let link = stage.link(&stage.viewer).await;
    stage.pass(TimeDelta::minutes(1)).await;
    let fault = json!({"match": {"method": "DELETE", "path": "/*/permissions/*"}, "times": 99, "answer": {"code": 2, "status": 503}});
    stage.meta.fault(fault).await.unwrap();
    let key = connection(&stage, page(), Road::FACEBOOK);
    let metadata = Scope::known("pages_manage_metadata");
    let done = stage.kit.linking().withdraw(&stage.viewer, &key, Some(&metadata)).await.unwrap();
    assert_eq!(done.off.len(), 2, "{done:?}");
    assert!(done.off.values().all(|off| off.contains(&Feature::RECEIVE)), "{done:?}");
    // Repeating it changes nothing, and the platform is told once more.
    let again = stage.kit.linking().withdraw(&stage.viewer, &key, Some(&metadata)).await.unwrap();
    assert_eq!((again.scopes, again.at_platform), (vec![], link_kit::AtPlatform::Later));
    stage.meta.customer_writes("c1", PAGE, "Are you open?").await.unwrap();
    stage.meta.customer_writes("c1", INSTAGRAM, "And here?").await.unwrap();
    stage.settle().await;
    assert_eq!(texts(&stage).await, Vec::<String>::new());

    stage.pass(TimeDelta::minutes(1)).await;
    grant_again(&stage, &link, &Road::FACEBOOK, &[]).await;
    stage.pass(TimeDelta::minutes(1)).await;
    stage.meta.customer_writes("c1", PAGE, "And now?").await.unwrap();
    stage.meta.customer_writes("c1", INSTAGRAM, "And now here?").await.unwrap();
    stage.settle().await;
    let mut kept = texts(&stage).await;
    kept.retain(|text| text.starts_with("And now"));
    kept.sort();
    assert_eq!(kept, ["And now here?", "And now?"]);
    let unheld = stage.kit.linking().withdraw(&stage.viewer, &key, Some(&Scope::known("instagram_manage_comments"))).await.unwrap();
    assert_eq!(unheld.at_platform, link_kit::AtPlatform::NothingHeld);
}
