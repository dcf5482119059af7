//! Taking intents to send them, and what becomes of those whose sender died.

use chrono::{DateTime, Utc};
use link_core::words::feed::{Happening, What};
use link_core::words::rates::RateKind;
use link_core::{AccountKey, ErrorKind, OwnerId, Result};
use link_sync::{Claim, Failure, Intent, IntentState, Priority, Rest, Waiting, in_turn};
use serde_json::{Value, json};
use sqlx::Row as _;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use super::{put, read, told};
use crate::content::{self, Kept, Slot};
use crate::db::Db;
use crate::failure::OrFailed as _;
use crate::{column, feed};

const CLAIMING: &str = "claim intents";
const LAPSING: &str = "mark lapsed intents as unknown";
const READING: &str = "read intents";
const WAKING: &str = "wake intents";

/// True of a turn for which nothing waits any more.
macro_rules! idle {
    () => {
        "NOT EXISTS (SELECT 1 FROM lk_intent AS i WHERE i.owner = lk_turn.owner AND i.account = lk_turn.account AND i.state = 'queued')"
    };
}

/// `o`: of each account with a turn and each kind of `?2`, below which priority nothing of it rests by `?1`. What rests is read once, not once for
/// each turn.
macro_rules! not_resting {
    () => {
        "WITH rest AS MATERIALIZED (SELECT value ->> 0 AS account, value ->> 1 AS kind, min(value ->> 2) AS below FROM json_each(?1) \
         GROUP BY 1, 2), \
         o AS MATERIALIZED (SELECT t.owner, t.account, t.served, k.value AS kind, ifnull(rest.below, 9) AS below \
         FROM lk_turn AS t CROSS JOIN json_each(?2) AS k LEFT JOIN rest ON rest.account = t.account AND rest.kind = k.value) "
    };
}

/// Intents `i` of one `o` that head their conversation, of which none is being sent. A private reply that could not leave at that time itself,
/// because it is not available or rests, is passed.
macro_rules! could_be_taken {
    ($at:literal) => {
        concat!(
            "i.state = 'queued' AND i.owner = o.owner AND i.account = o.account AND i.kind = o.kind AND i.priority < o.below \
             AND NOT EXISTS (SELECT 1 FROM lk_intent AS ahead INDEXED BY lk_intent_ahead WHERE ahead.owner = i.owner \
             AND ahead.account = i.account AND ahead.peer = i.peer AND ahead.state IN ('queued', 'sending') \
             AND (ahead.created_at, ahead.id) < (i.created_at, i.id) \
             AND NOT (ahead.kind IN ('private_reply', 'live_reply') AND (ahead.available_at > ",
            $at,
            " OR EXISTS (SELECT 1 FROM rest WHERE rest.account = ahead.account AND rest.kind = ahead.kind AND rest.below <= ahead.priority)))) \
             AND NOT EXISTS (SELECT 1 FROM lk_intent AS leaving INDEXED BY lk_intent_ahead WHERE leaving.owner = i.owner \
             AND leaving.account = i.account AND leaving.peer = i.peer AND leaving.state IN ('queued', 'sending') \
             AND leaving.state = 'sending')"
        )
    };
}

/// Looks before it takes: what waits can be much, and all of it is looked at, while whoever writes would have to wait.
pub(super) async fn claim(db: &Db, claim: &Claim) -> Result<Vec<Intent>> {
    let mut reading = db.readers().acquire().await.or_failed(CLAIMING)?;
    if waiting(db, &mut reading, claim).await?.is_empty() {
        let idle = is_idle(db, &mut reading).await?;
        drop(reading);
        if idle {
            forget(db).await?;
        }
        return Ok(Vec::new());
    }
    drop(reading);
    let until = column::lease_end(claim.now, claim.lease);
    let mut write = db.write(CLAIMING).await?;
    let chosen = in_turn(waiting(db, &mut write, claim).await?, claim.limit as usize);
    let mut claimed = Vec::with_capacity(chosen.len());
    for waiting in &chosen {
        let sql = "SELECT b.body FROM lk_intent AS i JOIN lk_content AS b ON b.n = i.content WHERE i.n = ?";
        let row = sqlx::query(db.sql(sql)).bind(waiting.of).fetch_one(&mut *write).await.or_failed(CLAIMING)?;
        let Ok(mut intent) = column::body::<Intent>(&row, "body", CLAIMING) else {
            put_aside(db, &mut write, &[waiting.of], claim.now).await?;
            continue;
        };
        intent.priority = waiting.priority;
        intent.claim(claim.now, until);
        claimed.push(intent);
    }
    put(db, &mut write, claimed.iter(), CLAIMING).await?;
    serve(db, &mut write, &chosen, claim.now).await?;
    write.commit().await.or_failed(CLAIMING)?;
    Ok(claimed)
}

