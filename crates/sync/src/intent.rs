//! Intents: wishes to send, from the moment we accept them to the moment somebody read them.

use chrono::{DateTime, Utc};
use link_core::words::error::ErrorKind;
use link_core::words::ids::{AccountKey, ConversationKey, IntentId, IntentKey, MessageId, MessageKey};
use link_core::words::outgoing::{Body, Outgoing, Writer};
use link_core::words::platform::Road;
use link_core::words::refusal::Refusal;
use link_core::words::view::{Fields, Viewer};
use serde::{Deserialize, Serialize};

/// What begins the metadata by which an echo proves which intent it belongs to.
pub const METADATA_PREFIX: &str = "lk1:";

/// A wish to send one message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Intent {
    /// Which.
    pub id: IntentId,
    /// From which account.
    pub account: AccountKey,
    /// By which road.
    pub road: Road,
    /// What.
    pub outgoing: Outgoing,
    /// The caller's key: the same key never sends twice.
    pub key: String,
    /// Who wants it.
    pub by: Viewer,
    /// Who wrote it.
    #[serde(default)]
    pub writer: Writer,
    /// When it was accepted by us.
    pub created_at: DateTime<Utc>,
    /// Not before this.
    pub available_at: DateTime<Utc>,
    /// How often it was tried.
    pub tries: u32,
    /// Where it stands.
    pub state: IntentState,
}

/// Where an intent stands with us. What the platform reports afterwards (delivered, read) is derived from the message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
#[non_exhaustive]
pub enum IntentState {
    /// It waits.
    Queued,
    /// Somebody is sending it, until the lease ends.
    Sending {
        /// When the lease ends; after it nobody knows what became of the send.
        until: DateTime<Utc>,
    },
    /// Nobody knows whether it was sent. Never tried again; an echo or the history settles it.
    Unknown {
        /// Since when.
        since: DateTime<Utc>,
        /// Why, as an error's fragment.
        cause: String,
    },
    /// It was not sent and will not be.
    Failed {
        /// Why.
        failure: Failure,
    },
    /// The platform took it.
    Sent {
        /// Under this id.
        message: MessageId,
    },
    /// The platform did it, and it is no message: a reaction, or its withdrawal.
    Done {
        /// When, by the platform's clock.
        at: DateTime<Utc>,
    },
}

/// Why an intent failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Failure {
    /// We refused it, when its turn came.
    Refused(Refusal),
    /// The platform refused it, or it could not be reached often enough.
    Platform {
        /// The class of the error.
        kind: ErrorKind,
        /// The platform's code, if it gave one.
        code: Option<String>,
        /// The error's own fragment.
        cause: String,
        /// What to do about it, in plain words.
        remedy: Option<String>,
    },
}

impl std::fmt::Display for Failure {
    /// Cause, the platform's code if it gave one, and what to do about it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Refused(refusal) => write!(f, "{refusal}; remedy: {}", refusal.remedy().what),
            Self::Platform { cause, code, remedy, .. } => {
                write!(f, "{cause}")?;
                code.iter().try_for_each(|code| write!(f, " (code {code})"))?;
                remedy.iter().try_for_each(|remedy| write!(f, "; remedy: {remedy}"))
            }
        }
    }
}

impl IntentState {
    /// A stable word.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sending { .. } => "sending",
            Self::Unknown { .. } => "unknown",
            Self::Failed { .. } => "failed",
            Self::Sent { .. } => "sent",
            Self::Done { .. } => "done",
        }
    }

    /// True if an echo that proves nothing may still belong to it.
    pub const fn may_have_been_sent(&self) -> bool {
        matches!(self, Self::Sending { .. } | Self::Unknown { .. })
    }
}

impl Intent {
    /// The intent's key.
    pub fn intent_key(&self) -> IntentKey {
        IntentKey { owner: self.account.owner.clone(), id: self.id }
    }

    /// The conversation it belongs to.
    pub fn conversation(&self) -> ConversationKey {
        ConversationKey { account: self.account.clone(), peer: self.outgoing.to.line() }
    }

    /// The message it became.
    pub fn message(&self) -> Option<MessageKey> {
        match &self.state {
            IntentState::Sent { message } => {
                Some(MessageKey { account: self.account.clone(), road: self.road.clone(), id: message.clone() })
            }
            _ => None,
        }
    }

    /// The intent as a view shows it.
    #[must_use]
    pub fn through(mut self, fields: Fields) -> Self {
        if !fields.text {
            self.outgoing.body = Body::Text(String::new());
        }
        self
    }

    /// The message was taken back: what was wished goes with it.
    pub(crate) fn wipe(&mut self) {
        self.outgoing.body = Body::Gone;
        self.outgoing.quick_replies.clear();
    }

    /// The platform said under which id it took this. Said before, it stays with the smaller id, so that any order ends the same.
    pub(crate) fn prove(&mut self, message: MessageId) {
        match &self.state {
            IntentState::Sent { message: known } if *known <= message => {}
            _ => self.state = IntentState::Sent { message },
        }
    }
}

/// The metadata that an intent's message carries.
pub fn metadata(id: IntentId) -> String {
    format!("{METADATA_PREFIX}{id}")
}

/// The intent that a piece of metadata names, if it is one of ours.
pub fn intent_of(metadata: &str) -> Option<IntentId> {
    metadata.strip_prefix(METADATA_PREFIX)?.parse().ok()
}
