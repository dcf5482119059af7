//! The decoder for everything that Meta's webhooks say of conversations.
//!
//! The same words come from both platforms and both roads, so there is one decoder: [`Catalogue`]. What an item is follows from its
//! keys, not from the `object` of its body.

mod attachment;
mod catalogue;
mod change;
mod comment;
mod kind;
mod message;
mod messaging;
pub(crate) mod object;
pub(crate) mod scalar;
pub(crate) mod time;
mod told;

pub use catalogue::Catalogue;
pub use comment::COMMENT_FIELDS;