/// An intent that does not read can be neither sent nor looked for, and nobody else waits for it: what was not sent has failed, of what may have
/// been sent nobody knows what became. Another version may be able to read it, so that is written where it reads it too.
async fn put_aside(db: &Db, connection: &mut SqliteConnection, unreadable: &[i64], now: DateTime<Utc>) -> Result<()> {
    if unreadable.is_empty() {
        return Ok(());
    }
    end_unread(db, connection, unreadable, now).await?;
    let sql = "UPDATE lk_intent SET state = iif(state = 'queued', 'failed', 'unknown'), until = NULL, look_at = NULL \
               WHERE n IN (SELECT value FROM json_each(?)) RETURNING owner, account, id, state";
    let rows = sqlx::query(db.sql(sql)).bind(column::json(unreadable, CLAIMING)?).fetch_all(&mut *connection).await.or_failed(CLAIMING)?;
    let mut happenings = Vec::with_capacity(rows.len());
    for row in &rows {
        let (owner, account) = (column::word::<OwnerId>(row, "owner", CLAIMING)?, column::account(row, "account", CLAIMING)?);
        let (id, state): (String, String) = (row.try_get("id").or_failed(CLAIMING)?, row.try_get("state").or_failed(CLAIMING)?);
        tracing::error!(%owner, %account, intent = %id, state, "an intent does not read; it is put aside");
        let intent = id.parse().map_err(|_| crate::failure::corrupt(CLAIMING))?;
        happenings.push(Happening::new(owner, Some(account), What::IntentChanged { intent, state }, now));
    }
    feed::tell(db, connection, &happenings).await
}

/// Writes into bodies that do not read here what became of their intents, and leaves everything else in them as it is. What is no object reads
/// nowhere.
async fn end_unread(db: &Db, connection: &mut SqliteConnection, unreadable: &[i64], now: DateTime<Utc>) -> Result<()> {
    let sql = "SELECT i.n, i.state, i.until, i.content, b.body FROM lk_intent AS i JOIN lk_content AS b ON b.n = i.content \
               WHERE i.n IN (SELECT value FROM json_each(?))";
    let rows: Vec<(i64, String, Option<i64>, Slot, String)> =
        sqlx::query_as(db.sql(sql)).bind(column::json(unreadable, CLAIMING)?).fetch_all(&mut *connection).await.or_failed(CLAIMING)?;
    let (mut intents, mut contents) = (Vec::new(), Vec::new());
    for (intent, state, until, slot, body) in rows {
        let Ok(Value::Object(mut body)) = serde_json::from_str(&body) else { continue };
        let end = if state == "queued" { unread() } else { lost(until.map_or(now, column::instant)) };
        body.insert("state".to_owned(), serde_json::to_value(end).map_err(|_| crate::failure::corrupt(CLAIMING))?);
        intents.push(intent);
        contents.push(Kept { slot: Some(slot), body: Value::Object(body).to_string() });
    }
    let slots = content::put(db, connection, contents.into_iter().map(Ok)).await?;
    let moved = Value::Array(intents.iter().zip(slots).map(|(intent, slot)| json!([intent, slot])).collect());
    let sql = "UPDATE lk_intent SET content = m.value ->> 1 FROM json_each(?) AS m WHERE lk_intent.n = m.value ->> 0";
    sqlx::query(db.sql(sql)).bind(moved.to_string()).execute(connection).await.or_failed(CLAIMING)?;
    Ok(())
}

fn unread() -> IntentState {
    let cause = "read what was to be sent: another version of the program wrote it".to_owned();
    IntentState::Failed { failure: Failure::Platform { kind: ErrorKind::Corrupt, code: None, cause, remedy: None } }
}

