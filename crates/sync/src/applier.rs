//! The work that applies what the journal holds.

mod ready;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use futures::FutureExt as _;
use futures::future::join;
use link_core::linking::connection::{Connection, ConnectionKey};
use link_core::linking::store::LinkStore;
use link_core::words::clock::Clock;
use link_core::words::error::{Error, ErrorKind, Result};
use link_core::words::event::Event;
use link_core::words::feed::Feed;
use link_core::words::gate::Gate;
use link_core::words::ids::{AccountKey, ExternalId, MessageId, MessageKey};
use link_core::words::journal::{Claimed, Journal, Settlement, TakenBack};
use link_core::words::ports::Decoder;
use link_core::words::work::{Next, Work};

use self::ready::Ready;
use crate::alias::{Alias, known_elsewhere, titles_of_presses};
use crate::apply::{Batch, Gone};
use crate::lookup::named;
use crate::piece::{Fact, spoken_of};
use crate::store::MessageStore;

/// How many envelopes are claimed at once: while some of them are written, the next are decoded and told.
const CLAIM: u32 = 2_000;
/// How many envelopes are applied in one transaction.
const BATCH: usize = 500;
/// How long a claim lasts: if the process dies, its envelopes are taken up again after this.
const LEASE: Duration = Duration::from_secs(30);
/// For how long of it another batch is begun: what is left then is claimed anew.
const MOST: TimeDelta = TimeDelta::seconds(15);
/// How long settled payloads are kept, to look at when something seems wrong.
const KEEP: TimeDelta = TimeDelta::hours(6);
/// How long to wait when the store cannot write.
const PAUSE: TimeDelta = TimeDelta::seconds(2);

/// Claims envelopes, decodes them, applies them in one transaction per batch, and settles them. A batch that fails is halved until the
/// envelope that spoils it stands alone, and that one is put aside; so is one over which decoding panics, which is a defect, and must not hold
/// up the others. A store that cannot write now is tried again for as long as it takes.
pub struct Applier {
    journal: Arc<dyn Journal>,
    decoder: Arc<dyn Decoder>,
    messages: Arc<dyn MessageStore>,
    links: Arc<dyn LinkStore>,
    clock: Arc<dyn Clock>,
    unknown: AtomicU64,
    apps: Arc<[ExternalId]>,
    comments: Option<Arc<dyn Gate>>,
    comment_fields: &'static [&'static str],
    unwanted: AtomicU64,
    feed: Option<Arc<dyn Feed>>,
}

type Connections = BTreeMap<ConnectionKey, Option<Connection>>;

