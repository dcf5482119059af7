//! Reads: the view is a condition inside the query, before anything is counted or paged.

use std::collections::{BTreeMap, BTreeSet};

use link_core::words::page::{Page, PageQuery};
use link_core::words::view::Fields;
use link_core::{AccountKey, ConversationKey, MessageKey, Result, View};
use link_sync::{ConversationRow, Message, MessageQuery, MessageRow, Notice, Person, Tellers};
use serde_json::{Value, json};
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use crate::db::Db;
use crate::failure::OrFailed as _;
use crate::visible::Visible;
use crate::{column, paging};

const CONVERSATIONS: &str = "read conversations";
const MESSAGES: &str = "read messages";
const NOTICES: &str = "read notices";

/// Behind every row there is.
const FIRST: i64 = i64::MAX;

/// A conversation with what is derived from its messages. `?3` says whether texts are shown: what is not shown is not even read.
macro_rules! derived {
    ($rest:literal) => {
        concat!(
            "SELECT c.account, c.peer, c.last_activity, b.body, \
             (SELECT count(*) FROM lk_message AS m WHERE m.owner = c.owner AND m.account = c.account AND m.peer = c.peer \
             AND m.at > coalesce(c.unread_since, -9223372036854775808) AND m.outbound = 0 AND m.unsent = 0) AS unread, \
             CASE WHEN ?3 THEN (SELECT s.body FROM lk_message AS m JOIN lk_content AS s ON s.n = m.content WHERE m.owner = c.owner AND m.account = c.account \
             AND m.peer = c.peer ORDER BY m.at DESC, m.road DESC, m.mid DESC LIMIT 1) END AS newest \
             FROM lk_conversation AS c JOIN lk_content AS b ON b.n = c.content WHERE c.owner = ?1 AND c.last_activity IS NOT NULL \
             AND (?2 IS NULL OR c.account IN (SELECT value FROM json_each(?2))) ",
            $rest
        )
    };
}

pub(super) async fn conversations(db: &Db, view: &View, page: &PageQuery) -> Result<Page<ConversationRow>> {
    let sql = derived!(
        "AND (c.last_activity, c.account, c.peer) < (?4, ?5, ?6) \
         ORDER BY c.last_activity DESC, c.account DESC, c.peer DESC LIMIT ?7"
    );
    let rows = newest_first(db, view, page, sql, view.fields.text).await?;
    let items = rows.items.iter().map(|row| conversation_row(row, view)).collect::<Result<_>>()?;
    Ok(Page::new(items, rows.next))
}

pub(super) async fn people(db: &Db, view: &View, page: &PageQuery) -> Result<Page<Person>> {
    let sql = "SELECT c.account, c.peer, c.last_activity, b.body, 0 AS unread, NULL AS newest \
               FROM lk_conversation AS c JOIN lk_content AS b ON b.n = c.content WHERE c.owner = ?1 AND c.last_activity IS NOT NULL \
               AND (?2 IS NULL OR c.account IN (SELECT value FROM json_each(?2))) AND ?3 IS NOT NULL \
               AND (c.last_activity, c.account, c.peer) < (?4, ?5, ?6) \
               ORDER BY c.last_activity DESC, c.account DESC, c.peer DESC LIMIT ?7";
    let rows = newest_first(db, view, page, sql, false).await?;
    let people = rows.items.iter().map(|row| Ok(Person::single(&conversation_row(row, view)?)));
    Ok(Page::new(people.filter_map(Result::transpose).collect::<Result<_>>()?, rows.next))
}

async fn newest_first(db: &Db, view: &View, page: &PageQuery, sql: &'static str, texts: bool) -> Result<Page<SqliteRow>> {
    let visible = Visible::of(view);
    let (at, account, peer): (i64, String, String) =
        paging::place(page, CONVERSATIONS)?.unwrap_or_else(|| (FIRST, String::new(), String::new()));
    let mut rows = sqlx::query(db.sql(sql))
        .bind(visible.owner)
        .bind(visible.accounts)
        .bind(texts)
        .bind(at)
        .bind(account)
        .bind(peer)
        .bind(page.limit() + 1)
        .fetch_all(db.readers())
        .await
        .or_failed(CONVERSATIONS)?;
    let next = paging::cut(&mut rows, page, |last| {
        let (account, peer): (String, String) =
            (last.try_get("account").or_failed(CONVERSATIONS)?, last.try_get("peer").or_failed(CONVERSATIONS)?);
        Ok((last.try_get::<i64, _>("last_activity").or_failed(CONVERSATIONS)?, account, peer))
    })?;
    Ok(Page::new(rows, next))
}

