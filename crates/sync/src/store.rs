//! The ports under which messages, intents and backfills are kept.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use link_core::words::activity::Activity;
use link_core::words::error::{Error, ErrorKind, Result};
use link_core::words::feed::Happening;
use link_core::words::ids::{AccountId, AccountKey, CommentKey, ConversationKey, IntentId, IntentKey, MessageKey};
use link_core::words::page::{Page, PageQuery};
use link_core::words::rates::RateKind;
use link_core::words::view::View;

use crate::account::AccountState;
use crate::budget::{Priority, Rest};
use crate::checkpoint::Cleared;
use crate::comment::{Comment, CommentRow};
use crate::conversation::{Conversation, ConversationRow, Person};
#[cfg(doc)]
use crate::intent::CLOCK_SKEW;
use crate::intent::Intent;
use crate::message::{Message, MessageRow, Tellers};
use crate::notice::Notice;

/// What a change is about. A store loads and locks these, in this order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Keys {
    /// Messages, of any owners and accounts.
    pub messages: BTreeSet<MessageKey>,
    /// Conversations.
    pub conversations: BTreeSet<ConversationKey>,
    /// Intents.
    pub intents: BTreeSet<IntentKey>,
    /// Comments.
    pub comments: BTreeSet<CommentKey>,
    /// Accounts.
    pub accounts: BTreeSet<AccountKey>,
}

/// What is stored under some keys. What is absent is not stored yet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// Messages.
    pub messages: BTreeMap<MessageKey, Message>,
    /// Conversations.
    pub conversations: BTreeMap<ConversationKey, Conversation>,
    /// Intents.
    pub intents: BTreeMap<IntentKey, Intent>,
    /// Comments.
    pub comments: BTreeMap<CommentKey, Comment>,
    /// Accounts.
    pub accounts: BTreeMap<AccountKey, AccountState>,
}

/// What is to be written, all of it or nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Change {
    /// Messages as they are now.
    pub messages: BTreeMap<MessageKey, Message>,
    /// Conversations as they are now.
    pub conversations: BTreeMap<ConversationKey, Conversation>,
    /// Intents as they are now.
    pub intents: BTreeMap<IntentKey, Intent>,
    /// Comments as they are now.
    pub comments: BTreeMap<CommentKey, Comment>,
    /// Accounts as they are now.
    pub accounts: BTreeMap<AccountKey, AccountState>,
    /// Notices to keep; one that is kept already (same account, same digest) is passed over. Those kept of messages that are
    /// taken back by this change go with it, also where they name the message by another road's id ([`Message::same_as`]), and
    /// whether that was known before or is known by this change.
    pub notices: Vec<Notice>,
    /// What to tell.
    pub happenings: Vec<Happening>,
    /// What to record.
    pub acts: Vec<Activity>,
}

impl Change {
    /// True if there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.messages.is_empty()
            && self.conversations.is_empty()
            && self.intents.is_empty()
            && self.comments.is_empty()
            && self.accounts.is_empty()
            && self.notices.is_empty()
            && self.happenings.is_empty()
            && self.acts.is_empty()
    }
}

/// A pure step: from what is stored to what is to be written. It may be run again after a conflict.
pub type Step<'a> = dyn Fn(Snapshot) -> Change + Send + Sync + 'a;

/// Which messages are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct MessageQuery {
    /// Of which conversation.
    pub conversation: ConversationKey,
    /// Only those written at this time or later.
    pub since: Option<DateTime<Utc>>,
    /// Only those written before this time.
    pub until: Option<DateTime<Utc>>,
    /// Which page; newest first.
    pub page: PageQuery,
}

impl MessageQuery {
    /// The messages of a conversation, newest first.
    pub const fn new(conversation: ConversationKey, page: PageQuery) -> Self {
        Self { conversation, since: None, until: None, page }
    }

    /// Only those written at a time or later.
    #[must_use]
    pub const fn since(mut self, since: DateTime<Utc>) -> Self {
        self.since = Some(since);
        self
    }

    /// Only those written before a time.
    #[must_use]
    pub const fn until(mut self, until: DateTime<Utc>) -> Self {
        self.until = Some(until);
        self
    }
}

