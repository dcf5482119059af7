//! Going through an owner's chain.

use link_core::words::activity::chain::{ChainHead, ChainReport, Chained, Side, Verifier};
use link_core::{Result, View};
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use super::append::head;
use crate::column;
use crate::db::Db;
use crate::failure::OrFailed as _;

const VERIFYING: &str = "verify the record of acts";
/// How many acts are looked at together.
const BATCH: u32 = 500;

/// In one transaction, so that what is recorded meanwhile is neither too much nor missing.
pub(super) async fn verify(db: &Db, view: &View, known: &ChainHead) -> Result<ChainReport> {
    let mut verifier = Verifier::new(view.owner.clone(), if view.is_empty() { ChainHead::EMPTY } else { *known });
    if view.is_empty() {
        return Ok(verifier.finish(&ChainHead::EMPTY));
    }
    let mut read = db.readers().begin().await.or_failed(VERIFYING)?;
    let sql = "SELECT a.*, s.body AS beside FROM lk_act AS a LEFT JOIN lk_act_side AS s ON s.owner = a.owner AND s.seq = a.seq \
               WHERE a.owner = ? AND a.seq > ? ORDER BY a.seq LIMIT ?";
    let mut after = i64::MIN;
    loop {
        let query = sqlx::query(db.sql(sql)).bind(view.owner.as_str()).bind(after).bind(BATCH);
        let rows = query.fetch_all(&mut *read).await.or_failed(VERIFYING)?;
        for row in &rows {
            after = row.try_get("seq").or_failed(VERIFYING)?;
            match read_row(row) {
                Some((link, side)) => verifier.see(&link, side.as_ref()),
                None => verifier.unreadable(),
            }
        }
        if rows.len() < BATCH as usize {
            break;
        }
    }
    let end = match head(db, &mut read, &view.owner, VERIFYING).await {
        Ok(end) => end.unwrap_or(ChainHead::EMPTY),
        // An end that cannot be read is one that somebody wrote over.
        Err(error) if error.kind() == link_core::ErrorKind::Corrupt => ChainHead::EMPTY,
        Err(error) => return Err(error),
    };
    read.rollback().await.or_failed(VERIFYING)?;
    Ok(verifier.finish(&end))
}

/// `None` if it is nothing that this program wrote.
fn read_row(row: &SqliteRow) -> Option<(Chained, Option<Side>)> {
    let digest = |column: &'static str| row.try_get::<&str, _>(column).ok()?.parse().ok();
    let beside = row.try_get::<Option<&str>, _>("beside").ok()?;
    let side = beside.map(serde_json::from_str::<Side>).transpose().ok()?;
    let link = Chained {
        owner: column::word(row, "owner", VERIFYING).ok()?,
        seq: u64::try_from(row.try_get::<i64, _>("seq").ok()?).ok()?,
        at: column::instant(row.try_get("at").ok()?),
        kind: row.try_get("kind").ok()?,
        act: row.try_get("act").ok()?,
        target: row.try_get("target").ok()?,
        side: digest("side")?,
        previous: digest("previous")?,
        digest: digest("digest")?,
    };
    Some((link, side))
}
