//! Intents on their way out.

mod claim;
mod doubt;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use link_core::words::feed::{Happening, What};
use link_core::words::ids::{IntentKey, MessageKey};
use link_core::words::page::Page;
use link_core::words::rates::RateKind;
use link_core::{AccountId, IntentId, Result, View};
use link_sync::{Claim, Cleared, Intent, IntentQuery, IntentState, Outbox as Port, Priority, Proof, Rest};
use serde_json::{Value, json};
use sqlx::Row as _;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

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
    taken_up: Arc<doubt::TakenUp>,
}

impl Outbox {
    pub(crate) fn new(db: Arc<Db>) -> Self {
        Self { db, taken_up: Arc::default() }
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
    let known: BTreeMap<usize, Slot> = known.into_iter().filter_map(|(place, slot)| Some((usize::try_from(place).ok()?, slot))).collect();
    let contents = intents.iter().enumerate();
    let contents = contents.map(|(place, intent)| Ok(Kept { slot: known.get(&place).copied(), body: column::json(intent, context)? }));
    let slots = content::put(db, connection, contents).await?;
    let rows = intents.iter().zip(slots).map(|(intent, slot)| row(intent, slot)).collect();
    let rows = Value::Array(rows).to_string();
    let sql = "INSERT INTO lk_intent (owner, id, account, peer, key, state, created_at, available_at, until, content, priority, kind, \
               look_at, by_history) \
               SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, value ->> 7, \
               value ->> 8, value ->> 9, value ->> 10, value ->> 11, value ->> 12, value ->> 13 FROM json_each(?) WHERE true \
               ON CONFLICT (owner, id) DO UPDATE SET account = excluded.account, \
               peer = excluded.peer, key = excluded.key, state = excluded.state, created_at = excluded.created_at, \
               available_at = excluded.available_at, until = excluded.until, content = excluded.content, \
               priority = min(priority, excluded.priority), kind = excluded.kind, look_at = excluded.look_at, by_history = excluded.by_history";
    sqlx::query(db.sql(sql)).bind(&rows[..]).execute(&mut *connection).await.or_failed(context)?;
    if intents.iter().any(|intent| matches!(intent.state, IntentState::Queued)) {
        wait(db, connection, &rows, context).await?;
    }
    Ok(())
}

/// What becomes queued has its account wait for its turn, and hurries whatever is before it in its conversation: that counts with its priority
/// from then on, and waits no longer than it would have to itself. What lets others pass holds nobody up, and leaves at its own time.
async fn wait(db: &Db, connection: &mut SqliteConnection, rows: &str, context: &'static str) -> Result<()> {
    let turn = "INSERT INTO lk_turn (owner, account) SELECT value ->> 0, value ->> 2 FROM json_each(?) WHERE value ->> 5 = 'queued' \
                ON CONFLICT (owner, account) DO NOTHING";
    sqlx::query(db.sql(turn)).bind(rows).execute(&mut *connection).await.or_failed(context)?;
    let hurry = "UPDATE lk_intent INDEXED BY lk_intent_ahead SET priority = r.value ->> 10, \
                 available_at = CASE WHEN lk_intent.kind IN ('private_reply', 'live_reply') THEN lk_intent.available_at \
                 ELSE min(lk_intent.available_at, r.value ->> 7) END FROM json_each(?) AS r WHERE r.value ->> 5 = 'queued' \
                 AND lk_intent.owner = r.value ->> 0 AND lk_intent.account = r.value ->> 2 AND lk_intent.peer = r.value ->> 3 \
                 AND lk_intent.state IN ('queued', 'sending') AND lk_intent.priority > r.value ->> 10 \
                 AND (lk_intent.created_at, lk_intent.id) < (r.value ->> 6, r.value ->> 1)";
    sqlx::query(db.sql(hurry)).bind(rows).execute(&mut *connection).await.or_failed(context)?;
    // What is put back may have been passed meanwhile by somebody who is in a greater hurry than it was when it was claimed.
    let hurried = "UPDATE lk_intent SET available_at = min(available_at, ifnull((SELECT min(b.available_at) FROM lk_intent AS b \
                   INDEXED BY lk_intent_ahead WHERE b.owner = lk_intent.owner AND b.account = lk_intent.account AND b.peer = lk_intent.peer \
                   AND b.state IN ('queued', 'sending') AND (b.created_at, b.id) > (lk_intent.created_at, lk_intent.id) \
                   AND b.priority < r.value ->> 10), available_at)) FROM json_each(?) AS r WHERE r.value ->> 5 = 'queued' \
                   AND lk_intent.owner = r.value ->> 0 AND lk_intent.id = r.value ->> 1 \
                   AND lk_intent.kind NOT IN ('private_reply', 'live_reply')";
    sqlx::query(db.sql(hurried)).bind(rows).execute(connection).await.or_failed(context)?;
    Ok(())
}

/// The intents of which the history said that they became one of these messages.
pub(crate) async fn settled_as(db: &Db, view: &View, messages: &[MessageKey]) -> Result<Vec<IntentKey>> {
    let shown = messages.iter().filter(|key| key.account.owner == view.owner && view.shows(&key.account.account));
    let asked: Vec<_> = shown.map(|key| json!([key.account.account.to_string(), key.road, key.id])).collect();
    if asked.is_empty() {
        return Ok(Vec::new());
    }
    // There are few of them, and what is taken back is rare.
    let sql = "SELECT DISTINCT i.id FROM json_each(?2) AS k CROSS JOIN lk_intent AS i ON i.owner = ?1 AND i.account = k.value ->> 0 \
               AND i.by_history = 1 CROSS JOIN lk_content AS b ON b.n = i.content \
               WHERE b.body ->> '$.road' = k.value ->> 1 AND b.body ->> '$.state.message' = k.value ->> 2";
    let query = sqlx::query_scalar(db.sql(sql)).bind(view.owner.as_str()).bind(Value::Array(asked).to_string());
    let ids: Vec<String> = query.fetch_all(db.readers()).await.or_failed(READING)?;
    let key = |id: String| {
        let id = id.parse().map_err(|_| crate::failure::corrupt(READING))?;
        Ok(IntentKey { owner: view.owner.clone(), id })
    };
    ids.into_iter().map(key).collect()
}

/// What the owner has under an intent's caller's key already.
async fn known(db: &Db, connection: &mut SqliteConnection, intent: &Intent) -> Result<Option<Intent>> {
    let sql = "SELECT available_at, priority, body FROM lk_intent JOIN lk_content AS b ON b.n = content WHERE owner = ? AND key = ?";
    let row = sqlx::query(db.sql(sql))
        .bind(intent.account.owner.as_str().to_owned())
        .bind(intent.key.clone())
        .fetch_optional(connection)
        .await
        .or_failed(QUEUEING)?;
    row.map(|row| read(&row, QUEUEING)).transpose()
}

/// When the last of those was accepted that wait before an intent in its conversation.
async fn last_in_line(db: &Db, connection: &mut SqliteConnection, intent: &Intent) -> Result<Option<DateTime<Utc>>> {
    let sql = "SELECT max(created_at) FROM lk_intent WHERE owner = ? AND account = ? AND peer = ? AND state IN ('queued', 'sending')";
    let last: Option<i64> = sqlx::query_scalar(db.sql(sql))
        .bind(intent.account.owner.as_str())
        .bind(intent.account.account.to_string())
        .bind(intent.outgoing.to.line().as_str().to_owned())
        .fetch_one(connection)
        .await
        .or_failed(QUEUEING)?;
    Ok(last.map(column::instant))
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
        intent.priority.place(),
        intent.rate().as_str(),
        intent.look_at().map(column::nanos),
        u8::from(matches!(intent.state, IntentState::Sent { by: Proof::History, .. })),
    ])
}

