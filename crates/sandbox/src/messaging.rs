//! What is written between customers and accounts.

pub(crate) mod attached;
pub(crate) mod linking;
pub(crate) mod outgoing;
pub(crate) mod policy;
pub(crate) mod reactions;
pub(crate) mod shown;
pub(crate) mod template;
pub(crate) mod window;
pub(crate) mod write;
