//! What was taken back is gone from the wish that it was, too.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::time::Duration;

use link_core::words::comment::CommentAct;
use link_core::words::outgoing::Body;
use link_sync::testing::{Memory, Scene, at};
use link_sync::{Batch, Change, Claim, Cleared, Fact, IntentState, Keys, MessageStore as _, Outbox as _, Proof, Snapshot, apply};

fn scene() -> Scene {
    Scene::new("o", "messenger:1", "7")
}

async fn queued(it: &Scene) -> Memory {
    let store = Memory::default();
    store.queue(&Cleared::unchecked(it.intent(1, "k", "come at noon", 10))).await.unwrap();
    store.claim(&Claim::new(1, at(10), Duration::from_secs(60))).await.unwrap();
    store
}

/// The answer to a send and its unsend may come in any order, together or apart; whoever reads intents must not read the text.
#[tokio::test]
async fn a_wish_whose_message_was_taken_back_keeps_no_text_in_any_order() {
    let it = scene();
    let intent = it.intent(1, "k", "come at noon", 10);
    let life = [it.accepted(&intent, "m", 11, "come at noon"), it.echo("m", 11, "come at noon", None), it.unsends("m", 20)];
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        for together in [true, false] {
            let store = queued(&it).await;
            let facts: Vec<Fact> = order.iter().map(|place| life[*place].clone()).collect();
            for batch in facts.chunks(if together { 3 } else { 1 }) {
                apply(&store, batch).await.unwrap();
            }
            let stored = store.stored();
            let kept = stored.intents.values().next().unwrap();
            assert_eq!(kept.outgoing.body, Body::Gone, "order {order:?}, together {together}");
            assert_eq!(kept.state, IntentState::Sent { message: "m".parse().unwrap(), by: Proof::Answer });
            assert_eq!(stored.messages[&it.key("m")].text(), None);
        }
    }
}

/// The history settles a wish without a word in the message's row: still its text must go, however often the unsend is told.
#[tokio::test]
async fn a_wish_that_the_history_settled_keeps_no_text_when_its_message_is_taken_back() {
    let (it, store) = (scene(), queued(&scene()).await);
    apply(&store, &[it.echo("m", 11, "come at noon", None)]).await.unwrap();
    let intent = it.intent(1, "k", "come at noon", 10);
    let keys = Keys { intents: [intent.intent_key()].into(), ..Keys::default() };
    let settled = |snapshot: Snapshot| {
        let mut intents = snapshot.intents;
        for intent in intents.values_mut() {
            intent.state = IntentState::Sent { message: "m".parse().unwrap(), by: Proof::History };
        }
        Change { intents, ..Change::default() }
    };
    store.update(&keys, &settled).await.unwrap();
    for told in 1..=2 {
        apply(&store, &[it.unsends("m", 20)]).await.unwrap();
        let kept = store.stored().intents[&intent.intent_key()].clone();
        assert_eq!(kept.outgoing.body, Body::Gone, "told {told} times");
        assert_eq!(kept.state, IntentState::Sent { message: "m".parse().unwrap(), by: Proof::History });
    }
}

/// Whoever keeps payloads has to know which messages are gone, also when the message itself comes after it was taken back.
#[tokio::test]
async fn a_batch_says_which_of_its_messages_are_taken_back() {
    let (it, store) = (scene(), Memory::default());
    let write = async |facts: &[Fact]| Batch::of(facts).write(&store).await.unwrap().messages.into_iter().collect::<Vec<_>>();
    assert_eq!(write(&[it.writes("a", 1, "hello"), it.writes("b", 2, "you")]).await, []);
    assert_eq!(write(&[it.unsends("a", 3)]).await, [it.key("a")]);
    assert_eq!(write(&[it.writes("a", 1, "hello")]).await, [it.key("a")], "a repeated telling brings the text back unseen");
    let comment = |seconds, act, text| it.comments("9_1", seconds, act, text);
    for (seconds, act, text) in [(4, CommentAct::Removed, None), (2, CommentAct::Added, Some("lovely"))] {
        let gone = Batch::of(&[comment(seconds, act, text)]).write(&store).await.unwrap();
        assert_eq!(gone.comments, [it.comment_key("9_1")].into(), "a removed comment's text stays where payloads are kept");
    }
    assert_eq!(write(&[it.unsends("c", 3), it.reads(4, None, &["b"])]).await, [it.key("c")]);
}
