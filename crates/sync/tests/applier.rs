//! Poison in a batch: whatever one envelope does to us, the others arrive, and it is claimed no more.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

#[path = "applier/nobody.rs"]
mod nobody;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use link_core::words::clock::SystemClock;
use link_core::words::comment::CommentAct;
use link_core::words::envelope::{Envelope, Item, LaneKey};
use link_core::words::error::{Error, ErrorKind, Result};
use link_core::words::event::{Channel, Direction, Event};
use link_core::words::feed::What;
use link_core::words::gate::MockGate;
use link_core::words::ids::{AccountKey, CommentKey, ConversationKey, IntentKey, MessageKey, OwnerId};
use link_core::words::journal::{Claimed, MockJournal, Sequence, Settlement};
use link_core::words::page::{Page, PageQuery};
use link_core::words::platform::{Platform, Road};
use link_core::words::ports::Decoder;
use link_core::words::raw::Raw;
use link_core::words::view::View;
use link_core::words::work::{Next, Work};
use link_sync::testing::{Memory, Scene, at};
use link_sync::{
    AccountState, Applier, CommentRow, ConversationRow, Keys, Message, MessageQuery, MessageRow, MessageStore, Notice, Person, Step,
    Tellers, apply,
};

use nobody::NoLinks;

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

    async fn aliases(&self, view: &View, kept: &[MessageKey]) -> Result<BTreeMap<MessageKey, BTreeSet<MessageKey>>> {
        self.0.aliases(view, kept).await
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
async fn step_over(
    claimed: Vec<Claimed>,
    decoder: impl Decoder + 'static,
    store: Arc<dyn MessageStore>,
    links: NoLinks,
) -> Vec<Settlement> {
    let mut journal = MockJournal::new();
    let told = Arc::new(Mutex::new(Vec::new()));
    let settled = told.clone();
    journal.expect_claim().once().return_once(move |_, _, _| Ok(claimed));
    journal.expect_settle().once().returning(move |settlements, _| {
        settled.lock().unwrap().extend_from_slice(settlements);
        Ok(())
    });
    let applier = Applier::new(Arc::new(journal), Arc::new(decoder), store, Arc::new(links), Arc::new(SystemClock));
    let applier = applier.asking_for_comments(Arc::new(unreadable()), &["feed"]);
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

/// Tells a press of a button, and not which message that is.
struct Press;

impl Decoder for Press {
    fn decode(&self, _: &Item) -> Vec<Event> {
        vec![scene().presses(None, 5, "Opening hours").event]
    }
}

/// The history may have told its title before. One message in the end, and one alert.
#[tokio::test]
async fn a_press_that_is_told_without_an_id_is_the_message_that_the_history_told_already() {
    let store = Arc::new(Memory::default());
    apply(&*store, &[scene().remembers(Direction::Inbound, "m_h", 5, "Opening hours", 900)]).await.unwrap();
    step_over(claimed(1), Press, store.clone(), NoLinks(None)).await;
    let known = |message: &Message| message.is_known();
    let here: Vec<Message> = store.stored().messages.into_values().filter(known).collect();
    assert_eq!(
        here.iter().map(|message| (message.postback, message.told.live, message.told.history)).collect::<Vec<_>>(),
        [(true, true, true)]
    );
    let rung = store.told().into_iter().filter(|told| matches!(told.what, What::MessageReceived { .. })).count();
    assert_eq!(rung, 1, "a press rings twice, or never");
    apply(&*store, &[scene().unsends("m_h", 50)]).await.unwrap();
    assert!(store.stored().messages.values().all(|message| message.text().is_none()), "what was taken back by its id stays");
}