pub(super) async fn conversation(db: &Db, view: &View, key: &ConversationKey) -> Result<Option<ConversationRow>> {
    if key.account.owner != view.owner {
        return Ok(None);
    }
    let visible = Visible::of(view);
    let row = sqlx::query(db.sql(derived!("AND c.account = ?4 AND c.peer = ?5")))
        .bind(visible.owner)
        .bind(visible.accounts)
        .bind(view.fields.text)
        .bind(key.account.account.to_string())
        .bind(key.peer.as_str())
        .fetch_optional(db.readers())
        .await
        .or_failed(CONVERSATIONS)?;
    row.map(|row| conversation_row(&row, view)).transpose()
}

fn conversation_row(row: &SqliteRow, view: &View) -> Result<ConversationRow> {
    let account = AccountKey::new(view.owner.clone(), column::account(row, "account", CONVERSATIONS)?);
    let key = ConversationKey { account, peer: column::word(row, "peer", CONVERSATIONS)? };
    let newest: Option<&str> = row.try_get("newest").or_failed(CONVERSATIONS)?;
    let newest: Option<Message> = newest.map(|_| column::body(row, "newest", CONVERSATIONS)).transpose()?;
    let snippet = newest.and_then(|message| message.text().map(str::to_owned));
    let unread: i64 = row.try_get("unread").or_failed(CONVERSATIONS)?;
    let unread = u32::try_from(unread).unwrap_or(u32::MAX);
    Ok(ConversationRow::new(key, column::body(row, "body", CONVERSATIONS)?, snippet, unread, view))
}

pub(super) async fn messages(db: &Db, view: &View, query: &MessageQuery) -> Result<Page<MessageRow>> {
    let (account, page) = (&query.conversation.account, &query.page);
    if account.owner != view.owner {
        return Ok(Page::empty());
    }
    let visible = Visible::of(view);
    // A time is a place before every message of that time.
    let start = query.until.map_or(FIRST, column::nanos);
    let (at, road, mid): (i64, String, String) = paging::place(page, MESSAGES)?.unwrap_or_else(|| (start, String::new(), String::new()));
    let sql = "SELECT account, road, mid, at, body FROM lk_message JOIN lk_content AS b ON b.n = content WHERE owner = ?1 AND account = ?3 AND peer = ?4 \
               AND (?2 IS NULL OR account IN (SELECT value FROM json_each(?2))) \
               AND at >= ?5 AND (at, road, mid) < (?6, ?7, ?8) ORDER BY at DESC, road DESC, mid DESC LIMIT ?9";
    let mut rows = sqlx::query(db.sql(sql))
        .bind(visible.owner)
        .bind(visible.accounts)
        .bind(account.account.to_string())
        .bind(query.conversation.peer.as_str())
        .bind(query.since.map_or(i64::MIN, column::nanos))
        .bind(at)
        .bind(road)
        .bind(mid)
        .bind(page.limit() + 1)
        .fetch_all(db.readers())
        .await
        .or_failed(MESSAGES)?;
    let next = paging::cut(&mut rows, page, |last| {
        let (road, mid): (String, String) = (last.try_get("road").or_failed(MESSAGES)?, last.try_get("mid").or_failed(MESSAGES)?);
        Ok((last.try_get::<i64, _>("at").or_failed(MESSAGES)?, road, mid))
    })?;
    Ok(Page::new(rows.iter().map(|row| message_row(row, view)).collect::<Result<_>>()?, next))
}

pub(super) async fn message(db: &Db, view: &View, key: &MessageKey) -> Result<Option<MessageRow>> {
    if key.account.owner != view.owner {
        return Ok(None);
    }
    let visible = Visible::of(view);
    let sql = "SELECT account, road, mid, body FROM lk_message JOIN lk_content AS b ON b.n = content WHERE owner = ?1 AND account = ?3 AND road = ?4 AND mid = ?5 \
               AND peer IS NOT NULL AND (?2 IS NULL OR account IN (SELECT value FROM json_each(?2)))";
    let row = sqlx::query(db.sql(sql))
        .bind(visible.owner)
        .bind(visible.accounts)
        .bind(key.account.account.to_string())
        .bind(key.road.as_str())
        .bind(key.id.as_str())
        .fetch_optional(db.readers())
        .await
        .or_failed(MESSAGES)?;
    row.map(|row| message_row(&row, view)).transpose()
}

