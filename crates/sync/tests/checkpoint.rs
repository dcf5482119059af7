//! A send passes gate, privacy, window and budget in one place, in this order, and nothing leaves when one refuses.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

use std::sync::Arc;

use chrono::{DateTime, Utc};
use link_core::words::capabilities::{Ability, Capabilities, Form, Limits, TextLimit};
use link_core::words::clock::{Chance, Clock};
use link_core::words::gate::{MockGate, Verdict};
use link_core::words::outgoing::{Outcome, Outgoing, Recipient};
use link_core::words::platform::{Feature, Platform, Road};
use link_core::words::ports::{Access, MockHistory, MockProfiles, MockSender};
use link_core::words::rates::RateKind;
use link_core::words::refusal::{Refusal, Standing};
use link_core::words::rules::Source;
use link_core::words::secret::Secret;
use link_core::words::view::Viewer;
use link_core::words::work::Work;
use link_sync::testing::{Memory, MockAccesses, MockBudget, MockKnowledge, Scene, at};
use link_sync::{
    Carrier, Carriers, Checkpoint, Cleared, CommentFacts, Dispatch, Facts, Intent, IntentState, Outbox, Permit, Priority, Proof, Reach,
    Submissions, Wish, apply,
};
use mockall::Sequence;

static WIRE: Capabilities = Capabilities::new(Platform::MESSENGER, TextLimit::Characters(2000));

struct Frozen(DateTime<Utc>);

impl Clock for Frozen {
    fn now(&self) -> DateTime<Utc> {
        self.0
    }
}

struct Counting;

impl Chance for Counting {
    fn id(&self) -> uuid::Uuid {
        uuid::Uuid::from_u128(77)
    }

    fn bytes(&self) -> [u8; 32] {
        [0; 32]
    }
}

fn scene() -> Scene {
    Scene::new("o", "messenger:1", "7")
}

/// Who is asked, and what each says: `None` where nobody may ask any more.
struct Cast {
    permission: Verdict,
    privacy: Option<Verdict>,
    wrote_at: i64,
    budget: Option<Permit>,
    sends: bool,
}

fn cast(cast: Cast, take: bool) -> (Checkpoint, i64) {
    let mut order = Sequence::new();
    let mut permission = MockGate::new();
    let said = cast.permission;
    permission.expect_ask().withf(|ask| ask.feature == Feature::SEND).once().in_sequence(&mut order).return_once(|_| Ok(said));
    let mut privacy = MockGate::new();
    match cast.privacy {
        Some(said) => {
            privacy.expect_ask().once().in_sequence(&mut order).return_once(|_| Ok(said));
        }
        None => {
            privacy.expect_ask().never();
        }
    }
    let mut budget = MockBudget::new();
    budget.expect_resting().returning(|_| Ok(vec![]));
    match (cast.budget, take) {
        (Some(permit), true) => {
            budget.expect_take().once().in_sequence(&mut order).return_once(move |_| Ok(permit));
        }
        (Some(permit), false) => {
            budget.expect_forecast().once().in_sequence(&mut order).return_once(move |_| Ok(permit));
        }
        (None, _) => {
            budget.expect_take().never();
            budget.expect_forecast().never();
        }
    }
    let mut sender = MockSender::new();
    if cast.sends {
        let taken = || Outcome::Accepted { message: "m_out".parse().unwrap(), peer: None, at: at(100) };
        sender.expect_send().once().in_sequence(&mut order).returning(move |_, _| taken());
    } else {
        sender.expect_send().never();
    }
    let carrier = Carrier {
        capabilities: &WIRE,
        sender: Arc::new(sender),
        history: Arc::new(MockHistory::new()),
        profiles: Arc::new(MockProfiles::new()),
    };
    (Checkpoint::new([Arc::new(permission) as _, Arc::new(privacy) as _], Carriers::new([carrier]), Arc::new(budget)), cast.wrote_at)
}

