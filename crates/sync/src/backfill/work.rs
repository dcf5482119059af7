//! The work that reads history.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures::future::join_all;
use link_core::linking::setup::Synchronisation;
use link_core::words::clock::Clock;
use link_core::words::error::{Error, Result};
use link_core::words::event::{Event, Said};
use link_core::words::gate::{Ask, By};
use link_core::words::ids::{ConversationKey, ScopedId};
use link_core::words::platform::Feature;
use link_core::words::ports::{Access, HistoryPage};
use link_core::words::rates::RateKind;
use link_core::words::refusal::Refusal;
use link_core::words::work::{Next, Work};

use super::failing::{self, Failed, wait};
use super::plan::{Asking, askings};
use super::progress::Lap;
use super::taking::{self, Taken};
use super::{Backfill, BackfillState, BackfillStore, Held, Reading, ReadingState, Waits};
use crate::alias::known_elsewhere;
use crate::apply::Batch;
use crate::budget::{Permit, Priority};
use crate::carrier::{Accesses, Carrier};
use crate::checkpoint::Checkpoint;
use crate::coverage::Coverage;
use crate::piece::Fact;
use crate::store::MessageStore;

/// Calls of one account that are made side by side, as far as its budget allows.
const PARALLEL: u32 = 4;
/// How long a claim lasts: longer than a call and the writing of ten thousand messages.
const LEASE: Duration = Duration::from_secs(120);
/// Events that are written in one transaction, if their conversations are not larger: live messages wait behind it.
const TOGETHER: usize = 500;

/// The work that reads history. One step makes one round of calls for one account, as many side by side as its budget allows. Several
/// of these may run side by side: each takes another account.
pub struct Backfills {
    checkpoint: Checkpoint,
    store: Arc<dyn BackfillStore>,
    messages: Arc<dyn MessageStore>,
    accesses: Arc<dyn Accesses>,
    clock: Arc<dyn Clock>,
}

/// What it takes to call.
struct Ready<'a> {
    carrier: &'a Carrier,
    access: Access,
    wanted: Synchronisation,
}

/// Why nothing is called.
struct Refused {
    refusal: Refusal,
    is_denied: bool,
}

impl Backfills {
    /// Over these stores.
    pub fn new(
        checkpoint: Checkpoint,
        store: Arc<dyn BackfillStore>,
        messages: Arc<dyn MessageStore>,
        accesses: Arc<dyn Accesses>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { checkpoint, store, messages, accesses, clock }
    }

    /// One round of a backfill; answers the conversations that changed.
    async fn turn(&self, backfill: &mut Backfill) -> Result<Vec<Reading>> {
        let now = self.clock.now();
        (backfill.state, backfill.waits, backfill.is_denied) = (BackfillState::Waiting { until: now }, None, false);
        if !backfill.carried.is_empty() {
            return Ok(backfill.carry_over());
        }
        let ready = match self.ready(backfill).await? {
            Ok(ready) => ready,
            Err(refused) => {
                backfill.is_denied = refused.is_denied;
                backfill.state = BackfillState::Stopped { cause: refused.refusal.to_string() };
                return Ok(Vec::new());
            }
        };
        backfill.narrow(&ready.wanted);
        let waiting = self.store.waiting(&backfill.connection, PARALLEL).await?;
        let (mut wanted, mut changed) = askings(backfill, waiting, ready.carrier.capabilities.readable_history, now);
        if wanted.is_empty() {
            if changed.is_empty() {
                backfill.run_out();
            }
            return Ok(changed);
        }
        wanted.truncate(self.permitted(backfill, &ready.access, wanted.len()).await?);
        let history = &*ready.carrier.history;
        let calls = wanted.into_iter().map(async |asking| {
            let answer = asking.put(history, &ready.access).await;
            (asking, answer)
        });
        let answers = join_all(calls).await;
        let some_succeeded = answers.iter().any(|(_, answer)| answer.is_ok());
        let mut shrinks = false;
        for (mut asking, answer) in answers {
            let readings = match answer {
                Ok(page) => self.take_in(backfill, asking, page, &ready).await?,
                Err(error) => {
                    if failing::asks_too_much(backfill, &asking, &error, some_succeeded) {
                        // One conversation that the platform fails at makes nothing smaller for the others.
                        match &mut asking {
                            Asking::Of(reading, _) => reading.shrink(),
                            Asking::List(_) => shrinks = true,
                        }
                    }
                    self.failed(backfill, asking, &error, &ready).await?.into_iter().collect()
                }
            };
            changed.extend(readings);
        }
        if shrinks {
            backfill.shrink();
        }
        Ok(changed)
    }

