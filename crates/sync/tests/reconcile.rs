//! Who is asked before the platform is, and what becomes of what it answers.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use link_core::linking::connection::ConnectionKey;
use link_core::linking::setup::Synchronisation;
use link_core::words::capabilities::{Capabilities, TextLimit};
use link_core::words::clock::Clock;
use link_core::words::error::{Error, ErrorKind, Result};
use link_core::words::event::{Channel, Direction, Event, Said, Thread};
use link_core::words::feed::What;
use link_core::words::gate::{MockGate, Verdict};
use link_core::words::ids::{ExternalId, MessageKey};
use link_core::words::page::Cursor;
use link_core::words::platform::{Platform, Road};
use link_core::words::ports::{Access, HistoryPage, MockHistory, MockProfiles, MockSender, ThreadPage};
use link_core::words::refusal::Refusal;
use link_core::words::secret::Secret;
use link_sync::testing::{Memory, MemoryReconciles, MockAccesses, MockBudget, Scene, at};
use link_sync::{
    Carrier, Carriers, Checkpoint, Fact, Occasion, Permit, Reconcile, ReconcileReason, ReconcileState, ReconcileStore, Reconciles, apply,
};

static WIRE: Capabilities = Capabilities::new(Platform::MESSENGER, TextLimit::Characters(2000));

struct Noon;

impl Clock for Noon {
    fn now(&self) -> DateTime<Utc> {
        at(1_000)
    }
}

/// What goes on around one call.
struct Around {
    history: MockHistory,
    budget: MockBudget,
    gate: MockGate,
    accesses: MockAccesses,
}

fn scene() -> Scene {
    Scene::new("o", "messenger:1", "7")
}

/// A page on which somebody wrote, and is called something.
fn page() -> HistoryPage {
    let mut page = HistoryPage::new(at(1_000));
    let mut named = Thread::new(ExternalId::new("t").unwrap());
    named.name = Some("Ada".to_owned());
    let mut thread = Event::new("messenger:1".parse().unwrap(), Road::FACEBOOK, Channel::History, at(1_000), Said::Thread(named));
    thread.sender = Some(scene().peer);
    page.events = vec![thread, scene().remembers(Direction::Inbound, "m1", 500, "hello?", 1_000).event];
    let mut told = ThreadPage::new(ExternalId::new("t").unwrap(), scene().peer);
    (told.updated, told.messages) = (Some(at(500)), 1);
    page.threads.push(told);
    page
}

impl Around {
    /// Everybody allows it; the owner wants nobody's profile.
    fn new() -> Self {
        let mut accesses = MockAccesses::new();
        let access = || Access::new("messenger:1".parse().unwrap(), Road::FACEBOOK, Secret::new("t"));
        accesses.expect_access().returning(move |_| Ok(Ok(access())));
        accesses.expect_wanted().returning(|_| Ok(Some(Synchronisation::default().profiles(false))));
        Self { history: MockHistory::new(), budget: MockBudget::new(), gate: MockGate::new(), accesses }
    }

    fn allowed(mut self) -> Self {
        self.gate.expect_ask().returning(|_| Ok(Verdict::Allowed));
        self
    }

    fn affordable(mut self) -> Self {
        self.budget.expect_take().times(1).returning(|_| Ok(Permit::Now));
        self
    }

    fn answering(mut self, answer: Result<HistoryPage>) -> Self {
        self.history.expect_conversations().times(1).return_once(|_, _| answer);
        self
    }

    /// What is kept after one step.
    async fn stepped(self, messages: Arc<Memory>, store: Arc<MemoryReconciles>) -> Reconcile {
        self.stepped_since(100, messages, store).await
    }

    /// The same, comparing what is later than a time.
    async fn stepped_since(self, since: i64, messages: Arc<Memory>, store: Arc<MemoryReconciles>) -> Reconcile {
        let key = ConnectionKey { account: scene().account, road: Road::FACEBOOK };
        let occasion = Occasion::new(key, at(0), ReconcileReason::Downtime, at(since), at(900)).listening_since(Some(at(0)));
        store.want(&occasion, &[]).await.unwrap();
        let (sender, profiles) = (Arc::new(MockSender::new()), Arc::new(MockProfiles::new()));
        let carrier = Carrier { capabilities: &WIRE, sender, history: Arc::new(self.history), profiles };
        let checkpoint = Checkpoint::new([Arc::new(self.gate) as _], Carriers::new([carrier]), Arc::new(self.budget));
        Reconciles::new(checkpoint, store, messages, Arc::new(self.accesses), Arc::new(Noon)).go_on().await.unwrap().unwrap()
    }
}

