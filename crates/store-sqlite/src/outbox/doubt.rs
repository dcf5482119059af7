//! Taking intents of which nobody knows what became of them.

use std::time::Duration;

use chrono::{DateTime, Utc};
use link_core::Result;
use link_sync::Intent;

use super::put;
use crate::column;
use crate::db::Db;
use crate::failure::OrFailed as _;

const CLAIMING: &str = "claim intents to look for";

/// Every unknown intent of the conversation that was longest to be looked for.
pub(super) async fn claim(db: &Db, now: DateTime<Utc>, lease: Duration) -> Result<Vec<Intent>> {
    let due = "SELECT owner, account, peer FROM lk_intent WHERE look_at <= ? ORDER BY look_at, id LIMIT 1";
    let mut write = db.write(CLAIMING).await?;
    let first: Option<(String, String, String)> =
        sqlx::query_as(db.sql(due)).bind(column::nanos(now)).fetch_optional(&mut *write).await.or_failed(CLAIMING)?;
    let Some((owner, account, peer)) = first else {
        write.rollback().await.or_failed(CLAIMING)?;
        return Ok(Vec::new());
    };
    let sql = "SELECT b.body FROM lk_intent AS i JOIN lk_content AS b ON b.n = i.content WHERE i.owner = ? AND i.account = ? AND i.peer = ? \
               AND i.state = 'unknown' ORDER BY i.created_at, i.id";
    let select = sqlx::query(db.sql(sql)).bind(owner).bind(account).bind(peer);
    let rows = select.fetch_all(&mut *write).await.or_failed(CLAIMING)?;
    let mut taken = rows.iter().map(|row| column::body(row, "body", CLAIMING)).collect::<Result<Vec<Intent>>>()?;
    let until = column::lease_end(now, lease);
    for intent in taken.iter_mut().filter(|intent| intent.look_at().is_some()) {
        intent.available_at = until;
    }
    put(db, &mut write, taken.iter(), CLAIMING).await?;
    write.commit().await.or_failed(CLAIMING)?;
    Ok(taken)
}
