//! The opened database, which hands out one handle per port.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use link_core::Result;
use sqlx::sqlite::SqlitePool;

use crate::activity::Activities;
use crate::backfills::Backfills;
use crate::credentials::Credentials;
use crate::db::Db;
use crate::feed::Feed;
use crate::findings::Findings;
use crate::journal::{Appender, Journal};
use crate::ledger::Ledger;
use crate::links::Links;
use crate::messages::Messages;
use crate::options::Options;
use crate::outbox::Outbox;
use crate::pauses::Pauses;
use crate::pulse::Pulse;
use crate::reconciles::Reconciles;
use crate::setups::Setups;
use crate::sign_ins::SignIns;
use crate::unlinks::Unlinks;
use crate::uploads::Uploads;

/// A database with link-kit's tables in it. Cheap to clone; the handles it gives out keep it open.
#[derive(Clone)]
pub struct Sqlite {
    db: Arc<Db>,
    appender: Appender,
}

impl Sqlite {
    /// Opens a file with the default [`Options`].
    pub async fn open(path: impl AsRef<Path>) -> Result<Self> {
        Options::new().open(path).await
    }

    /// Opens the file of the host's own pool with the default [`Options`]; see [`Options::beside`].
    pub async fn beside(host: &SqlitePool) -> Result<Self> {
        Options::new().beside(host).await
    }

    pub(crate) fn new(db: Db) -> Self {
        let db = Arc::new(db);
        let appender = Appender::start(Arc::clone(&db));
        Self { db, appender }
    }

    /// What was acknowledged and is not yet applied.
    pub fn journal(&self) -> Journal {
        Journal::new(Arc::clone(&self.db), self.appender.clone())
    }

    /// What happened here.
    pub fn feed(&self) -> Feed {
        Feed::new(Arc::clone(&self.db))
    }

    /// Who did what.
    pub fn activity(&self) -> Activities {
        Activities::new(Arc::clone(&self.db))
    }

    /// Sealed tokens.
    pub fn credentials(&self) -> Credentials {
        Credentials::new(Arc::clone(&self.db))
    }

    /// Sign-ins under way.
    pub fn sign_ins(&self) -> SignIns {
        SignIns::new(Arc::clone(&self.db))
    }

    /// Setups.
    pub fn setups(&self) -> Setups {
        Setups::new(Arc::clone(&self.db))
    }

    /// Links and their connections.
    pub fn links(&self) -> Links {
        Links::new(Arc::clone(&self.db))
    }

    /// What stands in the way.
    pub fn findings(&self) -> Findings {
        Findings::new(Arc::clone(&self.db))
    }

    /// What the platform throttles.
    pub fn pauses(&self) -> Pauses {
        Pauses::new(Arc::clone(&self.db))
    }

    /// When accounts were last heard of.
    pub fn pulse(&self) -> Pulse {
        Pulse::new(Arc::clone(&self.db))
    }

    /// Plans of unlinking.
    pub fn unlinks(&self) -> Unlinks {
        Unlinks::new(Arc::clone(&self.db))
    }

    /// What was asked, granted, declined, expired and revoked.
    pub fn ledger(&self) -> Ledger {
        Ledger::new(Arc::clone(&self.db))
    }

    /// Messages and conversations.
    pub fn messages(&self) -> Messages {
        Messages::new(Arc::clone(&self.db))
    }

    /// Intents on their way out.
    pub fn outbox(&self) -> Outbox {
        Outbox::new(Arc::clone(&self.db))
    }

    /// Backfills under way.
    pub fn backfills(&self) -> Backfills {
        Backfills::new(Arc::clone(&self.db))
    }

    /// What is compared with the platform's memory.
    pub fn reconciles(&self) -> Reconciles {
        Reconciles::new(Arc::clone(&self.db))
    }

    /// Files that platforms keep.
    pub fn uploads(&self) -> Uploads {
        Uploads::new(Arc::clone(&self.db))
    }

    /// The connection that writes, for what this crate does not do. Whoever holds it keeps every other writer waiting.
    pub fn into_pool(self) -> SqlitePool {
        self.db.writer().clone()
    }

    /// Waits for calls under way and closes the file. Calls made afterwards, by any handle, fail; an append that was not yet written
    /// is told so.
    pub async fn close(self) {
        self.db.close().await;
    }
}

impl fmt::Debug for Sqlite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.db.shown(f, "Sqlite")
    }
}
