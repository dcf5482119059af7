//! How our words stand in columns.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use link_core::{AccountId, Error, ErrorKind, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use crate::failure::{self, OrFailed as _};

/// Nanoseconds since 1970, so that a time reads back as it was; times past 1677 and 2262 are taken as those.
pub(crate) fn nanos(at: DateTime<Utc>) -> i64 {
    let bound = if at < DateTime::UNIX_EPOCH { i64::MIN } else { i64::MAX };
    at.timestamp_nanos_opt().unwrap_or(bound)
}

pub(crate) const fn instant(nanos: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_nanos(nanos)
}

/// When a lease that begins now ends.
pub(crate) fn lease_end(now: DateTime<Utc>, lease: Duration) -> DateTime<Utc> {
    TimeDelta::from_std(lease).ok().and_then(|lease| now.checked_add_signed(lease)).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

pub(crate) fn json<T: Serialize + ?Sized>(value: &T, context: &'static str) -> Result<String> {
    serde_json::to_string(value).map_err(|_| failure::corrupt(context))
}

/// A column with JSON in it.
pub(crate) fn body<T: DeserializeOwned>(row: &SqliteRow, column: &'static str, context: &'static str) -> Result<T> {
    let text: &str = row.try_get(column).or_failed(context)?;
    serde_json::from_str(text).map_err(|_| failure::corrupt(context))
}

/// The bodies of rows of several owners, which bring their owner along. One that does not read is named in the log and passed over: it is
/// no reason to do nothing for the others.
pub(crate) fn readable<T: DeserializeOwned>(rows: &[SqliteRow], context: &'static str) -> Vec<T> {
    let read = |row: &SqliteRow| match body(row, "body", context) {
        Ok(read) => Some(read),
        Err(error) => {
            let owner: &str = row.try_get("owner").unwrap_or("unknown");
            tracing::error!(%error, owner, "a row does not read; it is passed over");
            None
        }
    };
    rows.iter().filter_map(read).collect()
}

/// A column with the text of one of our words in it.
pub(crate) fn word<T: TryFrom<String>>(row: &SqliteRow, column: &'static str, context: &'static str) -> Result<T> {
    let text: String = row.try_get(column).or_failed(context)?;
    T::try_from(text).map_err(|_| failure::corrupt(context))
}

/// A column with an account in it, as `platform:id`.
pub(crate) fn account(row: &SqliteRow, column: &'static str, context: &'static str) -> Result<AccountId> {
    let text: &str = row.try_get(column).or_failed(context)?;
    text.parse().map_err(|_| failure::corrupt(context))
}

/// Accounts as a JSON array of `platform:id`, the form in which a query takes several at once.
pub(crate) fn accounts<'a>(accounts: impl IntoIterator<Item = &'a AccountId>) -> String {
    let texts: Vec<String> = accounts.into_iter().map(ToString::to_string).collect();
    serde_json::Value::from(texts).to_string()
}

/// A count, which SQLite knows as a signed number.
pub(crate) fn count(count: i64) -> u64 {
    count.try_into().unwrap_or_default()
}

/// A position or sequence for SQLite, which has no numbers past 2^63.
pub(crate) fn signed(number: u64) -> i64 {
    number.try_into().unwrap_or(i64::MAX)
}

pub(crate) fn invalid(context: &'static str) -> Error {
    Error::new(ErrorKind::Invalid, context)
}