fn told(intent: &Intent, at: DateTime<Utc>) -> Happening {
    let what = What::IntentChanged { intent: intent.id, state: intent.state.as_str().to_owned() };
    Happening::new(intent.account.owner.clone(), Some(intent.account.account.clone()), what, at)
}

/// Intents through a view, by a condition, behind a place in an order.
macro_rules! selected {
    ($condition:expr, $of:literal, $behind:literal, $order:literal) => {
        concat!(
            "SELECT created_at, id, available_at, priority, body FROM lk_intent JOIN lk_content AS b ON b.n = content WHERE owner = ?1 ",
            $of,
            "AND (?2 IS NULL OR account IN (SELECT value FROM json_each(?2))) ",
            $condition,
            "AND (created_at, id) ",
            $behind,
            " (?3, ?4) ORDER BY created_at ",
            $order,
            ", id ",
            $order,
            " LIMIT ?5"
        )
    };
}
/// The same of every conversation or of one, in either order. Each condition stands in the statement, or none of the indexes by state could serve.
macro_rules! selections {
    ($of_one:expr, $newest_first:expr, $condition:literal) => {
        match ($of_one, $newest_first) {
            (false, false) => selected!($condition, "", ">", "ASC"),
            (false, true) => selected!($condition, "", "<", "DESC"),
            (true, false) => selected!($condition, "AND account = ?6 AND peer = ?7 ", ">", "ASC"),
            (true, true) => selected!($condition, "AND account = ?6 AND peer = ?7 ", "<", "DESC"),
        }
    };
}
/// One intent through a view, by a column.
macro_rules! selected_one {
    ($column:literal) => {
        concat!(
            "SELECT available_at, priority, body FROM lk_intent JOIN lk_content AS b ON b.n = content WHERE owner = ?1 AND ",
            $column,
            " = ?3 AND (?2 IS NULL OR account IN (SELECT value FROM json_each(?2)))"
        )
    };
}