/// Messages and conversations.
///
/// Reads are applied through the view inside the query: what it does not show is neither matched, counted nor paged over.
/// Only known messages ([`Message::is_known`]) and known conversations are read. Paging is by key: rows are ordered by time and then by
/// key, newest first, and a page continues behind the row the one before ended with.
#[async_trait]
pub trait MessageStore: Send + Sync {
    /// Loads what the keys name, runs the step and writes its whole change, in one transaction. Nothing of it is written on an error.
    async fn update(&self, keys: &Keys, step: &Step<'_>) -> Result<()>;
    /// Conversations, the one with the newest activity first.
    async fn conversations(&self, view: &View, page: &PageQuery) -> Result<Page<ConversationRow>>;
    /// One conversation; `None` if there is none or the view does not show it.
    async fn conversation(&self, view: &View, key: &ConversationKey) -> Result<Option<ConversationRow>>;
    /// Messages of a conversation, newest first.
    async fn messages(&self, view: &View, query: &MessageQuery) -> Result<Page<MessageRow>>;
    /// One message; `None` if it is not known or the view does not show it.
    async fn message(&self, view: &View, key: &MessageKey) -> Result<Option<MessageRow>>;
    /// Which of these messages are known, with who told them; those that are kept under another road's id are, as they are told there. What the
    /// view does not show is not known.
    async fn known(&self, view: &View, keys: &[MessageKey]) -> Result<BTreeMap<MessageKey, Tellers>>;
    /// Under which other ids each of these messages was told ([`Message::same_as`]), also where one of those leads to it only by another. Those
    /// that have none, or that the view does not show, are left out.
    async fn aliases(&self, view: &View, kept: &[MessageKey]) -> Result<BTreeMap<MessageKey, BTreeSet<MessageKey>>>;
    /// The intents of which the [history](crate::Proof::History) said that they became one of these messages: their rows do not name them. What
    /// the view does not show has none.
    async fn settled_as(&self, view: &View, messages: &[MessageKey]) -> Result<Vec<IntentKey>>;
    /// People, who was heard of last first.
    async fn people(&self, view: &View, page: &PageQuery) -> Result<Page<Person>>;
    /// Notices, newest first. Only views with every field show them: their content is raw.
    async fn notices(&self, view: &View, page: &PageQuery) -> Result<Page<Notice>>;
    /// Comments of every account, newest first. Only known ones ([`Comment::is_known`]).
    async fn comments(&self, view: &View, page: &PageQuery) -> Result<Page<CommentRow>>;
    /// One comment; `None` if it is not known or the view does not show it.
    async fn comment(&self, view: &View, key: &CommentKey) -> Result<Option<CommentRow>>;
    /// What the platform lets an account do; `None` if nothing was said of that or the view does not show the account.
    async fn account(&self, view: &View, key: &AccountKey) -> Result<Option<AccountState>>;
}

/// Which intents are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct IntentQuery {
    /// Of one conversation only.
    pub conversation: Option<ConversationKey>,
    /// Only those that did not come to an end: queued, sending, unknown.
    pub open_only: bool,
    /// Only those of which the history said that they were sent.
    pub settled_by_history: bool,
    /// The newest first, instead of the oldest.
    pub newest_first: bool,
    /// Which page.
    pub page: PageQuery,
}

impl IntentQuery {
    /// Every intent, oldest first.
    pub const fn all(page: PageQuery) -> Self {
        Self { conversation: None, open_only: false, settled_by_history: false, newest_first: false, page }
    }

    /// Of one conversation.
    #[must_use]
    pub fn of(mut self, conversation: ConversationKey) -> Self {
        self.conversation = Some(conversation);
        self
    }

    /// Only open ones.
    #[must_use]
    pub const fn open(mut self) -> Self {
        self.open_only = true;
        self
    }

    /// Only those of which the history said that they were sent.
    #[must_use]
    pub const fn settled_by_history(mut self) -> Self {
        self.settled_by_history = true;
        self
    }

    /// The newest first.
    #[must_use]
    pub const fn newest_first(mut self) -> Self {
        self.newest_first = true;
        self
    }
}

/// Which intents are to be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Claim {
    /// At most so many.
    pub limit: u32,
    /// Now.
    pub now: DateTime<Utc>,
    /// How long the claim lasts.
    pub lease: Duration,
    /// Not these: they would be told to wait.
    pub except: Vec<Rest>,
    /// Of this priority and higher ones.
    pub lowest: Priority,
}

