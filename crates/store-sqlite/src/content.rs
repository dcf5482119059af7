//! What people wrote, kept so that it can be wiped.
//!
//! `secure_delete` clears what is deleted, but not the copies that SQLite leaves in the free part of a page when it moves rows to another
//! one. So a content never moves: it is appended once, with some room to grow, and from then on only overwritten by exactly as many
//! bytes, which SQLite does in place. One that outgrows its slot gets another; the old slot is blanked, and used again for one that fits.

use std::collections::{BTreeMap, BTreeSet};

use link_core::Result;
use sqlx::sqlite::SqliteConnection;

use crate::column;
use crate::db::Db;
use crate::failure::OrFailed as _;
use crate::rows::{Cell, Insert};

const KEEPING: &str = "keep a content";
/// Room for what is usually said of a message later: that it was read, reacted to, or told by the history too.
const ROOM: usize = 128;

/// As many as are mostly missing; one by one takes long.
const SPACES: &str = match std::str::from_utf8(&[b' '; 256]) {
    Ok(spaces) => spaces,
    Err(_) => " ",
};

/// A slot's number.
pub(crate) type Slot = i64;

/// A content, and the slot in which its older state is.
pub(crate) struct Kept {
    pub(crate) slot: Option<Slot>,
    pub(crate) body: String,
}

/// Writes slots: new ones behind the last, others in place of what is in them.
const SLOTS: Insert = Insert {
    head: "INSERT INTO lk_content (n, size, used, body)",
    tail: "ON CONFLICT (n) DO UPDATE SET used = excluded.used, body = excluded.body",
};

/// Keeps contents, each in place of its older state where that can be, and answers the slot of each.
pub(crate) async fn put(
    db: &Db,
    connection: &mut SqliteConnection,
    contents: impl ExactSizeIterator<Item = Result<Kept>> + Send,
) -> Result<Vec<Slot>> {
    let contents = contents.collect::<Result<Vec<Kept>>>()?;
    let sizes = sizes(db, connection, contents.iter().filter_map(|kept| kept.slot).collect()).await?;
    put_over(db, connection, contents.into_iter().map(Ok), &sizes).await
}

/// The same, where it is known already how long the slots of the older states are.
pub(crate) async fn put_over(
    db: &Db,
    connection: &mut SqliteConnection,
    contents: impl ExactSizeIterator<Item = Result<Kept>> + Send,
    sizes: &BTreeMap<Slot, usize>,
) -> Result<Vec<Slot>> {
    let fits = |kept: &Kept| kept.slot.filter(|slot| sizes.get(slot).is_some_and(|size| kept.body.len() <= *size));
    let mut free = Free::find(db, connection).await?;
    // Made as they are written, unless all their lengths have to be known before.
    let contents: Box<dyn ExactSizeIterator<Item = Result<Kept>> + Send> = if free.has_blank {
        let contents = contents.collect::<Result<Vec<Kept>>>()?;
        let wanted = contents.iter().filter(|kept| fits(kept).is_none()).map(|kept| roomy(kept.body.len())).collect();
        free.find_blank(db, connection, &wanted).await?;
        Box::new(contents.into_iter().map(Ok))
    } else {
        Box::new(contents)
    };

    let (mut slots, mut outgrown) = (Vec::with_capacity(contents.len()), Vec::new());
    let rows = contents.map(|kept| {
        let kept = kept?;
        let row = if let Some(slot) = fits(&kept) {
            Row { slot, size: sizes[&slot], used: 1, body: kept.body }
        } else {
            outgrown.extend(kept.slot.and_then(|slot| Some(Row::blank(slot, *sizes.get(&slot)?))));
            let size = roomy(kept.body.len());
            Row { slot: free.take(size), size, used: 1, body: kept.body }
        };
        slots.push(row.slot);
        Ok(row.padded())
    });
    SLOTS.write(db, connection, rows, KEEPING).await?;
    SLOTS.write(db, connection, outgrown.into_iter().map(|row| Ok(row.padded())), KEEPING).await?;
    Ok(slots)
}

