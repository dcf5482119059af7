//! Finishing confirmations: being told what happens at the accounts, and beginning to read what happened before.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use chrono::TimeDelta;
use link_core::linking::connection::{Connection, Subscription};
use link_core::linking::setup::Depth;
use link_core::linking::store::{ConnectionChange, LinkStore};
use link_core::words::activity::Activity;
use link_core::words::clock::Clock;
use link_core::words::error::{Error, ErrorKind, Result};
use link_core::words::work::{Next, Work};
use link_sync::{Accesses, Backfill, BackfillStore};

use crate::wiring::Wiring;

/// How many connections are taken up in one step.
const BATCH: u32 = 20;

/// The work that subscribes what was confirmed. Each of its steps can be repeated: announcing, subscribing and beginning a backfill are
/// idempotent, and a connection is marked only after all of them.
pub(crate) struct Subscribing {
    pub(crate) wiring: Wiring,
    pub(crate) links: Arc<dyn LinkStore>,
    pub(crate) backfills: Arc<dyn BackfillStore>,
    pub(crate) accesses: Arc<dyn Accesses>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) callback_url: String,
    pub(crate) announced: AtomicBool,
}

impl Subscribing {
    /// Does what is still open for a connection, and marks it.
    pub(crate) async fn finish(&self, connection: &Connection) -> Result<Option<Connection>> {
        let done = self.subscribe(connection).await;
        if let Err(error) = &done {
            tracing::warn!(%error, account = %connection.account(), "an account could not be subscribed; it is tried again");
            self.accesses.failed(&connection.key, error).await?;
        }
        let now = self.clock.now();
        let change = |stored: &Connection| {
            let Subscription::Wanted { tries, .. } = &stored.subscription else { return None };
            let mut connection = stored.clone();
            let (subscription, act) = match &done {
                Ok(()) => (Subscription::Active { since: now }, "connection.subscribed"),
                Err(error) => (Subscription::Wanted { tries: tries + 1, cause: Some(told(error)) }, "connection.not_subscribed"),
            };
            connection.subscription = subscription;
            let owner = stored.key.account.owner.clone();
            let act = Activity::system(owner, "finish a confirmed link", act, now).on(stored.account());
            Some(ConnectionChange { connection, happenings: Vec::new(), acts: vec![act] })
        };
        self.links.change(&connection.key, &change).await
    }

    async fn subscribe(&self, connection: &Connection) -> Result<()> {
        let unknown = || Error::new(ErrorKind::Configuration, "subscribe an account of a platform that this program does not have");
        let platform = self.wiring.platform(&connection.account().platform).ok_or_else(unknown)?;
        if !self.announced.load(Ordering::Acquire) {
            platform.subscriptions.announce(&self.callback_url, &self.wiring.verify_token).await?;
            self.announced.store(true, Ordering::Release);
        }
        let refused = |refusal| Error::new(ErrorKind::SignInNeeded, "use the account's token").with_source(refusal);
        let access = self.accesses.access(&connection.key).await?.map_err(refused)?;
        platform.subscriptions.subscribe(&access).await?;
        if let Some(wanted) = self.accesses.wanted(&connection.key).await?.filter(|wanted| wanted.history != Depth::Nothing) {
            self.backfills.begin(&Backfill::new(connection.key.clone(), wanted.history, connection.confirmed_at)).await?;
        }
        Ok(())
    }
}

/// An error with its code and remedy, as one sentence that can be shown and holds no secret.
fn told(error: &Error) -> String {
    let code = error.code().map(|code| format!(" (code {code})")).unwrap_or_default();
    let remedy = error.remedy().map(|remedy| format!("; {}", remedy.what)).unwrap_or_default();
    format!("failed to {error}{code}{remedy}")
}

#[async_trait]
impl Work for Subscribing {
    fn name(&self) -> &'static str {
        "subscribe"
    }

    async fn step(&self) -> Result<Next> {
        let open = self.links.unsubscribed(BATCH).await?;
        let mut worst = None;
        for connection in &open {
            let now = self.finish(connection).await?;
            if let Some(Subscription::Wanted { tries, .. }) = now.map(|connection| connection.subscription) {
                worst = worst.max(Some(tries));
            }
        }
        Ok(worst.map_or(Next::Idle, |tries: u32| Next::At(self.clock.now() + TimeDelta::seconds(5 << tries.min(9)))))
    }
}
