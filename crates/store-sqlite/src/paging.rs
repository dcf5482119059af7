//! Cursors: the key of a page's last row.

use link_core::Result;
use link_core::words::page::{Cursor, PageQuery};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::sqlite::SqliteRow;

use crate::column;

/// Behind which row a page begins; `None` for the first page. Anybody may have written a cursor, so it goes nowhere but into bound
/// parameters.
pub(crate) fn place<K: DeserializeOwned>(page: &PageQuery, context: &'static str) -> Result<Option<K>> {
    let read = |cursor: &Cursor| serde_json::from_str(cursor.as_str()).map_err(|_| column::invalid(context));
    page.after.as_ref().map(read).transpose()
}

/// Cuts a page out of rows of which one more was read than it may have, and tells where the next one begins.
pub(crate) fn cut<K: Serialize>(
    rows: &mut Vec<SqliteRow>,
    page: &PageQuery,
    key: impl Fn(&SqliteRow) -> Result<K>,
) -> Result<Option<Cursor>> {
    let limit = page.limit() as usize;
    if rows.len() <= limit {
        return Ok(None);
    }
    rows.truncate(limit);
    rows.last().map(|last| Ok(Cursor::new(column::json(&key(last)?, "tell where the next page begins")?))).transpose()
}
