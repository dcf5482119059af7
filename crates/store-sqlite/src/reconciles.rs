//! What is compared with the platform's memory, and that the program lives.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use link_core::linking::connection::ConnectionKey;
use link_core::words::activity::Activity;
use link_core::words::feed::Happening;
use link_core::{Result, View};
use link_sync::{Alive, HeldReconcile, Occasion, Reconcile, ReconcileState, ReconcileStore};
use sqlx::Row as _;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use crate::db::Db;
use crate::failure::OrFailed as _;
use crate::visible::Visible;
use crate::{activity, column, feed};

const KEEPING: &str = "keep what is to be compared";
const CLAIMING: &str = "claim what is to be compared";
const READING: &str = "read what is compared";
const BEATING: &str = "write down that the program lives";

/// The port of comparing on SQLite.
#[derive(Clone)]
pub struct Reconciles {
    db: Arc<Db>,
}

struct Stored {
    reconcile: Reconcile,
    /// True if somebody holds it.
    held: bool,
    ticket: u64,
}

impl Reconciles {
    pub(crate) const fn new(db: Arc<Db>) -> Self {
        Self { db }
    }

    /// What is stored.
    async fn stored(&self, key: &ConnectionKey, connection: &mut SqliteConnection) -> Result<Option<Stored>> {
        let sql = "SELECT held_until IS NOT NULL AS held, ticket, body FROM lk_reconcile WHERE owner = ? AND account = ? AND road = ?";
        let row = sqlx::query(self.db.sql(sql))
            .bind(key.account.owner.as_str())
            .bind(key.account.account.to_string())
            .bind(key.road.as_str())
            .fetch_optional(connection)
            .await
            .or_failed(KEEPING)?;
        let read = |row: SqliteRow| -> Result<Stored> {
            let ticket = column::count(row.try_get("ticket").or_failed(KEEPING)?);
            Ok(Stored { reconcile: column::body(&row, "body", KEEPING)?, held: row.try_get("held").or_failed(KEEPING)?, ticket })
        };
        row.map(read).transpose()
    }

    /// Writes one as a part of a transaction. A claim stays with whoever has it, unless it is given up.
    async fn write(&self, reconcile: &Reconcile, held: bool, connection: &mut SqliteConnection) -> Result<()> {
        let waits_until = match reconcile.state {
            ReconcileState::Waiting { until } => Some(column::nanos(until)),
            ReconcileState::Done { .. } | ReconcileState::Stopped { .. } => None,
        };
        let key = &reconcile.connection;
        let sql = "INSERT INTO lk_reconcile (owner, account, road, waits_until, body) VALUES (?, ?, ?, ?, ?) \
                   ON CONFLICT (owner, account, road) DO UPDATE SET waits_until = excluded.waits_until, body = excluded.body, \
                   held_until = CASE WHEN ? THEN held_until END";
        sqlx::query(self.db.sql(sql))
            .bind(key.account.owner.as_str())
            .bind(key.account.account.to_string())
            .bind(key.road.as_str())
            .bind(waits_until)
            .bind(column::json(reconcile, KEEPING)?)
            .bind(held)
            .execute(connection)
            .await
            .or_failed(KEEPING)?;
        Ok(())
    }
}

#[async_trait]
impl ReconcileStore for Reconciles {
    async fn want(&self, occasion: &Occasion, acts: &[Activity]) -> Result<bool> {
        let mut write = self.db.write(KEEPING).await?;
        let stored = self.stored(&occasion.connection, &mut write).await?;
        let held = stored.as_ref().is_some_and(|stored| stored.held);
        let wanted = Reconcile::wanted(stored.as_ref().map(|stored| &stored.reconcile), occasion, held);
        if let Some(wanted) = &wanted {
            self.write(wanted, true, &mut write).await?;
        }
        activity::record(&self.db, &mut write, acts).await?;
        write.commit().await.or_failed(KEEPING)?;
        Ok(wanted.is_some())
    }

    async fn claim(&self, now: DateTime<Utc>, lease: Duration) -> Result<Option<HeldReconcile>> {
        let until = column::lease_end(now, lease);
        let sql = "UPDATE lk_reconcile SET held_until = ?2, ticket = ticket + 1 WHERE (owner, account, road) = \
                   (SELECT owner, account, road FROM lk_reconcile WHERE waits_until <= ?1 AND (held_until IS NULL OR held_until <= ?1) \
                   ORDER BY waits_until LIMIT 1) RETURNING body, ticket";
        let query = sqlx::query(self.db.sql(sql)).bind(column::nanos(now)).bind(column::nanos(until));
        let row = query.fetch_optional(self.db.writer()).await.or_failed(CLAIMING)?;
        let read = |row: SqliteRow| -> Result<HeldReconcile> {
            let ticket = column::count(row.try_get("ticket").or_failed(CLAIMING)?);
            Ok(HeldReconcile::new(column::body(&row, "body", CLAIMING)?, ticket))
        };
        row.map(read).transpose()
    }

