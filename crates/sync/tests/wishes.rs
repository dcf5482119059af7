//! Wishes as they are taken in: several at once, when they will leave, and whose conversation they belong to.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, Utc};
use link_core::words::capabilities::{Ability, Capabilities, Form, Limits, TextLimit};
use link_core::words::clock::{Chance, Clock};
use link_core::words::error::ErrorKind;
use link_core::words::gate::{MockGate, Verdict};
use link_core::words::ids::AccountId;
use link_core::words::outgoing::{AttachmentKind, Body, Media, Outgoing, Purpose, QuickReply, Recipient};
use link_core::words::platform::{Platform, Road};
use link_core::words::ports::{MockHistory, MockProfiles, MockSender};
use link_core::words::rates::{RateKind, RateRule, Scope};
use link_core::words::refusal::Refusal;
use link_core::words::rules::{Source, code};
use link_core::words::view::Viewer;
use link_sync::testing::{Memory, MockKnowledge, Scene, at};
use link_sync::{
    Budget as _, Carrier, Carriers, Checkpoint, CommentFacts, Facts, Outbox as _, Pace, Pause, Priority, Reach, Submissions, Wish, apply,
};

const RATES: &[RateRule] = &[RateRule::new(RateKind::Send, 2, 1, "", "")];
const PAGE: Source = Source::new("a page", "2026-06");
const FORMS: &[Ability] = &[Ability::new(Form::PrivateReply, PAGE), Ability::new(Form::Uploaded, PAGE)];
static WIRE: Capabilities = Capabilities::new(Platform::MESSENGER, TextLimit::Characters(9))
    .with_rates(RATES)
    .with_private_replies(7)
    .with_attachments(&[AttachmentKind::Image])
    .with_abilities(FORMS, Limits::NONE.with_several(2, &[AttachmentKind::Image]));

