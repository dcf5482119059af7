//! The dialect that Messenger and Instagram share, and where they differ.
//!
//! One set of calls serves both platforms and both roads; what differs is data in [`Dialect`]. [`Talk`] speaks it and implements core's
//! ports.

mod conversations;
mod fields;
mod message;
mod profile;
mod send;
mod subscriptions;
mod talk;
mod thread;

pub(crate) use fields::OBJECTS;
pub use talk::Talk;

use link_core::{Platform, Road};

use crate::client::Host;

const INSTAGRAM_MESSAGE: &str =
    "id,created_time,from,to,message,attachments,shares{id,link,type,url,title},story,reactions,reply_to,is_unsupported";
const INSTAGRAM_PROFILE: &str = "name,username,profile_pic";

/// What differs between the platforms, and between the roads to them, on the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Dialect {
    /// Which platform.
    pub platform: Platform,
    /// By which road.
    pub road: Road,
    /// Which host answers calls about an account.
    pub host: Host,
    /// Its word in the parameter `platform` of the Conversations API.
    pub word: &'static str,
    /// True if every message says under which rule it is sent (`messaging_type`). Optional on Instagram, whose samples have none.
    pub states_type: bool,
    /// True if a message may carry metadata that comes back with its echo.
    pub takes_metadata: bool,
    /// What is asked of each message in history. A field that a platform does not know is refused with the whole call.
    pub message_fields: &'static str,
    /// What is asked of a person.
    pub profile_fields: &'static str,
    /// The webhook objects of which the road's app is told, each with its fields in its own spelling.
    pub objects: &'static [(&'static str, &'static [&'static str])],
    /// The fields to which the account, or the Page it is reached through, is subscribed. No field stands in two dialects that share a
    /// subscription: ending one's part must leave the other's.
    pub fields: &'static [&'static str],
    /// Fields that Meta's pages disagree about: asked for as well, and left away where that is refused.
    pub doubtful_fields: &'static [&'static str],
    /// True if the subscription is the Page's, which Messenger and the Instagram account linked to it have in common.
    pub shares_subscription: bool,
}

impl Dialect {
    /// Messenger.
    pub const MESSENGER: Self = Self {
        platform: Platform::MESSENGER,
        road: Road::FACEBOOK,
        host: Host::FacebookGraph,
        word: "messenger",
        states_type: true,
        takes_metadata: true,
        message_fields: "id,created_time,from,to,message,attachments,shares{id,link,type,url,title},sticker,reactions,reply_to",
        profile_fields: "first_name,last_name,name,profile_pic",
        objects: fields::PAGE_OBJECT,
        fields: fields::PAGE,
        doubtful_fields: &[],
        shares_subscription: true,
    };

    /// Instagram, for an account that is linked to a Page.
    pub const INSTAGRAM: Self = Self {
        platform: Platform::INSTAGRAM,
        road: Road::FACEBOOK,
        host: Host::FacebookGraph,
        word: "instagram",
        states_type: false,
        takes_metadata: false,
        message_fields: INSTAGRAM_MESSAGE,
        profile_fields: INSTAGRAM_PROFILE,
        objects: fields::INSTAGRAM_OBJECT,
        fields: fields::PAGE_FOR_INSTAGRAM,
        doubtful_fields: &[],
        shares_subscription: true,
    };

    /// Instagram, for an account that signed in by itself.
    pub const INSTAGRAM_LOGIN: Self = Self {
        platform: Platform::INSTAGRAM,
        road: Road::INSTAGRAM,
        host: Host::InstagramGraph,
        word: "instagram",
        states_type: false,
        takes_metadata: false,
        message_fields: INSTAGRAM_MESSAGE,
        profile_fields: INSTAGRAM_PROFILE,
        objects: fields::LOGIN_OBJECT,
        fields: fields::LOGIN,
        doubtful_fields: fields::LOGIN_DOUBTFUL,
        shares_subscription: false,
    };
}
