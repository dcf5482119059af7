//! A send whose answer was lost finds its end in the platform's history, or stays unknown.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use link_core::words::capabilities::{Capabilities, TextLimit};
use link_core::words::clock::Clock;
use link_core::words::error::{Error, ErrorKind, Result};
use link_core::words::event::{Channel, Direction, Event, Reaction, Said};
use link_core::words::gate::{MockGate, Verdict};
use link_core::words::outgoing::Body;
use link_core::words::page::PageQuery;
use link_core::words::platform::{Platform, Road};
use link_core::words::ports::{Access, HistoryPage, MockHistory, MockProfiles, MockSender, ThreadPage};
use link_core::words::rates::Stops;
use link_core::words::secret::Secret;
use link_core::words::work::{Next, Work};
use link_sync::testing::{Memory, MockAccesses, MockBudget, Scene, at};
use link_sync::{
    Carrier, Carriers, Checkpoint, Claim, Cleared, Fact, Intent, IntentQuery, IntentState, MessageQuery, MessageStore, Outbox, Permit,
    Proof, Settling, apply, timeline,
};

static WIRE: Capabilities = Capabilities::new(Platform::INSTAGRAM, TextLimit::Bytes(1000)).with_readable_history(20);

struct Frozen(DateTime<Utc>);

impl Clock for Frozen {
    fn now(&self) -> DateTime<Utc> {
        self.0
    }
}

fn scene() -> Scene {
    Scene::new("o", "instagram:1", "7")
}

/// An intent that somebody begins to send at second 100, and gives up.
async fn lost() -> (Arc<Memory>, Intent) {
    let (it, store) = (scene(), Arc::new(Memory::default()));
    apply(&*store, &[it.writes("asked", 50, "hi")]).await.unwrap();
    store.queue(&Cleared::unchecked(it.intent(1, "k", "Yes.", 99))).await.unwrap();
    let intent = store.claim(&Claim::new(1, at(100), Duration::from_secs(60))).await.unwrap().remove(0);
    store.lapse(at(160)).await.unwrap();
    (store, intent)
}

fn page(events: Vec<Event>) -> HistoryPage {
    let mut page = HistoryPage::new(at(LATER));
    page.events = events;
    page.threads.push(ThreadPage::new("t_1".parse().unwrap(), scene().peer));
    page
}

const LATER: i64 = 2_000;

/// The history tells this when it is asked; then everything else is as it should be.
fn settling(store: &Arc<Memory>, told: Result<HistoryPage>, budget: MockBudget) -> Settling {
    let (mut history, mut gate, mut accesses) = (MockHistory::new(), MockGate::new(), MockAccesses::new());
    history
        .expect_conversations()
        .times(..=1)
        .withf(|_, query| query.peer == Some(scene().peer) && query.messages == 20)
        .return_once(|_, _| told);
    gate.expect_ask().returning(|_| Ok(Verdict::Allowed));
    accesses.expect_road().returning(|_, _| Ok(Some(Road::FACEBOOK)));
    let access = || Access::new("instagram:1".parse().unwrap(), Road::FACEBOOK, Secret::new("t"));
    accesses.expect_access().returning(move |_| Ok(Ok(access())));
    accesses.expect_failed().returning(|_, _, _| Ok(()));
    let (sender, profiles) = (Arc::new(MockSender::new()), Arc::new(MockProfiles::new()));
    let carrier = Carrier { capabilities: &WIRE, sender, history: Arc::new(history), profiles };
    let checkpoint = Checkpoint::new([Arc::new(gate) as _], Carriers::new([carrier]), Arc::new(budget));
    Settling::new(checkpoint, store.clone(), store.clone(), Arc::new(accesses), Arc::new(Frozen(at(LATER))))
}

fn plenty() -> MockBudget {
    let mut budget = MockBudget::new();
    budget.expect_take().returning(|_| Ok(Permit::Now));
    budget
}

async fn looked(store: &Arc<Memory>, told: Result<HistoryPage>, budget: MockBudget) {
    assert_eq!(settling(store, told, budget).step().await.unwrap(), Next::Again);
}

fn remembered(id: &str, seconds: i64) -> Event {
    scene().remembers(Direction::Outbound, id, seconds, "Yes.", LATER).event
}

fn stored(store: &Memory, intent: &Intent) -> Intent {
    store.stored().intents[&intent.intent_key()].clone()
}

