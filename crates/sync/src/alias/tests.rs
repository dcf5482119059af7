use link_core::words::content::Attachment;
use link_core::words::moment::Moment;
use proptest::prelude::*;

use super::*;
use crate::apply::Batch;
use crate::piece::Fact;
use crate::testing::{Memory, Scene, at};

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

/// What is told of one message by both roads; the last but one learns that they are one.
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
        (vec![history()], false),
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
        let (shaken, straight) = (waited(told(&steps)).stored(), waited(told(&straight)).stored());
        prop_assert_eq!(&shaken, &straight);
        let known: Vec<_> = shaken.messages.iter().filter(|(_, message)| message.is_known()).collect();
        prop_assert_eq!(known.len(), 1, "it stands twice or never");
        let (key, message) = known[0];
        prop_assert_eq!(key, &scene().key("old"));
        prop_assert_eq!(message.text(), if unsent.is_some() { None } else { Some("hello you") });
        prop_assert_eq!((message.read, message.unsent.is_some()), (Some(at(5)), unsent.is_some()));
    }
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

#[test]
fn a_picture_is_the_same_however_each_telling_describes_it() {
    let scene = scene();
    let with = |mut fact: Fact, address: &str| {
        if let Said::Message(content) = &mut fact.event.said {
            content.text = None;
            content.attachments = vec![Attachment::new("image").with_url(address)];
        }
        fact
    };
    let here = with(scene.writes("old", 1, ""), "https://pictures.example/live");
    let told = with(by_login(scene.remembers(Direction::Inbound, "new", 1, "", 30)), "https://pictures.example/history");
    assert_eq!(found(&[here], &[told]).len(), 1);
}
