//! Taking intents of which nobody knows what became of them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use link_core::{Error, Result};
use link_sync::Intent;
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{FromRow as _, Row as _};

use super::put;
use crate::column;
use crate::db::Db;
use crate::failure::OrFailed as _;

const CLAIMING: &str = "claim intents to look for";
/// How often it is looked for what another version left.
const EACH: TimeDelta = TimeDelta::hours(1);

/// When it was last looked for what another version left.
pub(super) type TakenUp = Mutex<Option<DateTime<Utc>>>;

/// Every unknown intent of the conversation that was longest to be looked for. Where one of them does not read none is looked for: how many equal
/// messages there should be is then known to nobody, and they stay unknown, unless a version that reads all of them [takes them up](take_up).
pub(super) async fn claim(db: &Db, now: DateTime<Utc>, lease: Duration) -> Result<Vec<Intent>> {
    let mut write = db.write(CLAIMING).await?;
    let mut taken = loop {
        let Some((conversation, rows)) = longest(db, &mut write, now).await? else { break Vec::new() };
        match rows.iter().map(|row| column::body(row, "body", CLAIMING)).collect::<Result<Vec<Intent>>>() {
            Ok(taken) => break taken,
            Err(error) => leave(db, &mut write, &conversation, &error).await?,
        }
    };
    let until = column::lease_end(now, lease);
    for intent in taken.iter_mut().filter(|intent| intent.look_at().is_some()) {
        intent.available_at = until;
    }
    put(db, &mut write, taken.iter(), CLAIMING).await?;
    write.commit().await.or_failed(CLAIMING)?;
    Ok(taken)
}

/// What a version that could not read it left alone reads here perhaps, and is looked for again: of a conversation in which all that is unknown
/// reads, or it would only be left once more. A reader looks for it, when the program begins and once an hour, since the other version may write
/// beside this one.
pub(super) async fn take_up(db: &Db, taken_up: &TakenUp, now: DateTime<Utc>) -> Result<()> {
    let last = *taken_up.lock().unwrap_or_else(PoisonError::into_inner);
    if last.is_some_and(|last| (last..last + EACH).contains(&now)) {
        return Ok(());
    }
    let mut reading = db.readers().acquire().await.or_failed(CLAIMING)?;
    let is_none = left(db, &mut reading).await?.is_empty();
    drop(reading);
    if !is_none {
        let mut write = db.write(CLAIMING).await?;
        let left = left(db, &mut write).await?;
        put(db, &mut write, left.iter(), CLAIMING).await?;
        write.commit().await.or_failed(CLAIMING)?;
        tracing::info!(intents = left.len(), "what another version could not read is looked for again");
    }
    *taken_up.lock().unwrap_or_else(PoisonError::into_inner) = Some(now);
    Ok(())
}

/// What is to be looked for, though its row does not say so.
async fn left(db: &Db, connection: &mut SqliteConnection) -> Result<Vec<Intent>> {
    let sql = "SELECT i.owner, i.account, i.peer, i.look_at, b.body FROM lk_intent AS i JOIN lk_content AS b ON b.n = i.content \
               WHERE i.state = 'unknown' AND (i.owner, i.account, i.peer) IN \
               (SELECT owner, account, peer FROM lk_intent WHERE state = 'unknown' AND look_at IS NULL)";
    let rows = sqlx::query(db.sql(sql)).fetch_all(connection).await.or_failed(CLAIMING)?;
    let (mut left, mut unreadable) = (BTreeMap::<Conversation, Vec<Intent>>::new(), BTreeSet::new());
    for row in &rows {
        let conversation = Conversation::from_row(row).or_failed(CLAIMING)?;
        match column::body::<Intent>(row, "body", CLAIMING) {
            Err(_) => {
                unreadable.insert(conversation);
            }
            Ok(intent) => {
                let stands: Option<i64> = row.try_get("look_at").or_failed(CLAIMING)?;
                if stands.is_none() && intent.look_at().is_some() {
                    left.entry(conversation).or_default().push(intent);
                }
            }
        }
    }
    Ok(left.into_iter().filter(|(conversation, _)| !unreadable.contains(conversation)).flat_map(|(_, intents)| intents).collect())
}

/// Owner, account and person, as they stand in their columns.
type Conversation = (String, String, String);

async fn longest(db: &Db, connection: &mut SqliteConnection, now: DateTime<Utc>) -> Result<Option<(Conversation, Vec<SqliteRow>)>> {
    let due = "SELECT owner, account, peer FROM lk_intent WHERE look_at <= ? ORDER BY look_at, id LIMIT 1";
    let first = sqlx::query_as(db.sql(due)).bind(column::nanos(now)).fetch_optional(&mut *connection).await.or_failed(CLAIMING)?;
    let Some((owner, account, peer)): Option<Conversation> = first else { return Ok(None) };
    let sql = "SELECT b.body FROM lk_intent AS i JOIN lk_content AS b ON b.n = i.content WHERE i.owner = ? AND i.account = ? AND i.peer = ? \
               AND i.state = 'unknown' ORDER BY i.created_at, i.id";
    let rows = sqlx::query(db.sql(sql)).bind(&owner).bind(&account).bind(&peer).fetch_all(connection).await.or_failed(CLAIMING)?;
    Ok(Some(((owner, account, peer), rows)))
}

async fn leave(db: &Db, connection: &mut SqliteConnection, (owner, account, peer): &Conversation, error: &Error) -> Result<()> {
    tracing::error!(%error, %owner, %account, "an intent of a conversation does not read; none of it is looked for");
    let sql = "UPDATE lk_intent SET look_at = NULL WHERE owner = ? AND account = ? AND peer = ? AND look_at IS NOT NULL";
    sqlx::query(db.sql(sql)).bind(owner).bind(account).bind(peer).execute(connection).await.or_failed(CLAIMING)?;
    Ok(())
}
