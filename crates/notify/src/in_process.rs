//! The sink for receivers in the same program.

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll, Waker};

use async_trait::async_trait;
use futures::Stream;
use link_core::{Result, View};

use crate::alert::Alert;
use crate::sink::Sink;

/// How many alerts wait for a receiver who does not fetch them, unless told otherwise.
const WAITING: usize = 256;

/// The sink for receivers in the same program. Handing over never waits and never fails.
///
/// A receiver who is slower than the alerts come loses the oldest and is told how many. Nobody gets what came before they subscribed:
/// what there is, is read through the view; alerts only say when to look. Cheap to clone; subscriptions end with the last clone.
#[derive(Clone)]
pub struct InProcess(Arc<Shared>);

struct Shared {
    waiting: usize,
    subscribers: Mutex<Vec<Subscriber>>,
}

struct Subscriber {
    view: View,
    queue: Weak<Mutex<Queue>>,
}

#[derive(Default)]
struct Queue {
    alerts: VecDeque<Alert>,
    missed: u64,
    closed: bool,
    waker: Option<Waker>,
}

/// A receiver was too slow: so many alerts are gone. Look at the conversations themselves instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{missed} alerts were missed")]
pub struct Lagged {
    /// How many.
    pub missed: u64,
}

/// The alerts for one view, as they come: a stream of them, with [`Lagged`] in the place of those that were lost. Dropping it ends it.
pub struct Subscription(Arc<Mutex<Queue>>);

impl InProcess {
    /// A sink without receivers; 256 alerts wait for each.
    pub fn new() -> Self {
        Self::with_waiting(WAITING)
    }

    /// A sink without receivers; so many alerts wait for each, at least one.
    pub fn with_waiting(waiting: usize) -> Self {
        Self(Arc::new(Shared { waiting: waiting.max(1), subscribers: Mutex::new(Vec::new()) }))
    }

    /// The alerts from now on of the view's owner and accounts. An empty view gets none.
    ///
    /// The view is the one of this moment: whoever takes a viewer's role away also ends their subscriptions. Until then an alert tells
    /// them ids, and reading the message behind it is decided anew.
    #[must_use = "dropping a subscription ends it"]
    pub fn subscribe(&self, view: &View) -> Subscription {
        let queue = Arc::new(Mutex::new(Queue::default()));
        let mut subscribers = lock(&self.0.subscribers);
        subscribers.retain(|subscriber| subscriber.queue.strong_count() > 0);
        subscribers.push(Subscriber { view: view.clone(), queue: Arc::downgrade(&queue) });
        Subscription(queue)
    }
}

impl Default for InProcess {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl Sink for InProcess {
    async fn deliver(&self, alert: &Alert) -> Result<()> {
        for subscriber in lock(&self.0.subscribers).iter().filter(|subscriber| subscriber.may_know(alert)) {
            if let Some(queue) = subscriber.queue.upgrade() {
                lock(&queue).push(alert.clone(), self.0.waiting);
            }
        }
        Ok(())
    }
}

impl Subscriber {
    fn may_know(&self, alert: &Alert) -> bool {
        self.view.owner == alert.owner && self.view.shows(&alert.account)
    }
}

impl Queue {
    fn push(&mut self, alert: Alert, waiting: usize) {
        if self.alerts.len() >= waiting {
            self.alerts.pop_front();
            self.missed += 1;
        }
        self.alerts.push_back(alert);
        self.wake();
    }

    fn wake(&mut self) {
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        for queue in lock(&self.subscribers).iter().filter_map(|subscriber| subscriber.queue.upgrade()) {
            let mut queue = lock(&queue);
            queue.closed = true;
            queue.wake();
        }
    }
}

impl Stream for Subscription {
    type Item = Result<Alert, Lagged>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut queue = lock(&self.0);
        if queue.missed > 0 {
            let missed = std::mem::take(&mut queue.missed);
            return Poll::Ready(Some(Err(Lagged { missed })));
        }
        if let Some(alert) = queue.alerts.pop_front() {
            return Poll::Ready(Some(Ok(alert)));
        }
        if queue.closed {
            return Poll::Ready(None);
        }
        queue.waker = Some(context.waker().clone());
        Poll::Pending
    }
}

/// Nothing panics while it holds one of these locks, so what a poisoned one guards is whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Debug for InProcess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let subscribers = lock(&self.0.subscribers).len();
        f.debug_struct("InProcess").field("waiting", &self.0.waiting).field("subscribers", &subscribers).finish()
    }
}

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let queue = lock(&self.0);
        f.debug_struct("Subscription").field("waiting", &queue.alerts.len()).field("missed", &queue.missed).finish()
    }
}

#[cfg(test)]
mod tests;
