//! The journal: a table that is appended to in groups.

mod append;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use link_core::words::envelope::{Envelope, Lane, Poisoned};
use link_core::words::journal::{self as port, Claimed, JournalFigures, Sequence, Settlement, TakenBack};
use link_core::{AccountKey, Result};
use serde_json::json;
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

pub(crate) use self::append::Appender;
use self::append::Entry;
use crate::column;
use crate::db::{Db, Write};
use crate::failure::{self, OrFailed as _};

const APPENDING: &str = "append to the journal";
const CLAIMING: &str = "claim from the journal";
const SETTLING: &str = "settle in the journal";
const PURGING: &str = "purge a lane of the journal";
const WIPING: &str = "wipe what was taken back from the journal";
const FORGETTING: &str = "forget settled envelopes";
const COUNTING: &str = "count the journal";

/// How many settled envelopes are forgotten in one transaction, so that an append never waits for all of them.
const FORGOTTEN_AT_ONCE: u32 = 2_000;

/// Lays the table out on cleared pages. `secure_delete` clears rows that are deleted, but not the copies that SQLite leaves in the free
/// part of a page whenever it moves a row to another one; deleting all rows at once clears whole pages, and rows that are then put back
/// in order never move.
const LAID_OUT_ANEW: [&str; 4] = [
    "CREATE TEMP TABLE lk_journal_kept AS SELECT * FROM main.lk_journal",
    "DELETE FROM main.lk_journal",
    "INSERT INTO main.lk_journal SELECT * FROM temp.lk_journal_kept ORDER BY seq",
    "DROP TABLE temp.lk_journal_kept",
];

/// True of an envelope that speaks of `t`. An id stands in JSON as it is, or with its slashes escaped.
macro_rules! speaks_of {
    () => {
        "(t.value ->> 5 OR lk_journal.peer IS t.value ->> 2) AND lk_journal.owner = t.value ->> 0 AND lk_journal.account = t.value ->> 1 \
         AND (instr(lk_journal.item, CAST(t.value ->> 3 AS BLOB)) OR instr(lk_journal.item, CAST(t.value ->> 4 AS BLOB)))"
    };
}

/// The journal port on SQLite.
///
/// **What an append survives.** When it returns, its envelopes are in the write-ahead log and the log was flushed with fsync
/// (`synchronous = FULL`): they survive the end of the process, `kill -9` included, a crash of the system, and a loss of power as far
/// as the medium keeps what it acknowledged as flushed. They do not survive the loss of the file or of its `-wal` file beside it.
/// Appends that come at the same time share one flush; each is still written whole or not at all.
///
/// A purge reads and writes the whole journal, in memory and once: it is short, because what is settled is soon forgotten. A wipe blanks
/// payloads where they are, byte for byte.
///
/// A cancelled append may still be written, whole. Envelopes come out in the order in which they went in, over all lanes; several
/// claimers share them. Forgetting leaves poisoned envelopes and quarantined deliveries where they are: they are kept until somebody
/// has looked at them, or their lane is purged.
#[derive(Clone)]
pub struct Journal {
    db: Arc<Db>,
    appender: Appender,
}

impl Journal {
    pub(crate) const fn new(db: Arc<Db>, appender: Appender) -> Self {
        Self { db, appender }
    }

    /// An envelope that does not read back is put aside, so that it never spoils the batch it was claimed with.
    async fn put_aside(&self, unreadable: &[i64], now: DateTime<Utc>) -> Result<()> {
        if unreadable.is_empty() {
            return Ok(());
        }
        tracing::error!(sequences = ?unreadable, "envelopes of the journal do not read back and are kept as poisoned");
        let mut write = self.db.write(CLAIMING).await?;
        self.close(&mut write, "2", unreadable, now).await?;
        write.commit().await.or_failed(CLAIMING)
    }

    /// Blanks those of what is to be closed of which something was taken back while they were held; true if any was.
    async fn blank_spoiled(&self, write: &mut Write, sequences: &[i64]) -> Result<bool> {
        let sql = "UPDATE lk_journal SET item = zeroblob(length(item)) WHERE state = 0 AND spoiled = 1 \
                   AND seq IN (SELECT value FROM json_each(?1))";
        let update = sqlx::query(self.db.sql(sql)).bind(column::json(sequences, SETTLING)?);
        Ok(update.execute(&mut **write).await.or_failed(SETTLING)?.rows_affected() > 0)
    }

