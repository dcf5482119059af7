//! Events of conversations and comments, in the shape each platform gives them.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use super::queue::Pending;
use crate::world::World;
use crate::world::cast::Access;
use crate::world::talk::{Message, Platform};

/// What kind of event; the field's name follows from the platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Message,
    Echo,
    Reaction,
    Edit,
    Read,
    Delivery,
    Postback,
    Referral,
    Optin,
    Comment,
    Policy,
}

impl Kind {
    /// The field's name; `None` when the platform has no such event on this road.
    pub(crate) fn field(self, platform: Platform) -> Option<&'static str> {
        let (page, instagram) = match self {
            Self::Message => ("messages", Some("messages")),
            Self::Echo => ("message_echoes", Some("messages")),
            Self::Reaction => ("message_reactions", Some("message_reactions")),
            Self::Edit => ("message_edits", Some("message_edit")),
            Self::Read => ("message_reads", Some("messaging_seen")),
            Self::Delivery => ("message_deliveries", None),
            Self::Postback => ("messaging_postbacks", Some("messaging_postbacks")),
            Self::Referral => ("messaging_referrals", Some("messaging_referral")),
            Self::Optin => ("messaging_optins", None),
            Self::Comment => ("feed", Some("comments")),
            Self::Policy => ("messaging_policy_enforcement", Some("messaging_policy_enforcement")),
        };
        match platform {
            Platform::Messenger => Some(page),
            Platform::Instagram => instagram,
        }
    }
}

/// Between whom something happened.
#[derive(Clone, Debug)]
pub(crate) struct Between {
    pub(crate) platform: Platform,
    pub(crate) account: String,
    pub(crate) scoped: String,
}

impl World {
    /// Tells every subscribed app of something a customer did.
    pub(crate) fn tell(&mut self, kind: Kind, between: &Between, key: &str, told: &Value) {
        let mut item = json!({
            "sender": {"id": between.scoped},
            "recipient": {"id": between.account},
        });
        if kind != Kind::Delivery {
            item["timestamp"] = json!(self.now().timestamp_millis());
        }
        item[key] = told.clone();
        self.tell_item(kind, between.platform, &between.account, &item);
    }

    /// Tells every subscribed app of a message that the account wrote.
    pub(crate) fn tell_echo(&mut self, between: &Between, message: &Value) {
        let item = json!({
            "sender": {"id": between.account},
            "recipient": {"id": between.scoped},
            "timestamp": self.now().timestamp_millis(),
            "message": message,
        });
        self.tell_item(Kind::Echo, between.platform, &between.account, &item);
    }

    /// Tells every subscribed app of a messaging item.
    pub(crate) fn tell_item(&mut self, kind: Kind, platform: Platform, account: &str, item: &Value) {
        let entry = json!({
            "id": account,
            "time": self.now().timestamp_millis(),
            "messaging": [item],
        });
        self.tell_entry(kind, platform, account, &entry);
    }

    /// Tells every subscribed app of a change; these count in seconds.
    pub(crate) fn tell_change(&mut self, kind: Kind, platform: Platform, account: &str, value: &Value) {
        let Some(field) = kind.field(platform) else { return };
        let entry = json!({
            "id": account,
            "time": self.now().timestamp(),
            "changes": [{"field": field, "value": value}],
        });
        self.tell_entry(kind, platform, account, &entry);
    }

    fn tell_entry(&mut self, kind: Kind, platform: Platform, account: &str, entry: &Value) {
        let Some(field) = kind.field(platform) else { return };
        let now = self.now();
        for app in self.listeners(platform, account, field) {
            self.enqueue(Pending {
                app,
                object: platform.object().to_owned(),
                account: account.to_owned(),
                field: field.to_owned(),
                entries: vec![entry.clone()],
                attempt: 0,
                since: now,
                due: now,
            });
        }
    }

    /// Apps that hear of a field: the app asked for it, and is installed on the Page.
    fn listeners(&self, platform: Platform, account: &str, field: &str) -> Vec<String> {
        let Some(page) = self.page_of(account) else { return Vec::new() };
        if platform == Platform::Instagram {
            let reachable = self.linked_account(page).is_some_and(|linked| linked.id == account && linked.message_access);
            if !reachable {
                return Vec::new();
            }
        }
        self.installed
            .iter()
            .filter(|it| it.page == page.id)
            .filter(|it| platform == Platform::Instagram || it.fields.contains(field))
            .filter(|it| {
                self.callbacks
                    .iter()
                    .any(|callback| callback.app == it.app && callback.object == platform.object() && callback.fields.contains(field))
            })
            .filter(|it| self.app(&it.app).is_some_and(|app| app.access == Access::Advanced))
            .map(|it| it.app.clone())
            .collect()
    }
}

/// The part of a notification that tells of a message.
pub(crate) fn message(message: &Message) -> Value {
    let mut told = Map::new();
    told.insert("mid".to_owned(), json!(message.mid));
    if let Some(text) = &message.text {
        told.insert("text".to_owned(), json!(text));
    }
    let mut attachments = message.attachments.clone();
    if let Some(story) = message.story.as_ref().filter(|story| story.mention) {
        attachments.push(json!({"type": "story_mention", "payload": {"url": story_url(&story.id)}}));
    }
    if !attachments.is_empty() {
        told.insert("attachments".to_owned(), json!(attachments));
    }
    if let Some(mid) = &message.reply_to {
        told.insert("reply_to".to_owned(), json!({"mid": mid, "is_self_reply": false}));
    }
    if let Some(story) = message.story.as_ref().filter(|story| !story.mention) {
        told.insert("reply_to".to_owned(), json!({"story": {"url": story_url(&story.id), "id": story.id}}));
    }
    Value::Object(told)
}

/// Where a story's picture is said to be.
pub(crate) fn story_url(id: &str) -> String {
    format!("https://lookaside.fbsbx.com/ig_messaging_cdn/?asset_id={id}&signature=sandbox")
}

/// The name that the platform gives a reaction.
pub(crate) fn reaction_name(platform: Platform, emoji: &str) -> &'static str {
    match emoji.trim_end_matches('\u{fe0f}') {
        "❤" | "😍" | "💖" => "love",
        "😆" | "😂" | "😄" if platform == Platform::Messenger => "smile",
        "😆" | "😂" | "😄" => "laugh",
        "😮" => "wow",
        "😢" | "😭" => "sad",
        "😠" | "😡" => "angry",
        "👍" => "like",
        "👎" if platform == Platform::Messenger => "dislike",
        _ => "other",
    }
}

/// The watermark of a receipt: everything up to here.
pub(crate) fn watermark(at: DateTime<Utc>) -> i64 {
    at.timestamp_millis()
}
