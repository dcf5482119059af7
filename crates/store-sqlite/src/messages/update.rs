//! The one write: load what is named, run the step, write what it changed.

use std::collections::{BTreeMap, BTreeSet};

use link_core::words::event::Direction;
use link_core::words::ids::{CommentKey, IntentKey};
use link_core::{ConversationKey, MessageKey, Result};
use link_sync::{Change, Conversation, Keys, Message, Notice, Snapshot, Step};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use sqlx::Row as _;
use sqlx::sqlite::SqliteConnection;

use super::{accounts, comments};
use crate::content::{self, Kept, Slot};
use crate::db::Db;
use crate::failure::OrFailed as _;
use crate::{activity, column, feed, outbox};

const CHANGING: &str = "change messages";

pub(super) async fn update(db: &Db, keys: &Keys, step: &Step<'_>) -> Result<()> {
    let mut write = db.write(CHANGING).await?;
    let (snapshot, loaded) = load(db, &mut write, keys).await?;
    let change = step(snapshot);
    if change.is_empty() {
        return write.rollback().await.or_failed(CHANGING);
    }
    put(db, &mut write, &change, keys, loaded).await?;
    write.commit().await.or_failed(CHANGING)?;
    let unsent = change.messages.values().any(|message| message.unsent.is_some());
    if unsent || change.comments.values().any(|comment| comment.removed.is_some()) {
        db.log().is_due();
    }
    db.log().empty_in_passing().await;
    Ok(())
}

/// What was loaded: the snapshot's rows, and in which slot the content of each is.
#[derive(Default)]
struct Loaded {
    messages: BTreeMap<MessageKey, Slot>,
    conversations: BTreeMap<ConversationKey, Slot>,
    comments: BTreeMap<CommentKey, Slot>,
}

const MESSAGES: &str = "SELECT k.key AS place, m.content, b.body FROM json_each(?) AS k CROSS JOIN lk_message AS m \
                        ON m.owner = k.value ->> 0 AND m.account = k.value ->> 1 AND m.road = k.value ->> 2 AND m.mid = k.value ->> 3 \
                        CROSS JOIN lk_content AS b ON b.n = m.content";
const CONVERSATIONS: &str = "SELECT k.key AS place, c.content, b.body FROM json_each(?) AS k CROSS JOIN lk_conversation AS c \
                             ON c.owner = k.value ->> 0 AND c.account = k.value ->> 1 AND c.peer = k.value ->> 2 \
                             CROSS JOIN lk_content AS b ON b.n = c.content";
const INTENTS: &str = "SELECT k.key AS place, i.content, b.body FROM json_each(?) AS k CROSS JOIN lk_intent AS i \
                       ON i.owner = k.value ->> 0 AND i.id = k.value ->> 1 CROSS JOIN lk_content AS b ON b.n = i.content";

