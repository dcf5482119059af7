//! Customers do something other than writing.

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use serde_json::{Value, json};

use super::customers::writable;
use super::told::{Failed, Outcome, body};
use crate::messaging::write::Place;
use crate::webhooks::events::{Kind, reaction_name, watermark};
use crate::world::World;
use crate::world::belongings::Optin;
use crate::world::settings::{CommentWindow, MessengerUnsend};
use crate::world::talk::{Comment, Message, Platform, Reaction};

const EXPECTED: &str = "a customer's action takes {\"to\": account, \"action\": react, unreact, edit, unsend, read, postback, optin, comment, block or unblock} and, as the action needs, mid, emoji, text, title, payload, ref, kind";
const MESSENGER_EDITS: u32 = 5;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Told {
    to: String,
    action: Action,
    mid: Option<String>,
    emoji: Option<String>,
    text: Option<String>,
    title: Option<String>,
    payload: Option<String>,
    r#ref: Option<String>,
    /// Of an opt-in: `user_ref`, `one_time_notif_req` or `notification_messages`; of a comment: `live`, `post` or `mention`.
    kind: Option<String>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Action {
    React,
    Unreact,
    Edit,
    Unsend,
    Read,
    Postback,
    Optin,
    Comment,
    Block,
    Unblock,
}

fn needs<'a>(name: &str, value: Option<&'a String>) -> Result<&'a str, Failed> {
    value
        .map(String::as_str)
        .filter(|value| !value.is_empty())
        .ok_or_else(|| Failed::wrong(format!("this action needs `{name}`; {EXPECTED}")))
}

/// `POST customers/{id}/actions`.
pub(super) fn act(world: &mut World, customer: &str, content: &Bytes) -> Outcome {
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
            optin(world, &place, &told)?;
            None
        }
        Action::Comment => Some(comment(world, &place, &told)?),
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
    own(world, place, mid)?.unsent = true;
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

fn optin(world: &mut World, place: &Place, told: &Told) -> Result<(), Failed> {
    if place.platform == Platform::Instagram {
        return Err(Failed::wrong("an opt-in exists on Messenger only".to_owned()));
    }
    let now = world.now();
    let kind = told.kind.as_deref();
    if kind == Some("user_ref") {
        return checkbox(world, place, told);
    }
    let event = match kind {
        None => json!({"ref": needs("ref", told.r#ref.as_ref())?}),
        Some("one_time_notif_req") => {
            let token = notification(world, place, false);
            json!({"type": "one_time_notif_req", "payload": told.payload, "one_time_notif_token": token})
        }
        Some("notification_messages") => {
            let token = notification(world, place, true);
            let expires = (now + TimeDelta::days(270)).timestamp_millis();
            json!({
                "type": "notification_messages", "payload": told.payload, "title": told.title,
                "notification_messages_token": token, "notification_messages_timezone": "Europe/Lisbon",
                "token_expiry_timestamp": expires.to_string(), "user_token_status": "NOT_REFRESHED",
            })
        }
        Some(_) => {
            return Err(Failed::wrong(format!("an opt-in's kind is user_ref, one_time_notif_req or notification_messages; {EXPECTED}")));
        }
    };
    let at = world.open_thread(place.platform, &place.account, &place.customer, &place.scoped);
    world.threads[at].opened = Some(now);
    world.threads[at].consented = true;
    world.tell(Kind::Optin, &place.between(), "optin", &event);
    Ok(())
}

fn notification(world: &mut World, place: &Place, recurring: bool) -> String {
    let token = world.mint.letters("notification", 24);
    let at = world.now();
    let optin = Optin { account: place.account.clone(), customer: place.customer.clone(), recurring, at };
    world.optins.insert(token.clone(), optin);
    token
}

/// A ticked checkbox: the site knows a reference, and nobody knows the customer yet.
fn checkbox(world: &mut World, place: &Place, told: &Told) -> Result<(), Failed> {
    let reference = needs("ref", told.r#ref.as_ref())?;
    let user = told.payload.clone().unwrap_or_else(|| reference.to_owned());
    world.checkboxes.insert(user.clone(), (place.account.clone(), place.customer.clone()));
    let item = json!({
        "recipient": {"id": place.account},
        "timestamp": world.now().timestamp_millis(),
        "optin": {"ref": reference, "user_ref": user},
    });
    world.tell_item(Kind::Optin, &place.between(), &item);
    Ok(())
}

fn comment(world: &mut World, place: &Place, told: &Told) -> Result<String, Failed> {
    let text = needs("text", told.text.as_ref())?;
    let kind = told.kind.as_deref().unwrap_or("comment");
    let event = match (kind, place.platform) {
        ("comment", _) | ("post", Platform::Messenger) => Kind::Comment,
        ("live", Platform::Instagram) => Kind::LiveComment,
        ("mention", _) => Kind::Mention,
        _ => return Err(Failed::wrong("a comment's kind is mention, on Messenger also post, on Instagram also live".to_owned())),
    };
    let now = world.now();
    let number = world.mint.digits("comment", 17);
    let id = match (place.platform, kind) {
        (Platform::Messenger, "post" | "mention") => format!("{}_{number}", place.account),
        (Platform::Messenger, _) => format!("901_{number}"),
        (Platform::Instagram, _) => number,
    };
    let name = world.customer(&place.customer).map(|customer| match place.platform {
        Platform::Messenger => customer.name(),
        Platform::Instagram => customer.handle(),
    });
    let value = remark(place, kind, &id, text, name.as_deref(), now);
    // Who comments is known by id, and by nothing else until a message is written.
    let at = world.open_thread(place.platform, &place.account, &place.customer, &place.scoped);
    if world.quirks.comment_opens_window == CommentWindow::Yes {
        world.threads[at].opened = Some(now);
    }
    world.comments.push(Comment {
        id: id.clone(),
        account: place.account.clone(),
        customer: place.customer.clone(),
        at: now,
        text: text.to_owned(),
        answered: false,
    });
    world.tell_change(event, place.platform, &place.account, &value);
    Ok(id)
}

/// How a comment, a post or a mention is told.
fn remark(place: &Place, kind: &str, id: &str, text: &str, name: Option<&str>, now: DateTime<Utc>) -> Value {
    let post = format!("{}_901", place.account);
    let from = json!({"id": place.scoped, "name": name});
    match (place.platform, kind) {
        (Platform::Messenger, "post") => {
            json!({"item": "status", "verb": "add", "post_id": id, "from": from, "created_time": now.timestamp(), "message": text})
        }
        (Platform::Messenger, "mention") => {
            json!({"item": "post", "verb": "add", "post_id": id, "created_time": now.timestamp(), "message": text})
        }
        (Platform::Messenger, _) => json!({
            "item": "comment", "verb": "add", "comment_id": id, "post_id": post, "parent_id": post,
            "from": from, "created_time": now.timestamp(), "message": text,
        }),
        (Platform::Instagram, "mention") => json!({"comment_id": id, "media_id": "17918195224117851"}),
        (Platform::Instagram, _) => json!({
            "id": id,
            "text": text,
            "from": {"id": place.scoped, "username": name},
            "media": {"id": "17910000000000001", "media_product_type": if kind == "live" { "LIVE" } else { "FEED" }},
        }),
    }
}
