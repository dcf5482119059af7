//! Everything that reads an archive: the work, its stores, a clock that runs to whatever is due next.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, OnceLock};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use link_core::linking::connection::ConnectionKey;
use link_core::linking::setup::{Depth, Synchronisation};
use link_core::words::capabilities::{Capabilities, TextLimit};
use link_core::words::clock::Clock;
use link_core::words::error::{Error, ErrorKind, Result};
use link_core::words::feed::{Happening, MockFeed, Position, What};
use link_core::words::gate::{MockGate, Verdict};
use link_core::words::ids::{AccountKey, CommentKey, ConversationKey, IntentKey, MessageKey, ScopedId};
use link_core::words::page::{Page, PageQuery};
use link_core::words::platform::{Platform, Road};
use link_core::words::ports::{Access, MockProfiles, MockSender};
use link_core::words::rates::{RateKind, RateRule};
use link_core::words::secret::Secret;
use link_core::words::view::View;
use link_core::words::work::{Next, Work};
use link_sync::testing::{MemoryBackfills, MockAccesses, Scene, at};
use link_sync::{
    AccountState, Backfill, BackfillChange, BackfillStep, BackfillStore, Backfills, Budget, Carrier, Carriers, Change, Checkpoint,
    CommentRow, Conversation, ConversationRow, Coverage, CoverageMap, Deepening, Held, Keys, Message, MessageQuery, MessageRow,
    MessageStore, Notice, Pace, Person, Reading, Snapshot, Step, Tally, Tellers,
};

use crate::archive::{Archive, now};

const RATES: &[RateRule] = &[RateRule::new(RateKind::History, 2, 1, "none", "2026-11")];
static ALL: Capabilities = Capabilities::new(Platform::MESSENGER, TextLimit::Characters(2000)).with_rates(RATES);
static TWENTY: Capabilities =
    Capabilities::new(Platform::MESSENGER, TextLimit::Characters(2000)).with_rates(RATES).with_readable_history(20);

#[derive(Clone)]
pub(crate) struct Hand(Arc<Mutex<DateTime<Utc>>>);

impl Hand {
    pub(crate) fn set(&self, time: DateTime<Utc>) {
        let mut shown = self.0.lock().unwrap();
        *shown = time.max(*shown);
    }
}

impl Clock for Hand {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap()
    }
}

/// Messages by key and nothing else, so that many of them cost little. What is kept of one person may not read.
#[derive(Debug, Default)]
pub(crate) struct Heap(Mutex<Snapshot>, Mutex<Option<ScopedId>>);

#[async_trait]
impl MessageStore for Heap {
    async fn update(&self, keys: &Keys, step: &Step<'_>) -> Result<()> {
        fn pick<K: Ord + Clone, V: Clone>(from: &BTreeMap<K, V>, keys: &BTreeSet<K>) -> BTreeMap<K, V> {
            keys.iter().filter_map(|key| Some((key.clone(), from.get(key)?.clone()))).collect()
        }
        let spoiled = self.1.lock().unwrap().clone();
        if keys.conversations.iter().any(|key| Some(&key.peer) == spoiled.as_ref()) {
            return Err(Error::new(ErrorKind::Corrupt, "read a conversation"));
        }
        let mut stored = self.0.lock().unwrap();
        let (messages, conversations) = (pick(&stored.messages, &keys.messages), pick(&stored.conversations, &keys.conversations));
        let loaded = Snapshot { messages, conversations, ..Snapshot::default() };
        let Change { messages, conversations, .. } = step(loaded);
        stored.messages.extend(messages);
        stored.conversations.extend(conversations);
        Ok(())
    }

    async fn messages(&self, _: &View, _: &MessageQuery) -> Result<Page<MessageRow>> {
        Ok(Page::new(Vec::new(), None))
    }

    async fn conversations(&self, _: &View, _: &PageQuery) -> Result<Page<ConversationRow>> {
        panic!("nobody asks for it")
    }

    async fn conversation(&self, _: &View, _: &ConversationKey) -> Result<Option<ConversationRow>> {
        panic!("nobody asks for it")
    }

    async fn message(&self, _: &View, _: &MessageKey) -> Result<Option<MessageRow>> {
        panic!("nobody asks for it")
    }

    async fn known(&self, _: &View, _: &[MessageKey]) -> Result<BTreeMap<MessageKey, Tellers>> {
        panic!("nobody asks for it")
    }

    async fn aliases(&self, _: &View, _: &[MessageKey]) -> Result<BTreeMap<MessageKey, BTreeSet<MessageKey>>> {
        panic!("nobody asks for it")
    }

    async fn settled_as(&self, _: &View, _: &[MessageKey]) -> Result<Vec<IntentKey>> {
        Ok(Vec::new())
    }

    async fn comments(&self, _: &View, _: &PageQuery) -> Result<Page<CommentRow>> {
        panic!("nobody asks for it")
    }

    async fn comment(&self, _: &View, _: &CommentKey) -> Result<Option<CommentRow>> {
        panic!("nobody asks for it")
    }

