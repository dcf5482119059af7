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
use link_core::words::ids::ExternalId;
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
        let key = ConnectionKey { account: scene().account, road: Road::FACEBOOK };
        let occasion = Occasion::new(key, at(0), ReconcileReason::Downtime, at(100), at(900)).listening_since(Some(at(0)));
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