fn lost(since: DateTime<Utc>) -> IntentState {
    let cause = "read what was being sent: another version of the program wrote it".to_owned();
    IntentState::Unknown { since, cause, absent_as_of: None }
}

/// Of each account that something waits for, and of each kind, as much as could be claimed of it alone.
async fn waiting(db: &Db, connection: &mut SqliteConnection, claim: &Claim) -> Result<Vec<Waiting<i64>>> {
    let sql = concat!(
        not_resting!(),
        "SELECT w.n, w.owner, w.account, w.id, w.created_at, w.priority, o.served FROM o CROSS JOIN lk_intent AS w ON w.n IN \
         (SELECT i.n FROM lk_intent AS i INDEXED BY lk_intent_line WHERE i.available_at <= ?3 AND i.priority <= ?5 AND ",
        could_be_taken!("?3"),
        " ORDER BY i.priority, i.created_at, i.id LIMIT ?4)"
    );
    let rows = sqlx::query(db.sql(sql))
        .bind(rests(&claim.except))
        .bind(kinds())
        .bind(column::nanos(claim.now))
        .bind(claim.limit)
        .bind(claim.lowest.place())
        .fetch_all(connection)
        .await
        .or_failed(CLAIMING)?;
    rows.iter().map(one).collect()
}

fn one(row: &SqliteRow) -> Result<Waiting<i64>> {
    let owner: OwnerId = column::word(row, "owner", CLAIMING)?;
    let id: String = row.try_get("id").or_failed(CLAIMING)?;
    let created_at = column::instant(row.try_get("created_at").or_failed(CLAIMING)?);
    let served: Option<i64> = row.try_get("served").or_failed(CLAIMING)?;
    Ok(Waiting {
        account: AccountKey::new(owner, column::account(row, "account", CLAIMING)?),
        priority: Priority::at_place(row.try_get("priority").or_failed(CLAIMING)?),
        since: (created_at, id.parse().map_err(|_| crate::failure::corrupt(CLAIMING))?),
        served: served.map(column::instant),
        of: row.try_get("n").or_failed(CLAIMING)?,
    })
}

async fn serve(db: &Db, connection: &mut SqliteConnection, chosen: &[Waiting<i64>], now: DateTime<Utc>) -> Result<()> {
    let accounts: Vec<Value> = chosen.iter().map(|waiting| json!([waiting.account.owner, waiting.account.account.to_string()])).collect();
    let sql = "UPDATE lk_turn SET served = ? WHERE (owner, account) IN (SELECT value ->> 0, value ->> 1 FROM json_each(?))";
    let update = sqlx::query(db.sql(sql)).bind(column::nanos(now)).bind(Value::Array(accounts).to_string());
    update.execute(connection).await.or_failed(CLAIMING)?;
    Ok(())
}

/// True if an account has a turn for which nothing waits any more.
async fn is_idle(db: &Db, connection: &mut SqliteConnection) -> Result<bool> {
    let sql = concat!("SELECT EXISTS (SELECT 1 FROM lk_turn WHERE ", idle!(), ")");
    sqlx::query_scalar(db.sql(sql)).fetch_one(connection).await.or_failed(CLAIMING)
}

/// Accounts for which nothing waits any more have no turn.
async fn forget(db: &Db) -> Result<()> {
    let mut write = db.write(CLAIMING).await?;
    sqlx::query(db.sql(concat!("DELETE FROM lk_turn WHERE ", idle!()))).execute(&mut *write).await.or_failed(CLAIMING)?;
    write.commit().await.or_failed(CLAIMING)
}

/// Every kind that something is sent as.
fn kinds() -> String {
    Value::from(RateKind::ALL.map(RateKind::as_str).to_vec()).to_string()
}

/// Who rests, as a query takes it.
fn rests(except: &[Rest]) -> String {
    let one = |rest: &Rest| json!([rest.account.to_string(), rest.kind.as_str(), rest.priority.place()]);
    Value::Array(except.iter().map(one).collect()).to_string()
}

