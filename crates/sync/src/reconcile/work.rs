//! Making the calls, and applying what they bring.

mod writing;

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use link_core::words::clock::Clock;
use link_core::words::error::{Error, Result};
use link_core::words::event::{Event, Said};
use link_core::words::gate::{Ask, By};
use link_core::words::platform::Feature;
use link_core::words::ports::{Access, HistoryPage};
use link_core::words::rates::RateKind;

use self::writing::Findings;
use super::plan::Call;
use super::{HeldReconcile, Reconcile, ReconcileState, ReconcileStore};
use crate::budget::{Permit, Priority};
use crate::carrier::{Accesses, Carrier};
use crate::checkpoint::Checkpoint;
use crate::piece::Fact;
use crate::store::MessageStore;

/// How long a claim lasts: longer than two calls that time out.
const LEASE: Duration = Duration::from_secs(120);

/// Compares what is wanted. One step is one call to the platform, for which the budget is asked.
pub struct Reconciles {
    checkpoint: Checkpoint,
    store: Arc<dyn ReconcileStore>,
    messages: Arc<dyn MessageStore>,
    accesses: Arc<dyn Accesses>,
    clock: Arc<dyn Clock>,
}

/// What one step came to.
enum Progress {
    Page(Call, HistoryPage),
    Wait(DateTime<Utc>),
    Stop(String),
    /// With the generation of the token that was used.
    Failed(Call, u64, Error),
    Over,
}

impl Reconciles {
    /// Over these stores.
    pub fn new(
        checkpoint: Checkpoint,
        store: Arc<dyn ReconcileStore>,
        messages: Arc<dyn MessageStore>,
        accesses: Arc<dyn Accesses>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { checkpoint, store, messages, accesses, clock }
    }

    /// Makes the next call that is due, and answers what is kept of that; `None` if none is.
    pub async fn go_on(&self) -> Result<Option<Reconcile>> {
        let Some(HeldReconcile { reconcile: claimed, ticket }) = self.store.claim(self.clock.now(), LEASE).await? else { return Ok(None) };
        let now = self.clock.now();
        let mut after = claimed.clone();
        match self.step(&mut after).await {
            Ok(()) => {}
            Err(error) if error.is_retryable() => return Err(error),
            // One account whose row or token does not read keeps nobody else from being compared.
            Err(error) => after = Reconcile { state: ReconcileState::Stopped { at: now, cause: error.to_string() }, ..claimed.clone() },
        }
        let told: Vec<_> = after.told(now).into_iter().collect();
        // What somebody else works on by now stays as they found it.
        Ok(Some(self.store.save(&HeldReconcile::new(after, ticket), &told).await?.unwrap_or(claimed)))
    }

    /// When there is next something to compare; `None` if nothing waits.
    pub async fn next_due(&self) -> Result<Option<DateTime<Utc>>> {
        self.store.next_due().await
    }

    async fn step(&self, reconcile: &mut Reconcile) -> Result<()> {
        let progress = self.call(reconcile).await?;
        let now = self.clock.now();
        match progress {
            Progress::Page(call, page) => {
                reconcile.state = ReconcileState::Waiting { until: now };
                self.take_in(reconcile, &call, page).await?;
                let can = self.carrier(reconcile).map(|carrier| carrier.capabilities);
                if can.is_ok_and(|can| reconcile.next(can).is_none()) {
                    reconcile.ended(now);
                }
            }
            Progress::Over => reconcile.ended(now),
            Progress::Wait(until) => reconcile.state = ReconcileState::Waiting { until },
            Progress::Stop(cause) => reconcile.state = ReconcileState::Stopped { at: now, cause },
            Progress::Failed(call, generation, error) => {
                self.accesses.failed(&reconcile.connection, generation, &error).await?;
                reconcile.failed(&call, &error, now);
            }
        }
        Ok(())
    }

    fn carrier(&self, reconcile: &Reconcile) -> Result<&Carrier, String> {
        self.checkpoint.carriers().of(&reconcile.connection.account.account.platform).map_err(|refusal| refusal.to_string())
    }

    async fn call(&self, reconcile: &Reconcile) -> Result<Progress> {
        let connection = &reconcile.connection;
        let by = By::System("find what was not delivered");
        let ask = Ask::new(by, connection.account.clone(), connection.road.clone(), Feature::HISTORY);
        if let Some(refusal) = self.checkpoint.gates_refuse(&ask).await? {
            return Ok(Progress::Stop(refusal.to_string()));
        }
        let carrier = match self.carrier(reconcile) {
            Ok(carrier) => carrier,
            Err(cause) => return Ok(Progress::Stop(cause)),
        };
        let Some(call) = reconcile.next(carrier.capabilities) else { return Ok(Progress::Over) };
        let access = match self.accesses.access(connection).await? {
            Ok(access) => access,
            Err(refusal) => return Ok(Progress::Stop(refusal.to_string())),
        };
        if let Permit::At(at) = self.checkpoint.take(&access, RateKind::History, Priority::Program, self.clock.now()).await? {
            return Ok(Progress::Wait(at));
        }
        Ok(match ask_platform(carrier, &access, &call).await {
            Ok(page) => Progress::Page(call, page),
            Err(error) => {
                self.checkpoint.heed(&access, RateKind::History, &error, self.clock.now()).await;
                Progress::Failed(call, access.generation, error)
            }
        })
    }

    async fn take_in(&self, reconcile: &mut Reconcile, call: &Call, mut page: HistoryPage) -> Result<()> {
        let account = reconcile.connection.account.clone();
        if !self.accesses.wanted(&reconcile.connection).await?.is_some_and(|wanted| wanted.profiles) {
            page.events.iter_mut().for_each(without_name);
        }
        let (here, by_others) = self.look(reconcile, &mut page).await?;
        let applied = reconcile.take(&page, &here);
        let compared = match self.carrier(reconcile) {
            Ok(carrier) => reconcile.advance(call, &page, &here, carrier.capabilities),
            Err(_) => Vec::new(),
        };
        let news = Some(reconcile.confirmed_at);
        let facts: Vec<Fact> = applied.into_iter().map(|event| Fact::new(account.owner.clone(), news, event)).collect();
        self.write(reconcile, page.as_of, &Findings { facts, compared, by_others }).await
    }
}

async fn ask_platform(carrier: &Carrier, access: &Access, call: &Call) -> Result<HistoryPage> {
    match call {
        Call::List(query) => carrier.history.conversations(access, query).await,
        Call::Older(thread, query) => carrier.history.messages(access, thread, query).await,
    }
}

/// An owner who wants no profiles has none read, wherever they are told.
fn without_name(event: &mut Event) {
    if let Said::Thread(thread) = &mut event.said {
        (thread.name, thread.username) = (None, None);
    }
}
