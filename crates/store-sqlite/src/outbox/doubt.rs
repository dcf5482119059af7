//! Taking intents of which nobody knows what became of them.

use std::time::Duration;

use chrono::{DateTime, Utc};
use link_core::{Error, Result};
use link_sync::Intent;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use super::put;
use crate::column;
use crate::db::Db;
use crate::failure::OrFailed as _;

const CLAIMING: &str = "claim intents to look for";

/// Every unknown intent of the conversation that was longest to be looked for. Where one of them does not read none is looked for: how many equal
/// messages there should be is then known to nobody, and they stay unknown.
pub(super) async fn claim(db: &Db, now: DateTime<Utc>, lease: Duration) -> Result<Vec<Intent>> {
    let mut write = db.write(CLAIMING).await?;
    let mut taken = loop {
        let Some((conversation, rows)) = longest(db, &mut write, now).await? else { break Vec::new() };
        match rows.iter().map(|row| column::body(row, "body", CLAIMING)).collect::<Result<Vec<Intent>>>() {
            Ok(taken) => break taken,
            Err(error) => leave(db, &mut write, &conversation, &error).await?,
        }
    };
    let until = column::lease_end(now, lease);
    for intent in taken.iter_mut().filter(|intent| intent.look_at().is_some()) {
        intent.available_at = until;
    }
    put(db, &mut write, taken.iter(), CLAIMING).await?;
    write.commit().await.or_failed(CLAIMING)?;
    Ok(taken)
}

/// Owner, account and person, as they stand in their columns.
type Conversation = (String, String, String);

async fn longest(db: &Db, connection: &mut SqliteConnection, now: DateTime<Utc>) -> Result<Option<(Conversation, Vec<SqliteRow>)>> {
    let due = "SELECT owner, account, peer FROM lk_intent WHERE look_at <= ? ORDER BY look_at, id LIMIT 1";
    let first = sqlx::query_as(db.sql(due)).bind(column::nanos(now)).fetch_optional(&mut *connection).await.or_failed(CLAIMING)?;
    let Some((owner, account, peer)): Option<Conversation> = first else { return Ok(None) };
    let sql = "SELECT b.body FROM lk_intent AS i JOIN lk_content AS b ON b.n = i.content WHERE i.owner = ? AND i.account = ? AND i.peer = ? \
               AND i.state = 'unknown' ORDER BY i.created_at, i.id";
    let rows = sqlx::query(db.sql(sql)).bind(&owner).bind(&account).bind(&peer).fetch_all(connection).await.or_failed(CLAIMING)?;
    Ok(Some(((owner, account, peer), rows)))
}

async fn leave(db: &Db, connection: &mut SqliteConnection, (owner, account, peer): &Conversation, error: &Error) -> Result<()> {
    tracing::error!(%error, %owner, %account, "an intent of a conversation does not read; none of it is looked for");
    let sql = "UPDATE lk_intent SET look_at = NULL WHERE owner = ? AND account = ? AND peer = ? AND look_at IS NOT NULL";
    sqlx::query(db.sql(sql)).bind(owner).bind(account).bind(peer).execute(connection).await.or_failed(CLAIMING)?;
    Ok(())
}
