//! Setups, and the link that a confirmation makes.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use link_core::linking::setup::{Setup, SetupRefused};
use link_core::linking::store::{Departure, SetupChange, SetupFailed, SetupStep, SetupStore};
use link_core::{AccountId, LinkId, OwnerId, PersonId, Result, Road, SetupId, View};
use sqlx::Row as _;
use sqlx::sqlite::SqliteConnection;

use crate::db::Db;
use crate::failure::{self, OrFailed as _};
use crate::visible::Visible;
use crate::{activity, column, feed, links};

const CHANGING: &str = "change a setup";
const READING: &str = "read setups";

/// The setup port on SQLite.
///
/// A step runs while the database is held for writing, so that it never has to run twice. A view of some accounts shows a setup if
/// every account that it lists is among them, because a setup is read whole.
#[derive(Clone)]
pub struct Setups {
    db: Arc<Db>,
}

impl Setups {
    pub(crate) const fn new(db: Arc<Db>) -> Self {
        Self { db }
    }

    async fn put(&self, connection: &mut SqliteConnection, setup: &Setup) -> Result<()> {
        let listed = setup.candidates.iter().map(|candidate| &candidate.account).chain(&setup.chosen);
        let sql = "INSERT INTO lk_setup (owner, id, open, begun_at, touched_at, persons, accounts, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?) \
                   ON CONFLICT (owner, id) DO UPDATE SET open = excluded.open, begun_at = excluded.begun_at, \
                   touched_at = excluded.touched_at, persons = excluded.persons, accounts = excluded.accounts, body = excluded.body";
        let persons: Vec<String> = setup.holds().iter().map(|(road, person)| holder(road, person)).collect();
        sqlx::query(self.db.sql(sql))
            .bind(setup.owner.as_str())
            .bind(setup.id.to_string())
            .bind(!setup.stage.is_final())
            .bind(column::nanos(setup.begun_at))
            .bind(column::nanos(setup.touched_at))
            .bind(column::json(&persons, CHANGING)?)
            .bind(column::accounts(listed))
            .bind(column::json(setup, CHANGING)?)
            .execute(connection)
            .await
            .or_failed(CHANGING)?;
        Ok(())
    }

    /// False if the link was decided by what is not so any more.
    async fn holds(&self, connection: &mut SqliteConnection, change: &SetupChange) -> Result<bool> {
        let (Some((link, _)), Some(expected)) = (&change.link, &change.expected) else { return Ok(true) };
        let (links, connections) = links::standing(&self.db, connection, &link.owner).await?;
        Ok(expected.still_holds(link, &links, &connections))
    }

    async fn write(&self, connection: &mut SqliteConnection, change: &SetupChange) -> Result<()> {
        self.put(connection, &change.setup).await?;
        if let Some((link, connections)) = &change.link {
            links::put(&self.db, connection, link, connections).await?;
            if let Some(consent) = &change.consent {
                links::agree(&self.db, connection, link, consent).await?;
            }
            links::gather(&self.db, connection, link).await?;
        }
        let mut leaving: BTreeMap<LinkId, Vec<AccountId>> = BTreeMap::new();
        for (link, account) in &change.leaving {
            leaving.entry(*link).or_default().push(account.clone());
        }
        for (link, accounts) in leaving {
            let departure = Departure::new(change.setup.owner.clone(), link, accounts, change.setup.touched_at);
            links::leave(&self.db, connection, &departure).await?;
        }
        feed::tell(&self.db, connection, &change.happenings).await?;
        activity::record(&self.db, connection, &change.acts).await
    }
}

