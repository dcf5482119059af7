//! Customers do something other than writing.

use bytes::Bytes;
use serde::Deserialize;
use serde_json::json;

use super::customers::writable;
use super::told::{Failed, Outcome, body, needed};
use super::{comments, linking, optins};
use crate::messaging::write::Place;
use crate::webhooks::events::{Kind, reaction_name, watermark};
use crate::world::World;
use crate::world::settings::MessengerUnsend;
use crate::world::talk::{Message, Platform, Reaction};

pub(super) const EXPECTED: &str = "a customer's action takes {\"to\": account, \"action\": react, unreact, edit, unsend, read, postback, optin, comment, link_account, unlink_account, block or unblock} and, as the action needs, mid, emoji, text, title, payload, ref, kind";
const MESSENGER_EDITS: u32 = 5;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Told {
    pub(super) to: String,
    action: Action,
    pub(super) mid: Option<String>,
    emoji: Option<String>,
    pub(super) text: Option<String>,
    pub(super) title: Option<String>,
    pub(super) payload: Option<String>,
    pub(super) r#ref: Option<String>,
    /// Of an opt-in: `user_ref`, `one_time_notif_req` or `notification_messages`; of a comment: `ad`, `live`, `post`, `mention` or
    /// `caption`.
    pub(super) kind: Option<String>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Action {
    React,
    Unreact,
    Edit,
    Unsend,
    Read,
    Postback,
    Optin,
    Comment,
    LinkAccount,
    UnlinkAccount,
    Block,
    Unblock,
}

pub(super) fn needs<'a>(name: &str, value: Option<&'a String>) -> Result<&'a str, Failed> {
    needed(name, value, EXPECTED)
}

/// `POST customers/{id}/actions`.
pub(super) fn act(world: &mut World, customer: &str, content: &Bytes, base: &str) -> Outcome {
    let told: Told = body(content, EXPECTED)?;
    let place = world.place(customer, &told.to)?;
    if !matches!(told.action, Action::Block | Action::Unblock) {
        writable(world, &place)?;
    }
    let mid = match told.action {
        Action::React => Some(react(world, &place, &told)?),
        Action::Unreact => Some(unreact(world, &place, &told)?),
        Action::Edit => Some(edit(world, &place, &told)?),
        Action::Unsend => Some(unsend(world, &place, &told)?),
        Action::Read => read(world, &place, &told)?,
        Action::Postback => Some(postback(world, &place, &told)?),
        Action::Optin => {
            optins::tick(world, &place, &told)?;
            None
        }
        Action::Comment => Some(comments::write(world, &place, &told)?),
        Action::LinkAccount => return linking::link(world, &place, &told, base),
        Action::UnlinkAccount => {
            linking::unlink(world, &place)?;
            None
        }
        Action::Block | Action::Unblock => {
            let at = world.open_thread(place.platform, &place.account, &place.customer, &place.scoped);
            world.threads[at].blocked = matches!(told.action, Action::Block);
            None
        }
    };
    Ok(json!({"ok": true, "mid": mid}))
}

fn message<'w>(world: &'w mut World, place: &Place, mid: &str) -> Result<&'w mut Message, Failed> {
    world
        .thread_with_mut(&place.account, &place.scoped)
        .and_then(|thread| thread.message_mut(mid))
        .ok_or_else(|| Failed::missing(format!("`mid` names {mid}, which is no message of this conversation")))
}

fn own<'w>(world: &'w mut World, place: &Place, mid: &str) -> Result<&'w mut Message, Failed> {
    let message = message(world, place, mid)?;
    if message.inbound { Ok(message) } else { Err(Failed::wrong(format!("{mid} was not written by this customer"))) }
}

fn opens(world: &mut World, place: &Place) {
    let now = world.now();
    if let Some(thread) = world.thread_with_mut(&place.account, &place.scoped) {
        thread.opened = Some(now);
    }
}

