//! The engine: one connection that writes, some that read.

use link_core::Result;
use sqlx::sqlite::SqlitePool;
use sqlx::{AssertSqlSafe, SqlSafeStr as _, SqlStr, Transaction};

use crate::failure::OrFailed as _;
use crate::schema;

/// A transaction that holds the write lock from its beginning, so that it can never fail half-way for want of it.
pub(crate) type Write = Transaction<'static, sqlx::Sqlite>;

pub(crate) struct Db {
    writer: SqlitePool,
    readers: SqlitePool,
    prefix: Option<String>,
    name: String,
}

impl Db {
    pub(crate) fn new(writer: SqlitePool, readers: SqlitePool, prefix: String, name: String) -> Self {
        let prefix = Some(prefix).filter(|prefix| prefix != "lk_");
        Self { writer, readers, prefix, name }
    }

    /// A query, written with the default prefix, for this store's.
    pub(crate) fn sql(&self, query: &'static str) -> SqlStr {
        match &self.prefix {
            None => query.into_sql_str(),
            Some(prefix) => AssertSqlSafe(schema::named(query, prefix)).into_sql_str(),
        }
    }

    /// The same for a query that was put together from such pieces.
    pub(crate) fn composed(&self, query: String) -> SqlStr {
        let query = match &self.prefix {
            None => query,
            Some(prefix) => schema::named(&query, prefix),
        };
        AssertSqlSafe(std::sync::Arc::<str>::from(query)).into_sql_str()
    }

    /// Begins to write.
    pub(crate) async fn write(&self, context: &'static str) -> Result<Write> {
        self.writer.begin_with("BEGIN IMMEDIATE").await.or_failed(context)
    }

    /// The connection that writes, for single statements.
    pub(crate) const fn writer(&self) -> &SqlitePool {
        &self.writer
    }

    /// The connections that read. Each statement sees everything that was committed before it.
    pub(crate) const fn readers(&self) -> &SqlitePool {
        &self.readers
    }

    pub(crate) fn prefix(&self) -> &str {
        self.prefix.as_deref().unwrap_or("lk_")
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Moves everything from the write-ahead log into the file and empties the log, so that what was wiped is in neither.
    pub(crate) async fn empty_log(&self, context: &'static str) -> Result<()> {
        let (busy, _, _): (i64, i64, i64) =
            sqlx::query_as("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(&self.writer).await.or_failed(context)?;
        if busy == 0 {
            return Ok(());
        }
        Err(link_core::Error::new(link_core::ErrorKind::Store, context).with_remedy(link_core::Remedy::new(
            link_core::Who::Developer,
            "end the long-running reader of the database file: what was wiped stays in the write-ahead log until it is gone",
        )))
    }

    pub(crate) async fn close(&self) {
        self.writer.close().await;
        self.readers.close().await;
    }
}
