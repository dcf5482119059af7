//! The public suites of every port, run on SQLite, each on a database of its own.

use crate::fixture::fresh;

#[tokio::test]
async fn the_journal_conforms() {
    let (_folder, sqlite) = fresh().await;
    link_core::testing::journal(&sqlite.journal()).await.unwrap();
}

#[tokio::test]
async fn the_feed_conforms() {
    let (_folder, sqlite) = fresh().await;
    link_core::testing::feed(&sqlite.feed()).await.unwrap();
}

#[tokio::test]
async fn the_activity_log_conforms() {
    let (_folder, sqlite) = fresh().await;
    link_core::testing::activity_log(&sqlite.activity()).await.unwrap();
}

#[tokio::test]
async fn the_credential_store_conforms() {
    let (_folder, sqlite) = fresh().await;
    link_core::testing::credential_store(&sqlite.credentials(), &sqlite.feed()).await.unwrap();
}

#[tokio::test]
async fn the_sign_in_store_conforms() {
    let (_folder, sqlite) = fresh().await;
    link_core::testing::sign_in_store(&sqlite.sign_ins()).await.unwrap();
}

#[tokio::test]
async fn the_setup_store_conforms() {
    let (_folder, sqlite) = fresh().await;
    link_core::testing::setup_store(&sqlite.setups()).await.unwrap();
}

#[tokio::test]
async fn the_link_store_conforms() {
    let (_folder, sqlite) = fresh().await;
    link_core::testing::link_store(&sqlite.links(), &sqlite.setups(), &sqlite.feed(), &sqlite.activity()).await.unwrap();
}

#[tokio::test]
async fn the_finding_store_conforms() {
    let (_folder, sqlite) = fresh().await;
    link_core::testing::finding_store(&sqlite.findings(), &sqlite.feed(), &sqlite.setups()).await.unwrap();
}

#[tokio::test]
async fn the_pulse_conforms() {
    let (_folder, sqlite) = fresh().await;
    link_core::testing::pulse(&sqlite.pulse()).await.unwrap();
}

#[tokio::test]
async fn the_ledger_conforms() {
    let (_folder, sqlite) = fresh().await;
    link_permissions::conformance::all(&sqlite.ledger()).await.unwrap();
}

#[tokio::test]
async fn the_message_store_conforms() {
    let (_folder, sqlite) = fresh().await;
    link_sync::testing::message_store(&sqlite.messages()).await.unwrap();
}

#[tokio::test]
async fn the_outbox_conforms() {
    let (_folder, sqlite) = fresh().await;
    link_sync::testing::outbox(&sqlite.outbox(), &sqlite.messages()).await.unwrap();
}

#[tokio::test]
async fn the_pause_store_conforms() {
    let (_folder, sqlite) = fresh().await;
    link_sync::testing::pause_store(&sqlite.pauses()).await.unwrap();
}

#[tokio::test]
async fn the_backfill_store_conforms() {
    let (_folder, sqlite) = fresh().await;
    link_sync::testing::backfill_store(&sqlite.backfills()).await.unwrap();
}

#[tokio::test]
async fn the_reconcile_store_conforms() {
    let (_folder, sqlite) = fresh().await;
    link_sync::testing::reconcile_store(&sqlite.reconciles(), &sqlite.feed()).await.unwrap();
}

#[tokio::test]
async fn the_unlink_store_conforms() {
    let (_folder, sqlite) = fresh().await;
    link_privacy::testing::unlink_store(&sqlite.unlinks(), &sqlite.activity()).await.unwrap();
}

#[tokio::test]
async fn the_upload_store_conforms() {
    let (_folder, sqlite) = fresh().await;
    link_sync::testing::upload_store(&sqlite.uploads()).await.unwrap();
}
