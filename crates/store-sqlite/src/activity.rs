//! The record of acts.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use link_core::words::activity::{Activity, ActivityLog};
use link_core::words::page::{Cursor, Page, PageQuery};
use link_core::{Result, View};
use serde_json::json;
use sqlx::Row as _;
use sqlx::sqlite::SqliteConnection;

use crate::column;
use crate::db::Db;
use crate::failure::OrFailed as _;
use crate::sqlite::shown;

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
        let (at, id) = page.after.as_ref().map_or(Ok((i64::MAX, i64::MAX)), place)?;
        let sql = "SELECT at, id, body FROM lk_activity WHERE owner = ? AND (at, id) < (?, ?) ORDER BY at DESC, id DESC LIMIT ?";
        let mut rows = sqlx::query(self.db.sql(sql))
            .bind(view.owner.as_str())
            .bind(at)
            .bind(id)
            .bind(page.limit() + 1)
            .fetch_all(self.db.readers())
            .await
            .or_failed(READING)?;
        let more = rows.len() > page.limit() as usize;
        rows.truncate(page.limit() as usize);
        let acts = rows.iter().map(|row| column::body(row, "body", READING)).collect::<Result<_>>()?;
        let next = match rows.last().filter(|_| more) {
            Some(last) => {
                let (at, id): (i64, i64) = (last.try_get("at").or_failed(READING)?, last.try_get("id").or_failed(READING)?);
                Some(Cursor::new(format!("{at}.{id}")))
            }
            None => None,
        };
        Ok(Page::new(acts, next))
    }
}

fn place(cursor: &Cursor) -> Result<(i64, i64)> {
    let parts = cursor.as_str().split_once('.').and_then(|(at, id)| Some((at.parse().ok()?, id.parse().ok()?)));
    parts.ok_or_else(|| column::invalid("read the record of acts: the cursor is none of ours"))
}

impl fmt::Debug for Activities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        shown(f, "Activities", &self.db)
    }
}
