//! The feed: happenings in the order in which they were committed.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use link_core::Result;
use link_core::words::feed::{self as port, FeedQuery, Happening, Position};
use link_core::words::page::MAX_PAGE;
use sqlx::Row as _;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use crate::column;
use crate::db::Db;
use crate::failure::OrFailed as _;
use crate::rows::{Cell, Insert, Shared};

const READING: &str = "read the feed";
const TELLING: &str = "tell happenings";
const KEEPING: &str = "keep a reader's position";

/// The feed port on SQLite. Positions are given in the order of commits, so that a reader never skips a change that committed late.
#[derive(Clone)]
pub struct Feed {
    db: Arc<Db>,
}

impl Feed {
    pub(crate) const fn new(db: Arc<Db>) -> Self {
        Self { db }
    }
}

const TOLD: Insert = Insert { head: "INSERT INTO lk_feed (owner, account, at, what)", tail: "" };

/// Tells happenings as a part of somebody's transaction.
pub(crate) async fn tell(db: &Db, connection: &mut SqliteConnection, happenings: &[Happening]) -> Result<()> {
    if happenings.is_empty() {
        return Ok(());
    }
    let mut shared = Shared::default();
    let rows = happenings.iter().map(|told| {
        let account = told.account.as_ref().map_or(Cell::Null, |account| shared.account(account));
        Ok([shared.cell(told.owner.as_str()), account, column::nanos(told.at).into(), column::json(&told.what, TELLING)?.into()])
    });
    TOLD.write(db, connection, rows, TELLING).await
}

#[async_trait]
impl port::Feed for Feed {
    async fn read(&self, query: &FeedQuery) -> Result<Vec<(Position, Happening)>> {
        let limit = query.limit.clamp(1, MAX_PAGE);
        let mut after = column::signed(query.after.0);
        loop {
            let sql = "SELECT pos, owner, account, at, what FROM lk_feed WHERE pos > ? ORDER BY pos LIMIT ?";
            let rows = sqlx::query(self.db.sql(sql)).bind(after).bind(limit).fetch_all(self.db.readers()).await.or_failed(READING)?;
            let mut told = Vec::with_capacity(rows.len());
            for row in &rows {
                after = row.try_get("pos").or_failed(READING)?;
                // A newer version of the program may have told things that this one has no word for; a reader must get past them.
                let Ok(happening) = read(row) else {
                    tracing::warn!(position = after, "a happening does not read back and is passed over");
                    continue;
                };
                told.push((Position(column::count(after)), happening));
            }
            if !told.is_empty() || rows.is_empty() {
                return Ok(told);
            }
        }
    }

    async fn end(&self) -> Result<Position> {
        let sql = "SELECT coalesce(max(pos), 0) FROM lk_feed";
        let end = sqlx::query_scalar(self.db.sql(sql)).fetch_one(self.db.readers()).await.or_failed(READING)?;
        Ok(Position(column::count(end)))
    }

    async fn tell(&self, happenings: &[Happening]) -> Result<()> {
        let mut write = self.db.write(TELLING).await?;
        tell(&self.db, &mut write, happenings).await?;
        write.commit().await.or_failed(TELLING)
    }

    async fn position(&self, reader: &str) -> Result<Position> {
        let sql = "SELECT pos FROM lk_feed_reader WHERE reader = ?";
        let kept = sqlx::query_scalar(self.db.sql(sql)).bind(reader).fetch_optional(self.db.readers()).await.or_failed(KEEPING)?;
        Ok(Position(kept.map(column::count).unwrap_or_default()))
    }

    async fn keep(&self, reader: &str, position: Position) -> Result<()> {
        let sql = "INSERT INTO lk_feed_reader (reader, pos) VALUES (?, ?) \
                   ON CONFLICT (reader) DO UPDATE SET pos = max(pos, excluded.pos)";
        let position = column::signed(position.0);
        sqlx::query(self.db.sql(sql)).bind(reader).bind(position).execute(self.db.writer()).await.or_failed(KEEPING)?;
        Ok(())
    }
}

fn read(row: &SqliteRow) -> Result<Happening> {
    let account: Option<&str> = row.try_get("account").or_failed(READING)?;
    let account = account.map(|_| column::account(row, "account", READING)).transpose()?;
    let at = column::instant(row.try_get("at").or_failed(READING)?);
    Ok(Happening::new(column::word(row, "owner", READING)?, account, column::body(row, "what", READING)?, at))
}

impl fmt::Debug for Feed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.db.shown(f, "Feed")
    }
}
