//! Sealed tokens.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use link_core::linking::credential::{CredentialKey, CredentialStore, Holder, Replacement, Sealed, SealedOtherwise};
use link_core::{OwnerId, PersonId, Result, Road};
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use crate::db::Db;
use crate::failure::{self, OrFailed as _};
use crate::{column, feed};

const KEEPING: &str = "keep a sealed token";
const READING: &str = "read a sealed token";

/// The credential port on SQLite: bytes that this crate cannot open.
#[derive(Clone)]
pub struct Credentials {
    db: Arc<Db>,
}

impl Credentials {
    pub(crate) const fn new(db: Arc<Db>) -> Self {
        Self { db }
    }
}

#[async_trait]
impl CredentialStore for Credentials {
    async fn put(&self, key: &CredentialKey, sealed: &Sealed, due_at: Option<DateTime<Utc>>) -> Result<()> {
        let sql = "INSERT INTO lk_credential (owner, road, holder, key_id, sealed, due_at) VALUES (?, ?, ?, ?, ?, ?) \
                   ON CONFLICT (owner, road, holder) DO UPDATE SET key_id = excluded.key_id, sealed = excluded.sealed, \
                   due_at = excluded.due_at";
        sqlx::query(self.db.sql(sql))
            .bind(key.owner.as_str())
            .bind(key.road.as_str())
            .bind(key.holder.to_string())
            .bind(&sealed.key_id[..])
            .bind(&sealed.bytes[..])
            .bind(due_at.map(column::nanos))
            .execute(self.db.writer())
            .await
            .or_failed(KEEPING)?;
        Ok(())
    }

    async fn get(&self, key: &CredentialKey) -> Result<Option<Sealed>> {
        let sql = "SELECT key_id, sealed FROM lk_credential WHERE owner = ? AND road = ? AND holder = ?";
        let row: Option<(String, Vec<u8>)> = sqlx::query_as(self.db.sql(sql))
            .bind(key.owner.as_str())
            .bind(key.road.as_str())
            .bind(key.holder.to_string())
            .fetch_optional(self.db.readers())
            .await
            .or_failed(READING)?;
        Ok(row.map(|(key_id, bytes)| Sealed { key_id, bytes }))
    }

    async fn remove(&self, key: &CredentialKey) -> Result<()> {
        sqlx::query(self.db.sql("DELETE FROM lk_credential WHERE owner = ? AND road = ? AND holder = ?"))
            .bind(key.owner.as_str())
            .bind(key.road.as_str())
            .bind(key.holder.to_string())
            .execute(self.db.writer())
            .await
            .or_failed("forget a sealed token")?;
        Ok(())
    }

    async fn replace(&self, key: &CredentialKey, old: &Sealed, new: &Replacement) -> Result<bool> {
        let mut write = self.db.write(KEEPING).await?;
        let sql = "UPDATE lk_credential SET key_id = ?, sealed = ?, due_at = ? \
                   WHERE owner = ? AND road = ? AND holder = ? AND key_id = ? AND sealed = ?";
        let replaced = sqlx::query(self.db.sql(sql))
            .bind(&new.sealed.key_id[..])
            .bind(&new.sealed.bytes[..])
            .bind(new.due_at.map(column::nanos))
            .bind(key.owner.as_str())
            .bind(key.road.as_str())
            .bind(key.holder.to_string())
            .bind(&old.key_id[..])
            .bind(&old.bytes[..])
            .execute(&mut *write)
            .await
            .or_failed(KEEPING)?;
        if replaced.rows_affected() == 0 {
            return Ok(false);
        }
        feed::tell(&self.db, &mut write, &new.happenings).await?;
        write.commit().await.or_failed(KEEPING)?;
        Ok(true)
    }

    async fn due(&self, now: DateTime<Utc>, limit: u32) -> Result<Vec<CredentialKey>> {
        // NULL sorts before every time, and that is what it means.
        let sql = "SELECT owner, road, holder FROM lk_credential WHERE due_at IS NULL OR due_at <= ? ORDER BY due_at, owner, road, holder LIMIT ?";
        let query = sqlx::query(self.db.sql(sql)).bind(column::nanos(now)).bind(limit);
        keys(&query.fetch_all(self.db.readers()).await.or_failed(READING)?)
    }

    async fn next_due(&self, after: DateTime<Utc>) -> Result<Option<DateTime<Utc>>> {
        let next: Option<i64> = sqlx::query_scalar(self.db.sql("SELECT min(due_at) FROM lk_credential WHERE due_at > ?"))
            .bind(column::nanos(after))
            .fetch_one(self.db.readers())
            .await
            .or_failed(READING)?;
        Ok(next.map(column::instant))
    }

    async fn sealed_otherwise(&self, wanted: &SealedOtherwise) -> Result<Vec<CredentialKey>> {
        let after = wanted.after.as_ref();
        let text = |part: fn(&CredentialKey) -> String| after.map(part).unwrap_or_default();
        let sql = "SELECT owner, road, holder FROM lk_credential WHERE key_id <> ? AND (owner, road, holder) > (?, ?, ?) \
                   ORDER BY owner, road, holder LIMIT ?";
        let query = sqlx::query(self.db.sql(sql))
            .bind(&wanted.key_id[..])
            .bind(text(|key| key.owner.to_string()))
            .bind(text(|key| key.road.to_string()))
            .bind(text(|key| key.holder.to_string()))
            .bind(wanted.limit);
        keys(&query.fetch_all(self.db.readers()).await.or_failed(READING)?)
    }

    async fn owners(&self, road: &Road, holder: &Holder) -> Result<Vec<OwnerId>> {
        let sql = "SELECT owner FROM lk_credential WHERE road = ? AND holder = ? ORDER BY owner";
        let query = sqlx::query(self.db.sql(sql)).bind(road.as_str()).bind(holder.to_string());
        let rows = query.fetch_all(self.db.readers()).await.or_failed(READING)?;
        rows.iter().map(|row| column::word(row, "owner", READING)).collect()
    }
}

fn keys(rows: &[SqliteRow]) -> Result<Vec<CredentialKey>> {
    rows.iter()
        .map(|row| {
            let holder = holder(row.try_get("holder").or_failed(READING)?).ok_or_else(|| failure::corrupt(READING))?;
            Ok(CredentialKey { owner: column::word(row, "owner", READING)?, road: column::word(row, "road", READING)?, holder })
        })
        .collect()
}

fn holder(text: &str) -> Option<Holder> {
    match text.split_once(':')? {
        ("person", person) => PersonId::new(person).ok().map(Holder::Person),
        ("account", account) => account.parse().ok().map(Holder::Account),
        _ => None,
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.db.shown(f, "Credentials")
    }
}