impl Applier {
    /// Over these stores.
    pub fn new(
        journal: Arc<dyn Journal>,
        decoder: Arc<dyn Decoder>,
        messages: Arc<dyn MessageStore>,
        links: Arc<dyn LinkStore>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let (unknown, unwanted) = (AtomicU64::new(0), AtomicU64::new(0));
        let comment_fields: &'static [&'static str] = &[];
        let (apps, comments, feed) = (Arc::from([]), None, None);
        Self { journal, decoder, messages, links, clock, unknown, apps, comments, comment_fields, unwanted, feed }
    }

    /// For a program that is these apps: a conversation that is given to another one is not ours.
    #[must_use]
    pub fn answering_as(mut self, apps: impl IntoIterator<Item = ExternalId>) -> Self {
        self.apps = apps.into_iter().collect();
        self
    }

    /// Keeping comments, and whatever else the fields bring that tell of them, only of accounts whose owner granted that. A platform may tell the
    /// comments of every account as soon as the app wants those of any, and by every road as soon as one of them wants them.
    #[must_use]
    pub fn asking_for_comments(mut self, gate: Arc<dyn Gate>, fields: &'static [&'static str]) -> Self {
        (self.comments, self.comment_fields) = (Some(gate), fields);
        self
    }

    /// Telling of messages that something is said of and that are not here ([`What::MessageNamed`](link_core::words::feed::What::MessageNamed)).
    #[must_use]
    pub fn telling(mut self, feed: Arc<dyn Feed>) -> Self {
        self.feed = Some(feed);
        self
    }

    /// How many comments, and other things that happened to posts, came since the program started that nobody granted. They are not kept.
    pub fn unwanted(&self) -> u64 {
        self.unwanted.load(Ordering::Relaxed)
    }

    /// How many items without a word were kept since the program started.
    pub fn unknown(&self) -> u64 {
        self.unknown.load(Ordering::Relaxed)
    }

    /// Another road's history may have brought what happened before an account was handed over: that is read from then on, whenever this
    /// came here.
    async fn known_elsewhere(&self, connections: &Connections, facts: &[Fact]) -> Result<Vec<(MessageKey, Alias)>> {
        let (now, mut early) = (self.clock.now(), BTreeMap::<AccountKey, Vec<Event>>::new());
        for connection in connections.values().flatten() {
            let events = before_last_cut(facts, connection, now);
            if !events.is_empty() {
                early.entry(connection.key.account.clone()).or_default().extend(events);
            }
        }
        let mut known = Vec::new();
        for (account, events) in early {
            known.extend(known_elsewhere(&*self.messages, &account, &events).await?);
        }
        Ok(known)
    }

    /// Writes what facts say; `told` is that, where it was told already.
    async fn write(&self, connections: &Connections, facts: &[Fact], told: Option<Batch>) -> Result<Gone> {
        let batch = told.unwrap_or_else(|| Batch::of(facts));
        let mut known = self.known_elsewhere(connections, facts).await?;
        known.extend(if_it_reads(titles_of_presses(&*self.messages, facts).await)?);
        let gone = batch.knowing(known).write(&*self.messages).await?;
        // Before the batch is settled: whoever dies in between tells it again.
        if let Some(feed) = &self.feed {
            let named = if_it_reads(named(&*self.messages, facts, self.clock.now()).await)?;
            if !named.is_empty() {
                feed.tell(&named).await?;
            }
        }
        Ok(gone)
    }

    /// What speaks of a message that was taken back, or of a removed comment, is blanked with it, before the batch is settled: whoever dies in
    /// between does all of it again.
    /// So is at once what told of nothing but what nobody granted.
    async fn applied(&self, ready: &Ready, envelopes: Range<usize>, gone: &Gone, settled: &mut Vec<Settlement>) {
        let (mut wiped, mut settlements) = (BTreeSet::new(), Vec::with_capacity(envelopes.len()));
        for number in envelopes.clone() {
            let claimed = &ready.claimed[number];
            let ids = ids_of_gone(ready.facts(number..number + 1), gone);
            let is_left = ids.is_empty() && !ready.unwanted.contains(&claimed.sequence);
            settlements.push(if is_left { Settlement::Applied(claimed.sequence) } else { Settlement::Wiped(claimed.sequence) });
            let lane = &claimed.envelope.lane;
            wiped.extend(ids.into_iter().map(|(message, anywhere)| TakenBack { lane: lane.clone(), message, anywhere }));
        }
        let blanked = if wiped.is_empty() { Ok(0) } else { self.journal.wipe(&wiped.into_iter().collect::<Vec<_>>()).await };
        match blanked {
            Ok(_) => settled.extend(settlements),
            Err(error) => {
                tracing::warn!(%error, "what was taken back could not be wiped from the journal; it is tried again");
                settled.extend(again(&ready.claimed[envelopes], self.clock.now() + PAUSE));
            }
        }
    }

    /// Applies envelopes that were claimed at a time and says what became of them; false if the store took none of them.
    async fn apply(&self, mut ready: Ready, begun: DateTime<Utc>, settled: &mut Vec<Settlement>) -> bool {
        settled.append(&mut ready.put_aside);
        let mut halves = vec![(0..ready.claimed.len(), ready.batch.take())];
        let mut takes = true;
        while let Some((envelopes, told)) = halves.pop() {
            let (facts, claimed) = (ready.facts(envelopes.clone()), &ready.claimed[envelopes.clone()]);
            // Each step gets somewhere, however slow the store is.
            if told.is_none() && !settled.is_empty() && self.is_late(begun) {
                settled.extend(again(claimed, self.clock.now()));
                continue;
            }
            let written = AssertUnwindSafe(self.write(&ready.connections, facts, told)).catch_unwind().await;
            match written.unwrap_or_else(|_| Err(Error::new(ErrorKind::Corrupt, "apply a batch: it panicked"))) {
                Ok(gone) => self.applied(&ready, envelopes, &gone, settled).await,
                // Nothing was written, and the store may be able to later. Only what keeps conflicting may be one envelope's fault.
                Err(error) if error.is_retryable() && !(claimed.len() > 1 && keeps_conflicting(&error, claimed)) => {
                    tracing::warn!(%error, envelopes = claimed.len(), "the store did not take a batch; it is tried again");
                    settled.extend(again(claimed, self.clock.now() + PAUSE));
                    takes = claimed.len() < ready.claimed.len();
                }
                Err(error) if claimed.len() == 1 => {
                    tracing::error!(%error, sequence = claimed[0].sequence.0, "an envelope cannot be applied; it is put aside");
                    settled.push(Settlement::Poisoned(claimed[0].sequence));
                }
                Err(_) => {
                    let middle = envelopes.start + envelopes.len() / 2;
                    halves.push((middle..envelopes.end, None));
                    halves.push((envelopes.start..middle, None));
                }
            }
        }
        if takes {
            self.unknown.fetch_add(ready.unknown, Ordering::Relaxed);
            self.unwanted.fetch_add(ready.ungranted, Ordering::Relaxed);
        }
        takes
    }

    /// True if another transaction may not end before the lease does.
    fn is_late(&self, begun: DateTime<Utc>) -> bool {
        self.clock.now() - begun > MOST
    }

    /// Applies what was claimed at a time, batch by batch; while one is written, the next is made ready. What became of each is in `settled`, also on an
    /// error: nothing is left to wait until its lease ends.
    async fn all(&self, claimed: Vec<Claimed>, begun: DateTime<Utc>, settled: &mut Vec<Settlement>) -> Result<()> {
        let (mut claimed, mut outcome, mut takes) = (claimed.into_iter(), Ok(()), true);
        let mut batches = std::iter::from_fn(|| Some(claimed.by_ref().take(BATCH).collect::<Vec<_>>()).filter(|batch| !batch.is_empty()));
        let mut left = Vec::new();
        let mut next = self.ready(batches.next()).await;
        while let Some((mut ready, is_ready)) = next.take() {
            outcome = is_ready;
            if outcome.is_err() || !takes || self.is_late(begun) && !settled.is_empty() {
                settled.append(&mut ready.put_aside);
                left.extend(ready.claimed);
                break;
            }
            (takes, next) = join(self.apply(ready, begun, settled), self.ready(batches.next())).await;
        }
        left.extend(batches.flatten());
        // Nothing is wrong where only the time was over.
        let pause = if takes && outcome.is_ok() { TimeDelta::zero() } else { PAUSE };
        settled.extend(again(&left, self.clock.now() + pause));
        outcome
    }
}

