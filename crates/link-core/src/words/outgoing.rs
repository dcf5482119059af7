//! What we want to say, and what became of it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::error::Error;
use super::ids::{MessageId, ScopedId};

/// Something to be said to a person on the platform where they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Outgoing {
    /// To whom.
    pub to: ScopedId,
    /// What.
    pub body: Body,
    /// The message it answers, shown as a quotation.
    pub reply_to: Option<MessageId>,
    /// Why it may be sent.
    pub purpose: Purpose,
    /// Comes back with the echo where the platform can do that; proves which wish the echo belongs to.
    pub metadata: Option<String>,
}

impl Outgoing {
    /// A text in answer to what the person wrote.
    pub fn text(to: ScopedId, text: impl Into<String>) -> Self {
        Self { to, body: Body::Text(text.into()), reply_to: None, purpose: Purpose::Response, metadata: None }
    }

    /// An attachment that the platform fetches from an address.
    pub fn attachment(to: ScopedId, kind: AttachmentKind, url: impl Into<String>) -> Self {
        Self { to, body: Body::Attachment { kind, url: url.into() }, reply_to: None, purpose: Purpose::Response, metadata: None }
    }

    /// As a quotation of a message.
    #[must_use]
    pub fn in_reply_to(mut self, message: MessageId) -> Self {
        self.reply_to = Some(message);
        self
    }

    /// For another purpose than an ordinary answer.
    #[must_use]
    pub const fn for_purpose(mut self, purpose: Purpose) -> Self {
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

/// The body of an outgoing message.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Body {
    /// A text.
    Text(String),
    /// Something the platform fetches from an address.
    Attachment {
        /// What it is.
        kind: AttachmentKind,
        /// Where it is; public HTTPS.
        url: String,
    },
}

impl std::fmt::Debug for Body {
    /// The shape only: an answer is as private as what it answers.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text(text) => write!(f, "Text({} bytes)", text.len()),
            Self::Attachment { kind, .. } => write!(f, "Attachment({kind:?})"),
        }
    }
}

/// The kinds of attachment that both platforms take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AttachmentKind {
    /// A picture.
    Image,
    /// A film.
    Video,
    /// A sound.
    Audio,
    /// Any other file; PDF only on Instagram.
    File,
}

impl AttachmentKind {
    /// The wire's word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Video => "video",
            Self::Audio => "audio",
            Self::File => "file",
        }
    }
}

/// Why a message may be sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Purpose {
    /// An answer within the standard window.
    Response,
    /// A person wrote it, up to the platform's longer limit for human agents. The actor's id is the proof that is kept.
    HumanAgent,
}

/// What became of one try to send: one of four, never a bare error.
#[derive(Debug)]
pub enum Outcome {
    /// The platform took it.
    Accepted {
        /// The id it gave.
        message: MessageId,
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
