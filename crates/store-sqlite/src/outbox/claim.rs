//! Taking intents to send them, and what becomes of those whose sender died.

use chrono::{DateTime, Utc};
use link_core::{AccountKey, OwnerId, Result};
use link_sync::{Claim, Intent, Priority, Rest, Waiting, in_turn};
use serde_json::{Value, json};
use sqlx::Row as _;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use super::{put, told};
use crate::db::Db;
use crate::failure::OrFailed as _;
use crate::{column, feed};

const CLAIMING: &str = "claim intents";
const LAPSING: &str = "mark lapsed intents as unknown";
const READING: &str = "read intents";

/// True of an intent `i` that heads its conversation, of which none is being sent, and that rests by none of `?1`.
macro_rules! could_be_taken {
    () => {
        "i.state = 'queued' AND NOT EXISTS \
         (SELECT 1 FROM lk_intent AS ahead WHERE ahead.owner = i.owner AND ahead.account = i.account AND ahead.peer = i.peer \
         AND ahead.state IN ('queued', 'sending') \
         AND (ahead.state = 'sending' OR (ahead.created_at, ahead.id) < (i.created_at, i.id))) \
         AND NOT EXISTS (SELECT 1 FROM json_each(?1) AS rest WHERE rest.value ->> 0 = i.account AND rest.value ->> 1 = i.kind \
         AND i.priority >= rest.value ->> 2)"
    };
}

pub(super) async fn claim(db: &Db, claim: &Claim) -> Result<Vec<Intent>> {
    let until = column::lease_end(claim.now, claim.lease);
    let mut write = db.write(CLAIMING).await?;
    let chosen = in_turn(waiting(db, &mut write, claim).await?, claim.limit as usize);
    if chosen.is_empty() {
        forget(db, &mut write).await?;
        write.commit().await.or_failed(CLAIMING)?;
        return Ok(Vec::new());
    }
    let mut claimed = Vec::with_capacity(chosen.len());
    for waiting in &chosen {
        let sql = "SELECT b.body FROM lk_intent AS i JOIN lk_content AS b ON b.n = i.content WHERE i.n = ?";
        let row = sqlx::query(db.sql(sql)).bind(waiting.of).fetch_one(&mut *write).await.or_failed(CLAIMING)?;
        let mut intent: Intent = column::body(&row, "body", CLAIMING)?;
        intent.priority = waiting.priority;
        intent.claim(claim.now, until);
        claimed.push(intent);
    }
    put(db, &mut write, claimed.iter(), CLAIMING).await?;
    serve(db, &mut write, &chosen, claim.now).await?;
    write.commit().await.or_failed(CLAIMING)?;
    Ok(claimed)
}

/// Of each account that something waits for, as much as could be claimed of it alone.
async fn waiting(db: &Db, connection: &mut SqliteConnection, claim: &Claim) -> Result<Vec<Waiting<i64>>> {
    let sql = concat!(
        "SELECT w.n, w.owner, w.account, w.id, w.created_at, w.priority, t.served FROM lk_turn AS t CROSS JOIN lk_intent AS w ON w.n IN \
         (SELECT i.n FROM lk_intent AS i WHERE i.owner = t.owner AND i.account = t.account AND i.available_at <= ?2 AND ",
        could_be_taken!(),
        " ORDER BY i.priority, i.created_at, i.id LIMIT ?3)"
    );
    let rows = sqlx::query(db.sql(sql))
        .bind(rests(&claim.except))
        .bind(column::nanos(claim.now))
        .bind(claim.limit)
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

/// Accounts for which nothing waits any more have no turn.
async fn forget(db: &Db, connection: &mut SqliteConnection) -> Result<()> {
    let sql = "DELETE FROM lk_turn WHERE NOT EXISTS \
               (SELECT 1 FROM lk_intent AS i WHERE i.owner = lk_turn.owner AND i.account = lk_turn.account AND i.state = 'queued')";
    sqlx::query(db.sql(sql)).execute(connection).await.or_failed(CLAIMING)?;
    Ok(())
}

/// Who rests, as a query takes it.
fn rests(except: &[Rest]) -> String {
    let one = |rest: &Rest| json!([rest.account.to_string(), rest.kind.as_str(), rest.priority.place()]);
    Value::Array(except.iter().map(one).collect()).to_string()
}

/// When there is next something to do. Only what could be claimed counts: one that waits behind another would wake everybody up for nothing.
pub(super) async fn next(db: &Db, except: &[Rest]) -> Result<Option<DateTime<Utc>>> {
    let sql = concat!(
        "SELECT min(at) FROM (SELECT min(i.available_at) AS at FROM lk_intent AS i WHERE ",
        could_be_taken!(),
        " UNION ALL SELECT min(until) FROM lk_intent WHERE state = 'sending')"
    );
    let next: Option<i64> = sqlx::query_scalar(db.sql(sql)).bind(rests(except)).fetch_one(db.readers()).await.or_failed(READING)?;
    Ok(next.map(column::instant))
}

pub(super) async fn lapse(db: &Db, now: DateTime<Utc>) -> Result<u64> {
    let mut write = db.write(LAPSING).await?;
    let sql = "SELECT body FROM lk_intent JOIN lk_content AS b ON b.n = content WHERE state = 'sending' AND until <= ? ORDER BY until";
    let rows = sqlx::query(db.sql(sql)).bind(column::nanos(now)).fetch_all(&mut *write).await.or_failed(LAPSING)?;
    let mut lapsed = rows.iter().map(|row| column::body(row, "body", LAPSING)).collect::<Result<Vec<Intent>>>()?;
    lapsed.iter_mut().for_each(Intent::lapse);
    put(db, &mut write, lapsed.iter(), LAPSING).await?;
    let happenings: Vec<_> = lapsed.iter().map(|intent| told(intent, now)).collect();
    feed::tell(db, &mut write, &happenings).await?;
    write.commit().await.or_failed(LAPSING)?;
    Ok(lapsed.len() as u64)
}
