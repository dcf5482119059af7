//! One answer.

use std::fmt;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use link_core::{Error, ErrorKind, Result};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::usage::Usage;
use super::version::Version;
use crate::wire::Lenient;

/// A successful answer. Its Debug shows everything but the body.
#[derive(Clone)]
#[non_exhaustive]
pub struct Answer {
    /// The body.
    pub body: Bytes,
    /// The platform's time of the answer (`Date`); ours if it sent none.
    pub at: DateTime<Utc>,
    /// By that same clock, a time before which the call was not made: what the answer shows was not over by then. The answer's own time is
    /// written once all of it was put together, which takes seconds where it is much.
    pub asked_at: DateTime<Utc>,
    /// The version that answered (`facebook-api-version`); another one than was asked for if that has expired.
    pub served: Option<Version>,
    /// What the headers say about the allowance.
    pub usage: Usage,
    pub(super) what: &'static str,
}

impl Answer {
    /// Reads the body. A body of another shape is an error of kind [`ErrorKind::Unrecognised`].
    pub fn json<T: DeserializeOwned>(&self) -> Result<T> {
        // serde's message quotes the value it did not like, which may be a token or somebody's text.
        serde_json::from_slice(&self.body).map_err(|error| {
            Error::new(ErrorKind::Unrecognised, self.what).with_source(Unread { line: error.line(), column: error.column() })
        })
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer")
            .field("bytes", &self.body.len())
            .field("at", &self.at)
            .field("asked_at", &self.asked_at)
            .field("served", &self.served)
            .field("usage", &self.usage)
            .finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
struct Done {
    #[serde(default)]
    success: Lenient<bool>,
}

/// A refusal that is dressed as an answer is an error, or a silent account would count as subscribed.
pub(crate) fn succeeded(what: &'static str, answer: &Answer) -> Result<()> {
    match answer.json::<Done>()?.success.0 {
        Some(true) => Ok(()),
        _ => Err(Error::new(ErrorKind::Unrecognised, what)),
    }
}

#[derive(Debug, thiserror::Error)]
#[error("the answer has another shape than expected at line {line}, column {column}")]
struct Unread {
    line: usize,
    column: usize,
}
