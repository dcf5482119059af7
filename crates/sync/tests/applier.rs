//! Poison in a batch: whatever one envelope does to us, the others arrive, and it is claimed no more.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use link_core::linking::connection::{Connection, ConnectionKey, Receiver};
use link_core::linking::link::Link;
use link_core::linking::review::Consent;
use link_core::linking::store::{ConnectionStep, Departure, HandoverStep, LinkStep, LinkStore, SetupFailed};
use link_core::linking::switch::SwitchRefused;
use link_core::words::clock::SystemClock;
use link_core::words::comment::CommentAct;
use link_core::words::envelope::{Envelope, Item, LaneKey};
use link_core::words::error::{Error, ErrorKind, Result};
use link_core::words::event::{Channel, Event};
use link_core::words::gate::MockGate;
use link_core::words::ids::{AccountId, AccountKey, CommentKey, ConversationKey, IntentKey, LinkId, MessageKey, OwnerId, PersonId};
use link_core::words::journal::{Claimed, MockJournal, Sequence, Settlement};
use link_core::words::page::{Page, PageQuery};
use link_core::words::platform::{Platform, Road};
use link_core::words::ports::Decoder;
use link_core::words::raw::Raw;
use link_core::words::view::View;
use link_core::words::work::{Next, Work};
use link_sync::testing::{Memory, Scene, at};
use link_sync::{
    AccountState, Applier, CommentRow, ConversationRow, Keys, MessageQuery, MessageRow, MessageStore, Notice, Person, Step, Tellers,
};

fn scene() -> Scene {
    Scene::new("o", "messenger:1", "7")
}

/// Reads numbers as messages of that id, and panics over one of them.
struct Fragile(Option<u64>);

impl Decoder for Fragile {
    fn decode(&self, item: &Item) -> Vec<Event> {
        let number: u64 = item.body.as_str().parse().unwrap();
        assert_ne!(Some(number), self.0, "a defect of the decoder");
        vec![scene().writes(&format!("m{number}"), 5, "hi").event, scene().comments("9_1", 5, CommentAct::Added, Some("lovely")).event]
    }
}

/// A store that panics over everything about this message.
struct Brittle(Arc<Memory>, MessageKey);

#[async_trait]
impl MessageStore for Brittle {
    async fn update(&self, keys: &Keys, step: &Step<'_>) -> Result<()> {
        assert!(!keys.messages.contains(&self.1), "a defect of the store");
        self.0.update(keys, step).await
    }

    async fn conversations(&self, view: &View, page: &PageQuery) -> Result<Page<ConversationRow>> {
        self.0.conversations(view, page).await
    }

    async fn conversation(&self, view: &View, key: &ConversationKey) -> Result<Option<ConversationRow>> {
        self.0.conversation(view, key).await
    }

    async fn messages(&self, view: &View, query: &MessageQuery) -> Result<Page<MessageRow>> {
        self.0.messages(view, query).await
    }

    async fn message(&self, view: &View, key: &MessageKey) -> Result<Option<MessageRow>> {
        self.0.message(view, key).await
    }

    async fn known(&self, view: &View, keys: &[MessageKey]) -> Result<BTreeMap<MessageKey, Tellers>> {
        self.0.known(view, keys).await
    }

    async fn settled_as(&self, view: &View, messages: &[MessageKey]) -> Result<Vec<IntentKey>> {
        self.0.settled_as(view, messages).await
    }

    async fn comments(&self, view: &View, page: &PageQuery) -> Result<Page<CommentRow>> {
        self.0.comments(view, page).await
    }

    async fn comment(&self, view: &View, key: &CommentKey) -> Result<Option<CommentRow>> {
        self.0.comment(view, key).await
    }

    async fn account(&self, view: &View, key: &AccountKey) -> Result<Option<AccountState>> {
        self.0.account(view, key).await
    }

    async fn people(&self, view: &View, page: &PageQuery) -> Result<Page<Person>> {
        self.0.people(view, page).await
    }

    async fn notices(&self, view: &View, page: &PageQuery) -> Result<Page<Notice>> {
        self.0.notices(view, page).await
    }
}

/// Nobody has linked anything, and nobody asks for more than that. Of one owner what was linked does not read.
struct NoLinks(Option<OwnerId>);

const ASKED: &str = "applying asks for one connection, and changes no link";

#[async_trait]
impl LinkStore for NoLinks {
    async fn links(&self, _: &View) -> Result<Vec<Link>> {
        panic!("{ASKED}")
    }
    async fn link(&self, _: &View, _: LinkId) -> Result<Option<Link>> {
        panic!("{ASKED}")
    }
    async fn connections(&self, _: &View) -> Result<Vec<Connection>> {
        panic!("{ASKED}")
    }
    async fn connection(&self, _: &View, key: &ConnectionKey) -> Result<Option<Connection>> {
        if self.0.as_ref() == Some(&key.account.owner) {
            return Err(Error::new(ErrorKind::Corrupt, "read a connection"));
        }
        Ok(None)
    }
    async fn receivers(&self, _: &[AccountId]) -> Result<Vec<Receiver>> {
        panic!("{ASKED}")
    }
    async fn change(&self, _: &ConnectionKey, _: &ConnectionStep<'_>) -> Result<Option<Connection>> {
        panic!("{ASKED}")
    }
    async fn owners(&self, _: Option<&OwnerId>, _: u32) -> Result<Vec<OwnerId>> {
        panic!("{ASKED}")
    }
    async fn unsubscribed(&self, _: u32) -> Result<Vec<Connection>> {
        panic!("{ASKED}")
    }
    async fn update(&self, _: &OwnerId, _: LinkId, _: &LinkStep<'_>) -> Result<Link, SetupFailed> {
        panic!("{ASKED}")
    }
    async fn consents(&self, _: &View, _: LinkId) -> Result<Vec<Consent>> {
        panic!("{ASKED}")
    }
    async fn authorised_by(&self, _: &Road, _: &PersonId) -> Result<Vec<ConnectionKey>> {
        panic!("{ASKED}")
    }
    async fn end(&self, _: &Departure) -> Result<bool> {
        panic!("{ASKED}")
    }
    async fn ended(&self, _: &[AccountId]) -> Result<Vec<AccountId>> {
        panic!("{ASKED}")
    }
    async fn hand_over(&self, _: &AccountKey, _: &HandoverStep<'_>) -> Result<Result<Vec<Connection>, SwitchRefused>> {
        panic!("{ASKED}")
    }
}

