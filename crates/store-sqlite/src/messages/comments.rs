//! Comments: written like messages, read newest first over all accounts.

use link_core::words::ids::CommentKey;
use link_core::words::page::{Page, PageQuery};
use link_core::{AccountKey, Result, View};
use link_sync::{Comment, CommentRow};
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use super::update::{Table, of_account};
use crate::content::Slot;
use crate::db::Db;
use crate::failure::OrFailed as _;
use crate::rows::{Cell, Find, Insert, Shared};
use crate::visible::Visible;
use crate::{column, paging};

const READING: &str = "read comments";

pub(super) const TABLE: Table<CommentKey, Comment, 4, 6> = Table {
    find: Find {
        columns: "owner, account, road, id",
        select: "SELECT k.place, c.content, b.size, b.body FROM k CROSS JOIN lk_comment AS c \
                 ON c.owner = k.owner AND c.account = k.account AND c.road = k.road AND c.id = k.id \
                 CROSS JOIN lk_content AS b ON b.n = c.content",
    },
    write: Insert {
        head: "INSERT INTO lk_comment (owner, account, road, id, at, content)",
        tail: "ON CONFLICT (owner, account, road, id) DO UPDATE SET at = excluded.at, content = excluded.content",
    },
    key: named,
    columns: row,
};

fn named(shared: &mut Shared, key: &CommentKey) -> [Cell; 4] {
    let [owner, account] = of_account(shared, &key.account);
    [owner, account, shared.cell(key.road.as_str()), key.id.as_str().into()]
}

fn row(shared: &mut Shared, key: &CommentKey, state: &Comment, slot: Slot) -> [Cell; 6] {
    let at = state.at.filter(|_| state.is_known()).map(column::nanos);
    let [owner, account, road, id] = named(shared, key);
    [owner, account, road, id, at.into(), slot.into()]
}

pub(super) async fn comments(db: &Db, view: &View, page: &PageQuery) -> Result<Page<CommentRow>> {
    let visible = Visible::of(view);
    let (at, account, road, id): (i64, String, String, String) =
        paging::place(page, READING)?.unwrap_or_else(|| (i64::MAX, String::new(), String::new(), String::new()));
    let sql = "SELECT account, road, id, at, body FROM lk_comment JOIN lk_content AS b ON b.n = content WHERE owner = ?1 AND at IS NOT NULL \
               AND (?2 IS NULL OR account IN (SELECT value FROM json_each(?2))) AND (at, account, road, id) < (?3, ?4, ?5, ?6) \
               ORDER BY at DESC, account DESC, road DESC, id DESC LIMIT ?7";
    let mut rows = sqlx::query(db.sql(sql))
        .bind(visible.owner)
        .bind(visible.accounts)
        .bind(at)
        .bind(account)
        .bind(road)
        .bind(id)
        .bind(page.limit() + 1)
        .fetch_all(db.readers())
        .await
        .or_failed(READING)?;
    let next = paging::cut(&mut rows, page, |last| {
        let text = |column: &str| last.try_get::<String, _>(column).or_failed(READING);
        Ok((last.try_get::<i64, _>("at").or_failed(READING)?, text("account")?, text("road")?, text("id")?))
    })?;
    Ok(Page::new(rows.iter().map(|row| read(row, view)).collect::<Result<_>>()?, next))
}

pub(super) async fn comment(db: &Db, view: &View, key: &CommentKey) -> Result<Option<CommentRow>> {
    if key.account.owner != view.owner {
        return Ok(None);
    }
    let visible = Visible::of(view);
    let sql = "SELECT account, road, id, body FROM lk_comment JOIN lk_content AS b ON b.n = content WHERE owner = ?1 AND account = ?3 \
               AND road = ?4 AND id = ?5 AND at IS NOT NULL AND (?2 IS NULL OR account IN (SELECT value FROM json_each(?2)))";
    let row = sqlx::query(db.sql(sql))
        .bind(visible.owner)
        .bind(visible.accounts)
        .bind(key.account.account.to_string())
        .bind(key.road.as_str())
        .bind(key.id.as_str())
        .fetch_optional(db.readers())
        .await
        .or_failed(READING)?;
    row.map(|row| read(&row, view)).transpose()
}

fn read(row: &SqliteRow, view: &View) -> Result<CommentRow> {
    let account = AccountKey::new(view.owner.clone(), column::account(row, "account", READING)?);
    let key = CommentKey { account, road: column::word(row, "road", READING)?, id: column::word(row, "id", READING)? };
    Ok(CommentRow::new(key, column::body(row, "body", READING)?, view))
}