    async fn save(&self, held: &HeldReconcile, told: &[Happening]) -> Result<Option<Reconcile>> {
        let mut write = self.db.write(KEEPING).await?;
        let stored = self.stored(&held.reconcile.connection, &mut write).await?;
        let Some(stored) = stored.filter(|stored| stored.ticket == held.ticket) else { return Ok(None) };
        let kept = held.reconcile.clone().over(Some(&stored.reconcile));
        self.write(&kept, false, &mut write).await?;
        feed::tell(&self.db, &mut write, told).await?;
        write.commit().await.or_failed(KEEPING)?;
        Ok(Some(kept))
    }

    async fn next_due(&self) -> Result<Option<DateTime<Utc>>> {
        let sql = "SELECT min(max(waits_until, coalesce(held_until, waits_until))) FROM lk_reconcile WHERE waits_until IS NOT NULL";
        let due: Option<i64> = sqlx::query_scalar(self.db.sql(sql)).fetch_one(self.db.readers()).await.or_failed(READING)?;
        Ok(due.map(column::instant))
    }

    async fn reconciles(&self, view: &View) -> Result<Vec<Reconcile>> {
        let visible = Visible::of(view);
        let sql = "SELECT body FROM lk_reconcile WHERE owner = ?1 \
                   AND (?2 IS NULL OR account IN (SELECT value FROM json_each(?2))) ORDER BY account, road";
        let query = sqlx::query(self.db.sql(sql)).bind(visible.owner).bind(visible.accounts);
        let rows = query.fetch_all(self.db.readers()).await.or_failed(READING)?;
        rows.iter().map(|row| column::body(row, "body", READING)).collect()
    }

    async fn alive(&self) -> Result<Option<Alive>> {
        let sql = self.db.sql("SELECT since, at, not_kept_first, not_kept_last FROM lk_alive");
        let row = sqlx::query(sql).fetch_optional(self.db.readers()).await.or_failed(BEATING)?;
        row.map(|row| {
            let time = |name| Ok(column::instant(row.try_get(name).or_failed(BEATING)?));
            let some = |name| Ok(row.try_get::<Option<i64>, _>(name).or_failed(BEATING)?.map(column::instant));
            let not_kept = some("not_kept_first")?.zip(some("not_kept_last")?);
            Ok(Alive::new(time("since")?, time("at")?).not_keeping(not_kept))
        })
        .transpose()
    }

    async fn beat(&self, alive: &Alive) -> Result<()> {
        let sql = "INSERT INTO lk_alive (one, since, at, not_kept_first, not_kept_last) VALUES (1, ?, ?, ?, ?) \
                   ON CONFLICT (one) DO UPDATE SET since = excluded.since, at = max(at, excluded.at), \
                   not_kept_first = min(coalesce(not_kept_first, excluded.not_kept_first), coalesce(excluded.not_kept_first, not_kept_first)), \
                   not_kept_last = max(coalesce(not_kept_last, excluded.not_kept_last), coalesce(excluded.not_kept_last, not_kept_last))";
        sqlx::query(self.db.sql(sql))
            .bind(column::nanos(alive.since))
            .bind(column::nanos(alive.at))
            .bind(alive.not_kept.map(|(first, _)| column::nanos(first)))
            .bind(alive.not_kept.map(|(_, last)| column::nanos(last)))
            .execute(self.db.writer())
            .await
            .or_failed(BEATING)?;
        Ok(())
    }

    async fn looked_for(&self, first: DateTime<Utc>, last: DateTime<Utc>) -> Result<()> {
        let sql = "UPDATE lk_alive SET not_kept_first = NULL, not_kept_last = NULL WHERE not_kept_first >= ? AND not_kept_last <= ?";
        let update = sqlx::query(self.db.sql(sql)).bind(column::nanos(first)).bind(column::nanos(last));
        update.execute(self.db.writer()).await.or_failed(BEATING)?;
        Ok(())
    }
}

impl fmt::Debug for Reconciles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.db.shown(f, "Reconciles")
    }
}
