//! What people said: conversations, their messages, comments.

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use serde_json::Value;

/// How long a sign of typing stays when nothing follows it.
const TYPING: TimeDelta = TimeDelta::seconds(20);

/// A road on which an app reaches an account: through the Page, or by the account's own login.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Road {
    Facebook,
    Instagram,
}

/// One of the two networks a conversation can live on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Platform {
    Messenger,
    Instagram,
}

impl Platform {
    /// The platform's name in parameters.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Messenger => "messenger",
            Self::Instagram => "instagram",
        }
    }

    /// The webhook object that its events carry.
    pub(crate) fn object(self) -> &'static str {
        match self {
            Self::Messenger => "page",
            Self::Instagram => "instagram",
        }
    }
}

/// A conversation of one customer with one Page or Instagram account.
#[derive(Clone, Debug)]
pub(crate) struct Thread {
    pub(crate) id: String,
    pub(crate) platform: Platform,
    /// The Page's or Instagram account's id.
    pub(crate) account: String,
    pub(crate) customer: String,
    /// The id under which the account sees the customer.
    pub(crate) scoped: String,
    pub(crate) messages: Vec<Message>,
    /// How many of them were taken back.
    pub(crate) taken_back: usize,
    /// When the customer last did something that opens the messaging window.
    pub(crate) opened: Option<DateTime<Utc>>,
    /// Whether the customer agreed to be known, which a message does and a comment does not.
    pub(crate) consented: bool,
    pub(crate) blocked: bool,
    /// Which app has the conversation, until when.
    pub(crate) owner: Option<Owner>,
    /// When the customer last read everything.
    pub(crate) seen: Option<DateTime<Utc>>,
    /// When the account last said that it has read everything.
    pub(crate) seen_by_account: Option<DateTime<Utc>>,
    /// When the account last began to type.
    pub(crate) typing: Option<DateTime<Utc>>,
    /// The owner moved it to spam or deleted it.
    pub(crate) archived: bool,
    /// Orders conversations whose last messages have the same time.
    pub(crate) order: u64,
}

/// The app that has a conversation under conversation routing.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Owner {
    pub(crate) app: String,
    pub(crate) until: DateTime<Utc>,
}

/// Who wrote on the account's side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Writer {
    App(String),
    /// A person in Meta's own inbox.
    Staff,
}

/// A message, of whichever side.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    pub(crate) mid: String,
    pub(crate) at: DateTime<Utc>,
    pub(crate) inbound: bool,
    pub(crate) text: Option<String>,
    pub(crate) attachments: Vec<Value>,
    pub(crate) reply_to: Option<String>,
    pub(crate) story: Option<Story>,
    /// Buttons above the keyboard that the account offered with it.
    pub(crate) quick_replies: Vec<Value>,
    /// Who wrote it, on the account's side.
    pub(crate) writer: Option<Writer>,
    /// Sent as one of the account's personas.
    pub(crate) persona: Option<String>,
    /// The platform cannot show it through the API.
    pub(crate) unsupported: bool,
    pub(crate) reactions: Vec<Reaction>,
    pub(crate) edits: u32,
    pub(crate) unsent: bool,
}

/// How a message refers to a story.
#[derive(Clone, Debug)]
pub(crate) struct Story {
    pub(crate) mention: bool,
    pub(crate) id: String,
}

/// A reaction of one side to a message.
#[derive(Clone, Debug)]
pub(crate) struct Reaction {
    pub(crate) inbound: bool,
    pub(crate) emoji: String,
}

/// A customer's comment on a post.
#[derive(Clone, Debug)]
pub(crate) struct Comment {
    pub(crate) id: String,
    pub(crate) account: String,
    pub(crate) customer: String,
    pub(crate) at: DateTime<Utc>,
    pub(crate) text: String,
    pub(crate) answered: bool,
}

impl Message {
    /// A message with nothing in it yet.
    pub(crate) fn new(mid: String, at: DateTime<Utc>, inbound: bool) -> Self {
        Self {
            mid,
            at,
            inbound,
            text: None,
            attachments: Vec::new(),
            reply_to: None,
            story: None,
            quick_replies: Vec::new(),
            writer: None,
            persona: None,
            unsupported: false,
            reactions: Vec::new(),
            edits: 0,
            unsent: false,
        }
    }
}

impl Thread {
    /// When something was last said.
    pub(crate) fn updated(&self) -> Option<DateTime<Utc>> {
        self.messages.last().map(|message| message.at)
    }

    /// Messages that still exist, newest first.
    pub(crate) fn newest_first(&self) -> impl Iterator<Item = &Message> {
        self.messages.iter().rev().filter(|message| !message.unsent)
    }

    /// How many messages still exist.
    pub(crate) fn count(&self) -> usize {
        self.messages.len() - self.taken_back
    }

    /// The place of the oldest of the `newest` messages that still exist; the beginning when there are fewer.
    pub(crate) fn place_of_newest(&self, newest: usize) -> usize {
        let existing = self.messages.iter().enumerate().rev().filter(|(_, message)| !message.unsent);
        existing.take(newest).last().filter(|_| self.count() > newest).map_or(0, |(place, _)| place)
    }

    /// A message that still exists.
    pub(crate) fn message(&self, mid: &str) -> Option<&Message> {
        // Mostly one of the last is meant.
        self.messages.iter().rev().find(|message| message.mid == mid && !message.unsent)
    }

    /// The same, to change it.
    pub(crate) fn message_mut(&mut self, mid: &str) -> Option<&mut Message> {
        self.messages.iter_mut().rev().find(|message| message.mid == mid && !message.unsent)
    }

    /// Takes a message back.
    pub(crate) fn take_back(&mut self, mid: &str) {
        if let Some(message) = self.message_mut(mid) {
            message.unsent = true;
            self.taken_back += 1;
        }
    }

    /// Whether the account is typing: for twenty seconds, or until it writes.
    pub(crate) fn is_typing(&self, now: DateTime<Utc>) -> bool {
        self.typing.is_some_and(|began| now - began < TYPING)
    }
}