    async fn close(&self, write: &mut Write, state: &'static str, sequences: &[i64], now: DateTime<Utc>) -> Result<()> {
        if sequences.is_empty() {
            return Ok(());
        }
        let sql = match state {
            "1" => "UPDATE lk_journal SET state = 1, settled_at = ?2 WHERE state = 0 AND seq IN (SELECT value FROM json_each(?1))",
            _ => "UPDATE lk_journal SET state = 2, settled_at = ?2 WHERE state = 0 AND seq IN (SELECT value FROM json_each(?1))",
        };
        let sequences = column::json(sequences, SETTLING)?;
        sqlx::query(self.db.sql(sql)).bind(sequences).bind(column::nanos(now)).execute(&mut **write).await.or_failed(SETTLING)?;
        Ok(())
    }
}

#[async_trait]
impl port::Journal for Journal {
    async fn append(&self, envelopes: &[Envelope]) -> Result<()> {
        let entries = envelopes.iter().map(Entry::of).collect::<Result<Vec<_>>>()?;
        self.appender.append(entries).await
    }

    async fn quarantine(&self, poisoned: &Poisoned) -> Result<()> {
        sqlx::query(self.db.sql("INSERT INTO lk_quarantine (received_at, road, reason, body) VALUES (?, ?, ?, ?)"))
            .bind(column::nanos(poisoned.received_at))
            .bind(poisoned.road.as_str())
            .bind(poisoned.reason)
            .bind(&poisoned.body[..])
            .execute(self.db.writer())
            .await
            .or_failed("quarantine a delivery")?;
        Ok(())
    }

    async fn claim(&self, limit: u32, now: DateTime<Utc>, lease: Duration) -> Result<Vec<Claimed>> {
        let until = column::lease_end(now, lease);
        let sql = "UPDATE lk_journal SET attempts = attempts + 1, free_at = ?3 \
                   WHERE seq IN (SELECT seq FROM lk_journal WHERE state = 0 AND free_at <= ?2 ORDER BY seq LIMIT ?1) \
                   RETURNING seq, attempts, owner, account, peer, received_at, item";
        let rows = sqlx::query(self.db.sql(sql))
            .bind(limit)
            .bind(column::nanos(now))
            .bind(column::nanos(until))
            .fetch_all(self.db.writer())
            .await
            .or_failed(CLAIMING)?;
        let mut claimed = Vec::with_capacity(rows.len());
        let mut unreadable = Vec::new();
        for row in &rows {
            match read(row) {
                Ok(envelope) => claimed.push(envelope),
                Err(_) => unreadable.push(row.try_get("seq").or_failed(CLAIMING)?),
            }
        }
        self.put_aside(&unreadable, now).await?;
        claimed.sort_by_key(|claimed| claimed.sequence);
        Ok(claimed)
    }

    async fn settle(&self, settlements: &[Settlement], now: DateTime<Utc>) -> Result<()> {
        let (mut applied, mut wiped, mut poisoned, mut later) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for settlement in settlements {
            match *settlement {
                Settlement::Applied(Sequence(sequence)) => applied.push(column::signed(sequence)),
                Settlement::Wiped(Sequence(sequence)) => wiped.push(column::signed(sequence)),
                Settlement::Poisoned(Sequence(sequence)) => poisoned.push(column::signed(sequence)),
                Settlement::Later(Sequence(sequence), at) => later.push((column::signed(sequence), column::nanos(at))),
            }
        }
        let mut write = self.db.write(SETTLING).await?;
        if !wiped.is_empty() {
            let sql = "UPDATE lk_journal SET item = zeroblob(length(item)) WHERE state = 0 AND seq IN (SELECT value FROM json_each(?1))";
            let sequences = column::json(&wiped, SETTLING)?;
            sqlx::query(self.db.sql(sql)).bind(sequences).execute(&mut *write).await.or_failed(SETTLING)?;
            applied.extend(&wiped);
        }
        let closed: Vec<i64> = applied.iter().chain(&poisoned).copied().collect();
        let is_spoiled = self.blank_spoiled(&mut write, &closed).await?;
        self.close(&mut write, "1", &applied, now).await?;
        self.close(&mut write, "2", &poisoned, now).await?;
        if !later.is_empty() {
            let sql = "UPDATE lk_journal SET free_at = l.value ->> 1 FROM json_each(?1) AS l \
                       WHERE lk_journal.seq = l.value ->> 0 AND lk_journal.state = 0";
            let later = column::json(&later, SETTLING)?;
            sqlx::query(self.db.sql(sql)).bind(later).execute(&mut *write).await.or_failed(SETTLING)?;
        }
        let wiping = self.db.log().wiping(is_spoiled || !wiped.is_empty());
        write.commit().await.or_failed(SETTLING)?;
        if wiping.is_some() {
            drop(wiping);
            self.db.log().empty_in_passing().await;
        }
        Ok(())
    }

