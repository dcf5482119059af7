//! What may be sent, and when: rules over a platform's capabilities. Pure: it asks nobody and changes nothing.
//!
//! Each file is one concern. Which rules there are, and where they stand, is data of the platform's crate; a refusal names its rule, until when it
//! stands, and what would be allowed instead.

mod answerable;
mod asks;
mod comment;
mod content;
mod facts;
mod files;
mod owner;
mod split;
mod template;
mod window;

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use link_core::words::capabilities::Capabilities;
use link_core::words::ids::AccountId;
use link_core::words::outgoing::{Outgoing, Writer};
use link_core::words::platform::Road;
use link_core::words::refusal::{Objection, Refusal};

use crate::conversation::Conversation;

pub use answerable::{Answerable, Takes, anything};
pub(crate) use asks::asks;
pub use comment::CommentFacts;
pub(crate) use comment::several as several_replies;
#[cfg(feature = "testing")]
pub use facts::MockKnowledge;
pub use facts::{Facts, Instead, Knowledge, NothingKnown, Refused};
pub use files::{FileFacts, check_address, check_file};
pub use split::split;
pub use window::Window;

/// A message that somebody wants to send, with everything that rules go by.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Case<'a> {
    /// The message.
    pub outgoing: &'a Outgoing,
    /// From which account.
    pub account: &'a AccountId,
    /// By which road.
    pub road: &'a Road,
    /// Who wrote it.
    pub writer: Writer,
    /// The conversation as it stands; `None` if the account has none with this person.
    pub conversation: Option<&'a Conversation>,
    /// What else is known.
    pub facts: &'a Facts,
    /// Now.
    pub now: DateTime<Utc>,
}

impl<'a> Case<'a> {
    /// A message that a person wrote, to somebody of whom nothing is known.
    pub const fn new(outgoing: &'a Outgoing, account: &'a AccountId, road: &'a Road, facts: &'a Facts, now: DateTime<Utc>) -> Self {
        Self { outgoing, account, road, writer: Writer::Person, conversation: None, facts, now }
    }

    /// Written by a person or by a program.
    #[must_use]
    pub const fn by(mut self, writer: Writer) -> Self {
        self.writer = writer;
        self
    }

    /// In a conversation.
    #[must_use]
    pub const fn within(mut self, conversation: Option<&'a Conversation>) -> Self {
        self.conversation = conversation;
        self
    }
}

/// That nothing is against a message.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Leave {
    /// Until when; `None` if no end is known.
    pub until: Option<DateTime<Utc>>,
    /// Why the platform may refuse it all the same: its pages disagree, or it opens something account by account.
    pub doubts: Vec<&'static str>,
}

/// Whether the platform takes this, here and now. Asked when an intent is made and again when its turn comes.
///
/// In this order: what is in it, whether the person may be written to at all, who owns the conversation, and the window or the comment.
pub fn check(case: &Case<'_>, capabilities: &Capabilities) -> Result<Leave, Refusal> {
    let doubts = content::check(case, capabilities)?;
    let until = if case.outgoing.to.is_person() {
        let conversation = case.conversation.ok_or(Refusal::UnknownPerson)?;
        owner::check(conversation, case.now)?;
        window::check(case, conversation, capabilities)?
    } else {
        case.conversation.map_or(Ok(()), |conversation| owner::check(conversation, case.now))?;
        comment::check(case, capabilities)?
    };
    Ok(Leave { until, doubts })
}

/// What a rule has against a message.
fn against(rule: &'static str, says: impl Into<Cow<'static, str>>) -> Objection {
    Objection::new(rule, says.into())
}

#[cfg(test)]
mod tests;
