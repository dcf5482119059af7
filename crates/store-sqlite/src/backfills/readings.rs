//! How far each conversation of a backfill was read.

use link_core::linking::connection::ConnectionKey;
use link_core::{AccountKey, Result, ScopedId, View};
use link_sync::{Reading, ReadingState, Tally};
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{Row as _, SqliteExecutor};

use crate::column;
use crate::db::Db;
use crate::failure::OrFailed as _;
use crate::visible::Visible;

const KEEPING: &str = "keep how far conversations were read";
const READING: &str = "read how far conversations were read";

/// What a reading must be of to count: the backfill's reading of the list, or a later one.
const COUNTS: &str =
    "r.round >= (SELECT since_round FROM lk_backfill b WHERE b.owner = r.owner AND b.account = r.account AND b.road = r.road)";

/// Writes some as a part of a transaction.
pub(super) async fn write(db: &Db, key: &ConnectionKey, readings: &[Reading], connection: &mut SqliteConnection) -> Result<()> {
    let sql = "INSERT INTO lk_backfill_reading (owner, account, road, peer, round, rank, given_up, done, expected, body) \
               VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (owner, account, road, peer) DO UPDATE SET round = excluded.round, \
               rank = excluded.rank, given_up = excluded.given_up, done = excluded.done, expected = excluded.expected, body = excluded.body";
    for reading in readings {
        let waits = reading.state == ReadingState::Waiting;
        let rank = waits.then(|| reading.updated.map_or(i64::MIN, column::nanos));
        let expected = if waits { reading.expected } else { Some(reading.read) };
        sqlx::query(db.sql(sql))
            .bind(key.account.owner.as_str())
            .bind(key.account.account.to_string())
            .bind(key.road.as_str())
            .bind(reading.peer.as_str())
            .bind(i64::from(reading.round))
            .bind(rank)
            .bind(reading.state == ReadingState::GivenUp)
            .bind(i64::from(reading.read))
            .bind(expected.map(i64::from))
            .bind(column::json(reading, KEEPING)?)
            .execute(&mut *connection)
            .await
            .or_failed(KEEPING)?;
    }
    Ok(())
}

pub(super) async fn waiting(db: &Db, key: &ConnectionKey, limit: u32, from: impl SqliteExecutor<'_>) -> Result<Vec<Reading>> {
    let sql = format!(
        "SELECT body FROM lk_backfill_reading r WHERE owner = ?1 AND account = ?2 AND road = ?3 AND rank IS NOT NULL AND {COUNTS} \
         ORDER BY rank DESC LIMIT ?4"
    );
    let query = sqlx::query(db.composed(sql))
        .bind(key.account.owner.as_str())
        .bind(key.account.account.to_string())
        .bind(key.road.as_str())
        .bind(i64::from(limit));
    bodies(&query.fetch_all(from).await.or_failed(READING)?)
}

pub(super) async fn of(db: &Db, key: &ConnectionKey, peers: &[ScopedId], from: impl SqliteExecutor<'_>) -> Result<Vec<Reading>> {
    let peers: Vec<&str> = peers.iter().map(ScopedId::as_str).collect();
    let sql = format!(
        "SELECT body FROM lk_backfill_reading r WHERE owner = ?1 AND account = ?2 AND road = ?3 \
         AND peer IN (SELECT value FROM json_each(?4)) AND {COUNTS}"
    );
    let query = sqlx::query(db.composed(sql))
        .bind(key.account.owner.as_str())
        .bind(key.account.account.to_string())
        .bind(key.road.as_str())
        .bind(column::json(&peers, READING)?);
    bodies(&query.fetch_all(from).await.or_failed(READING)?)
}

pub(super) async fn tallies(db: &Db, view: &View) -> Result<Vec<(ConnectionKey, Tally)>> {
    let visible = Visible::of(view);
    let sql = format!(
        "SELECT account, road, count(*) AS conversations, count(rank) AS waiting, sum(given_up) AS given_up, sum(done) AS done, \
         CASE WHEN count(expected) = count(*) THEN sum(expected) END AS expected FROM lk_backfill_reading r WHERE owner = ?1 \
         AND (?2 IS NULL OR account IN (SELECT value FROM json_each(?2))) AND {COUNTS} GROUP BY account, road ORDER BY account, road"
    );
    let query = sqlx::query(db.composed(sql)).bind(visible.owner).bind(visible.accounts);
    let rows = query.fetch_all(db.readers()).await.or_failed(READING)?;
    let tally = |row: &SqliteRow| {
        let count = |name| Ok(column::count(row.try_get(name).or_failed(READING)?));
        let expected: Option<i64> = row.try_get("expected").or_failed(READING)?;
        let account = AccountKey::new(view.owner.clone(), column::account(row, "account", READING)?);
        let tally = Tally::new(count("conversations")?, count("done")?).standing(count("waiting")?, count("given_up")?);
        Ok((ConnectionKey { account, road: column::word(row, "road", READING)? }, tally.expecting(expected.map(column::count))))
    };
    rows.iter().map(tally).collect()
}

fn bodies(rows: &[SqliteRow]) -> Result<Vec<Reading>> {
    rows.iter().map(|row| column::body(row, "body", READING)).collect()
}
