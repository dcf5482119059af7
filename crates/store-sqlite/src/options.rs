//! How the file is opened.

use std::path::Path;
use std::time::{Duration, Instant};

use link_core::{Error, ErrorKind, Result};
use sqlx::ConnectOptions as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};

use crate::db::Db;
use crate::failure::{self, OrFailed as _};
use crate::log::{self, Log};
use crate::schema;
use crate::sqlite::Sqlite;

const DEFAULT_PREFIX: &str = "lk_";
const LONGEST_PREFIX: usize = 32;
/// Pages that the writer keeps, as SQLite has it: negative, in KiB. The ids of a platform come in no order, so what is applied at once touches
/// pages all over an index; in the 2 MB that SQLite gives by itself they are written out before the end, and read again.
const WRITER_CACHE: &str = "-16384";
/// Pages (16 MB) after which the writer copies the write-ahead log into the file itself. Mostly that is done beside it before, and the longer a
/// log, the fewer pages are copied again and again.
const LONG_LOG: &str = "4000";
/// Between two tries to open a file that is locked.
const PAUSE: Duration = Duration::from_millis(10);

/// How a database is opened; every value has a default.
///
/// ```no_run
/// # async fn open() -> link_core::Result<()> {
/// use std::time::Duration;
/// use link_store_sqlite::Options;
///
/// let sqlite = Options::new().busy_timeout(Duration::from_secs(2)).open("links.db").await?;
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
#[must_use = "options do nothing until they open something"]
pub struct Options {
    busy_timeout: Duration,
    readers: u32,
    prefix: String,
}

impl Default for Options {
    fn default() -> Self {
        Self::new()
    }
}

impl Options {
    /// Waits 5 seconds for locks, reads over 4 connections, and calls its tables `lk_...`.
    pub fn new() -> Self {
        Self { busy_timeout: Duration::from_secs(5), readers: 4, prefix: DEFAULT_PREFIX.to_owned() }
    }

    /// How long a call waits while another program, or the host's own pool, holds the file locked. After that it fails with
    /// [`ErrorKind::Store`] and nothing is written.
    pub const fn busy_timeout(mut self, timeout: Duration) -> Self {
        self.busy_timeout = timeout;
        self
    }

    /// Over how many connections it reads; 0 is taken as 1. It always writes over one, because SQLite has one writer.
    pub const fn readers(mut self, readers: u32) -> Self {
        self.readers = if readers == 0 { 1 } else { readers };
        self
    }

    /// What every table's name begins with: up to 32 lower-case letters, digits and `_`, not beginning with a digit. Two prefixes in
    /// one file are two stores that know nothing of each other. Opening fails with [`ErrorKind::Configuration`] for anything else.
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// Opens a file, makes it if it is not there, and brings the tables up to date.
    ///
    /// Must be called inside a Tokio runtime that lives as long as the store: one task there writes what is appended to the journal.
    pub async fn open(self, path: impl AsRef<Path>) -> Result<Sqlite> {
        self.connect(SqliteConnectOptions::new().filename(path).create_if_missing(true)).await
    }

    /// Opens the file of the host's own pool, over connections of our own: the host's settings stay what they are, and ours hold.
    ///
    /// The file is put into write-ahead mode, which SQLite remembers in the file. A database that lives in memory cannot be shared
    /// like this and is refused with [`ErrorKind::Configuration`].
    pub async fn beside(self, host: &SqlitePool) -> Result<Sqlite> {
        let options = host.connect_options();
        let name = options.get_filename().to_string_lossy();
        if name.is_empty() || name.contains(":memory:") || name.contains("mode=memory") || name.contains("sqlx-in-memory") {
            return Err(Error::new(ErrorKind::Configuration, "open the host's database: it lives in memory and has no file"));
        }
        self.connect((*options).clone()).await
    }

    async fn connect(self, file: SqliteConnectOptions) -> Result<Sqlite> {
        Ok(Sqlite::new(self.engine(file).await?))
    }

