//! The work that applies what the journal holds.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use link_core::linking::connection::ConnectionKey;
use link_core::linking::store::LinkStore;
use link_core::words::clock::Clock;
use link_core::words::error::{Error, ErrorKind, Result};
use link_core::words::event::Said;
use link_core::words::ids::AccountKey;
use link_core::words::journal::{Claimed, Journal, Settlement};
use link_core::words::ports::Decoder;
use link_core::words::view::View;
use link_core::words::work::{Next, Work};

use crate::apply::apply;
use crate::piece::Fact;
use crate::store::MessageStore;

/// How many envelopes are applied in one transaction.
const BATCH: u32 = 500;
/// How long a claim lasts: if the process dies, its envelopes are taken up again after this.
const LEASE: Duration = Duration::from_secs(30);
/// How long settled payloads are kept, to look at when something seems wrong.
const KEEP: TimeDelta = TimeDelta::hours(6);
/// How long to wait when the store cannot write.
const PAUSE: TimeDelta = TimeDelta::seconds(2);

/// Claims envelopes, decodes them, applies them in one transaction per batch, and settles them. A batch that fails is halved until the
/// envelope that spoils it stands alone, and that one is put aside. A store that cannot write now is tried again for as long as it takes.
pub struct Applier {
    journal: Arc<dyn Journal>,
    decoder: Arc<dyn Decoder>,
    messages: Arc<dyn MessageStore>,
    links: Arc<dyn LinkStore>,
    clock: Arc<dyn Clock>,
    unknown: AtomicU64,
}

impl Applier {
    /// Over these stores.
    pub fn new(
        journal: Arc<dyn Journal>,
        decoder: Arc<dyn Decoder>,
        messages: Arc<dyn MessageStore>,
        links: Arc<dyn LinkStore>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { journal, decoder, messages, links, clock, unknown: AtomicU64::new(0) }
    }

    /// How many items without a word were kept since the program started.
    pub fn unknown(&self) -> u64 {
        self.unknown.load(Ordering::Relaxed)
    }

    async fn facts(&self, claimed: &[Claimed]) -> Result<Vec<Vec<Fact>>> {
        let marks = self.marks(claimed).await?;
        let told = |claimed: &Claimed| {
            let envelope = &claimed.envelope;
            let mark = marks.get(&connection(claimed)).copied().flatten();
            let fact = |event| Fact::new(envelope.owner.clone(), mark, event).received(envelope.received_at);
            let told: Vec<Fact> = self.decoder.decode(&envelope.item).into_iter().map(fact).collect();
            let unknown = told.iter().filter(|fact| matches!(fact.event.said, Said::Unknown(_))).count();
            self.unknown.fetch_add(unknown as u64, Ordering::Relaxed);
            told
        };
        Ok(claimed.iter().map(told).collect())
    }

    /// When each account in the batch was confirmed.
    async fn marks(&self, claimed: &[Claimed]) -> Result<BTreeMap<ConnectionKey, Option<DateTime<Utc>>>> {
        let mut marks = BTreeMap::new();
        for key in claimed.iter().map(connection) {
            if let std::collections::btree_map::Entry::Vacant(free) = marks.entry(key) {
                let key = free.key();
                let view = View::system(key.account.owner.clone(), "tell news from history");
                let mark = self.links.connection(&view, key).await?.map(|connection| connection.confirmed_at);
                free.insert(mark);
            }
        }
        Ok(marks)
    }

    async fn apply(&self, claimed: &[Claimed], facts: &[Vec<Fact>], settled: &mut Vec<Settlement>) {
        let mut halves = vec![(0, claimed.len())];
        while let Some((from, to)) = halves.pop() {
            let batch: Vec<Fact> = facts[from..to].iter().flatten().cloned().collect();
            match apply(&*self.messages, &batch).await {
                Ok(()) => settled.extend(claimed[from..to].iter().map(|claimed| Settlement::Applied(claimed.sequence))),
                // Nothing was written, and the store may be able to later. Only what keeps conflicting may be one envelope's fault.
                Err(error) if error.is_retryable() && !(to - from > 1 && keeps_conflicting(&error, &claimed[from..to])) => {
                    tracing::warn!(%error, envelopes = to - from, "the store did not take a batch; it is tried again");
                    let again = self.clock.now() + PAUSE;
                    settled.extend(claimed[from..to].iter().map(|claimed| Settlement::Later(claimed.sequence, again)));
                }
                Err(error) if to - from == 1 => {
                    tracing::error!(%error, sequence = claimed[from].sequence.0, "an envelope cannot be applied; it is put aside");
                    settled.push(Settlement::Poisoned(claimed[from].sequence));
                }
                Err(_) => {
                    let middle = from + (to - from) / 2;
                    halves.push((middle, to));
                    halves.push((from, middle));
                }
            }
        }
    }
}

fn keeps_conflicting(error: &Error, claimed: &[Claimed]) -> bool {
    error.kind() == ErrorKind::Conflict && claimed.iter().all(|claimed| claimed.attempt > 2)
}

fn connection(claimed: &Claimed) -> ConnectionKey {
    let Claimed { envelope, .. } = claimed;
    let account = AccountKey::new(envelope.owner.clone(), envelope.lane.account.account.clone());
    ConnectionKey { account, road: envelope.item.road.clone() }
}

#[async_trait]
impl Work for Applier {
    fn name(&self) -> &'static str {
        "apply"
    }

    async fn step(&self) -> Result<Next> {
        let now = self.clock.now();
        let claimed = self.journal.claim(BATCH, now, LEASE).await?;
        if claimed.is_empty() {
            self.journal.forget(now - KEEP).await?;
            // Envelopes whose claim died with its process come free without anybody waking us.
            return Ok(Next::At(now + TimeDelta::seconds(15)));
        }
        let facts = self.facts(&claimed).await?;
        let mut settled = Vec::with_capacity(claimed.len());
        self.apply(&claimed, &facts, &mut settled).await;
        self.journal.settle(&settled, self.clock.now()).await?;
        let put_off = settled.iter().any(|settlement| matches!(settlement, Settlement::Later(..)));
        Ok(if put_off { Next::At(self.clock.now() + PAUSE) } else { Next::Again })
    }
}
