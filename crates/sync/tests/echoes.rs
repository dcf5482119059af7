//! Echo meets intent, without a timer.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

use link_core::words::page::PageQuery;
use link_sync::testing::{Memory, Scene, at};
use link_sync::{
    Claim, Cleared, Fact, Intent, IntentQuery, IntentState, MessageQuery, MessageStore, Outbox, Proof, apply, metadata, timeline,
};
use proptest::prelude::*;

fn scene() -> Scene {
    Scene::new("o", "instagram:1", "7")
}

/// What a reader counts as things the business said: messages, and wishes that no message stands for.
async fn said(store: &Memory, it: &Scene) -> (usize, Vec<timeline::Pending>) {
    let messages = store.messages(&it.view(), &MessageQuery::new(it.conversation(), PageQuery::default())).await.unwrap().items;
    let open = store.intents(&it.view(), &IntentQuery::all(PageQuery::default()).open()).await.unwrap().items;
    let pending = timeline::pending(open, &messages, &[]);
    let unmatched = pending.iter().filter(|pending| pending.inferred.is_none()).count();
    (messages.len() + unmatched, pending)
}

async fn sending(it: &Scene) -> (Memory, Intent) {
    let store = Memory::default();
    store.queue(&Cleared::unchecked(it.intent(1, "k", "thank you", 10))).await.unwrap();
    let intent = store.claim(&Claim::new(1, at(10), std::time::Duration::from_secs(60))).await.unwrap().remove(0);
    (store, intent)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    OurEcho,
    ColleaguesEcho,
    Answer,
    LostAnswer,
}

async fn play(steps: &[Step], in_time: bool) -> (usize, Option<String>) {
    let it = scene();
    let (store, intent) = sending(&it).await;
    // The colleague may have been quicker or slower than us.
    let colleague = if in_time { 11 } else { 13 };
    for step in steps {
        let fact: Option<Fact> = match step {
            Step::OurEcho => Some(it.echo("ours", 12, "thank you", None)),
            Step::ColleaguesEcho => Some(it.echo("theirs", colleague, "thank you", None)),
            Step::Answer => Some(it.accepted(&intent, "ours", 12, "thank you")),
            Step::LostAnswer => None,
        };
        match fact {
            Some(fact) => apply(&store, &[fact]).await.unwrap(),
            None => {
                store.lapse(at(100)).await.unwrap();
            }
        }
    }
    let (count, _) = said(&store, &it).await;
    let proved = store.stored().intents.values().find_map(link_sync::Intent::message).map(|key| key.id.to_string());
    (count, proved)
}

proptest! {
    /// Our own and a colleague's equal texts are two messages, whatever came first and whether our answer was lost.
    /// If this failed, a customer's thread would show an answer twice, or swallow a colleague's.
    #[test]
    fn equal_texts_of_two_writers_stay_two_messages(
        answered in any::<bool>(),
        repeats in prop::collection::vec(0..3usize, 0..4),
        colleague_first in any::<bool>(),
        seed in any::<prop::sample::Index>(),
    ) {
        let last = if answered { Step::Answer } else { Step::LostAnswer };
        let mut steps = vec![Step::OurEcho, Step::ColleaguesEcho, last];
        steps.extend(repeats.into_iter().map(|index| steps[index]).collect::<Vec<_>>());
        let turn = seed.index(steps.len());
        steps.rotate_left(turn);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let (count, proved) = runtime.block_on(play(&steps, colleague_first));
        prop_assert_eq!(count, 2);
        prop_assert_eq!(proved.as_deref(), answered.then_some("ours"));
    }
}

#[tokio::test]
async fn every_order_of_echo_echo_answer_and_lost_answer_ends_as_two() {
    let all = [Step::OurEcho, Step::ColleaguesEcho, Step::Answer, Step::LostAnswer];
    let mut orders = 0;
    for a in 0..4 {
        for b in (0..4).filter(|b| *b != a) {
            for c in (0..4).filter(|c| *c != a && *c != b) {
                let d = 6 - a - b - c;
                for quicker in [true, false] {
                    let (count, proved) = play(&[all[a], all[b], all[c], all[d]], quicker).await;
                    assert_eq!((count, proved.as_deref()), (2, Some("ours")), "in order {a}{b}{c}{d}");
                    orders += 1;
                }
            }
        }
    }
    assert_eq!(orders, 48);
}

#[tokio::test]
async fn our_own_metadata_proves_an_echo_even_when_the_answer_is_lost() {
    let it = scene();
    let (store, intent) = sending(&it).await;
    store.lapse(at(100)).await.unwrap();
    apply(&store, &[it.echo("ours", 12, "thank you", Some(metadata(intent.id)))]).await.unwrap();
    let settled = &store.stored().intents[&intent.intent_key()];
    assert_eq!(settled.state, IntentState::Sent { message: "ours".parse().unwrap(), by: Proof::Metadata });
    assert_eq!(store.stored().messages[&it.key("ours")].intent, Some(intent.id));
    assert!(said(&store, &it).await.1.is_empty());
}

#[tokio::test]
async fn another_owner_of_the_same_page_does_not_take_our_echo_for_theirs() {
    let it = scene();
    let neighbour = Scene::new("neighbour", "instagram:1", "7");
    let (store, intent) = sending(&it).await;
    apply(&store, &[neighbour.echo("ours", 12, "thank you", Some(metadata(intent.id)))]).await.unwrap();
    assert_eq!(store.stored().messages[&neighbour.key("ours")].intent, None);
    assert_eq!(store.stored().intents[&intent.intent_key()].state, intent.state);
}

#[tokio::test]
async fn an_inferred_match_is_shown_as_such_and_stored_nowhere() {
    let it = scene();
    let (store, intent) = sending(&it).await;
    apply(&store, &[it.echo("m", 12, "thank you", None)]).await.unwrap();
    let (count, pending) = said(&store, &it).await;
    assert_eq!((count, pending[0].inferred.clone()), (1, Some(it.key("m"))));
    assert_eq!(store.stored().intents[&intent.intent_key()].state, intent.state);
    assert_eq!(store.stored().messages[&it.key("m")].intent, None);
}