/// These are tried again at a time.
fn again(claimed: &[Claimed], at: DateTime<Utc>) -> impl Iterator<Item = Settlement> {
    claimed.iter().map(move |claimed| Settlement::Later(claimed.sequence, at))
}

/// The ids under which facts speak of what is taken away.
fn ids_of_gone(facts: &[Fact], gone: &Gone) -> Vec<(MessageId, bool)> {
    if gone.is_empty() {
        return Vec::new();
    }
    let ids = facts.iter().flat_map(|fact| {
        let (messages, comments) = spoken_of(fact);
        let messages = messages.into_iter().filter(|key| gone.messages.contains(key)).map(|key| (key.id, false));
        let comments = comments.into_iter().filter(|key| gone.comments.contains(key));
        let comments = comments.filter_map(|key| Some((MessageId::new(key.id.as_str()).ok()?, true)));
        messages.chain(comments).collect::<Vec<_>>()
    });
    ids.collect()
}

/// What happened at a connection before the last cut-over that has passed; another one may be planned.
fn before_last_cut(facts: &[Fact], connection: &Connection, now: DateTime<Utc>) -> Vec<Event> {
    let cuts = connection.handovers.iter().map(|handover| handover.until);
    let Some(cut) = cuts.filter(|until| *until <= now).max() else { return Vec::new() };
    let key = &connection.key;
    let by_it =
        |fact: &&Fact| (&fact.owner, &fact.event.account, &fact.event.road) == (&key.account.owner, &key.account.account, &key.road);
    let early = facts.iter().filter(by_it).filter(|fact| fact.event.at.is_some_and(|at| at.at < cut));
    early.map(|fact| fact.event.clone()).collect()
}

