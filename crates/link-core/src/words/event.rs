//! Events: what a platform says happened.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::comment::Comment;
use super::content::{Content, Referral};
use super::ids::{AccountId, ExternalId, IntentId, MessageId, ScopedId};
use super::moment::Moment;
use super::platform::Road;
use super::raw::Raw;

/// One thing that happened at an account. Every event is a small piece of state; applying it is a join.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Event {
    /// Where it happened.
    pub account: AccountId,
    /// By which road it was told.
    pub road: Road,
    /// In which part of a delivery it came.
    pub channel: Channel,
    /// Which side acted.
    pub direction: Direction,
    /// Who acted, where told.
    pub sender: Option<ScopedId>,
    /// The opt-in reference of somebody who has no id yet.
    pub sender_ref: Option<String>,
    /// Towards whom, where told.
    pub recipient: Option<ScopedId>,
    /// When it happened, where told.
    pub at: Option<Moment>,
    /// As of when the platform said it, by its own clock: the item's time, the `Date` of a history answer, else when it was received.
    pub as_of: DateTime<Utc>,
    /// What happened.
    pub said: Said,
    /// Keys of the item that have no field in what was said, untouched; those of a message are in [`Content::more`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub more: Option<Raw>,
    /// The message that something without a word is about, if it names one: what is kept of it goes when that is taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<MessageId>,
}

impl Event {
    /// An inbound event of which nothing is known but where it came from and what it says.
    pub const fn new(account: AccountId, road: Road, channel: Channel, as_of: DateTime<Utc>, said: Said) -> Self {
        Self {
            account,
            road,
            channel,
            direction: Direction::Inbound,
            sender: None,
            sender_ref: None,
            recipient: None,
            at: None,
            as_of,
            said,
            more: None,
            about: None,
        }
    }

    /// The person at the other side: whoever of sender and recipient is not the account. A message to oneself has none.
    pub fn peer(&self) -> Option<&ScopedId> {
        let other = |id: &&ScopedId| id.as_str() != self.account.id.as_str();
        match self.direction {
            Direction::Inbound => self.sender.as_ref().filter(other).or_else(|| self.recipient.as_ref().filter(other)),
            Direction::Outbound => self.recipient.as_ref().filter(other).or_else(|| self.sender.as_ref().filter(other)),
        }
    }
}

/// The part of a delivery in which an item came, or that it was read from history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Channel {
    /// `messaging[]`: this app may answer.
    Messaging,
    /// `standby[]`: another app owns the conversation; read-only.
    Standby,
    /// `changes[]`, or `field` and `value` on the entry itself.
    Changes,
    /// `changes[]` about what a person granted or took back. Such an item names the person and no account; see
    /// [`Intake::granted`](super::ports::Intake::granted).
    Grants,
    /// An entry, or something in its place, without any list of items.
    Entry,
    /// Read through the platform's history.
    History,
    /// Answered by the platform to something we did.
    Answer,
}

/// Which side of a conversation acted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// The person.
    Inbound,
    /// The business: this app, another app, or somebody in the platform's own apps.
    Outbound,
}

/// What was said. Unknown things are [`Said::Unknown`], never an error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Said {
    /// A message, or the echo of one; see [`Content::echo`] and [`Content::unsupported`].
    Message(Box<Content>),
    /// The text of a message was changed.
    Edited(Edit),
    /// A message was taken back. Its content must go.
    Unsent(Option<MessageId>),
    /// A reaction was set or withdrawn.
    Reacted(Reaction),
    /// Messages were read.
    Read(Receipt),
    /// Messages reached the person's device.
    Delivered(Receipt),
    /// A button was pressed.
    Postback(Postback),
    /// The person came back through a link or an ad.
    Referred(Referral),
    /// The person agreed to be written to.
    OptedIn(Raw),
    /// The person connected or disconnected an account of the embedder.
    AccountLinking {
        /// `linked` or `unlinked`.
        status: Option<String>,
        /// The code that the embedder gave, while linking.
        code: Option<String>,
    },
    /// The conversation changed hands between apps.
    Routed(Routing),
    /// Anything else of the catalogue that is kept as it came.
    Notice(Notice),
    /// The platform warned the account, kept it from writing, or let it write again.
    Enforced(Enforcement),
    /// Something happened to a comment, a visitor's post, or a mention of the account.
    Commented(Comment),
    /// A change of a subscribed field that has no word of its own: a label, a rating, a reaction to a post.
    Changed {
        /// The field's name.
        field: String,
        /// Its value, untouched.
        value: Option<Raw>,
    },
    /// What history tells of a conversation as a whole.
    Thread(Thread),
    /// What a profile says of a person.
    Profile(Profile),
    /// The platform accepted something that we sent.
    Accepted {
        /// Which wish it fulfils.
        intent: IntentId,
        /// What was sent, under the id that the platform gave it.
        content: Box<Content>,
    },
    /// An item that has no word here, untouched.
    Unknown(Raw),
}

