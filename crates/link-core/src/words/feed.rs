//! The feed: what changed here, told in ids.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::error::Result;
use super::finding::{Severity, Subject};
use super::ids::{AccountId, ActorId, ExternalId, IntentId, LinkId, MessageId, OwnerId, ScopedId, SetupId};
use super::platform::Road;

/// Something changed. It carries ids only; content is read through the receiver's own view.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Happening {
    /// Whose data changed.
    pub owner: OwnerId,
    /// At which account, if at one.
    pub account: Option<AccountId>,
    /// What happened.
    pub what: What,
    /// When, by the platform's clock where the platform said it, else by ours.
    pub at: DateTime<Utc>,
}

impl Happening {
    /// Something happened for an owner.
    pub const fn new(owner: OwnerId, account: Option<AccountId>, what: What, at: DateTime<Utc>) -> Self {
        Self { owner, account, what, at }
    }
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
#[non_exhaustive]
pub enum What {
    /// A message of a person arrived that is later than the account's caught-up mark.
    MessageReceived {
        /// From whom.
        peer: ScopedId,
        /// By which road.
        road: Road,
        /// Which.
        message: MessageId,
        /// It came long after it was written.
        late: bool,
    },
    /// A message became known that is no news: from history, or from before the link.
    MessageKnown {
        /// Whose conversation.
        peer: ScopedId,
        /// By which road.
        road: Road,
        /// Which.
        message: MessageId,
    },
    /// A message of the business became known: an echo, or the acceptance of what we sent.
    MessageSent {
        /// To whom.
        peer: ScopedId,
        /// By which road.
        road: Road,
        /// Which.
        message: MessageId,
    },
    /// The text, the reactions or the marks of a message changed. Or what stood twice, under two ids, is one now and stands under this: whoever shows
    /// the conversation reads it anew.
    MessageChanged {
        /// By which road.
        road: Road,
        /// Which.
        message: MessageId,
    },
    /// A message was taken back; its content is gone.
    MessageUnsent {
        /// By which road.
        road: Road,
        /// Which.
        message: MessageId,
    },
    /// Something was said of a message that is not here: a reaction, an edit, a read mark, or a reply that quotes it. It may still come.
    MessageNamed {
        /// Whose conversation, where that was told.
        peer: Option<ScopedId>,
        /// By which road.
        road: Road,
        /// Which.
        message: MessageId,
    },
    /// Something about the conversation changed: reads, names, routing.
    ConversationChanged {
        /// Whose conversation.
        peer: ScopedId,
    },
    /// The person connected or disconnected an account of the embedder's own.
    AccountLinked {
        /// Who.
        peer: ScopedId,
    },
    /// Somebody commented, or named the account, later than the account's caught-up mark.
    CommentReceived {
        /// Who, where the platform says it.
        peer: Option<ScopedId>,
        /// By which road.
        road: Road,
        /// Which.
        comment: ExternalId,
    },
    /// A comment was changed, hidden, shown, taken away or answered in private.
    CommentChanged {
        /// By which road.
        road: Road,
        /// Which.
        comment: ExternalId,
    },
    /// The platform warned the account, keeps it from writing, or lets it write again.
    AccountChanged,
    /// An intent changed its state.
    IntentChanged {
        /// Which.
        intent: IntentId,
        /// Its state's word.
        state: String,
    },
    /// The account's recent conversations were compared with what is here.
    Reconciled {
        /// How many messages were compared.
        found: u32,
        /// How many of them were not here, and are now.
        filled: u32,
    },
    /// A setup moved on.
    SetupChanged {
        /// Which.
        setup: SetupId,
        /// Its stage's word.
        stage: String,
    },
    /// A link was confirmed.
    LinkConfirmed {
        /// Which.
        link: LinkId,
    },
    /// What is linked, or how, was changed: a setting, an account that came or left.
    LinkChanged {
        /// Which.
        link: LinkId,
    },
    /// Somebody signed in again for a link; what was missed is caught up.
    LinkResumed {
        /// Which.
        link: LinkId,
    },
    /// The account will be received by another road.
    RoadChanged {
        /// By which road until then.
        from: Road,
        /// By which road from then on.
        to: Road,
        /// When it changes, by the platform's clock.
        at: DateTime<Utc>,
    },
    /// What was granted for the account became less or more; features went off or came back.
    PermissionsChanged {
        /// By which road.
        road: Road,
    },
    /// The account's credential was found dead.
    CredentialDead {
        /// By which road.
        road: Road,
    },
    /// An end of the account's credential comes near. Told once for each threshold.
    CredentialExpiring {
        /// By which road.
        road: Road,
        /// What ends.
        end: Ending,
        /// When.
        ends_at: DateTime<Utc>,
        /// The threshold that was passed, in days before the end.
        days: u16,
    },
    /// A link was ended, or an account of it left it.
    LinkEnded {
        /// Which.
        link: LinkId,
        /// True if the whole link ended.
        whole: bool,
    },
    /// Something stands in the way, or no longer does.
    FindingChanged {
        /// The code of the cause.
        code: String,
        /// How bad it is.
        severity: Severity,
        /// True if it was found, false if it is gone.
        stands: bool,
        /// Whose it is, besides the account.
        #[serde(default)]
        subject: Subject,
    },
    /// Somebody's access was unlike what is known of them. Which act it was stands in the activity log.
    AccessUnusual {
        /// The code of the rule.
        code: String,
        /// Whose access; none if our own work noticed a token that is used after its end.
        actor: Option<ActorId>,
    },
}

/// What of a credential ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// The token itself.
    Token,
    /// The right to read the data of whoever gave it.
    DataAccess,
}

impl Ending {
    /// A stable word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::DataAccess => "data_access",
        }
    }
}

/// A place in the feed. Grows; means nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Position(pub u64);

/// Which part of the feed is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedQuery {
    /// After this place.
    pub after: Position,
    /// At most so many.
    pub limit: u32,
}

/// Reading what happened. At least once: a reader that keeps its position sees everything, perhaps some of it twice.
///
/// The feed crosses owners; each happening names its own. Readers for one viewer filter by that viewer's view.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait Feed: Send + Sync {
    /// What happened after a place, in order.
    async fn read(&self, query: &FeedQuery) -> Result<Vec<(Position, Happening)>>;
    /// The place of the newest happening.
    async fn end(&self) -> Result<Position>;
    /// Adds happenings that are no part of another change.
    async fn tell(&self, happenings: &[Happening]) -> Result<()>;
    /// Where a named reader stopped; the beginning if it never kept a place.
    async fn position(&self, reader: &str) -> Result<Position>;
    /// Keeps a named reader's place. Never moves it back.
    async fn keep(&self, reader: &str, position: Position) -> Result<()>;
}
