//! The engine: one connection that writes, some that read.

use std::fmt;

use link_core::Result;
use sqlx::sqlite::SqlitePool;
use sqlx::{AssertSqlSafe, SqlSafeStr as _, SqlStr, Transaction};

use crate::failure::OrFailed as _;
use crate::log::Log;
use crate::rows::Statements;
use crate::schema;

/// A transaction that holds the write lock from its beginning, so that it can never fail half-way for want of it.
pub(crate) type Write = Transaction<'static, sqlx::Sqlite>;

pub(crate) struct Db {
    writer: SqlitePool,
    readers: SqlitePool,
    log: Log,
    statements: Statements,
    prefix: Option<String>,
    name: String,
}

impl Db {
    pub(crate) fn new(writer: SqlitePool, readers: SqlitePool, log: Log, prefix: String, name: String) -> Self {
        let prefix = Some(prefix).filter(|prefix| prefix != "lk_");
        Self { writer, readers, log, statements: Statements::default(), prefix, name }
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

    /// What Debug shows of a handle: the file's name without its folder, the prefix, and how busy it is.
    pub(crate) fn shown(&self, f: &mut fmt::Formatter<'_>, handle: &str) -> fmt::Result {
        f.debug_struct(handle)
            .field("file", &self.name)
            .field("prefix", &self.prefix.as_deref().unwrap_or("lk_"))
            .field("readers", &format_args!("{} open, {} idle", self.readers.size(), self.readers.num_idle()))
            .field("writing", &(self.writer.num_idle() == 0))
            .field("closed", &self.writer.is_closed())
            .finish()
    }

    /// How the write-ahead log is emptied.
    pub(crate) const fn log(&self) -> &Log {
        &self.log
    }

    /// Statements for many rows.
    pub(crate) const fn statements(&self) -> &Statements {
        &self.statements
    }

    pub(crate) async fn close(&self) {
        self.writer.close().await;
        self.readers.close().await;
        self.log.close().await;
    }
}
