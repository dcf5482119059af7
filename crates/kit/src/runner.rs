//! The one runner of all background work.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures::FutureExt as _;
use link_core::words::clock::Clock;
use link_core::words::work::{Next, Work};
use link_core::{Error, ErrorKind};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// The longest sleep without looking: another process may have left something to do.
const LONGEST: Duration = Duration::from_secs(1);
/// How long work rests after it failed.
const REST: Duration = Duration::from_secs(1);

/// Wakes all work at once. Cheap to clone; waking what has nothing to do costs one empty step.
#[derive(Debug, Clone)]
pub(crate) struct Bell(Arc<watch::Sender<u64>>);

impl Bell {
    pub(crate) fn new() -> Self {
        Self(Arc::new(watch::channel(0).0))
    }

    pub(crate) fn ring(&self) {
        self.0.send_modify(|rung| *rung = rung.wrapping_add(1));
    }

    pub(crate) fn listen(&self) -> watch::Receiver<u64> {
        self.0.subscribe()
    }
}

/// Background work that is running. Dropping it stops the work; no step is harmed by being cut off.
#[derive(Debug)]
#[must_use = "dropping the runner stops the background work"]
pub struct Runner(JoinSet<()>);

impl Runner {
    pub(crate) fn start(works: &[Arc<dyn Work>], bell: &Bell, clock: &Arc<dyn Clock>) -> Self {
        let mut set = JoinSet::new();
        for work in works {
            set.spawn(drive(work.clone(), bell.clone(), clock.clone()));
        }
        Self(set)
    }

    /// Stops the work and waits until every task is gone.
    pub async fn stop(mut self) {
        self.0.shutdown().await;
    }
}

async fn drive(work: Arc<dyn Work>, bell: Bell, clock: Arc<dyn Clock>) {
    let mut rung = bell.listen();
    loop {
        rung.mark_unchanged();
        // A step that panics is a defect; stopping all of its work for it would be a silent one.
        let stepped = AssertUnwindSafe(work.step()).catch_unwind().await.unwrap_or_else(|_| Err(panicked()));
        let wait = match stepped {
            Ok(Next::Again) => {
                // What one work did is what another waits for.
                bell.ring();
                tokio::task::yield_now().await;
                continue;
            }
            Ok(Next::At(at)) => until(at, clock.now()),
            Ok(Next::Idle) => LONGEST,
            Err(error) => {
                tracing::warn!(work = work.name(), %error, source = ?std::error::Error::source(&error), "a step failed; it is tried again");
                REST
            }
        };
        // Whether the bell rang or the time is over is the same: look again.
        tokio::select! {
            _ = rung.changed() => {}
            () = tokio::time::sleep(wait) => {}
        }
    }
}

fn panicked() -> Error {
    Error::new(ErrorKind::Corrupt, "finish a step: it panicked")
}

fn until(at: DateTime<Utc>, now: DateTime<Utc>) -> Duration {
    (at - now).to_std().unwrap_or(Duration::ZERO).clamp(Duration::from_millis(1), LONGEST)
}

/// Steps through all work until none of it has anything to do at once.
pub(crate) async fn drain(works: &[Arc<dyn Work>]) -> link_core::Result<()> {
    loop {
        let mut again = false;
        for work in works {
            while work.step().await? == Next::Again {
                again = true;
            }
        }
        if !again {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use async_trait::async_trait;
    use link_core::Result;
    use link_core::words::clock::SystemClock;

    use super::*;

    struct Clumsy(AtomicU32, tokio::sync::Notify);

    #[async_trait]
    impl Work for Clumsy {
        fn name(&self) -> &'static str {
            "clumsy"
        }

        async fn step(&self) -> Result<Next> {
            assert!(self.0.fetch_add(1, Ordering::SeqCst) > 0, "the first step panics");
            self.1.notify_one();
            Ok(Next::Idle)
        }
    }

    #[tokio::test(start_paused = true)]
    async fn work_that_panicked_once_goes_on() {
        let work = Arc::new(Clumsy(AtomicU32::new(0), tokio::sync::Notify::new()));
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let runner = Runner::start(&[work.clone() as Arc<dyn Work>], &Bell::new(), &clock);
        work.1.notified().await;
        runner.stop().await;
    }
}
