//! Looking up messages that are only named.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

#[path = "naming/told.rs"]
mod told;

use std::sync::{Arc, Mutex};

use chrono::TimeDelta;
use link_core::linking::connection::ConnectionKey;
use link_core::linking::setup::{Depth, Synchronisation};
use link_core::words::capabilities::{Capabilities, TextLimit};
use link_core::words::clock::Clock as _;
use link_core::words::error::{Error, ErrorKind, Result};
use link_core::words::event::Direction;
use link_core::words::feed::{Feed as _, Happening, What};
use link_core::words::gate::{MockGate, Verdict};
use link_core::words::platform::{Platform, Road};
use link_core::words::ports::{Access, Looked, MockHistory, MockProfiles, MockSender};
use link_core::words::rates::RateKind;
use link_core::words::refusal::Refusal;
use link_core::words::secret::Secret;
use link_core::words::work::{Next, Work as _};
use link_sync::testing::{Memory, MemoryBackfills, MockAccesses, MockBackfillStore, MockBudget, Scene, at};
use link_sync::{
    Backfill, BackfillChange, BackfillState, BackfillStore, Carrier, Carriers, Checkpoint, Lookups, MessageStore as _, Permit, Priority,
    Reading, ReadingState, apply,
};

use told::{Hand, Told};

static WIRE: Capabilities = Capabilities::new(Platform::MESSENGER, TextLimit::Characters(2000));

/// How the world is in which something is looked up.
struct World {
    depth: Depth,
    readings: Vec<Reading>,
    linked: bool,
    dead: bool,
    refused: Option<Refusal>,
    answers: Vec<Result<Looked>>,
}

impl World {
    fn answering(answers: impl IntoIterator<Item = Result<Looked>>) -> Self {
        let answers = answers.into_iter().collect();
        Self { depth: Depth::Everything, readings: Vec::new(), linked: true, dead: false, refused: None, answers }
    }
}

/// What is counted as one call for a budget: what it is and who waits for it.
type Taken = Arc<Mutex<Vec<(RateKind, Priority)>>>;

struct Office {
    scene: Scene,
    store: Arc<Memory>,
    feed: Arc<Told>,
    clock: Hand,
    asked: Arc<Mutex<Vec<String>>>,
    taken: Taken,
    /// How often the right to ask was looked for.
    rights: Arc<Mutex<u32>>,
    lookups: Lookups,
}

impl Office {
    async fn open(world: World) -> Self {
        let backfills = Arc::new(MemoryBackfills::default());
        let key = ConnectionKey { account: Scene::new("o", "messenger:1", "7").account, road: Road::FACEBOOK };
        let mut backfill = Backfill::new(key.clone(), world.depth, at(0));
        (backfill.state, backfill.listed) = (BackfillState::Done, true);
        backfills.begin(&backfill).await.unwrap();
        let readings = world.readings.clone();
        let step = |stored: &Backfill, _: &[Reading]| Some(BackfillChange::new(stored.clone()).readings(readings.clone()));
        backfills.change(&key, &[], &step).await.unwrap();
        Self::with(world, backfills)
    }

    fn with(world: World, backfills: Arc<dyn BackfillStore>) -> Self {
        let scene = Scene::new("o", "messenger:1", "7");
        let (store, feed) = (Arc::new(Memory::default()), Arc::new(Told::default()));
        let clock = Hand(Arc::new(Mutex::new(at(1_000))));
        let (asked, taken): (Arc<Mutex<Vec<String>>>, Taken) = Default::default();
        let (mut gate, mut accesses, mut budget, mut history) =
            (MockGate::new(), MockAccesses::new(), MockBudget::new(), MockHistory::new());
        let refused = world.refused.clone();
        gate.expect_ask().returning(move |_| Ok(refused.clone().map_or(Verdict::Allowed, Verdict::Refused)));
        let (depth, linked, dead) = (world.depth, world.linked, world.dead);
        accesses.expect_wanted().returning(move |_| Ok(linked.then(|| Synchronisation::default().history(depth))));
        let rights = Arc::new(Mutex::new(0));
        let count = rights.clone();
        accesses.expect_access().returning(move |key| {
            *count.lock().unwrap() += 1;
            let access = Access::new(key.account.account.clone(), key.road.clone(), Secret::new("t"));
            Ok(if dead { Err(Refusal::Disconnected) } else { Ok(access) })
        });
        accesses.expect_failed().returning(|_, _, _| Ok(()));
        let counted = taken.clone();
        budget.expect_take().returning(move |take| {
            counted.lock().unwrap().push((take.kind, take.priority));
            Ok(Permit::Now)
        });
        budget.expect_pause().returning(|_| Ok(()));
        let (calls, answers) = (asked.clone(), Mutex::new(world.answers.into_iter()));
        history.expect_message().returning(move |_, id| {
            calls.lock().unwrap().push(id.to_string());
            answers.lock().unwrap().next().unwrap_or_else(|| panic!("{id} is asked for"))
        });
        let (sender, profiles) = (Arc::new(MockSender::new()), Arc::new(MockProfiles::new()));
        let carrier = Carrier { capabilities: &WIRE, sender, history: Arc::new(history), profiles };
        let checkpoint = Checkpoint::new([Arc::new(gate) as _], Carriers::new([carrier]), Arc::new(budget));
        let lookups = Lookups::new(checkpoint, feed.clone(), store.clone(), backfills, Arc::new(accesses), Arc::new(clock.clone()));
        Self { scene, store, feed, clock, asked, taken, rights, lookups }
    }

