//! Story: what nobody delivered is found all the same, once and late, and Robin is told where deliveries are lost.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "these are tests; the lint's own exemption ends at helpers")]

#[path = "reconcile/asked.rs"]
mod asked;
#[path = "reconcile/away.rs"]
mod away;
#[path = "reconcile/broken.rs"]
mod broken;
#[path = "reconcile/budget.rs"]
mod budget;
#[path = "reconcile/killed.rs"]
mod killed;
#[path = "reconcile/lost.rs"]
mod lost;
#[path = "reconcile/revived.rs"]
mod revived;
mod stage;

use chrono::TimeDelta;
use futures::{FutureExt as _, Stream, StreamExt as _};
use link_kit::{AccountId, Alert, Lagged, LinkKit, Reconcile};
use serde_json::json;

use stage::{INSTAGRAM, PAGE, Setting, Stage, messages};

pub(crate) const ROBIN: &str = "2000000000000001";

/// The shop an hour after it was linked: its program runs, and Ada has asked something.
pub(crate) async fn open_shop(setting: Setting) -> Stage {
    let stage = setting.linked().await;
    stage.pass(TimeDelta::hours(1)).await;
    stage.meta.customer_writes("c1", PAGE, "Is the shop open?").await.unwrap();
    stage.settle().await;
    stage
}

/// From now on nothing is delivered, and Meta gives up on it.
pub(crate) async fn nobody_delivers(stage: &Stage) {
    for account in [PAGE, INSTAGRAM] {
        stage.meta.fault(json!({"webhook": {"account": account}, "times": 999, "lose": true})).await.unwrap();
    }
}

/// The next message to the Page is never delivered.
pub(crate) async fn lose_the_next(stage: &Stage) {
    stage.meta.fault(json!({"webhook": {"account": PAGE, "field": "messages"}, "lose": true})).await.unwrap();
}

/// The texts in a kit, oldest first.
pub(crate) async fn texts(kit: &LinkKit, stage: &Stage) -> Vec<String> {
    let all = messages(kit, &stage.viewer).await;
    all.into_iter().filter_map(|(_, message)| message.text().map(str::to_owned)).collect()
}

/// How the comparing of an account stands.
pub(crate) async fn compared(kit: &LinkKit, stage: &Stage, account: &AccountId) -> Reconcile {
    let all = kit.inbox().reconciles(&stage.viewer).await.unwrap();
    all.into_iter().find(|it| it.connection.account.account == *account).expect("the account was never compared")
}

/// The calls that read conversations, so far.
pub(crate) async fn reads(stage: &Stage) -> usize {
    stage.calls("GET", "/conversations").await.len() + stage.calls("GET", "/messages").await.len()
}

/// The alerts that are there already.
pub(crate) fn heard(alerts: &mut (impl Stream<Item = Result<Alert, Lagged>> + Unpin)) -> Vec<Alert> {
    std::iter::from_fn(|| alerts.next().now_or_never().flatten()).map(Result::unwrap).collect()
}