#[tokio::test]
async fn what_the_platform_answers_is_here_and_told_and_nobody_has_a_name_whom_the_owner_wants_without() {
    let (messages, store) = (Arc::new(Memory::default()), Arc::new(MemoryReconciles::default()));
    let row = Around::new().allowed().affordable().answering(Ok(page())).stepped(messages.clone(), store.clone()).await;
    assert_eq!((row.state, row.filled, row.calls), (ReconcileState::Done { at: at(1_000) }, 1, 1));
    let stored = messages.stored();
    assert_eq!(stored.messages[&scene().key("m1")].text(), Some("hello?"));
    let conversation = &stored.conversations[&scene().conversation()];
    assert!(conversation.name.is_none() && !conversation.threads.is_empty(), "a profile is read that nobody wants");
    let received = |what: &What| matches!(what, What::MessageReceived { late, .. } if !late);
    assert!(messages.told().iter().any(|told| received(&told.what)), "what was missed is no news");
    let told: Vec<What> = store.told().into_iter().map(|told| told.what).collect();
    assert_eq!(told, [What::Reconciled { found: 1, filled: 1 }]);
}

/// A page on which somebody wrote some words, as the platform tells it an hour later.
fn words(id: &str, second: i64, text: &str) -> HistoryPage {
    let as_of = second + 3_600;
    let mut page = HistoryPage::new(at(as_of));
    page.events = vec![scene().remembers(Direction::Inbound, id, second, text, as_of).event];
    let mut told = ThreadPage::new(ExternalId::new("t").unwrap(), scene().peer);
    (told.updated, told.messages) = (Some(at(second)), 1);
    page.threads.push(told);
    page
}

/// A button that is pressed is told without an id, and by the history under one.
#[tokio::test]
async fn a_button_that_was_told_to_be_pressed_is_no_lost_message() {
    for pressed in [true, false] {
        let (messages, store) = (Arc::new(Memory::default()), Arc::new(MemoryReconciles::default()));
        let mut loss = None;
        for (id, second) in [("m1", 300), ("m2", 5_000)] {
            if pressed {
                let button = Fact { caught_up: Some(at(0)), ..scene().presses(None, second, "Opening hours") };
                apply(&*messages, &[button]).await.unwrap();
            }
            let around = Around::new().allowed().affordable().answering(Ok(words(id, second, "Opening hours")));
            loss = around.stepped(messages.clone(), store.clone()).await.loss().cloned();
        }
        assert_eq!(loss.is_none(), pressed, "{loss:?}");
        let here = messages.stored().messages.values().filter(|message| message.is_known()).count();
        let rung = messages.told().iter().filter(|told| matches!(told.what, What::MessageReceived { .. })).count();
        assert_eq!((here, rung), (2, 2), "a press stands or rings twice");
    }
}

/// Whoever looks for the one while the other is being written finds nothing.
#[tokio::test]
async fn a_press_and_its_title_that_came_at_once_are_one_by_the_next_look() {
    let (messages, store) = (Arc::new(Memory::default()), Arc::new(MemoryReconciles::default()));
    let here = || messages.stored().messages.values().filter(|message| message.is_known()).count();
    let title = scene().remembers(Direction::Inbound, "m1", 300, "Opening hours", 400);
    apply(&*messages, &[scene().presses(None, 300, "Opening hours"), title]).await.unwrap();
    assert_eq!(here(), 2);
    Around::new().allowed().affordable().answering(Ok(words("m1", 300, "Opening hours"))).stepped(messages.clone(), store.clone()).await;
    assert_eq!(here(), 1, "it stands twice for good");
    let kept = messages.stored().messages[&scene().key("m1")].same_as.clone().map(|alias| alias.id);
    let changed = messages.told().into_iter().rev().find_map(|told| match told.what {
        What::MessageChanged { message, .. } => Some(message),
        _ => None,
    });
    assert!(kept.is_some(), "what becomes of it is not found");
    assert_eq!(changed, kept, "who follows the feed shows both for good");
}

/// A page on which somebody wrote several times in one second, the newest first.
fn at_once(told: &[(&str, &str)]) -> HistoryPage {
    let mut page = words("x", 300, "");
    let event = |(id, text): &(&str, &str)| scene().remembers(Direction::Inbound, id, 300, text, 3_900).event;
    page.events = told.iter().map(event).collect();
    page.threads[0].messages = u32::try_from(told.len()).unwrap();
    page
}

/// The same fact, told by Instagram Login.
fn by_login(mut fact: Fact) -> Fact {
    fact.event.road = Road::INSTAGRAM;
    fact
}

