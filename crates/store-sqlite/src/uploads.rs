//! Files that platforms keep, and what single accounts may not use.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use link_core::linking::connection::ConnectionKey;
use link_core::words::capabilities::Form;
use link_core::{AccountKey, ExternalId, Result, View};
use link_sync::{KeptUpload, UploadQuery, UploadStore};
use serde_json::Value;
use sqlx::Row as _;

use crate::column;
use crate::db::Db;
use crate::failure::{self, OrFailed as _};

const READING: &str = "read uploads";
const KEEPING: &str = "keep an upload";
const LEARNING: &str = "keep what an account lacks";

/// The upload port on SQLite.
#[derive(Clone)]
pub struct Uploads {
    db: Arc<Db>,
}

impl Uploads {
    pub(crate) const fn new(db: Arc<Db>) -> Self {
        Self { db }
    }
}

/// The account as a view shows it; nothing of another owner's, and nothing of an account that is hidden.
fn shown(view: &View, account: &AccountKey) -> bool {
    view.owner == account.owner && view.shows(&account.account)
}

/// A word as serde writes it.
fn word<T: serde::Serialize>(value: &T, context: &'static str) -> Result<String> {
    match serde_json::to_value(value) {
        Ok(Value::String(word)) => Ok(word),
        _ => Err(failure::corrupt(context)),
    }
}

#[async_trait]
impl UploadStore for Uploads {
    async fn keep(&self, upload: &KeptUpload) -> Result<()> {
        let mut write = self.db.write(KEEPING).await?;
        let sql = "INSERT INTO lk_upload (owner, account, id, road, kind, digest, until, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?) \
                   ON CONFLICT (owner, account, id) DO UPDATE SET road = excluded.road, kind = excluded.kind, \
                   digest = excluded.digest, until = excluded.until, body = excluded.body";
        sqlx::query(self.db.sql(sql))
            .bind(upload.account.owner.as_str())
            .bind(upload.account.account.to_string())
            .bind(upload.id.as_str())
            .bind(upload.road.as_str())
            .bind(upload.kind.as_str())
            .bind(upload.digest.as_slice())
            .bind(column::nanos(upload.until))
            .bind(column::json(upload, KEEPING)?)
            .execute(&mut *write)
            .await
            .or_failed(KEEPING)?;
        write.commit().await.or_failed(KEEPING)
    }

    async fn find(&self, view: &View, query: &UploadQuery) -> Result<Option<KeptUpload>> {
        let ConnectionKey { account, road } = &query.connection;
        if !shown(view, account) {
            return Ok(None);
        }
        let sql = "SELECT body FROM lk_upload WHERE owner = ? AND account = ? AND digest = ? AND until > ? AND road = ? AND kind = ? \
                   ORDER BY until DESC LIMIT 1";
        let row = sqlx::query(self.db.sql(sql))
            .bind(account.owner.as_str())
            .bind(account.account.to_string())
            .bind(query.digest.as_slice())
            .bind(column::nanos(query.later_than))
            .bind(road.as_str())
            .bind(query.kind.as_str())
            .fetch_optional(self.db.readers())
            .await
            .or_failed(READING)?;
        row.map(|row| column::body(&row, "body", READING)).transpose()
    }

    async fn known(&self, view: &View, account: &AccountKey, id: &ExternalId) -> Result<Option<KeptUpload>> {
        if !shown(view, account) {
            return Ok(None);
        }
        let row = sqlx::query(self.db.sql("SELECT body FROM lk_upload WHERE owner = ? AND account = ? AND id = ?"))
            .bind(account.owner.as_str())
            .bind(account.account.to_string())
            .bind(id.as_str())
            .fetch_optional(self.db.readers())
            .await
            .or_failed(READING)?;
        row.map(|row| column::body(&row, "body", READING)).transpose()
    }

    async fn forget(&self, account: &AccountKey, id: &ExternalId, now: DateTime<Utc>) -> Result<()> {
        let mut write = self.db.write(KEEPING).await?;
        sqlx::query(self.db.sql("DELETE FROM lk_upload WHERE owner = ? AND account = ? AND (id = ? OR until <= ?)"))
            .bind(account.owner.as_str())
            .bind(account.account.to_string())
            .bind(id.as_str())
            .bind(column::nanos(now))
            .execute(&mut *write)
            .await
            .or_failed(KEEPING)?;
        write.commit().await.or_failed(KEEPING)
    }

    async fn learn(&self, connection: &ConnectionKey, form: Form, until: DateTime<Utc>) -> Result<()> {
        let mut write = self.db.write(LEARNING).await?;
        let sql = "INSERT INTO lk_lacking (owner, account, road, form, until) VALUES (?, ?, ?, ?, ?) \
                   ON CONFLICT (owner, account, road, form) DO UPDATE SET until = max(until, excluded.until)";
        sqlx::query(self.db.sql(sql))
            .bind(connection.account.owner.as_str())
            .bind(connection.account.account.to_string())
            .bind(connection.road.as_str())
            .bind(word(&form, LEARNING)?)
            .bind(column::nanos(until))
            .execute(&mut *write)
            .await
            .or_failed(LEARNING)?;
        write.commit().await.or_failed(LEARNING)
    }

    async fn lacking(&self, view: &View, connection: &ConnectionKey) -> Result<BTreeMap<Form, DateTime<Utc>>> {
        if !shown(view, &connection.account) {
            return Ok(BTreeMap::new());
        }
        let rows = sqlx::query(self.db.sql("SELECT form, until FROM lk_lacking WHERE owner = ? AND account = ? AND road = ?"))
            .bind(connection.account.owner.as_str())
            .bind(connection.account.account.to_string())
            .bind(connection.road.as_str())
            .fetch_all(self.db.readers())
            .await
            .or_failed(READING)?;
        let mut lacking = BTreeMap::new();
        for row in &rows {
            let word: String = row.try_get("form").or_failed(READING)?;
            // A newer program may have learnt of a form that this one does not know and cannot send.
            if let Ok(form) = serde_json::from_value(Value::String(word)) {
                lacking.insert(form, column::instant(row.try_get("until").or_failed(READING)?));
            }
        }
        Ok(lacking)
    }
}

impl fmt::Debug for Uploads {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.db.shown(f, "Uploads")
    }
}
