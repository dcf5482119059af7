//! The work that reads the feed and tells the sinks.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use link_core::Result;
use link_core::words::feed::{Feed, FeedQuery};
use link_core::words::work::{Next, Work};

use crate::alert::Alert;
use crate::alerts::Alerts;
use crate::recent::Recent;
use crate::sink::Sink;

/// How many happenings one step reads.
const BATCH: u32 = 100;

/// How many delivered alerts are remembered for each sink: far more than one batch can repeat.
const REMEMBERED: usize = 4096;

/// Reads the feed, turns what is news into alerts and delivers them to its sinks, each alert in the feed's order.
///
/// The place in the feed is kept only after every sink took what came before it, so that no alert is lost to a crash or a failure. What is
/// repeated is recognised: within this process no sink gets the same alert twice after it took it, as long as it is among the newest 4096.
/// After a restart the repeats come again, with the same id.
///
/// The sinks of one notifier keep step: one that fails holds up the others until it works. Sinks that must not wait for each other get a
/// notifier each, under readers of different names.
pub struct Notifier {
    reader: &'static str,
    feed: Arc<dyn Feed>,
    alerts: Alerts,
    sinks: Vec<Outlet>,
}

/// A sink, and what it took.
struct Outlet {
    sink: Arc<dyn Sink>,
    took: Mutex<Recent>,
}

impl Notifier {
    /// A notifier without sinks. The reader's name is that of its place in the feed, and of the work.
    pub fn new(reader: &'static str, feed: Arc<dyn Feed>, alerts: Alerts) -> Self {
        Self { reader, feed, alerts, sinks: Vec::new() }
    }

    /// With another sink.
    #[must_use]
    pub fn with_sink(mut self, sink: Arc<dyn Sink>) -> Self {
        self.sinks.push(Outlet { sink, took: Mutex::new(Recent::new(REMEMBERED)) });
        self
    }

    /// Every sink is tried, also when one before it failed; the first error is answered.
    async fn deliver(&self, alert: &Alert) -> Result<()> {
        let mut outcome = Ok(());
        for outlet in &self.sinks {
            outcome = outcome.and(outlet.deliver(alert).await);
        }
        outcome
    }
}

impl Outlet {
    async fn deliver(&self, alert: &Alert) -> Result<()> {
        if self.took.lock().unwrap_or_else(PoisonError::into_inner).contains(&alert.id) {
            return Ok(());
        }
        self.sink.deliver(alert).await?;
        self.took.lock().unwrap_or_else(PoisonError::into_inner).remember(alert.id.clone());
        Ok(())
    }
}

#[async_trait]
impl Work for Notifier {
    fn name(&self) -> &'static str {
        self.reader
    }

    async fn step(&self) -> Result<Next> {
        let start = self.feed.position(self.reader).await?;
        let happenings = self.feed.read(&FeedQuery { after: start, limit: BATCH }).await?;
        let (mut reached, mut outcome) = (start, Ok(()));
        for (position, happening) in &happenings {
            outcome = match self.alerts.of(happening).await {
                Ok(Some(alert)) => self.deliver(&alert).await,
                Ok(None) => Ok(()),
                // It would not read the next time either, and nobody's alerts wait for one owner's row.
                Err(error) if !error.is_retryable() => {
                    tracing::error!(%error, owner = %happening.owner, position = position.0, "whether an alert is wanted does not read; it is passed over");
                    Ok(())
                }
                Err(error) => Err(error),
            };
            if outcome.is_err() {
                break;
            }
            reached = *position;
        }
        if reached > start {
            self.feed.keep(self.reader, reached).await?;
        }
        outcome?;
        Ok(if happenings.len() < BATCH as usize { Next::Idle } else { Next::Again })
    }
}

impl fmt::Debug for Notifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Notifier").field("reader", &self.reader).field("sinks", &self.sinks.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