/// The statement for a query.
fn statement(query: &IntentQuery) -> &'static str {
    let (of_one, newest_first) = (query.conversation.is_some(), query.newest_first);
    match (query.open_only, query.settled_by_history) {
        (false, false) => selections!(of_one, newest_first, ""),
        (true, false) => selections!(of_one, newest_first, "AND state IN ('queued', 'sending', 'unknown') "),
        (false, true) => selections!(of_one, newest_first, "AND by_history = 1 "),
        (true, true) => selections!(of_one, newest_first, "AND by_history = 1 AND state IN ('queued', 'sending', 'unknown') "),
    }
}

/// An intent as it stands in its row. What is before another is hurried in the row alone.
fn read(row: &SqliteRow, context: &'static str) -> Result<Intent> {
    let mut intent: Intent = column::body(row, "body", context)?;
    if matches!(intent.state, IntentState::Queued) {
        intent.available_at = column::instant(row.try_get("available_at").or_failed(context)?);
        intent.priority = Priority::at_place(row.try_get("priority").or_failed(context)?);
    }
    Ok(intent)
}

impl Outbox {
    async fn one(&self, view: &View, sql: &'static str, value: &str) -> Result<Option<Intent>> {
        let visible = Visible::of(view);
        let query = sqlx::query(self.db.sql(sql)).bind(visible.owner).bind(visible.accounts).bind(value);
        let row = query.fetch_optional(self.db.readers()).await.or_failed(READING)?;
        row.map(|row| read(&row, READING).map(|intent| intent.through(view.fields))).transpose()
    }
}

