//! One row of the tables, and how it is found.

use link_core::words::rates::Stops;
use link_core::{ErrorKind, Remedy, Who};

use super::{LIMITS, MESSAGING, PLATFORM};

/// What one code of the platform means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Row {
    /// Which code.
    pub on: On,
    /// What class of failure it is.
    pub kind: ErrorKind,
    /// Who can do what about it.
    pub remedy: Remedy,
    /// What is to stop, of a code that says: too much.
    pub stops: Option<Stops>,
}

/// Which code a row speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum On {
    /// This code with this subcode.
    Pair(i64, i64),
    /// This number wherever it stands: some arrive as a subcode of varying codes, or as the code itself.
    Number(i64),
    /// This code, with any subcode that no other row speaks of, or with none.
    Code(i64),
    /// All codes from the first to the last.
    Range(i64, i64),
}

impl Row {
    pub(super) const fn new(on: On, kind: ErrorKind, who: Who, what: &'static str) -> Self {
        Self { on, kind, remedy: Remedy::new(who, what), stops: None }
    }

    pub(super) const fn url(mut self, url: &'static str) -> Self {
        self.remedy = self.remedy.with_url(url);
        self
    }

    pub(super) const fn stops(mut self, stops: Stops) -> Self {
        self.stops = Some(stops);
        self
    }

    fn fit(&self, code: i64, subcode: Option<i64>) -> Option<u8> {
        match self.on {
            On::Pair(c, s) => (c == code && subcode == Some(s)).then_some(3),
            On::Number(number) => (subcode == Some(number) || code == number).then_some(2),
            On::Code(c) => (c == code).then_some(1),
            On::Range(first, last) => (first..=last).contains(&code).then_some(0),
        }
    }
}

/// The row that speaks of a code most narrowly.
pub(super) fn find(code: i64, subcode: Option<i64>) -> Option<&'static Row> {
    let rows = MESSAGING.iter().chain(PLATFORM).chain(LIMITS);
    rows.filter_map(|row| Some((row.fit(code, subcode)?, row))).max_by_key(|(fit, _)| *fit).map(|(_, row)| row)
}
