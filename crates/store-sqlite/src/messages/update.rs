//! The one write: load what is named, run the step, write what it changed.

use std::collections::{BTreeMap, BTreeSet};

use link_core::words::event::Direction;
use link_core::words::ids::{CommentKey, IntentKey};
use link_core::words::outgoing::Body;
use link_core::{AccountKey, ConversationKey, MessageKey, Result};
use link_sync::{Change, Conversation, Keys, Message, Snapshot, Step};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::Row as _;
use sqlx::sqlite::SqliteConnection;

use super::{accounts, comments, notices};
use crate::content::{Kept, Putting, SLOTS, Slot};
use crate::db::Db;
use crate::failure::OrFailed as _;
use crate::rows::{Cell, Find, Insert, Shared, write_both};
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
    let (wiping, changed) = (db.log().wiping(wipes(&change)), change.messages.len());
    // What is not needed any more is given back while the disk works.
    let (committed, ()) = tokio::join!(write.commit(), async { drop(change) });
    drop(wiping);
    committed.or_failed(CHANGING)?;
    db.log().changed(changed);
    db.log().empty_in_passing().await;
    Ok(())
}

/// True if what was said is to be gone from the write-ahead log too.
fn wipes(change: &Change) -> bool {
    change.messages.values().any(|message| message.unsent.is_some() || message.same_as.is_some())
        || change.intents.values().any(|intent| intent.outgoing.body == Body::Gone)
        || change.comments.values().any(|comment| comment.removed.is_some())
}

/// What was loaded: in which slot the content of each row of the snapshot is, and how long that is.
#[derive(Default)]
struct Loaded {
    messages: BTreeMap<MessageKey, Slot>,
    conversations: BTreeMap<ConversationKey, Slot>,
    comments: BTreeMap<CommentKey, Slot>,
    sizes: BTreeMap<Slot, usize>,
}

/// A kind of row: how it is found by its key, and how it is written.
pub(super) struct Table<K, V, const KEY: usize, const COLUMNS: usize> {
    pub(super) find: Find,
    pub(super) write: Insert,
    pub(super) key: fn(&mut Shared, &K) -> [Cell; KEY],
    pub(super) columns: fn(&mut Shared, &K, &V, Slot) -> [Cell; COLUMNS],
}

const MESSAGE: Table<MessageKey, Message, 4, 9> = Table {
    find: Find {
        columns: "owner, account, road, mid",
        select: "SELECT k.place, m.content, b.size, b.body FROM k CROSS JOIN lk_message AS m \
                 ON m.owner = k.owner AND m.account = k.account AND m.road = k.road AND m.mid = k.mid \
                 CROSS JOIN lk_content AS b ON b.n = m.content",
    },
    write: Insert {
        head: "INSERT INTO lk_message (owner, account, road, mid, peer, outbound, at, unsent, content)",
        tail: "ON CONFLICT (owner, account, road, mid) DO UPDATE SET \
               peer = excluded.peer, outbound = excluded.outbound, at = excluded.at, unsent = excluded.unsent, content = excluded.content",
    },
    key: of_message,
    columns: message_row,
};

const CONVERSATION: Table<ConversationKey, Conversation, 3, 6> = Table {
    find: Find {
        columns: "owner, account, peer",
        select: "SELECT k.place, c.content, b.size, b.body FROM k CROSS JOIN lk_conversation AS c \
                 ON c.owner = k.owner AND c.account = k.account AND c.peer = k.peer CROSS JOIN lk_content AS b ON b.n = c.content",
    },
    write: Insert {
        head: "INSERT INTO lk_conversation (owner, account, peer, last_activity, unread_since, content)",
        tail: "ON CONFLICT (owner, account, peer) DO UPDATE SET \
               last_activity = excluded.last_activity, unread_since = excluded.unread_since, content = excluded.content",
    },
    key: of_conversation,
    columns: conversation_row,
};

const INTENT: Find = Find {
    columns: "owner, id",
    select: "SELECT k.place, i.content, b.size, b.body FROM k CROSS JOIN lk_intent AS i ON i.owner = k.owner AND i.id = k.id \
             CROSS JOIN lk_content AS b ON b.n = i.content",
};

async fn load(db: &Db, connection: &mut SqliteConnection, keys: &Keys) -> Result<(Snapshot, Loaded)> {
    let mut loaded = Loaded::default();
    let (messages, places) = named(db, connection, &MESSAGE.find, &keys.messages, MESSAGE.key, &mut loaded.sizes).await?;
    loaded.messages = places;
    let (conversations, places) =
        named(db, connection, &CONVERSATION.find, &keys.conversations, CONVERSATION.key, &mut loaded.sizes).await?;
    loaded.conversations = places;
    let (intents, _) = named(db, connection, &INTENT, &keys.intents, of_intent, &mut loaded.sizes).await?;
    let comment = comments::TABLE;
    let (comments, places) = named(db, connection, &comment.find, &keys.comments, comment.key, &mut loaded.sizes).await?;
    loaded.comments = places;
    let accounts = accounts::load(db, connection, &keys.accounts).await?;
    Ok((Snapshot { messages, conversations, intents, comments, accounts }, loaded))
}

fn of_message(shared: &mut Shared, key: &MessageKey) -> [Cell; 4] {
    let [owner, account] = of_account(shared, &key.account);
    [owner, account, shared.cell(key.road.as_str()), key.id.as_str().into()]
}

fn of_conversation(shared: &mut Shared, key: &ConversationKey) -> [Cell; 3] {
    let [owner, account] = of_account(shared, &key.account);
    [owner, account, key.peer.as_str().into()]
}

