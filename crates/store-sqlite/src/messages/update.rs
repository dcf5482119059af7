//! The one write: load what is named, run the step, write what it changed.

use std::collections::{BTreeMap, BTreeSet};

use link_core::words::event::Direction;
use link_core::words::ids::IntentKey;
use link_core::{ConversationKey, MessageKey, Result};
use link_sync::{Change, Conversation, Keys, Message, Notice, Snapshot, Step};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use sqlx::Row as _;
use sqlx::sqlite::SqliteConnection;

use crate::db::Db;
use crate::failure::OrFailed as _;
use crate::{activity, column, feed, outbox};

const CHANGING: &str = "change messages";

pub(super) async fn update(db: &Db, keys: &Keys, step: &Step<'_>) -> Result<()> {
    let mut write = db.write(CHANGING).await?;
    let snapshot = load(db, &mut write, keys).await?;
    let change = step(snapshot);
    if change.is_empty() {
        return write.rollback().await.or_failed(CHANGING);
    }
    put(db, &mut write, &change).await?;
    write.commit().await.or_failed(CHANGING)?;
    if change.messages.values().any(|message| message.unsent.is_some())
        && let Err(error) = db.empty_log(CHANGING).await
    {
        tracing::warn!(%error, "a message was taken back, and its text is still in the write-ahead log");
    }
    Ok(())
}

async fn load(db: &Db, connection: &mut SqliteConnection, keys: &Keys) -> Result<Snapshot> {
    let messages = "SELECT k.key AS place, m.body FROM json_each(?) AS k CROSS JOIN lk_message AS m \
                    ON m.owner = k.value ->> 0 AND m.account = k.value ->> 1 AND m.road = k.value ->> 2 AND m.mid = k.value ->> 3";
    let conversations = "SELECT k.key AS place, c.body FROM json_each(?) AS k CROSS JOIN lk_conversation AS c \
                         ON c.owner = k.value ->> 0 AND c.account = k.value ->> 1 AND c.peer = k.value ->> 2";
    let intents = "SELECT k.key AS place, i.body FROM json_each(?) AS k CROSS JOIN lk_intent AS i \
                   ON i.owner = k.value ->> 0 AND i.id = k.value ->> 1";
    Ok(Snapshot {
        messages: named(db, connection, messages, &keys.messages, of_message).await?,
        conversations: named(db, connection, conversations, &keys.conversations, of_conversation).await?,
        intents: named(db, connection, intents, &keys.intents, of_intent).await?,
    })
}

fn of_message(key: &MessageKey) -> Value {
    json!([key.account.owner, key.account.account.to_string(), key.road, key.id])
}

fn of_conversation(key: &ConversationKey) -> Value {
    json!([key.account.owner, key.account.account.to_string(), key.peer])
}

fn of_intent(key: &IntentKey) -> Value {
    json!([key.owner, key.id.to_string()])
}

/// The rows under some keys, in one query.
async fn named<K: Ord + Clone, V: DeserializeOwned>(
    db: &Db,
    connection: &mut SqliteConnection,
    sql: &'static str,
    keys: &BTreeSet<K>,
    columns: fn(&K) -> Value,
) -> Result<BTreeMap<K, V>> {
    if keys.is_empty() {
        return Ok(BTreeMap::new());
    }
    let keys: Vec<&K> = keys.iter().collect();
    let asked = Value::Array(keys.iter().map(|key| columns(key)).collect());
    let rows = sqlx::query(db.sql(sql)).bind(asked.to_string()).fetch_all(connection).await.or_failed(CHANGING)?;
    let mut found = BTreeMap::new();
    for row in &rows {
        let place: i64 = row.try_get("place").or_failed(CHANGING)?;
        if let Some(key) = usize::try_from(place).ok().and_then(|place| keys.get(place)) {
            found.insert((*key).clone(), column::body(row, "body", CHANGING)?);
        }
    }
    Ok(found)
}

async fn put(db: &Db, connection: &mut SqliteConnection, change: &Change) -> Result<()> {
    let messages = "INSERT INTO lk_message (owner, account, road, mid, peer, outbound, at, unsent, body) \
                    SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, value ->> 7, value ->> 8 \
                    FROM json_each(?) WHERE true ON CONFLICT (owner, account, road, mid) DO UPDATE SET \
                    peer = excluded.peer, outbound = excluded.outbound, at = excluded.at, unsent = excluded.unsent, body = excluded.body";
    let conversations = "INSERT INTO lk_conversation (owner, account, peer, last_activity, unread_since, body) \
                         SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5 \
                         FROM json_each(?) WHERE true ON CONFLICT (owner, account, peer) DO UPDATE SET \
                         last_activity = excluded.last_activity, unread_since = excluded.unread_since, body = excluded.body";
    let notices = "INSERT INTO lk_notice (owner, account, digest, at, body) \
                   SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4 \
                   FROM json_each(?) WHERE true ON CONFLICT DO NOTHING";
    write(db, connection, messages, change.messages.iter().map(|(key, state)| message_row(key, state))).await?;
    write(db, connection, conversations, change.conversations.iter().map(|(key, state)| conversation_row(key, state))).await?;
    write(db, connection, notices, change.notices.iter().map(notice_row)).await?;
    outbox::put(db, connection, change.intents.values(), CHANGING).await?;
    feed::tell(db, connection, &change.happenings).await?;
    activity::record(db, connection, &change.acts).await
}

async fn write(
    db: &Db,
    connection: &mut SqliteConnection,
    sql: &'static str,
    rows: impl Iterator<Item = Result<Value>> + Send,
) -> Result<()> {
    let rows = rows.collect::<Result<Vec<_>>>()?;
    if rows.is_empty() {
        return Ok(());
    }
    sqlx::query(db.sql(sql)).bind(Value::Array(rows).to_string()).execute(connection).await.or_failed(CHANGING)?;
    Ok(())
}

fn message_row(key: &MessageKey, state: &Message) -> Result<Value> {
    let known = (state.peer.as_ref(), state.direction, state.at);
    let (peer, outbound, at) = match known {
        (Some(peer), Some(direction), Some(moment)) => {
            (Some(peer), Some(u8::from(direction == Direction::Outbound)), Some(column::nanos(moment.at)))
        }
        _ => (None, None, None),
    };
    let unsent = u8::from(state.unsent.is_some());
    let account = key.account.account.to_string();
    Ok(json!([key.account.owner, account, key.road, key.id, peer, outbound, at, unsent, column::json(state, CHANGING)?]))
}

fn conversation_row(key: &ConversationKey, state: &Conversation) -> Result<Value> {
    let account = key.account.account.to_string();
    let (active, unread) = (state.last_activity.map(column::nanos), state.unread_since().map(column::nanos));
    Ok(json!([key.account.owner, account, key.peer, active, unread, column::json(state, CHANGING)?]))
}

fn notice_row(notice: &Notice) -> Result<Value> {
    use std::fmt::Write as _;
    let mut digest = String::with_capacity(64);
    for byte in notice.digest() {
        // Writing to a String cannot fail.
        write!(digest, "{byte:02x}").unwrap_or_default();
    }
    let account = notice.account.account.to_string();
    Ok(json!([notice.account.owner, account, digest, column::nanos(notice.at), column::json(notice, CHANGING)?]))
}
