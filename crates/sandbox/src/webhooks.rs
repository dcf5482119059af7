//! Telling apps what happened: who is subscribed, what is told, how it is signed and delivered.

pub(crate) mod events;
pub(crate) mod fields;
pub(crate) mod handshake;
pub(crate) mod kind;
pub(crate) mod notices;
pub(crate) mod queue;
pub(crate) mod sign;
pub(crate) mod subscriptions;
pub(crate) mod worker;