    async fn engine(self, file: SqliteConnectOptions) -> Result<Db> {
        let prefix = checked(self.prefix.clone())?;
        let name = file.get_filename().file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let shared = file
            .busy_timeout(self.busy_timeout)
            .foreign_keys(true)
            .pragma("secure_delete", "ON")
            .pragma("temp_store", "MEMORY")
            // Whoever copies the write-ahead log into the file has to be as thorough as whoever writes it.
            .synchronous(SqliteSynchronous::Full)
            // On Apple's systems a plain fsync does not reach the medium; elsewhere these two do nothing.
            .pragma("fullfsync", "ON")
            .pragma("checkpoint_fullfsync", "ON")
            .disable_statement_logging();
        let pool = SqlitePoolOptions::new()
            .acquire_timeout(self.busy_timeout.saturating_mul(2).max(Duration::from_secs(1)))
            .test_before_acquire(false)
            .idle_timeout(None)
            .max_lifetime(None);
        let reading = shared.clone().create_if_missing(false);
        let durable = shared.journal_mode(SqliteJournalMode::Wal).pragma("cache_size", WRITER_CACHE).pragma("wal_autocheckpoint", LONG_LOG);
        let writer = self.patiently(&pool.clone().max_connections(1), &durable).await.or_failed("open the database")?;
        schema::migrate(&writer, &prefix).await?;
        let passing = pool.clone().max_connections(1).connect_lazy_with(reading.clone().busy_timeout(log::PASSING));
        let log = Log::new(passing, self.busy_timeout);
        // The process before may have died between wiping something and emptying the log.
        log.is_due();
        log.empty_in_passing().await;
        let readers = pool.max_connections(self.readers).connect_lazy_with(reading.pragma("query_only", "ON"));
        Ok(Db::new(writer, readers, log, prefix, name))
    }
}

impl Options {
    /// Putting a new file into write-ahead mode does not wait for locks by itself; somebody else may be opening it too.
    async fn patiently(&self, pool: &SqlitePoolOptions, file: &SqliteConnectOptions) -> Result<SqlitePool, sqlx::Error> {
        let begun = Instant::now();
        loop {
            match pool.clone().connect_with(file.clone()).await {
                Err(error) if failure::is_locked(&error) && begun.elapsed() < self.busy_timeout => tokio::time::sleep(PAUSE).await,
                opened => return opened,
            }
        }
    }
}

fn checked(prefix: String) -> Result<String> {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if prefix.is_empty() || prefix.len() > LONGEST_PREFIX || prefix.starts_with(|c: char| c.is_ascii_digit()) || !prefix.chars().all(fits) {
        return Err(Error::new(ErrorKind::Configuration, "open the database: the table prefix is no lower-case word"));
    }
    Ok(prefix)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn stands(pool: &SqlitePool, pragma: &str) -> String {
        let sql = sqlx::AssertSqlSafe(format!("SELECT CAST({pragma} AS TEXT) FROM pragma_{pragma}"));
        sqlx::query_scalar(sql).fetch_one(pool).await.unwrap()
    }

    /// Whoever copies the write-ahead log decides what of it is on the medium before it is overwritten. If this failed, a commit that was synced
    /// would be lost with the power, because another connection than the writer's copied it, or a wiped text would stay in a freed page.
    #[tokio::test]
    async fn whoever_copies_the_log_is_as_thorough_as_whoever_writes_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = SqliteConnectOptions::new().filename(folder.path().join("links.db")).create_if_missing(true);
        let db = Options::new().engine(file).await.unwrap();
        // Full, and yes.
        let thorough =
            [("synchronous", "2"), ("fullfsync", "1"), ("checkpoint_fullfsync", "1"), ("secure_delete", "1"), ("journal_mode", "wal")];
        for (pragma, thorough) in thorough {
            for (who, pool) in [("the writer", db.writer()), ("whoever copies", db.log().passing()), ("a reader", db.readers())] {
                assert_eq!(stands(pool, pragma).await, thorough, "{pragma} of {who}");
            }
        }
        assert_eq!(stands(db.readers(), "query_only").await, "1", "a reader writes");
        assert_eq!(stands(db.log().passing(), "query_only").await, "0", "whoever copies may not");
        db.close().await;
    }
}
