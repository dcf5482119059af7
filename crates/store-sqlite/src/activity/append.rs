//! Putting acts behind the end of their owners' chains.

use std::collections::BTreeMap;

use link_core::words::activity::Activity;
use link_core::words::activity::chain::{ChainHead, Chained, Side};
use link_core::words::clock::{Chance as _, SystemChance};
use link_core::{OwnerId, Result};
use serde_json::{Value, json};
use sqlx::Row as _;
use sqlx::sqlite::SqliteConnection;

use super::RECORDING;
use crate::column;
use crate::db::Db;
use crate::failure::{self, OrFailed as _};

/// Records acts as a part of somebody's transaction, which must be one that writes: the chain's end is read and moved in it.
pub(crate) async fn record(db: &Db, connection: &mut SqliteConnection, acts: &[Activity]) -> Result<()> {
    if acts.is_empty() {
        return Ok(());
    }
    let mut heads = BTreeMap::new();
    let (mut links, mut sides) = (Vec::with_capacity(acts.len()), Vec::with_capacity(acts.len()));
    for act in acts {
        let end = match heads.get(&act.owner) {
            Some(end) => *end,
            None => head(db, connection, &act.owner, RECORDING).await?.unwrap_or(ChainHead::EMPTY),
        };
        let (link, side) = Chained::after(&end, act, SystemChance.bytes());
        heads.insert(act.owner.clone(), link.head());
        sides.push(side_row(&link, &side)?);
        links.push(link_row(&link));
    }
    let heads = heads.iter().map(|(owner, head)| json!([owner, column::signed(head.seq), head.digest])).collect();
    let link = "INSERT INTO lk_act (owner, seq, at, kind, act, target, side, previous, digest) SELECT value ->> 0, value ->> 1, value ->> 2, \
                value ->> 3, value ->> 4, value ->> 5, value ->> 6, value ->> 7, value ->> 8 FROM json_each(?) ORDER BY key";
    let side = "INSERT INTO lk_act_side (owner, seq, subject, body) SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3 \
                FROM json_each(?)";
    let head = "INSERT INTO lk_act_head (owner, seq, digest) SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(?) WHERE true \
                ON CONFLICT DO UPDATE SET seq = excluded.seq, digest = excluded.digest";
    for (sql, rows) in [(link, links), (side, sides), (head, heads)] {
        sqlx::query(db.sql(sql)).bind(Value::Array(rows).to_string()).execute(&mut *connection).await.or_failed(RECORDING)?;
    }
    Ok(())
}

/// Where an owner's chain ends, as it is kept apart from it.
pub(super) async fn head(db: &Db, connection: &mut SqliteConnection, owner: &OwnerId, context: &'static str) -> Result<Option<ChainHead>> {
    let sql = "SELECT seq, digest FROM lk_act_head WHERE owner = ?";
    let row = sqlx::query(db.sql(sql)).bind(owner.as_str()).fetch_optional(connection).await.or_failed(context)?;
    let Some(row) = row else { return Ok(None) };
    let digest = row.try_get::<&str, _>("digest").or_failed(context)?.parse().map_err(|_| failure::corrupt(context))?;
    Ok(Some(ChainHead { seq: column::count(row.try_get("seq").or_failed(context)?), digest }))
}

fn link_row(link: &Chained) -> Value {
    let Chained { owner, seq, at, kind, act, target, side, previous, digest } = link;
    json!([owner, column::signed(*seq), column::nanos(*at), kind, act, target, side, previous, digest])
}

fn side_row(link: &Chained, side: &Side) -> Result<Value> {
    Ok(json!([link.owner, column::signed(link.seq), side.personal.subject(), column::json(side, RECORDING)?]))
}