/// One of them came by the other road, and the other was lost on the way.
#[tokio::test]
async fn what_somebody_wrote_twice_in_a_second_stays_two_however_often_it_is_compared() {
    let looks = [vec![vec!["x2", "x1"], vec!["x2", "x1"], vec!["x1"]], vec![vec!["x2"], vec!["x2", "x1"], vec!["x1"], vec!["x2", "x1"]]];
    for (looks, text) in looks.iter().flat_map(|looks| [(looks, "ok"), (looks, "no")]) {
        let (messages, store) = (Arc::new(Memory::default()), Arc::new(MemoryReconciles::default()));
        apply(&*messages, &[by_login(scene().writes("y", 300, "ok")), by_login(scene().edits("y", 310, "ok", 1))]).await.unwrap();
        for ids in looks {
            let told: Vec<_> = ids.iter().map(|id| (*id, if *id == "x1" { text } else { "ok" })).collect();
            Around::new().allowed().affordable().answering(Ok(at_once(&told))).stepped(messages.clone(), store.clone()).await;
        }
        let stored = messages.stored().messages;
        let known: Vec<_> =
            stored.iter().filter(|(_, message)| message.is_known()).map(|(key, message)| (&key.id, message.text())).collect();
        assert_eq!(known.len(), 2, "one of two is lost for good: {known:?}");
        assert_eq!(stored[&scene().key("x1")].text(), Some(text));
    }
}

#[tokio::test]
async fn a_reaction_to_what_is_kept_under_another_id_is_written_once() {
    let (messages, store) = (Arc::new(Memory::default()), Arc::new(MemoryReconciles::default()));
    apply(&*messages, &[by_login(scene().writes("y", 500, "hello?"))]).await.unwrap();
    for as_of in [20_200, 20_300, 20_400] {
        let mut page = words("m1", 500, "hello?");
        page.as_of = at(as_of);
        page.threads[0].updated = Some(at(20_100));
        page.events.push(scene().remembers_reaction("m1", "👍", as_of).event);
        Around::new().allowed().affordable().answering(Ok(page)).stepped_since(20_000, messages.clone(), store.clone()).await;
        let kept = MessageKey { road: Road::INSTAGRAM, ..scene().key("y") };
        let stored = messages.stored().messages;
        assert_eq!(stored[&kept].reactions[&Direction::Inbound].as_of, at(20_200), "it is written at every look");
        assert!(stored[&kept].told.history, "another telling may take its place");
    }
}

#[tokio::test]
async fn whoever_is_refused_is_not_asked_about() {
    let mut around = Around::new();
    around.gate.expect_ask().times(1).returning(|_| Ok(Verdict::Refused(Refusal::NotLinked)));
    around.budget.expect_take().never();
    around.history.expect_conversations().never();
    let row = around.stepped(Arc::default(), Arc::default()).await;
    assert!(matches!(row.state, ReconcileState::Stopped { .. }), "{row:?}");
}

#[tokio::test]
async fn a_budget_that_is_used_up_is_waited_for() {
    let mut around = Around::new().allowed();
    around.budget.expect_take().times(1).returning(|_| Ok(Permit::At(at(1_030))));
    around.history.expect_conversations().never();
    let row = around.stepped(Arc::default(), Arc::default()).await;
    assert_eq!((row.state, row.calls), (ReconcileState::Waiting { until: at(1_030) }, 0));
}

#[tokio::test]
async fn everybody_waits_for_what_the_platform_puts_off() {
    let throttled = Error::new(ErrorKind::Throttled, "read").with_retry_after(Duration::from_secs(60));
    let mut around = Around::new().allowed().affordable().answering(Err(throttled));
    around.accesses.expect_failed().times(1).returning(|_, _, _| Ok(()));
    around.budget.expect_pause().times(1).withf(|pause| pause.until == at(1_060)).returning(|_| Ok(()));
    let row = around.stepped(Arc::default(), Arc::default()).await;
    assert_eq!((row.state, row.tries), (ReconcileState::Waiting { until: at(1_060) }, 0));
}

