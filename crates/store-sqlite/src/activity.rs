//! The record of acts.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use link_core::words::activity::{Activity, ActivityLog};
use link_core::words::page::{Page, PageQuery};
use link_core::{Result, View};
use serde_json::json;
use sqlx::Row as _;
use sqlx::sqlite::SqliteConnection;

use crate::db::Db;
use crate::failure::OrFailed as _;
use crate::{column, paging};

const RECORDING: &str = "record acts";
const READING: &str = "read the record of acts";

/// The activity log port on SQLite. Acts name no account, so a view that shows some accounts only shows all the owner's acts; one that
/// shows none shows no act.
#[derive(Clone)]
pub struct Activities {
    db: Arc<Db>,
}

impl Activities {
    pub(crate) const fn new(db: Arc<Db>) -> Self {
        Self { db }
    }
}

/// Records acts as a part of somebody's transaction.
pub(crate) async fn record(db: &Db, connection: &mut SqliteConnection, acts: &[Activity]) -> Result<()> {
    if acts.is_empty() {
        return Ok(());
    }
    let rows =
        acts.iter().map(|act| Ok(json!([act.owner, column::nanos(act.at), column::json(act, RECORDING)?]))).collect::<Result<Vec<_>>>()?;
    let sql = "INSERT INTO lk_activity (owner, at, body) \
               SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(?) ORDER BY key";
    sqlx::query(db.sql(sql)).bind(column::json(&rows, RECORDING)?).execute(connection).await.or_failed(RECORDING)?;
    Ok(())
}

#[async_trait]
impl ActivityLog for Activities {
    async fn record(&self, acts: &[Activity]) -> Result<()> {
        let mut write = self.db.write(RECORDING).await?;
        record(&self.db, &mut write, acts).await?;
        write.commit().await.or_failed(RECORDING)
    }

    async fn acts(&self, view: &View, page: &PageQuery) -> Result<Page<Activity>> {
        if view.is_empty() {
            return Ok(Page::empty());
        }
        let (at, id): (i64, i64) = paging::place(page, READING)?.unwrap_or((i64::MAX, i64::MAX));
        let sql = "SELECT at, id, body FROM lk_activity WHERE owner = ? AND (at, id) < (?, ?) ORDER BY at DESC, id DESC LIMIT ?";
        let mut rows = sqlx::query(self.db.sql(sql))
            .bind(view.owner.as_str())
            .bind(at)
            .bind(id)
            .bind(page.limit() + 1)
            .fetch_all(self.db.readers())
            .await
            .or_failed(READING)?;
        let next = paging::cut(&mut rows, page, |last| {
            Ok::<(i64, i64), _>((last.try_get("at").or_failed(READING)?, last.try_get("id").or_failed(READING)?))
        })?;
        let acts = rows.iter().map(|row| column::body(row, "body", READING)).collect::<Result<_>>()?;
        Ok(Page::new(acts, next))
    }
}

impl fmt::Debug for Activities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.db.shown(f, "Activities")
    }
}
