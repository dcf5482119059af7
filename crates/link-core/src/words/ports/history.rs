//! Reading what happened before.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::Access;
use crate::words::error::Result;
use crate::words::event::Event;
use crate::words::ids::{ExternalId, MessageId, ScopedId};
use crate::words::page::Cursor;

/// Which part of the history is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct HistoryQuery {
    /// Only the conversation with this person.
    pub peer: Option<ScopedId>,
    /// After this place of an earlier answer.
    pub after: Option<Cursor>,
    /// At most so many conversations, or messages of one conversation.
    pub limit: u32,
    /// How many of each conversation's newest messages come along; 0 for none.
    pub messages: u32,
}

impl HistoryQuery {
    /// The first conversations, newest first, each with some of its newest messages.
    pub const fn new(limit: u32, messages: u32) -> Self {
        Self { peer: None, after: None, limit, messages }
    }

    /// After a place.
    #[must_use]
    pub fn after(mut self, after: Option<Cursor>) -> Self {
        self.after = after;
        self
    }

    /// Of one person only.
    #[must_use]
    pub fn of(mut self, peer: ScopedId) -> Self {
        self.peer = Some(peer);
        self
    }
}

/// A part of the history, told as the same events that webhooks tell.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct HistoryPage {
    /// What happened. `as_of` is the answer's own time; that of reactions is when the call was begun, by the platform's clock: a withdrawal while the
    /// page is put together is the later.
    pub events: Vec<Event>,
    /// The conversations that were on this page.
    pub threads: Vec<ThreadPage>,
    /// Where the next page begins; `None` at the end. An empty page with a next one is not the end, nor is one that leads back to itself.
    pub next: Option<Cursor>,
    /// Messages the platform lists and will not show; they are not necessarily deleted.
    pub unreadable: u32,
    /// Conversations on it that have no form that is known here, or name nobody: they are among the events as unknown, and on no list.
    pub untold: u32,
    /// The answer's time by the platform's clock.
    pub as_of: DateTime<Utc>,
}

impl HistoryPage {
    /// An empty last page.
    pub const fn new(as_of: DateTime<Utc>) -> Self {
        Self { events: Vec::new(), threads: Vec::new(), next: None, unreadable: 0, untold: 0, as_of }
    }
}

/// One conversation on a page of history.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ThreadPage {
    /// The platform's thread id.
    pub id: ExternalId,
    /// The person.
    pub peer: ScopedId,
    /// When it last changed.
    pub updated: Option<DateTime<Utc>>,
    /// Where its older messages begin; `None` if all that can be read came along. It may lead back to where this page began: then nothing
    /// more is to be had, and that is not the end.
    pub older: Option<Cursor>,
    /// How many messages it has in all, where the platform tells.
    pub total: Option<u32>,
    /// How many of its messages came along in readable form.
    pub messages: u32,
    /// How many came along as bare ids because the platform will not show them.
    pub unreadable: u32,
    /// How many came along in no form that is known here. Nobody knows when they were written, so the page proves nothing of the conversation.
    pub unknown: u32,
    /// True if nothing was said of its messages though they were asked for, or though it has some: the page proves nothing of it, and it is
    /// to be read by itself.
    pub untold: bool,
}

impl ThreadPage {
    /// As many messages as the platform that shows least shows of a conversation.
    const MANY: u32 = 20;

    /// A conversation without messages.
    pub const fn new(id: ExternalId, peer: ScopedId) -> Self {
        Self { id, peer, updated: None, older: None, total: None, messages: 0, unreadable: 0, unknown: 0, untold: false }
    }

    /// True if the platform hides what is older than this page: it lists messages that it does not show, and either shows only the `readable`
    /// newest ones, or showed none of many. A message that is not shown hides nothing but itself, among others and on a page of its own.
    pub const fn hides_older(&self, readable: Option<u32>) -> bool {
        self.unreadable > 0 && (readable.is_some() || self.messages == 0 && self.unreadable >= Self::MANY)
    }
}

/// What the platform says of one message that was asked for by its id.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Looked {
    /// It is told: the message and the reactions to it, as a page of history tells them. `as_of` is as on a page. One whose content alone
    /// is kept back is told as [unsupported](crate::words::content::Content::unsupported).
    Told(Vec<Event>),
    /// It is not shown: it is older than what the platform shows, was taken back, or is none of this account's. Which of these the platform does
    /// not say, so it is not taken for deleted.
    NotShown,
}

/// The platform's own memory. Calls may be repeated freely; pages may shift while they are read.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait History: Send + Sync {
    /// Conversations, newest first.
    async fn conversations(&self, access: &Access, query: &HistoryQuery) -> Result<HistoryPage>;
    /// Older messages of one conversation, newest first.
    async fn messages(&self, access: &Access, thread: &ThreadPage, query: &HistoryQuery) -> Result<HistoryPage>;
    /// One message, by its id on this road. It proves nothing of the messages around it.
    async fn message(&self, access: &Access, id: &MessageId) -> Result<Looked>;
}