/// People put their thumbs to what is old, and no later look goes over it.
#[tokio::test]
async fn a_reaction_to_an_old_message_is_taken_from_the_page_that_shows_it_and_told_once() {
    let (messages, store) = (Arc::new(Memory::default()), Arc::new(MemoryReconciles::default()));
    apply(&*messages, &[scene().writes("m1", 500, "hello?")]).await.unwrap();
    let changed = || messages.told().iter().filter(|told| matches!(told.what, What::MessageChanged { .. })).count();
    for (as_of, emoji, first, changes) in [(20_200, "👍", 20_200, 1), (20_300, "👍", 20_200, 1), (20_400, "😮", 20_400, 2)] {
        let mut page = words("m1", 500, "hello?");
        page.as_of = at(as_of);
        page.threads[0].updated = Some(at(20_100));
        page.events.push(scene().remembers_reaction("m1", emoji, as_of).event);
        let row = Around::new().allowed().affordable().answering(Ok(page)).stepped_since(20_000, messages.clone(), store.clone()).await;
        assert_eq!(row.filled, 0);
        let stored = messages.stored();
        let reacted = stored.messages[&scene().key("m1")].reacted();
        assert_eq!(reacted.get(&Direction::Inbound), Some(&emoji), "a reaction that was in hand is thrown away");
        assert_eq!(changed(), changes, "what is told each time anew is told as a change each time, or never");
        let told = stored.messages[&scene().key("m1")].reactions[&Direction::Inbound].as_of;
        assert_eq!(told, at(first), "a message is written at every look because somebody reacted to it once");
    }
}

/// Or a message that nobody could read counts as nothing, and the time around it as whole.
#[tokio::test]
async fn a_page_with_something_that_has_no_form_proves_nothing_and_is_told_as_missed() {
    let (messages, store) = (Arc::new(Memory::default()), Arc::new(MemoryReconciles::default()));
    let mut page = page();
    page.threads[0].unknown = 1;
    let row = Around::new().allowed().affordable().answering(Ok(page)).stepped(messages.clone(), store).await;
    assert_eq!(row.missed().iter().map(|missed| missed.peer.clone()).collect::<Vec<_>>(), [Some(scene().peer)]);
    let stored = messages.stored();
    let coverage = stored.conversations[&scene().conversation()].coverage.clone();
    assert!(coverage.is_none_or(|coverage| coverage.whole.is_empty()), "what nobody could read is called complete");
    assert_eq!(stored.messages[&scene().key("m1")].text(), Some("hello?"), "what could be read is not here");
}

/// Or the whole account stands still at the same page for good, and everything in it is a gap.
#[tokio::test]
async fn a_row_that_does_not_read_costs_its_own_conversation_and_no_other() {
    let other = Scene::new("o", "messenger:1", "8");
    for is_known in [true, false] {
        let (messages, store) = (Arc::new(Memory::default()), Arc::new(MemoryReconciles::default()));
        if is_known {
            apply(&*messages, &[scene().writes("m1", 500, "hello?"), scene().writes("m0", 500, "hm")]).await.unwrap();
        }
        messages.spoil(scene().key("m1"));
        let mut page = page();
        page.events.push(scene().remembers(Direction::Inbound, "m3", 500, "there?", 1_000).event);
        page.events.push(other.remembers(Direction::Inbound, "m2", 600, "good day", 1_000).event);
        let mut thread = ThreadPage::new(ExternalId::new("t2").unwrap(), other.peer.clone());
        (thread.updated, thread.messages) = (Some(at(600)), 1);
        page.threads.push(thread);
        let row = Around::new().allowed().affordable().answering(Ok(page)).stepped(messages.clone(), store).await;
        assert!(matches!(row.state, ReconcileState::Done { .. }), "{row:?}");
        assert_eq!(row.compared_until, Some(at(1_000)));
        assert_eq!(row.missed().iter().map(|missed| missed.peer.clone()).collect::<Vec<_>>(), [Some(scene().peer)]);
        assert_eq!(messages.stored().messages[&scene().key("m2")].text(), Some("good day"));
        let whole = messages.stored().conversations[&other.conversation()].coverage.clone().unwrap().whole;
        assert!(!whole.is_empty(), "what was compared is not told as whole");
    }
}

/// An empty page that leads on is not the end: a backfill bears ten of them.
#[tokio::test]
async fn a_few_pages_that_show_nobody_cut_no_comparing() {
    let (messages, store) = (Arc::new(Memory::default()), Arc::new(MemoryReconciles::default()));
    for number in 0..9 {
        let mut page = HistoryPage::new(at(1_000));
        page.next = Some(Cursor::new(format!("behind {number}")));
        Around::new().allowed().affordable().answering(Ok(page)).stepped(messages.clone(), store.clone()).await;
    }
    let row = Around::new().allowed().affordable().answering(Ok(page())).stepped(messages.clone(), store).await;
    assert!(row.missed().is_empty() && row.compared_until == Some(at(1_000)), "{row:?}");
    assert!(messages.stored().messages.contains_key(&scene().key("m1")), "what is behind them is not read");
}
