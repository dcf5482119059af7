//! Sign-ins under way.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use link_core::linking::sign_in::{SignIn, StateDigest};
use link_core::linking::store::SignInStore;
use link_core::{ActorId, OwnerId, Result, Road};

use crate::column;
use crate::db::Db;
use crate::failure::OrFailed as _;

const TAKING: &str = "take a sign-in";
const READING: &str = "read sign-ins";

/// The sign-in port on SQLite.
#[derive(Clone)]
pub struct SignIns {
    db: Arc<Db>,
}

impl SignIns {
    pub(crate) const fn new(db: Arc<Db>) -> Self {
        Self { db }
    }
}

#[async_trait]
impl SignInStore for SignIns {
    async fn open(&self, sign_in: &SignIn) -> Result<()> {
        sqlx::query(self.db.sql("INSERT INTO lk_sign_in (state, expires_at, body) VALUES (?, ?, ?)"))
            .bind(sign_in.state.as_str())
            .bind(column::nanos(sign_in.expires_at))
            .bind(column::json(sign_in, "keep a sign-in")?)
            .execute(self.db.writer())
            .await
            .or_failed("keep a sign-in")?;
        Ok(())
    }

    async fn take(&self, state: &StateDigest) -> Result<Option<SignIn>> {
        let sql = "DELETE FROM lk_sign_in WHERE state = ? RETURNING body";
        let row = sqlx::query(self.db.sql(sql)).bind(state.as_str()).fetch_optional(self.db.writer()).await.or_failed(TAKING)?;
        row.map(|row| column::body(&row, "body", TAKING)).transpose()
    }

    async fn forget(&self, expired_before: DateTime<Utc>) -> Result<u64> {
        let sql = "DELETE FROM lk_sign_in WHERE expires_at < ?";
        let gone = sqlx::query(self.db.sql(sql))
            .bind(column::nanos(expired_before))
            .execute(self.db.writer())
            .await
            .or_failed("forget sign-ins that ran out")?;
        Ok(gone.rows_affected())
    }

    async fn unreturned(&self, owner: &OwnerId, now: DateTime<Utc>) -> Result<Vec<SignIn>> {
        let sql = "SELECT body FROM lk_sign_in WHERE expires_at <= ? AND body ->> '$.owner' = ? ORDER BY expires_at DESC";
        let query = sqlx::query(self.db.sql(sql)).bind(column::nanos(now)).bind(owner.as_str());
        let rows = query.fetch_all(self.db.readers()).await.or_failed(READING)?;
        rows.iter().map(|row| column::body(row, "body", READING)).collect()
    }

    async fn came_back(&self, owner: &OwnerId, actor: &ActorId, road: &Road, now: DateTime<Utc>) -> Result<u64> {
        let left = self.unreturned(owner, now).await?;
        let mut gone = 0;
        for sign_in in left.into_iter().filter(|sign_in| sign_in.actor == *actor && sign_in.road == *road) {
            let delete = sqlx::query(self.db.sql("DELETE FROM lk_sign_in WHERE state = ?")).bind(sign_in.state.as_str());
            gone += delete.execute(self.db.writer()).await.or_failed(TAKING)?.rows_affected();
        }
        Ok(gone)
    }
}

impl fmt::Debug for SignIns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.db.shown(f, "SignIns")
    }
}
