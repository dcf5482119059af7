//! Backfills under way.

mod readings;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use link_core::linking::connection::ConnectionKey;
use link_core::{Result, ScopedId, View};
use link_sync::{Backfill, BackfillState, BackfillStep, BackfillStore, Held, Reading, Tally};
use sqlx::Row as _;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use crate::activity;
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

    /// Writes one as a part of a transaction, with another ticket than it had. A claim of it ends.
    async fn write(&self, backfill: &Backfill, connection: &mut SqliteConnection) -> Result<()> {
        let sql = "INSERT INTO lk_backfill (owner, account, road, waits_until, since_round, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6) \
                   ON CONFLICT (owner, account, road) DO UPDATE SET waits_until = excluded.waits_until, since_round = excluded.since_round, \
                   body = excluded.body, ticket = ticket + 1, held_until = NULL";
        let key = &backfill.connection;
        sqlx::query(self.db.sql(sql))
            .bind(key.account.owner.as_str())
            .bind(key.account.account.to_string())
            .bind(key.road.as_str())
            .bind(backfill.due().map(column::nanos))
            .bind(i64::from(backfill.course.since_round))
            .bind(column::json(backfill, KEEPING)?)
            .execute(connection)
            .await
            .or_failed(KEEPING)?;
        Ok(())
    }

    /// The body of a connection's backfill and its ticket.
    async fn row(&self, key: &ConnectionKey, connection: &mut SqliteConnection) -> Result<Option<SqliteRow>> {
        let sql = "SELECT body, ticket FROM lk_backfill WHERE owner = ? AND account = ? AND road = ?";
        sqlx::query(self.db.sql(sql))
            .bind(key.account.owner.as_str())
            .bind(key.account.account.to_string())
            .bind(key.road.as_str())
            .fetch_optional(connection)
            .await
            .or_failed(KEEPING)
    }
}

#[async_trait]
impl BackfillStore for Backfills {
    async fn begin(&self, backfill: &Backfill) -> Result<bool> {
        let mut write = self.db.write(KEEPING).await?;
        let kept = match self.row(&backfill.connection, &mut write).await? {
            None => Some(backfill.clone()),
            Some(row) => column::body::<Backfill>(&row, "body", KEEPING)?.again(backfill),
        };
        let Some(kept) = kept else { return Ok(false) };
        self.write(&kept, &mut write).await?;
        write.commit().await.or_failed(KEEPING)?;
        Ok(true)
    }

    async fn claim(&self, now: DateTime<Utc>, lease: Duration) -> Result<Option<Held>> {
        let until = column::lease_end(now, lease);
        let sql = "UPDATE lk_backfill SET held_until = ?2, ticket = ticket + 1 WHERE (owner, account, road) = \
                   (SELECT owner, account, road FROM lk_backfill WHERE waits_until <= ?1 AND (held_until IS NULL OR held_until <= ?1) \
                   ORDER BY waits_until LIMIT 1) RETURNING body, ticket";
        let query = sqlx::query(self.db.sql(sql)).bind(column::nanos(now)).bind(column::nanos(until));
        let Some(row) = query.fetch_optional(self.db.writer()).await.or_failed(CLAIMING)? else { return Ok(None) };
        let ticket = row.try_get("ticket").or_failed(CLAIMING)?;
        Ok(Some(Held::new(column::body(&row, "body", CLAIMING)?, column::count(ticket))))
    }

    async fn save(&self, held: &Held, readings: &[Reading]) -> Result<bool> {
        let key = &held.backfill.connection;
        let mut write = self.db.write(KEEPING).await?;
        let Some(row) = self.row(key, &mut write).await? else { return Ok(false) };
        let ticket: i64 = row.try_get("ticket").or_failed(KEEPING)?;
        if ticket != column::signed(held.ticket) {
            return Ok(false);
        }
        readings::write(&self.db, key, readings, &mut write).await?;
        let mut backfill = held.backfill.clone();
        if backfill.state == BackfillState::Done && !readings::waiting(&self.db, key, 1, &mut *write).await?.is_empty() {
            backfill.state = column::body::<Backfill>(&row, "body", KEEPING)?.state;
        }
        self.write(&backfill, &mut write).await?;
        write.commit().await.or_failed(KEEPING)?;
        Ok(true)
    }

    async fn change<'a>(&self, connection: &ConnectionKey, peers: &[ScopedId], step: &BackfillStep<'a>) -> Result<Option<Backfill>> {
        let mut write = self.db.write(KEEPING).await?;
        let Some(row) = self.row(connection, &mut write).await? else { return Ok(None) };
        let stored: Backfill = column::body(&row, "body", KEEPING)?;
        let known = if peers.is_empty() { Vec::new() } else { readings::of(&self.db, connection, peers, &mut *write).await? };
        let Some(change) = step(&stored, &known) else { return Ok(None) };
        if change.backfill != stored {
            self.write(&change.backfill, &mut write).await?;
        }
        readings::write(&self.db, connection, &change.readings, &mut write).await?;
        activity::record(&self.db, &mut write, &change.acts).await?;
        write.commit().await.or_failed(KEEPING)?;
        Ok(Some(change.backfill))
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

    async fn waiting(&self, connection: &ConnectionKey, limit: u32) -> Result<Vec<Reading>> {
        readings::waiting(&self.db, connection, limit, self.db.readers()).await
    }

    async fn readings(&self, connection: &ConnectionKey, peers: &[ScopedId]) -> Result<Vec<Reading>> {
        readings::of(&self.db, connection, peers, self.db.readers()).await
    }

    async fn tallies(&self, view: &View) -> Result<Vec<(ConnectionKey, Tally)>> {
        readings::tallies(&self.db, view).await
    }
}

impl fmt::Debug for Backfills {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.db.shown(f, "Backfills")
    }
}