    async fn wipe(&self, taken_back: &[TakenBack]) -> Result<u64> {
        if taken_back.is_empty() {
            return Ok(0);
        }
        let named = |taken: &TakenBack| {
            let (account, id) = (&taken.lane.account, taken.message.as_str());
            let peer = taken.lane.peer.map(u64::cast_signed);
            json!([account.owner, account.account.to_string(), peer, id, id.replace('/', "\\/"), u8::from(taken.anywhere)])
        };
        let named = serde_json::Value::Array(taken_back.iter().map(named).collect()).to_string();
        let mut write = self.db.write(WIPING).await?;
        let sql =
            concat!("UPDATE lk_journal SET item = zeroblob(length(item)) FROM json_each(?1) AS t WHERE state <> 0 AND ", speaks_of!());
        let blanked = sqlx::query(self.db.sql(sql)).bind(&named[..]).execute(&mut *write).await.or_failed(WIPING)?.rows_affected();
        let sql = concat!("UPDATE lk_journal SET spoiled = 1 FROM json_each(?1) AS t WHERE state = 0 AND attempts > 0 AND ", speaks_of!());
        sqlx::query(self.db.sql(sql)).bind(named).execute(&mut *write).await.or_failed(WIPING)?;
        let wiping = self.db.log().wiping(blanked > 0);
        write.commit().await.or_failed(WIPING)?;
        if wiping.is_some() {
            drop(wiping);
            self.db.log().empty_in_passing().await;
        }
        Ok(blanked)
    }

    async fn purge(&self, lane: &Lane) -> Result<u64> {
        let mut write = self.db.write(PURGING).await?;
        let gone = sqlx::query(self.db.sql("DELETE FROM lk_journal WHERE owner = ?1 AND account = ?2 AND peer IS ?3"))
            .bind(lane.account.owner.as_str())
            .bind(lane.account.account.to_string())
            .bind(lane.peer.map(u64::cast_signed))
            .execute(&mut *write)
            .await
            .or_failed(PURGING)?;
        for sql in LAID_OUT_ANEW {
            sqlx::query(self.db.sql(sql)).execute(&mut *write).await.or_failed(PURGING)?;
        }
        let wiping = self.db.log().wiping(true);
        write.commit().await.or_failed(PURGING)?;
        drop(wiping);
        self.db.log().empty(self.db.writer(), PURGING).await?;
        Ok(gone.rows_affected())
    }

    async fn forget(&self, settled_before: DateTime<Utc>) -> Result<u64> {
        let sql = "DELETE FROM lk_journal WHERE seq IN \
                   (SELECT seq FROM lk_journal WHERE state = 1 AND settled_at < ?1 ORDER BY seq LIMIT ?2)";
        let mut forgotten = 0;
        loop {
            let gone = sqlx::query(self.db.sql(sql))
                .bind(column::nanos(settled_before))
                .bind(FORGOTTEN_AT_ONCE)
                .execute(self.db.writer())
                .await
                .or_failed(FORGETTING)?
                .rows_affected();
            forgotten += gone;
            if gone < u64::from(FORGOTTEN_AT_ONCE) {
                return Ok(forgotten);
            }
        }
    }

    async fn figures(&self) -> Result<JournalFigures> {
        let sql = "SELECT (SELECT count(*) FROM lk_journal WHERE state = 0), \
                   (SELECT count(*) FROM lk_journal WHERE state = 2) + (SELECT count(*) FROM lk_quarantine), \
                   (SELECT received_at FROM lk_journal WHERE state = 0 ORDER BY seq LIMIT 1)";
        let (open, poisoned, oldest): (i64, i64, Option<i64>) =
            sqlx::query_as(self.db.sql(sql)).fetch_one(self.db.readers()).await.or_failed(COUNTING)?;
        let mut figures = JournalFigures::default();
        figures.open = column::count(open);
        figures.poisoned = column::count(poisoned);
        figures.oldest_open = oldest.map(column::instant);
        Ok(figures)
    }
}

fn read(row: &SqliteRow) -> Result<Claimed> {
    let item: &[u8] = row.try_get("item").or_failed(CLAIMING)?;
    let account = AccountKey::new(column::word(row, "owner", CLAIMING)?, column::account(row, "account", CLAIMING)?);
    let peer: Option<i64> = row.try_get("peer").or_failed(CLAIMING)?;
    Ok(Claimed {
        sequence: Sequence(column::count(row.try_get("seq").or_failed(CLAIMING)?)),
        attempt: row.try_get("attempts").or_failed(CLAIMING)?,
        envelope: Envelope {
            owner: account.owner.clone(),
            lane: Lane { account, peer: peer.map(i64::cast_unsigned) },
            received_at: column::instant(row.try_get("received_at").or_failed(CLAIMING)?),
            item: serde_json::from_slice(item).map_err(|_| failure::corrupt(CLAIMING))?,
        },
    })
}

impl fmt::Debug for Journal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.db.shown(f, "Journal")
    }
}
