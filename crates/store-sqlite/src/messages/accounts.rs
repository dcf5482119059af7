//! What the platform lets accounts do.

use std::collections::{BTreeMap, BTreeSet};

use link_core::{AccountKey, Result, View};
use link_sync::AccountState;
use serde_json::{Value, json};
use sqlx::sqlite::SqliteConnection;

use crate::column;
use crate::db::Db;
use crate::failure::OrFailed as _;
use crate::visible::Visible;

const READING: &str = "read what an account may do";
const CHANGING: &str = "change what an account may do";

/// The states under some keys.
pub(super) async fn load(
    db: &Db,
    connection: &mut SqliteConnection,
    keys: &BTreeSet<AccountKey>,
) -> Result<BTreeMap<AccountKey, AccountState>> {
    let mut found = BTreeMap::new();
    // Nearly every change is about messages only; then nothing is asked.
    for key in keys {
        let sql = "SELECT body FROM lk_account_state WHERE owner = ? AND account = ?";
        let row = sqlx::query(db.sql(sql)).bind(key.owner.as_str()).bind(key.account.to_string());
        if let Some(row) = row.fetch_optional(&mut *connection).await.or_failed(CHANGING)? {
            found.insert(key.clone(), column::body(&row, "body", CHANGING)?);
        }
    }
    Ok(found)
}

pub(super) async fn put(db: &Db, connection: &mut SqliteConnection, changed: &BTreeMap<AccountKey, AccountState>) -> Result<()> {
    if changed.is_empty() {
        return Ok(());
    }
    let rows = changed.iter().map(|(key, state)| Ok(json!([key.owner, key.account.to_string(), column::json(state, CHANGING)?])));
    let rows = Value::Array(rows.collect::<Result<_>>()?).to_string();
    let sql = "INSERT INTO lk_account_state (owner, account, body) SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(?) WHERE true \
               ON CONFLICT (owner, account) DO UPDATE SET body = excluded.body";
    sqlx::query(db.sql(sql)).bind(rows).execute(connection).await.or_failed(CHANGING)?;
    Ok(())
}

pub(super) async fn account(db: &Db, view: &View, key: &AccountKey) -> Result<Option<AccountState>> {
    if key.owner != view.owner {
        return Ok(None);
    }
    let visible = Visible::of(view);
    let sql = "SELECT body FROM lk_account_state WHERE owner = ?1 AND account = ?3 \
               AND (?2 IS NULL OR account IN (SELECT value FROM json_each(?2)))";
    let row = sqlx::query(db.sql(sql)).bind(visible.owner).bind(visible.accounts).bind(key.account.to_string());
    let row = row.fetch_optional(db.readers()).await.or_failed(READING)?;
    row.map(|row| column::body(&row, "body", READING)).transpose()
}
