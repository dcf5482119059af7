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
/// After so many changed messages the log is copied into the file beside the writer.
const MUCH: usize = 2_000;

/// Empties the log, over a connection of its own that hardly waits.
pub(crate) struct Log {
    passing: SqlitePool,
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
    pub(crate) fn new(passing: SqlitePool) -> Self {
        Self { passing, state: Mutex::default(), changed: AtomicUsize::new(0), is_copying: Arc::default() }
    }

    /// Moves everything into the file and empties the log, so that what was wiped is in neither; waits for readers as long as `patient`
    /// does. While one of them reads an older state that cannot be done, and is an error.
    pub(crate) async fn empty(&self, patient: &SqlitePool, context: &'static str) -> Result<()> {
        let wiped = self.state().wiped;
        if truncate(patient, context).await? {
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

    /// Empties the log if that is due, without making anybody wait for long; what cannot be done now is tried again after a while.
    pub(crate) async fn empty_in_passing(&self) {
        let wiped = {
            let state = self.state();
            if state.wiped == state.emptied || state.failed.is_some_and(|failed| failed.elapsed() < REST) {
                return;
            }
            state.wiped
        };
        match truncate(&self.passing, "empty the write-ahead log").await {
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
}

/// Answers whether the log is empty now.
async fn truncate(pool: &SqlitePool, context: &'static str) -> Result<bool> {
    let (busy, _, _): (i64, i64, i64) = sqlx::query_as("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(pool).await.or_failed(context)?;
    Ok(busy == 0)
}
