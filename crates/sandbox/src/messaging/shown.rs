//! How a message looks when it is read.

use serde_json::{Value, json};

use crate::mint;
use crate::webhooks::events::story_url;
use crate::world::World;
use crate::world::talk::{Message, Platform, Thread};

/// The customer and the account, as participants.
pub(crate) fn parties(world: &World, thread: &Thread) -> (Value, Value) {
    let customer = world.customer(&thread.customer);
    match thread.platform {
        Platform::Messenger => {
            let own = |id: &str, name: Option<String>| json!({"name": name, "email": format!("{id}@facebook.com"), "id": id});
            let page = world.page(&thread.account).map(|page| page.name.clone());
            (own(&thread.scoped, customer.map(crate::world::cast::Customer::name)), own(&thread.account, page))
        }
        Platform::Instagram => {
            let own = |id: &str, name: Option<String>| json!({"username": name, "id": id});
            let account = world.account(&thread.account).map(|account| account.username.clone());
            (own(&thread.scoped, customer.map(crate::world::cast::Customer::handle)), own(&thread.account, account))
        }
    }
}

/// Both of them.
pub(crate) fn participants(world: &World, thread: &Thread) -> Vec<Value> {
    let (customer, account) = parties(world, thread);
    match thread.platform {
        Platform::Messenger => vec![customer, account],
        Platform::Instagram => vec![account, customer],
    }
}

/// Pictures, films, sounds and files.
pub(crate) fn attachments(message: &Message) -> Option<Value> {
    let told: Vec<Value> =
        message.attachments.iter().enumerate().filter_map(|(place, attachment)| attachment_value(message, place, attachment)).collect();
    (!told.is_empty()).then(|| json!({"data": told}))
}

fn attachment_value(message: &Message, place: usize, attachment: &Value) -> Option<Value> {
    let url = attachment["payload"]["url"].as_str().unwrap_or_default();
    let (mime, name) = match attachment["type"].as_str()? {
        "image" | "sticker" => ("image/jpeg", "image.jpg"),
        "video" => ("video/mp4", "video.mp4"),
        "audio" => ("audio/mpeg", "audio.mp3"),
        "file" => ("application/pdf", "file.pdf"),
        "template" => {
            let payload = attachment["payload"].clone();
            return Some(json!({"generic_template": payload}));
        }
        _ => return None,
    };
    let mut told = json!({
        "id": mint::digits(&format!("{}:{place}", message.mid), 15),
        "mime_type": mime,
        "name": name,
        "size": 20_480,
    });
    match mime {
        "image/jpeg" => {
            told["image_data"] = json!({
                "url": url, "preview_url": url, "width": 640, "height": 480, "max_width": 640, "max_height": 480,
                "render_as_sticker": attachment["type"] == "sticker",
            });
        }
        "video/mp4" => {
            told["video_data"] = json!({"url": url, "preview_url": url, "width": 640, "height": 480});
        }
        _ => told["file_url"] = json!(url),
    }
    Some(told)
}

/// Shared posts, reels and links.
pub(crate) fn shares(message: &Message) -> Option<Value> {
    let told: Vec<Value> = message
        .attachments
        .iter()
        .filter(|it| matches!(it["type"].as_str(), Some("share" | "ig_post" | "post" | "ig_reel" | "reel" | "fallback")))
        .map(|it| {
            let payload = &it["payload"];
            let mut told = json!({"link": payload["url"], "type": it["type"], "url": payload["url"]});
            if payload["title"].is_string() {
                told["title"] = payload["title"].clone();
            }
            told
        })
        .collect();
    (!told.is_empty()).then(|| json!({"data": told}))
}

/// The story that a message answers, or in which the account is mentioned.
pub(crate) fn story(message: &Message) -> Option<Value> {
    let story = message.story.as_ref()?;
    let told = json!({"link": story_url(&story.id), "id": story.id});
    Some(if story.mention { json!({"mention": told}) } else { json!({"reply_to": told}) })
}

/// Who reacted how.
pub(crate) fn reactions(customer: &Value, account: &Value, message: &Message) -> Option<Value> {
    let told: Vec<Value> = message
        .reactions
        .iter()
        .map(|reaction| {
            let who = if reaction.inbound { customer } else { account };
            json!({"reaction": reaction.emoji, "users": [who]})
        })
        .collect();
    (!told.is_empty()).then(|| json!({"data": told}))
}

/// What a message quotes.
pub(crate) fn reply_to(thread: &Thread, message: &Message) -> Option<Value> {
    let mid = message.reply_to.as_ref()?;
    let quoted = thread.messages.iter().rev().find(|it| it.mid == *mid);
    let own = quoted.is_some_and(|quoted| quoted.inbound == message.inbound);
    Some(json!({"mid": mid, "is_self_reply": own}))
}

/// The sticker's address.
pub(crate) fn sticker(message: &Message) -> Option<Value> {
    let sticker = message.attachments.iter().find(|it| it["type"] == "sticker")?;
    sticker["payload"].get("url").cloned()
}

/// The folder and origin of a Messenger message.
pub(crate) fn tags(message: &Message) -> Value {
    let names: &[&str] = if message.inbound { &["inbox", "source:chat"] } else { &["inbox", "read", "sent", "source:chat"] };
    let told: Vec<_> = names.iter().map(|name| json!({"name": name})).collect();
    json!({"data": told})
}
