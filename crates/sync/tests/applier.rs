//! Poison in a batch: whatever one envelope does to us, the others arrive, and it is claimed no more.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

#[path = "applier/nobody.rs"]
mod nobody;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use link_core::words::clock::{Clock, SystemClock};
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
    AccountState, Applier, CommentRow, ConversationRow, Fact, Keys, Message, MessageQuery, MessageRow, MessageStore, Notice, Person, Step,
    Tellers, apply, apply_all,
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

/// A store to which this happens over everything about this message.
struct Brittle(Arc<Memory>, MessageKey, fn() -> Result<()>);

#[async_trait]
impl MessageStore for Brittle {
    async fn update(&self, keys: &Keys, step: &Step<'_>) -> Result<()> {
        if keys.messages.contains(&self.1) {
            (self.2)()?;
        }
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
    let (next, settled) = stepped(claimed, decoder, store, links, (unreadable(), Arc::new(SystemClock))).await;
    let waits = settled.iter().any(|settlement| matches!(settlement, Settlement::Later(..)));
    assert_eq!(next.unwrap() != Next::Again, waits, "what is put off is tried at once, or nothing is");
    settled
}

/// What a step over these envelopes answers, and what became of them.
async fn stepped(
    claimed: Vec<Claimed>,
    decoder: impl Decoder + 'static,
    store: Arc<dyn MessageStore>,
    links: NoLinks,
    (gate, clock): (MockGate, Arc<dyn Clock>),
) -> (Result<Next>, Vec<Settlement>) {
    let mut journal = MockJournal::new();
    let told = Arc::new(Mutex::new(Vec::new()));
    let settled = told.clone();
    journal.expect_claim().once().return_once(move |_, _, _| Ok(claimed));
    journal.expect_settle().once().returning(move |settlements, _| {
        settled.lock().unwrap().extend_from_slice(settlements);
        Ok(())
    });
    let applier = Applier::new(Arc::new(journal), Arc::new(decoder), store, Arc::new(links), clock);
    let next = applier.asking_for_comments(Arc::new(gate), &["feed"]).step().await;
    let mut settled = told.lock().unwrap().clone();
    settled.sort_by_key(|settlement| match settlement {
        Settlement::Applied(at) | Settlement::Wiped(at) | Settlement::Poisoned(at) | Settlement::Later(at, _) => *at,
    });
    (next, settled)
}

/// How many of the first were applied, if all the others are to be tried again.
fn applied_first(settled: &[Settlement], all: usize) -> usize {
    let applied = settled.iter().take_while(|settlement| matches!(settlement, Settlement::Applied(_))).count();
    let is_later = |settlement: &Settlement| matches!(settlement, Settlement::Later(..));
    assert!(settled.len() == all && settled[applied..].iter().all(is_later), "an envelope waits until its lease ends: {}", settled.len());
    applied
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
    let store = Brittle(memory.clone(), scene().key("m77"), || panic!("a defect of the store"));
    let settled = applied(200, Fragile(None), Arc::new(store)).await;
    poisoned(&settled, 200, 77);
    assert_eq!(here(&memory), 199);
}

/// What is claimed at once is more than one transaction: one is made ready while another is written.
#[tokio::test]
async fn poison_in_one_of_several_batches_keeps_nobody_from_the_others() {
    let (batches, store) = (1_700, Arc::new(Memory::default()));
    let settled = applied(batches, Fragile(Some(1_001)), store.clone()).await;
    poisoned(&settled, batches, 1_001);
    assert_eq!(here(&store), 1_699);
    let memory = Arc::new(Memory::default());
    let store = Brittle(memory.clone(), scene().key("m555"), || panic!("a defect of the store"));
    let settled = applied(batches, Fragile(None), Arc::new(store)).await;
    poisoned(&settled, batches, 555);
    assert_eq!(here(&memory), 1_699);
}

/// Or every batch waits for a store that is locked, one after the other, until others take them up too.
#[tokio::test]
async fn once_the_store_takes_nothing_the_other_batches_wait_too_and_what_was_written_is_settled() {
    static ASKED: AtomicUsize = AtomicUsize::new(0);
    let memory = Arc::new(Memory::default());
    let store = Brittle(memory.clone(), scene().key("m555"), || {
        ASKED.fetch_add(1, Ordering::Relaxed);
        Err(Error::new(ErrorKind::Store, "write"))
    });
    let settled = applied(1_700, Fragile(None), Arc::new(store)).await;
    assert_eq!(applied_first(&settled, 1_700), 500);
    assert_eq!((here(&memory), ASKED.load(Ordering::Relaxed)), (500, 1), "the store is asked again and again");
}

/// Or it would be read again and again, each time after half a minute, as long as the store takes nothing.
#[tokio::test]
async fn poison_that_is_found_while_the_store_takes_nothing_is_put_aside() {
    let store = Brittle(Arc::new(Memory::default()), scene().key("m77"), || Err(Error::new(ErrorKind::Store, "write")));
    let settled = applied(1_700, Fragile(Some(700)), Arc::new(store)).await;
    assert_eq!(settled[699], Settlement::Poisoned(Sequence(700)));
    assert_eq!(applied_first(&[&settled[..699], &settled[700..]].concat(), 1_699), 0);
}

/// Or the other owners' messages of the same claim would wait until its lease ends.
#[tokio::test]
async fn when_nobody_can_tell_now_what_was_granted_the_rest_of_a_claim_is_tried_again_soon() {
    for (readable, expected) in [(0, 0), (1, 500), (2, 1_000)] {
        let (store, mut gate, asked) = (Arc::new(Memory::default()), MockGate::new(), AtomicUsize::new(0));
        gate.expect_ask().returning(move |_| {
            let kind = if asked.fetch_add(1, Ordering::Relaxed) < readable { ErrorKind::Corrupt } else { ErrorKind::Store };
            Err(Error::new(kind, "read what was granted"))
        });
        let with = (gate, Arc::new(SystemClock) as Arc<dyn Clock>);
        let (next, settled) = stepped(claimed(1_700), Fragile(None), store.clone(), NoLinks(None), with).await;
        next.unwrap_err();
        assert_eq!((applied_first(&settled, 1_700), here(&store)), (expected, expected));
    }
}

/// A clock that goes on by so many seconds whenever somebody looks.
struct Rushing(AtomicI64, i64);

impl Clock for Rushing {
    fn now(&self) -> DateTime<Utc> {
        at(self.0.fetch_add(self.1, Ordering::Relaxed))
    }
}

/// Or somebody else takes them up while they are still being applied.
#[tokio::test]
async fn no_batch_is_begun_when_half_of_the_lease_is_over() {
    let mut applied = Vec::new();
    for seconds in [0, 1, 5, 100] {
        let (store, clock) = (Arc::new(Memory::default()), Rushing(AtomicI64::new(0), seconds));
        let (next, settled) = stepped(claimed(2_000), Fragile(None), store.clone(), NoLinks(None), (unreadable(), Arc::new(clock))).await;
        assert_eq!(next.unwrap(), Next::Again, "nothing is wrong, and yet somebody waits");
        applied.push(applied_first(&settled, 2_000));
        assert_eq!(here(&store), applied[applied.len() - 1]);
    }
    assert!(applied[..2] == [2_000, 2_000] && applied[3] == 500 && applied.is_sorted_by(|a, b| a >= b), "{applied:?}");
}

/// One that is poisoned is looked for half by half.
#[tokio::test]
async fn not_even_a_half_is_begun_then_and_each_step_gets_somewhere() {
    let memory = Arc::new(Memory::default());
    let mut open: Vec<u64> = (1..=500).collect();
    let mut steps = 0;
    while !open.is_empty() {
        let store = Brittle(memory.clone(), scene().key("m77"), || panic!("a defect of the store"));
        let envelopes = claimed(500).into_iter().filter(|claimed| open.contains(&claimed.sequence.0)).collect();
        let with = (unreadable(), Arc::new(Rushing(AtomicI64::new(0), 16)) as Arc<dyn Clock>);
        let (_, settled) = stepped(envelopes, Fragile(None), Arc::new(store), NoLinks(None), with).await;
        let done = settled.iter().filter(|settlement| !matches!(settlement, Settlement::Later(..)));
        let done: Vec<u64> = done
            .map(|settlement| match settlement {
                Settlement::Applied(at) | Settlement::Poisoned(at) => at.0,
                other => panic!("{other:?}"),
            })
            .collect();
        assert!(!done.is_empty() && settled.len() == open.len(), "a step gets nowhere, or leaves an envelope to its lease");
        open.retain(|number| !done.contains(number));
        steps += 1;
    }
    assert!(here(&memory) == 499 && steps > 1, "{steps}");
}

#[tokio::test]
async fn batches_that_are_told_ahead_say_the_same() {
    let all: Vec<Fact> = (1..=100).map(|n| scene().writes(&format!("m{n}"), n, "hi")).chain([scene().unsends("m7", 200)]).collect();
    let (ahead, straight) = (Memory::default(), Memory::default());
    apply_all(&ahead, all.chunks(30)).await.unwrap();
    apply_all::<&[Fact]>(&ahead, []).await.unwrap();
    apply(&straight, &all).await.unwrap();
    assert_eq!(ahead.stored(), straight.stored());
    let store = Brittle(Arc::new(Memory::default()), scene().key("m40"), || Err(Error::new(ErrorKind::Store, "write")));
    apply_all(&store, all.chunks(30)).await.unwrap_err();
    assert_eq!(here(&store.0), 30, "what comes after an error is applied");
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
