//! Story: the shop wants to know who did what, whether that record holds, and whether somebody is not who they seem.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "these are tests; the lint's own exemption ends at helpers")]

#[path = "activity/record.rs"]
mod record;
mod stage;
#[path = "activity/unusual.rs"]
mod unusual;

use chrono::TimeDelta;
use link_kit::{Activity, ChainReport, ConversationKey, PageQuery, Role, Viewer};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection as _, SqliteConnection};

use stage::{PAGE, Stage, conversation, page, whole};

/// Ada as the Page knows her.
const ADA: &str = "4000000000000011";
pub(crate) const QUESTION: &str = "Do you have marmalade?";
pub(crate) const ANSWER: &str = "Seven jars of it.";

/// The shop an hour after it was linked; Ada asked something.
pub(crate) async fn asked() -> Stage {
    let stage = Stage::linked().await;
    stage.pass(TimeDelta::hours(1)).await;
    stage.meta.customer_writes("c1", PAGE, QUESTION).await.unwrap();
    stage.settle().await;
    stage
}

pub(crate) fn ada(stage: &Stage) -> ConversationKey {
    conversation(&stage.viewer, page(), ADA)
}

/// Sam, who answers for the shop, from a town and with a device.
pub(crate) fn sam(stage: &Stage, place: &str, device: &str) -> Viewer {
    let sam = Viewer::new(stage.viewer.owner.clone(), "sam".parse().unwrap()).with_role(Role::AGENT);
    sam.from_place(place).with_device(device)
}

/// Every act, oldest first.
pub(crate) async fn acts(stage: &Stage) -> Vec<Activity> {
    let mut acts = whole(async |page| stage.kit.activity(&stage.viewer, &page).await.unwrap()).await;
    acts.reverse();
    acts
}

pub(crate) async fn verified(stage: &Stage) -> ChainReport {
    stage.kit.verify_activity(&stage.viewer, None).await.unwrap()
}

/// Somebody with the file at hand writes to it.
pub(crate) async fn tamper(stage: &Stage, sql: &'static str) {
    let mut file = SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(stage.database())).await.unwrap();
    assert!(sqlx::raw_sql(sql).execute(&mut file).await.unwrap().rows_affected() > 0, "nothing was tampered with");
    file.close().await.unwrap();
}

/// A column of text, as somebody with the file at hand reads it.
pub(crate) async fn dump(stage: &Stage, sql: &'static str) -> String {
    let mut file = SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(stage.database()).read_only(true)).await.unwrap();
    let rows: Vec<String> = sqlx::query_scalar(sql).fetch_all(&mut file).await.unwrap();
    file.close().await.unwrap();
    rows.join("\n")
}

/// The codes of what was unusual, oldest first.
pub(crate) async fn flagged(stage: &Stage) -> Vec<String> {
    stage.kit.drain().await.unwrap();
    let found = stage.kit.unusual(&stage.viewer, &PageQuery::first(100)).await.unwrap();
    found.items.into_iter().rev().map(|act| act.act).collect()
}
