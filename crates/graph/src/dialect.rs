//! The dialect that Messenger and Instagram share, and where they differ.
//!
//! One set of calls serves both platforms; what differs is data in [`Dialect`]. [`Talk`] speaks it and implements core's ports.

mod conversations;
mod fields;
mod message;
mod posts;
mod profile;
mod send;
mod subscriptions;
mod talk;
mod thread;
mod uploads;

pub(crate) use fields::OBJECTS;
pub use talk::Talk;

use link_core::Platform;

/// What differs between the platforms on the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Dialect {
    /// Which platform.
    pub platform: Platform,
    /// Its word in the parameter `platform` of the Conversations API.
    pub word: &'static str,
    /// True if every message says under which rule it is sent (`messaging_type`). Optional on Instagram, whose samples have none.
    pub states_type: bool,
    /// True if a message may carry metadata that comes back with its echo.
    pub takes_metadata: bool,
    /// The platform's word for a heart as a reaction, where it has one; without it the emoji itself is told.
    pub heart: Option<&'static str>,
    /// What is asked of each message in history. A field that a platform does not know is refused with the whole call.
    pub message_fields: &'static str,
    /// What is asked of each conversation besides its messages.
    pub thread_fields: &'static str,
    /// What is asked of a person.
    pub profile_fields: &'static str,
    /// The fields to which the Page is subscribed for this platform. No field stands in two dialects: the Instagram account and its
    /// Page share one subscription, and ending one's part must leave the other's.
    pub page_fields: &'static [&'static str],
    /// The fields to which the Page is subscribed for this platform unless Meta refuses them.
    pub page_wishes: &'static [&'static str],
    /// The fields to which an account that is reached by its own login is subscribed; empty if there is no such road.
    pub login_fields: &'static [&'static str],
    /// The fields to which the Page is subscribed besides where comments are wanted.
    pub page_comments: &'static [&'static str],
    /// The fields to which an account that is reached by its own login is subscribed besides where comments are wanted.
    pub login_comments: &'static [&'static str],
}

impl Dialect {
    /// Messenger.
    pub const MESSENGER: Self = Self {
        platform: Platform::MESSENGER,
        word: "messenger",
        states_type: true,
        takes_metadata: true,
        heart: None,
        message_fields: "id,created_time,from,to,message,attachments,shares{id,link,type,url,title},sticker,reactions,reply_to",
        thread_fields: "id,updated_time,participants,message_count,is_owner",
        profile_fields: "first_name,last_name,name,profile_pic",
        page_fields: fields::PAGE,
        page_wishes: fields::PAGE_WISHES,
        login_fields: &[],
        page_comments: fields::PAGE_COMMENTS,
        login_comments: &[],
    };

    /// Instagram, on either road.
    pub const INSTAGRAM: Self = Self {
        platform: Platform::INSTAGRAM,
        word: "instagram",
        states_type: false,
        takes_metadata: false,
        heart: Some("love"),
        message_fields: "id,created_time,from,to,message,attachments,shares{id,link,type,url,title},story,reactions,reply_to,is_unsupported",
        thread_fields: "id,updated_time,participants,is_owner",
        profile_fields: "name,username,profile_pic",
        page_fields: fields::PAGE_FOR_INSTAGRAM,
        page_wishes: &[],
        login_fields: fields::INSTAGRAM_LOGIN,
        page_comments: &[],
        login_comments: fields::LOGIN_COMMENTS,
    };
}
