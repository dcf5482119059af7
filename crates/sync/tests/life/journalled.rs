//! A life that comes through a journal, in envelopes among which some are poison.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use link_core::words::clock::SystemClock;
use link_core::words::envelope::{Envelope, Item, Lane, LaneKey, Poisoned};
use link_core::words::error::Result;
use link_core::words::event::Event;
use link_core::words::journal::{Claimed, Journal, JournalFigures, Sequence, Settlement, TakenBack};
use link_core::words::ports::Decoder;
use link_core::words::raw::Raw;
use link_core::words::work::{Next, Work as _};
use link_sync::testing::{Memory, Scene, at};
use link_sync::{Applier, Fact};

use crate::nobody::NoLinks;

/// The id of the message whose row does not read.
const POISON: &str = "poison";

/// Envelopes in memory, of which a claimer gets a few at a time.
#[derive(Default)]
struct Shelf {
    open: Mutex<BTreeMap<u64, Envelope>>,
    poisoned: Mutex<usize>,
    at_once: usize,
}

#[async_trait]
impl Journal for Shelf {
    async fn append(&self, _: &[Envelope]) -> Result<()> {
        Ok(())
    }
    async fn quarantine(&self, _: &Poisoned) -> Result<()> {
        Ok(())
    }
    async fn claim(&self, _: u32, _: DateTime<Utc>, _: Duration) -> Result<Vec<Claimed>> {
        let open = self.open.lock().unwrap();
        let first = open.iter().take(self.at_once);
        let claimed = |(at, envelope): (&u64, &Envelope)| Claimed { sequence: Sequence(*at), attempt: 1, envelope: envelope.clone() };
        Ok(first.map(claimed).collect())
    }
    async fn settle(&self, settlements: &[Settlement], _: DateTime<Utc>) -> Result<()> {
        for settlement in settlements {
            match settlement {
                Settlement::Applied(at) | Settlement::Wiped(at) => self.open.lock().unwrap().remove(&at.0),
                Settlement::Poisoned(at) => {
                    *self.poisoned.lock().unwrap() += 1;
                    self.open.lock().unwrap().remove(&at.0)
                }
                Settlement::Later(..) => panic!("nothing here is better later"),
            };
        }
        Ok(())
    }
    async fn purge(&self, _: &Lane) -> Result<u64> {
        Ok(0)
    }
    async fn wipe(&self, _: &[TakenBack]) -> Result<u64> {
        Ok(0)
    }
    async fn forget(&self, _: DateTime<Utc>) -> Result<u64> {
        Ok(0)
    }
    async fn figures(&self) -> Result<JournalFigures> {
        Ok(JournalFigures::default())
    }
}

/// Reads an item, which is a number, as the event of that number.
struct Numbered(Vec<Event>);

impl Decoder for Numbered {
    fn decode(&self, item: &Item) -> Vec<Event> {
        item.body.as_str().parse::<usize>().ok().and_then(|number| self.0.get(number).cloned()).into_iter().collect()
    }
}

/// Lets everything in `told` through a journal, `at_once` at a time, with poison before each of these places. Answers how much was put aside.
pub(crate) async fn through_a_journal(store: Arc<Memory>, scene: &Scene, told: &[Fact], poison: &[usize], at_once: usize) -> usize {
    store.spoil(scene.key(POISON));
    let mut events: Vec<Event> = told.iter().map(|fact| fact.event.clone()).collect();
    for place in poison {
        events.insert(place % (events.len() + 1), scene.writes(POISON, 1, "?").event);
    }
    let envelope = |(number, event): (u64, &Event)| {
        let body = Raw::parse(number.to_string()).unwrap();
        let item = Item::new(event.account.platform.clone(), event.road.clone(), event.channel, event.as_of, body);
        let lane = LaneKey::new([7; 32]).lane(&scene.account, None);
        (number, Envelope { owner: scene.account.owner.clone(), lane, received_at: at(0), item })
    };
    let open = Mutex::new((0..).zip(&events).map(envelope).collect());
    let shelf = Arc::new(Shelf { open, at_once, ..Shelf::default() });
    let decoder = Arc::new(Numbered(events));
    let applier = Applier::new(shelf.clone(), decoder, store, Arc::new(NoLinks(None)), Arc::new(SystemClock));
    while applier.step().await.unwrap() == Next::Again {}
    assert!(shelf.open.lock().unwrap().is_empty(), "something is never settled");
    *shelf.poisoned.lock().unwrap()
}
