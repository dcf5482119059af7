//! Finishing confirmations: being told what happens at the accounts, and beginning to read what happened before.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use link_core::linking::connection::{Connection, ConnectionKey, Subscription};
use link_core::linking::setup::Depth;
use link_core::linking::store::{ConnectionChange, LinkStore};
use link_core::linking::switch::LEAD;
use link_core::words::activity::Activity;
use link_core::words::clock::Clock;
use link_core::words::error::{Error, ErrorKind, Result};
use link_core::words::gate::{Ask, By, Gate, Verdict};
use link_core::words::platform::Feature;
use link_core::words::ports::Access;
use link_core::words::refusal::Refusal;
use link_core::words::work::{Next, Work};
use link_sync::{Accesses, Backfill, BackfillStore, ReconcileReason};

use crate::announcement::Announcement;
use crate::reconciling::Occasions;
use crate::wiring::{PlatformParts, Wiring};

/// How many connections are taken up in one step.
const BATCH: u32 = 20;

/// The work that subscribes what was confirmed. Each of its steps can be repeated: announcing, subscribing and beginning a backfill are
/// idempotent, and a connection is marked only after all of them.
pub(crate) struct Subscribing {
    pub(crate) wiring: Wiring,
    pub(crate) links: Arc<dyn LinkStore>,
    pub(crate) backfills: Arc<dyn BackfillStore>,
    pub(crate) occasions: Arc<Occasions>,
    pub(crate) accesses: Arc<dyn Accesses>,
    pub(crate) permissions: Arc<dyn Gate>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) callback_url: String,
    /// Whether deliveries come to this program, under that address.
    pub(crate) receives: bool,
    pub(crate) announcement: Announcement,
    pub(crate) turn: tokio::sync::Mutex<()>,
    /// When a connection that failed may be tried again. In this process only: a restart tries everything once more.
    pub(crate) resting: Mutex<HashMap<ConnectionKey, DateTime<Utc>>>,
}

impl Subscribing {
    /// Does what is still open for a connection, and marks it.
    pub(crate) async fn finish(&self, connection: &Connection) -> Result<Option<Connection>> {
        // One after the other: accounts may share one set of fields that the platform replaces whole.
        let _one_at_a_time = self.turn.lock().await;
        let done = self.subscribe(connection).await;
        if let Err(error) = &done {
            tracing::warn!(%error, account = %connection.account(), "an account could not be subscribed; it is tried again");
        }
        let (now, generation) = (self.clock.now(), connection.generation);
        let change = |stored: &Connection| {
            let Subscription::Wanted { tries, .. } = &stored.subscription else { return None };
            let mut connection = stored.clone();
            let (subscription, act) = match &done {
                Ok(()) => (Subscription::Active { since: now }, "connection.subscribed"),
                Err(error) => (Subscription::Wanted { tries: tries + 1, cause: Some(told(error)) }, "connection.not_subscribed"),
            };
            // Somebody signed in again meanwhile: what was done for the older token is to be done for the new one.
            if stored.generation != generation {
                return None;
            }
            // The account was handed over meanwhile: what follows from that is still to be done.
            if (stored.part, &stored.handovers, stored.missed_since) != (connection.part, &connection.handovers, connection.missed_since) {
                return None;
            }
            if done.is_ok() {
                connection.missed_since = None;
            }
            connection.subscription = subscription;
            let owner = stored.key.account.owner.clone();
            let act = Activity::system(owner, "finish a confirmed link", act, now).on(stored.account());
            Some(ConnectionChange { connection, happenings: Vec::new(), acts: vec![act] })
        };
        let changed = self.links.change(&connection.key, &change).await?;
        match changed.as_ref().map(|connection| &connection.subscription) {
            Some(Subscription::Wanted { tries, .. }) => self.resting().insert(connection.key.clone(), now + back_off(*tries)),
            _ => self.resting().remove(&connection.key),
        };
        Ok(changed)
    }

    fn resting(&self) -> MutexGuard<'_, HashMap<ConnectionKey, DateTime<Utc>>> {
        self.resting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells the platform where deliveries go, once in the life of this program.
    async fn announce(&self, platform: &PlatformParts) -> Result<()> {
        if self.announcement.is_done() {
            return Ok(());
        }
        match platform.subscriptions.announce(&self.callback_url, &self.wiring.verify_token).await {
            Ok(()) => self.announcement.done(),
            Err(error) => {
                self.announcement.failed(|tries| self.clock.now() + back_off(tries));
                return Err(error);
            }
        }
        Ok(())
    }

    /// The same for what was subscribed before this program started: of that no connection asks for it.
    async fn announce_anew(&self) -> Result<()> {
        let due = self.receives && self.announcement.is_due(self.clock.now());
        let Some(platform) = self.wiring.platforms.first().filter(|_| due) else { return Ok(()) };
        if self.links.owners(None, 1).await?.is_empty() {
            return Ok(());
        }
        let _one_at_a_time = self.turn.lock().await;
        if let Err(error) = self.announce(platform).await {
            tracing::warn!(%error, "the webhook's address could not be announced; it is tried again");
        }
        Ok(())
    }

