//! Reading history from a platform that does everything a platform may do, without any platform.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

#[path = "history/archive.rs"]
mod archive;
#[path = "history/desk.rs"]
mod desk;
#[path = "history/failing.rs"]
mod failing;
#[path = "history/oddities.rs"]
mod oddities;
#[path = "history/order.rs"]
mod order;
#[path = "history/spoiled.rs"]
mod spoiled;
#[path = "history/wanted.rs"]
mod wanted;
