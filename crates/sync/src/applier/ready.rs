//! What is made ready of claimed envelopes before anything is written: they are decoded, and what they tell is asked for its permission and
//! told.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};

use futures::FutureExt as _;
use link_core::linking::connection::ConnectionKey;
use link_core::words::error::Result;
use link_core::words::event::Said;
use link_core::words::gate::{Ask, By, Verdict};
use link_core::words::ids::AccountKey;
use link_core::words::journal::{Claimed, Sequence, Settlement};
use link_core::words::platform::Feature;
use link_core::words::refusal::Refusal;
use link_core::words::view::View;

use super::{Applier, Connections};
use crate::apply::{Batch, FEW, let_others};
use crate::piece::Fact;

/// Envelopes that are applied together, and all that is known of them before.
#[derive(Default)]
pub(super) struct Ready {
    pub(super) claimed: Vec<Claimed>,
    /// What all of them tell.
    facts: Vec<Fact>,
    /// Which of the facts each of them tells.
    of: Vec<Range<usize>>,
    /// What the facts say; `None` if telling panicked.
    pub(super) batch: Option<Batch>,
    /// By which connections they came.
    pub(super) connections: Connections,
    /// The envelopes that told of nothing that anybody granted.
    pub(super) unwanted: BTreeSet<Sequence>,
    /// How many facts without a word there are.
    pub(super) unknown: u64,
    /// How many facts nobody granted.
    pub(super) ungranted: u64,
    /// Those over which decoding panicked.
    pub(super) put_aside: Vec<Settlement>,
}

impl Ready {
    /// What some of the envelopes tell.
    pub(super) fn facts(&self, envelopes: Range<usize>) -> &[Fact] {
        match self.of.get(envelopes) {
            Some([first, .., last]) => &self.facts[first.start..last.end],
            Some([only]) => &self.facts[only.clone()],
            _ => &[],
        }
    }
}

impl Applier {
    /// Decodes envelopes, a few at a time, and tells what is granted of what they say. On an error what was claimed is there, to be put back.
    pub(super) async fn ready(&self, claimed: Option<Vec<Claimed>>) -> Option<(Ready, Result<()>)> {
        let mut ready = Ready { claimed: claimed?, ..Ready::default() };
        let is_ready = self.make_ready(&mut ready).await;
        Some((ready, is_ready))
    }

    async fn make_ready(&self, ready: &mut Ready) -> Result<()> {
        ready.connections = self.connections(&ready.claimed).await?;
        let facts = self.decoded(ready).await;
        let said: Vec<bool> = facts.iter().map(|facts| !facts.is_empty()).collect();
        let before: usize = facts.iter().map(Vec::len).sum();
        let granted = self.granted(facts).await?;
        let unwanted = ready.claimed.iter().zip(said).zip(&granted).filter(|((_, said), facts)| *said && facts.is_empty());
        ready.unwanted = unwanted.map(|((claimed, _), _)| claimed.sequence).collect();
        for facts in granted {
            let begin = ready.facts.len();
            ready.facts.extend(facts);
            ready.of.push(begin..ready.facts.len());
        }
        ready.ungranted = (before - ready.facts.len()) as u64;
        ready.unknown = ready.facts.iter().filter(|fact| matches!(fact.event.said, Said::Unknown(_))).count() as u64;
        ready.batch = AssertUnwindSafe(Batch::told(&ready.facts)).catch_unwind().await.ok();
        Ok(())
    }

    /// What each envelope tells; those over which decoding panics are put aside.
    async fn decoded(&self, ready: &mut Ready) -> Vec<Vec<Fact>> {
        let claimed = std::mem::take(&mut ready.claimed);
        let mut told = Vec::with_capacity(claimed.len());
        for (number, claimed) in claimed.into_iter().enumerate() {
            if let Some(facts) = self.told_by(&claimed, &ready.connections) {
                told.push(facts);
                ready.claimed.push(claimed);
            } else {
                tracing::error!(sequence = claimed.sequence.0, "decoding an envelope panicked; it is put aside");
                ready.put_aside.push(Settlement::Poisoned(claimed.sequence));
            }
            if number % FEW == FEW - 1 {
                let_others().await;
            }
        }
        told
    }

    /// What an envelope tells; `None` if decoding panics.
    fn told_by(&self, claimed: &Claimed, connections: &Connections) -> Option<Vec<Fact>> {
        let told = || {
            let envelope = &claimed.envelope;
            let mark = connections.get(&connection(claimed)).and_then(Option::as_ref).map(|connection| connection.confirmed_at);
            let fact = |event| Fact::new(envelope.owner.clone(), mark, event).received(envelope.received_at).told_to(self.apps.clone());
            self.decoder.decode(&envelope.item).into_iter().map(fact).collect()
        };
        catch_unwind(AssertUnwindSafe(told)).ok()
    }

    /// Without the comments that nobody granted.
    async fn granted(&self, mut facts: Vec<Vec<Fact>>) -> Result<Vec<Vec<Fact>>> {
        let Some(gate) = &self.comments else { return Ok(facts) };
        let is_comment = |fact: &Fact| match &fact.event.said {
            Said::Commented(_) => true,
            Said::Changed { field, .. } => self.comment_fields.contains(&field.as_str()),
            _ => false,
        };
        let key = |fact: &Fact| (AccountKey::new(fact.owner.clone(), fact.event.account.clone()), fact.event.road.clone());
        let told: BTreeSet<_> = facts.iter().flatten().filter(|fact| is_comment(fact)).map(key).collect();
        let mut refused = BTreeSet::new();
        for (account, road) in told {
            let ask = Ask::new(By::System("keep what people comment"), account.clone(), road.clone(), Feature::COMMENTS);
            // An account that cannot be asked for now keeps what comes in: only what was not granted is none of ours.
            match gate.ask(&ask).await {
                Ok(Verdict::Refused(Refusal::PermissionMissing { .. })) => drop(refused.insert((account, road))),
                Err(error) if !error.is_retryable() => {
                    tracing::error!(%error, account = %account.account, "whether comments are wanted does not read; they are kept");
                }
                asked => drop(asked?),
            }
        }
        if refused.is_empty() {
            return Ok(facts);
        }
        for told in &mut facts {
            told.retain(|fact| !is_comment(fact) || !refused.contains(&key(fact)));
        }
        Ok(facts)
    }

    /// By which connections the batch came. One that does not read keeps nobody's messages waiting: without it nobody knows from when on they are
    /// news, so what is live counts as news.
    async fn connections(&self, claimed: &[Claimed]) -> Result<Connections> {
        let mut connections = BTreeMap::new();
        for key in claimed.iter().map(connection) {
            if let std::collections::btree_map::Entry::Vacant(free) = connections.entry(key) {
                let key = free.key();
                let view = View::system(key.account.owner.clone(), "tell news from history");
                let known = match self.links.connection(&view, key).await {
                    Err(error) if !error.is_retryable() => {
                        tracing::error!(%error, account = %key.account.account, "a connection does not read; what comes by it is applied without it");
                        None
                    }
                    known => known?,
                };
                free.insert(known);
            }
        }
        Ok(connections)
    }
}

fn connection(claimed: &Claimed) -> ConnectionKey {
    let Claimed { envelope, .. } = claimed;
    let account = AccountKey::new(envelope.owner.clone(), envelope.lane.account.account.clone());
    ConnectionKey { account, road: envelope.item.road.clone() }
}
