//! Taking intents to send them, and what becomes of those whose sender died.

use std::time::Duration;

use chrono::{DateTime, Utc};
use link_core::Result;
use link_sync::{Intent, IntentState};

use super::{put, told};
use crate::db::Db;
use crate::failure::OrFailed as _;
use crate::{column, feed};

const CLAIMING: &str = "claim intents";
const LAPSING: &str = "mark lapsed intents as unknown";

pub(super) async fn claim(db: &Db, limit: u32, now: DateTime<Utc>, lease: Duration) -> Result<Vec<Intent>> {
    let until = column::lease_end(now, lease);
    let mut write = db.write(CLAIMING).await?;
    let sql = "SELECT b.body FROM lk_intent AS i JOIN lk_content AS b ON b.n = i.content WHERE i.state = 'queued' AND i.available_at <= ?1 AND NOT EXISTS \
               (SELECT 1 FROM lk_intent AS ahead WHERE ahead.owner = i.owner AND ahead.account = i.account AND ahead.peer = i.peer \
               AND ahead.state IN ('queued', 'sending') \
               AND (ahead.state = 'sending' OR (ahead.created_at, ahead.id) < (i.created_at, i.id))) \
               ORDER BY i.created_at, i.id LIMIT ?2";
    let rows = sqlx::query(db.sql(sql)).bind(column::nanos(now)).bind(limit).fetch_all(&mut *write).await.or_failed(CLAIMING)?;
    let mut claimed = rows.iter().map(|row| column::body(row, "body", CLAIMING)).collect::<Result<Vec<Intent>>>()?;
    for intent in &mut claimed {
        intent.state = IntentState::Sending { until };
    }
    put(db, &mut write, claimed.iter(), CLAIMING).await?;
    write.commit().await.or_failed(CLAIMING)?;
    Ok(claimed)
}

pub(super) async fn lapse(db: &Db, now: DateTime<Utc>) -> Result<u64> {
    let mut write = db.write(LAPSING).await?;
    let sql = "SELECT body FROM lk_intent JOIN lk_content AS b ON b.n = content WHERE state = 'sending' AND until <= ? ORDER BY until";
    let rows = sqlx::query(db.sql(sql)).bind(column::nanos(now)).fetch_all(&mut *write).await.or_failed(LAPSING)?;
    let mut lapsed = rows.iter().map(|row| column::body(row, "body", LAPSING)).collect::<Result<Vec<Intent>>>()?;
    for intent in &mut lapsed {
        intent.state = IntentState::Unknown { since: now, cause: "finish a send before its lease ended".to_owned() };
    }
    put(db, &mut write, lapsed.iter(), LAPSING).await?;
    let happenings: Vec<_> = lapsed.iter().map(|intent| told(intent, now)).collect();
    feed::tell(db, &mut write, &happenings).await?;
    write.commit().await.or_failed(LAPSING)?;
    Ok(lapsed.len() as u64)
}
