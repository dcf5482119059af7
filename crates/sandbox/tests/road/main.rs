//! The Page road from the dialog to the echo, told from the side of an app that only knows HTTP.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod admin;
mod batch;
mod belongings;
mod bench;
mod businesses;
mod conversations;
mod dialog;
mod faults;
mod graph;
mod hostile;
mod instagram_graph;
mod instagram_login;
mod ledgers;
mod limits;
mod live;
mod quirks;
mod receiver;
mod refusals;
mod repeat;
mod routing;
mod sending;
mod stage;
mod templates;
mod uploads;
mod watching;
mod webhooks;
