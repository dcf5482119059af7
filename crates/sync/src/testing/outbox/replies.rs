//! Private replies in the line of whoever wrote the comment.

use link_core::words::error::Result;
use link_core::words::outgoing::Recipient;
use link_core::words::rates::RateKind;

use super::LEASE;
use super::turns::give_up;
use crate::budget::{Priority, Rest};
use crate::checkpoint::Cleared;
use crate::intent::{Intent, IntentState};
use crate::store::{Change, Claim, Keys, MessageStore, Outbox};
use crate::testing::{Scene, at};

const BEGIN: i64 = 20_000;

/// A private reply has a rate of its own and days. What is said in the conversation has a window, and does not miss it for that.
pub(super) async fn let_others_pass(outbox: &dyn Outbox, messages: &dyn MessageStore) -> Result<()> {
    for (live, kind) in [(false, RateKind::PrivateReply), (true, RateKind::LiveReply)] {
        passed(outbox, messages, live, kind).await?;
    }
    Ok(())
}

async fn passed(outbox: &dyn Outbox, messages: &dyn MessageStore, live: bool, kind: RateKind) -> Result<()> {
    let scene = Scene::new("replies", "messenger:1", "7");
    let reply = Intent { live, ..reply(&scene, 700 + u128::from(live), BEGIN) };
    let (first, second) = (answer(&scene, 710 + u128::from(live), BEGIN + 1), answer(&scene, 720 + u128::from(live), BEGIN + 2));
    for intent in [&reply, &first, &second] {
        outbox.queue(&Cleared::unchecked(intent.clone())).await?;
    }
    let rest = |kind, priority| Rest { account: scene.account.account.clone(), kind, priority, until: at(BEGIN + 900) };
    let claim = |seconds, rests: &[Rest]| Claim::new(9, at(BEGIN + seconds), LEASE).except(rests.to_vec());
    let ids = |intents: Vec<Intent>| intents.into_iter().map(|intent| intent.id).collect::<Vec<_>>();

    let everything = [rest(kind, Priority::Person), rest(RateKind::Send, Priority::Person)];
    assert_eq!(ids(outbox.claim(&claim(10, &everything)).await?), [], "what rests is taken");
    assert_eq!(outbox.next_available(&everything).await?, None, "somebody is woken for what rests");
    let replies = [rest(kind, Priority::Person)];
    assert_eq!(outbox.next_available(&replies).await?, Some(at(BEGIN + 1)), "nobody is woken for what passes a reply that rests");
    assert_eq!(
        ids(outbox.claim(&claim(10, &replies)).await?),
        [first.id],
        "an answer waits for a private reply's rate, or overtakes another"
    );
    assert_eq!(ids(outbox.claim(&claim(11, &[])).await?), [], "two messages of one conversation are sent at once");
    give_up(messages, &[first.intent_key()]).await?;
    let programs = [rest(kind, Priority::Program)];
    assert_eq!(ids(outbox.claim(&claim(12, &programs)).await?), [reply.id], "what could leave is passed all the same");
    give_up(messages, &[reply.intent_key(), second.intent_key()]).await
}

/// One that was told to wait is passed until its time, and heads its line from then on.
pub(super) async fn wait_their_time(outbox: &dyn Outbox, messages: &dyn MessageStore) -> Result<()> {
    let scene = Scene::new("replies", "messenger:1", "8");
    let told = Intent { available_at: at(BEGIN + 500), ..reply(&scene, 730, BEGIN) };
    let (first, second) = (answer(&scene, 731, BEGIN + 1), answer(&scene, 732, BEGIN + 2));
    for intent in [&told, &first, &second] {
        outbox.queue(&Cleared::unchecked(intent.clone())).await?;
    }
    let claim = |seconds| Claim::new(9, at(BEGIN + seconds), LEASE);
    let ids = |intents: Vec<Intent>| intents.into_iter().map(|intent| intent.id).collect::<Vec<_>>();
    assert_eq!(outbox.next_available(&[]).await?, Some(at(BEGIN + 1)), "nobody is woken for what passes a reply that waits");
    assert_eq!(ids(outbox.claim(&claim(499)).await?), [first.id], "an answer waits until a private reply may leave");
    give_up(messages, &[first.intent_key()]).await?;
    assert_eq!(ids(outbox.claim(&claim(500)).await?), [told.id], "a private reply is passed though it may leave");
    give_up(messages, &[told.intent_key(), second.intent_key()]).await
}

/// Whoever is in a greater hurry passes it too, and does not have it leave before its time.
pub(super) async fn are_not_hurried(outbox: &dyn Outbox, messages: &dyn MessageStore) -> Result<()> {
    let scene = Scene::new("replies", "messenger:1", "9");
    let told = Intent { available_at: at(BEGIN + 500), priority: Priority::Program, ..reply(&scene, 740, BEGIN) };
    let first = answer(&scene, 741, BEGIN + 1);
    for intent in [&told, &first] {
        outbox.queue(&Cleared::unchecked(intent.clone())).await?;
    }
    let claim = async |seconds| outbox.claim(&Claim::new(9, at(BEGIN + seconds), LEASE)).await;
    let ids = |intents: &[Intent]| intents.iter().map(|intent| intent.id).collect::<Vec<_>>();
    assert_eq!(ids(&claim(400).await?), [first.id], "a private reply leaves before its time because somebody passes it");
    give_up(messages, &[first.intent_key(), told.intent_key()]).await?;

    let told = Intent { priority: Priority::Program, ..reply(&scene, 743, BEGIN + 10) };
    outbox.queue(&Cleared::unchecked(told.clone())).await?;
    let claimed = claim(500).await?;
    assert_eq!(ids(&claimed), [told.id], "a private reply is passed though it may leave");
    let second = answer(&scene, 744, BEGIN + 501);
    outbox.queue(&Cleared::unchecked(second.clone())).await?;
    for intent in claimed {
        put_back(messages, &Intent { state: IntentState::Queued, available_at: at(BEGIN + 900), ..intent }).await?;
    }
    let next = ids(&claim(600).await?);
    assert_eq!(next, [second.id], "one that is put back leaves before its time because somebody passes it");
    give_up(messages, &[told.intent_key(), second.intent_key()]).await
}

async fn put_back(messages: &dyn MessageStore, intent: &Intent) -> Result<()> {
    let key = intent.intent_key();
    let keys = Keys { intents: [key.clone()].into(), ..Keys::default() };
    messages.update(&keys, &|_| Change { intents: [(key.clone(), intent.clone())].into(), ..Change::default() }).await
}

fn answer(scene: &Scene, number: u128, seconds: i64) -> Intent {
    scene.intent(number, &format!("answer {number}"), "hello", seconds)
}

/// A private reply to a comment of the scene's person.
fn reply(scene: &Scene, number: u128, seconds: i64) -> Intent {
    let mut intent = scene.intent(number, &format!("reply {number}"), "hello", seconds);
    let comment = format!("9_{number}").parse().unwrap_or_else(|_| unreachable!("a comment"));
    intent.outgoing.to = Recipient::Comment { comment, by: Some(scene.peer.clone()) };
    intent
}