/// What a reader counts as said by the business, and how it is known.
async fn said(store: &Memory) -> (usize, IntentState) {
    let it = scene();
    let messages = store.messages(&it.view(), &MessageQuery::new(it.conversation(), PageQuery::default())).await.unwrap().items;
    let messages: Vec<_> = messages.into_iter().filter(|row| row.state.direction == Some(Direction::Outbound)).collect();
    let intents = store.intents(&it.view(), &IntentQuery::all(PageQuery::default())).await.unwrap().items;
    let state = intents[0].state.clone();
    let unmatched = timeline::pending(intents, &messages, &[]).into_iter().filter(|pending| pending.inferred.is_none()).count();
    (messages.len() + unmatched, state)
}

#[tokio::test]
async fn what_the_history_shows_was_sent_and_what_it_does_not_show_is_unknown_still() {
    let (store, intent) = lost().await;
    looked(&store, Ok(page(vec![remembered("m", 101)])), plenty()).await;
    assert_eq!(stored(&store, &intent).state, IntentState::Sent { message: "m".parse().unwrap(), by: Proof::History });

    let (store, intent) = lost().await;
    looked(&store, Ok(page(vec![])), plenty()).await;
    let missing = stored(&store, &intent);
    assert!(matches!(missing.state, IntentState::Unknown { absent_as_of: Some(as_of), .. } if as_of == at(LATER)), "{:?}", missing.state);
    assert_eq!((missing.looks, missing.look_at()), (1, Some(at(LATER + 3_600))));
    assert_eq!(settling(&store, Ok(page(vec![])), plenty()).step().await.unwrap(), Next::At(at(LATER + 3_600)), "it is asked on and on");
}

/// If this failed, the twenty newest messages would be taken for all there are.
#[tokio::test]
async fn a_page_that_is_not_the_whole_proves_nothing() {
    let part = |change: fn(&mut HistoryPage)| {
        let mut page = page(vec![remembered("m", 101)]);
        change(&mut page);
        page
    };
    let parts = [
        part(|page| page.threads[0].older = Some(link_core::words::page::Cursor::new("c"))),
        part(|page| page.threads[0].unreadable = 1),
        part(|page| page.threads.clear()),
    ];
    for part in parts {
        let (store, intent) = lost().await;
        looked(&store, Ok(part), plenty()).await;
        assert!(matches!(stored(&store, &intent).state, IntentState::Unknown { absent_as_of: None, .. }));
        assert_eq!(said(&store).await.0, 1, "what was read was not kept");
    }
}

/// If this failed, settling would call on while it is throttled, or give up because of it.
#[tokio::test]
async fn it_waits_for_the_budget_and_heeds_a_throttling_without_counting_it() {
    let (store, intent) = lost().await;
    let mut full = MockBudget::new();
    full.expect_take().once().returning(|take| {
        assert_eq!(take.priority, link_sync::Priority::Program);
        Ok(Permit::At(at(LATER + 7)))
    });
    looked(&store, Ok(page(vec![])), full).await;
    let waiting = stored(&store, &intent);
    assert_eq!((waiting.looks, waiting.look_at()), (0, Some(at(LATER + 7))));

    let (store, intent) = lost().await;
    let mut budget = plenty();
    budget.expect_pause().once().withf(|pause| pause.kind.is_some() && pause.until == at(LATER + 30)).returning(|_| Ok(()));
    let throttled = Error::new(ErrorKind::Throttled, "read").with_stops(Stops::Kind).with_retry_after(Duration::from_secs(30));
    looked(&store, Err(throttled), budget).await;
    let waiting = stored(&store, &intent);
    assert_eq!((waiting.state.as_str(), waiting.looks, waiting.look_at()), ("unknown", 0, Some(at(LATER + 30))));

    let (store, intent) = lost().await;
    looked(&store, Err(Error::new(ErrorKind::PermissionMissing, "read")), plenty()).await;
    assert_eq!(stored(&store, &intent).looks, 1, "what fails for good is asked for ever");
}

/// A wish to react to what the person asked, that somebody begins to send at second 100 and gives up.
async fn lost_reaction(emoji: Option<&str>) -> (Arc<Memory>, Intent) {
    let (it, store) = (scene(), Arc::new(Memory::default()));
    apply(&*store, &[it.writes("asked", 50, "hi")]).await.unwrap();
    let mut intent = it.intent(1, "k", "", 99);
    intent.outgoing.body = Body::Reaction { message: "asked".parse().unwrap(), emoji: emoji.map(str::to_owned) };
    store.queue(&Cleared::unchecked(intent)).await.unwrap();
    let intent = store.claim(&Claim::new(1, at(100), Duration::from_secs(60))).await.unwrap().remove(0);
    store.lapse(at(160)).await.unwrap();
    (store, intent)
}

