//! Law 2: order, repetition and splitting do not matter.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

use chrono::TimeDelta;
use link_core::words::event::Direction;
use link_core::words::feed::What;
use link_core::words::moment::Moment;
use link_core::words::raw::Raw;
use link_core::words::view::Fields;
use link_sync::testing::{Memory, Scene, at};
use link_sync::{Fact, apply};
use proptest::prelude::*;

fn scene() -> Scene {
    Scene::new("o", "instagram:1", "7")
}

/// One thing that can happen in a life of a conversation with up to four messages.
fn any_fact() -> impl Strategy<Value = Fact> {
    let id = prop::sample::select(vec!["m1", "m2", "m3", "m4"]);
    let text = prop::sample::select(vec!["hi", "hello", "good day"]);
    let when = 1..20i64;
    prop_oneof![
        4 => (id.clone(), when.clone(), text.clone()).prop_map(|(id, at, text)| scene().writes(id, at, text)),
        2 => (id.clone(), when.clone(), text.clone()).prop_map(|(id, at, text)| scene().echo(id, at, text, None)),
        2 => (id.clone(), when.clone(), text.clone(), 0..3u32).prop_map(|(id, at, text, n)| scene().edits(id, at, text, n)),
        1 => (id.clone(), when.clone()).prop_map(|(id, at)| scene().unsends(id, at)),
        2 => (id.clone(), when.clone(), prop::option::of(prop::sample::select(vec!["❤", "👍"]))).prop_map(|(id, at, emoji)| scene().reacts(id, at, emoji)),
        1 => (when.clone(), prop::option::of(when.clone()), id.clone()).prop_map(|(at, mark, id)| scene().reads(at, mark, &[id])),
        1 => (id.clone(), 20..25i64).prop_map(|(id, as_of)| scene().remembers_reaction(id, "❤", as_of)),
        1 => (prop::option::of(id.clone()), when.clone()).prop_map(|(id, at)| scene().presses(id, at, "Where are you?")),
        1 => (text.clone(), when.clone()).prop_map(|(name, as_of)| scene().is_called(name, as_of)),
        1 => (id.clone(), when.clone(), text.clone()).prop_map(|(id, at, text)| Scene::overheard(scene().writes(id, at, text))),
        1 => (id.clone(), when.clone(), 20..25i64).prop_map(|(id, at, as_of)| scene().remembers_wordless(id, at, as_of)),
        3 => (id, when.clone(), text, 20..25i64, any::<bool>()).prop_map(|(id, at, text, as_of, inbound)| {
            let side = if inbound { Direction::Inbound } else { Direction::Outbound };
            scene().remembers(side, id, at, text, as_of)
        }),
    ]
}

async fn after(batches: &[Vec<Fact>]) -> Memory {
    let store = Memory::default();
    for batch in batches {
        apply(&store, batch).await.unwrap();
    }
    store
}

/// Shuffles, repeats and cuts a life into batches.
fn shaken(life: Vec<Fact>) -> impl Strategy<Value = (Vec<Fact>, Vec<Vec<Fact>>)> {
    let count = life.len();
    let repeated = prop::collection::vec(0..count, 0..=count);
    (Just(life), repeated, any::<prop::sample::Index>(), 1..6usize).prop_flat_map(move |(life, again, _, size)| {
        let mut all = life.clone();
        all.extend(again.into_iter().map(|index| life[index].clone()));
        (Just(life), Just(all).prop_shuffle(), Just(size))
            .prop_map(|(life, all, size)| (life, all.chunks(size).map(<[Fact]>::to_vec).collect()))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// If this failed, what an inbox shows would depend on the weather between us and the platform.
    #[test]
    fn any_order_repetition_and_splitting_ends_in_one_state((life, batches) in prop::collection::vec(any_fact(), 1..24).prop_flat_map(shaken)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let straight = after(&[life]).await;
            let shaken = after(&batches).await;
            prop_assert_eq!(straight.stored(), shaken.stored());
            prop_assert_eq!(straight.kept(), shaken.kept());
            Ok(())
        })?;
    }

    /// If this failed, a webhook that the platform sends again would ring again.
    #[test]
    fn a_repeated_batch_tells_nothing(life in prop::collection::vec(any_fact(), 1..24)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let store = after(std::slice::from_ref(&life)).await;
            let told = store.told().len();
            apply(&store, &life).await.unwrap();
            prop_assert_eq!(store.told().len(), told);
            Ok(())
        })?;
    }
}

#[tokio::test]
async fn an_unsend_that_comes_first_leaves_nothing_of_the_message() {
    let it = scene();
    let store = after(&[vec![it.unsends("m1", 9)], vec![it.writes("m1", 1, "secret")], vec![it.edits("m1", 5, "more secret", 1)]]).await;
    let message = &store.stored().messages[&it.key("m1")];
    assert!(message.unsent.is_some() && message.text.is_none());
    assert!(!format!("{:?}", store.stored()).contains("secret"));
}

#[tokio::test]
async fn an_old_page_of_history_does_not_undo_an_edit() {
    let it = scene();
    let page_before_the_edit = it.remembers(Direction::Inbound, "m1", 1, "hi", 4);
    let store = after(&[vec![it.writes("m1", 1, "hi"), it.edits("m1", 5, "hello", 1)], vec![page_before_the_edit]]).await;
    assert_eq!(store.stored().messages[&it.key("m1")].text(), Some("hello"));
}

