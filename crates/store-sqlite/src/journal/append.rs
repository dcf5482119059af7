//! Group commit: appends that come while one is being flushed are written together, and share the next flush.

use std::collections::HashMap;
use std::sync::Arc;

use link_core::words::envelope::Envelope;
use link_core::{Error, ErrorKind, Result};
use sqlx::query::Query;
use sqlx::sqlite::SqliteArguments;
use sqlx::{SqlStr, Sqlite};
use tokio::sync::{mpsc, oneshot};

use super::APPENDING;
use crate::column;
use crate::db::Db;
use crate::failure;

/// Calls that may wait; the next one waits for room.
const WAITING: usize = 1_024;
/// Envelopes after which a group is closed, so that its first caller does not wait for ever.
const LARGEST_GROUP: usize = 4_096;
/// Rows per statement. A few fixed sizes, so that the statements stay prepared.
const SIZES: [usize; 9] = [256, 128, 64, 32, 16, 8, 4, 2, 1];

/// An envelope as a row.
pub(super) struct Entry {
    owner: String,
    account: String,
    peer: Option<i64>,
    received_at: i64,
    item: Vec<u8>,
}

impl Entry {
    pub(super) fn of(envelope: &Envelope) -> Result<Self> {
        if envelope.lane.account.owner != envelope.owner {
            return Err(column::invalid("append to the journal: the envelope's lane is another owner's"));
        }
        Ok(Self {
            owner: envelope.owner.as_str().to_owned(),
            account: envelope.lane.account.account.to_string(),
            peer: envelope.lane.peer.map(u64::cast_signed),
            received_at: column::nanos(envelope.received_at),
            item: serde_json::to_vec(&envelope.item).map_err(|_| column::invalid(APPENDING))?,
        })
    }
}

struct Call {
    entries: Vec<Entry>,
    answer: oneshot::Sender<Result<()>>,
}

/// The way to the task that writes. The task ends with the last of these.
#[derive(Clone)]
pub(crate) struct Appender(mpsc::Sender<Call>);

impl Appender {
    pub(crate) fn start(db: Arc<Db>) -> Self {
        let (calls, waiting) = mpsc::channel(WAITING);
        tokio::spawn(Writer { db, statements: HashMap::new() }.run(waiting));
        Self(calls)
    }

    pub(super) async fn append(&self, entries: Vec<Entry>) -> Result<()> {
        if entries.is_empty() {
            return Ok(());
        }
        let (answer, written) = oneshot::channel();
        let ended = || Error::new(ErrorKind::Store, "append to the journal: the runtime that opened the database has ended");
        self.0.send(Call { entries, answer }).await.map_err(|_| ended())?;
        written.await.map_err(|_| ended())?
    }
}

struct Writer {
    db: Arc<Db>,
    statements: HashMap<usize, SqlStr>,
}

impl Writer {
    async fn run(mut self, mut waiting: mpsc::Receiver<Call>) {
        while let Some(first) = waiting.recv().await {
            let mut rows = first.entries.len();
            let mut group = vec![first];
            while rows < LARGEST_GROUP
                && let Ok(next) = waiting.try_recv()
            {
                rows += next.entries.len();
                group.push(next);
            }
            self.commit(group).await;
        }
    }

    /// Writes a group in one transaction. If that fails for another reason than a lock, each call is tried alone: one that is too
    /// large for the disk must not take the small ones with it.
    async fn commit(&mut self, group: Vec<Call>) {
        let whole = self.write(&group).await;
        let alone = matches!(&whole, Err(error) if group.len() > 1 && !failure::is_locked(error));
        let whole = whole.map_err(Arc::new);
        for call in group {
            let written = match &whole {
                Err(_) if alone => self.write(std::slice::from_ref(&call)).await.map_err(|error| failure::store(error, APPENDING)),
                Err(error) => Err(failure::shared(error, APPENDING)),
                Ok(()) => Ok(()),
            };
            if call.answer.send(written).is_err() {
                tracing::debug!("nobody waits for this append any more");
            }
        }
    }

    async fn write(&mut self, group: &[Call]) -> Result<(), sqlx::Error> {
        let entries: Vec<&Entry> = group.iter().flat_map(|call| &call.entries).collect();
        if SIZES.contains(&entries.len()) {
            // One statement is a transaction of its own, and saves the way there and back for its beginning and its end.
            let insert = self.insert(&entries);
            insert.execute(self.db.writer()).await?;
            return Ok(());
        }
        let mut write = self.db.writer().begin_with("BEGIN IMMEDIATE").await?;
        let mut rest = &entries[..];
        while !rest.is_empty() {
            let size = SIZES.into_iter().find(|size| *size <= rest.len()).unwrap_or(1);
            let (now, later) = rest.split_at(size);
            self.insert(now).execute(&mut *write).await?;
            rest = later;
        }
        write.commit().await
    }

    fn insert<'a>(&mut self, entries: &[&'a Entry]) -> Query<'a, Sqlite, SqliteArguments> {
        let bind = |insert: Query<'a, Sqlite, SqliteArguments>, entry: &&'a Entry| {
            let insert = insert.bind(&entry.owner[..]).bind(&entry.account[..]).bind(entry.peer);
            insert.bind(entry.received_at).bind(&entry.item[..])
        };
        entries.iter().fold(sqlx::query(self.statement(entries.len())), bind)
    }

    fn statement(&mut self, rows: usize) -> SqlStr {
        let db = &self.db;
        let compose = || {
            let places = vec!["(?, ?, ?, ?, ?)"; rows].join(", ");
            db.composed(format!("INSERT INTO lk_journal (owner, account, peer, received_at, item) VALUES {places}"))
        };
        self.statements.entry(rows).or_insert_with(compose).clone()
    }
}
