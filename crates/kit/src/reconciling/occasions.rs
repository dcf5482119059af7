//! The occasions on which accounts are compared.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use link_core::Result;
use link_core::linking::accessibility::FindingStore;
use link_core::linking::connection::{Connection, ConnectionKey, Subscription};
use link_core::linking::store::LinkStore;
use link_core::words::activity::Activity;
use link_core::words::clock::{Chance, Clock};
use link_core::words::ids::OwnerId;
use link_core::words::view::View;
use link_core::words::work::{Next, Work};
use link_sync::{Alive, Occasion, Reconcile, ReconcileReason, ReconcileStore};

use super::comparing::note;

/// How often it is written down that the program lives.
const BEAT: TimeDelta = TimeDelta::minutes(1);
/// After a longer break the program was away. It may have been away for two minutes before it was seen last: what was acknowledged is kept, but
/// clocks disagree.
const PAUSE: TimeDelta = TimeDelta::minutes(2);
/// How long the platform is left to bring again what could not be kept.
const REPEATED_WITHIN: TimeDelta = TimeDelta::minutes(10);
/// How often it is looked whether there is a new account, at most.
const LOOK: TimeDelta = TimeDelta::minutes(10);
/// How many owners are read from the store at once.
const BATCH: u32 = 100;

/// Wants accounts compared: by schedule, after the program was away, and when something was missed.
pub(crate) struct Occasions {
    links: Arc<dyn LinkStore>,
    store: Arc<dyn ReconcileStore>,
    findings: Arc<dyn FindingStore>,
    clock: Arc<dyn Clock>,
    chance: Arc<dyn Chance>,
    /// How often each account is compared; never if zero.
    every: TimeDelta,
    /// Whether deliveries come to this program.
    receives: bool,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    alive: Option<Alive>,
    /// True if the runner steps through the work all the time, so that a long break means that the machine slept.
    runs: bool,
    /// The first and the last delivery that could not be kept, and is not compared yet.
    not_kept: Option<(DateTime<Utc>, DateTime<Utc>)>,
    last_not_kept: Option<DateTime<Utc>>,
    due: HashMap<ConnectionKey, DateTime<Utc>>,
    looked_at: Option<DateTime<Utc>>,
    /// True once what the last looks of an earlier program found was noted.
    noted: bool,
}

impl Seen {
    /// Deliveries between two times could not be kept.
    fn remember(&mut self, first: DateTime<Utc>, last: DateTime<Utc>) {
        let (earliest, latest) = self.not_kept.unwrap_or((first, last));
        self.not_kept = Some((earliest.min(first), latest.max(last)));
        self.last_not_kept = self.last_not_kept.max(Some(last));
    }
}