    async fn account(&self, _: &View, _: &AccountKey) -> Result<Option<AccountState>> {
        panic!("nobody asks for it")
    }

    async fn people(&self, _: &View, _: &PageQuery) -> Result<Page<Person>> {
        panic!("nobody asks for it")
    }

    async fn notices(&self, _: &View, _: &PageQuery) -> Result<Page<Notice>> {
        panic!("nobody asks for it")
    }
}

/// Backfills of a process that dies before some of its writes, and in which other work may come before each of them.
#[derive(Default)]
pub(crate) struct Dying {
    kept: MemoryBackfills,
    saves: Mutex<usize>,
    deaths: BTreeSet<usize>,
    meanwhile: OnceLock<Arc<dyn Work>>,
}

#[async_trait]
impl BackfillStore for Dying {
    async fn begin(&self, backfill: &Backfill) -> Result<bool> {
        self.kept.begin(backfill).await
    }

    async fn claim(&self, now: DateTime<Utc>, lease: std::time::Duration) -> Result<Option<Held>> {
        self.kept.claim(now, lease).await
    }

    async fn save(&self, held: &Held, readings: &[Reading]) -> Result<bool> {
        let number = {
            let mut saves = self.saves.lock().unwrap();
            *saves += 1;
            *saves
        };
        if self.deaths.contains(&number) {
            return Err(Error::new(ErrorKind::Store, "write before the process dies"));
        }
        if let Some(meanwhile) = self.meanwhile.get() {
            meanwhile.step().await?;
        }
        self.kept.save(held, readings).await
    }

    async fn change<'a>(&self, connection: &ConnectionKey, peers: &[ScopedId], step: &BackfillStep<'a>) -> Result<Option<Backfill>> {
        self.kept.change(connection, peers, step).await
    }

    async fn next_due(&self) -> Result<Option<DateTime<Utc>>> {
        self.kept.next_due().await
    }

    async fn backfills(&self, view: &View) -> Result<Vec<Backfill>> {
        self.kept.backfills(view).await
    }

    async fn waiting(&self, connection: &ConnectionKey, limit: u32) -> Result<Vec<Reading>> {
        self.kept.waiting(connection, limit).await
    }

    async fn readings(&self, connection: &ConnectionKey, peers: &[ScopedId]) -> Result<Vec<Reading>> {
        self.kept.readings(connection, peers).await
    }

    async fn tallies(&self, view: &View) -> Result<Vec<(ConnectionKey, Tally)>> {
        self.kept.tallies(view).await
    }
}

/// The desk at which an archive is read.
pub(crate) struct Desk {
    pub(crate) archive: Arc<Archive>,
    pub(crate) heap: Arc<Heap>,
    pub(crate) store: Arc<Dying>,
    pub(crate) clock: Hand,
    pub(crate) scene: Scene,
    pub(crate) wanted: Synchronisation,
    pub(crate) budget: Arc<dyn Budget>,
    capabilities: &'static Capabilities,
}

impl Desk {
    /// Reading an archive of which everything is shown.
    pub(crate) fn of(archive: Archive) -> Self {
        let clock = Hand(Arc::new(Mutex::new(now())));
        let scene = Scene::new("o", "messenger:1", "7");
        let wanted = Synchronisation::default().history(Depth::Everything);
        let (heap, store) = (Arc::default(), Arc::default());
        Self { archive: Arc::new(archive), heap, store, clock, scene, wanted, budget: Arc::new(Pace::default()), capabilities: &ALL }
    }

    /// Reading a platform that shows the newest twenty messages of a conversation.
    pub(crate) fn of_twenty(archive: Archive) -> Self {
        Self { capabilities: &TWENTY, ..Self::of(archive.showing(20)) }
    }

    /// What is here of this person already does not read.
    pub(crate) fn spoiling(self, peer: &str) -> Self {
        *self.heap.1.lock().unwrap() = Some(ScopedId::new(peer).unwrap());
        self
    }

    /// The process dies before these of its writes, counted from 1.
    pub(crate) fn dying(mut self, deaths: BTreeSet<usize>) -> Self {
        self.store = Arc::new(Dying { deaths, ..Dying::default() });
        self
    }

    pub(crate) fn wanting(mut self, wanted: Synchronisation) -> Self {
        self.wanted = wanted;
        self
    }

    pub(crate) fn key(&self) -> ConnectionKey {
        ConnectionKey { account: self.scene.account.clone(), road: Road::FACEBOOK }
    }

    pub(crate) fn backfill(&self) -> Backfill {
        Backfill::new(self.key(), self.wanted.history, now()).of_people(self.wanted.people)
    }