    /// Something is said of a message now.
    async fn name(&self, message: &str) {
        let what = What::MessageNamed { peer: Some(self.scene.peer.clone()), road: Road::FACEBOOK, message: message.parse().unwrap() };
        let account = &self.scene.account;
        self.feed.tell(&[Happening::new(account.owner.clone(), Some(account.account.clone()), what, self.clock.now())]).await.unwrap();
    }

    /// Works through a stretch of time; answers what was asked for.
    async fn work(&self, seconds: i64) -> Vec<String> {
        let end = self.clock.now() + TimeDelta::seconds(seconds);
        loop {
            match self.lookups.step().await.unwrap() {
                Next::Again => {}
                Next::At(until) if until <= end => *self.clock.0.lock().unwrap() = until,
                Next::At(_) | Next::Idle => break,
            }
        }
        *self.clock.0.lock().unwrap() = end;
        self.asked.lock().unwrap().clone()
    }

    fn kept(&self) -> u64 {
        self.feed.kept.lock().unwrap().values().next().map_or(0, |place| place.0)
    }
}

fn failure(kind: ErrorKind) -> Result<Looked> {
    Err(Error::new(kind, "read the message"))
}

#[tokio::test]
async fn what_is_named_is_asked_for_once_and_is_here_as_history() {
    let scene = Scene::new("o", "messenger:1", "7");
    let old = scene.remembers(Direction::Inbound, "old", -500, "from long ago", 1_100).event;
    let office = Office::open(World::answering([Ok(Looked::Told(vec![old]))])).await;
    apply(&*office.store, &[office.scene.reacts("old", 999, Some("x"))]).await.unwrap();
    office.name("old").await;
    office.name("old").await;
    assert_eq!(office.work(30).await, [""; 0], "a message that comes a moment later is asked for");
    office.work(600).await;
    office.name("old").await;
    assert_eq!(office.work(600).await, ["old"]);
    assert_eq!(*office.taken.lock().unwrap(), [(RateKind::History, Priority::Bulk)], "it is not counted, or goes before others");
    let row = office.store.message(&office.scene.view(), &office.scene.key("old")).await.unwrap().unwrap();
    assert_eq!((row.state.text(), row.state.reactions.len(), row.state.told.live), (Some("from long ago"), 1, false));
    let conversation = office.store.conversation(&office.scene.view(), &office.scene.conversation()).await.unwrap().unwrap();
    assert_eq!((conversation.unread, office.kept()), (0, 3), "what was said before the link is unread");
    let happened = office.store.told();
    assert!(!happened.iter().any(|it| matches!(it.what, What::MessageReceived { .. })), "what was said long ago rings: {happened:?}");
}

#[tokio::test]
async fn what_came_meanwhile_or_was_taken_back_is_not_asked_for() {
    let office = Office::open(World::answering([])).await;
    office.name("soon").await;
    office.name("gone").await;
    apply(&*office.store, &[office.scene.writes("soon", 1_000, "here"), office.scene.unsends("gone", 1_000)]).await.unwrap();
    assert_eq!((office.work(600).await, office.kept()), (vec![], 2));
}

/// Or a message that nobody can show costs a call whenever somebody reacts to it.
#[tokio::test]
async fn what_is_not_shown_is_asked_for_once_and_is_not_taken_for_deleted() {
    let office = Office::open(World::answering([Ok(Looked::NotShown), failure(ErrorKind::Invalid)])).await;
    for _ in 0..3 {
        office.name("hidden").await;
        office.name("malformed").await;
        office.work(600).await;
    }
    assert_eq!(office.work(0).await, ["hidden", "malformed"]);
    assert_eq!(office.store.message(&office.scene.view(), &office.scene.key("hidden")).await.unwrap(), None);
}

