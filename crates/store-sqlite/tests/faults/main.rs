//! What happens when the disk, the lock, the process or the crowd turns against the store.

#![allow(clippy::unwrap_used, reason = "a test may stop where it or the store is wrong")]

#[path = "../ports/fixture.rs"]
mod fixture;

mod copied;
mod crash;
mod crowd;
mod host;
mod older;
mod refused;
mod wiped;
