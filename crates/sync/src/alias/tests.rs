use link_core::words::content::{Attachment, Content};
use link_core::words::event::{Channel, Direction};
use link_core::words::feed::What;
use link_core::words::ids::OwnerId;
use link_core::words::moment::Moment;
use link_core::words::raw::Raw;
use proptest::prelude::*;

use super::*;
use crate::apply::Batch;
use crate::piece::Fact;
use crate::testing::{Memory, Scene, at};

mod presses;

fn scene() -> Scene {
    Scene::new("o", "instagram:1", "7")
}

/// The same fact, told by Instagram Login.
fn by_login(mut fact: Fact) -> Fact {
    fact.event.road = Road::INSTAGRAM;
    fact
}

fn by_login_key() -> MessageKey {
    MessageKey { road: Road::INSTAGRAM, ..scene().key("new") }
}

fn alias() -> Alias {
    Alias { road: Road::FACEBOOK, id: scene().key("old").id }
}

/// A page of history that names a message, and says of it what nobody reads.
fn riddle(id: &str) -> Fact {
    let told = Said::Unknown(Raw::parse(format!(r#"{{"id":"{id}","said":"secret"}}"#)).unwrap());
    let mut fact = scene().fact(scene().event(Direction::Inbound, 30, told));
    (fact.event.channel, fact.event.at, fact.event.about) = (Channel::History, None, Some(scene().key(id).id));
    fact
}

/// What is told of one message by both roads; the last but two learns that they are one.
fn life() -> Vec<(Vec<Fact>, bool)> {
    let scene = scene();
    let history = || by_login(scene.remembers(Direction::Inbound, "new", 1, "hello you", 30));
    vec![
        (vec![scene.writes("old", 1, "hello")], false),
        (vec![scene.reacts("old", 2, Some("👍"))], false),
        (vec![by_login(scene.edits("new", 3, "hello you", 1))], false),
        (vec![by_login(scene.reacts("new", 4, Some("❤")))], false),
        (vec![by_login(scene.reads(5, None, &["new"]))], false),
        (vec![history()], true),
        (vec![history(), by_login(riddle("new"))], false),
        (vec![riddle("old"), by_login(riddle("new"))], false),
    ]
}

async fn told(steps: &[(Vec<Fact>, bool)]) -> Memory {
    let store = Memory::default();
    for (facts, learns) in steps {
        let aliases = if *learns { vec![(by_login_key(), alias())] } else { Vec::new() };
        Batch::of(facts).knowing(aliases).write(&store).await.unwrap();
    }
    store
}

fn waited<T>(of: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(of)
}

proptest! {
    /// If this failed, what somebody took back would stand or not by the weather between us and the platform.
    #[test]
    fn whatever_is_told_first_one_message_stands_under_one_id(
        steps in Just(life()).prop_shuffle(),
        unsent in any::<Option<prop::sample::Index>>(),
    ) {
        let mut steps = steps;
        let mut straight = life();
        if let Some(place) = unsent {
            let unsends = (vec![by_login(scene().unsends("new", 9))], false);
            steps.insert(place.index(steps.len() + 1), unsends.clone());
            straight.push(unsends);
        }
        let (shaken, straight) = (waited(told(&steps)), waited(told(&straight)));
        prop_assert_eq!(shaken.kept(), straight.kept());
        prop_assert_eq!(shaken.kept().len(), if unsent.is_some() { 0 } else { 2 }, "what was taken back is kept where it has no word");
        let (shaken, straight) = (shaken.stored(), straight.stored());
        prop_assert_eq!(&shaken, &straight);
        let known: Vec<_> = shaken.messages.iter().filter(|(_, message)| message.is_known()).collect();
        prop_assert_eq!(known.len(), 1, "it stands twice or never");
        let (key, message) = known[0];
        prop_assert_eq!(key, &scene().key("old"));
        prop_assert_eq!(message.text(), if unsent.is_some() { None } else { Some("hello you") });
        prop_assert_eq!((message.read, message.unsent.is_some()), (Some(at(5)), unsent.is_some()));
    }
}

/// Or a page that tells of it once more stays readable in the journal.
#[test]
fn what_is_noticed_of_a_message_that_was_taken_back_by_another_id_is_told_as_gone() {
    waited(async {
        let (store, scene) = (Memory::default(), scene());
        let here = [scene.writes("old", 1, "hello"), scene.unsends("old", 2)];
        Batch::of(&here).knowing(vec![(by_login_key(), alias())]).write(&store).await.unwrap();
        let gone = Batch::of(&[by_login(riddle("new"))]).write(&store).await.unwrap();
        assert!(store.kept().is_empty() && gone.messages.contains(&by_login_key()), "{gone:?}");
    });
}

fn found(here: &[Fact], told: &[Fact]) -> Vec<(MessageKey, Alias)> {
    let store = Memory::default();
    waited(async {
        Batch::of(here).write(&store).await.unwrap();
        let events: Vec<Event> = told.iter().map(|fact| fact.event.clone()).collect();
        known_elsewhere(&store, &scene().account, &events).await.unwrap()
    })
}

#[test]
fn the_same_person_side_second_and_content_is_the_same_message_and_nothing_else_is() {
    let scene = scene();
    let mut here = scene.writes("old", 1, "hello");
    here.event.at = Some(Moment::exact(at(1) + chrono::TimeDelta::milliseconds(600)));
    let remembers = |side, second, text| by_login(scene.remembers(side, "new", second, text, 30));
    let same = found(&[here.clone()], &[remembers(Direction::Inbound, 1, "hello")]);
    assert_eq!(same, [(by_login_key(), alias())], "history's second is not taken for that of the webhook");
    for other in [
        remembers(Direction::Outbound, 1, "hello"),
        remembers(Direction::Inbound, 2, "hello"),
        remembers(Direction::Inbound, 1, "hello!"),
        scene.remembers(Direction::Inbound, "new", 1, "hello", 30),
    ] {
        assert_eq!(found(&[here.clone()], std::slice::from_ref(&other)), [], "{:?}", other.event);
    }
    let taken_back = [here, scene.unsends("old", 5)];
    assert_eq!(found(&taken_back, &[remembers(Direction::Inbound, 1, "hello")]), []);
}

#[test]
fn what_somebody_wrote_twice_in_a_second_stays_two() {
    let scene = scene();
    let once = [scene.writes("old", 1, "hello")];
    let twice = ["new", "newer"].map(|id| by_login(scene.remembers(Direction::Inbound, id, 1, "hello", 30)));
    assert_eq!(found(&once, &twice).len(), 1);
    let both = [scene.writes("old", 1, "hello"), scene.writes("older", 1, "hello")];
    let kept: BTreeSet<_> = found(&both, &twice).into_iter().map(|(_, alias)| alias.id).collect();
    assert_eq!(kept.len(), 2);
}

/// The same fact with a picture, and without a text if it had none.
fn pictured(mut fact: Fact, address: &str) -> Fact {
    if let Said::Message(content) = &mut fact.event.said {
        content.text = content.text.take().filter(|text| !text.is_empty());
        content.attachments = vec![Attachment::new("image").with_url(address)];
    }
    fact
}

/// The person sends a picture so many milliseconds after second 1.
fn sends_picture(id: &str, milliseconds: i64) -> Fact {
    let mut fact = pictured(scene().writes(id, 1, ""), "https://pictures.example/live");
    fact.event.at = Some(Moment::exact(at(1) + chrono::TimeDelta::milliseconds(milliseconds)));
    fact
}

fn remembers_picture(id: &str) -> Fact {
    pictured(by_login(scene().remembers(Direction::Inbound, id, 1, "", 30)), "https://pictures.example/history")
}

fn by_id(found: Vec<(MessageKey, Alias)>) -> BTreeMap<String, String> {
    found.into_iter().map(|(key, alias)| (key.id.to_string(), alias.id.to_string())).collect()
}

#[test]
fn a_picture_is_the_same_however_each_telling_describes_it() {
    assert_eq!(found(&[sends_picture("old", 0)], &[remembers_picture("new")]).len(), 1);
}

/// Who tells of the same words, said again and again within a second.
#[derive(Debug, Clone, Copy)]
enum By {
    Delivery,
    ItsHistory,
    OtherHistory,
}

async fn repeats(store: &Memory, by: By, which: &[usize]) {
    let remembers = |id: String| scene().remembers(Direction::Inbound, &id, 1, "ok", 30);
    let fact = |n: &usize| match by {
        By::Delivery => scene().writes(&format!("a{n}"), 1, "ok"),
        By::ItsHistory => remembers(format!("a{n}")),
        By::OtherHistory => by_login(remembers(format!("b{n}"))),
    };
    let facts: Vec<Fact> = which.iter().map(fact).collect();
    let events: Vec<Event> = facts.iter().map(|fact| fact.event.clone()).collect();
    let known = known_elsewhere(store, &scene().account, &events).await.unwrap();
    Batch::of(&facts).knowing(known).write(store).await.unwrap();
}

/// The first numbers in any order, every other one twice, cut into batches of one to three.
fn cut(count: usize) -> impl Strategy<Value = Vec<Vec<usize>>> {
    let all: Vec<usize> = (0..count).chain((0..count).step_by(2)).collect();
    (1..=3usize, Just(all).prop_shuffle()).prop_map(|(size, all)| all.chunks(size).map(<[usize]>::to_vec).collect())
}

/// How many words were said, and who tells which of them when. The other road's history tells them all.
fn any_repeats() -> impl Strategy<Value = (usize, Vec<(By, Vec<usize>)>)> {
    (1..=4usize, 0..=4usize, 0..=4usize).prop_flat_map(|(said, delivered, remembered)| {
        let ways = (cut(delivered.min(said)), cut(remembered.min(said)), cut(said));
        let told = ways.prop_flat_map(|(delivered, remembered, others)| {
            let by = |by, batches: Vec<Vec<usize>>| batches.into_iter().map(move |batch| (by, batch));
            let all = by(By::Delivery, delivered).chain(by(By::ItsHistory, remembered)).chain(by(By::OtherHistory, others));
            Just(all.collect::<Vec<_>>()).prop_shuffle()
        });
        (Just(said), told)
    })
}

proptest! {
    /// If this failed, of the same words said several times in a second some would be lost, or stand twice, by where a page of history ends.
    #[test]
    fn words_that_were_said_several_times_in_a_second_stay_so_many((said, batches) in any_repeats()) {
        let store = Memory::default();
        waited(async {
            for (by, which) in &batches {
                repeats(&store, *by, which).await;
            }
        });
        let stored = store.stored().messages;
        let known = stored.values().filter(|message| message.is_known()).count();
        prop_assert_eq!(known, said, "{:?}", batches);
        let kept: Vec<&Alias> = stored.values().filter_map(|message| message.same_as.as_ref()).collect();
        prop_assert_eq!(kept.iter().collect::<BTreeSet<_>>().len(), kept.len(), "two of them became one: {:?}", batches);
    }
}

/// Or whoever takes back the first would have taken back the second.
#[test]
fn two_pictures_of_one_second_are_told_apart_by_their_order() {
    let here = [sends_picture("x first", 100), sends_picture("a second", 700)];
    // History is told newest first.
    let told = [remembers_picture("a' second"), remembers_picture("x' first")];
    let expected = [("a' second", "a second"), ("x' first", "x first")].map(|(new, old)| (new.to_owned(), old.to_owned()));
    assert_eq!(by_id(found(&here, &told)), expected.clone().into());
    let told = [remembers_picture("b' second"), remembers_picture("a' first")];
    let expected = [("b' second", "a second"), ("a' first", "x first")].map(|(new, old)| (new.to_owned(), old.to_owned()));
    assert_eq!(by_id(found(&here, &told)), expected.into());
}

#[test]
fn it_is_so_where_a_page_of_history_ends_between_them_and_when_it_is_read_again() {
    let here = [sends_picture("x first", 100), sends_picture("a second", 700)];
    let store = Memory::default();
    waited(async {
        Batch::of(&here).write(&store).await.unwrap();
        for id in ["a' second", "x' first", "a' second", "x' first"] {
            let told = remembers_picture(id);
            let known = known_elsewhere(&store, &scene().account, std::slice::from_ref(&told.event)).await.unwrap();
            Batch::of(&[told]).knowing(known).write(&store).await.unwrap();
        }
    });
    let kept = |id: &str| {
        let key = MessageKey { road: Road::INSTAGRAM, ..scene().key(id) };
        store.stored().messages[&key].same_as.clone().map(|alias| alias.id)
    };
    assert_eq!(kept("a' second"), Some(scene().key("a second").id));
    assert_eq!(kept("x' first"), Some(scene().key("x first").id));
}

/// Or what has a form by one road that nobody reads yet stands beside what it is by the other.
#[test]
fn what_does_not_read_may_be_the_picture_of_its_second() {
    let strange = |mut fact: Fact| {
        if let Said::Message(content) = &mut fact.event.said {
            (content.text, content.attachments) = (None, Vec::new());
            content.more = Some(Raw::parse(r#"{"story":"of another kind"}"#).unwrap());
        }
        fact
    };
    assert_eq!(found(&[sends_picture("old", 0)], &[strange(remembers_picture("new"))]).len(), 1);
    assert_eq!(found(&[strange(sends_picture("old", 0))], &[remembers_picture("new")]).len(), 1);
    let mut bare = remembers_picture("new");
    bare.event.said = Said::Message(Box::new(Content::new(by_login_key().id)));
    assert_eq!(found(&[sends_picture("old", 0)], &[bare]), [], "an empty message is taken for a picture");
}

/// History tells the link in a text once more as something shared.
#[test]
fn beside_a_text_it_does_not_matter_whether_anything_is_attached() {
    let here = scene().writes("old", 1, "see https://shop.example/x");
    let told = by_login(scene().remembers(Direction::Inbound, "new", 1, "see https://shop.example/x", 30));
    assert_eq!(found(&[here], &[pictured(told, "https://shop.example/x")]).len(), 1);
    let wordless = remembers_picture("new");
    assert_eq!(found(&[scene().writes("old", 1, "")], &[wordless]), [], "a picture is taken for an empty message");
}

/// Or it would stand twice: once as it was and once as it is.
#[test]
fn what_was_edited_before_history_tells_it_is_found_by_its_second() {
    let told = |text| by_login(scene().remembers(Direction::Inbound, "new", 1, text, 30));
    let here = scene().writes("old", 1, "Do you shop?");
    let edited = by_login(scene().edits("new", 20, "Do you ship?", 1));
    assert_eq!(found(&[here.clone(), edited.clone()], &[told("Do you ship?")]), [(by_login_key(), alias())]);
    let before = scene().edits("old", 5, "Do you shap?", 1);
    assert_eq!(found(&[here.clone(), before], &[told("Do you ship?")]), [(by_login_key(), alias())]);
    assert_eq!(found(std::slice::from_ref(&here), &[told("Do you ship?")]), [], "of an edit that nobody told nothing is known");
    let another = scene().writes("other", 1, "Hello?");
    assert_eq!(found(&[here.clone(), another.clone(), edited.clone()], &[told("Do you ship?")]), [], "it may be either");
    let its_own = by_login(scene().remembers(Direction::Inbound, "newer", 1, "Hello?", 30));
    assert_eq!(found(&[here.clone(), another, edited.clone()], &[told("Do you ship?"), its_own]).len(), 2);
    let two = by_login(scene().remembers(Direction::Inbound, "newer", 1, "And more", 30));
    assert_eq!(found(&[here, edited], &[told("Do you ship?"), two]), [], "either may be it");
}

/// Two webhooks tell two messages; or the second picture would take the place of the first.
#[test]
fn what_comes_late_takes_the_place_of_nothing_that_came_by_webhook() {
    let store = Memory::default();
    waited(async {
        Batch::of(&[remembers_picture("new"), remembers_picture("newer")]).write(&store).await.unwrap();
        for id in ["old", "older", "oldest"] {
            let late = sends_picture(id, 100);
            let known = known_elsewhere(&store, &scene().account, &[late.event.clone(), late.event.clone()]).await.unwrap();
            Batch::of(&[late]).knowing(known).write(&store).await.unwrap();
        }
    });
    let known: Vec<_> = store.stored().messages.into_iter().filter(|(_, message)| message.is_known()).map(|(key, _)| key.id).collect();
    assert_eq!(known, [scene().key("oldest").id, scene().key("new").id, scene().key("newer").id]);
}

/// Or a wish that was settled by the one id keeps its text when the message is taken back by the other.
#[test]
fn what_was_sent_and_stands_here_is_looked_for_no_more() {
    for (direction, times) in [(Direction::Inbound, 1), (Direction::Outbound, 0)] {
        let mut here = scene().remembers(direction, "old", 1, "Thanks!", 30);
        here.event.channel = Channel::Messaging;
        let told = by_login(scene().remembers(direction, "new", 1, "Thanks!", 30));
        assert_eq!(found(std::slice::from_ref(&here), std::slice::from_ref(&told)).len(), 1);
        assert_eq!(found(&[here, told.clone()], &[told]).len(), times, "{direction:?}");
    }
}

#[test]
fn what_stands_here_takes_no_place_that_a_history_told_already() {
    let here = [scene().writes("old", 1, "Thanks!"), scene().remembers(Direction::Inbound, "old", 1, "Thanks!", 30)];
    let told = by_login(scene().remembers(Direction::Inbound, "new", 1, "Thanks!", 30));
    assert_eq!(found(&here, std::slice::from_ref(&told)).len(), 1);
    assert_eq!(found(&[here[0].clone(), here[1].clone(), told.clone()], &[told]), [], "two messages become one");
}

#[test]
fn what_a_road_brought_as_news_is_its_own() {
    let here = [scene().writes("old", 1, "Thanks!"), by_login(scene().writes("new", 1, "Thanks!"))];
    let told = by_login(scene().remembers(Direction::Inbound, "new", 1, "Thanks!", 30));
    assert_eq!(found(&here, &[told]), [], "two messages around a cut-over become one");
}