impl Said {
    /// The word for this kind of event, the same for every platform and spelling.
    pub fn kind(&self) -> &str {
        match self {
            Self::Message(content) if content.unsupported => "message_unsupported",
            Self::Message(content) if content.echo.is_some() => "message_echo",
            Self::Message(_) => "message",
            Self::Edited(_) => "message_edit",
            Self::Unsent(_) => "message_deleted",
            Self::Reacted(_) => "reaction",
            Self::Read(_) => "read",
            Self::Delivered(_) => "delivery",
            Self::Postback(_) => "postback",
            Self::Referred(_) => "referral",
            Self::OptedIn(_) => "optin",
            Self::AccountLinking { .. } => "account_linking",
            Self::Routed(routing) => routing.act.kind(),
            Self::Notice(notice) => &notice.kind,
            Self::Enforced(_) => "policy_enforcement",
            Self::Commented(_) => "comment",
            Self::Changed { .. } => "change",
            Self::Thread(_) => "thread",
            Self::Profile(_) => "profile",
            Self::Accepted { .. } => "accepted",
            Self::Unknown(_) => "unknown",
        }
    }
}

/// A change of a message's text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edit {
    /// Which message.
    pub message: Option<MessageId>,
    /// The text as it is now.
    pub text: Option<String>,
    /// How often it was changed. Instagram sends 0 without text or sender for messages it says nothing else about.
    pub revision: Option<u32>,
}

/// A reaction to a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reaction {
    /// To which message.
    pub message: Option<MessageId>,
    /// The wire's word: `react` or `unreact`.
    pub action: Option<String>,
    /// The emoji; absent when withdrawn.
    pub emoji: Option<String>,
    /// The platform's word for it (`love`, `other`, ...).
    pub word: Option<String>,
}

impl Reaction {
    /// True when the reaction was taken away.
    pub fn is_withdrawn(&self) -> bool {
        self.action.as_deref() == Some("unreact")
    }
}

/// Up to where, or which messages, were read or delivered.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// Everything up to this time.
    pub watermark: Option<DateTime<Utc>>,
    /// These messages.
    pub messages: Vec<MessageId>,
}

/// A pressed button.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Postback {
    /// The id under which the press stands in the conversation.
    pub message: Option<MessageId>,
    /// What the button says.
    pub title: Option<String>,
    /// The developer payload; withheld from apps that do not own the conversation.
    pub payload: Option<String>,
    /// Where the person came from.
    pub referral: Option<Referral>,
}

impl Postback {
    /// A press of a button with this title and payload.
    pub const fn new(message: Option<MessageId>, title: Option<String>, payload: Option<String>) -> Self {
        Self { message, title, payload, referral: None }
    }
}

/// A conversation changed hands between apps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Routing {
    /// What happened.
    pub act: RoutingAct,
    /// The app that had it.
    pub previous: Option<ExternalId>,
    /// The app that has it, or that is asked to give it.
    pub next: Option<ExternalId>,
    /// What the app that acted attached.
    pub metadata: Option<String>,
}

/// How a conversation changed hands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoutingAct {
    /// The owner gave it away.
    Passed,
    /// It was taken from the owner.
    Taken,
    /// Another app asks for it.
    Requested,
}

impl RoutingAct {
    const fn kind(self) -> &'static str {
        match self {
            Self::Passed => "pass_thread_control",
            Self::Taken => "take_thread_control",
            Self::Requested => "request_thread_control",
        }
    }
}

/// Something of the catalogue that is kept as it came: roles, feedback, orders, payments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// Its word: `app_roles`, `response_feedback`, `payment`, ...
    pub kind: String,
    /// The message it is about, if it names one.
    pub message: Option<MessageId>,
    /// The untouched value.
    pub value: Raw,
}

/// What the platform did to an account because of its rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enforcement {
    /// What it did.
    pub act: EnforcementAct,
    /// Why, in the platform's own words; absent when it lets the account write again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// What the platform did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum EnforcementAct {
    /// It warned.
    Warned,
    /// It keeps the account from writing.
    Blocked,
    /// It lets the account write again.
    Unblocked,
}

/// A conversation as history tells it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Thread {
    /// The platform's thread id; webhooks never carry it.
    pub id: Option<ExternalId>,
    /// The person's name, as the participants list has it.
    pub name: Option<String>,
    /// The person's username (Instagram).
    pub username: Option<String>,
    /// When the platform says it last changed.
    pub updated: Option<DateTime<Utc>>,
    /// Whether this app may answer in it, where conversations are routed between apps; `None` elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owned: Option<bool>,
}

impl Thread {
    /// A thread of which nothing is known but its id.
    pub fn new(id: ExternalId) -> Self {
        Self { id: Some(id), ..Self::default() }
    }
}

/// A person as a platform describes them. Names and pictures are withheld without consent; then nothing is here.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Profile {
    /// The name.
    pub name: Option<String>,
    /// The username (Instagram).
    pub username: Option<String>,
    /// The picture's address; it dies after a few days.
    pub picture: Option<String>,
}

impl Profile {
    /// A profile with these facts.
    pub const fn new(name: Option<String>, username: Option<String>, picture: Option<String>) -> Self {
        Self { name, username, picture }
    }
}