    /// What nobody may compare would stand as missing for good, and with it what was heard since.
    async fn may_be_read(&self, key: &ConnectionKey) -> Result<bool> {
        let ask = Ask::new(By::System("compare what was written meanwhile"), key.account.clone(), key.road.clone(), Feature::HISTORY);
        Ok(!matches!(self.permissions.ask(&ask).await?, Verdict::Refused(_)))
    }

    /// With comments where the owner granted them. What is refused with them is tried without: nobody's messages stay out for that.
    async fn subscribed(&self, platform: &PlatformParts, key: &ConnectionKey, access: Access) -> Result<Result<()>> {
        let ask = Ask::new(By::System("subscribe to comments"), key.account.clone(), key.road.clone(), Feature::COMMENTS);
        if !matches!(self.permissions.ask(&ask).await?, Verdict::Refused(_)) {
            match platform.subscriptions.subscribe(&access.clone().with_features([Feature::COMMENTS])).await {
                Err(error) if matches!(error.kind(), ErrorKind::Invalid | ErrorKind::PermissionMissing) => {
                    tracing::warn!(%error, account = %key.account.account, "comments could not be subscribed to");
                }
                outcome => return Ok(outcome),
            }
        }
        Ok(platform.subscriptions.subscribe(&access).await)
    }

    async fn subscribe(&self, connection: &Connection) -> Result<()> {
        let unknown = || Error::new(ErrorKind::Configuration, "subscribe an account of a platform that this program does not have");
        let platform = self.wiring.platform(&connection.account().platform).ok_or_else(unknown)?;
        self.announce(platform).await?;
        let refused = |refusal: Refusal| {
            let remedy = refusal.remedy();
            Error::new(ErrorKind::OwnerActionNeeded, "use the account's token").with_source(refusal).with_remedy(remedy)
        };
        let access = self.accesses.access(&connection.key).await?.map_err(refused)?;
        if let Err(error) = self.subscribed(platform, &connection.key, access).await? {
            // Of the account's token nothing is said by what was refused to the app's own.
            self.accesses.failed(&connection.key, connection.generation, &error).await?;
            return Err(error);
        }
        // By a road that stands by the same messages come under other ids.
        let takes_over = connection.took_over_at();
        if !connection.receives_at(self.clock.now()) && takes_over.is_none() {
            return Ok(());
        }
        let Some(wanted) = self.accesses.wanted(&connection.key).await? else { return Ok(()) };
        // What the other road still has under way from before should be here by then.
        let from = takes_over.map(|at| at + LEAD);
        if wanted.history != Depth::Nothing {
            let backfill = Backfill::new(connection.key.clone(), wanted.history, connection.confirmed_at);
            let backfill = backfill.of_people(wanted.people);
            self.backfills.begin(&from.map_or(backfill.clone(), |at| backfill.beside_another_road(at))).await?;
        }
        let now = self.clock.now();
        // What came since the confirmation is news, however long it takes until the platform delivers it; who has everything read has it read.
        let is_first = connection.listened_since().is_none() && connection.confirmed_at < now && wanted.history != Depth::Everything;
        let undelivered = (is_first && self.may_be_read(&connection.key).await?).then_some(connection.confirmed_at);
        if let Some(missed) = connection.missed_since.or(undelivered) {
            let switched = from.is_some_and(|at| at > now);
            let reason = match connection.missed_since {
                None => ReconcileReason::Resubscribed,
                Some(_) if switched => ReconcileReason::Switched,
                Some(_) => ReconcileReason::Reauthorised,
            };
            self.occasions.missed_until(connection, missed, reason, from.unwrap_or(now)).await?;
        }
        Ok(())
    }
}

/// Ten seconds, doubled with every try, up to about three quarters of an hour.
fn back_off(tries: u32) -> TimeDelta {
    TimeDelta::seconds(5 << tries.min(9))
}

/// An error with its code and remedy, as one sentence that can be shown and holds no secret.
pub(crate) fn told(error: &Error) -> String {
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
        self.announce_anew().await?;
        let open = self.links.unsubscribed(BATCH).await?;
        for connection in &open {
            // The bell rings for whatever happens; that is no reason to ask a platform again that just refused.
            let rests = self.resting().get(&connection.key).is_some_and(|until| self.clock.now() < *until);
            if rests {
                continue;
            }
            // One that cannot be written keeps no other waiting.
            if let Err(error) = self.finish(connection).await {
                tracing::error!(%error, account = %connection.account(), "an account could not be finished; it is tried again");
                self.resting().insert(connection.key.clone(), self.clock.now() + back_off(1));
            }
        }
        let resting = self.resting();
        let open = open.iter().filter_map(|connection| resting.get(&connection.key).copied());
        let next = open.chain(self.announcement.rests_until().filter(|_| self.receives)).min();
        Ok(next.map_or(Next::Idle, Next::At))
    }
}