/// What the history tells of the message that is reacted to: long ago, and with these reactions of ours.
fn asked(reactions: &[&str]) -> HistoryPage {
    let it = scene();
    let reacted = |emoji: &&str| {
        let told = Some((*emoji).to_owned());
        let (word, emoji) = if emoji.is_ascii() { (told, None) } else { (None, told) };
        let said = Said::Reacted(Reaction { message: Some("asked".parse().unwrap()), action: Some("react".to_owned()), emoji, word });
        let mut event = it.event(Direction::Outbound, LATER, said);
        (event.channel, event.at) = (Channel::History, None);
        event
    };
    let message = it.remembers(Direction::Inbound, "asked", 50, "hi", LATER).event;
    page(std::iter::once(message).chain(reactions.iter().map(reacted)).collect())
}

/// If this failed, a reaction whose answer was lost would stand among what is pending for ever, and nobody would see it at the message.
#[tokio::test]
async fn a_reaction_whose_answer_was_lost_is_found_at_its_message() {
    for (wanted, shown) in [("😂", "😂"), ("❤️", "❤"), ("love", "love")] {
        let (store, intent) = lost_reaction(Some(wanted)).await;
        looked(&store, Ok(asked(&[shown])), plenty()).await;
        assert_eq!(stored(&store, &intent).state, IntentState::Done { at: at(LATER) }, "{wanted} told as {shown}");
        let row = store.message(&scene().view(), &scene().key("asked")).await.unwrap().unwrap();
        assert!(row.state.reactions[&Direction::Outbound].value.is_some(), "the message does not show it");
    }
    let (store, intent) = lost_reaction(Some("😂")).await;
    looked(&store, Ok(asked(&[])), plenty()).await;
    let missing = stored(&store, &intent);
    assert!(matches!(missing.state, IntentState::Unknown { absent_as_of: Some(as_of), .. } if as_of == at(LATER)), "{:?}", missing.state);

    let (store, intent) = lost_reaction(Some("😂")).await;
    looked(&store, Ok(asked(&["😮"])), plenty()).await;
    assert!(matches!(stored(&store, &intent).state, IntentState::Unknown { absent_as_of: None, .. }), "another one may have replaced it");
    let (store, intent) = lost_reaction(Some("😂")).await;
    looked(&store, Ok(page(vec![])), plenty()).await;
    assert!(matches!(stored(&store, &intent).state, IntentState::Unknown { absent_as_of: None, .. }), "what is not shown proves nothing");
}

/// If this failed, the history would be called four times for what it never tells.
#[tokio::test]
async fn nobody_looks_for_a_withdrawal() {
    let (store, intent) = lost_reaction(None).await;
    let unknown = stored(&store, &intent);
    assert_eq!((unknown.state.as_str(), unknown.look_at()), ("unknown", None));
    assert_eq!(settling(&store, Ok(page(vec![])), plenty()).step().await.unwrap(), Next::Idle);
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    OurEcho,
    ColleaguesEcho,
    /// The history is looked through while it shows the colleague's only.
    Look,
    LateAnswer,
}

async fn play(steps: &[Step], answered: bool) -> (usize, IntentState) {
    let it = scene();
    let (store, intent) = lost().await;
    for step in steps {
        let fact: Option<Fact> = match step {
            Step::OurEcho => Some(it.echo("ours", 102, "Yes.", None)),
            Step::ColleaguesEcho => Some(it.echo("theirs", 101, "Yes.", None)),
            Step::LateAnswer => answered.then(|| it.accepted(&intent, "ours", 102, "Yes.")),
            Step::Look => {
                settling(&store, Ok(page(vec![remembered("theirs", 101)])), plenty()).step().await.unwrap();
                None
            }
        };
        if let Some(fact) = fact {
            apply(&*store, &[fact]).await.unwrap();
        }
    }
    said(&store).await
}

/// If this failed, a thread would show an answer twice, or swallow a colleague's, depending on what came first.
#[tokio::test]
async fn every_order_of_echoes_a_page_and_a_late_answer_ends_the_same() {
    let all = [Step::OurEcho, Step::ColleaguesEcho, Step::Look, Step::LateAnswer];
    let mut orders = 0;
    for a in 0..4 {
        for b in (0..4).filter(|b| *b != a) {
            for c in (0..4).filter(|c| *c != a && *c != b) {
                let steps = [all[a], all[b], all[c], all[6 - a - b - c]];
                let expected = IntentState::Sent { message: "ours".parse().unwrap(), by: Proof::Answer };
                assert_eq!(play(&steps, true).await, (2, expected), "{steps:?}");
                let (count, _) = play(&steps, false).await;
                assert_eq!(count, 2, "without an answer, in order {steps:?}");
                orders += 1;
            }
        }
    }
    assert_eq!(orders, 24);
}
