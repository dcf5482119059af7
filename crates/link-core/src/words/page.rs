//! Paging by key: a page names where the next one begins, so that nothing shifts while somebody reads.

use serde::{Deserialize, Serialize};

/// Most rows that one page may have.
pub const MAX_PAGE: u32 = 500;

/// Which page is wanted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageQuery {
    /// Where the page before ended; `None` for the first.
    pub after: Option<Cursor>,
    limit: u32,
}

impl PageQuery {
    /// The first page with at most `limit` rows; 0 is taken as 1, and more than [`MAX_PAGE`] as that.
    pub fn first(limit: u32) -> Self {
        Self { after: None, limit: limit.clamp(1, MAX_PAGE) }
    }

    /// The page after a cursor.
    #[must_use]
    pub fn after(mut self, cursor: Cursor) -> Self {
        self.after = Some(cursor);
        self
    }

    /// At most so many rows.
    pub const fn limit(&self) -> u32 {
        self.limit
    }
}

impl Default for PageQuery {
    fn default() -> Self {
        Self::first(50)
    }
}

/// A place between two rows. Opaque: only the store that gave it can read it; one that it did not give is refused as invalid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cursor(String);

impl Cursor {
    /// Wraps a store's own notation.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The store's own notation.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// One page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Where the next page begins; `None` after the last.
    pub next: Option<Cursor>,
}

impl<T> Page<T> {
    /// A page.
    pub const fn new(items: Vec<T>, next: Option<Cursor>) -> Self {
        Self { items, next }
    }

    /// A page with nothing in it and nothing after it.
    pub const fn empty() -> Self {
        Self { items: Vec::new(), next: None }
    }
}
