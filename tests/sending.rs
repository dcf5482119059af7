//! Story: customers write on both platforms, the shop answers, and whatever happens on the wire nothing is sent twice and nothing is lost.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "these are tests; the lint's own exemption ends at helpers")]

#[path = "sending/alerts.rs"]
mod alerts;
#[path = "sending/answers.rs"]
mod answers;
#[path = "sending/clocks.rs"]
mod clocks;
#[path = "sending/kinds.rs"]
mod kinds;
#[path = "sending/losses.rs"]
mod losses;
#[path = "sending/others.rs"]
mod others;
#[path = "sending/policy.rs"]
mod policy;
#[path = "sending/priorities.rs"]
mod priorities;
#[path = "sending/private_replies.rs"]
mod private_replies;
#[path = "sending/refusals.rs"]
mod refusals;
#[path = "sending/settling.rs"]
mod settling;
#[path = "sending/sharing.rs"]
mod sharing;
mod stage;
#[path = "sending/throttling.rs"]
mod throttling;
#[path = "sending/tokens.rs"]
mod tokens;
#[path = "sending/uploads.rs"]
mod uploads;
#[path = "sending/waits.rs"]
mod waits;

use chrono::TimeDelta;
use futures::{FutureExt as _, Stream, StreamExt as _};
use link_kit::{
    Alert, ConversationKey, Depth, ErrorKind, Failure, Intent, IntentState, Lagged, MessageRow, PageQuery, Pending, Preferences, Problem,
    Refusal, Road, Synchronisation,
};
use link_sandbox::Decision;
use serde_json::{Value, json};

use stage::Agree as _;
use stage::{INSTAGRAM, PAGE, Stage, conversation, instagram, page};

pub(crate) const ROBIN: &str = "2000000000000001";
/// Ada and Ben as the Page knows them, Eve as the Instagram account does.
pub(crate) const ADA: &str = "4000000000000011";
pub(crate) const BEN: &str = "4000000000000012";
pub(crate) const EVE: &str = "5000000000000015";

/// The shop an hour after it was linked, with a question of Ada's on Messenger and one of Eve's on Instagram.
pub(crate) async fn asked() -> Stage {
    asked_on(Stage::linked().await).await
}

/// The same on another stage, where the shop is linked already.
pub(crate) async fn asked_on(stage: Stage) -> Stage {
    stage.pass(TimeDelta::hours(1)).await;
    stage.meta.customer_writes("c1", PAGE, "Is the shop open?").await.unwrap();
    stage.meta.customer_writes("c5", INSTAGRAM, "Do you ship?").await.unwrap();
    stage.settle().await;
    stage.pass(TimeDelta::seconds(1)).await;
    stage
}

pub(crate) fn ada(stage: &Stage) -> ConversationKey {
    conversation(&stage.viewer, page(), ADA)
}

pub(crate) fn eve(stage: &Stage) -> ConversationKey {
    conversation(&stage.viewer, instagram(), EVE)
}

pub(crate) async fn answer(stage: &Stage, to: &ConversationKey, text: &str, key: &str) -> Result<Intent, Problem> {
    stage.kit.inbox().answer(&stage.viewer, to, text, key).await
}

pub(crate) async fn now(stage: &Stage, intent: &Intent) -> Intent {
    stage.kit.inbox().intent(&stage.viewer, intent.id).await.unwrap().unwrap()
}

/// What was sent to the platform, whatever came of it.
pub(crate) async fn sends(stage: &Stage) -> Vec<Value> {
    stage.calls("POST", "/messages").await
}

/// A conversation, oldest first.
pub(crate) async fn talk(stage: &Stage, key: &ConversationKey) -> Vec<MessageRow> {
    let timeline = stage.kit.inbox().timeline(&stage.viewer, key, &PageQuery::first(500)).await.unwrap();
    timeline.messages.items.into_iter().rev().collect()
}

pub(crate) async fn pending(stage: &Stage, key: &ConversationKey) -> Vec<Pending> {
    stage.kit.inbox().timeline(&stage.viewer, key, &PageQuery::first(500)).await.unwrap().pending
}

pub(crate) fn texts(rows: &[MessageRow]) -> Vec<&str> {
    rows.iter().filter_map(|row| row.state.text()).collect()
}

/// A fault of the next send.
pub(crate) async fn next_send(stage: &Stage, mut fault: Value) {
    fault["match"] = json!({"method": "POST", "path": "/*/messages"});
    stage.meta.fault(fault).await.unwrap();
}

/// Refused for this reason, and the platform was not asked.
pub(crate) async fn assert_refused(stage: &Stage, outcome: Result<Intent, Problem>, expected: impl Fn(&Refusal) -> bool) {
    let problem = outcome.expect_err("it was taken");
    let Problem::Refused(refusal) = &problem else { panic!("{problem:?}") };
    assert!(expected(refusal), "{refusal:?}");
    assert!(!problem.remedy().unwrap().what.is_empty());
    let before = sends(stage).await.len();
    stage.settle().await;
    assert_eq!(sends(stage).await.len(), before, "what was refused was sent");
}

pub(crate) fn is_window(refusal: &Refusal) -> bool {
    matches!(refusal, Refusal::WindowClosed { .. })
}

/// The failure of an intent that the platform refused.
pub(crate) fn refusal_of(intent: &Intent) -> (ErrorKind, &str, &str) {
    let IntentState::Failed { failure: Failure::Platform { kind, code, remedy, .. } } = &intent.state else { panic!("{:?}", intent.state) };
    (*kind, code.as_deref().unwrap(), remedy.as_deref().unwrap())
}

/// Links both accounts with other preferences than the usual ones.
pub(crate) async fn preferring(stage: &Stage, preferences: Preferences) {
    let (linking, viewer) = (stage.kit.linking(), &stage.viewer);
    let setup = linking.begin(viewer).await.unwrap().id;
    let dialog = linking.dialog(viewer, setup, &Road::FACEBOOK, None).await.unwrap();
    let came_back = stage.meta.sign_in(&dialog, &Decision::allow()).await.unwrap();
    linking.signed_in(viewer, &came_back).await.unwrap();
    linking.choose(viewer, setup, vec![page(), instagram()]).await.unwrap();
    linking.prefer(viewer, setup, preferences).await.unwrap();
    linking.synchronise(viewer, setup, Synchronisation::default().history(Depth::Nothing)).await.unwrap();
    linking.agree(viewer, setup).await.unwrap();
    stage.pass(TimeDelta::hours(1)).await;
}

/// The alerts that are there already.
pub(crate) fn heard(alerts: &mut (impl Stream<Item = Result<Alert, Lagged>> + Unpin)) -> Vec<Alert> {
    std::iter::from_fn(|| alerts.next().now_or_never().flatten()).map(Result::unwrap).collect()
}
