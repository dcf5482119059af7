//! What the engine reports, told as an error of link-kit.

use std::sync::Arc;

use link_core::{Error, ErrorKind, Remedy, Result, Who};

/// SQLite's primary result codes that somebody can do something about (<https://www.sqlite.org/rescode.html>).
mod code {
    pub(super) const ERROR: u32 = 1;
    pub(super) const BUSY: u32 = 5;
    pub(super) const LOCKED: u32 = 6;
    pub(super) const READONLY: u32 = 8;
    pub(super) const CORRUPT: u32 = 11;
    pub(super) const FULL: u32 = 13;
    pub(super) const CANTOPEN: u32 = 14;
    pub(super) const CONSTRAINT: u32 = 19;
    pub(super) const NOTADB: u32 = 26;
}

/// Names what was being done when the engine failed.
pub(crate) trait OrFailed<T> {
    /// `context` is a fragment that fits after "failed to".
    fn or_failed(self, context: &'static str) -> Result<T>;
}

impl<T> OrFailed<T> for Result<T, sqlx::Error> {
    fn or_failed(self, context: &'static str) -> Result<T> {
        self.map_err(|error| store(error, context))
    }
}

/// The engine's error. Its text names codes and columns, never values.
pub(crate) fn store(error: sqlx::Error, context: &'static str) -> Error {
    shared(&Arc::new(error), context)
}

/// The same, where several callers are told of one failure.
pub(crate) fn shared(error: &Arc<sqlx::Error>, context: &'static str) -> Error {
    let failed = Error::new(kind(error), context).with_source(Arc::clone(error));
    match remedy(error) {
        Some(remedy) => failed.with_remedy(remedy),
        None => failed,
    }
}

/// What was stored does not read back. The parser's own error quotes what it read, so it is left out.
pub(crate) fn corrupt(context: &'static str) -> Error {
    Error::new(ErrorKind::Corrupt, context)
}

/// True when another connection held the file for longer than the busy timeout.
pub(crate) fn is_locked(error: &sqlx::Error) -> bool {
    matches!(result_code(error), Some(code::BUSY | code::LOCKED))
}

fn kind(error: &sqlx::Error) -> ErrorKind {
    match (error, result_code(error)) {
        (_, Some(code::CONSTRAINT)) => ErrorKind::Conflict,
        (_, Some(code::ERROR)) => ErrorKind::Configuration,
        (_, Some(code::CORRUPT | code::NOTADB)) | (sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_), _) => ErrorKind::Corrupt,
        _ => ErrorKind::Store,
    }
}

fn remedy(error: &sqlx::Error) -> Option<Remedy> {
    let what = match result_code(error)? {
        code::BUSY | code::LOCKED => "end whatever else holds the database file locked, or raise the busy timeout",
        code::READONLY => "make the database file and its folder writable for this program",
        code::FULL => "free disk space, or raise the database's page limit",
        code::CANTOPEN => "make sure that the database's folder exists and may be written to",
        code::CORRUPT | code::NOTADB => "restore the database file from a backup",
        code::ERROR => "make sure that this program's version wrote the database, and that nobody else changed its tables",
        _ => return None,
    };
    Some(Remedy::new(Who::Developer, what))
}

fn result_code(error: &sqlx::Error) -> Option<u32> {
    let extended: u32 = error.as_database_error()?.code()?.parse().ok()?;
    Some(extended & 0xff)
}