#[async_trait]
impl Port for Outbox {
    async fn queue_all(&self, cleared: &[Cleared]) -> Result<Vec<Intent>> {
        if cleared.is_empty() {
            return Ok(Vec::new());
        }
        let mut write = self.db.write(QUEUEING).await?;
        let (mut answered, mut happenings, mut acts) = (Vec::with_capacity(cleared.len()), Vec::new(), Vec::new());
        for cleared in cleared {
            let mut intent = cleared.intent().clone();
            if let Some(known) = known(&self.db, &mut write, &intent).await? {
                answered.push(cleared.repeats(known)?);
                continue;
            }
            intent.line_up(last_in_line(&self.db, &mut write, &intent).await?);
            put(&self.db, &mut write, std::iter::once(&intent), QUEUEING).await?;
            happenings.push(told(&intent, intent.created_at));
            acts.push(cleared.act());
            answered.push(intent);
        }
        if !acts.is_empty() {
            feed::tell(&self.db, &mut write, &happenings).await?;
            activity::record(&self.db, &mut write, &acts).await?;
            write.commit().await.or_failed(QUEUEING)?;
        }
        Ok(answered)
    }

    async fn claim(&self, claim: &Claim) -> Result<Vec<Intent>> {
        claim::claim(&self.db, claim).await
    }

    async fn ahead(&self, account: &AccountId, kind: RateKind, priority: Priority) -> Result<u64> {
        let kinds: Vec<&str> =
            RateKind::ALL.iter().filter(|counted| counted.counts_as().contains(&kind)).map(|counted| counted.as_str()).collect();
        let sql = "SELECT count(*) FROM lk_intent WHERE state = 'queued' AND account = ? AND kind IN (SELECT value FROM json_each(?)) \
                   AND priority <= ?";
        let count: i64 = sqlx::query_scalar(self.db.sql(sql))
            .bind(account.to_string())
            .bind(Value::from(kinds).to_string())
            .bind(priority.place())
            .fetch_one(self.db.readers())
            .await
            .or_failed(READING)?;
        Ok(column::count(count))
    }

    async fn claim_unknown(&self, now: DateTime<Utc>, lease: Duration) -> Result<Vec<Intent>> {
        doubt::take_up(&self.db, &self.taken_up, now).await?;
        doubt::claim(&self.db, now, lease).await
    }

    async fn next_unknown(&self) -> Result<Option<DateTime<Utc>>> {
        let sql = self.db.sql("SELECT min(look_at) FROM lk_intent WHERE look_at IS NOT NULL");
        let next: Option<i64> = sqlx::query_scalar(sql).fetch_one(self.db.readers()).await.or_failed(READING)?;
        Ok(next.map(column::instant))
    }

    async fn lapse(&self, now: DateTime<Utc>) -> Result<u64> {
        claim::lapse(&self.db, now).await
    }

    async fn wake(&self, now: DateTime<Utc>) -> Result<u64> {
        claim::wake(&self.db, now).await
    }

    async fn next_available(&self, except: &[Rest]) -> Result<Option<DateTime<Utc>>> {
        claim::next(&self.db, except).await
    }

    async fn intents(&self, view: &View, query: &IntentQuery) -> Result<Page<Intent>> {
        let conversation = query.conversation.as_ref();
        if conversation.is_some_and(|conversation| conversation.account.owner != view.owner) {
            return Ok(Page::empty());
        }
        let visible = Visible::of(view);
        let begin = || (if query.newest_first { i64::MAX } else { i64::MIN }, String::new());
        let (at, id): (i64, String) = paging::place(&query.page, READING)?.unwrap_or_else(begin);
        let select = sqlx::query(self.db.sql(statement(query)))
            .bind(visible.owner)
            .bind(visible.accounts)
            .bind(at)
            .bind(id)
            .bind(query.page.limit() + 1)
            .bind(conversation.map(|conversation| conversation.account.account.to_string()))
            .bind(conversation.map(|conversation| conversation.peer.as_str().to_owned()));
        let mut rows = select.fetch_all(self.db.readers()).await.or_failed(READING)?;
        let next = paging::cut(&mut rows, &query.page, |last| {
            let at: i64 = last.try_get("created_at").or_failed(READING)?;
            Ok((at, last.try_get::<String, _>("id").or_failed(READING)?))
        })?;
        let shown = rows.iter().map(|row| read(row, READING).map(|intent| intent.through(view.fields)));
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

#[cfg(test)]
mod tests;