impl Occasions {
    pub(crate) fn new(
        links: Arc<dyn LinkStore>,
        (store, findings): (Arc<dyn ReconcileStore>, Arc<dyn FindingStore>),
        clock: Arc<dyn Clock>,
        chance: Arc<dyn Chance>,
        (every, receives): (TimeDelta, bool),
    ) -> Self {
        Self { links, store, findings, clock, chance, every, receives, seen: Mutex::default() }
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The work is stepped through all the time from now on.
    pub(crate) fn runs(&self) {
        self.seen().runs = true;
    }

    /// A delivery could not be kept. Whose it was is not always known, and the store cannot be told.
    pub(crate) fn not_kept(&self) {
        let now = self.clock.now();
        self.seen().remember(now, now);
    }

    /// What came at an account since a time may be missing.
    pub(crate) async fn missed(&self, connection: &Connection, since: DateTime<Utc>, reason: ReconcileReason) -> Result<bool> {
        self.want(connection, since, reason, self.clock.now(), &[]).await
    }

    /// The same, and not looked for before a time.
    pub(crate) async fn missed_until(
        &self,
        connection: &Connection,
        since: DateTime<Utc>,
        reason: ReconcileReason,
        from: DateTime<Utc>,
    ) -> Result<bool> {
        self.want(connection, since, reason, from.max(self.clock.now()), &[]).await
    }

    /// Somebody wants it now, from where everything is known to be whole.
    pub(crate) async fn asked(&self, connection: &Connection, act: Activity) -> Result<bool> {
        let now = self.clock.now();
        let since = self.recently(connection, now);
        self.want(connection, since, ReconcileReason::Asked, now, &[act]).await
    }

    async fn want(
        &self,
        connection: &Connection,
        since: DateTime<Utc>,
        reason: ReconcileReason,
        from: DateTime<Utc>,
        acts: &[Activity],
    ) -> Result<bool> {
        let occasion = Occasion::new(connection.key.clone(), connection.confirmed_at, reason, since, self.clock.now());
        self.store.want(&occasion.not_before(from).listening_since(self.listening_since(connection)), acts).await
    }

    /// Since when what happens at the account could reach this program without a break.
    fn listening_since(&self, connection: &Connection) -> Option<DateTime<Utc>> {
        let seen = self.seen();
        let alive = seen.alive.filter(|_| self.receives)?;
        let Subscription::Active { since } = connection.subscription else { return None };
        Some(
            [Some(since), Some(alive.since), seen.last_not_kept, connection.took_over_at()]
                .into_iter()
                .flatten()
                .fold(since, DateTime::max),
        )
    }

    /// Of an account that was never compared, more than what passes between two looks; what came before the platform delivered, too.
    fn recently(&self, connection: &Connection, now: DateTime<Utc>) -> DateTime<Utc> {
        connection.confirmed_at.max(now - self.every.clamp(TimeDelta::hours(6), TimeDelta::days(30)) * 2)
    }

    /// Writes down that the program lives; if it was away, all of its accounts are to be compared first.
    async fn beat(&self, now: DateTime<Utc>) -> Result<()> {
        let (known, runs, not_kept) = {
            let seen = self.seen();
            (seen.alive, seen.runs, seen.not_kept)
        };
        if known.is_some_and(|alive| now - alive.at < BEAT && alive.not_kept == not_kept) {
            return Ok(());
        }
        // Who steps through the work now and then is there all the time between.
        let (before, pause) = match known {
            Some(alive) => (Some(alive), if runs { PAUSE } else { TimeDelta::MAX }),
            None => (self.store.alive().await?, PAUSE),
        };
        let (alive, away) = before.map_or((Alive::new(now, now), None), |before| before.seen(now, pause));
        let alive = {
            let mut seen = self.seen();
            if let (None, Some((first, last))) = (known, alive.not_kept) {
                seen.remember(first, last);
            }
            let alive = alive.not_keeping(seen.not_kept);
            seen.alive = Some(alive);
            alive
        };
        if let Some(away) = away {
            let wanted = self.all(away - PAUSE, ReconcileReason::Downtime).await;
            if wanted.is_err() {
                self.seen().alive = before.filter(|_| known.is_some());
            }
            wanted?;
        }
        self.store.beat(&alive).await
    }

    /// Every account of everybody.
    async fn all(&self, since: DateTime<Utc>, reason: ReconcileReason) -> Result<()> {
        for owner in self.owners().await? {
            for connection in self.receiving(&owner).await? {
                self.missed_if_it_reads(&connection, since, reason).await?;
            }
        }
        Ok(())
    }

    /// An account whose row does not read keeps no other from being compared.
    pub(crate) async fn missed_if_it_reads(&self, connection: &Connection, since: DateTime<Utc>, reason: ReconcileReason) -> Result<()> {
        match self.missed(connection, since, reason).await {
            Err(error) if !error.is_retryable() => {
                tracing::error!(%error, account = %connection.account(), "what was compared of an account does not read; it is passed over");
                Ok(())
            }
            outcome => outcome.map(|_| ()),
        }
    }

    async fn owners(&self) -> Result<Vec<OwnerId>> {
        let mut all: Vec<OwnerId> = Vec::new();
        loop {
            let next = self.links.owners(all.last(), BATCH).await?;
            let whole = next.len() < BATCH as usize;
            all.extend(next);
            if whole {
                return Ok(all);
            }
        }
    }

    /// The owner's connections by which something is received.
    async fn receiving(&self, owner: &OwnerId) -> Result<Vec<Connection>> {
        let now = self.clock.now();
        let mut connections = self.links.connections(&system(owner)).await?;
        connections.retain(|connection| is_received(connection, now));
        Ok(connections)
    }

    /// What could not be kept and was not brought again by now.
    async fn repeated(&self, now: DateTime<Utc>) -> Result<()> {
        let Some((first, last)) = self.seen().not_kept else { return Ok(()) };
        if now - last < REPEATED_WITHIN {
            return Ok(());
        }
        self.all(first - PAUSE, ReconcileReason::Downtime).await?;
        self.store.looked_for(first, last).await?;
        let mut seen = self.seen();
        if seen.not_kept == Some((first, last)) {
            seen.not_kept = None;
        }
        Ok(())
    }

    /// Accounts that came since the last look, each with a first time to come.
    async fn look(&self, now: DateTime<Utc>) -> Result<()> {
        if self.seen().looked_at.is_some_and(|at| now - at < LOOK.min(self.every / 2)) {
            return Ok(());
        }
        for owner in self.owners().await? {
            let new = |connection: &Connection| !self.seen().due.contains_key(&connection.key);
            let new: Vec<Connection> = self.receiving(&owner).await?.into_iter().filter(new).collect();
            if new.is_empty() {
                continue;
            }
            let known = self.known(&owner).await?;
            for connection in new {
                let last = known.iter().find(|row| row.connection == connection.key);
                let due = last.and_then(Reconcile::ended_at).unwrap_or(now) + self.jittered();
                self.seen().due.insert(connection.key, due);
            }
        }
        self.seen().looked_at = Some(now);
        Ok(())
    }

    /// What the last looks found stands, also if the program was killed before it was noted.
    async fn note_once(&self, now: DateTime<Utc>) -> Result<()> {
        if self.seen().noted {
            return Ok(());
        }
        for owner in self.owners().await? {
            let connections = self.receiving(&owner).await?;
            let known = self.known(&owner).await?;
            for row in known.iter().filter(|row| connections.iter().any(|connection| connection.key == row.connection)) {
                match note(&*self.findings, row, now).await {
                    Err(error) if !error.is_retryable() => {
                        tracing::warn!(%error, account = %row.connection.account.account, "what was lost could not be noted");
                    }
                    noted => noted?,
                }
            }
        }
        self.seen().noted = true;
        Ok(())
    }

    /// What was compared of an owner's accounts; nothing of an owner of whom one row does not read.
    async fn known(&self, owner: &OwnerId) -> Result<Vec<Reconcile>> {
        match self.store.reconciles(&system(owner)).await {
            Err(error) if !error.is_retryable() => {
                tracing::error!(%error, %owner, "what was compared of an owner's accounts does not read; it is compared as if it never was");
                Ok(Vec::new())
            }
            known => known,
        }
    }

    /// A tenth more or less, so that a thousand accounts do not come at once.
    fn jittered(&self) -> TimeDelta {
        let share = i32::from(self.chance.bytes()[0]) - 128;
        self.every + self.every / 1_280 * share
    }

    /// Accounts whose time has come; answers when the next one's does.
    async fn scheduled(&self, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>> {
        if self.every <= TimeDelta::zero() {
            return Ok(None);
        }
        self.look(now).await?;
        let due: Vec<ConnectionKey> = self.seen().due.iter().filter(|(_, at)| **at <= now).map(|(key, _)| key.clone()).collect();
        for key in due {
            let connection = self.links.connection(&system(&key.account.owner), &key).await?;
            match connection.filter(|connection| is_received(connection, now)) {
                Some(connection) => {
                    let since = self.recently(&connection, now);
                    self.missed_if_it_reads(&connection, since, ReconcileReason::Schedule).await?;
                    let next = now + self.jittered();
                    self.seen().due.insert(key, next);
                }
                None => {
                    self.seen().due.remove(&key);
                }
            }
        }
        let seen = self.seen();
        let look = seen.looked_at.map(|at| at + LOOK.min(self.every / 2));
        Ok(seen.due.values().copied().chain(look).min())
    }
}

fn is_received(connection: &Connection, now: DateTime<Utc>) -> bool {
    connection.receives_at(now) && connection.listened_since().is_some()
}

fn system(owner: &OwnerId) -> View {
    View::system(owner.clone(), "see what is to be compared")
}

#[async_trait]
impl Work for Occasions {
    fn name(&self) -> &'static str {
        "occasions"
    }

    async fn step(&self) -> Result<Next> {
        if !self.receives {
            return Ok(Next::Idle);
        }
        let now = self.clock.now();
        self.beat(now).await?;
        self.note_once(now).await?;
        self.repeated(now).await?;
        let scheduled = self.scheduled(now).await?;
        let repeated = self.seen().not_kept.map(|(_, last)| last + REPEATED_WITHIN);
        Ok(Next::At([scheduled, repeated].into_iter().flatten().fold(now + BEAT, DateTime::min)))
    }
}
