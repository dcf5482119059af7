//! What a rule has against a message, until when, and what it would allow instead.

use std::borrow::Cow;
use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::words::error::{Remedy, Who};
use crate::words::outgoing::AttachmentKind;
use crate::words::rules::{Rule, code};

/// A rule of a platform against a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Objection {
    /// The rule's [code](crate::words::rules::code).
    pub rule: Cow<'static, str>,
    /// What is against it, in plain words that stand for themselves.
    pub says: Cow<'static, str>,
    /// Until when it stands; `None` if time alone does not end it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<DateTime<Utc>>,
    /// What would be allowed instead. Empty where nothing is: a sign that a platform does not show can only be left out, and a post that is gone is
    /// shared by nobody.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allowed: Vec<Allowed>,
}

/// What would be allowed instead of what was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "allowed", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Allowed {
    /// An answer that a person wrote, until then, with the platform's approval of the app.
    HumanAnswer {
        /// Until when.
        until: DateTime<Utc>,
    },
    /// Any answer, as soon as the person writes again.
    OncePersonWrites,
    /// An ordinary message, within the window.
    OrdinaryAnswer,
    /// An answer in the app that owns the conversation, or from here once it is taken over.
    InTheOwningApp,
    /// Anything, once the platform lets the account write again.
    OnceRestored,
    /// A message's text that is not longer. Where a part of it is too long, that is [`Like`](Self::Like).
    Text {
        /// Its most.
        limit: usize,
        /// In which unit.
        unit: String,
    },
    /// The same text in at least so many messages.
    Parts {
        /// How many.
        parts: usize,
    },
    /// At most so many of it.
    AtMost {
        /// How many.
        most: usize,
    },
    /// Each by itself.
    OneByOne,
    /// The same without this part.
    Without {
        /// What to leave out, in plain words.
        what: String,
    },
    /// The same made like this.
    Like {
        /// How, in plain words.
        what: String,
    },
    /// Attachments of these kinds.
    Kinds {
        /// Which.
        kinds: Vec<AttachmentKind>,
    },
    /// Files with these endings.
    Endings {
        /// Which, in lower case.
        endings: Vec<String>,
    },
    /// A file of at most so many bytes.
    Bytes {
        /// How many.
        most: u64,
    },
    /// The file, uploaded once more.
    UploadAgain,
    /// A link instead.
    Link,
}

impl Objection {
    /// What a rule says, against everything that breaks it.
    pub const fn of(rule: &Rule) -> Self {
        Self::new(rule.code, Cow::Borrowed(rule.says))
    }

    /// What a rule has against one message.
    pub const fn new(rule: &'static str, says: Cow<'static, str>) -> Self {
        Self { rule: Cow::Borrowed(rule), says, until: None, allowed: Vec::new() }
    }

    /// Until then.
    #[must_use]
    pub const fn until(mut self, until: DateTime<Utc>) -> Self {
        self.until = Some(until);
        self
    }

    /// While this would be allowed.
    #[must_use]
    pub fn allowing(mut self, allowed: impl IntoIterator<Item = Allowed>) -> Self {
        self.allowed.extend(allowed);
        self
    }

    /// Who can do what about it.
    pub fn remedy(&self) -> Remedy {
        match &*self.rule {
            code::BY_HAND => {
                Remedy::new(Who::Owner, "let a person write the answer, or wait until the person at the other side writes again")
            }
            code::REPLY_ONCE | code::REPLY_DAYS | code::REPLY_LIVE => {
                Remedy::new(Who::Customer, "leave it: after the one private reply, or its days, only the person can begin a conversation")
            }
            code::REPLY_KNOWN => {
                Remedy::new(Who::Developer, "answer comments that were told here; subscribe to comments to be told of them")
            }
            code::ACCOUNT => {
                Remedy::new(Who::Platform, "do without it: the platform opens it account by account, and it is tried again later")
            }
            code::RESTRICTED => Remedy::new(Who::Owner, "open the Page's quality settings and settle what the platform objects to"),
            code::TAG => Remedy::new(Who::Developer, "send without the tag, within the window"),
            code::UPLOAD_DAYS => Remedy::new(Who::Owner, "upload the file once more and send it by its new id"),
            _ => Remedy::new(Who::Owner, "send it in a form the platform takes; the refusal names what is allowed"),
        }
    }
}

impl fmt::Display for Objection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.says)?;
        self.until.iter().try_for_each(|until| write!(f, ", until {}", until.to_rfc3339()))
    }
}
