//! What we want to say, and what became of it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::error::Error;
use super::ids::{MessageId, ScopedId};

pub mod body;
mod forms;
pub mod recipient;

pub use body::{AttachmentKind, Body, Button, Card, Media, QuickReply, Shape, SharedPost, Source, Template};
pub use forms::{HEART, is_heart};
pub use recipient::Recipient;

/// Something to be said to a person on the platform where they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Outgoing {
    /// To whom.
    pub to: Recipient,
    /// What.
    pub body: Body,
    /// Answers to choose from, shown below it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub quick_replies: Vec<QuickReply>,
    /// The message it answers, shown as a quotation.
    pub reply_to: Option<MessageId>,
    /// Why it may be sent.
    pub purpose: Purpose,
    /// Comes back with the echo where the platform can do that; proves which wish the echo belongs to.
    pub metadata: Option<String>,
}

impl Outgoing {
    /// Something in answer to what the person wrote, or to a comment of theirs.
    pub fn new(to: impl Into<Recipient>, body: Body) -> Self {
        Self { to: to.into(), body, quick_replies: Vec::new(), reply_to: None, purpose: Purpose::Response, metadata: None }
    }

    /// A text.
    pub fn text(to: impl Into<Recipient>, text: impl Into<String>) -> Self {
        Self::new(to, Body::Text(text.into()))
    }

    /// An attachment that the platform fetches from an address.
    pub fn attachment(to: impl Into<Recipient>, kind: AttachmentKind, url: impl Into<String>) -> Self {
        Self::new(to, Body::Attachment { kind, url: url.into() })
    }

    /// With answers to choose from.
    #[must_use]
    pub fn with_quick_replies(mut self, replies: impl IntoIterator<Item = QuickReply>) -> Self {
        self.quick_replies = replies.into_iter().collect();
        self
    }

    /// As a quotation of a message.
    #[must_use]
    pub fn in_reply_to(mut self, message: MessageId) -> Self {
        self.reply_to = Some(message);
        self
    }

    /// For another purpose than an ordinary answer.
    #[must_use]
    pub fn for_purpose(mut self, purpose: Purpose) -> Self {
        self.purpose = purpose;
        self
    }

    /// With something to find its echo by.
    #[must_use]
    pub fn with_metadata(mut self, metadata: impl Into<String>) -> Self {
        self.metadata = Some(metadata.into());
        self
    }
}

/// Why a message may be sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Purpose {
    /// An answer within the standard window.
    Response,
    /// A person wrote it, up to the platform's longer limit for human agents. The actor's id, and that they are a person ([`Writer`]), is the
    /// proof that is kept.
    HumanAgent,
    /// Under another tag, in the platform's own word. Which there are, and which are over, stands in
    /// [`Capabilities::tags`](super::capabilities::Capabilities::tags).
    Tagged(String),
}

/// Who wrote what is to be sent. The platform lets only people answer after the standard window, so the caller says which it was.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Writer {
    /// A person, by hand. What was stored before anybody asked was written by one.
    #[default]
    Person,
    /// A program: a bot, a campaign, an automatic reply.
    Program,
}

/// What became of one try to send: never a bare error.
#[derive(Debug)]
pub enum Outcome {
    /// The platform took it.
    Accepted {
        /// The id it gave.
        message: MessageId,
        /// Whom it reached, as the platform told. A private reply learns only so who wrote the comment.
        peer: Option<ScopedId>,
        /// The platform's time of the answer.
        at: DateTime<Utc>,
    },
    /// The platform did it, and it is no message: a reaction, or its withdrawal.
    Done {
        /// The platform's time of the answer.
        at: DateTime<Utc>,
    },
    /// It surely was not sent, for example because no connection could be opened. It may be tried again.
    NotSent(Error),
    /// The platform refused it. Trying again without a change is pointless.
    Refused(Error),
    /// Nobody knows: the answer was lost. Only an echo or the history can tell; it is never sent again by us.
    Unknown(Error),
}

/// A sign that is shown and kept nowhere: it is worth nothing later, so it is never queued and never tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Signal {
    /// Somebody is writing. It ends by itself after 20 seconds.
    TypingOn,
    /// Nobody is writing any more.
    TypingOff,
    /// What the person wrote was seen.
    Seen,
}
