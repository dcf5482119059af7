//! A conversation as the join of everything that was said of it.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use link_core::words::capabilities::{Act, Capabilities};
use link_core::words::event::Direction;
use link_core::words::ids::{ConversationKey, ExternalId};
use link_core::words::platform::Road;
use link_core::words::view::{Fields, View};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::coverage::Coverage;
use crate::owner::Ownership;
use crate::register::{Register, keep_max, keep_min};

/// The state of one conversation: one account and one person.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Conversation {
    /// The platform's thread id by road; webhooks never carry it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub threads: BTreeMap<Road, ExternalId>,
    /// The person's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Register<String>>,
    /// The person's username.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<Register<String>>,
    /// The address of the person's picture; it dies after a few days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub picture: Option<Register<String>>,
    /// When anything was last written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_activity: Option<DateTime<Utc>>,
    /// When the person last wrote; a press of a button is activity, and what it opens is told by [`opened`](Self::opened). What earlier versions kept
    /// may have been another act that opens the messaging window.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_inbound: Option<DateTime<Utc>>,
    /// When the person last did something else: pressed a button, set or withdrew a reaction, came by a link, agreed to be written to.
    /// [`opened`](Self::opened) says what of it opens the messaging window.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub acted: BTreeMap<Act, DateTime<Utc>>,
    /// When the business last wrote.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_outbound: Option<DateTime<Utc>>,
    /// Up to when the person read, where the platform gives a watermark.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_up_to: Option<DateTime<Utc>>,
    /// Up to when messages reached the person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivered_up_to: Option<DateTime<Utc>>,
    /// What is later is news, what is earlier is history.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caught_up: Option<DateTime<Utc>>,
    /// What was last told of which app may answer; [`owner`](Self::owner) says what follows from it at a time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ownership: Option<Register<Ownership>>,
    /// Whether the person connected an account of the embedder's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub linked: Option<Register<AccountLink>>,
    /// How much of its history is here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coverage: Option<Coverage>,
}

/// Whether the person connected an account of the embedder's own (Messenger).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AccountLink {
    /// They disconnected it.
    Unlinked,
    /// They connected it, with this code of the embedder's.
    Linked {
        /// The code, in a form that shows nobody what it was; `None` if the platform told none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<CodeDigest>,
    },
}

/// The SHA-256 of a code that the embedder gave out, as 64 hexadecimal digits. The code itself is kept nowhere: look up whose it was by this.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CodeDigest(String);

impl CodeDigest {
    /// Of a code.
    pub fn of(code: &str) -> Self {
        let digest = Sha256::digest(code.as_bytes());
        let digit = |half: u8| char::from_digit(u32::from(half), 16).unwrap_or_default();
        Self(digest.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect())
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Conversation {
    /// Takes in what else was said of the same conversation. Commutative, associative and idempotent.
    pub fn join(&mut self, other: Self) {
        for (road, thread) in other.threads {
            let mut known = self.threads.remove(&road);
            keep_min(&mut known, Some(thread));
            self.threads.extend(known.map(|thread| (road, thread)));
        }
        keep_max(&mut self.name, other.name);
        keep_max(&mut self.username, other.username);
        keep_max(&mut self.picture, other.picture);
        keep_max(&mut self.last_activity, other.last_activity);
        keep_max(&mut self.last_inbound, other.last_inbound);
        for (act, at) in other.acted {
            self.acted(act, at);
        }
        keep_max(&mut self.last_outbound, other.last_outbound);
        keep_max(&mut self.read_up_to, other.read_up_to);
        keep_max(&mut self.delivered_up_to, other.delivered_up_to);
        keep_max(&mut self.caught_up, other.caught_up);
        keep_max(&mut self.ownership, other.ownership);
        keep_max(&mut self.linked, other.linked);
        if let Some(coverage) = other.coverage {
            self.coverage.get_or_insert_default().join(coverage);
        }
    }

    /// True if something was written in it: a conversation that only has a name is not shown.
    pub const fn is_known(&self) -> bool {
        self.last_activity.is_some()
    }

    /// After this, messages of the person count as unread.
    pub fn unread_since(&self) -> Option<DateTime<Utc>> {
        self.caught_up.max(self.last_outbound)
    }

    /// The person's name as it can be shown: the name, else the username.
    pub fn shown_name(&self) -> Option<&str> {
        self.name.as_ref().or(self.username.as_ref()).map(|told| told.value.as_str())
    }

    /// When the person last did what opens the messaging window, by the platform's [table](Capabilities::openers).
    pub fn opened(&self, capabilities: &Capabilities) -> Option<DateTime<Utc>> {
        let wrote = self.last_inbound.filter(|_| capabilities.opens(Act::Message));
        let acted = self.acted.iter().filter(|(act, _)| capabilities.opens(**act)).map(|(_, at)| *at);
        acted.chain(wrote).max()
    }

    pub(crate) fn acted(&mut self, act: Act, at: DateTime<Utc>) {
        let last = self.acted.entry(act).or_insert(at);
        *last = at.max(*last);
    }

    pub(crate) fn written(&mut self, direction: Direction, at: DateTime<Utc>) {
        keep_max(&mut self.last_activity, Some(at));
        match direction {
            Direction::Inbound => keep_max(&mut self.last_inbound, Some(at)),
            Direction::Outbound => keep_max(&mut self.last_outbound, Some(at)),
        }
    }

    /// The conversation as a view shows it.
    #[must_use]
    pub fn through(mut self, fields: Fields) -> Self {
        if !fields.names {
            self.name = None;
            self.username = None;
            self.picture = None;
        }
        if !fields.marks {
            self.read_up_to = None;
            self.delivered_up_to = None;
        }
        self
    }
}

/// A conversation with its key and what is derived from its messages, as a store reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConversationRow {
    /// Which conversation.
    pub key: ConversationKey,
    /// What is known of it.
    pub state: Conversation,
    /// The text of its newest message, where the view shows texts.
    pub snippet: Option<String>,
    /// Messages of the person after the business last wrote.
    pub unread: u32,
}

impl ConversationRow {
    /// A row as it was stored, shown through a view.
    pub fn new(key: ConversationKey, state: Conversation, snippet: Option<String>, unread: u32, view: &View) -> Self {
        Self { key, state: state.through(view.fields), snippet: snippet.filter(|_| view.fields.text), unread }
    }
}

/// A person: who is behind one or more identities. Without evidence that two identities are one human, each is a person.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Person {
    /// The smallest of the identities; it names the person.
    pub id: ConversationKey,
    /// The identities: at which account, under which id.
    pub identities: Vec<ConversationKey>,
    /// The name, where known and shown.
    pub name: Option<String>,
    /// The username, where known and shown.
    pub username: Option<String>,
    /// When they last wrote or were written to.
    pub last_activity: DateTime<Utc>,
}

impl Person {
    /// The person behind one identity.
    pub fn single(row: &ConversationRow) -> Option<Self> {
        Some(Self {
            id: row.key.clone(),
            identities: vec![row.key.clone()],
            name: row.state.name.as_ref().map(|told| told.value.clone()),
            username: row.state.username.as_ref().map(|told| told.value.clone()),
            last_activity: row.state.last_activity?,
        })
    }
}