    async fn ready(&self, backfill: &Backfill) -> Result<Result<Ready<'_>, Refused>> {
        let refused = |refusal, is_denied| Ok(Err(Refused { refusal, is_denied }));
        let connection = &backfill.connection;
        let by = By::System("read the history that the owner agreed to");
        let ask = Ask::new(by, connection.account.clone(), connection.road.clone(), Feature::HISTORY);
        if let Some(refusal) = self.checkpoint.gates_refuse(&ask).await? {
            let is_denied = !matches!(refusal, Refusal::NotLinked | Refusal::Disconnected);
            return refused(refusal, is_denied);
        }
        let carrier = match self.checkpoint.carriers().of(&connection.account.account.platform) {
            Ok(carrier) => carrier,
            Err(refusal) => return refused(refusal, false),
        };
        let Some(wanted) = self.accesses.wanted(connection).await? else { return refused(Refusal::NotLinked, false) };
        Ok(match self.accesses.access(connection).await? {
            Ok(access) => Ok(Ready { carrier, access, wanted }),
            Err(refusal) => Err(Refused { refusal, is_denied: false }),
        })
    }

    /// How many of these calls may be made now. If none may, the backfill waits for the budget.
    async fn permitted(&self, backfill: &mut Backfill, access: &Access, most: usize) -> Result<usize> {
        let now = self.clock.now();
        for taken in 0..most {
            if let Permit::At(at) = self.checkpoint.take(access, RateKind::History, Priority::Bulk, now).await? {
                if taken == 0 {
                    wait(backfill, at, Waits::Budget);
                }
                return Ok(taken);
            }
        }
        Ok(most)
    }

    async fn take_in(&self, backfill: &mut Backfill, asking: Asking, page: HistoryPage, ready: &Ready<'_>) -> Result<Vec<Reading>> {
        let readable = ready.carrier.capabilities.readable_history;
        let read: u64 = page.threads.iter().map(|thread| u64::from(thread.messages)).sum();
        let taken = match asking {
            Asking::List(_) => {
                let peers: Vec<ScopedId> = page.threads.iter().map(|thread| thread.peer.clone()).collect();
                let known = self.store.readings(&backfill.connection, &peers).await?;
                taking::list(backfill, page, known, readable)
            }
            Asking::Of(reading, _) => taking::thread(backfill, *reading, page, readable),
        };
        let mut readings = taken.readings.clone();
        for portion in together(taken, ready.wanted.profiles) {
            let spoiled = self.write_what_goes(backfill, portion).await?;
            readings.iter_mut().filter(|reading| spoiled.contains(&reading.peer)).for_each(|reading| reading.state = ReadingState::GivenUp);
        }
        backfill.succeeded();
        backfill.course.lap = Some(Lap::measure(backfill.course.lap.take(), read, self.clock.now()));
        Ok(readings)
    }

    /// Writes a portion. If something that is stored of one of its conversations does not read, the others are written, and those that cannot be
    /// are answered.
    async fn write_what_goes(&self, backfill: &Backfill, (events, coverings): Portion) -> Result<BTreeSet<ScopedId>> {
        match self.write(backfill, &events, coverings.clone()).await {
            Err(error) if !error.is_retryable() => {}
            written => return written.map(|()| BTreeSet::new()),
        }
        let peers: BTreeSet<Option<&ScopedId>> =
            events.iter().map(Event::peer).chain(coverings.iter().map(|(peer, _)| Some(peer))).collect();
        let mut spoiled = BTreeSet::new();
        for peer in peers {
            let events: Vec<Event> = events.iter().filter(|event| event.peer() == peer).cloned().collect();
            let coverings = coverings.iter().filter(|(of, _)| Some(of) == peer).cloned().collect();
            match self.write(backfill, &events, coverings).await {
                Err(error) if !error.is_retryable() => {
                    tracing::error!(%error, account = %backfill.connection.account.account, "a conversation does not read; it is given up");
                    spoiled.extend(peer.cloned());
                }
                written => written?,
            }
        }
        Ok(spoiled)
    }

    async fn write(&self, backfill: &Backfill, events: &[Event], coverings: Vec<(ScopedId, Coverage)>) -> Result<()> {
        let account = &backfill.connection.account;
        let fact = |event: &Event| Fact::new(account.owner.clone(), Some(backfill.confirmed_at), event.clone());
        let facts: Vec<Fact> = events.iter().map(fact).collect();
        // Whether another road brought messages of the account is not told by its handovers alone: it may have been unlinked in between.
        let known_by_others = known_elsewhere(&*self.messages, account, events).await?;
        let mut batch = Batch::of(&facts).knowing(known_by_others);
        for (peer, coverage) in coverings {
            batch = batch.covering(ConversationKey { account: account.clone(), peer }, coverage);
        }
        batch.write(&*self.messages).await.map(drop)
    }

    async fn failed(&self, backfill: &mut Backfill, asking: Asking, error: &Error, ready: &Ready<'_>) -> Result<Option<Reading>> {
        let connection = backfill.connection.clone();
        tracing::info!(%error, account = %connection.account.account, "a call for history failed");
        self.accesses.failed(&connection, ready.access.generation, error).await?;
        self.checkpoint.heed(&ready.access, RateKind::History, error, self.clock.now()).await;
        let Failed { reading, covering } = failing::failed(backfill, asking, error, self.clock.now());
        if let Some(covering) = covering {
            self.write(backfill, &[], vec![covering]).await?;
        }
        Ok(reading)
    }

    async fn go_on(&self, mut held: Held) -> Result<()> {
        let readings = self.turn(&mut held.backfill).await?;
        if !self.store.save(&held, &readings).await? {
            tracing::debug!(account = %held.backfill.connection.account.account, "somebody changed a backfill meanwhile; the round is repeated");
        }
        Ok(())
    }
}

