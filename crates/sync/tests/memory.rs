//! The suites, run on the memory stores that they are compared with.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

use link_sync::testing::{Memory, MemoryBackfills, backfill_store, message_store, outbox};

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
