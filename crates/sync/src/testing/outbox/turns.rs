//! Whose turn it is.

use link_core::words::error::Result;
use link_core::words::ids::IntentKey;
use link_core::words::outgoing::{AttachmentKind, Body};
use link_core::words::rates::RateKind;
use link_core::words::refusal::Refusal;

use super::LEASE;
use crate::budget::{Priority, Rest};
use crate::checkpoint::Cleared;
use crate::intent::{Failure, Intent, IntentState};
use crate::store::{Change, Claim, Keys, MessageStore, Outbox};
use crate::testing::{Scene, at};

/// A wish to somebody, told apart by its key.
async fn wish(outbox: &dyn Outbox, (owner, account): (&str, &str), peer: &str, seconds: i64, priority: Priority) -> Result<Intent> {
    let scene = Scene::new(owner, account, peer);
    let number = u128::from(seconds.unsigned_abs()) << 8 | u128::from(priority.place());
    let intent = scene.intent(number, &format!("turn {seconds} {priority:?}"), "hello", seconds);
    outbox.queue(&Cleared::unchecked(Intent { priority, ..intent })).await
}

async fn next(outbox: &dyn Outbox, seconds: i64) -> Result<Vec<i64>> {
    let claimed = outbox.claim(&Claim::new(1, at(seconds), LEASE)).await?;
    Ok(claimed.iter().map(|intent| (intent.created_at - at(0)).num_seconds()).collect())
}

/// Brings everything to an end, so that nothing of it is in the way of what is tried next.
async fn end(outbox: &dyn Outbox, messages: &dyn MessageStore, intents: &[IntentKey]) -> Result<()> {
    give_up(messages, intents).await?;
    assert_eq!(outbox.next_available(&[]).await?, None, "something is left to do after everything came to its end");
    Ok(())
}

/// Brings these to an end.
pub(super) async fn give_up(messages: &dyn MessageStore, intents: &[IntentKey]) -> Result<()> {
    let keys = Keys { intents: intents.iter().cloned().collect(), ..Keys::default() };
    let failed = IntentState::Failed { failure: Failure::Refused(Refusal::Empty) };
    let end = |intent: &Intent| (intent.intent_key(), Intent { state: failed.clone(), ..intent.clone() });
    messages.update(&keys, &|snapshot| Change { intents: snapshot.intents.values().map(end).collect(), ..Change::default() }).await
}

/// Somebody with ten thousand wishes must not keep everybody younger waiting.
pub(super) async fn in_turn(outbox: &dyn Outbox, messages: &dyn MessageStore) -> Result<()> {
    let (busy, other) = (("busy", "messenger:1"), ("other", "messenger:1"));
    let mut all = Vec::new();
    for place in 0..4 {
        all.push(wish(outbox, busy, &format!("b{place}"), 1_000 + place, Priority::Person).await?.intent_key());
    }
    for place in 0..2 {
        all.push(wish(outbox, other, &format!("o{place}"), 1_010 + place, Priority::Person).await?.intent_key());
    }
    let mut order = Vec::new();
    for moment in 1_100..1_106 {
        order.extend(next(outbox, moment).await?);
    }
    assert_eq!(order, [1_000, 1_010, 1_001, 1_011, 1_002, 1_003], "who asks a lot is served before who asks seldom");
    end(outbox, messages, &all).await?;

    let mut all = Vec::new();
    for place in 0..3 {
        all.push(wish(outbox, busy, &format!("b{place}"), 1_200 + place, Priority::Person).await?.intent_key());
    }
    all.push(wish(outbox, other, "o", 1_210, Priority::Person).await?.intent_key());
    let claimed = outbox.claim(&Claim::new(2, at(1_300), LEASE)).await?;
    let owners: std::collections::BTreeSet<_> = claimed.iter().map(|intent| intent.account.owner.as_str()).collect();
    assert_eq!(owners.len(), 2, "one owner fills a whole claim while another one waits");
    end(outbox, messages, &all).await
}

