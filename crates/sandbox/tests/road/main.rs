//! The Page road from the dialog to the echo, told from the side of an app that only knows HTTP.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod admin;
mod bench;
mod conversations;
mod dialog;
mod faults;
mod graph;
mod ledgers;
mod live;
mod receiver;
mod refusals;
mod repeat;
mod sending;
mod stage;
mod webhooks;