#[tokio::test]
async fn what_the_owner_does_not_want_is_never_asked_for() {
    let mut read = Reading::new(Scene::new("o", "messenger:1", "7").peer);
    (read.state, read.read) = (ReadingState::Done, 10);
    let worlds = [
        World { depth: Depth::Nothing, ..World::answering([]) },
        World { depth: Depth::Newest(10), readings: vec![read], ..World::answering([]) },
        World { linked: false, ..World::answering([]) },
        World { refused: Some(Refusal::NotLinked), ..World::answering([]) },
    ];
    for world in worlds {
        let office = Office::open(world).await;
        office.name("older").await;
        assert_eq!((office.work(100_000).await, office.kept()), (vec![], 1));
    }
}

/// Or a token that is dead for an hour leaves a hole for ever, and one that is dead for a month is asked after for a month.
#[tokio::test]
async fn what_cannot_be_asked_now_is_waited_for_for_a_day() {
    for world in [World { dead: true, ..World::answering([]) }, World { refused: Some(Refusal::Disconnected), ..World::answering([]) }] {
        let office = Office::open(world).await;
        office.name("old").await;
        assert_eq!((office.work(80_000).await, office.kept()), (vec![], 0), "whoever restarts forgets what waits");
        assert_eq!((office.work(10_000).await, office.kept()), (vec![], 1));
    }
    let answers = [failure(ErrorKind::Unavailable), failure(ErrorKind::Throttled), Ok(Looked::NotShown)];
    let office = Office::open(World::answering(answers)).await;
    office.name("old").await;
    assert_eq!(office.work(10_000).await, ["old"; 3]);
}

/// Or two hundred messages of an account whose token is dead hold up everybody who writes, every hour for a day.
#[tokio::test]
async fn what_may_not_be_asked_takes_the_store_for_nobody() {
    let office = Office::open(World { dead: true, ..World::answering([]) }).await;
    // Whoever takes it for themselves finds that the row does not read, and leaves the message as it is.
    office.store.spoil(office.scene.key("old"));
    office.name("old").await;
    assert_eq!((office.work(10_000).await, office.kept()), (vec![], 0));
    apply(&*office.store, &[office.scene.writes("new", 1_000, "came by itself")]).await.unwrap();
    office.name("new").await;
    office.work(80_000).await;
    assert_eq!(office.kept(), 2, "what came meanwhile is waited for");
}

/// Or a dead account's two hundred messages have its token looked for two hundred times an hour.
#[tokio::test]
async fn who_may_not_ask_is_looked_at_once_for_all_that_are_looked_at_together() {
    let office = Office::open(World { dead: true, ..World::answering([]) }).await;
    for message in ["a", "b", "c"] {
        office.name(message).await;
    }
    office.work(60 + 3_600).await;
    assert_eq!(*office.rights.lock().unwrap(), 2, "for each message anew, or not again after an hour");
}

/// Or what waits for the end of a reading costs as much as the owner has accounts, for each message of them.
#[tokio::test]
async fn what_the_owner_wants_is_read_once_for_all_that_are_looked_at_together() {
    let mut backfills = MockBackfillStore::new();
    let key = ConnectionKey { account: Scene::new("o", "messenger:1", "7").account, road: Road::FACEBOOK };
    let backfill = Backfill::new(key, Depth::Everything, at(0));
    backfills.expect_backfills().times(2).returning(move |_| Ok(vec![backfill.clone()]));
    backfills.expect_readings().returning(|_, _| Ok(Vec::new()));
    let office = Office::with(World::answering([]), Arc::new(backfills));
    for message in ["a", "b", "c"] {
        office.name(message).await;
    }
    assert_eq!(office.work(60 + 300).await, [""; 0], "what the reading may bring by itself is asked for");
}

#[tokio::test]
async fn one_account_asks_once_a_minute_and_only_so_many_wait() {
    let office = Office::open(World::answering((0..1_000).map(|_| Ok(Looked::NotShown)))).await;
    for number in 0..300 {
        office.name(&format!("m{number}")).await;
    }
    office.work(59).await;
    assert_eq!(office.work(301).await.len(), 6, "the call budget of people who write goes for what is old");
    assert_eq!((office.work(80_000).await.len(), office.kept()), (200, 300), "they wait without an end");
}

#[tokio::test]
async fn a_message_that_was_missed_after_the_link_is_news_as_it_would_have_been() {
    let scene = Scene::new("o", "messenger:1", "7");
    let missed = scene.remembers(Direction::Inbound, "missed", 900, "did you get this?", 1_100).event;
    let office = Office::open(World::answering([Ok(Looked::Told(vec![missed]))])).await;
    office.name("missed").await;
    office.work(600).await;
    let happened = office.store.told();
    assert!(happened.iter().any(|it| matches!(it.what, What::MessageReceived { .. })));
}
