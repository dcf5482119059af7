//! Putting a message into its conversation, and telling of it.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::webhooks::events::{self, Between, Kind, watermark};
use crate::world::World;
use crate::world::talk::{Message, Platform, Thread, Writer};

/// The app id under which Messenger's own inbox writes.
pub(crate) const PAGE_INBOX: u64 = 263_902_037_430_900;

/// Which conversation is meant.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) platform: Platform,
    pub(crate) account: String,
    pub(crate) customer: String,
    pub(crate) scoped: String,
}

impl Place {
    /// The place of a conversation that has begun.
    pub(crate) fn of(thread: &Thread) -> Self {
        Self {
            platform: thread.platform,
            account: thread.account.clone(),
            customer: thread.customer.clone(),
            scoped: thread.scoped.clone(),
        }
    }

    /// For events.
    pub(crate) fn between(&self) -> Between {
        Between { platform: self.platform, account: self.account.clone(), scoped: self.scoped.clone() }
    }
}

/// Who is said to have written on the account's side.
#[derive(Clone, Debug)]
pub(crate) enum Author {
    /// An app, with what it wants to see again in the echo.
    App { id: String, metadata: Option<String> },
    /// A person in Meta's own inbox, or in another app.
    Staff { app: Option<String> },
}

impl World {
    /// A new message, not yet in its conversation.
    pub(crate) fn blank(&mut self, place: &Place, inbound: bool) -> Message {
        let mid = self.new_mid(place.platform, &place.account, &place.scoped);
        Message::new(mid, self.now(), inbound)
    }

    /// Adds a message to its conversation, which is begun when there is none; returns the conversation's id.
    pub(crate) fn keep(&mut self, place: &Place, message: Message) -> String {
        let order = self.mint.number();
        let at = self.open_thread(place.platform, &place.account, &place.customer, &place.scoped);
        let thread = &mut self.threads[at];
        thread.order = order;
        if message.inbound {
            thread.opened = Some(message.at);
            thread.consented = true;
            thread.archived = false;
            if let Some(owner) = thread.owner.as_mut().filter(|owner| owner.until > message.at) {
                owner.until = owner.until.max(message.at + TimeDelta::hours(24));
            }
        } else {
            thread.typing = None;
        }
        thread.messages.push(message);
        let id = thread.id.clone();
        self.index.added(at, &self.threads[at]);
        id
    }

    /// The account writes: the message is kept, and its echo goes out.
    pub(crate) fn account_writes(&mut self, place: &Place, mut message: Message, author: &Author) -> String {
        message.writer = Some(match author {
            Author::App { id, .. } | Author::Staff { app: Some(id) } => Writer::App(id.clone()),
            Author::Staff { app: None } => Writer::Staff,
        });
        let mut echo = events::message(&message);
        echo["is_echo"] = json!(true);
        if place.platform == Platform::Messenger {
            sign(&mut echo, author);
            frame(&mut echo);
        }
        let mid = message.mid.clone();
        let at = message.at;
        if let Some(quoted) = &message.reply_to {
            let own = self.message(quoted).is_some_and(|(_, quoted)| !quoted.inbound);
            echo["reply_to"] = json!({"mid": quoted, "is_self_reply": own});
        }
        let between = place.between();
        self.keep(place, message);
        self.tell_echo(&between, &echo);
        self.tell(Kind::Delivery, &between, "delivery", &json!({"mids": [mid], "watermark": watermark(at)}));
        mid
    }
}

/// An echo on Messenger frames its templates like shared links, and numbers the files in them.
fn frame(echo: &mut Value) {
    let attachments = echo.get_mut("attachments").and_then(Value::as_array_mut).into_iter().flatten();
    for template in attachments.filter(|it| it["type"] == "template") {
        template["title"] = json!("");
        template["url"] = json!("https://www.facebook.com/");
        let elements = template["payload"].get_mut("elements").and_then(Value::as_array_mut).into_iter().flatten();
        for element in elements {
            let number = element["attachment_id"].as_str().and_then(|id| id.parse::<u64>().ok());
            if let Some(number) = number {
                element["attachment_id"] = json!(number);
            }
        }
    }
}

fn sign(echo: &mut Value, author: &Author) {
    let number = |id: &str| id.parse::<u64>().map_or_else(|_| json!(id), |id| json!(id));
    match author {
        Author::App { id, metadata } => {
            echo["app_id"] = number(id);
            if let Some(metadata) = metadata {
                echo["metadata"] = json!(metadata);
            }
        }
        Author::Staff { app: Some(id) } => echo["app_id"] = number(id),
        Author::Staff { app: None } => echo["app_id"] = json!(PAGE_INBOX),
    }
}
