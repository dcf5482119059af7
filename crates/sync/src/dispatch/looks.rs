//! Looking for something to send, by one for all who have nothing to do.

use std::sync::atomic::{AtomicU64, Ordering};

use futures::lock::{Mutex, MutexGuard};
use link_core::words::work::Next;

/// Everybody who sends is woken at once. One of them looks; what it finds missing is an answer to all who had come before it began.
#[derive(Default)]
pub(super) struct Looks {
    came: AtomicU64,
    last: Mutex<Last>,
}

/// The last look that found nothing.
#[derive(Default)]
pub(super) struct Last {
    came_before: u64,
    next: Option<Next>,
}

impl Looks {
    /// Somebody comes, and has this number.
    pub(super) fn come(&self) -> u64 {
        self.came.fetch_add(1, Ordering::SeqCst)
    }

    /// Waits for the right to look.
    pub(super) async fn turn(&self) -> MutexGuard<'_, Last> {
        self.last.lock().await
    }

    /// How many have come so far: a look that begins now answers all of them.
    pub(super) fn so_far(&self) -> u64 {
        self.came.load(Ordering::SeqCst)
    }
}

impl Last {
    /// What somebody is told who had come before it began.
    pub(super) fn answer(&self, came: u64) -> Option<Next> {
        self.next.filter(|_| came < self.came_before)
    }

    /// It found nothing until then, for so many.
    pub(super) const fn found_nothing(&mut self, came_before: u64, next: Next) {
        (self.came_before, self.next) = (came_before, Some(next));
    }
}