/// How another message differs.
type Other = (&'static str, fn(&mut Wish));

struct Frozen;

impl Clock for Frozen {
    fn now(&self) -> DateTime<Utc> {
        at(100)
    }
}

#[derive(Default)]
struct Counting(AtomicU64);

impl Chance for Counting {
    fn id(&self) -> uuid::Uuid {
        uuid::Uuid::from_u128(u128::from(self.0.fetch_add(1, Ordering::Relaxed)) + 1)
    }

    fn bytes(&self) -> [u8; 32] {
        [0; 32]
    }
}

/// An inbox in which everybody allows everything, with a question of the person.
struct Desk {
    it: Scene,
    store: Arc<Memory>,
    pace: Arc<Pace>,
    submissions: Submissions,
}

async fn desk(knowledge: MockKnowledge, gate: MockGate) -> Desk {
    let (it, store, pace) = (Scene::new("o", "messenger:1", "7"), Arc::new(Memory::default()), Arc::new(Pace::default()));
    apply(&*store, &[it.writes("m1", 50, "hi")]).await.unwrap();
    let (sender, history, profiles) = (Arc::new(MockSender::new()), Arc::new(MockHistory::new()), Arc::new(MockProfiles::new()));
    let carrier = Carrier { capabilities: &WIRE, sender, history, profiles };
    let checkpoint = Checkpoint::new([Arc::new(gate) as _], Carriers::new([carrier]), pace.clone()).with_knowledge(Arc::new(knowledge));
    let submissions = Submissions::new(checkpoint, store.clone(), store.clone(), Arc::new(Frozen), Arc::new(Counting::default()));
    Desk { it, store, pace, submissions }
}

fn yes() -> MockGate {
    let mut gate = MockGate::new();
    gate.expect_ask().returning(|_| Ok(Verdict::Allowed));
    gate
}

fn nothing(reach: Reach) -> MockKnowledge {
    let mut knowledge = MockKnowledge::new();
    knowledge.expect_facts().returning(|_, _, _, _| Ok(Facts::default()));
    knowledge.expect_reach().returning(move |_| Ok(reach.clone()));
    knowledge
}

impl Desk {
    fn wish(&self, to: impl Into<Recipient>, text: &str, key: &str) -> Wish {
        let by = Viewer::owner(self.it.account.owner.clone(), "agent".parse().unwrap());
        Wish::new(by, self.it.account.clone(), Road::FACEBOOK, Outgoing::text(to, text), key)
    }

    fn parts(&self, texts: &[&str]) -> Vec<Wish> {
        (1..).zip(texts).map(|(place, text)| self.wish(self.it.peer.clone(), text, &format!("k#{place}"))).collect()
    }
}

/// If this failed, a customer would read the first half of an answer, and nobody would know that there is no second.
#[tokio::test]
async fn of_several_wishes_all_are_kept_or_none() {
    let desk = desk(nothing(Reach::default()), yes()).await;
    let refused = desk.submissions.submit_all(desk.parts(&["one", "much too long"])).await.unwrap();
    assert!(matches!(refused, Err(Refusal::TooLong { .. })), "{refused:?}");
    assert_eq!(desk.store.stored().intents.len(), 0, "half of an answer is kept");

    // Somebody was killed after the first; whoever repeats it has the rest kept, in order.
    let first = desk.submissions.submit_all(desk.parts(&["one"])).await.unwrap().unwrap();
    let clash = desk.submissions.submit_all(desk.parts(&["another", "two"])).await;
    assert!(clash.is_err_and(|error| error.kind() == ErrorKind::Invalid) && desk.store.stored().intents.len() == 1);
    for _ in 0..2 {
        let whole = desk.submissions.submit_all(desk.parts(&["one", "two", "three"])).await.unwrap().unwrap();
        assert_eq!(whole.iter().map(|intent| intent.key.as_str()).collect::<Vec<_>>(), ["k#1", "k#2", "k#3"]);
        assert!(whole[0].id == first[0].id && whole.is_sorted_by_key(|intent| intent.created_at), "{whole:?}");
        assert_eq!(desk.store.stored().intents.len(), 3, "a repeat doubles it");
    }
}

/// If this failed, somebody would be told that what they wrote is on its way, while something else is.
#[tokio::test]
async fn a_key_answers_the_very_message_that_it_was_used_for() {
    let (desk, uploaded) =
        (desk(nothing(Reach::default()), yes()).await, |id: &str| Media::uploaded(AttachmentKind::Image, id.parse().unwrap()));
    let wish = |text: &str| desk.wish(desk.it.peer.clone(), text, "k");
    let kept = desk.submissions.submit(wish("hello")).await.unwrap().unwrap();
    let changed: [Other; 5] = [
        ("from another account", |wish| wish.account.account = "messenger:2".parse().unwrap()),
        ("with choices", |wish| wish.outgoing.quick_replies = vec![QuickReply::text("Yes", "y")]),
        ("as a quotation", |wish| wish.outgoing.reply_to = Some("m1".parse().unwrap())),
        ("by hand", |wish| wish.outgoing.purpose = Purpose::HumanAgent),
        ("to somebody else", |wish| wish.outgoing.to = Recipient::Person("8".parse().unwrap())),
    ];
    for (how, change) in changed {
        let mut other = wish("hello");
        change(&mut other);
        let answered = desk.submissions.submit(other).await;
        assert!(answered.is_err_and(|error| error.kind() == ErrorKind::Invalid), "the same text {how} is taken for the same message");
    }
    assert_eq!(desk.submissions.submit(wish("hello")).await.unwrap().unwrap().id, kept.id);

    let picture = |id| {
        let mut wish = desk.wish(desk.it.peer.clone(), "", "p");
        wish.outgoing.body = Body::Attachments(vec![uploaded(id)]);
        wish
    };
    desk.submissions.submit(picture("1")).await.unwrap().unwrap();
    let answered = desk.submissions.submit(picture("2")).await;
    assert!(answered.is_err_and(|error| error.kind() == ErrorKind::Invalid), "another picture is taken for the one that was not tried yet");
}

/// If this failed, whoever may not see a conversation would learn by a key what was said in it.
#[tokio::test]
async fn who_may_not_see_a_conversation_hears_nothing_of_a_key() {
    let mut gate = MockGate::new();
    gate.expect_ask().once().returning(|_| Ok(Verdict::Allowed));
    gate.expect_ask().returning(|_| Ok(Verdict::Refused(Refusal::NotVisible)));
    let desk = desk(nothing(Reach::default()), gate).await;
    let wish = || desk.wish(desk.it.peer.clone(), "hello", "k");
    desk.submissions.submit(wish()).await.unwrap().unwrap();
    assert_eq!(desk.submissions.submit(wish()).await.unwrap(), Err(Refusal::NotVisible));
}

/// What waits before a part in its own answer counts too, though it is not kept yet.
#[tokio::test]
async fn parts_are_told_when_each_will_leave() {
    let desk = desk(nothing(Reach::default()), yes()).await;
    let parts = desk.submissions.submit_all(desk.parts(&["one", "two", "three"])).await.unwrap().unwrap();
    let waits: Vec<_> = parts.iter().map(|part| (part.available_at - at(100)).num_milliseconds()).collect();
    assert!(waits[..2] == [0, 0] && waits[2] >= 1_000, "two a second, and three are wanted: {waits:?}");
}

/// If this failed, an answer would be promised for now that waits for an hour, because its person or its Page is paused and not its account.
#[tokio::test]
async fn when_something_will_leave_is_told_by_whatever_holds_it_longest() {
    let account: AccountId = "messenger:1".parse().unwrap();
    let scopes = || [Scope::Account(account.clone()), Scope::Asset("99".parse().unwrap()), Scope::Person("55".parse().unwrap())];
    for longest in 0..3 {
        let desk = desk(nothing(Reach::new(Some("99".parse().unwrap()), Some("55".parse().unwrap()))), yes()).await;
        for (place, scope) in scopes().into_iter().enumerate() {
            let until = if place == longest { at(900) } else { at(500) };
            desk.pace.pause(&Pause { scope, kind: None, until }).await.unwrap();
        }
        desk.pace.pause(&Pause { scope: Scope::Person("56".parse().unwrap()), kind: None, until: at(5_000) }).await.unwrap();
        let intent = desk.submissions.submit(desk.wish(desk.it.peer.clone(), "hello", "k")).await.unwrap().unwrap();
        assert_eq!(intent.available_at, at(900), "{:?} is not heeded, or somebody else's is", scopes()[longest]);
    }
}

/// If this failed, a reply to a comment would overtake what waits in the person's conversation, and the gates would not see whom it is for.
#[tokio::test]
async fn a_reply_to_a_comment_belongs_to_its_author_where_the_platform_told_who_that_is() {
    for told in [true, false] {
        let (mut knowledge, mut gate) = (MockKnowledge::new(), MockGate::new());
        let it = Scene::new("o", "messenger:1", "7");
        let author = told.then(|| it.peer.clone());
        let facts = Facts::default().with_comment(CommentFacts::new(at(90)).by(author.clone()));
        knowledge.expect_facts().returning(move |_, _, _, _| Ok(facts.clone()));
        knowledge.expect_reach().returning(|_| Ok(Reach::default()));
        let line = author.clone().unwrap_or_else(|| "comment:9_1".parse().unwrap());
        let asked = line.clone();
        gate.expect_ask()
            .withf(move |ask| ask.peer.as_ref().is_some_and(|peer| *peer == asked || *peer == it.peer))
            .returning(|_| Ok(Verdict::Allowed));
        let desk = desk(knowledge, gate).await;
        let before = desk.submissions.submit(desk.wish(desk.it.peer.clone(), "hello", "before")).await.unwrap().unwrap();
        let comment = || Recipient::Comment { comment: "9_1".parse().unwrap(), by: None };
        let reply = desk.submissions.submit(desk.wish(comment(), "hello", "reply")).await.unwrap().unwrap();
        assert_eq!((reply.conversation().peer, reply.outgoing.to.person()), (line, author.as_ref()));
        assert_eq!(reply.created_at > before.created_at, told, "it does not line up in its conversation, or in another");
        let again = desk.submissions.submit(desk.wish(comment(), "hello", "reply")).await.unwrap().unwrap();
        assert_eq!(again.id, reply.id);
        assert_eq!(desk.store.ahead(&desk.it.account.account, RateKind::PrivateReply, Priority::Person).await.unwrap(), 1);
    }
}

/// If this failed, the end of a long text would leave as the comment's one private reply, and its beginning never.
#[tokio::test]
async fn several_messages_to_one_comment_are_refused_before_any_is_kept() {
    let mut knowledge = MockKnowledge::new();
    knowledge.expect_facts().returning(|_, _, _, _| Ok(Facts::default().with_comment(CommentFacts::new(at(90)))));
    knowledge.expect_reach().returning(|_| Ok(Reach::default()));
    let desk = desk(knowledge, yes()).await;
    let to = |comment: &str, key: &str| desk.wish(Recipient::Comment { comment: comment.parse().unwrap(), by: None }, "hello", key);
    let refused = desk.submissions.submit_all(vec![to("9_1", "k#1"), to("9_1", "k#2")]).await.unwrap();
    assert_eq!(refused.unwrap_err().rule(), Some(code::REPLY_ONCE));
    assert_eq!(desk.store.stored().intents.len(), 0);
    let two = desk.submissions.submit_all(vec![to("9_1", "k#1"), to("9_2", "k#2")]).await.unwrap().unwrap();
    assert_eq!(two.len(), 2, "another comment has a reply of its own");
}