pub(super) async fn known(db: &Db, view: &View, keys: &[MessageKey]) -> Result<BTreeMap<MessageKey, Tellers>> {
    let shown: Vec<&MessageKey> = keys.iter().filter(|key| key.account.owner == view.owner && view.shows(&key.account.account)).collect();
    if shown.is_empty() {
        return Ok(BTreeMap::new());
    }
    // What is kept under another road's id is looked for there.
    let sql = "SELECT k.key AS place, coalesce(kept.body, b.body) ->> '$.told' AS told FROM json_each(?2) AS k CROSS JOIN lk_message AS m \
               ON m.owner = ?1 AND m.account = k.value ->> 0 AND m.road = k.value ->> 1 AND m.mid = k.value ->> 2 \
               CROSS JOIN lk_content AS b ON b.n = m.content \
               LEFT JOIN lk_message AS a ON a.owner = ?1 AND a.account = m.account AND a.road = b.body ->> '$.same_as.road' \
               AND a.mid = b.body ->> '$.same_as.id' AND m.peer IS NULL LEFT JOIN lk_content AS kept ON kept.n = a.content \
               WHERE m.peer IS NOT NULL OR a.peer IS NOT NULL";
    let asked = shown.iter().map(|key| json!([key.account.account.to_string(), key.road, key.id])).collect::<Vec<_>>();
    let query = sqlx::query(db.sql(sql)).bind(view.owner.as_str()).bind(Value::from(asked).to_string());
    let mut known = BTreeMap::new();
    for row in query.fetch_all(db.readers()).await.or_failed(MESSAGES)? {
        let place: i64 = row.try_get("place").or_failed(MESSAGES)?;
        let told: Option<&str> = row.try_get("told").or_failed(MESSAGES)?;
        let told = told.map(|_| column::body(&row, "told", MESSAGES)).transpose()?.unwrap_or_default();
        if let Some(key) = usize::try_from(place).ok().and_then(|place| shown.get(place)) {
            known.insert((*key).clone(), told);
        }
    }
    Ok(known)
}

pub(super) async fn aliases(db: &Db, view: &View, kept: &[MessageKey]) -> Result<BTreeMap<MessageKey, BTreeSet<MessageKey>>> {
    let shown: Vec<&MessageKey> = kept.iter().filter(|key| key.account.owner == view.owner && view.shows(&key.account.account)).collect();
    if shown.is_empty() {
        return Ok(BTreeMap::new());
    }
    let sql = "WITH RECURSIVE told (place, account, road, mid, asked) AS ( \
               SELECT key, value ->> 0, value ->> 1, value ->> 2, 1 FROM json_each(?2) \
               UNION SELECT t.place, a.account, a.road, a.mid, 0 FROM told AS t CROSS JOIN lk_alias AS a \
               ON a.owner = ?1 AND a.account = t.account AND a.kept_road = t.road AND a.kept_mid = t.mid) \
               SELECT place, road, mid FROM told WHERE asked = 0";
    let asked = shown.iter().map(|key| json!([key.account.account.to_string(), key.road, key.id])).collect::<Vec<_>>();
    let query = sqlx::query(db.sql(sql)).bind(view.owner.as_str()).bind(Value::from(asked).to_string());
    let mut aliases = BTreeMap::<_, BTreeSet<_>>::new();
    for row in query.fetch_all(db.readers()).await.or_failed(MESSAGES)? {
        let place: i64 = row.try_get("place").or_failed(MESSAGES)?;
        let Some(kept) = usize::try_from(place).ok().and_then(|place| shown.get(place)) else { continue };
        let (road, id) = (column::word(&row, "road", MESSAGES)?, column::word(&row, "mid", MESSAGES)?);
        aliases.entry((*kept).clone()).or_default().insert(MessageKey { account: kept.account.clone(), road, id });
    }
    Ok(aliases)
}

fn message_row(row: &SqliteRow, view: &View) -> Result<MessageRow> {
    let account = AccountKey::new(view.owner.clone(), column::account(row, "account", MESSAGES)?);
    let key = MessageKey { account, road: column::word(row, "road", MESSAGES)?, id: column::word(row, "mid", MESSAGES)? };
    Ok(MessageRow::new(key, column::body(row, "body", MESSAGES)?, view))
}

pub(super) async fn notices(db: &Db, view: &View, page: &PageQuery) -> Result<Page<Notice>> {
    if view.fields != Fields::ALL {
        return Ok(Page::empty());
    }
    let visible = Visible::of(view);
    let (at, digest, account): (i64, String, String) =
        paging::place(page, NOTICES)?.unwrap_or_else(|| (FIRST, String::new(), String::new()));
    let sql = "SELECT at, digest, account, body FROM lk_notice JOIN lk_content AS b ON b.n = content WHERE owner = ?1 AND (?2 IS NULL OR account IN (SELECT value FROM json_each(?2))) \
               AND (at, digest, account) < (?3, ?4, ?5) ORDER BY at DESC, digest DESC, account DESC LIMIT ?6";
    let mut rows = sqlx::query(db.sql(sql))
        .bind(visible.owner)
        .bind(visible.accounts)
        .bind(at)
        .bind(digest)
        .bind(account)
        .bind(page.limit() + 1)
        .fetch_all(db.readers())
        .await
        .or_failed(NOTICES)?;
    let next = paging::cut(&mut rows, page, |last| {
        let (digest, account): (String, String) = (last.try_get("digest").or_failed(NOTICES)?, last.try_get("account").or_failed(NOTICES)?);
        Ok((last.try_get::<i64, _>("at").or_failed(NOTICES)?, digest, account))
    })?;
    Ok(Page::new(rows.iter().map(|row| column::body(row, "body", NOTICES)).collect::<Result<_>>()?, next))
}
