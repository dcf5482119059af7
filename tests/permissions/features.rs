//! Each feature: granted, revoked in use, declined when asked again, granted again; by the tables.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use link_core::words::gate::Verdict;
use link_core::words::refusal::Standing;
use link_kit::{AccountId, Feature, Road, Scope};
use link_permissions::Requirement;
use link_sandbox::{Decision, PersonAction};

use crate::stage::{PAGE, Stage, conversation, instagram, page};
use crate::{ROBIN, ask_again, asked, connection, grant_again, off, report};

/// The permissions that every dialog asks for.
fn base() -> BTreeSet<&'static str> {
    let rows = tables().into_iter().flat_map(|(_, table)| table).filter(|row| row.road == Road::FACEBOOK && !row.on_request);
    rows.flat_map(|row| row.needs).copied().collect()
}

/// The features that a table says are off without a permission.
fn needing(table: &[Requirement], scope: &str) -> Vec<Feature> {
    let rows = table.iter().filter(|row| row.road == Road::FACEBOOK && row.needs.contains(&scope));
    let features: BTreeSet<Feature> = rows.map(|row| row.feature.clone()).collect();
    features.into_iter().collect()
}

fn tables() -> [(AccountId, &'static [Requirement]); 2] {
    [(page(), link_messenger::REQUIREMENTS), (instagram(), link_instagram::REQUIREMENTS)]
}

#[tokio::test]
async fn after_linking_everything_is_on_that_was_asked_for_and_the_rest_says_so() {
    let stage = Stage::linked().await;
    for (account, table) in tables() {
        let report = report(&stage, account.clone(), Road::FACEBOOK).await;
        let known: BTreeSet<&Feature> = table.iter().filter(|row| row.road == Road::FACEBOOK).map(|row| &row.feature).collect();
        assert_eq!(report.keys().collect::<BTreeSet<_>>(), known);
        let never: Vec<_> = off(&report, Standing::NeverAsked);
        let on_request = [Feature::COMMENTS, Feature::SHARE_POST];
        assert!(never.iter().all(|feature| on_request.contains(feature)), "{account}: {never:?}");
        assert_eq!(report[&Feature::SIGN_IN], None, "whoever signed in is not known");
    }
    let text = stage.kit.linking().features(&stage.viewer, &connection(&stage, page(), Road::FACEBOOK)).await.unwrap().unwrap().to_text();
    assert!(text.contains("comments (read comments on the Page and answer each in private once) is off: "), "{text}");
}

#[tokio::test]
async fn each_permission_taken_back_switches_off_what_needs_it_and_nothing_else_until_it_is_granted_again() {
    let stage = Stage::set().open().await;
    let link = stage.link(&stage.viewer).await;
    for scope in base() {
        stage.pass(TimeDelta::minutes(1)).await;
        stage.meta.person_acts(ROBIN, &PersonAction::Revoke { permission: scope.to_owned() }).await.unwrap();
        stage.settle().await;
        let mut suffering = 0;
        for (account, table) in tables() {
            let found = off(&report(&stage, account.clone(), Road::FACEBOOK).await, Standing::Revoked);
            assert_eq!(found, needing(table, scope), "{scope} taken back: {account}");
            suffering += found.len();
        }
        assert!(suffering > 0, "nothing needs {scope}");

        stage.pass(TimeDelta::minutes(1)).await;
        let (_, dialog) = stage.kit.linking().ask_again(&stage.viewer, link.id, &Road::FACEBOOK, &[], None).await.unwrap();
        assert_eq!(asked(&dialog), [scope], "more is asked for than what is missing");
        ask_again(&stage, &link, &Road::FACEBOOK, &[], Decision::allow().scopes(&["public_profile"])).await;
        for (account, table) in tables() {
            let found = off(&report(&stage, account.clone(), Road::FACEBOOK).await, Standing::Declined);
            assert_eq!(found, needing(table, scope), "{scope} declined: {account}");
        }

        stage.pass(TimeDelta::minutes(1)).await;
        grant_again(&stage, &link, &Road::FACEBOOK, &[]).await;
        for (account, _) in tables() {
            let report = report(&stage, account.clone(), Road::FACEBOOK).await;
            assert!(
                report.values().all(|standing| matches!(standing, None | Some(Standing::NeverAsked))),
                "{scope} granted again: {report:?}"
            );
        }
    }
}

#[tokio::test]
async fn without_an_optional_permission_the_feature_does_less_and_says_what_still_works() {
    let stage = Stage::linked().await;
    stage.pass(TimeDelta::minutes(1)).await;
    stage.meta.person_acts(ROBIN, &PersonAction::Revoke { permission: "business_management".to_owned() }).await.unwrap();
    stage.settle().await;
    let report = stage.kit.linking().features(&stage.viewer, &connection(&stage, page(), Road::FACEBOOK)).await.unwrap().unwrap();
    let listing = report.features.iter().find(|feature| feature.feature == Feature::LIST_ACCOUNTS).unwrap();
    assert_eq!(listing.verdict, Verdict::Degraded { missing: vec![Scope::known("business_management")] });
    assert!(listing.still.starts_with("Pages that the person manages directly"), "{}", listing.still);
    assert!(report.to_text().contains("on with less, without business_management; what still works: Pages"), "{}", report.to_text());
}

#[tokio::test]
async fn what_was_taken_back_in_metas_settings_is_noticed_at_the_next_look_though_nobody_told() {
    let stage = Stage::linked().await;
    stage.unsubscribe_from("permissions").await;
    stage.pass(TimeDelta::minutes(1)).await;
    stage.meta.person_acts(ROBIN, &PersonAction::Revoke { permission: "pages_messaging".to_owned() }).await.unwrap();
    stage.settle().await;
    assert_eq!(off(&report(&stage, page(), Road::FACEBOOK).await, Standing::Revoked), [], "somebody told");
    let before = stage.sqlite_end().await;
    stage.kit.accessibility().check(&stage.viewer).await.unwrap();
    let found = off(&report(&stage, page(), Road::FACEBOOK).await, Standing::Revoked);
    assert_eq!(found, needing(link_messenger::REQUIREMENTS, "pages_messaging"));
    let told = crate::stage::told(&stage.kit, &stage.viewer, before).await;
    let changed = told.iter().filter(|it| matches!(it.what, link_kit::What::PermissionsChanged { .. })).count();
    assert_eq!(changed, 2, "{told:?}");
    let before = stage.sqlite_end().await;
    stage.kit.accessibility().check(&stage.viewer).await.unwrap();
    let again = crate::stage::told(&stage.kit, &stage.viewer, before).await;
    let again: Vec<_> = again.iter().filter(|it| matches!(it.what, link_kit::What::PermissionsChanged { .. })).collect();
    assert!(again.is_empty(), "what is known is told again: {again:?}");
}

#[tokio::test]
async fn a_call_that_is_refused_for_want_of_a_permission_has_the_ledger_know_it_at_once() {
    let stage = Stage::linked().await;
    stage.unsubscribe_from("permissions").await;
    stage.meta.customer_writes("c1", PAGE, "Are you open?").await.unwrap();
    stage.settle().await;
    stage.pass(TimeDelta::minutes(11)).await;
    stage.meta.person_acts(ROBIN, &PersonAction::Revoke { permission: "pages_messaging".to_owned() }).await.unwrap();
    let ada = conversation(&stage.viewer, page(), "4000000000000011");
    stage.kit.inbox().answer(&stage.viewer, &ada, "We are.", "k1").await.unwrap();
    stage.settle().await;
    assert_eq!(report(&stage, page(), Road::FACEBOOK).await[&Feature::SEND], Some(Standing::Revoked));
    let refused = stage.kit.inbox().answer(&stage.viewer, &ada, "Come in.", "k2").await.unwrap_err();
    assert!(matches!(refused, link_kit::Problem::Refused(_)), "{refused:?}");
    let sends = stage.calls("POST", "/messages").await.len();
    assert_eq!(sends, 1, "the platform is asked again for what it refused");
}
