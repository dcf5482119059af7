//! Plans of unlinking.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use link_core::words::activity::Activity;
use link_core::{OwnerId, Result, UnlinkId, View};
use link_privacy::unlink::{Plan, PlanStep, UnlinkStore};
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use crate::db::Db;
use crate::failure::OrFailed as _;
use crate::visible::Visible;
use crate::{activity, column};

const KEEPING: &str = "keep a plan of unlinking";
const READING: &str = "read plans of unlinking";

/// The port of unlinking on SQLite.
#[derive(Clone)]
pub struct Unlinks {
    db: Arc<Db>,
}

impl Unlinks {
    pub(crate) const fn new(db: Arc<Db>) -> Self {
        Self { db }
    }

    /// Writes one as a part of a transaction, in place of what is there.
    async fn write(&self, plan: &Plan, connection: &mut SqliteConnection) -> Result<()> {
        let due_at = (!plan.is_over()).then(|| column::nanos(plan.retry_at.unwrap_or(plan.planned_at)));
        let sql = "INSERT INTO lk_unlink (owner, id, begun_at, due_at, accounts, body) VALUES (?, ?, ?, ?, ?, ?) \
                   ON CONFLICT (owner, id) DO UPDATE SET due_at = excluded.due_at, body = excluded.body";
        sqlx::query(self.db.sql(sql))
            .bind(plan.owner.as_str())
            .bind(plan.id.to_string())
            .bind(column::nanos(plan.planned_at))
            .bind(due_at)
            .bind(column::accounts(&plan.accounts))
            .bind(column::json(plan, KEEPING)?)
            .execute(connection)
            .await
            .or_failed(KEEPING)?;
        Ok(())
    }

    async fn read(&self, owner: &OwnerId, id: UnlinkId, connection: &mut SqliteConnection) -> Result<Option<Plan>> {
        let row = sqlx::query(self.db.sql("SELECT body FROM lk_unlink WHERE owner = ? AND id = ?"))
            .bind(owner.as_str())
            .bind(id.to_string())
            .fetch_optional(connection)
            .await
            .or_failed(READING)?;
        row.map(|row| plan(&row)).transpose()
    }
}

#[async_trait]
impl UnlinkStore for Unlinks {
    async fn begin(&self, plan: &Plan, acts: &[Activity]) -> Result<bool> {
        let mut write = self.db.write(KEEPING).await?;
        if self.read(&plan.owner, plan.id, &mut write).await?.is_some() {
            return Ok(false);
        }
        self.write(plan, &mut write).await?;
        activity::record(&self.db, &mut write, acts).await?;
        write.commit().await.or_failed(KEEPING)?;
        Ok(true)
    }

    async fn update(&self, owner: &OwnerId, id: UnlinkId, step: &PlanStep<'_>) -> Result<Option<Plan>> {
        let mut write = self.db.write(KEEPING).await?;
        let Some(stored) = self.read(owner, id, &mut write).await? else { return Ok(None) };
        let Some(plan) = step(&stored) else { return Ok(None) };
        if (&plan.owner, plan.id) != (owner, id) {
            return Err(column::invalid("keep a plan of unlinking: the step made another one of it"));
        }
        self.write(&plan, &mut write).await?;
        write.commit().await.or_failed(KEEPING)?;
        Ok(Some(plan))
    }

    async fn due(&self, now: DateTime<Utc>, limit: u32) -> Result<Vec<Plan>> {
        let sql = "SELECT owner, body FROM lk_unlink WHERE due_at <= ? ORDER BY due_at, owner, id LIMIT ?";
        let query = sqlx::query(self.db.sql(sql)).bind(column::nanos(now)).bind(limit);
        Ok(column::readable(&query.fetch_all(self.db.readers()).await.or_failed(READING)?, READING))
    }

    async fn next_due(&self, after: DateTime<Utc>) -> Result<Option<DateTime<Utc>>> {
        let next: Option<i64> = sqlx::query_scalar(self.db.sql("SELECT min(due_at) FROM lk_unlink WHERE due_at > ?"))
            .bind(column::nanos(after))
            .fetch_one(self.db.readers())
            .await
            .or_failed(READING)?;
        Ok(next.map(column::instant))
    }

    async fn plans(&self, view: &View) -> Result<Vec<Plan>> {
        if view.is_empty() {
            return Ok(Vec::new());
        }
        let visible = Visible::of(view);
        let sql = "SELECT body FROM lk_unlink WHERE owner = ?1 AND (?2 IS NULL OR NOT EXISTS \
                   (SELECT 1 FROM json_each(accounts) AS listed WHERE listed.value NOT IN (SELECT value FROM json_each(?2)))) \
                   ORDER BY begun_at DESC, id DESC";
        let query = sqlx::query(self.db.sql(sql)).bind(visible.owner).bind(visible.accounts);
        query.fetch_all(self.db.readers()).await.or_failed(READING)?.iter().map(plan).collect()
    }
}

fn plan(row: &SqliteRow) -> Result<Plan> {
    column::body(row, "body", READING)
}

impl fmt::Debug for Unlinks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.db.shown(f, "Unlinks")
    }
}
