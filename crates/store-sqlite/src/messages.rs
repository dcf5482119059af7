//! Messages and conversations: what is said of them, joined by the domain, kept as one state each.

mod accounts;
mod comments;
mod notices;
mod read;
mod update;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use link_core::words::ids::{CommentKey, IntentKey};
use link_core::words::page::{Page, PageQuery};
use link_core::{AccountKey, ConversationKey, MessageKey, Result, View};
use link_sync::{AccountState, CommentRow, ConversationRow, Keys, MessageQuery, MessageRow, MessageStore, Notice, Person, Step, Tellers};

use crate::db::Db;
use crate::outbox;

/// The message port on SQLite.
///
/// A row is the join state as JSON, beside the columns that queries need. A step runs while the database is held for writing, so that
/// it never has to run twice.
///
/// When a message is taken back, its text is overwritten where it stands, and the write-ahead log is emptied after the change, so that
/// it is in neither file. While somebody reads an older state of the database for long, the log cannot be emptied: that is logged, and
/// tried again with a later change.
#[derive(Clone)]
pub struct Messages {
    db: Arc<Db>,
}

impl Messages {
    pub(crate) const fn new(db: Arc<Db>) -> Self {
        Self { db }
    }
}

#[async_trait]
impl MessageStore for Messages {
    async fn update(&self, keys: &Keys, step: &Step<'_>) -> Result<()> {
        update::update(&self.db, keys, step).await
    }

    async fn conversations(&self, view: &View, page: &PageQuery) -> Result<Page<ConversationRow>> {
        read::conversations(&self.db, view, page).await
    }

    async fn conversation(&self, view: &View, key: &ConversationKey) -> Result<Option<ConversationRow>> {
        read::conversation(&self.db, view, key).await
    }

    async fn messages(&self, view: &View, query: &MessageQuery) -> Result<Page<MessageRow>> {
        read::messages(&self.db, view, query).await
    }

    async fn message(&self, view: &View, key: &MessageKey) -> Result<Option<MessageRow>> {
        read::message(&self.db, view, key).await
    }

    async fn known(&self, view: &View, keys: &[MessageKey]) -> Result<BTreeMap<MessageKey, Tellers>> {
        read::known(&self.db, view, keys).await
    }

    async fn aliases(&self, view: &View, kept: &[MessageKey]) -> Result<BTreeMap<MessageKey, BTreeSet<MessageKey>>> {
        read::aliases(&self.db, view, kept).await
    }

    async fn settled_as(&self, view: &View, messages: &[MessageKey]) -> Result<Vec<IntentKey>> {
        outbox::settled_as(&self.db, view, messages).await
    }

    async fn people(&self, view: &View, page: &PageQuery) -> Result<Page<Person>> {
        read::people(&self.db, view, page).await
    }

    async fn notices(&self, view: &View, page: &PageQuery) -> Result<Page<Notice>> {
        read::notices(&self.db, view, page).await
    }

    async fn comments(&self, view: &View, page: &PageQuery) -> Result<Page<CommentRow>> {
        comments::comments(&self.db, view, page).await
    }

    async fn comment(&self, view: &View, key: &CommentKey) -> Result<Option<CommentRow>> {
        comments::comment(&self.db, view, key).await
    }

    async fn account(&self, view: &View, key: &AccountKey) -> Result<Option<AccountState>> {
        accounts::account(&self.db, view, key).await
    }
}

impl fmt::Debug for Messages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.db.shown(f, "Messages")
    }
}
