//! For whoever keeps things elsewhere: what every implementation of the store ports must do.
//!
//! The suites are plain async functions over ports, to be run on stores in which nothing is yet. Each answers the store's own error, and
//! panics with a sentence that says what would be wrong in the world. In each there are two owners whose accounts, people and setups are
//! called the same. Times have nanoseconds, and come back as they went in.
//!
//! They are tried one call after the other, or polled together on one task: that a store withstands threads and processes, a full disk
//! and a sudden end is for its own tests to show.

#![expect(clippy::unwrap_used, reason = "these are tests that are run elsewhere")]

mod activity;
mod confirming;
mod credentials;
mod feed;
mod findings;
mod journal;
mod links;
mod owners;
mod pulse;
mod setups;
mod sign_ins;

pub use activity::activity_log;
pub use credentials::credential_store;
pub use feed::feed;
pub use findings::finding_store;
pub use journal::journal;
pub use links::link_store;
pub use pulse::pulse;
pub use setups::setup_store;
pub use sign_ins::sign_in_store;
