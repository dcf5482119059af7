//! Pauses that the platform asked for.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use link_core::Result;
use link_core::words::rates::RateKind;
use link_sync::{Pause, PauseStore as Port};

use crate::column;
use crate::db::Db;
use crate::failure::{self, OrFailed as _};

const KEEPING: &str = "keep a pause";
const READING: &str = "read pauses";

/// The port for pauses on SQLite.
#[derive(Clone)]
pub struct Pauses {
    db: Arc<Db>,
}

impl Pauses {
    pub(crate) const fn new(db: Arc<Db>) -> Self {
        Self { db }
    }
}

#[async_trait]
impl Port for Pauses {
    async fn keep(&self, pause: &Pause) -> Result<()> {
        let sql = "INSERT INTO lk_pause (scope, kind, until) VALUES (?, ?, ?) \
                   ON CONFLICT (scope, kind) DO UPDATE SET until = max(until, excluded.until)";
        sqlx::query(self.db.sql(sql))
            .bind(pause.scope.to_string())
            .bind(pause.kind.map_or("", RateKind::as_str))
            .bind(column::nanos(pause.until))
            .execute(self.db.writer())
            .await
            .or_failed(KEEPING)?;
        Ok(())
    }

    async fn standing(&self, now: DateTime<Utc>) -> Result<Vec<Pause>> {
        // Whoever asks first may not know yet how wrong their clock is: only what is long over is forgotten.
        let long_over = now - TimeDelta::days(1);
        let over = sqlx::query(self.db.sql("DELETE FROM lk_pause WHERE until <= ?")).bind(column::nanos(long_over));
        over.execute(self.db.writer()).await.or_failed(READING)?;
        let select = sqlx::query_as(self.db.sql("SELECT scope, kind, until FROM lk_pause"));
        let rows: Vec<(String, String, i64)> = select.fetch_all(self.db.readers()).await.or_failed(READING)?;
        let pause = |(scope, kind, until): (String, String, i64)| {
            let scope = scope.parse().map_err(|_| failure::corrupt(READING))?;
            let known = RateKind::ALL.into_iter().find(|known| known.as_str() == kind);
            // A kind that a later program knows is none of ours: it stops nothing here.
            Ok((kind.is_empty() || known.is_some()).then(|| Pause { scope, kind: known, until: column::instant(until) }))
        };
        rows.into_iter().map(pause).filter_map(Result::transpose).collect()
    }
}

impl fmt::Debug for Pauses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.db.shown(f, "Pauses")
    }
}