/// A person's answer goes before a program's and that before bulk; within a conversation nothing is overtaken.
pub(super) async fn in_a_hurry(outbox: &dyn Outbox, messages: &dyn MessageStore) -> Result<()> {
    let line = ("hurry", "messenger:1");
    let mut all = Vec::new();
    for (peer, seconds, priority) in [
        ("first", 2_000, Priority::Bulk),
        ("second", 2_001, Priority::Program),
        ("third", 2_002, Priority::Person),
        ("talk", 2_003, Priority::Bulk),
        ("talk", 2_004, Priority::Program),
        ("talk", 2_005, Priority::Person),
    ] {
        all.push(wish(outbox, line, peer, seconds, priority).await?.intent_key());
    }
    let account = &"messenger:1".parse().unwrap_or_else(|_| unreachable!("an account"));
    let mut ahead = Vec::new();
    for priority in Priority::ALL {
        ahead.push(outbox.ahead(account, RateKind::Send, priority).await?);
    }
    assert_eq!(ahead[2], 6, "not everything that waits is counted");
    assert_eq!(outbox.ahead(account, RateKind::Media, Priority::Bulk).await?, 0, "texts count as films");
    assert_eq!(
        outbox.ahead(&"messenger:2".parse().unwrap_or_else(|_| unreachable!("an account")), RateKind::Send, Priority::Bulk).await?,
        0
    );

    assert_eq!(next(outbox, 2_100).await?, [2_002], "a person's answer does not go first");
    let raised = outbox.claim(&Claim::new(1, at(2_101), LEASE)).await?;
    assert_eq!(raised[0].created_at, at(2_003), "what holds a person's answer up is not hurried, or was overtaken by it");
    assert_eq!(raised[0].priority, Priority::Person, "what holds a person's answer up waits for the budget like bulk");
    assert_eq!(next(outbox, 2_102).await?, [2_001], "a program's does not go before bulk");
    assert_eq!(next(outbox, 2_103).await?, [2_000]);
    assert!(next(outbox, 2_104).await?.is_empty(), "two messages of one conversation are sent at once");
    end(outbox, messages, &all).await
}

/// An answer of a person does not wait for the time that was told to what is before it, nor is it accepted before that.
pub(super) async fn before_its_time(outbox: &dyn Outbox, messages: &dyn MessageStore) -> Result<()> {
    let scene = Scene::new("early", "messenger:1", "talk");
    let told = Intent { priority: Priority::Bulk, available_at: at(9_500), ..scene.intent(41, "told to wait", "offer", 4_000) };
    let told = outbox.queue(&Cleared::unchecked(told)).await?;
    assert!(outbox.claim(&Claim::new(9, at(4_100), LEASE)).await?.is_empty(), "what was told to wait leaves");
    let answer = outbox.queue(&Cleared::unchecked(scene.intent(40, "answered", "yes", 3_999))).await?;
    assert!(answer.created_at > told.created_at, "with a clock that was set back, an answer overtakes what is before it");
    let shown = outbox.intent(&scene.view(), told.id).await?;
    assert_eq!(shown.map(|it| (it.available_at, it.priority)), Some((at(3_999), Priority::Person)), "a hurried wish does not show it");
    assert_eq!(outbox.next_available(&[]).await?, Some(at(3_999)), "a person's answer waits for an offer's time");
    let claimed = outbox.claim(&Claim::new(9, at(4_100), LEASE)).await?;
    assert_eq!(claimed.iter().map(|it| it.id).collect::<Vec<_>>(), [told.id], "an answer overtakes, or what is before it is not hurried");
    end(outbox, messages, &[told.intent_key(), answer.intent_key()]).await?;

    // The same where the answer comes while the other is being sent, and that is told to wait afterwards.
    let offer = Intent { priority: Priority::Bulk, ..scene.intent(43, "claimed", "offer", 5_000) };
    let offer = outbox.queue(&Cleared::unchecked(offer)).await?;
    let claimed = outbox.claim(&Claim::new(9, at(5_100), LEASE)).await?;
    let answer = outbox.queue(&Cleared::unchecked(scene.intent(42, "meanwhile", "yes", 5_101))).await?;
    let keys = Keys { intents: [offer.intent_key()].into(), ..Keys::default() };
    let later = |intent: &Intent| Intent { state: IntentState::Queued, available_at: at(9_500), ..intent.clone() };
    let put_back = claimed.iter().map(|intent| (intent.intent_key(), later(intent))).collect::<Vec<_>>();
    messages.update(&keys, &|_| Change { intents: put_back.iter().cloned().collect(), ..Change::default() }).await?;
    let first: Vec<_> = outbox.claim(&Claim::new(9, at(5_200), LEASE)).await?.iter().map(|it| it.id).collect();
    assert_eq!(first, [offer.id], "an answer waits for what was told to the offer that it met on its way");
    end(outbox, messages, &[offer.intent_key(), answer.intent_key()]).await
}

