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

/// How long a step may take to come to its end when the runner is stopped. Longer than a call to a platform lasts, also where that fetches a film.
const GRACE: Duration = Duration::from_secs(100);

/// Work, the clock by which it says when it goes on, and how many of its steps run side by side.
#[derive(Clone)]
pub(crate) struct Timed {
    pub(crate) work: Arc<dyn Work>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) side_by_side: usize,
}

/// Background work that is running.
///
/// Dropping it cuts the work off at once. Nothing is lost by that, but what is being sent at that moment stays unknown until its echo
/// comes; [`Runner::stop`] lets it come to its end.
#[derive(Debug)]
#[must_use = "dropping the runner stops the background work"]
pub struct Runner {
    tasks: JoinSet<()>,
    stop: watch::Sender<bool>,
}

impl Runner {
    pub(crate) fn start(works: &[Timed], bell: &Bell) -> Self {
        let (stop, ended) = watch::channel(false);
        let mut tasks = JoinSet::new();
        for timed in works {
            for _ in 0..timed.side_by_side {
                tasks.spawn(drive(timed.clone(), bell.clone(), ended.clone()));
            }
        }
        Self { tasks, stop }
    }

    /// Begins no further step, waits until those under way have come to their end and what was only gathered is written (a hundred
    /// seconds at most), and returns.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        let over = async { while self.tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(GRACE, over).await.is_err() {
            tracing::warn!("background work did not come to its end in time and is cut off");
            self.tasks.shutdown().await;
        }
    }
}

async fn drive(Timed { work, clock, .. }: Timed, bell: Bell, mut ended: watch::Receiver<bool>) {
    let mut rung = bell.listen();
    while !*ended.borrow() {
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
        // Whether the bell rang, the time is over or an end was called is the same: look again.
        tokio::select! {
            _ = rung.changed() => {}
            _ = ended.changed() => {}
            () = tokio::time::sleep(wait) => {}
        }
    }
    if let Err(error) = work.close().await {
        tracing::warn!(work = work.name(), %error, source = ?std::error::Error::source(&error), "work could not be closed");
    }
}

fn panicked() -> Error {
    Error::new(ErrorKind::Corrupt, "finish a step: it panicked")
}

fn until(at: DateTime<Utc>, now: DateTime<Utc>) -> Duration {
    (at - now).to_std().unwrap_or(Duration::ZERO).clamp(Duration::from_millis(1), LONGEST)
}

/// Steps through all work until none of it has anything to do at once.
pub(crate) async fn drain(works: &[Timed]) -> link_core::Result<()> {
    loop {
        let mut again = false;
        for Timed { work, .. } in works {
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
        let timed = Timed { work: work.clone(), clock: Arc::new(SystemClock), side_by_side: 1 };
        let runner = Runner::start(&[timed], &Bell::new());
        work.1.notified().await;
        runner.stop().await;
    }

    /// Work that goes by a clock which stands still long ago, and has something to do an hour later.
    struct Slow(AtomicU32);

    impl Clock for Slow {
        fn now(&self) -> DateTime<Utc> {
            DateTime::UNIX_EPOCH
        }
    }

    #[async_trait]
    impl Work for Slow {
        fn name(&self) -> &'static str {
            "slow"
        }

        async fn step(&self) -> Result<Next> {
            self.0.fetch_add(1, Ordering::SeqCst);
            Ok(Next::At(self.now() + chrono::TimeDelta::hours(1)))
        }
    }

    /// If this failed, a machine that is fast would step a thousand times a second through whatever waits by the platform's clock.
    #[tokio::test(start_paused = true)]
    async fn work_waits_by_the_clock_that_it_goes_by() {
        let slow = Arc::new(Slow(AtomicU32::new(0)));
        let runner = Runner::start(&[Timed { work: slow.clone(), clock: slow.clone(), side_by_side: 1 }], &Bell::new());
        tokio::time::sleep(Duration::from_secs(10)).await;
        runner.stop().await;
        assert!(slow.0.load(Ordering::SeqCst) < 15, "{} steps in ten seconds", slow.0.load(Ordering::SeqCst));
    }
}
