//! Whose wishes leave when: where calls hang, where the platform restricts an account or forgot a file, and where a wait is told.

#![allow(clippy::unwrap_used, reason = "a test")]

mod forgotten;
mod restricted;
mod slow;
mod stage;
mod told;
