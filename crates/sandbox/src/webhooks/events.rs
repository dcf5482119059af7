//! Events of conversations and comments, in the shape each platform gives them.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

pub(crate) use super::kind::Kind;
use super::queue::Pending;
use crate::graph::reach;
use crate::world::cast::{Instagram, Page};
use crate::world::settings::{AccessSwitch, CommentForm};
use crate::world::talk::{Message, Platform, Road};
use crate::world::{World, ids};

/// Between whom something happened.
#[derive(Clone, Debug)]
pub(crate) struct Between {
    pub(crate) platform: Platform,
    pub(crate) account: String,
    pub(crate) scoped: String,
}

/// Who is to hear of something: every subscribed app, unless it is narrowed down.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Audience<'a> {
    /// Only this app.
    pub(crate) app: Option<&'a str>,
    /// Only those on this road.
    pub(crate) road: Option<Road>,
}

/// An app that hears of an account, on one road.
#[derive(Clone, Debug)]
struct Listener {
    /// The app's id, or that of its Instagram product.
    app: String,
    road: Road,
    fields: BTreeSet<String>,
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
        self.tell_item(kind, between, &item);
    }

    /// Tells every subscribed app of a message that the account wrote.
    pub(crate) fn tell_echo(&mut self, between: &Between, message: &Value) {
        let item = json!({
            "sender": {"id": between.account},
            "recipient": {"id": between.scoped},
            "timestamp": self.now().timestamp_millis(),
            "message": message,
        });
        self.tell_item(Kind::Echo, between, &item);
    }

    /// An edit that names its message and nothing else, as Instagram tells one after a message was written.
    pub(crate) fn tell_edit_zero(&mut self, between: &Between, mid: &str) {
        let item = json!({"timestamp": self.now().timestamp_millis(), "message_edit": {"mid": mid, "num_edit": 0}});
        self.tell_item(Kind::Edit, between, &item);
    }

    /// Tells every subscribed app of a messaging item, in the channel that each of them hears it through.
    pub(crate) fn tell_item(&mut self, kind: Kind, between: &Between, item: &Value) {
        self.tell_item_among(&Audience::default(), kind, between, item);
    }

    /// The same, to some of them.
    pub(crate) fn tell_item_among(&mut self, audience: &Audience<'_>, kind: Kind, between: &Between, item: &Value) {
        for listener in self.listeners(audience, between.platform, &between.account) {
            self.tell_item_to(&listener, kind, between, item);
        }
    }

    fn tell_item_to(&mut self, listener: &Listener, kind: Kind, between: &Between, item: &Value) {
        let Some(field) = kind.field(between.platform, listener.road, &self.quirks) else { return };
        let elsewhere = kind.is_overheard() && self.is_elsewhere(&listener.app, between);
        let (channel, field) = if elsewhere { ("standby", "standby") } else { ("messaging", field) };
        let mut item = item.clone();
        if elsewhere && let Some(postback) = item.get_mut("postback").and_then(Value::as_object_mut) {
            postback.remove("payload");
        }
        let entry = json!({
            "id": between.account,
            "time": self.now().timestamp_millis(),
            channel: [item],
        });
        self.send_to(listener, field, between.platform, &between.account, entry);
    }

    /// Tells apps of a change; these count in seconds.
    pub(crate) fn tell_change(&mut self, audience: &Audience<'_>, kind: Kind, platform: Platform, account: &str, value: &Value) {
        for listener in self.listeners(audience, platform, account) {
            let Some(field) = kind.field(platform, listener.road, &self.quirks) else { continue };
            let mut entry = json!({"id": account, "time": self.now().timestamp()});
            if listener.road == Road::Instagram && self.quirks.ig_comment_form == CommentForm::Flat {
                entry["field"] = json!(field);
                entry["value"] = value.clone();
            } else {
                entry["changes"] = json!([{"field": field, "value": value}]);
            }
            self.send_to(&listener, field, platform, account, entry);
        }
    }

    /// Tells apps of an entry just as it is, whatever it is.
    pub(crate) fn tell_entry(&mut self, audience: &Audience<'_>, field: &str, platform: Platform, account: &str, entry: &Value) {
        for listener in self.listeners(audience, platform, account) {
            self.send_to(&listener, field, platform, account, entry.clone());
        }
    }

    fn send_to(&mut self, listener: &Listener, field: &str, platform: Platform, account: &str, mut entry: Value) {
        if !listener.fields.contains(field) {
            return;
        }
        ids::retold(listener.road, &mut entry, account);
        let now = self.now();
        self.enqueue(Pending {
            app: listener.app.clone(),
            object: platform.object().to_owned(),
            account: account.to_owned(),
            field: field.to_owned(),
            entries: vec![entry],
            attempt: 0,
            since: now,
            due: now,
        });
    }

    /// Apps that hear of an account, with the fields that they hear of.
    fn listeners(&self, audience: &Audience<'_>, platform: Platform, account: &str) -> Vec<Listener> {
        let linked = self.page_of(account).filter(|page| self.is_heard(page, platform, account)).map(|page| page.id.as_str());
        let login = self.account(account).filter(|it| self.answers_login(it)).map(|it| it.id.as_str());
        self.installed
            .iter()
            .filter(|it| match it.road {
                Road::Facebook => linked == Some(it.asset.as_str()),
                Road::Instagram => platform == Platform::Instagram && login == Some(it.asset.as_str()),
            })
            .filter(|it| audience.road.is_none_or(|road| road == it.road))
            .filter(|it| {
                let app = self.app_behind(&it.app).filter(|app| !app.blocked && reach::is_reviewed(self, &app.id));
                app.is_some_and(|app| audience.app.is_none_or(|only| only == app.id))
            })
            .filter_map(|it| {
                let asked = self.callback(&it.app, platform.object())?.fields.clone();
                let per_page = platform == Platform::Messenger;
                let fields = if per_page { asked.intersection(&it.fields).cloned().collect() } else { asked };
                Some(Listener { app: it.app.clone(), road: it.road, fields })
            })
            .collect()
    }

    fn is_heard(&self, page: &Page, platform: Platform, account: &str) -> bool {
        let linked = || self.linked_account(page).is_some_and(|linked| linked.id == account && linked.message_access);
        platform == Platform::Messenger || linked()
    }

    fn answers_login(&self, account: &Instagram) -> bool {
        let ignored = self.quirks.message_access_login == AccessSwitch::Ignored;
        account.is_professional() && (account.message_access || ignored)
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
    if message.unsupported {
        told.insert("is_unsupported".to_owned(), json!(true));
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