/// Numbered envelopes.
fn claimed(count: u64) -> Vec<Claimed> {
    let account = scene().account;
    let one = |number: u64| {
        let body = Raw::parse(number.to_string()).unwrap();
        let item = Item::new(Platform::MESSENGER, Road::FACEBOOK, Channel::Messaging, at(5), body);
        let lane = LaneKey::new([7; 32]).lane(&account, None);
        let envelope = Envelope { owner: account.owner.clone(), lane, received_at: at(6), item };
        Claimed { sequence: Sequence(number), attempt: 1, envelope }
    };
    (1..=count).map(one).collect()
}

/// Applies so many envelopes in one step; what became of them, and the ids of the messages that are here.
async fn applied(count: u64, decoder: Fragile, store: Arc<dyn MessageStore>) -> Vec<Settlement> {
    step_over(claimed(count), decoder, store, NoLinks(None)).await
}

/// Applies these envelopes in one step; what became of them.
async fn step_over(claimed: Vec<Claimed>, decoder: Fragile, store: Arc<dyn MessageStore>, links: NoLinks) -> Vec<Settlement> {
    let mut journal = MockJournal::new();
    let told = Arc::new(Mutex::new(Vec::new()));
    let settled = told.clone();
    journal.expect_claim().once().return_once(move |_, _, _| Ok(claimed));
    journal.expect_settle().once().returning(move |settlements, _| {
        settled.lock().unwrap().extend_from_slice(settlements);
        Ok(())
    });
    let applier = Applier::new(Arc::new(journal), Arc::new(decoder), store, Arc::new(links), Arc::new(SystemClock));
    let applier = applier.asking_for_comments(Arc::new(unreadable()));
    assert_eq!(applier.step().await.unwrap(), Next::Again);
    let mut settled = told.lock().unwrap().clone();
    settled.sort_by_key(|settlement| match settlement {
        Settlement::Applied(at) | Settlement::Wiped(at) | Settlement::Poisoned(at) | Settlement::Later(at, _) => *at,
    });
    settled
}

/// Nobody can read what anybody granted.
fn unreadable() -> MockGate {
    let mut gate = MockGate::new();
    gate.expect_ask().returning(|_| Err(Error::new(ErrorKind::Corrupt, "read what was granted")));
    gate
}

/// All were applied but this one, which is put aside.
fn poisoned(settled: &[Settlement], count: u64, poison: u64) {
    let wanted = (1..=count).map(Sequence);
    let wanted = wanted.map(|at| if at.0 == poison { Settlement::Poisoned(at) } else { Settlement::Applied(at) });
    assert_eq!(settled, wanted.collect::<Vec<_>>());
}

fn here(store: &Memory) -> usize {
    store.stored().messages.len()
}

/// Or one message that our own defect cannot read would be claimed for ever, together with everybody's messages that came with it.
#[tokio::test]
async fn an_envelope_over_which_decoding_panics_is_put_aside_and_the_others_arrive() {
    let store = Arc::new(Memory::default());
    let settled = applied(500, Fragile(Some(333)), store.clone()).await;
    poisoned(&settled, 500, 333);
    assert_eq!(here(&store), 499);
}

#[tokio::test]
async fn an_envelope_over_which_applying_panics_is_put_aside_and_the_others_arrive() {
    let memory = Arc::new(Memory::default());
    let store = Brittle(memory.clone(), scene().key("m77"));
    let settled = applied(200, Fragile(None), Arc::new(store)).await;
    poisoned(&settled, 200, 77);
    assert_eq!(here(&memory), 199);
}

/// Or whatever was claimed together with a delivery for that account would never be applied, whoever's it is.
#[tokio::test]
async fn an_account_whose_connection_does_not_read_keeps_nobodys_messages_waiting() {
    let store = Arc::new(Memory::default());
    let broken = OwnerId::new("broken").unwrap();
    let mut both = claimed(2);
    both[1].envelope.owner = broken.clone();
    both[1].envelope.lane.account.owner = broken.clone();
    let settled = step_over(both, Fragile(None), store.clone(), NoLinks(Some(broken))).await;
    assert_eq!(settled, [Settlement::Applied(Sequence(1)), Settlement::Applied(Sequence(2))]);
    assert_eq!(here(&store), 2, "what came for the broken account is not here");
    assert_eq!(store.stored().comments.len(), 2, "a comment was thrown away because nobody could tell whether it is wanted");
}
