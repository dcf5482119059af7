//! What each port promises, on SQLite.

#![allow(clippy::unwrap_used, reason = "a test may stop where it or the store is wrong")]

mod fixture;

mod activity;
mod backfills;
mod outbox;
mod same;
mod suites;
