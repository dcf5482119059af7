//! Story: a day at a shop on which everything happens that a webhook can tell of, and each thing is what its sender meant.

#![allow(clippy::unwrap_used, clippy::panic, reason = "these are tests; the lint's own exemption ends at helpers")]

#[path = "meaning/comments.rs"]
mod comments;
#[path = "meaning/day.rs"]
mod day;
#[path = "meaning/instagram.rs"]
mod instagram;
#[path = "meaning/messenger.rs"]
mod messenger;
mod stage;
