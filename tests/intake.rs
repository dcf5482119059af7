//! What arrives at the webhook, good and bad, over HTTP and through plain `http` requests.
//!
//! Whoever is not Meta gets in nowhere and learns nothing; what Meta signed is never lost, however strange it is, and never spoils its
//! neighbours; and nothing is acknowledged that was not kept.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "these are tests; the lint's own exemption ends at helpers")]

mod stage;

#[path = "intake/door.rs"]
mod door;
#[path = "intake/letters.rs"]
mod letters;
#[path = "intake/oddities.rs"]
mod oddities;
#[path = "intake/repeats.rs"]
mod repeats;
#[path = "intake/size.rs"]
mod size;
#[path = "intake/store.rs"]
mod store;
#[path = "intake/strangers.rs"]
mod strangers;
#[path = "intake/values.rs"]
mod values;
