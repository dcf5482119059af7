//! The record of acts.

mod append;
mod verify;

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use link_core::words::activity::chain::{ChainHead, ChainReport, Personal, Side};
use link_core::words::activity::{Activity, ActivityLog, Kind};
use link_core::words::feed::Position;
use link_core::words::page::{Page, PageQuery};
use link_core::{ActorId, OwnerId, Result, View};
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use crate::db::Db;
use crate::failure::{self, OrFailed as _};
use crate::{column, paging};

pub(crate) use append::record;

const RECORDING: &str = "record acts";
const READING: &str = "read the record of acts";
const FORGETTING: &str = "make acts nameless";

/// The activity log port on SQLite. Acts name no account, so a view that shows some accounts only shows all the owner's acts; one that
/// shows none shows no act.
///
/// The salts come from the system's chance. Acts that a version without a chain recorded are listed behind the others and are in no chain.
#[derive(Clone)]
pub struct Activities {
    db: Arc<Db>,
}

impl Activities {
    pub(crate) const fn new(db: Arc<Db>) -> Self {
        Self { db }
    }

    async fn page(&self, sql: &'static str, view: &View, kind: Option<Kind>, page: &PageQuery) -> Result<Page<Activity>> {
        if view.is_empty() {
            return Ok(Page::empty());
        }
        let (at, id): (i64, i64) = paging::place(page, READING)?.unwrap_or((i64::MAX, i64::MAX));
        let mut query = sqlx::query(self.db.sql(sql)).bind(view.owner.as_str()).bind(at).bind(id).bind(page.limit() + 1);
        if let Some(kind) = kind {
            query = query.bind(kind.as_str());
        }
        let mut rows = query.fetch_all(self.db.readers()).await.or_failed(READING)?;
        let next = paging::cut(&mut rows, page, |last| {
            Ok::<(i64, i64), _>((last.try_get("at").or_failed(READING)?, last.try_get("id").or_failed(READING)?))
        })?;
        Ok(Page::new(rows.iter().map(activity).collect::<Result<_>>()?, next))
    }
}

#[async_trait]
impl ActivityLog for Activities {
    async fn record(&self, acts: &[Activity]) -> Result<()> {
        let mut write = self.db.write(RECORDING).await?;
        record(&self.db, &mut write, acts).await?;
        write.commit().await.or_failed(RECORDING)
    }

    async fn acts(&self, view: &View, page: &PageQuery) -> Result<Page<Activity>> {
        let sql = "SELECT a.at, a.id, a.owner, a.act, a.target, s.body AS side, NULL AS body \
                   FROM lk_act AS a LEFT JOIN lk_act_side AS s ON s.owner = a.owner AND s.seq = a.seq \
                   WHERE a.owner = ?1 AND (a.at, a.id) < (?2, ?3) \
                   UNION ALL SELECT at, id, owner, NULL, NULL, NULL, body FROM lk_activity WHERE owner = ?1 AND (at, id) < (?2, ?3) \
                   ORDER BY at DESC, id DESC LIMIT ?4";
        self.page(sql, view, None, page).await
    }

    async fn acts_of(&self, view: &View, kind: Kind, page: &PageQuery) -> Result<Page<Activity>> {
        let sql = "SELECT a.at, a.id, a.owner, a.act, a.target, s.body AS side, NULL AS body \
                   FROM lk_act AS a LEFT JOIN lk_act_side AS s ON s.owner = a.owner AND s.seq = a.seq \
                   WHERE a.owner = ?1 AND a.kind = ?5 AND (a.at, a.id) < (?2, ?3) ORDER BY a.at DESC, a.id DESC LIMIT ?4";
        self.page(sql, view, Some(kind), page).await
    }

    async fn since(&self, after: Position, not_before: DateTime<Utc>, limit: u32) -> Result<Vec<(Position, Activity)>> {
        let sql = "SELECT a.at, a.id, a.owner, a.act, a.target, s.body AS side, NULL AS body \
                   FROM lk_act AS a LEFT JOIN lk_act_side AS s ON s.owner = a.owner AND s.seq = a.seq \
                   WHERE a.id > ? AND a.at >= ? ORDER BY a.id LIMIT ?";
        let rows = sqlx::query(self.db.sql(sql))
            .bind(column::signed(after.0))
            .bind(column::nanos(not_before))
            .bind(limit)
            .fetch_all(self.db.readers())
            .await
            .or_failed(READING)?;
        let place = |row: &SqliteRow| Ok(Position(column::count(row.try_get("id").or_failed(READING)?)));
        rows.iter().map(|row| Ok((place(row)?, activity(row)?))).collect()
    }

    async fn head(&self, view: &View) -> Result<ChainHead> {
        if view.is_empty() {
            return Ok(ChainHead::EMPTY);
        }
        let mut read = self.db.readers().acquire().await.or_failed(READING)?;
        Ok(append::head(&self.db, &mut read, &view.owner, READING).await?.unwrap_or(ChainHead::EMPTY))
    }

    async fn verify(&self, view: &View, known: &ChainHead) -> Result<ChainReport> {
        verify::verify(&self.db, view, known).await
    }

    async fn forget_actor(&self, owner: &OwnerId, actor: &ActorId) -> Result<u64> {
        let mut write = self.db.write(FORGETTING).await?;
        let sides = "DELETE FROM lk_act_side WHERE owner = ? AND subject = ?";
        // Before there was a chain, acts stood in one piece.
        let older = "UPDATE lk_activity SET body = json_set(json_remove(body, '$.place'), '$.by', 'erased') \
                     WHERE owner = ? AND body ->> '$.by.actor' = ?";
        let mut forgotten = 0;
        for sql in [sides, older] {
            let done = sqlx::query(self.db.sql(sql)).bind(owner.as_str()).bind(actor.as_str()).execute(&mut *write).await;
            forgotten += done.or_failed(FORGETTING)?.rows_affected();
        }
        let wiping = self.db.log().wiping(true);
        write.commit().await.or_failed(FORGETTING)?;
        drop(wiping);
        self.db.log().empty_in_passing().await;
        Ok(forgotten)
    }
}

/// An act out of the columns that every reading selects.
fn activity(row: &SqliteRow) -> Result<Activity> {
    if let Some(body) = row.try_get::<Option<&str>, _>("body").or_failed(READING)? {
        return serde_json::from_str(body).map_err(|_| failure::corrupt(READING));
    }
    let side = row.try_get::<Option<&str>, _>("side").or_failed(READING)?;
    let side: Option<Side> = side.map(serde_json::from_str).transpose().map_err(|_| failure::corrupt(READING))?;
    let (act, target) = (row.try_get("act").or_failed(READING)?, row.try_get("target").or_failed(READING)?);
    let at = column::instant(row.try_get("at").or_failed(READING)?);
    Ok(side.map_or_else(Personal::erased, |side| side.personal).did(column::word(row, "owner", READING)?, act, target, at))
}

impl fmt::Debug for Activities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.db.shown(f, "Activities")
    }
}
