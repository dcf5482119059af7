//! Many rows in one statement, bound and not spelled out: a table-valued JSON argument is parsed once for every column of every row.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use link_core::{AccountId, Result};
use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqliteConnection, SqliteRow};
use sqlx::{Row as _, SqlStr, Sqlite};

use crate::db::Db;
use crate::failure::OrFailed as _;

/// Rows per statement. A few fixed sizes, so that the statements stay prepared. What is applied at once under load, 500, is one [`FIRST`] and four
/// of the largest.
const SIZES: [usize; 8] = [109, 64, 32, 16, 8, 4, 2, 1];
/// Where there are many rows, so many come first: until they are bound the database has nothing to do.
const FIRST: usize = 64;

type Bound = Query<'static, Sqlite, SqliteArguments>;

/// A value of a row.
#[derive(Clone)]
pub(crate) enum Cell {
    Null,
    Number(i64),
    Text(String),
    /// What many rows have in common.
    Shared(Arc<str>),
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Cell {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl<T: Into<Self>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// Texts that come again and again, such as the owner and the account of a batch. Only the last few are remembered: rows come sorted by them.
#[derive(Default)]
pub(crate) struct Shared {
    texts: Vec<Arc<str>>,
    account: Option<(AccountId, Arc<str>)>,
}

impl Shared {
    /// The text as a cell.
    pub(crate) fn cell(&mut self, text: &str) -> Cell {
        if let Some(known) = self.texts.iter().rev().take(4).find(|known| ***known == *text) {
            return Cell::Shared(Arc::clone(known));
        }
        let new = Arc::<str>::from(text);
        self.texts.push(Arc::clone(&new));
        Cell::Shared(new)
    }

    /// An account as a cell.
    pub(crate) fn account(&mut self, account: &AccountId) -> Cell {
        if let Some((_, text)) = self.account.as_ref().filter(|(known, _)| known == account) {
            return Cell::Shared(Arc::clone(text));
        }
        let text = Arc::<str>::from(account.to_string());
        self.account = Some((account.clone(), Arc::clone(&text)));
        Cell::Shared(text)
    }
}

/// The statements that were put together, by what they do and for how many rows.
#[derive(Default)]
pub(crate) struct Statements(Mutex<HashMap<(&'static str, usize), SqlStr>>);

impl Statements {
    fn of(&self, what: &'static str, rows: usize, compose: impl FnOnce() -> SqlStr) -> SqlStr {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).entry((what, rows)).or_insert_with(compose).clone()
    }
}

/// Writes rows: `head` up to the values, `tail` after them.
pub(crate) struct Insert {
    pub(crate) head: &'static str,
    pub(crate) tail: &'static str,
}

impl Insert {
    /// Writes rows of as many cells as `head` has columns. They are made as they are written: while the database writes some, on a thread of its
    /// own, the next ones are bound here.
    pub(crate) async fn write<const N: usize>(
        &self,
        db: &Db,
        connection: &mut SqliteConnection,
        mut rows: impl ExactSizeIterator<Item = Result<[Cell; N]>> + Send,
        context: &'static str,
    ) -> Result<()> {
        let mut next = self.bound(db, &mut rows, FIRST)?;
        while let Some(insert) = next {
            let (written, bound) = tokio::join!(insert.execute(&mut *connection), async { self.bound(db, &mut rows, SIZES[0]) });
            written.or_failed(context)?;
            next = bound?;
        }
        Ok(())
    }

    /// A statement with the next rows, at most so many, if there are any.
    fn bound<const N: usize>(
        &self,
        db: &Db,
        rows: &mut impl ExactSizeIterator<Item = Result<[Cell; N]>>,
        most: usize,
    ) -> Result<Option<Bound>> {
        let size = at_once(rows.len().min(most));
        if size == 0 {
            return Ok(None);
        }
        rows.take(size).try_fold(self.of(db, N, size), |insert, row| Ok(row?.into_iter().fold(insert, bind))).map(Some)
    }

    /// The statement for so many rows of so many cells.
    fn of(&self, db: &Db, cells: usize, rows: usize) -> Bound {
        sqlx::query(db.statements().of(self.head, rows, || {
            let places = vec![places(cells); rows].join(", ");
            db.composed(format!("{} VALUES {places} {}", self.head, self.tail))
        }))
    }
}

/// How many of some rows go into one statement.
fn at_once(rows: usize) -> usize {
    SIZES.into_iter().find(|size| *size <= rows).unwrap_or_default()
}

/// Writes each row into two tables, the second of which names the first one's. While the database writes some, the next ones are made and bound.
pub(crate) async fn write_both<const N: usize, const M: usize>(
    (first, second): (&Insert, &Insert),
    db: &Db,
    connection: &mut SqliteConnection,
    mut rows: impl ExactSizeIterator<Item = Result<([Cell; N], [Cell; M])>> + Send,
    context: &'static str,
) -> Result<()> {
    let mut bound = |most: usize| -> Result<Option<(Bound, Bound)>> {
        let size = at_once(rows.len().min(most));
        if size == 0 {
            return Ok(None);
        }
        let mut both = (first.of(db, N, size), second.of(db, M, size));
        for row in rows.by_ref().take(size) {
            let (one, other) = row?;
            both = (one.into_iter().fold(both.0, bind), other.into_iter().fold(both.1, bind));
        }
        Ok(Some(both))
    };
    let mut next = bound(FIRST)?;
    while let Some((one, other)) = next {
        one.execute(&mut *connection).await.or_failed(context)?;
        let (written, prepared) = tokio::join!(other.execute(&mut *connection), async { bound(SIZES[0]) });
        written.or_failed(context)?;
        next = prepared?;
    }
    Ok(())
}

/// Finds rows by their keys: `select` reads from `k`, whose columns are named after `place`, the key's place among those asked for at once.
pub(crate) struct Find {
    pub(crate) columns: &'static str,
    pub(crate) select: &'static str,
}

impl Find {
    /// The rows found, in no order, each with its key's place. While the database looks for some, the next keys are bound here.
    pub(crate) async fn all<const N: usize>(
        &self,
        db: &Db,
        connection: &mut SqliteConnection,
        mut keys: impl ExactSizeIterator<Item = [Cell; N]> + Send,
        context: &'static str,
    ) -> Result<Vec<(usize, SqliteRow)>> {
        let (mut found, mut begin) = (Vec::new(), 0);
        let mut next = self.bound(db, &mut keys, FIRST);
        while let Some((size, find)) = next {
            let (rows, bound) = tokio::join!(find.fetch_all(&mut *connection), async { self.bound(db, &mut keys, SIZES[0]) });
            for row in rows.or_failed(context)? {
                let place: i64 = row.try_get("place").or_failed(context)?;
                found.push((begin + usize::try_from(place).unwrap_or_default(), row));
            }
            (begin, next) = (begin + size, bound);
        }
        Ok(found)
    }

    /// A statement with the next keys, at most so many, if there are any.
    fn bound<const N: usize>(&self, db: &Db, keys: &mut impl ExactSizeIterator<Item = [Cell; N]>, most: usize) -> Option<(usize, Bound)> {
        if keys.len() == 0 {
            return None;
        }
        // Rounded up, and the rest is nothing, which no key is equal to.
        let size = SIZES.into_iter().rev().find(|size| *size >= keys.len()).unwrap_or(SIZES[0]).min(most);
        let sql = db.statements().of(self.select, size, || {
            // With places that are spelled out a search takes little more than half of the time that it takes with bound ones.
            let keys: Vec<String> = (0..size).map(|place| format!("({place}, {})", vec!["?"; N].join(", "))).collect();
            db.composed(format!("WITH k (place, {}) AS (VALUES {}) {}", self.columns, keys.join(", "), self.select))
        });
        let nothing = std::iter::repeat_n([const { Cell::Null }; N], size.saturating_sub(keys.len()));
        let find = keys.take(size).chain(nothing).fold(sqlx::query(sql), |find, key| key.into_iter().fold(find, bind));
        Some((size, find))
    }
}

fn places(columns: usize) -> String {
    format!("({})", vec!["?"; columns].join(", "))
}

fn bind(query: Bound, cell: Cell) -> Bound {
    match cell {
        Cell::Null => query.bind(None::<i64>),
        Cell::Number(number) => query.bind(number),
        Cell::Text(text) => query.bind(text),
        Cell::Shared(text) => query.bind(text),
    }
}