/// Blanks slots over their whole length, so that they can be used again.
pub(crate) async fn blank(db: &Db, connection: &mut SqliteConnection, slots: Vec<Slot>) -> Result<()> {
    let sizes = sizes(db, connection, slots).await?;
    let rows = sizes.into_iter().map(|(slot, size)| Ok(Row::blank(slot, size).padded()));
    SLOTS.write(db, connection, rows, KEEPING).await
}

/// A slot as it is to be.
struct Row {
    slot: Slot,
    size: usize,
    used: i64,
    body: String,
}

impl Row {
    const fn blank(slot: Slot, size: usize) -> Self {
        Self { slot, size, used: 0, body: String::new() }
    }

    fn padded(self) -> [Cell; 4] {
        let size = i64::try_from(self.size).unwrap_or(i64::MAX);
        [self.slot.into(), size.into(), self.used.into(), padded(self.body, self.size).into()]
    }
}

async fn sizes(db: &Db, connection: &mut SqliteConnection, slots: Vec<Slot>) -> Result<BTreeMap<Slot, usize>> {
    if slots.is_empty() {
        return Ok(BTreeMap::new());
    }
    let sql = "SELECT n, size FROM lk_content WHERE n IN (SELECT value FROM json_each(?))";
    let rows: Vec<(i64, i64)> =
        sqlx::query_as(db.sql(sql)).bind(column::json(&slots, KEEPING)?).fetch_all(connection).await.or_failed(KEEPING)?;
    Ok(rows.into_iter().filter_map(|(slot, size)| Some((slot, usize::try_from(size).ok()?))).collect())
}

/// Slots that can be had: blanked ones, by size, and what comes after the last.
struct Free {
    has_blank: bool,
    blank: BTreeMap<usize, Vec<Slot>>,
    end: Slot,
}

impl Free {
    async fn find(db: &Db, connection: &mut SqliteConnection) -> Result<Self> {
        let sql = "SELECT coalesce((SELECT max(n) FROM lk_content), 0), EXISTS (SELECT 1 FROM lk_content WHERE used = 0)";
        let (end, has_blank) = sqlx::query_as(db.sql(sql)).fetch_one(connection).await.or_failed(KEEPING)?;
        Ok(Self { has_blank, blank: BTreeMap::new(), end })
    }

    async fn find_blank(&mut self, db: &Db, connection: &mut SqliteConnection, wanted: &BTreeSet<usize>) -> Result<()> {
        let sql = "SELECT n, size FROM lk_content WHERE used = 0 AND size IN (SELECT value FROM json_each(?)) LIMIT 500";
        let blank: Vec<(i64, i64)> =
            sqlx::query_as(db.sql(sql)).bind(column::json(wanted, KEEPING)?).fetch_all(&mut *connection).await.or_failed(KEEPING)?;
        for (slot, size) in blank {
            self.blank.entry(usize::try_from(size).unwrap_or_default()).or_default().push(slot);
        }
        Ok(())
    }

    /// A slot of a size: one that was blanked, else the next behind the last.
    fn take(&mut self, size: usize) -> Slot {
        if let Some(blank) = self.blank.get_mut(&size).and_then(Vec::pop) {
            return blank;
        }
        self.end += 1;
        self.end
    }
}

/// A slot's size: some room, and few different sizes, so that a blanked slot fits somebody.
const fn roomy(bytes: usize) -> usize {
    let step = if bytes < 1_024 { 64 } else { 512 };
    (bytes + ROOM).next_multiple_of(step)
}

/// JSON does not mind spaces at its end.
fn padded(mut body: String, size: usize) -> String {
    while let Some(missing @ 1..) = size.checked_sub(body.len()) {
        body.push_str(&SPACES[..missing.min(SPACES.len())]);
    }
    body
}
