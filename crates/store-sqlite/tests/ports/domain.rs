//! The suites of the domain crates, run on SQLite.

use crate::fixture::fresh;

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
