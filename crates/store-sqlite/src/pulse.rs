//! The pulse.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use link_core::words::pulse::{Heard, Pulse as Port, TurnedAway};
use link_core::{AccountKey, Result, View};
use sqlx::Row as _;

use crate::column;
use crate::db::Db;
use crate::failure::OrFailed as _;
use crate::visible::Visible;

const READING: &str = "read the pulse";
const NOTING: &str = "note the pulse";
const HOUR: i64 = 3_600;

/// The pulse port on SQLite.
#[derive(Clone)]
pub struct Pulse {
    db: Arc<Db>,
}

impl Pulse {
    pub(crate) const fn new(db: Arc<Db>) -> Self {
        Self { db }
    }
}

#[async_trait]
impl Port for Pulse {
    async fn note(&self, heard: &[Heard], turned_away: u64, at: DateTime<Utc>) -> Result<()> {
        let mut write = self.db.write(NOTING).await?;
        for each in heard {
            let sql = "INSERT INTO lk_heard (owner, account, field, at, received_at) VALUES (?, ?, ?, ?, ?) \
                       ON CONFLICT (owner, account, field) DO UPDATE SET at = max(at, excluded.at), \
                       received_at = max(received_at, excluded.received_at)";
            sqlx::query(self.db.sql(sql))
                .bind(each.account.owner.as_str())
                .bind(each.account.account.to_string())
                .bind(&each.field)
                .bind(column::nanos(each.at))
                .bind(column::nanos(each.received_at))
                .execute(&mut *write)
                .await
                .or_failed(NOTING)?;
        }
        if turned_away > 0 {
            let sql = "INSERT INTO lk_turned_away (hour, count, last_at) VALUES (?, ?, ?) \
                       ON CONFLICT (hour) DO UPDATE SET count = count + excluded.count, last_at = max(last_at, excluded.last_at)";
            sqlx::query(self.db.sql(sql))
                .bind(at.timestamp() / HOUR)
                .bind(column::signed(turned_away))
                .bind(column::nanos(at))
                .execute(&mut *write)
                .await
                .or_failed(NOTING)?;
        }
        write.commit().await.or_failed(NOTING)
    }

    async fn heard(&self, view: &View) -> Result<Vec<Heard>> {
        if view.is_empty() {
            return Ok(Vec::new());
        }
        let visible = Visible::of(view);
        let sql = "SELECT account, field, at, received_at FROM lk_heard WHERE owner = ?1 \
                   AND (?2 IS NULL OR account IN (SELECT value FROM json_each(?2))) ORDER BY account, field";
        let query = sqlx::query(self.db.sql(sql)).bind(visible.owner).bind(visible.accounts);
        let rows = query.fetch_all(self.db.readers()).await.or_failed(READING)?;
        let heard = |row| {
            let account = AccountKey::new(view.owner.clone(), column::account(row, "account", READING)?);
            let field: String = row.try_get("field").or_failed(READING)?;
            let time = |column| Ok(column::instant(row.try_get(column).or_failed(READING)?));
            Ok(Heard::new(account, field, time("at")?, time("received_at")?))
        };
        rows.iter().map(heard).collect()
    }

    async fn last_received(&self) -> Result<Option<DateTime<Utc>>> {
        let sql = self.db.sql("SELECT max(received_at) FROM lk_heard");
        let last: Option<i64> = sqlx::query_scalar(sql).fetch_one(self.db.readers()).await.or_failed(READING)?;
        Ok(last.map(column::instant))
    }

    async fn turned_away(&self, since: DateTime<Utc>) -> Result<TurnedAway> {
        let sql = "SELECT coalesce(sum(count), 0) AS count, min(hour) AS first, max(last_at) AS last FROM lk_turned_away WHERE hour >= ?";
        let query = sqlx::query(self.db.sql(sql)).bind(since.timestamp() / HOUR);
        let row = query.fetch_one(self.db.readers()).await.or_failed(READING)?;
        let mut away = TurnedAway::default();
        away.count = column::count(row.try_get("count").or_failed(READING)?);
        let first: Option<i64> = row.try_get("first").or_failed(READING)?;
        away.first_at = first.and_then(|hour| DateTime::from_timestamp(hour * HOUR, 0));
        let last: Option<i64> = row.try_get("last").or_failed(READING)?;
        away.last_at = last.map(column::instant);
        Ok(away)
    }
}

impl fmt::Debug for Pulse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.db.shown(f, "Pulse")
    }
}
