//! The write-ahead log, which keeps older states of every page until it is emptied.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use link_core::{Error, ErrorKind, Remedy, Result, Who};
use sqlx::sqlite::SqlitePool;

use crate::failure::OrFailed as _;

/// How long emptying in passing may keep writers waiting.
pub(crate) const PASSING: Duration = Duration::from_millis(100);
/// How long after a try in passing that failed there is none.
const REST: Duration = Duration::from_secs(5);
/// Between two tries to empty a log that somebody copies.
const AGAIN: Duration = Duration::from_millis(10);
/// After so many changed messages the log is copied into the file beside the writer.
const MUCH: usize = 2_000;

/// Empties the log, over a connection of its own that hardly waits.
pub(crate) struct Log {
    passing: SqlitePool,
    patience: Duration,
    state: Mutex<State>,
    /// How many messages were changed since the log was last copied.
    changed: AtomicUsize,
    is_copying: Arc<AtomicBool>,
}

/// How often something was wiped, and up to which of these times the log was emptied since: one that comes while it is being emptied
/// counts for the next.
#[derive(Default)]
struct State {
    wiped: u64,
    emptied: u64,
    failed: Option<Instant>,
}

impl Log {
    /// Over a connection that waits for [`PASSING`] at most; `patience` is how long others wait.
    pub(crate) fn new(passing: SqlitePool, patience: Duration) -> Self {
        Self { passing, patience, state: Mutex::default(), changed: AtomicUsize::new(0), is_copying: Arc::default() }
    }

    /// Moves everything into the file and empties the log, so that what was wiped is in neither; waits for readers as long as `patient`
    /// does. While one of them reads an older state that cannot be done, and is an error.
    pub(crate) async fn empty(&self, patient: &SqlitePool, context: &'static str) -> Result<()> {
        self.is_due();
        let wiped = self.state().wiped;
        // Nobody waits for whoever copies: the log is not copied meanwhile.
        let passing = self.passing.acquire().await.or_failed(context)?;
        let is_empty = truncate(patient, self.patience, context).await?;
        drop(passing);
        if is_empty {
            self.emptied(wiped);
            return Ok(());
        }
        let what = "end the long-running reader of the database file: what was wiped stays in the write-ahead log until it is gone";
        Err(Error::new(ErrorKind::Store, context).with_remedy(Remedy::new(Who::Developer, what)))
    }

    /// Something was wiped: the log is to be emptied, now or soon.
    pub(crate) fn is_due(&self) {
        self.state().wiped += 1;
    }

    /// The same once what is answered is dropped, after the commit: that may have been made also where nobody waits for it any more.
    pub(crate) fn wiping(&self, wipes: bool) -> Option<Wiping<'_>> {
        wipes.then(|| Wiping(self))
    }

    /// Empties the log if that is due, without making anybody wait for long; what cannot be done now is tried again after a while.
    pub(crate) async fn empty_in_passing(&self) {
        let wiped = {
            let state = self.state();
            if state.wiped == state.emptied || state.failed.is_some_and(|failed| failed.elapsed() < REST) {
                return;
            }
            state.wiped
        };
        match truncate(&self.passing, PASSING, "empty the write-ahead log").await {
            Ok(true) => self.emptied(wiped),
            not => {
                tracing::warn!(error = ?not.err(), "a wiped text is still in the files, because somebody reads an older state of them");
                self.state().failed = Some(Instant::now());
            }
        }
    }

    /// So many messages were changed: from time to time what stands in the log is copied into the file, so that no commit has to wait for that.
    pub(crate) fn changed(&self, messages: usize) {
        if self.changed.fetch_add(messages, Ordering::Relaxed) + messages < MUCH || self.is_copying.swap(true, Ordering::AcqRel) {
            return;
        }
        self.changed.store(0, Ordering::Relaxed);
        let (passing, is_copying) = (self.passing.clone(), Arc::clone(&self.is_copying));
        tokio::spawn(async move {
            // What this leaves undone the writer does itself, once the log is long.
            if let Err(error) = sqlx::query("PRAGMA wal_checkpoint(PASSIVE)").execute(&passing).await {
                tracing::debug!(%error, "the write-ahead log was not copied beside the writer");
            }
            is_copying.store(false, Ordering::Release);
        });
    }

    fn emptied(&self, wiped: u64) {
        let mut state = self.state();
        state.emptied = state.emptied.max(wiped);
        state.failed = None;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) async fn close(&self) {
        self.passing.close().await;
    }

    /// The connection that copies and empties.
    #[cfg(test)]
    pub(crate) const fn passing(&self) -> &SqlitePool {
        &self.passing
    }
}

/// A commit that wipes something.
pub(crate) struct Wiping<'a>(&'a Log);

impl Drop for Wiping<'_> {
    fn drop(&mut self) {
        self.0.is_due();
    }
}

/// Answers whether the log is empty now. A connection waits for readers by itself, but not for another one that copies.
async fn truncate(pool: &SqlitePool, patience: Duration, context: &'static str) -> Result<bool> {
    let begun = Instant::now();
    loop {
        let (busy, _, _): (i64, i64, i64) = sqlx::query_as("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(pool).await.or_failed(context)?;
        if busy == 0 || begun.elapsed() >= patience {
            return Ok(busy == 0);
        }
        tokio::time::sleep(AGAIN).await;
    }
}

#[cfg(test)]
mod tests {
    use sqlx::sqlite::SqliteConnectOptions;

    use super::*;

    /// Or what was wiped stays in the log if nobody waits for the commit, or every commit empties it.
    #[tokio::test]
    async fn a_commit_that_wipes_is_due_once_it_is_over_and_no_other_is() {
        let log = Log::new(SqlitePool::connect_lazy_with(SqliteConnectOptions::new()), PASSING);
        let wiped = || log.state().wiped;
        drop(log.wiping(false));
        assert_eq!(wiped(), 0);
        let wiping = log.wiping(true);
        assert_eq!(wiped(), 0);
        drop(wiping);
        assert_eq!(wiped(), 1);
    }
}
