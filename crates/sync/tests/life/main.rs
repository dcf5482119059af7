//! The life of a conversation, as both sides live it, told in any order, any number of times, with the history mixed in.
//!
//! What is compared is not only one order with another: the two people know what they said, and that is what has to stand here in the end.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod journalled;
mod lived;
#[path = "../applier/nobody.rs"]
mod nobody;
mod remembered;
mod step;
mod truth;

use std::collections::BTreeMap;
use std::fmt;

use link_core::words::feed::What;
use link_core::words::ids::{ExternalId, MessageId};
use link_core::words::platform::Road;
use link_sync::testing::{Memory, Scene};
use link_sync::{Cleared, Fact, Outbox as _, apply};
use proptest::prelude::*;

use journalled::through_a_journal;
use lived::Life;
use step::any_steps;

/// Where a life can take place: two owners, two accounts, two roads, and everywhere the same ids.
fn places() -> Vec<(Scene, Road)> {
    vec![
        (Scene::new("a", "messenger:1", "7"), Road::FACEBOOK),
        (Scene::new("b", "messenger:1", "7"), Road::FACEBOOK),
        (Scene::new("a", "instagram:1", "7"), Road::FACEBOOK),
        (Scene::new("a", "instagram:1", "8"), Road::INSTAGRAM),
    ]
}

fn any_life() -> impl Strategy<Value = Life> {
    (prop::sample::select(places()), any_steps()).prop_map(|((scene, road), steps)| Life::lived(scene, road, &steps))
}

/// What is told, batch after batch.
#[derive(Clone)]
struct Batches(Vec<Vec<Fact>>);

impl fmt::Debug for Batches {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let brief = |fact: &Fact| format!("{} {:?} as of {}", fact.event.said.kind(), fact.event.channel, fact.event.as_of);
        f.debug_list().entries(self.0.iter().map(|batch| batch.iter().map(brief).collect::<Vec<_>>())).finish()
    }
}

/// Everything that is told, shuffled, partly repeated, and cut into batches.
fn shaken(told: Vec<Fact>) -> impl Strategy<Value = Batches> {
    let count = told.len();
    let repeated = prop::collection::vec(0..count.max(1), 0..=count);
    (repeated, 1..8usize).prop_flat_map(move |(again, size)| {
        let mut all = told.clone();
        all.extend(again.into_iter().filter_map(|index| told.get(index).cloned()));
        (Just(all).prop_shuffle(), Just(size)).prop_map(|(all, size)| Batches(all.chunks(size).map(<[Fact]>::to_vec).collect()))
    })
}

