//! Buttons that are pressed within two seconds, and what the history tells of them.

use super::*;

/// The buttons that somebody presses, so many milliseconds after second 1, and what the history tells of them.
struct Buttons(Vec<i64>);

/// A batch: which of the buttons a delivery tells of, or which of them a page of history.
#[derive(Debug, Clone)]
enum Come {
    Delivered(Vec<usize>),
    Told(Vec<usize>),
}

impl Buttons {
    fn time(&self, which: usize) -> DateTime<Utc> {
        at(1) + TimeDelta::milliseconds(self.0[which])
    }

    fn pressed(&self, which: usize) -> Fact {
        let mut fact = scene().presses(None, 1, "Opening hours");
        (fact.event.at, fact.event.as_of) = (Some(Moment::exact(self.time(which))), self.time(which));
        fact
    }

    fn remembered(&self, which: usize) -> Fact {
        let mut fact = scene().remembers(Direction::Inbound, &format!("m{which}"), 1, "Opening hours", 30);
        fact.event.at = Some(Moment::coarse(whole_second(self.time(which))));
        fact
    }

    /// What is here of each of two owners who linked the same Page, and how often it rang.
    fn after(&self, batches: &[Come]) -> (BTreeMap<MessageKey, Message>, usize) {
        let (store, other) = (Memory::default(), Scene::new("another", "instagram:1", "7").account);
        let both = |facts: Vec<Fact>| {
            let others = facts.iter().map(|fact| Fact { owner: other.owner.clone(), ..fact.clone() }).collect();
            [facts, others].concat()
        };
        waited(async {
            for batch in batches {
                let (facts, known) = match batch {
                    Come::Delivered(which) => {
                        let facts = both(which.iter().map(|which| self.pressed(*which)).collect());
                        let known = titles_of_presses(&store, &facts).await.unwrap();
                        (facts, known)
                    }
                    Come::Told(which) => {
                        let facts: Vec<Fact> = which.iter().map(|which| self.remembered(*which)).collect();
                        let events: Vec<Event> = facts.iter().map(|fact| fact.event.clone()).collect();
                        let mut known = known_elsewhere(&store, &scene().account, &events).await.unwrap();
                        known.extend(known_elsewhere(&store, &other, &events).await.unwrap());
                        (both(facts), known)
                    }
                };
                Batch::of(&facts).knowing(known).write(&store).await.unwrap();
            }
        });
        let of = |owner: &OwnerId| {
            let rung = store.told().into_iter().filter(|told| told.owner == *owner && matches!(told.what, What::MessageReceived { .. }));
            let here = store.stored().messages.into_iter().filter(|(key, _)| key.account.owner == *owner);
            let here = here.map(|(key, message)| (MessageKey { account: scene().account, ..key }, message));
            (here.collect::<BTreeMap<_, _>>(), rung.count())
        };
        assert!(of(&other.owner) == of(&scene().account.owner), "two owners of one Page take each other's titles away");
        of(&other.owner)
    }
}

/// The numbers of two buttons, each some times, in any order and cut into batches of one to three.
fn any_batches() -> impl Strategy<Value = Vec<Vec<usize>>> {
    let all = vec![0, 1, 0, 1, 0];
    (1..=3usize, Just(all).prop_shuffle()).prop_map(|(size, all)| all.chunks(size).map(<[usize]>::to_vec).collect())
}

fn any_comings() -> impl Strategy<Value = Vec<Come>> {
    (any_batches(), any_batches()).prop_flat_map(|(delivered, told)| {
        let all = delivered.into_iter().map(Come::Delivered).chain(told.into_iter().map(Come::Told)).collect::<Vec<_>>();
        Just(all).prop_shuffle()
    })
}

proptest! {
    /// If this failed, one of two presses would stand twice or be lost, by when somebody read the history.
    #[test]
    fn two_presses_of_one_button_stand_once_each_whatever_is_told_first(
        first in 0..2_000i64, later in 1..2_000i64, comings in any_comings(),
    ) {
        let buttons = Buttons(vec![first, first + later]);
        let (stored, rung) = buttons.after(&comings);
        let (straight, _) = buttons.after(&[Come::Delivered(vec![0, 1]), Come::Told(vec![1, 0])]);
        let known = |stored: &BTreeMap<MessageKey, Message>| {
            stored.iter().filter(|(_, message)| message.is_known()).map(|(key, message)| (key.clone(), message.clone())).collect::<Vec<_>>()
        };
        prop_assert_eq!(known(&stored), known(&straight));
        let told = |message: &Message| message.postback && message.told.live && message.told.history;
        prop_assert!(known(&stored).len() == 2 && known(&stored).iter().all(|(_, message)| told(message)), "{:?}", stored);
        let kept: BTreeSet<&Alias> = stored.values().filter_map(|message| message.same_as.as_ref()).collect();
        prop_assert_eq!((kept.len(), rung), (2, 2), "two titles are of one press, or one rings twice");
    }

    /// If this failed, a reaction to one of them would stand at the other.
    #[test]
    fn each_press_that_was_delivered_has_its_own_title_wherever_a_page_ends(
        first in 0..1_000i64, later in 1_000..3_000i64, told in any_batches(),
    ) {
        let buttons = Buttons(vec![first, first + later]);
        let comings: Vec<Come> = std::iter::once(Come::Delivered(vec![0, 1])).chain(told.into_iter().map(Come::Told)).collect();
        let (stored, _) = buttons.after(&comings);
        for which in [0, 1] {
            let own = Press::of(&buttons.pressed(which)).unwrap().own;
            let title = &stored[&scene().key(&format!("m{which}"))];
            prop_assert_eq!(title.same_as.clone().map(|alias| alias.key(&own.account)), Some(own));
        }
    }
}
