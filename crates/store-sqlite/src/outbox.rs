//! Intents on their way out.

mod claim;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use link_core::words::feed::{Happening, What};
use link_core::words::page::Page;
use link_core::{IntentId, Result, View};
use link_sync::{Cleared, Intent, IntentQuery, IntentState, Outbox as Port};
use serde_json::{Value, json};
use sqlx::Row as _;
use sqlx::sqlite::SqliteConnection;

use crate::content::{self, Kept, Slot};
use crate::db::Db;
use crate::failure::OrFailed as _;
use crate::visible::Visible;
use crate::{activity, column, feed, paging};

const QUEUEING: &str = "queue an intent";
const READING: &str = "read intents";

/// The outbox port on SQLite.
///
/// An intent that was queued survives what an append to the [journal](crate::Journal) survives; a claim is in the file before the
/// claimer sees it. [`next_available`](link_sync::Outbox::next_available) also tells the end of the next lease, because somebody has to
/// wake up then.
#[derive(Clone)]
pub struct Outbox {
    db: Arc<Db>,
}

impl Outbox {
    pub(crate) const fn new(db: Arc<Db>) -> Self {
        Self { db }
    }
}

/// Writes intents as they are now, as a part of somebody's transaction.
pub(crate) async fn put<'a>(
    db: &Db,
    connection: &mut SqliteConnection,
    intents: impl Iterator<Item = &'a Intent> + Send,
    context: &'static str,
) -> Result<()> {
    let intents: Vec<&Intent> = intents.collect();
    if intents.is_empty() {
        return Ok(());
    }
    let asked: Vec<_> = intents.iter().map(|intent| json!([intent.account.owner, intent.id.to_string()])).collect();
    let known = "SELECT k.key, i.content FROM json_each(?) AS k CROSS JOIN lk_intent AS i \
                 ON i.owner = k.value ->> 0 AND i.id = k.value ->> 1";
    let known: Vec<(i64, Slot)> =
        sqlx::query_as(db.sql(known)).bind(Value::Array(asked).to_string()).fetch_all(&mut *connection).await.or_failed(context)?;
    let known: BTreeMap<i64, Slot> = known.into_iter().collect();
    let contents = (0..)
        .zip(&intents)
        .map(|(place, intent)| Ok(Kept { slot: known.get(&place).copied(), body: column::json(intent, context)? }))
        .collect::<Result<_>>()?;
    let slots = content::put(db, connection, contents).await?;
    let rows = intents.iter().zip(slots).map(|(intent, slot)| row(intent, slot)).collect();
    let sql = "INSERT INTO lk_intent (owner, id, account, peer, key, state, created_at, available_at, until, content) \
               SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, value ->> 7, \
               value ->> 8, value ->> 9 FROM json_each(?) WHERE true ON CONFLICT (owner, id) DO UPDATE SET account = excluded.account, \
               peer = excluded.peer, key = excluded.key, state = excluded.state, created_at = excluded.created_at, \
               available_at = excluded.available_at, until = excluded.until, content = excluded.content";
    sqlx::query(db.sql(sql)).bind(Value::Array(rows).to_string()).execute(connection).await.or_failed(context)?;
    Ok(())
}

fn row(intent: &Intent, slot: Slot) -> Value {
    let until = match intent.state {
        IntentState::Sending { until } => Some(column::nanos(until)),
        _ => None,
    };
    json!([
        intent.account.owner,
        intent.id.to_string(),
        intent.account.account.to_string(),
        intent.outgoing.to.line(),
        intent.key,
        intent.state.as_str(),
        column::nanos(intent.created_at),
        column::nanos(intent.available_at),
        until,
        slot,
    ])
}

fn told(intent: &Intent, at: DateTime<Utc>) -> Happening {
    let what = What::IntentChanged { intent: intent.id, state: intent.state.as_str().to_owned() };
    Happening::new(intent.account.owner.clone(), Some(intent.account.account.clone()), what, at)
}

/// Intents through a view, oldest first.
macro_rules! selected {
    ($condition:literal) => {
        concat!(
            "SELECT created_at, id, body FROM lk_intent JOIN lk_content AS b ON b.n = content WHERE owner = ?1 ",
            $condition,
            "AND (?2 IS NULL OR account IN (SELECT value FROM json_each(?2))) \
             AND (NOT ?3 OR state IN ('queued', 'sending', 'unknown')) AND (created_at, id) > (?4, ?5) \
             ORDER BY created_at, id LIMIT ?6"
        )
    };
}
/// One intent through a view, by a column.
macro_rules! selected_one {
    ($column:literal) => {
        concat!(
            "SELECT body FROM lk_intent JOIN lk_content AS b ON b.n = content WHERE owner = ?1 AND ",
            $column,
            " = ?3 AND (?2 IS NULL OR account IN (SELECT value FROM json_each(?2)))"
        )
    };
}

