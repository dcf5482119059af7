//! Giving names to people who wrote.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

#[path = "naming/told.rs"]
mod told;

use std::sync::{Arc, Mutex};

use chrono::{DateTime, TimeDelta, Utc};
use link_core::linking::setup::Synchronisation;
use link_core::words::capabilities::{Capabilities, TextLimit};
use link_core::words::event::Profile;
use link_core::words::feed::{Happening, What};
use link_core::words::gate::{MockGate, Verdict};
use link_core::words::ids::{AccountId, ScopedId};
use link_core::words::platform::{Platform, Road};
use link_core::words::ports::{Access, MockHistory, MockProfiles, MockSender};
use link_core::words::secret::Secret;
use link_core::words::work::{Next, Work as _};
use link_sync::testing::{Memory, MockAccesses, MockBudget, Scene, at};
use link_sync::{Carrier, Carriers, Checkpoint, MessageStore as _, Naming, Permit, apply};

use told::{Hand, Told};

static WIRE: Capabilities = Capabilities::new(Platform::MESSENGER, TextLimit::Characters(2000));

fn wrote(scene: &Scene) -> Happening {
    let what = What::MessageReceived { peer: scene.peer.clone(), road: Road::FACEBOOK, message: "m".parse().unwrap(), late: false };
    Happening::new(scene.account.owner.clone(), Some(scene.account.account.clone()), what, at(50))
}

struct Office {
    store: Arc<Memory>,
    feed: Arc<Told>,
    clock: Hand,
    naming: Naming,
}

impl Office {
    /// The busy account may ask from second 500 on, and then once a second.
    async fn open(writers: &[&Scene]) -> Self {
        let store = Arc::new(Memory::default());
        for scene in writers {
            apply(&*store, &[scene.writes("m", 50, "hi")]).await.unwrap();
        }
        let feed = Arc::new(Told { happenings: Mutex::new(writers.iter().map(|scene| wrote(scene)).collect()), ..Told::default() });
        let clock = Hand(Arc::new(Mutex::new(at(100))));
        let (mut gate, mut accesses, mut budget, mut profiles) =
            (MockGate::new(), MockAccesses::new(), MockBudget::new(), MockProfiles::new());
        gate.expect_ask().returning(|_| Ok(Verdict::Allowed));
        accesses.expect_wanted().returning(|_| Ok(Some(Synchronisation::default())));
        let access = |account: &AccountId| Access::new(account.clone(), Road::FACEBOOK, Secret::new("t"));
        accesses.expect_access().returning(move |key| Ok(Ok(access(&key.account.account))));
        let next = Mutex::new(at(500));
        budget.expect_take().returning(move |take| {
            let mut next = next.lock().unwrap();
            let busy = take.account.id.as_str() == "1";
            if busy && take.now < *next {
                return Ok(Permit::At(*next));
            }
            if busy {
                *next = take.now + TimeDelta::seconds(1);
            }
            Ok(Permit::Now)
        });
        let named = |peer: &ScopedId| Profile::new(Some(format!("Person {peer}")), None, None);
        profiles.expect_profile().returning(move |_, peer| Ok(Some(named(peer))));
        let (sender, history) = (Arc::new(MockSender::new()), Arc::new(MockHistory::new()));
        let carrier = Carrier { capabilities: &WIRE, sender, history, profiles: Arc::new(profiles) };
        let checkpoint = Checkpoint::new([Arc::new(gate) as _], Carriers::new([carrier]), Arc::new(budget));
        let naming = Naming::new(checkpoint, feed.clone(), store.clone(), Arc::new(accesses), Arc::new(clock.clone()));
        Self { store, feed, clock, naming }
    }

    /// Works until it waits; answers until when.
    async fn work(&self) -> Option<DateTime<Utc>> {
        loop {
            match self.naming.step().await.unwrap() {
                Next::Again => {}
                Next::At(until) => return Some(until),
                Next::Idle => return None,
            }
        }
    }

    async fn name(&self, scene: &Scene) -> Option<String> {
        let row = self.store.conversation(&scene.view(), &scene.conversation()).await.unwrap().unwrap();
        row.state.shown_name().map(ToString::to_string)
    }

    fn kept(&self) -> u64 {
        self.feed.kept.lock().unwrap().values().next().map_or(0, |place| place.0)
    }
}

/// Or everybody who writes to anybody stays nameless for as long as one account's pause lasts.
#[tokio::test]
async fn an_account_that_has_to_wait_keeps_nobody_of_another_nameless() {
    let [ada, ben] = ["7", "8"].map(|peer| Scene::new("a", "messenger:1", peer));
    let [cem, dora] = ["9", "10"].map(|peer| Scene::new("b", "messenger:2", peer));
    let office = Office::open(&[&cem, &ada, &ben, &dora]).await;
    assert_eq!(office.work().await, Some(at(500)));
    assert_eq!((office.name(&cem).await.as_deref(), office.name(&dora).await.as_deref()), (Some("Person 9"), Some("Person 10")));
    assert_eq!((office.name(&ada).await, office.kept()), (None, 1), "whoever restarts forgets who waits");
    let mut times = Vec::new();
    while let Some(until) = office.work().await {
        *office.clock.0.lock().unwrap() = until;
        times.push((until - at(0)).num_seconds());
    }
    assert_eq!((office.name(&ada).await.as_deref(), office.name(&ben).await.as_deref()), (Some("Person 7"), Some("Person 8")));
    assert_eq!((times, office.kept()), (vec![500, 501], 4));
}

/// Or nobody gets a name for a day because one person of a busy account talks a lot.
#[tokio::test]
async fn one_person_who_writes_ten_thousand_messages_keeps_nobody_nameless() {
    let (ada, cem) = (Scene::new("a", "messenger:1", "7"), Scene::new("b", "messenger:2", "9"));
    let mut writers = vec![&ada; 10_100];
    writers.push(&cem);
    let office = Office::open(&writers).await;
    office.work().await;
    assert_eq!((office.name(&ada).await, office.name(&cem).await.as_deref()), (None, Some("Person 9")));
    *office.clock.0.lock().unwrap() = at(500);
    office.work().await;
    assert_eq!((office.name(&ada).await.as_deref(), office.kept()), (Some("Person 7"), 10_101));
}
