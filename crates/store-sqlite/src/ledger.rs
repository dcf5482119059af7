//! The ledger of permissions.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use link_core::{Result, View};
use link_permissions::{Entry, LedgerQuery, LedgerStore};
use serde_json::json;

use crate::column;
use crate::db::Db;
use crate::failure::OrFailed as _;

const KEEPING: &str = "keep what was granted";
const READING: &str = "read what was granted";

/// The ledger port on SQLite.
#[derive(Clone)]
pub struct Ledger {
    db: Arc<Db>,
}

impl Ledger {
    pub(crate) const fn new(db: Arc<Db>) -> Self {
        Self { db }
    }
}

#[async_trait]
impl LedgerStore for Ledger {
    async fn append(&self, entries: &[Entry]) -> Result<()> {
        let rows = entries
            .iter()
            .map(|entry| Ok(json!([entry.owner, entry.person, entry.road, column::nanos(entry.at), column::json(entry, KEEPING)?])))
            .collect::<Result<Vec<_>>>()?;
        let sql = "INSERT INTO lk_ledger (owner, person, road, at, body) \
                   SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4 FROM json_each(?) WHERE true ORDER BY key \
                   ON CONFLICT DO NOTHING";
        sqlx::query(self.db.sql(sql)).bind(column::json(&rows, KEEPING)?).execute(self.db.writer()).await.or_failed(KEEPING)?;
        Ok(())
    }

    async fn entries(&self, view: &View, query: &LedgerQuery) -> Result<Vec<Entry>> {
        if view.is_empty() {
            return Ok(Vec::new());
        }
        let sql = "SELECT body FROM lk_ledger \
                   WHERE owner = ?1 AND (?2 IS NULL OR person = ?2) AND (?3 IS NULL OR road = ?3) ORDER BY at, n";
        let rows = sqlx::query(self.db.sql(sql))
            .bind(view.owner.as_str())
            .bind(query.person.as_ref().map(link_core::PersonId::as_str))
            .bind(query.road.as_ref().map(link_core::Road::as_str))
            .fetch_all(self.db.readers())
            .await
            .or_failed(READING)?;
        rows.iter().map(|row| column::body(row, "body", READING)).collect()
    }
}

impl fmt::Debug for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.db.shown(f, "Ledger")
    }
}
