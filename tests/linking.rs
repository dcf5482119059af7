//! Story: Robin links the shop's Page and its Instagram account, and everything that may go wrong on the way says what it is.
#![allow(clippy::unwrap_used, clippy::panic, reason = "these are tests; the lint's own exemption ends at helpers")]

#[path = "linking/announced.rs"]
mod announced;
#[path = "linking/browsers.rs"]
mod browsers;
#[path = "linking/changes.rs"]
mod changes;
#[path = "linking/confirming.rs"]
mod confirming;
#[path = "linking/dialog.rs"]
mod dialog;
#[path = "linking/ends.rs"]
mod ends;
#[path = "linking/grants.rs"]
mod grants;
#[path = "linking/held.rs"]
mod held;
#[path = "linking/left_behind.rs"]
mod left_behind;
#[path = "linking/meanwhile.rs"]
mod meanwhile;
#[path = "linking/missed.rs"]
mod missed;
#[path = "linking/other_road.rs"]
mod other_road;
#[path = "linking/recovery.rs"]
mod recovery;
#[path = "linking/setups.rs"]
mod setups;
#[path = "linking/several.rs"]
mod several;
mod stage;
#[path = "linking/walk.rs"]
mod walk;
#[path = "linking/without_page.rs"]
mod without_page;

use link_kit::{AccountId, Depth, LinkKit, PageQuery, Preferences, Problem, Road, Setup, SetupId, Stage as At, Synchronisation, Viewer};
use link_sandbox::Decision;
use serde_json::json;

use stage::{PAGE, Stage, instagram, page};

pub(crate) const ROBIN: &str = "2000000000000001";
pub(crate) const SAM: &str = "2000000000000002";
pub(crate) const CAFE_PAGE: &str = "3000000000000002";
pub(crate) const CAFE_INSTAGRAM: &str = "17841400000000002";

/// The person's way through the dialog, and back to the kit.
pub(crate) async fn sign_in(stage: &Stage, setup: SetupId, decision: Decision) -> Result<Setup, Problem> {
    let linking = stage.kit.linking();
    let dialog = linking.dialog(&stage.viewer, setup, &Road::FACEBOOK, None).await?;
    let came_back = stage.meta.sign_in(&dialog, &decision).await.unwrap();
    Ok(linking.signed_in(&stage.viewer, &came_back).await?.setup)
}

pub(crate) async fn begin(stage: &Stage) -> SetupId {
    stage.kit.linking().begin(&stage.viewer).await.unwrap().id
}

/// A setup that only waits to be confirmed.
pub(crate) async fn at_review(stage: &Stage, accounts: Vec<AccountId>) -> SetupId {
    let setup = begin(stage).await;
    sign_in(stage, setup, Decision::allow()).await.unwrap();
    to_review(&stage.kit, &stage.viewer, setup, accounts).await;
    setup
}

pub(crate) async fn to_review(kit: &LinkKit, viewer: &Viewer, setup: SetupId, accounts: Vec<AccountId>) {
    let linking = kit.linking();
    linking.choose(viewer, setup, accounts).await.unwrap();
    linking.prefer(viewer, setup, Preferences::default()).await.unwrap();
    let setup = linking.synchronise(viewer, setup, Synchronisation::default().history(Depth::Nothing)).await.unwrap();
    assert_eq!(setup.stage, At::Review);
}

pub(crate) fn both() -> Vec<AccountId> {
    vec![page(), instagram()]
}

/// The person who signs in may do this at the Page, and nothing else.
pub(crate) async fn sam_with(stage: &Stage, tasks: &[&str]) {
    let admins = json!([{"person": ROBIN}, {"person": SAM, "tasks": tasks}]);
    let seed = json!({"people": [{"id": SAM, "name": "Sam Hand"}], "pages": [{"id": PAGE, "admins": admins}]});
    stage.meta.seed(&seed).await.unwrap();
}

/// The acts that were recorded, oldest first.
pub(crate) async fn acts(stage: &Stage) -> Vec<String> {
    let page = stage.kit.activity(&stage.viewer, &PageQuery::first(100)).await.unwrap();
    page.items.into_iter().rev().map(|activity| activity.act).collect()
}

/// A problem that names its cause and says who can do what about it, without giving anything away.
#[track_caller]
pub(crate) fn assert_says_what_to_do(problem: &Problem) {
    let remedy = problem.remedy().unwrap_or_else(|| panic!("no remedy: {problem:?}"));
    assert!(!remedy.what.is_empty() && !problem.to_string().is_empty(), "{problem:?}");
    let shown = format!("{problem:?} {problem}");
    assert!(!shown.contains("EAA") && !shown.contains(stage::APP_SECRET), "a secret is told: {shown}");
}

pub(crate) fn parameter(address: &str, name: &str) -> String {
    let (_, query) = address.split_once('?').unwrap();
    let query = query.split('#').next().unwrap();
    query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('=')).unwrap().to_owned()
}