/// What would only be told to wait is left where it is, and nobody is woken up for it.
pub(super) async fn resting(outbox: &dyn Outbox, messages: &dyn MessageStore) -> Result<()> {
    let (throttled, other) = (("rest", "messenger:1"), ("rest", "messenger:2"));
    let mut all = Vec::new();
    for (line, peer, seconds, priority) in [
        (throttled, "a", 3_000, Priority::Bulk),
        (throttled, "b", 3_001, Priority::Program),
        (other, "c", 3_002, Priority::Bulk),
        (("neighbour", "messenger:1"), "a", 3_003, Priority::Bulk),
    ] {
        all.push(wish(outbox, line, peer, seconds, priority).await?);
    }
    let account = all[0].account.account.clone();
    let rest = |priority, kind| Rest { account: account.clone(), kind, priority, until: at(9_000) };
    let claim = |rest: Rest| Claim::new(9, at(3_100), LEASE).except(vec![rest]);
    let of = |claimed: &[Intent]| claimed.iter().map(|intent| (intent.created_at - at(0)).num_seconds()).collect::<Vec<_>>();
    let programs = rest(Priority::Program, RateKind::Send);
    let claimed = outbox.claim(&claim(programs.clone())).await?;
    assert_eq!(of(&claimed), [3_002], "somebody is claimed who rests, or somebody who does not rest is not");
    let scene = Scene::new("rest", "messenger:1", "a");
    let left = outbox.intent(&scene.view(), all[0].id).await?;
    assert_eq!(left.as_ref(), Some(&all[0]), "what rests is touched");
    assert_eq!(outbox.next_available(&[programs]).await?, Some(at(3_160)), "somebody is woken up for what rests");
    assert_eq!(of(&outbox.claim(&claim(rest(Priority::Bulk, RateKind::Send))).await?), [3_001], "a program waits for bulk's rest");
    let films = outbox.claim(&claim(rest(Priority::Person, RateKind::Media))).await?;
    assert_eq!(of(&films).len(), 2, "texts wait for a rest of films");
    end(outbox, messages, &all.iter().map(Intent::intent_key).collect::<Vec<_>>()).await
}

/// Who looks for what people wrote leaves everything else alone.
pub(super) async fn not_so_urgent(outbox: &dyn Outbox, messages: &dyn MessageStore) -> Result<()> {
    let line = ("urgent", "messenger:1");
    let mut all = Vec::new();
    for (peer, seconds, priority) in
        [("first", 12_000, Priority::Bulk), ("second", 12_001, Priority::Program), ("talk", 12_002, Priority::Program)]
    {
        all.push(wish(outbox, line, peer, seconds, priority).await?.intent_key());
    }
    let only = |lowest| Claim::new(9, at(12_100), LEASE).down_to(lowest);
    assert!(outbox.claim(&only(Priority::Person)).await?.is_empty(), "what programs wrote is taken for a person's");
    all.push(wish(outbox, line, "talk", 12_003, Priority::Person).await?.intent_key());
    let claimed = outbox.claim(&only(Priority::Person)).await?;
    assert_eq!(claimed.iter().map(|it| it.created_at).collect::<Vec<_>>(), [at(12_002)], "what holds a person's answer up is left alone");
    let claimed = outbox.claim(&only(Priority::Program)).await?;
    assert_eq!(claimed.iter().map(|it| it.created_at).collect::<Vec<_>>(), [at(12_001)], "more is taken than was asked for");
    end(outbox, messages, &all).await
}

/// How many calls are ahead of somebody is what they are told to wait for.
pub(super) async fn counted(outbox: &dyn Outbox, messages: &dyn MessageStore) -> Result<()> {
    let scene = |peer: &str| Scene::new("counted", "messenger:9", peer);
    let film = Body::Attachment { kind: AttachmentKind::Video, url: "https://x.test/1.mp4".to_owned() };
    let mut offer = Intent { priority: Priority::Bulk, ..scene("a").intent(51, "film", "", 13_000) };
    offer.outgoing.body = film;
    let queued = [offer, scene("b").intent(52, "text", "hello", 13_001)];
    for intent in &queued {
        outbox.queue(&Cleared::unchecked(intent.clone())).await?;
    }
    let account = &queued[0].account.account;
    for (kind, priority, ahead) in [
        (RateKind::Send, Priority::Person, 1),
        (RateKind::Send, Priority::Bulk, 2),
        (RateKind::Media, Priority::Bulk, 1),
        (RateKind::Media, Priority::Person, 0),
    ] {
        assert_eq!(outbox.ahead(account, kind, priority).await?, ahead, "{kind:?} down to {priority:?}");
    }
    end(outbox, messages, &queued.map(|intent| intent.intent_key())).await
}

/// What is accepted by a clock that was set back still goes behind what is being sent.
pub(super) async fn behind_what_leaves(outbox: &dyn Outbox, messages: &dyn MessageStore) -> Result<()> {
    let scene = Scene::new("leaving", "messenger:1", "talk");
    let first = outbox.queue(&Cleared::unchecked(scene.intent(61, "first", "one", 14_000))).await?;
    assert_eq!(outbox.claim(&Claim::new(9, at(14_001), LEASE)).await?.len(), 1);
    let second = outbox.queue(&Cleared::unchecked(scene.intent(60, "second", "two", 13_900))).await?;
    assert!(second.created_at > first.created_at, "an answer stands before the one that is on its way");
    end(outbox, messages, &[first.intent_key(), second.intent_key()]).await
}
