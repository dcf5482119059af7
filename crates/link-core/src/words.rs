//! The lower floor: what a platform says, who may ask, and the ports that carry both. It never imports [`crate::linking`].

pub mod activity;
pub mod capabilities;
pub mod clock;
pub mod comment;
pub mod content;
pub mod envelope;
pub mod error;
pub mod event;
pub mod feed;
pub mod finding;
pub mod gate;
pub mod ids;
pub mod journal;
pub mod moment;
pub mod outgoing;
pub mod page;
pub mod permission;
pub mod platform;
pub mod ports;
pub mod pulse;
pub mod rates;
pub mod raw;
pub mod refusal;
pub mod secret;
pub mod view;
pub mod work;