    /// While each of the first calls is made somebody writes for the first time, as the feed tells.
    pub(crate) fn waking(self, calls: u64) -> Self {
        let mut feed = MockFeed::new();
        feed.expect_position().returning(|_| Ok(Position(0)));
        feed.expect_keep().returning(|_, _| Ok(()));
        let (key, told) = (self.key(), Mutex::new(0));
        feed.expect_read().returning(move |_| {
            let mut told = told.lock().unwrap();
            *told += 1;
            let peer = ScopedId::new(format!("new{told}")).unwrap();
            let what = What::MessageReceived { peer, road: Road::FACEBOOK, message: "m".parse().unwrap(), late: false };
            let happening = Happening::new(key.account.owner.clone(), Some(key.account.account.clone()), what, now());
            Ok(if *told <= calls { vec![(Position(*told), happening)] } else { Vec::new() })
        });
        let deepening = Deepening::new(self.checkpoint(), Arc::new(feed), self.store.clone(), Arc::new(self.clock.clone()));
        assert!(self.store.meanwhile.set(Arc::new(deepening)).is_ok());
        self
    }

    fn checkpoint(&self) -> Checkpoint {
        let mut gate = MockGate::new();
        gate.expect_ask().returning(|_| Ok(Verdict::Allowed));
        let (sender, profiles) = (Arc::new(MockSender::new()), Arc::new(MockProfiles::new()));
        let carrier = Carrier { capabilities: self.capabilities, sender, history: self.archive.clone(), profiles };
        Checkpoint::new([Arc::new(gate) as _], Carriers::new([carrier]), self.budget.clone())
    }

    /// The work, as after a restart: it keeps nothing.
    pub(crate) fn work(&self) -> Backfills {
        let mut accesses = MockAccesses::new();
        let access = || Access::new("messenger:1".parse().unwrap(), Road::FACEBOOK, Secret::new("t"));
        accesses.expect_access().returning(move |_| Ok(Ok(access())));
        accesses.expect_failed().returning(|_, _, _| Ok(()));
        let wanted = self.wanted.clone();
        accesses.expect_wanted().returning(move |_| Ok(Some(wanted.clone())));
        Backfills::new(self.checkpoint(), self.store.clone(), self.heap.clone(), Arc::new(accesses), Arc::new(self.clock.clone()))
    }

    /// Begins and works until nothing is due any more; the process is another one at every step.
    pub(crate) async fn read(&self) -> Backfill {
        self.store.begin(&self.backfill()).await.unwrap();
        self.go_on().await
    }

    pub(crate) async fn go_on(&self) -> Backfill {
        for _ in 0..20_000 {
            match self.work().step().await {
                Ok(Next::Again) => {}
                Ok(Next::At(time)) => self.clock.set(time),
                Ok(Next::Idle) => return self.stands().await,
                Err(error) => {
                    assert!(error.is_retryable(), "{error}");
                    self.clock.set(self.clock.now() + TimeDelta::seconds(121));
                }
            }
        }
        panic!("it never ends: {:?}", self.archive.calls().last());
    }

    /// Works for a while.
    pub(crate) async fn go_on_for(&self, span: TimeDelta) -> Backfill {
        let end = self.clock.now() + span;
        while self.clock.now() < end {
            match self.work().step().await.unwrap() {
                Next::Again => {}
                Next::At(time) => self.clock.set(time),
                Next::Idle => break,
            }
        }
        self.stands().await
    }

    pub(crate) async fn stands(&self) -> Backfill {
        self.store.backfills(&self.scene.view()).await.unwrap().remove(0)
    }

    /// How far it is.
    pub(crate) async fn tally(&self) -> Tally {
        self.store.tallies(&self.scene.view()).await.unwrap().first().map(|(_, tally)| *tally).unwrap_or_default()
    }

    /// Somebody changes it from outside.
    pub(crate) async fn change(&self, change: impl Fn(&mut Backfill) + Send + Sync) {
        let step = |stored: &Backfill, _: &[Reading]| {
            let mut backfill = stored.clone();
            change(&mut backfill);
            Some(BackfillChange::new(backfill))
        };
        self.store.change(&self.key(), &[], &step).await.unwrap();
    }

    /// The texts of all messages that are here.
    pub(crate) fn here(&self) -> Vec<String> {
        let stored = self.heap.0.lock().unwrap();
        let mut all: Vec<_> = stored.messages.values().filter_map(Message::text).map(str::to_owned).collect();
        all.sort();
        all
    }

    pub(crate) fn messages(&self) -> Vec<Message> {
        self.heap.0.lock().unwrap().messages.values().cloned().collect()
    }

    pub(crate) fn conversation(&self, peer: &str) -> Option<Conversation> {
        let key = ConversationKey { account: self.scene.account.clone(), peer: ScopedId::new(peer).unwrap() };
        self.heap.0.lock().unwrap().conversations.get(&key).cloned()
    }

    /// The map of a conversation until the platform's answers.
    pub(crate) fn map(&self, peer: &str) -> CoverageMap {
        let told: Coverage = self.conversation(peer).and_then(|it| it.coverage).unwrap_or_default();
        told.map(&[], &[], now())
    }

    /// The map in short: how each piece stands and, in seconds, where it begins.
    pub(crate) fn words(&self, peer: &str) -> Vec<(&'static str, Option<i64>)> {
        let from = |from: DateTime<Utc>| (from - at(0)).num_seconds();
        let map = self.map(peer);
        map.spans.iter().map(|span| (span.standing.as_str(), span.from.map(from))).collect()
    }
}
