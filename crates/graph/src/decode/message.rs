//! The `message` of an item.

use link_core::words::content::{Content, Echo, ReplyTo};
use link_core::words::event::Said;
use link_core::words::raw::Raw;
use serde_json::value::RawValue;

use super::attachment::attachments;
use super::object::{Leftovers, Object};
use super::scalar::{flag, id, text};
use super::told::referral;

pub(super) struct Message {
    pub(super) said: Said,
    pub(super) echo: bool,
}

/// Reads a message. Of one that was taken back nothing but its id is told on: the platform asks that its content goes.
pub(super) fn read(mut message: Object<'_>, echoes: bool) -> Message {
    let echo = message.take("is_echo", flag).unwrap_or(echoes);
    let said = if message.take("is_deleted", flag) == Some(true) {
        Said::Unsent(message.take("mid", id))
    } else {
        Said::Message(Box::new(content(message, echo)))
    };
    Message { said, echo }
}

fn content(mut message: Object<'_>, echo: bool) -> Content {
    let mut leftovers = Leftovers::default();
    let mut content = Content::default();
    content.id = message.take("mid", id);
    content.text = message.take("text", text);
    content.attachments = message.take("attachments", attachments).unwrap_or_default();
    content.unsupported = message.take("is_unsupported", flag).unwrap_or_default();
    content.referral = message.take("referral", referral);
    if echo {
        content.echo = Some(Echo::new(message.take("app_id", id), message.take("metadata", text)));
    }
    if let Some((payload, rest)) = message.take("quick_reply", quick_reply) {
        content.quick_reply = Some(payload);
        leftovers.add_rest("quick_reply", rest.as_ref());
    }
    if let Some((reply_to, rest)) = message.take("reply_to", reply_to) {
        content.reply_to = Some(reply_to);
        leftovers.add_rest("reply_to", rest.as_ref());
    }
    message.leave(&mut leftovers);
    content.more = leftovers.into_raw();
    content
}

fn quick_reply(value: &RawValue) -> Option<(String, Option<Raw>)> {
    let mut reply = Object::read(value)?;
    Some((reply.take("payload", text)?, reply.rest()))
}

fn reply_to(value: &RawValue) -> Option<(ReplyTo, Option<Raw>)> {
    let mut target = Object::read(value)?;
    if let Some(message) = target.take("mid", id) {
        return Some((ReplyTo::Message(message), target.rest()));
    }
    let mut story = target.take("story", Object::read)?;
    let reply = ReplyTo::Story { id: story.take("id", id), url: story.take("url", text) };
    let mut leftovers = Leftovers::default();
    leftovers.add_rest("story", story.rest().as_ref());
    target.leave(&mut leftovers);
    Some((reply, leftovers.into_raw()))
}