fn keeps_conflicting(error: &Error, claimed: &[Claimed]) -> bool {
    error.kind() == ErrorKind::Conflict && claimed.iter().all(|claimed| claimed.attempt > 2)
}

#[async_trait]
impl Work for Applier {
    fn name(&self) -> &'static str {
        "apply"
    }

    async fn step(&self) -> Result<Next> {
        let now = self.clock.now();
        let claimed = self.journal.claim(CLAIM, now, LEASE).await?;
        if claimed.is_empty() {
            self.journal.forget(now - KEEP).await?;
            // Envelopes whose claim died with its process come free without anybody waking us.
            return Ok(Next::At(now + TimeDelta::seconds(15)));
        }
        let mut settled = Vec::with_capacity(claimed.len());
        let applied = self.all(claimed, now, &mut settled).await;
        self.journal.settle(&settled, self.clock.now()).await?;
        applied?;
        let put_off = settled.iter().filter_map(|settlement| match settlement {
            Settlement::Later(_, at) => Some(*at),
            _ => None,
        });
        Ok(put_off.min().filter(|at| *at > self.clock.now()).map_or(Next::Again, Next::At))
    }
}

/// What is looked for beside the facts. A neighbour that does not read is no reason not to apply them.
fn if_it_reads<T>(found: Result<Vec<T>>) -> Result<Vec<T>> {
    match found {
        Err(error) if !error.is_retryable() => {
            tracing::warn!(%error, "what stands beside a message does not read");
            Ok(Vec::new())
        }
        found => found,
    }
}

#[cfg(test)]
mod tests {
    use link_core::linking::connection::{Handover, Part};
    use link_core::words::ids::{LinkId, PersonId};
    use link_core::words::platform::Road;

    use super::*;
    use crate::testing::{Scene, at};

    /// Or whoever plans the way back, or lets the journal wait until history was read, would have a message twice.
    #[test]
    fn what_happened_before_a_cut_over_that_has_passed_may_be_here_already_whenever_it_came() {
        let scene = Scene::new("o", "instagram:1", "7");
        let key = ConnectionKey { account: scene.account.clone(), road: Road::FACEBOOK };
        let mut connection = Connection::new(key, LinkId::from_uuid(uuid::Uuid::nil()), PersonId::new("1").unwrap(), "Shop", at(0));
        let mut by_login = scene.writes("3", 5, "by the other road");
        by_login.event.road = Road::INSTAGRAM;
        let facts = [scene.writes("1", 5, "waited").received(at(6)), scene.writes("2", 12, "later"), by_login];
        let ids = |connection: &Connection, now| before_last_cut(&facts, connection, at(now)).len();
        assert_eq!(ids(&connection, 20), 0, "an account that was never handed over is compared");
        connection.handovers = vec![Handover { until: at(10), part: Part::Receiving }, Handover { until: at(60), part: Part::Standby }];
        assert_eq!([5, 20, 60].map(|now| ids(&connection, now)), [0, 1, 2]);
        assert_eq!(before_last_cut(&facts, &connection, at(20)), [facts[0].event.clone()]);
    }
}