fn denied() -> Verdict {
    Verdict::Refused(Refusal::PermissionMissing { feature: Feature::SEND, missing: vec![], standing: Standing::Declined })
}

async fn submitted(parts: Cast) -> Result<IntentState, Refusal> {
    let it = scene();
    let (checkpoint, wrote_at) = cast(parts, false);
    let store = Arc::new(Memory::default());
    apply(&*store, &[it.writes("m1", wrote_at, "hi")]).await.unwrap();
    let submissions = Submissions::new(checkpoint, store.clone(), store.clone(), Arc::new(Frozen(at(100))), Arc::new(Counting));
    let by = Viewer::owner(it.account.owner.clone(), "agent".parse().unwrap());
    let wish = Wish::new(by, it.account.clone(), Road::FACEBOOK, Outgoing::text(it.peer.clone(), "hello"), "k");
    let answer = submissions.submit(wish).await.unwrap();
    let kept = store.stored().intents.len();
    assert_eq!(kept, usize::from(answer.is_ok()), "a refused wish is kept, or an accepted one is not");
    answer.map(|intent| intent.state)
}

async fn dispatched(parts: Cast) -> IntentState {
    let it = scene();
    let (checkpoint, wrote_at) = cast(parts, true);
    let store = Arc::new(Memory::default());
    apply(&*store, &[it.writes("m1", wrote_at, "hi")]).await.unwrap();
    let intent = store.queue(&Cleared::unchecked(it.intent(1, "k", "hello", 99))).await.unwrap();
    let mut accesses = MockAccesses::new();
    let account = it.account.account.clone();
    accesses.expect_road().returning(|_, _| Ok(Some(Road::FACEBOOK)));
    accesses.expect_access().returning(move |_| Ok(Ok(Access::new(account.clone(), Road::FACEBOOK, Secret::new("t")))));
    let dispatch = Dispatch::new(checkpoint, store.clone(), store.clone(), Arc::new(accesses), Arc::new(Frozen(at(100))));
    dispatch.step().await.unwrap();
    store.stored().intents[&intent.intent_key()].state.clone()
}

const RECENTLY: i64 = 50;
const TOO_LONG_AGO: i64 = 100 - 25 * 3600;

#[tokio::test]
async fn a_wish_that_all_allow_is_kept_and_one_that_has_to_wait_is_kept_too() {
    let all = |budget| Cast {
        permission: Verdict::Allowed,
        privacy: Some(Verdict::Allowed),
        wrote_at: RECENTLY,
        budget: Some(budget),
        sends: false,
    };
    assert_eq!(submitted(all(Permit::Now)).await, Ok(IntentState::Queued));
    assert_eq!(submitted(all(Permit::At(at(200)))).await, Ok(IntentState::Queued));
}

#[tokio::test]
async fn the_first_refusal_ends_it_and_nobody_after_it_is_asked() {
    let gate = Cast { permission: denied(), privacy: None, wrote_at: RECENTLY, budget: None, sends: false };
    assert!(matches!(submitted(gate).await, Err(Refusal::PermissionMissing { .. })));
    let privacy = Cast {
        permission: Verdict::Allowed,
        privacy: Some(Verdict::Refused(Refusal::NotVisible)),
        wrote_at: RECENTLY,
        budget: None,
        sends: false,
    };
    assert_eq!(submitted(privacy).await, Err(Refusal::NotVisible));
    let window = Cast { permission: Verdict::Allowed, privacy: Some(Verdict::Allowed), wrote_at: TOO_LONG_AGO, budget: None, sends: false };
    assert!(matches!(submitted(window).await, Err(Refusal::WindowClosed { .. })));
}

#[tokio::test]
async fn all_are_asked_again_when_its_turn_comes_and_only_then_it_leaves() {
    let all =
        Cast { permission: Verdict::Allowed, privacy: Some(Verdict::Allowed), wrote_at: RECENTLY, budget: Some(Permit::Now), sends: true };
    assert_eq!(dispatched(all).await, IntentState::Sent { message: "m_out".parse().unwrap(), by: Proof::Answer });
}