async fn load(db: &Db, connection: &mut SqliteConnection, keys: &Keys) -> Result<(Snapshot, Loaded)> {
    let (messages, of_messages) = named(db, connection, MESSAGES, &keys.messages, of_message).await?;
    let (conversations, of_conversations) = named(db, connection, CONVERSATIONS, &keys.conversations, of_conversation).await?;
    let (intents, _) = named(db, connection, INTENTS, &keys.intents, of_intent).await?;
    let (comments, of_comments) = named(db, connection, comments::LOAD, &keys.comments, comments::named).await?;
    let accounts = accounts::load(db, connection, &keys.accounts).await?;
    let loaded = Loaded { messages: of_messages, conversations: of_conversations, comments: of_comments };
    Ok((Snapshot { messages, conversations, intents, comments, accounts }, loaded))
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

type Named<K, V> = (BTreeMap<K, V>, BTreeMap<K, Slot>);

/// The rows under some keys, in one query.
async fn named<K: Ord + Clone, V: DeserializeOwned>(
    db: &Db,
    connection: &mut SqliteConnection,
    sql: &'static str,
    keys: &BTreeSet<K>,
    columns: fn(&K) -> Value,
) -> Result<Named<K, V>> {
    let (mut found, mut slots) = (BTreeMap::new(), BTreeMap::new());
    if keys.is_empty() {
        return Ok((found, slots));
    }
    let keys: Vec<&K> = keys.iter().collect();
    let asked = Value::Array(keys.iter().map(|key| columns(key)).collect());
    let rows = sqlx::query(db.sql(sql)).bind(asked.to_string()).fetch_all(connection).await.or_failed(CHANGING)?;
    for row in &rows {
        let place: i64 = row.try_get("place").or_failed(CHANGING)?;
        if let Some(key) = usize::try_from(place).ok().and_then(|place| keys.get(place)) {
            found.insert((*key).clone(), column::body(row, "body", CHANGING)?);
            slots.insert((*key).clone(), row.try_get("content").or_failed(CHANGING)?);
        }
    }
    Ok((found, slots))
}

/// Writes changed rows: their contents first, then their columns.
pub(super) struct Table<K, V> {
    pub(super) load: &'static str,
    pub(super) write: &'static str,
    pub(super) key: fn(&K) -> Value,
    pub(super) columns: fn(&K, &V, Slot) -> Value,
}

impl<K: Ord + Clone + Sync, V: Serialize + DeserializeOwned + Sync> Table<K, V> {
    async fn put(
        &self,
        db: &Db,
        connection: &mut SqliteConnection,
        changed: &BTreeMap<K, V>,
        asked: &BTreeSet<K>,
        mut slots: BTreeMap<K, Slot>,
    ) -> Result<()> {
        if changed.is_empty() {
            return Ok(());
        }
        // A step may write what its caller did not name.
        let unasked: BTreeSet<K> = changed.keys().filter(|key| !asked.contains(key)).cloned().collect();
        slots.extend(named::<K, V>(db, connection, self.load, &unasked, self.key).await?.1);
        let contents = changed
            .iter()
            .map(|(key, state)| Ok(Kept { slot: slots.get(key).copied(), body: column::json(state, CHANGING)? }))
            .collect::<Result<_>>()?;
        let slots = content::put(db, connection, contents).await?;
        let rows = changed.iter().zip(slots).map(|((key, state), slot)| (self.columns)(key, state, slot)).collect();
        write(db, connection, self.write, rows).await
    }
}

const MESSAGE: Table<MessageKey, Message> = Table {
    load: MESSAGES,
    write: "INSERT INTO lk_message (owner, account, road, mid, peer, outbound, at, unsent, content) \
            SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, value ->> 7, value ->> 8 \
            FROM json_each(?) WHERE true ON CONFLICT (owner, account, road, mid) DO UPDATE SET \
            peer = excluded.peer, outbound = excluded.outbound, at = excluded.at, unsent = excluded.unsent, content = excluded.content",
    key: of_message,
    columns: message_row,
};

const CONVERSATION: Table<ConversationKey, Conversation> = Table {
    load: CONVERSATIONS,
    write: "INSERT INTO lk_conversation (owner, account, peer, last_activity, unread_since, content) \
            SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5 \
            FROM json_each(?) WHERE true ON CONFLICT (owner, account, peer) DO UPDATE SET \
            last_activity = excluded.last_activity, unread_since = excluded.unread_since, content = excluded.content",
    key: of_conversation,
    columns: conversation_row,
};

async fn put(db: &Db, connection: &mut SqliteConnection, change: &Change, keys: &Keys, loaded: Loaded) -> Result<()> {
    MESSAGE.put(db, connection, &change.messages, &keys.messages, loaded.messages).await?;
    CONVERSATION.put(db, connection, &change.conversations, &keys.conversations, loaded.conversations).await?;
    comments::TABLE.put(db, connection, &change.comments, &keys.comments, loaded.comments).await?;
    accounts::put(db, connection, &change.accounts).await?;
    put_notices(db, connection, &change.notices).await?;
    outbox::put(db, connection, change.intents.values(), CHANGING).await?;
    feed::tell(db, connection, &change.happenings).await?;
    activity::record(db, connection, &change.acts).await
}

async fn write(db: &Db, connection: &mut SqliteConnection, sql: &'static str, rows: Vec<Value>) -> Result<()> {
    sqlx::query(db.sql(sql)).bind(Value::Array(rows).to_string()).execute(connection).await.or_failed(CHANGING)?;
    Ok(())
}

/// Keeps the notices that are not kept yet.
async fn put_notices(db: &Db, connection: &mut SqliteConnection, notices: &[Notice]) -> Result<()> {
    if notices.is_empty() {
        return Ok(());
    }
    let mut new: BTreeMap<(String, String, String), &Notice> = BTreeMap::new();
    for notice in notices {
        let account = &notice.account;
        new.insert((account.owner.as_str().to_owned(), account.account.to_string(), hex(&notice.digest())), notice);
    }
    let known = "SELECT n.owner, n.account, n.digest FROM json_each(?) AS k CROSS JOIN lk_notice AS n \
                 ON n.owner = k.value ->> 0 AND n.account = k.value ->> 1 AND n.digest = k.value ->> 2";
    let asked = column::json(&new.keys().collect::<Vec<_>>(), CHANGING)?;
    let known: Vec<(String, String, String)> =
        sqlx::query_as(db.sql(known)).bind(asked).fetch_all(&mut *connection).await.or_failed(CHANGING)?;
    for key in &known {
        new.remove(key);
    }
    let contents = new.values().map(|notice| Ok(Kept { slot: None, body: column::json(notice, CHANGING)? })).collect::<Result<_>>()?;
    let slots = content::put(db, connection, contents).await?;
    let rows = new.into_iter().zip(slots);
    let rows = rows.map(|(((owner, account, digest), notice), slot)| json!([owner, account, digest, column::nanos(notice.at), slot]));
    let sql = "INSERT INTO lk_notice (owner, account, digest, at, content) \
               SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4 FROM json_each(?)";
    write(db, connection, sql, rows.collect()).await
}

fn hex(digest: &[u8]) -> String {
    use std::fmt::Write as _;
    let mut hex = String::with_capacity(2 * digest.len());
    for byte in digest {
        // Writing to a String cannot fail.
        write!(hex, "{byte:02x}").unwrap_or_default();
    }
    hex
}

fn message_row(key: &MessageKey, state: &Message, slot: Slot) -> Value {
    let known = (state.peer.as_ref(), state.direction, state.at);
    let (peer, outbound, at) = match known {
        (Some(peer), Some(direction), Some(moment)) => {
            (Some(peer), Some(u8::from(direction == Direction::Outbound)), Some(column::nanos(moment.at)))
        }
        _ => (None, None, None),
    };
    let unsent = u8::from(state.unsent.is_some());
    let account = key.account.account.to_string();
    json!([key.account.owner, account, key.road, key.id, peer, outbound, at, unsent, slot])
}

fn conversation_row(key: &ConversationKey, state: &Conversation, slot: Slot) -> Value {
    let account = key.account.account.to_string();
    let (active, unread) = (state.last_activity.map(column::nanos), state.unread_since().map(column::nanos));
    json!([key.account.owner, account, key.peer, active, unread, slot])
}
