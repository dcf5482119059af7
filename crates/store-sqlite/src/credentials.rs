//! Sealed tokens.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use link_core::linking::credential::{CredentialKey, CredentialStore, Holder, Sealed};
use link_core::{PersonId, Result};
use sqlx::Row as _;

use crate::column;
use crate::db::Db;
use crate::failure::{self, OrFailed as _};

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
    async fn put(&self, key: &CredentialKey, sealed: &Sealed) -> Result<()> {
        let sql = "INSERT INTO lk_credential (owner, road, holder, key_id, sealed) VALUES (?, ?, ?, ?, ?) \
                   ON CONFLICT (owner, road, holder) DO UPDATE SET key_id = excluded.key_id, sealed = excluded.sealed";
        sqlx::query(self.db.sql(sql))
            .bind(key.owner.as_str())
            .bind(key.road.as_str())
            .bind(key.holder.to_string())
            .bind(&sealed.key_id[..])
            .bind(&sealed.bytes[..])
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

    async fn sealed_otherwise(&self, key_id: &str, limit: u32) -> Result<Vec<CredentialKey>> {
        let sql = "SELECT owner, road, holder FROM lk_credential WHERE key_id <> ? ORDER BY owner, road, holder LIMIT ?";
        let rows = sqlx::query(self.db.sql(sql)).bind(key_id).bind(limit).fetch_all(self.db.readers()).await.or_failed(READING)?;
        rows.iter()
            .map(|row| {
                let holder = holder(row.try_get("holder").or_failed(READING)?).ok_or_else(|| failure::corrupt(READING))?;
                Ok(CredentialKey { owner: column::word(row, "owner", READING)?, road: column::word(row, "road", READING)?, holder })
            })
            .collect()
    }
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