#[async_trait]
impl SetupStore for Setups {
    async fn update(&self, owner: &OwnerId, id: SetupId, step: &SetupStep<'_>) -> Result<Setup, SetupFailed> {
        let mut write = self.db.write(CHANGING).await?;
        let row = sqlx::query(self.db.sql("SELECT body FROM lk_setup WHERE owner = ? AND id = ?"))
            .bind(owner.as_str())
            .bind(id.to_string())
            .fetch_optional(&mut *write)
            .await
            .or_failed(CHANGING)?;
        let stored: Option<Setup> = row.map(|row| column::body(&row, "body", CHANGING)).transpose()?;
        let change = step(stored.as_ref())?;
        if change.setup.owner != *owner || change.setup.id != id {
            return Err(column::invalid("change a setup: the step made another one of it").into());
        }
        if !self.holds(&mut write, &change).await? {
            return Err(SetupRefused::ReviewChanged.into());
        }
        self.write(&mut write, &change).await?;
        write.commit().await.or_failed(CHANGING)?;
        Ok(change.setup)
    }

    async fn setup(&self, view: &View, id: SetupId) -> Result<Option<Setup>> {
        if view.is_empty() {
            return Ok(None);
        }
        let visible = Visible::of(view);
        let sql = "SELECT body FROM lk_setup WHERE owner = ?1 AND id = ?3 AND (?2 IS NULL OR NOT EXISTS \
                   (SELECT 1 FROM json_each(accounts) AS listed WHERE listed.value NOT IN (SELECT value FROM json_each(?2))))";
        let row = sqlx::query(self.db.sql(sql))
            .bind(visible.owner)
            .bind(visible.accounts)
            .bind(id.to_string())
            .fetch_optional(self.db.readers())
            .await
            .or_failed(READING)?;
        row.map(|row| column::body(&row, "body", READING)).transpose()
    }

    async fn open_setups(&self, view: &View) -> Result<Vec<Setup>> {
        if view.is_empty() {
            return Ok(Vec::new());
        }
        let visible = Visible::of(view);
        let sql = "SELECT body FROM lk_setup WHERE owner = ?1 AND open AND (?2 IS NULL OR NOT EXISTS \
                   (SELECT 1 FROM json_each(accounts) AS listed WHERE listed.value NOT IN (SELECT value FROM json_each(?2)))) \
                   ORDER BY begun_at DESC, id DESC";
        let rows = sqlx::query(self.db.sql(sql))
            .bind(visible.owner)
            .bind(visible.accounts)
            .fetch_all(self.db.readers())
            .await
            .or_failed(READING)?;
        rows.iter().map(|row| column::body(row, "body", READING)).collect()
    }

    async fn idle(&self, before: DateTime<Utc>, limit: u32) -> Result<Vec<Setup>> {
        let sql = "SELECT owner, body FROM lk_setup WHERE open AND touched_at < ? ORDER BY touched_at, owner, id LIMIT ?";
        let query = sqlx::query(self.db.sql(sql)).bind(column::nanos(before)).bind(limit);
        let rows = query.fetch_all(self.db.readers()).await.or_failed(READING)?;
        Ok(column::readable(&rows, READING))
    }

    async fn holding(&self, limit: u32) -> Result<Vec<Setup>> {
        let sql = "SELECT owner, body FROM lk_setup WHERE NOT open AND persons <> '[]' ORDER BY touched_at, owner, id LIMIT ?";
        let rows = sqlx::query(self.db.sql(sql)).bind(limit).fetch_all(self.db.readers()).await.or_failed(READING)?;
        Ok(column::readable(&rows, READING))
    }

    async fn resting_on(&self, road: &Road, person: &PersonId) -> Result<Vec<(OwnerId, SetupId)>> {
        let sql = "SELECT owner, id FROM lk_setup WHERE open AND ? IN (SELECT value FROM json_each(persons)) ORDER BY owner, id";
        let rows = sqlx::query(self.db.sql(sql)).bind(holder(road, person)).fetch_all(self.db.readers()).await.or_failed(READING)?;
        let each = rows.iter().map(|row| {
            let id: &str = row.try_get("id").or_failed(READING)?;
            Ok((column::word(row, "owner", READING)?, id.parse().map_err(|_| failure::corrupt(READING))?))
        });
        each.collect()
    }
}

/// Whose consent at the platform, as it stands in the column.
fn holder(road: &Road, person: &PersonId) -> String {
    format!("{road}:{person}")
}

impl fmt::Debug for Setups {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.db.shown(f, "Setups")
    }
}