/// Events that are written together, and how much of which conversation they are.
type Portion = (Vec<Event>, Vec<(ScopedId, Coverage)>);

/// A page in portions that are written one by one, each conversation within one. Without profiles nobody's name is kept.
fn together(taken: Taken, profiles: bool) -> Vec<Portion> {
    let mut coverings: BTreeMap<ScopedId, Coverage> = taken.coverings.into_iter().collect();
    let mut by_peer: BTreeMap<Option<ScopedId>, Vec<Event>> = BTreeMap::new();
    for mut event in taken.events {
        if let (Said::Thread(thread), false) = (&mut event.said, profiles) {
            (thread.name, thread.username) = (None, None);
        }
        by_peer.entry(event.peer().cloned()).or_default().push(event);
    }
    let mut portions: Vec<Portion> = Vec::new();
    for (peer, events) in by_peer {
        let covering = peer.and_then(|peer| coverings.remove_entry(&peer));
        match portions.last_mut().filter(|(all, _)| all.len() + events.len() <= TOGETHER) {
            Some((all, covered)) => {
                all.extend(events);
                covered.extend(covering);
            }
            None => portions.push((events, covering.into_iter().collect())),
        }
    }
    if !coverings.is_empty() {
        portions.push((Vec::new(), coverings.into_iter().collect()));
    }
    portions
}

#[async_trait]
impl Work for Backfills {
    fn name(&self) -> &'static str {
        "backfill"
    }

    async fn step(&self) -> Result<Next> {
        let Some(held) = self.store.claim(self.clock.now(), LEASE).await? else {
            return Ok(self.store.next_due().await?.map_or(Next::Idle, Next::At));
        };
        let mut claimed = held.clone();
        match self.go_on(held).await {
            // What is stored does not read: it would not an hour later.
            Err(error) if !error.is_retryable() => {
                claimed.backfill.state = BackfillState::Stopped { cause: error.to_string() };
                self.store.save(&claimed, &[]).await?;
            }
            outcome => outcome?,
        }
        Ok(Next::Again)
    }
}