/// When there is next something to do. Only what could be claimed counts: one that waits behind another would wake everybody up for nothing.
pub(super) async fn next(db: &Db, except: &[Rest]) -> Result<Option<DateTime<Utc>>> {
    let sql = concat!(
        not_resting!(),
        "SELECT min(at) FROM (SELECT (SELECT i.available_at FROM lk_intent AS i INDEXED BY lk_intent_due WHERE ",
        could_be_taken!("i.available_at"),
        " ORDER BY i.available_at LIMIT 1) AS at FROM o UNION ALL SELECT min(until) FROM lk_intent WHERE state = 'sending')"
    );
    let select = sqlx::query_scalar(db.sql(sql)).bind(rests(except)).bind(kinds());
    let next: Option<i64> = select.fetch_one(db.readers()).await.or_failed(READING)?;
    Ok(next.map(column::instant))
}

/// Seldom asked, and mostly of nothing: what waits is looked at by a reader before anybody has to wait for a writer.
pub(super) async fn wake(db: &Db, now: DateTime<Utc>) -> Result<u64> {
    let sql = "SELECT i.available_at, i.priority, b.body FROM lk_turn AS t CROSS JOIN lk_intent AS i JOIN lk_content AS b ON b.n = i.content \
               WHERE i.owner = t.owner AND i.account = t.account AND i.state = 'queued' AND i.available_at > ?";
    let rows = sqlx::query(db.sql(sql)).bind(column::nanos(now)).fetch_all(db.readers()).await.or_failed(WAKING)?;
    // One that does not read is put aside when its time has come.
    let waiting: Vec<Intent> = rows.iter().filter_map(|row| read(row, WAKING).ok()).collect();
    let asleep = waiting.iter().filter(|intent| intent.waits_by_a_wrong_clock(now));
    let asleep: Vec<Value> = asleep.map(|intent| json!([intent.account.owner, intent.id.to_string()])).collect();
    if asleep.is_empty() {
        return Ok(0);
    }
    let mut write = db.write(WAKING).await?;
    let sql = "UPDATE lk_intent SET available_at = ?1 WHERE (owner, id) IN (SELECT value ->> 0, value ->> 1 FROM json_each(?2)) \
               AND state = 'queued' AND available_at > ?1";
    let update = sqlx::query(db.sql(sql)).bind(column::nanos(now)).bind(Value::Array(asleep).to_string());
    let woken = update.execute(&mut *write).await.or_failed(WAKING)?.rows_affected();
    write.commit().await.or_failed(WAKING)?;
    Ok(woken)
}

/// Looks before it writes: mostly nothing lapsed, and it is asked before each claim.
pub(super) async fn lapse(db: &Db, now: DateTime<Utc>) -> Result<u64> {
    let due = "SELECT EXISTS (SELECT 1 FROM lk_intent WHERE state = 'sending' AND until <= ?)";
    let is_due: bool = sqlx::query_scalar(db.sql(due)).bind(column::nanos(now)).fetch_one(db.readers()).await.or_failed(LAPSING)?;
    if !is_due {
        return Ok(0);
    }
    let mut write = db.write(LAPSING).await?;
    let sql = "SELECT i.n, b.body FROM lk_intent AS i JOIN lk_content AS b ON b.n = i.content WHERE i.state = 'sending' AND i.until <= ? \
               ORDER BY i.until";
    let rows = sqlx::query(db.sql(sql)).bind(column::nanos(now)).fetch_all(&mut *write).await.or_failed(LAPSING)?;
    let (mut lapsed, mut unreadable) = (Vec::with_capacity(rows.len()), Vec::new());
    for row in &rows {
        match column::body::<Intent>(row, "body", LAPSING) {
            Ok(intent) => lapsed.push(intent),
            Err(_) => unreadable.push(row.try_get("n").or_failed(LAPSING)?),
        }
    }
    put_aside(db, &mut write, &unreadable, now).await?;
    lapsed.iter_mut().for_each(Intent::lapse);
    put(db, &mut write, lapsed.iter(), LAPSING).await?;
    let happenings: Vec<_> = lapsed.iter().map(|intent| told(intent, now)).collect();
    feed::tell(db, &mut write, &happenings).await?;
    write.commit().await.or_failed(LAPSING)?;
    Ok(lapsed.len() as u64)
}
