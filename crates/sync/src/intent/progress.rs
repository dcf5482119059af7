//! How far a wish came, the platform's reports included.

use chrono::{DateTime, Utc};
use link_core::words::event::Direction;

use super::{Intent, IntentState};
use crate::conversation::Conversation;
use crate::message::Message;

/// How far a wish came. Derived at every reading from the intent, its message and the conversation's marks; stored nowhere.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SendProgress {
    /// It waits.
    Queued,
    /// It is being sent.
    Sending,
    /// Nobody knows whether it was sent.
    Unknown,
    /// It was not sent and will not be.
    Failed,
    /// The platform took it.
    Sent,
    /// It reached the person. Not every platform reports that.
    Delivered {
        /// By then, as far as is known.
        at: DateTime<Utc>,
    },
    /// The person read it.
    Read {
        /// By then, as far as is known.
        at: DateTime<Utc>,
    },
}

impl SendProgress {
    /// A stable word.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sending => "sending",
            Self::Unknown => "unknown",
            Self::Failed => "failed",
            Self::Sent => "sent",
            Self::Delivered { .. } => "delivered",
            Self::Read { .. } => "read",
        }
    }

    /// How far a message of the business came. Messenger tells up to when the person got and read everything, Instagram tells of single
    /// messages; what is said of the message itself counts first.
    pub fn of_message(message: &Message, conversation: Option<&Conversation>) -> Self {
        let up_to = |mark: Option<DateTime<Utc>>| mark.filter(|mark| message.at.is_some_and(|at| at.at <= *mark));
        let read = message.read.or_else(|| up_to(conversation?.read_up_to));
        let delivered = message.delivered.or_else(|| up_to(conversation?.delivered_up_to));
        match (read, delivered) {
            (Some(at), _) => Self::Read { at },
            (None, Some(at)) => Self::Delivered { at },
            (None, None) => Self::Sent,
        }
    }

    /// With what became of others of the same conversation. Instagram names only the newest message that was seen, and whoever saw an answer saw
    /// those before it.
    #[must_use]
    pub fn beside<'a>(self, message: &Message, others: impl IntoIterator<Item = &'a Message>) -> Self {
        if matches!(self, Self::Read { .. }) {
            return self;
        }
        let is_behind = |other: &&Message| {
            let is_later = other.at.zip(message.at).is_some_and(|(other, at)| other.at > at.at);
            other.direction == Some(Direction::Outbound) && is_later
        };
        others.into_iter().filter(is_behind).filter_map(|other| other.read).min().map_or(self, |at| Self::Read { at })
    }
}

impl Intent {
    /// How far it came, given its [message](Intent::message) and conversation where a view shows them.
    pub fn progress(&self, message: Option<&Message>, conversation: Option<&Conversation>) -> SendProgress {
        match &self.state {
            IntentState::Queued => SendProgress::Queued,
            IntentState::Sending { .. } => SendProgress::Sending,
            IntentState::Unknown { .. } => SendProgress::Unknown,
            IntentState::Failed { .. } => SendProgress::Failed,
            IntentState::Done { .. } => SendProgress::Sent,
            IntentState::Sent { .. } => message.map_or(SendProgress::Sent, |message| SendProgress::of_message(message, conversation)),
        }
    }
}
