//! Backfills under way.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use link_core::{Result, View};
use link_sync::{Backfill, BackfillState, BackfillStore};
use sqlx::sqlite::SqliteConnection;

use crate::column;
use crate::db::Db;
use crate::failure::OrFailed as _;
use crate::visible::Visible;

const KEEPING: &str = "keep a backfill";
const CLAIMING: &str = "claim a backfill";
const READING: &str = "read backfills";

/// The backfill port on SQLite.
#[derive(Clone)]
pub struct Backfills {
    db: Arc<Db>,
}

impl Backfills {
    pub(crate) const fn new(db: Arc<Db>) -> Self {
        Self { db }
    }

    /// Writes one as a part of a transaction, free for the next claim.
    async fn write(&self, backfill: &Backfill, connection: &mut SqliteConnection) -> Result<()> {
        let waits_until = match backfill.state {
            BackfillState::Waiting { until } => Some(column::nanos(until)),
            BackfillState::Done | BackfillState::Stopped { .. } => None,
        };
        let key = &backfill.connection;
        let sql = "INSERT INTO lk_backfill (owner, account, road, waits_until, body) VALUES (?, ?, ?, ?, ?) \
                   ON CONFLICT (owner, account, road) DO UPDATE SET \
                   waits_until = excluded.waits_until, held_until = NULL, body = excluded.body";
        sqlx::query(self.db.sql(sql))
            .bind(key.account.owner.as_str())
            .bind(key.account.account.to_string())
            .bind(key.road.as_str())
            .bind(waits_until)
            .bind(column::json(backfill, KEEPING)?)
            .execute(connection)
            .await
            .or_failed(KEEPING)?;
        Ok(())
    }
}

#[async_trait]
impl BackfillStore for Backfills {
    async fn begin(&self, backfill: &Backfill) -> Result<bool> {
        let key = &backfill.connection;
        let mut write = self.db.write(KEEPING).await?;
        let sql = "SELECT body FROM lk_backfill WHERE owner = ? AND account = ? AND road = ?";
        let known = sqlx::query(self.db.sql(sql))
            .bind(key.account.owner.as_str())
            .bind(key.account.account.to_string())
            .bind(key.road.as_str())
            .fetch_optional(&mut *write)
            .await
            .or_failed(KEEPING)?;
        let kept = match known {
            None => Some(backfill.clone()),
            Some(row) => column::body::<Backfill>(&row, "body", KEEPING)?.again(backfill),
        };
        let Some(kept) = kept else { return Ok(false) };
        self.write(&kept, &mut write).await?;
        write.commit().await.or_failed(KEEPING)?;
        Ok(true)
    }

    async fn claim(&self, now: DateTime<Utc>, lease: Duration) -> Result<Option<Backfill>> {
        let until = column::lease_end(now, lease);
        let sql = "UPDATE lk_backfill SET held_until = ?2 WHERE (owner, account, road) = \
                   (SELECT owner, account, road FROM lk_backfill WHERE waits_until <= ?1 AND (held_until IS NULL OR held_until <= ?1) \
                   ORDER BY waits_until LIMIT 1) RETURNING body";
        let query = sqlx::query(self.db.sql(sql)).bind(column::nanos(now)).bind(column::nanos(until));
        let row = query.fetch_optional(self.db.writer()).await.or_failed(CLAIMING)?;
        row.map(|row| column::body(&row, "body", CLAIMING)).transpose()
    }

    async fn save(&self, backfill: &Backfill) -> Result<()> {
        let mut write = self.db.write(KEEPING).await?;
        self.write(backfill, &mut write).await?;
        write.commit().await.or_failed(KEEPING)
    }

    async fn next_due(&self) -> Result<Option<DateTime<Utc>>> {
        let sql = "SELECT min(max(waits_until, coalesce(held_until, waits_until))) FROM lk_backfill WHERE waits_until IS NOT NULL";
        let due: Option<i64> = sqlx::query_scalar(self.db.sql(sql)).fetch_one(self.db.readers()).await.or_failed(READING)?;
        Ok(due.map(column::instant))
    }

    async fn backfills(&self, view: &View) -> Result<Vec<Backfill>> {
        let visible = Visible::of(view);
        let sql = "SELECT body FROM lk_backfill WHERE owner = ?1 \
                   AND (?2 IS NULL OR account IN (SELECT value FROM json_each(?2))) ORDER BY account, road";
        let query = sqlx::query(self.db.sql(sql)).bind(visible.owner).bind(visible.accounts);
        let rows = query.fetch_all(self.db.readers()).await.or_failed(READING)?;
        rows.iter().map(|row| column::body(row, "body", READING)).collect()
    }
}

impl fmt::Debug for Backfills {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.db.shown(f, "Backfills")
    }
}
