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
pub(crate) const SLOTS: Insert = Insert {
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
    let (mut putting, contents) = Putting::begin(db, connection, contents.into_iter().map(Ok), &sizes).await?;
    let mut slots = Vec::with_capacity(contents.len());
    let rows = contents.map(|kept| {
        let (slot, row) = putting.row(kept?);
        slots.push(slot);
        Ok(row)
    });
    SLOTS.write(db, connection, rows, KEEPING).await?;
    putting.end(db, connection).await?;
    Ok(slots)
}

/// Contents that are made as they are written.
pub(crate) type Contents<'a> = Box<dyn ExactSizeIterator<Item = Result<Kept>> + Send + 'a>;

/// Gives each of some contents its slot.
pub(crate) struct Putting<'a> {
    free: Free,
    /// How long the slots of the older states are.
    sizes: &'a BTreeMap<Slot, usize>,
    outgrown: Vec<Slot>,
}

impl<'a> Putting<'a> {
    /// For these contents. All of them are made at once only where their lengths have to be known before.
    pub(crate) async fn begin<'c>(
        db: &Db,
        connection: &mut SqliteConnection,
        contents: impl ExactSizeIterator<Item = Result<Kept>> + Send + 'c,
        sizes: &'a BTreeMap<Slot, usize>,
    ) -> Result<(Self, Contents<'c>)> {
        let mut putting = Self { free: Free::find(db, connection).await?, sizes, outgrown: Vec::new() };
        if !putting.free.has_blank {
            return Ok((putting, Box::new(contents)));
        }
        let contents = contents.collect::<Result<Vec<Kept>>>()?;
        let new = contents.iter().filter(|kept| putting.fits(kept).is_none());
        let wanted = new.map(|kept| roomy(kept.body.len())).collect();
        putting.free.find_blank(db, connection, &wanted).await?;
        Ok((putting, Box::new(contents.into_iter().map(Ok))))
    }

    /// The slot of a content, and its row.
    pub(crate) fn row(&mut self, kept: Kept) -> (Slot, [Cell; 4]) {
        let row = if let Some((slot, size)) = self.fits(&kept) {
            Row { slot, size, used: 1, body: kept.body }
        } else {
            self.outgrown.extend(kept.slot);
            let size = roomy(kept.body.len());
            Row { slot: self.free.take(size), size, used: 1, body: kept.body }
        };
        (row.slot, row.padded())
    }

    fn fits(&self, kept: &Kept) -> Option<(Slot, usize)> {
        let slot = kept.slot?;
        self.sizes.get(&slot).filter(|size| kept.body.len() <= **size).map(|size| (slot, *size))
    }

    /// Blanks the slots that contents have outgrown.
    pub(crate) async fn end(self, db: &Db, connection: &mut SqliteConnection) -> Result<()> {
        let outgrown: Vec<_> = self.outgrown.iter().filter_map(|slot| Some((*slot, *self.sizes.get(slot)?))).collect();
        let rows = outgrown.into_iter().map(|(slot, size)| Ok(Row::blank(slot, size).padded()));
        SLOTS.write(db, connection, rows, KEEPING).await
    }
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