#[tokio::test]
async fn nothing_leaves_when_one_refuses_at_its_turn() {
    let gate = Cast { permission: denied(), privacy: None, wrote_at: RECENTLY, budget: None, sends: false };
    assert!(matches!(dispatched(gate).await, IntentState::Failed { .. }));
    let privacy = Cast {
        permission: Verdict::Allowed,
        privacy: Some(Verdict::Refused(Refusal::NotVisible)),
        wrote_at: RECENTLY,
        budget: None,
        sends: false,
    };
    assert!(matches!(dispatched(privacy).await, IntentState::Failed { .. }));
    let window = Cast { permission: Verdict::Allowed, privacy: Some(Verdict::Allowed), wrote_at: TOO_LONG_AGO, budget: None, sends: false };
    assert!(matches!(dispatched(window).await, IntentState::Failed { .. }));
    let budget = Cast {
        permission: Verdict::Allowed,
        privacy: Some(Verdict::Allowed),
        wrote_at: RECENTLY,
        budget: Some(Permit::At(at(300))),
        sends: false,
    };
    assert_eq!(dispatched(budget).await, IntentState::Queued);
}

const PAGE: Source = Source::new("a page", "2026-06");
const FORMS: &[Ability] = &[Ability::new(Form::PrivateReply, PAGE)];
static BROADCASTING: Capabilities = WIRE_OF_REPLIES.with_broadcasts(4);
const WIRE_OF_REPLIES: Capabilities =
    Capabilities::new(Platform::MESSENGER, TextLimit::Characters(2000)).with_private_replies(7).with_abilities(FORMS, Limits::NONE);

/// Or the replies to a broadcast wait for the hour's allowance, and it is over before they leave.
#[tokio::test]
async fn what_answers_a_live_comment_counts_as_that_from_the_wish_on() {
    for (live, kind) in [(true, RateKind::LiveReply), (false, RateKind::PrivateReply)] {
        let (mut gate, mut budget, mut knowledge) = (MockGate::new(), MockBudget::new(), MockKnowledge::new());
        gate.expect_ask().returning(|_| Ok(Verdict::Allowed));
        budget.expect_forecast().withf(move |take| take.kind == kind).once().returning(|_| Ok(Permit::Now));
        let facts = move || Facts::default().with_comment(CommentFacts::new(at(90)).live(live));
        knowledge.expect_facts().returning(move |_, _, _, _| Ok(facts()));
        knowledge.expect_reach().returning(|_| Ok(Reach::default()));
        let (sender, history, profiles) = (Arc::new(MockSender::new()), Arc::new(MockHistory::new()), Arc::new(MockProfiles::new()));
        let carrier = Carrier { capabilities: &BROADCASTING, sender, history, profiles };
        let checkpoint = Checkpoint::new([Arc::new(gate) as _], Carriers::new([carrier]), Arc::new(budget));
        let (it, store) = (scene(), Arc::new(Memory::default()));
        let checkpoint = checkpoint.with_knowledge(Arc::new(knowledge));
        let submissions = Submissions::new(checkpoint, store.clone(), store.clone(), Arc::new(Frozen(at(100))), Arc::new(Counting));
        let by = Viewer::owner(it.account.owner.clone(), "agent".parse().unwrap());
        let to = Recipient::Comment { comment: "9_1".parse().unwrap(), by: None };
        let wish = Wish::new(by, it.account.clone(), Road::FACEBOOK, Outgoing::text(to, "hello"), "k");
        let intent = submissions.submit(wish).await.unwrap().unwrap();
        assert_eq!((intent.live, intent.rate()), (live, kind));
        for counted in kind.counts_as() {
            assert_eq!(store.ahead(&it.account.account, *counted, Priority::Person).await.unwrap(), 1, "{counted:?}");
        }
        let stored = serde_json::to_string(&intent).unwrap();
        assert_eq!(serde_json::from_str::<Intent>(&stored).unwrap(), intent);
    }
}
