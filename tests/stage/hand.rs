//! A clock that is moved by hand.

use std::sync::{Arc, Mutex};

use chrono::{DateTime, TimeDelta, Utc};
use link_core::words::clock::Clock;

/// The kit's clock on the stage: it stands still until a story lets time pass. Clones show the same time.
#[derive(Clone)]
pub(crate) struct Hand(Arc<Mutex<DateTime<Utc>>>);

impl Hand {
    /// A clock that shows this time (RFC 3339).
    pub(crate) fn at(time: &str) -> Self {
        Self(Arc::new(Mutex::new(time.parse().unwrap())))
    }

    pub(crate) fn time(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap()
    }

    /// Moves it.
    pub(crate) fn pass(&self, span: TimeDelta) {
        *self.0.lock().unwrap() += span;
    }
}

impl Clock for Hand {
    fn now(&self) -> DateTime<Utc> {
        self.time()
    }
}
