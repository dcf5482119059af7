//! Refusals of the platform: what its codes mean, and what to do about them.
//!
//! Classified by code and subcode, never by text: texts change and are translated. The tables are data, for whoever explains them.

mod envelope;
mod limits;
mod messaging;
mod platform;
mod row;

pub(crate) use envelope::Fields;
pub use limits::LIMITS;
pub use messaging::MESSAGING;
pub use platform::PLATFORM;
pub use row::{On, Row};

use std::fmt;
use std::time::Duration;

use link_core::words::error::PlatformCode;
use link_core::words::rates::Stops;
use link_core::{Error, ErrorKind, Remedy, Who};

/// An answer of the platform that is no success.
///
/// Carries codes only: the platform's message may quote what was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Failure {
    /// The HTTP status. Says little: most refusals have 400, and some have 200.
    pub status: u16,
    /// Meta's code; absent if the answer was no error of the platform, for example a page in HTML.
    pub code: Option<i64>,
    /// Meta's subcode.
    pub subcode: Option<i64>,
    /// Meta's trace id, for its support; it expires soon.
    pub trace: Option<String>,
    /// The platform says that it is transient. Its absence proves nothing.
    pub transient: bool,
    /// How long to wait, where a header told.
    pub retry_after: Option<Duration>,
}

impl Failure {
    /// An answer with a status and nothing else to go by.
    pub const fn new(status: u16) -> Self {
        Self { status, code: None, subcode: None, trace: None, transient: false, retry_after: None }
    }

    /// With the platform's code and subcode.
    #[must_use]
    pub const fn with_code(mut self, code: i64, subcode: Option<i64>) -> Self {
        self.code = Some(code);
        self.subcode = subcode;
        self
    }

    /// The row of the tables that speaks of it, if one does.
    pub fn row(&self) -> Option<&'static Row> {
        row::find(self.code?, self.subcode)
    }

    /// What class of failure it is.
    pub fn kind(&self) -> ErrorKind {
        match (self.row(), self.status) {
            (Some(row), _) => row.kind,
            (None, 429) => ErrorKind::Throttled,
            (None, _) if self.transient => ErrorKind::Unavailable,
            (None, 408 | 500..) => ErrorKind::Unavailable,
            (None, _) => ErrorKind::Unrecognised,
        }
    }

    /// What is to stop because of it; a throttling without a code of the tables is taken to be about the account.
    pub fn stops(&self) -> Option<Stops> {
        self.row().map_or(Some(Stops::Account), |row| row.stops).filter(|_| self.is_throttling())
    }

    /// Who can do what about it.
    pub fn remedy(&self) -> Option<Remedy> {
        self.row().map(|row| row.remedy)
    }

    /// True if the call may have been carried out nevertheless.
    ///
    /// Codes 1 and 2, everything transient and every answer of a broken server: Meta has no idempotency key, so only an echo or the
    /// history can tell.
    pub fn is_ambiguous(&self) -> bool {
        if !matches!(self.status, 200..=299 | 400..=499) {
            return true;
        }
        match self.kind() {
            ErrorKind::Throttled => false,
            ErrorKind::Ambiguous | ErrorKind::Unavailable => true,
            _ => self.transient || self.code.is_none() && self.status < 300,
        }
    }

    /// True if it says: too much.
    pub(crate) fn is_throttling(&self) -> bool {
        self.kind() == ErrorKind::Throttled
    }

    /// As link-kit's error; `what` fits after "failed to".
    pub(crate) fn into_error(self, what: &'static str) -> Error {
        let kind = self.kind();
        self.into_error_of(kind, what)
    }

    /// As link-kit's error of another kind than the tables say.
    pub(crate) fn into_error_of(self, kind: ErrorKind, what: &'static str) -> Error {
        let mut error = Error::new(kind, what);
        if let Some(remedy) = self.remedy() {
            error = error.with_remedy(remedy);
        } else if kind == ErrorKind::Throttled {
            error = error.with_remedy(Remedy::new(Who::Platform, "wait; calling on while throttled prolongs it"));
        }
        if let Some(after) = self.retry_after {
            error = error.with_retry_after(after);
        }
        if let Some(stops) = self.stops() {
            error = error.with_stops(stops);
        }
        if let Some(code) = self.code {
            error = error.with_code(PlatformCode { code, subcode: self.subcode, trace: self.trace.clone() });
        }
        error.with_source(self)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.code, self.subcode) {
            (Some(code), Some(subcode)) => write!(f, "the platform answered {code}/{subcode} with status {}", self.status),
            (Some(code), None) => write!(f, "the platform answered {code} with status {}", self.status),
            (None, _) => write!(f, "the platform answered something else than JSON with status {}", self.status),
        }
    }
}

impl std::error::Error for Failure {}

#[cfg(test)]
mod tests;
