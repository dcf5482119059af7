//! The suites, run on the memory stores that they are compared with.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

use link_sync::testing::{Memory, MemoryBackfills, MemoryReconciles, backfill_store, message_store, outbox, reconcile_store};

#[tokio::test]
async fn the_memory_message_store_keeps_the_ports_promises() {
    message_store(&Memory::default()).await.unwrap();
}

#[tokio::test]
async fn the_memory_outbox_keeps_the_ports_promises() {
    let memory = Memory::default();
    outbox(&memory, &memory).await.unwrap();
}

#[tokio::test]
async fn the_memory_backfills_keep_the_ports_promises() {
    backfill_store(&MemoryBackfills::default()).await.unwrap();
}

#[tokio::test]
async fn what_is_compared_in_memory_conforms() {
    let memory = MemoryReconciles::default();
    reconcile_store(&memory, &memory).await.unwrap();
}