fn react(world: &mut World, place: &Place, told: &Told) -> Result<String, Failed> {
    let mid = needs("mid", told.mid.as_ref())?;
    let emoji = told.emoji.as_deref().unwrap_or("❤️");
    let message = message(world, place, mid)?;
    message.reactions.retain(|reaction| !reaction.inbound);
    message.reactions.push(Reaction { inbound: true, emoji: emoji.to_owned() });
    opens(world, place);
    let event = json!({
        "mid": mid,
        "action": "react",
        "reaction": reaction_name(place.platform, emoji),
        "emoji": emoji,
    });
    world.tell(Kind::Reaction, &place.between(), "reaction", &event);
    Ok(mid.to_owned())
}

fn unreact(world: &mut World, place: &Place, told: &Told) -> Result<String, Failed> {
    let mid = needs("mid", told.mid.as_ref())?;
    let message = message(world, place, mid)?;
    message.reactions.retain(|reaction| !reaction.inbound);
    let event = json!({"mid": mid, "action": "unreact"});
    world.tell(Kind::Reaction, &place.between(), "reaction", &event);
    Ok(mid.to_owned())
}

fn edit(world: &mut World, place: &Place, told: &Told) -> Result<String, Failed> {
    let mid = needs("mid", told.mid.as_ref())?;
    let text = needs("text", told.text.as_ref())?;
    let message = own(world, place, mid)?;
    if place.platform == Platform::Messenger && message.edits >= MESSENGER_EDITS {
        return Err(Failed::wrong("a message can be edited five times on Messenger".to_owned()));
    }
    message.edits += 1;
    message.text = Some(text.to_owned());
    let event = json!({"mid": mid, "text": text, "num_edit": message.edits});
    world.tell(Kind::Edit, &place.between(), "message_edit", &event);
    Ok(mid.to_owned())
}

fn unsend(world: &mut World, place: &Place, told: &Told) -> Result<String, Failed> {
    let mid = needs("mid", told.mid.as_ref())?;
    own(world, place, mid)?;
    if let Some(thread) = world.thread_with_mut(&place.account, &place.scoped) {
        thread.take_back(mid);
    }
    if place.platform == Platform::Messenger && world.quirks.messenger_unsend == MessengerUnsend::Silent {
        return Ok(mid.to_owned());
    }
    let event = json!({"mid": mid, "is_deleted": true});
    world.tell(Kind::Message, &place.between(), "message", &event);
    Ok(mid.to_owned())
}

fn read(world: &mut World, place: &Place, told: &Told) -> Result<Option<String>, Failed> {
    let newest = world
        .thread_with(&place.account, &place.scoped)
        .and_then(|thread| thread.newest_first().find(|message| !message.inbound))
        .map(|message| message.mid.clone());
    let mid = told.mid.clone().or(newest);
    if let Some(mid) = &mid {
        message(world, place, mid)?;
    }
    let event = match (place.platform, &mid) {
        (Platform::Messenger, _) => json!({"watermark": watermark(world.now())}),
        (Platform::Instagram, Some(mid)) => json!({"mid": mid}),
        (Platform::Instagram, None) => {
            return Err(Failed::wrong("the account has written nothing that could be read".to_owned()));
        }
    };
    let now = world.now();
    if let Some(thread) = world.thread_with_mut(&place.account, &place.scoped) {
        thread.seen = Some(now);
    }
    world.tell(Kind::Read, &place.between(), "read", &event);
    Ok(mid)
}

fn postback(world: &mut World, place: &Place, told: &Told) -> Result<String, Failed> {
    let title = needs("title", told.title.as_ref())?;
    let payload = needs("payload", told.payload.as_ref())?;
    let mut message = world.blank(place, true);
    message.text = Some(title.to_owned());
    let mid = message.mid.clone();
    world.keep(place, message);
    let mut event = json!({"mid": mid, "title": title, "payload": payload});
    if let Some(reference) = &told.r#ref {
        event["referral"] = json!({"ref": reference, "source": "SHORTLINK", "type": "OPEN_THREAD"});
    }
    world.tell(Kind::Postback, &place.between(), "postback", &event);
    Ok(mid)
}
