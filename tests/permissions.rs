//! Story: what Robin grants, declines and takes back, what the shop's program may do then, and how it asks again.
#![allow(clippy::unwrap_used, clippy::panic, reason = "these are tests; the lint's own exemption ends at helpers")]

#[path = "permissions/approved.rs"]
mod approved;
#[path = "permissions/asking.rs"]
mod asking;
#[path = "permissions/features.rs"]
mod features;
mod stage;
#[path = "permissions/withdrawing.rs"]
mod withdrawing;

use std::collections::BTreeMap;

use link_core::words::gate::Verdict;
use link_core::words::refusal::Standing;
use link_kit::{AccountId, AccountKey, ConnectionKey, Feature, Link, Refusal, Road, SetupId, Stage as At};
use link_sandbox::Decision;

use stage::{Agree as _, Stage};

pub(crate) const ROBIN: &str = "2000000000000001";

/// The connection of an account of the stage's viewer.
pub(crate) fn connection(stage: &Stage, account: AccountId, road: Road) -> ConnectionKey {
    ConnectionKey { account: AccountKey::new(stage.viewer.owner.clone(), account), road }
}

/// Every feature of an account, with how it is off where it is.
pub(crate) async fn report(stage: &Stage, account: AccountId, road: Road) -> BTreeMap<Feature, Option<Standing>> {
    let report = stage.kit.linking().features(&stage.viewer, &connection(stage, account, road)).await.unwrap().unwrap();
    let standing = |verdict: &Verdict| match verdict {
        Verdict::Allowed | Verdict::Degraded { .. } => None,
        Verdict::Refused(Refusal::PermissionMissing { standing, .. }) => Some(*standing),
        other => panic!("{other:?}"),
    };
    report.features.iter().map(|feature| (feature.feature.clone(), standing(&feature.verdict))).collect()
}

/// The features that are off like this.
pub(crate) fn off(report: &BTreeMap<Feature, Option<Standing>>, how: Standing) -> Vec<Feature> {
    report.iter().filter(|(_, standing)| **standing == Some(how)).map(|(feature, _)| feature.clone()).collect()
}

/// What a dialog asks for.
pub(crate) fn asked(dialog: &str) -> Vec<String> {
    let address = url::Url::parse(dialog).unwrap();
    let scope = address.query_pairs().find(|(name, _)| name == "scope").map(|(_, scope)| scope.into_owned()).unwrap_or_default();
    scope.split(',').filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// Robin is asked again for what is missing, answers, and confirms what is shown.
pub(crate) async fn ask_again(stage: &Stage, link: &Link, road: &Road, wanted: &[Feature], decision: Decision) -> SetupId {
    let linking = stage.kit.linking();
    let (setup, dialog) = linking.ask_again(&stage.viewer, link.id, road, wanted, None).await.unwrap();
    let came_back = stage.meta.sign_in(&dialog, &decision).await.unwrap();
    linking.signed_in(&stage.viewer, &came_back).await.unwrap();
    setup.id
}

/// The same, and Robin confirms what is shown.
pub(crate) async fn grant_again(stage: &Stage, link: &Link, road: &Road, wanted: &[Feature]) {
    let setup = ask_again(stage, link, road, wanted, Decision::allow()).await;
    let linking = stage.kit.linking();
    assert_eq!(linking.setup(&stage.viewer, setup).await.unwrap().stage, At::Review, "who grants more is asked everything anew");
    let confirmed = linking.agree(&stage.viewer, setup).await.unwrap();
    assert_eq!(confirmed.link.id, link.id, "asking again makes another link");
}