#[tokio::test]
async fn only_what_is_later_than_the_confirmation_is_news() {
    let it = scene();
    let store = after(&[vec![it.remembers(Direction::Inbound, "old", -50, "before", 3), it.writes("new", 2, "after")]]).await;
    let news: Vec<_> = store
        .told()
        .into_iter()
        .filter(|told| matches!(&told.what, What::MessageReceived { message, .. } if message.as_str() == "new"))
        .collect();
    assert_eq!(news.len(), 1);
    assert!(store.told().iter().any(|told| matches!(&told.what, What::MessageKnown { message, .. } if message.as_str() == "old")));
}

#[tokio::test]
async fn an_old_reaction_read_from_history_opens_no_window() {
    let it = scene();
    let store = after(&[vec![it.writes("m1", 5, "hi"), it.remembers_reaction("m1", "❤", 900_000)]]).await;
    assert_eq!(store.stored().conversations[&it.conversation()].last_inbound, Some(at(5)));
    assert_eq!(store.stored().messages[&it.key("m1")].reactions.len(), 1);
}

#[tokio::test]
async fn history_that_shows_no_text_takes_none_away() {
    let it = scene();
    let store = after(&[vec![it.writes("m1", 5, "hi")], vec![it.remembers_wordless("m1", 5, 100)]]).await;
    assert_eq!(store.stored().messages[&it.key("m1")].text(), Some("hi"));
}

/// Or one page of history marks for good, as something that nobody can show, what stands here to be read.
#[tokio::test]
async fn history_that_tells_a_message_in_a_form_without_a_word_leaves_it_as_it_is() {
    let it = scene();
    let mut strange = it.remembers_wordless("m1", 5, 100);
    if let link_core::words::event::Said::Message(content) = &mut strange.event.said {
        (content.unsupported, content.more) = (false, Some(Raw::parse(r#"{"story":"of another kind"}"#).unwrap()));
    }
    let key = it.key("m1");
    let store = after(&[vec![it.writes("m1", 5, "hi")], vec![strange.clone()]]).await;
    let message = &store.stored().messages[&key];
    assert_eq!((message.text(), message.unsupported, message.cannot_be_shown()), (Some("hi"), false, false));
    assert!(!store.told().iter().any(|told| matches!(told.what, What::MessageChanged { .. })), "nobody sees a difference");
    let alone = after(&[vec![strange]]).await;
    let message = &alone.stored().messages[&key];
    assert!(message.cannot_be_shown() && !message.unsupported, "something was said, and an empty message stands for it");
    let narrow = message.clone().through(Fields::ALL.text(false));
    assert!(narrow.cannot_be_shown() && narrow.extras.is_empty(), "whoever sees less is shown an empty message");
    let mut in_part = store.stored().messages[&key].clone();
    in_part.unsupported = true;
    let in_part = in_part.through(Fields::NONE);
    assert!(in_part.text().is_none() && !in_part.cannot_be_shown(), "what a view hides is told as what nobody can show");
    let empty = after(&[vec![it.remembers(Direction::Inbound, "m1", 5, "", 100)]]).await;
    assert!(!empty.stored().messages[&key].cannot_be_shown());
}

#[tokio::test]
async fn a_message_that_history_tells_before_its_webhook_still_rings_once() {
    let it = scene();
    // Written half a second after the confirmation; history gives the whole second, which is before it.
    let mut by_webhook = it.writes("m1", 0, "hi");
    by_webhook.event.at = Some(Moment::exact(at(0) + TimeDelta::milliseconds(500)));
    let by_history = it.remembers(Direction::Inbound, "m1", 0, "hi", 1);
    let confirmed = at(0) + TimeDelta::milliseconds(300);
    let facts = [by_history, by_webhook].map(|fact| Fact { caught_up: Some(confirmed), ..fact });
    let store = after(&[vec![facts[0].clone()], vec![facts[1].clone()]]).await;
    let rings = store.told().into_iter().filter(|told| matches!(told.what, What::MessageReceived { late: false, .. })).count();
    assert_eq!(rings, 1);
}

#[tokio::test]
async fn a_message_that_comes_hours_after_it_was_written_is_told_as_late() {
    let it = scene();
    let late = it.writes("m1", 5, "hi").received(at(3 * 3600));
    let store = after(&[vec![late]]).await;
    assert!(store.told().iter().any(|told| matches!(told.what, What::MessageReceived { late: true, .. })));
}

#[tokio::test]
async fn a_ghost_edit_without_sender_or_text_makes_no_message() {
    let it = scene();
    let mut ghost = it.edits("m1", 1, "", 0);
    ghost.event.sender = None;
    ghost.event.recipient = None;
    if let link_core::words::event::Said::Edited(edit) = &mut ghost.event.said {
        edit.text = None;
    }
    let store = after(&[vec![ghost.clone(), it.writes("m1", 1, "hi")], vec![ghost]]).await;
    assert_eq!(store.stored().messages[&it.key("m1")].text(), Some("hi"));
    assert_eq!(store.stored().messages[&it.key("m1")].edits, None);
}