pub(super) fn of_account(shared: &mut Shared, account: &AccountKey) -> [Cell; 2] {
    [shared.cell(account.owner.as_str()), shared.account(&account.account)]
}

fn of_intent(shared: &mut Shared, key: &IntentKey) -> [Cell; 2] {
    [shared.cell(key.owner.as_str()), key.id.to_string().into()]
}

type Named<K, V> = (BTreeMap<K, V>, BTreeMap<K, Slot>);

/// The rows under some keys.
async fn named<K: Ord + Clone + Sync, V: DeserializeOwned, const N: usize>(
    db: &Db,
    connection: &mut SqliteConnection,
    find: &Find,
    keys: &BTreeSet<K>,
    cells: fn(&mut Shared, &K) -> [Cell; N],
    sizes: &mut BTreeMap<Slot, usize>,
) -> Result<Named<K, V>> {
    let (mut found, mut slots) = (BTreeMap::new(), BTreeMap::new());
    let keys: Vec<&K> = keys.iter().collect();
    let mut shared = Shared::default();
    let asked = keys.iter().map(|key| cells(&mut shared, key));
    for (place, row) in &find.all(db, connection, asked, CHANGING).await? {
        if let Some(key) = keys.get(*place) {
            let (slot, size): (Slot, i64) = (row.try_get("content").or_failed(CHANGING)?, row.try_get("size").or_failed(CHANGING)?);
            found.insert((*key).clone(), column::body(row, "body", CHANGING)?);
            slots.insert((*key).clone(), slot);
            sizes.insert(slot, usize::try_from(size).unwrap_or_default());
        }
    }
    Ok((found, slots))
}

impl<K: Ord + Clone + Sync, V: Serialize + DeserializeOwned + Sync, const KEY: usize, const COLUMNS: usize> Table<K, V, KEY, COLUMNS> {
    /// Writes changed rows: their contents first, then their columns.
    async fn put(
        &self,
        db: &Db,
        connection: &mut SqliteConnection,
        changed: &BTreeMap<K, V>,
        asked: &BTreeSet<K>,
        slots: &mut BTreeMap<K, Slot>,
        sizes: &mut BTreeMap<Slot, usize>,
    ) -> Result<()> {
        if changed.is_empty() {
            return Ok(());
        }
        let unasked = unasked(changed, asked);
        slots.extend(named::<K, V, KEY>(db, connection, &self.find, &unasked, self.key, sizes).await?.1);
        let contents = changed.iter().map(|(key, state)| Ok(Kept { slot: slots.get(key).copied(), body: column::json(state, CHANGING)? }));
        let (mut putting, contents) = Putting::begin(db, connection, contents, sizes).await?;
        let mut shared = Shared::default();
        let rows = changed.iter().zip(contents).map(|((key, state), kept)| {
            let (slot, content) = putting.row(kept?);
            Ok((content, (self.columns)(&mut shared, key, state, slot)))
        });
        write_both((&SLOTS, &self.write), db, connection, rows, CHANGING).await?;
        putting.end(db, connection).await
    }
}

/// A step may write what its caller did not name. Both come in order, so that they are gone through side by side.
fn unasked<K: Ord + Clone, V>(changed: &BTreeMap<K, V>, asked: &BTreeSet<K>) -> BTreeSet<K> {
    let mut asked = asked.iter().peekable();
    let mut is_asked = |key: &K| {
        while asked.next_if(|next| *next < key).is_some() {}
        asked.peek() == Some(&key)
    };
    changed.keys().filter(|key| !is_asked(key)).cloned().collect()
}

async fn put(db: &Db, connection: &mut SqliteConnection, change: &Change, keys: &Keys, mut loaded: Loaded) -> Result<()> {
    let sizes = &mut loaded.sizes;
    MESSAGE.put(db, connection, &change.messages, &keys.messages, &mut loaded.messages, sizes).await?;
    CONVERSATION.put(db, connection, &change.conversations, &keys.conversations, &mut loaded.conversations, sizes).await?;
    comments::TABLE.put(db, connection, &change.comments, &keys.comments, &mut loaded.comments, sizes).await?;
    accounts::put(db, connection, &change.accounts).await?;
    notices::put_aliases(db, connection, change).await?;
    notices::wipe(db, connection, change).await?;
    notices::put(db, connection, &change.notices).await?;
    outbox::put(db, connection, change.intents.values(), CHANGING).await?;
    feed::tell(db, connection, &change.happenings).await?;
    activity::record(db, connection, &change.acts).await
}

fn message_row(shared: &mut Shared, key: &MessageKey, state: &Message, slot: Slot) -> [Cell; 9] {
    let known = (state.peer.as_ref(), state.direction, state.at);
    let (peer, outbound, at) = match known {
        (Some(peer), Some(direction), Some(moment)) => {
            (Some(peer.as_str()), Some(i64::from(direction == Direction::Outbound)), Some(column::nanos(moment.at)))
        }
        _ => (None, None, None),
    };
    let unsent = i64::from(state.unsent.is_some());
    let [owner, account, road, id] = of_message(shared, key);
    [owner, account, road, id, peer.into(), outbound.into(), at.into(), unsent.into(), slot.into()]
}

fn conversation_row(shared: &mut Shared, key: &ConversationKey, state: &Conversation, slot: Slot) -> [Cell; 6] {
    let (active, unread) = (state.last_activity.map(column::nanos), state.unread_since().map(column::nanos));
    let [owner, account, peer] = of_conversation(shared, key);
    [owner, account, peer, active.into(), unread.into(), slot.into()]
}