impl Claim {
    /// So many, for so long.
    pub const fn new(limit: u32, now: DateTime<Utc>, lease: Duration) -> Self {
        Self { limit, now, lease, except: Vec::new(), lowest: Priority::Bulk }
    }

    /// But not these.
    #[must_use]
    pub fn except(mut self, resting: Vec<Rest>) -> Self {
        self.except = resting;
        self
    }

    /// Only of this priority and higher ones.
    #[must_use]
    pub const fn down_to(mut self, lowest: Priority) -> Self {
        self.lowest = lowest;
        self
    }
}

/// Intents on their way out. What becomes of a claimed one is written by [`MessageStore::update`], together with its message.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait Outbox: Send + Sync {
    /// Keeps intents of one owner, each with its [`act`](Cleared::act), in this order and durably: all of them, or none. Of one whose caller's key
    /// the owner used already, nothing is kept, and what is there is answered as far as it [is the same](Cleared::repeats); if it is not, that is an
    /// error, and none of the others is kept either. What is answered is in the order of what was asked.
    ///
    /// Each goes [behind](Intent::line_up) whatever waits in its conversation already, which is hurried by it: that counts with its priority from
    /// then on, and is available when it is.
    async fn queue_all(&self, cleared: &[Cleared]) -> Result<Vec<Intent>>;
    /// The same with one.
    async fn queue(&self, cleared: &Cleared) -> Result<Intent> {
        let queued = self.queue_all(std::slice::from_ref(cleared)).await?;
        queued.into_iter().next().ok_or_else(|| Error::new(ErrorKind::Corrupt, "queue an intent: the outbox answered none"))
    }
    /// Takes queued intents that are available, and durably marks them as [sending](Intent::claim) until the lease ends. Crosses owners.
    ///
    /// Of one conversation only the oldest that is queued, and none while another of it is being sent; it counts with the
    /// [priority](Intent::priority) of the first that waits behind it, which stays with it. A private reply that is not available or rests
    /// [lets the others pass](Intent::lets_others_pass). Of what can be taken: the highest priority first;
    /// of one priority each owner's account in turn, the one that was served longest ago first; of one account the oldest first. What
    /// [rests](Claim::except) or is of a [lower](Claim::lowest) priority is passed over without being touched.
    async fn claim(&self, claim: &Claim) -> Result<Vec<Intent>>;
    /// How many intents are queued for an account that count as this kind and wait for no lower priority. Crosses owners: the platform counts
    /// per account, whoever of us calls.
    async fn ahead(&self, account: &AccountId, kind: RateKind, priority: Priority) -> Result<u64>;
    /// Takes every unknown intent of the one conversation of which one was longest [to be looked for](Intent::look_at), and leaves them alone
    /// until the lease ends. Their state stays as it is. Crosses owners.
    async fn claim_unknown(&self, now: DateTime<Utc>, lease: Duration) -> Result<Vec<Intent>>;
    /// When there is next something to look for. Crosses owners.
    async fn next_unknown(&self) -> Result<Option<DateTime<Utc>>>;
    /// Marks intents whose lease ended before `now` as unknown, tells it, and answers how many. Crosses owners.
    async fn lapse(&self, now: DateTime<Utc>) -> Result<u64>;
    /// Makes available what waits by a clock that was ahead, and answers how much: queued intents that were accepted, or tried, more than
    /// [`CLOCK_SKEW`] after `now`, which is before they are available. Crosses owners.
    async fn wake(&self, now: DateTime<Utc>) -> Result<u64>;
    /// When there is next something to do: a queued intent becomes available that does not rest, or a lease ends. `None` if neither will.
    /// Crosses owners.
    async fn next_available(&self, except: &[Rest]) -> Result<Option<DateTime<Utc>>>;
    /// Intents through a view. A view without texts shows none of their bodies.
    async fn intents(&self, view: &View, query: &IntentQuery) -> Result<Page<Intent>>;
    /// One intent; `None` if there is none or the view does not show it.
    async fn intent(&self, view: &View, id: IntentId) -> Result<Option<Intent>>;
    /// The intent that was queued under a caller's key; `None` if there is none or the view does not show it.
    async fn keyed(&self, view: &View, key: &str) -> Result<Option<Intent>>;
}
