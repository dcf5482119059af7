//! Webhooks: the handshake, the signature, and splitting a body into items.
//!
//! Meta asks for the address once (a GET with `hub.mode`, `hub.challenge` and `hub.verify_token`) and then posts bodies of the form
//! `{"object", "entry": [{"id", "time", "messaging" | "standby" | "changes" | "field" + "value"}]}`, each signed with the app's secret.
//! [`Gatehouse`] answers both; [`split`] is what it does with a body once it is known to be genuine.

mod consent;
mod gatehouse;
mod letter;
mod nesting;
mod split;

pub use gatehouse::Gatehouse;
pub(crate) use split::is_bare;
pub use split::split;
