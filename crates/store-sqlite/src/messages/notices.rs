//! What is kept although it is no message, and which messages it speaks of.

use std::collections::BTreeMap;

use link_core::{MessageKey, Result};
use link_sync::{Change, Message, Notice};
use serde_json::{Value, json};
use sqlx::sqlite::SqliteConnection;

use crate::column;
use crate::content::{self, Kept, Slot};
use crate::db::Db;
use crate::failure::OrFailed as _;

const CHANGING: &str = "change notices";

/// Remembers which rows only say where their message is kept. Hardly any does, and none ever ceases to.
pub(super) async fn put_aliases(db: &Db, connection: &mut SqliteConnection, change: &Change) -> Result<()> {
    let aliases = aliases(change);
    if aliases.is_empty() {
        return Ok(());
    }
    let sql = "INSERT INTO lk_alias (owner, account, road, mid, kept_road, kept_mid) \
               SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5 FROM json_each(?) WHERE true \
               ON CONFLICT (owner, account, road, mid) DO UPDATE SET kept_road = excluded.kept_road, kept_mid = excluded.kept_mid";
    write(db, connection, sql, aliases).await
}

fn aliases(change: &Change) -> Vec<Value> {
    let alias = |(key, message): (&MessageKey, &Message)| {
        let kept = message.same_as.as_ref()?;
        Some(json!([key.account.owner, key.account.account.to_string(), key.road, key.id, kept.road, kept.id]))
    };
    change.messages.iter().filter_map(alias).collect()
}

/// Forgets what was kept of messages that are taken back, by whichever of their ids it names them.
pub(super) async fn wipe(db: &Db, connection: &mut SqliteConnection, change: &Change) -> Result<()> {
    let gone = change.messages.iter().filter(|(_, message)| message.unsent.is_some());
    let gone: Vec<Value> = gone.map(|(key, _)| json!([key.account.owner, key.account.account.to_string(), key.road, key.id])).collect();
    // What turns out to be another road's may have been taken back there before.
    let moved = aliases(change);
    if gone.is_empty() && moved.is_empty() {
        return Ok(());
    }
    // Where it is kept may itself turn out to be an id only.
    let sql = "WITH RECURSIVE place (owner, account, road, mid) AS ( \
               SELECT value ->> 0, value ->> 1, value ->> 4, value ->> 5 FROM json_each(?2) \
               UNION SELECT a.owner, a.account, a.kept_road, a.kept_mid FROM place CROSS JOIN lk_alias AS a \
               ON a.owner = place.owner AND a.account = place.account AND a.road = place.road AND a.mid = place.mid), \
               gone (owner, account, road, mid) AS ( \
               SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM json_each(?1) \
               UNION SELECT m.owner, m.account, m.road, m.mid FROM place CROSS JOIN lk_message AS m \
               ON m.owner = place.owner AND m.account = place.account AND m.road = place.road AND m.mid = place.mid WHERE m.unsent = 1 \
               UNION SELECT a.owner, a.account, a.road, a.mid FROM gone CROSS JOIN lk_alias AS a \
               ON a.owner = gone.owner AND a.account = gone.account AND a.kept_road = gone.road AND a.kept_mid = gone.mid) \
               DELETE FROM lk_notice WHERE n IN (SELECT n.n FROM gone AS g CROSS JOIN lk_notice AS n \
               ON n.owner = g.owner AND n.account = g.account AND n.road = g.road AND n.mid = g.mid) RETURNING content";
    let query = sqlx::query_scalar(db.sql(sql)).bind(Value::Array(gone).to_string()).bind(Value::Array(moved).to_string());
    let slots: Vec<Slot> = query.fetch_all(&mut *connection).await.or_failed(CHANGING)?;
    content::blank(db, connection, slots).await
}

/// Keeps the notices that are not kept yet.
pub(super) async fn put(db: &Db, connection: &mut SqliteConnection, notices: &[Notice]) -> Result<()> {
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
    let contents = new.values().map(|notice| Ok(Kept { slot: None, body: column::json(notice, CHANGING)? }));
    let slots = content::put(db, connection, contents).await?;
    let rows = new.into_iter().zip(slots);
    let rows = rows.map(|(((owner, account, digest), notice), slot)| {
        json!([owner, account, digest, column::nanos(notice.at), slot, notice.road, notice.message])
    });
    let sql = "INSERT INTO lk_notice (owner, account, digest, at, content, road, mid) SELECT value ->> 0, value ->> 1, value ->> 2, \
               value ->> 3, value ->> 4, value ->> 5, value ->> 6 FROM json_each(?)";
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

async fn write(db: &Db, connection: &mut SqliteConnection, sql: &'static str, rows: Vec<Value>) -> Result<()> {
    sqlx::query(db.sql(sql)).bind(Value::Array(rows).to_string()).execute(connection).await.or_failed(CHANGING)?;
    Ok(())
}