/// A store that knows what was sent from here, after some batches.
async fn after<'a>(lives: impl IntoIterator<Item = &'a Life>, batches: &[Vec<Fact>]) -> Memory {
    let store = Memory::default();
    for intent in lives.into_iter().flat_map(|life| &life.intents) {
        store.queue(&Cleared::unchecked(intent.clone())).await.unwrap();
    }
    for batch in batches {
        apply(&store, batch).await.unwrap();
    }
    store
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(160) })]

    /// If this failed, what an inbox shows would depend on the weather, or on when somebody read the history.
    #[test]
    fn any_telling_of_a_life_ends_as_all_that_was_live_in_order_and_then_the_history(
        (life, batches) in any_life().prop_flat_map(|life| { let told = life.told(); (Just(life), shaken(told)) })
    ) {
        block_on(async {
            let straight = after([&life], &[life.live.clone(), life.history()]).await;
            let shaken = after([&life], &batches.0).await;
            prop_assert_eq!(straight.stored(), shaken.stored());
            prop_assert_eq!(straight.kept(), shaken.kept());
            Ok(())
        })?;
    }

    /// If this failed, one envelope that is poison would cost others what they say, or the journal would tell more or less than what is in it.
    #[test]
    fn a_life_that_comes_through_a_journal_with_poison_in_it_ends_as_one_that_was_told_straight(
        (life, batches) in any_life().prop_flat_map(|life| { let told = life.live.clone(); (Just(life), shaken(told)) }),
        poison in prop::collection::vec(0..60usize, 0..4),
        at_once in 1..40usize,
    ) {
        block_on(async {
            let nobody = |fact: &Fact| Fact { caught_up: None, ..fact.clone() }.told_to(std::sync::Arc::from([]));
            let straight = after([&life], &[life.live.iter().map(nobody).collect(), life.history()]).await;
            let journalled = std::sync::Arc::new(after([&life], &[]).await);
            let told = batches.0.concat();
            let aside = through_a_journal(journalled.clone(), &life.scene, &told, &poison, at_once).await;
            prop_assert_eq!(aside, poison.len(), "other things than poison were put aside");
            apply(&*journalled, &life.history()).await.unwrap();
            prop_assert_eq!(straight.stored(), journalled.stored());
            prop_assert_eq!(straight.kept(), journalled.kept());
            Ok(())
        })?;
    }

    /// If this failed, all orders would agree on something that nobody said or did.
    #[test]
    fn what_stands_in_the_end_is_what_the_two_of_them_did(
        (life, batches) in any_life().prop_flat_map(|life| { let told = life.told(); (Just(life), shaken(told)) })
    ) {
        block_on(async {
            let store = after([&life], &batches.0).await;
            let wrong = truth::differences(&life, &store.stored());
            prop_assert!(wrong.is_empty(), "{}", wrong.join("\n"));
            prop_assert_eq!(truth::is_blocked(&life, &store.stored()), life.blocked);
            Ok(())
        })?;
    }

    /// If this failed, somebody's message would ring twice, or never.
    #[test]
    fn each_message_of_the_person_rings_once(
        (life, batches) in any_life().prop_flat_map(|life| { let told = life.told(); (Just(life), shaken(told)) })
    ) {
        block_on(async {
            let store = after([&life], &batches.0).await;
            let mut rung = BTreeMap::<MessageId, usize>::new();
            for told in store.told() {
                if let What::MessageReceived { message, .. } = told.what {
                    *rung.entry(message).or_default() += 1;
                }
            }
            for written in life.written.iter().filter(|written| written.is_inbound() && written.told.is_some()) {
                let times = rung.remove(&written.id).unwrap_or_default();
                prop_assert!(times == 1 || times == 0 && written.unsent.is_some(), "{} rang {times} times", written.id);
            }
            prop_assert!(rung.is_empty(), "these rang and were never written: {:?}", rung);
            Ok(())
        })?;
    }

    /// If this failed, a comment would ring twice or never.
    #[test]
    fn each_comment_rings_once(
        (life, batches) in any_life().prop_flat_map(|life| { let told = life.told(); (Just(life), shaken(told)) })
    ) {
        block_on(async {
            let store = after([&life], &batches.0).await;
            let mut rung = BTreeMap::<ExternalId, usize>::new();
            for told in store.told() {
                if let What::CommentReceived { comment, .. } = told.what {
                    *rung.entry(comment).or_default() += 1;
                }
            }
            for remark in &life.remarks {
                let times = rung.remove(&remark.id).unwrap_or_default();
                prop_assert!(times == 1 || times == 0 && remark.removed.is_some(), "{} rang {times} times", remark.id);
            }
            prop_assert!(rung.is_empty(), "these rang and were never written: {:?}", rung);
            Ok(())
        })?;
    }

    /// If this failed, one owner's customer would speak in another one's inbox, or one road's message under another road's id.
    #[test]
    fn lives_with_equal_ids_do_not_touch(
        (lives, batches) in prop::collection::vec(any_steps(), places().len()).prop_flat_map(|steps| {
            let lives: Vec<_> = places().into_iter().zip(&steps).map(|((scene, road), steps)| Life::lived(scene, road, steps)).collect();
            let told = lives.iter().flat_map(Life::told).collect();
            (Just(lives), shaken(told))
        })
    ) {
        block_on(async {
            let together = after(&lives, &batches.0).await.stored();
            let wrong: Vec<_> = lives.iter().flat_map(|life| truth::differences(life, &together)).collect();
            prop_assert!(wrong.is_empty(), "{}", wrong.join("\n"));
            let known = together.messages.values().filter(|message| message.is_known()).count();
            prop_assert_eq!(known, lives.iter().flat_map(|life| &life.written).filter(|written| written.told.is_some()).count());
            Ok(())
        })?;
    }
}