impl Outbox {
    async fn one(&self, view: &View, sql: &'static str, value: &str) -> Result<Option<Intent>> {
        let visible = Visible::of(view);
        let query = sqlx::query(self.db.sql(sql)).bind(visible.owner).bind(visible.accounts).bind(value);
        let row = query.fetch_optional(self.db.readers()).await.or_failed(READING)?;
        row.map(|row| column::body::<Intent>(&row, "body", READING).map(|intent| intent.through(view.fields))).transpose()
    }
}

#[async_trait]
impl Port for Outbox {
    async fn queue(&self, cleared: &Cleared) -> Result<Intent> {
        let intent = cleared.intent();
        let mut write = self.db.write(QUEUEING).await?;
        let known =
            sqlx::query(self.db.sql("SELECT body FROM lk_intent JOIN lk_content AS b ON b.n = content WHERE owner = ? AND key = ?"))
                .bind(intent.account.owner.as_str())
                .bind(&intent.key[..])
                .fetch_optional(&mut *write)
                .await
                .or_failed(QUEUEING)?;
        if let Some(known) = known {
            return column::body(&known, "body", QUEUEING);
        }
        put(&self.db, &mut write, std::iter::once(intent), QUEUEING).await?;
        feed::tell(&self.db, &mut write, &[told(intent, intent.created_at)]).await?;
        activity::record(&self.db, &mut write, &[cleared.act()]).await?;
        write.commit().await.or_failed(QUEUEING)?;
        Ok(intent.clone())
    }

    async fn claim(&self, limit: u32, now: DateTime<Utc>, lease: Duration) -> Result<Vec<Intent>> {
        claim::claim(&self.db, limit, now, lease).await
    }

    async fn lapse(&self, now: DateTime<Utc>) -> Result<u64> {
        claim::lapse(&self.db, now).await
    }

    async fn next_available(&self) -> Result<Option<DateTime<Utc>>> {
        // Only what could be claimed: one that waits behind another would wake everybody up for nothing.
        let sql = "SELECT min(at) FROM (SELECT min(i.available_at) AS at FROM lk_intent AS i WHERE i.state = 'queued' AND NOT EXISTS \
                   (SELECT 1 FROM lk_intent AS ahead WHERE ahead.owner = i.owner AND ahead.account = i.account AND ahead.peer = i.peer \
                   AND ahead.state IN ('queued', 'sending') \
                   AND (ahead.state = 'sending' OR (ahead.created_at, ahead.id) < (i.created_at, i.id))) \
                   UNION ALL SELECT min(until) FROM lk_intent WHERE state = 'sending')";
        let next: Option<i64> = sqlx::query_scalar(self.db.sql(sql)).fetch_one(self.db.readers()).await.or_failed(READING)?;
        Ok(next.map(column::instant))
    }

    async fn intents(&self, view: &View, query: &IntentQuery) -> Result<Page<Intent>> {
        let conversation = query.conversation.as_ref();
        if conversation.is_some_and(|conversation| conversation.account.owner != view.owner) {
            return Ok(Page::empty());
        }
        let sql = match conversation {
            None => selected!(""),
            Some(_) => selected!("AND account = ?7 AND peer = ?8 "),
        };
        let visible = Visible::of(view);
        let (at, id): (i64, String) = paging::place(&query.page, READING)?.unwrap_or_else(|| (i64::MIN, String::new()));
        let mut select = sqlx::query(self.db.sql(sql))
            .bind(visible.owner)
            .bind(visible.accounts)
            .bind(query.open_only)
            .bind(at)
            .bind(id)
            .bind(query.page.limit() + 1);
        if let Some(conversation) = conversation {
            select = select.bind(conversation.account.account.to_string()).bind(conversation.peer.as_str());
        }
        let mut rows = select.fetch_all(self.db.readers()).await.or_failed(READING)?;
        let next = paging::cut(&mut rows, &query.page, |last| {
            let at: i64 = last.try_get("created_at").or_failed(READING)?;
            Ok((at, last.try_get::<String, _>("id").or_failed(READING)?))
        })?;
        let shown = rows.iter().map(|row| column::body::<Intent>(row, "body", READING).map(|intent| intent.through(view.fields)));
        Ok(Page::new(shown.collect::<Result<_>>()?, next))
    }

    async fn intent(&self, view: &View, id: IntentId) -> Result<Option<Intent>> {
        self.one(view, selected_one!("id"), &id.to_string()).await
    }

    async fn keyed(&self, view: &View, key: &str) -> Result<Option<Intent>> {
        self.one(view, selected_one!("key"), key).await
    }
}

impl fmt::Debug for Outbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.db.shown(f, "Outbox")
    }
}
