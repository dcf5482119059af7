use proptest::prelude::*;
use proptest::sample::Index;

use super::*;
use crate::words::ids::ActorId;
use crate::words::view::Viewer;

fn owner() -> OwnerId {
    OwnerId::new("harbour").unwrap()
}

fn acts() -> impl Strategy<Value = Vec<Activity>> {
    let text = || prop::option::of("[a-z]{0,3}");
    let act = ("[a-b]{1,2}", prop::option::of("[a-z]{1,3}"), text(), text(), text(), text(), any::<u32>(), any::<bool>());
    let act = act.prop_map(|(actor, place, device, target, person, verb, at, ours)| {
        let at = DateTime::UNIX_EPOCH + chrono::TimeDelta::nanoseconds(i64::from(at));
        let act = format!("setup.{}", verb.unwrap_or_default());
        let mut viewer = Viewer::new(owner(), ActorId::new(actor).unwrap());
        (viewer.place, viewer.device) = (place, device);
        let mut activity = if ours { Activity::system(owner(), "our work", act, at) } else { Activity::of(&viewer, act, at) };
        (activity.target, activity.person) = (target, person);
        activity
    });
    prop::collection::vec(act, 1..8)
}

type Links = Vec<(Chained, Option<Side>)>;

fn chain(acts: &[Activity]) -> (Links, ChainHead) {
    let mut head = ChainHead::EMPTY;
    let mut links = Vec::new();
    for (number, act) in acts.iter().enumerate() {
        let (link, side) = Chained::after(&head, act, [u8::try_from(number).unwrap(); 32]);
        head = link.head();
        links.push((link, Some(side)));
    }
    (links, head)
}

fn verify(links: &Links, head: &ChainHead, known: &ChainHead) -> ChainReport {
    let mut verifier = Verifier::new(owner(), *known);
    for (link, side) in links {
        verifier.see(link, side.as_ref());
    }
    verifier.finish(head)
}

/// One field of one act or of what stands beside it becomes another.
fn change(link: &mut Chained, side: &mut Option<Side>, which: usize) {
    let side = side.as_mut().unwrap();
    match which {
        0 => link.seq += 1,
        1 => link.at += chrono::TimeDelta::nanoseconds(1),
        2 => link.kind.push('x'),
        3 => link.act.push('x'),
        4 => link.target = Some(link.target.as_ref().map_or_else(String::new, |target| format!("{target}x"))),
        5 => link.owner = OwnerId::new("rival").unwrap(),
        6 => link.side = link.digest,
        7 => link.previous = link.digest,
        8 => link.digest = link.side,
        9 => side.salt[31] ^= 1,
        10 => side.personal.by = Behalf::Actor(ActorId::new("mallory").unwrap()),
        11 => side.personal.origin.place = Some("elsewhere".to_owned()),
        12 => side.personal.origin.address = Some("192.0.2.1".parse().unwrap()),
        13 => side.personal.origin.device = Some("another".to_owned()),
        14 => side.personal.person = Some("somebody".to_owned()),
        _ => {
            link.digest = {
                link.act.push('x');
                link.computed()
            }
        }
    }
}

proptest! {
    /// Somebody could make a record say something else, and nobody would notice.
    #[test]
    fn whatever_is_changed_shows(acts in acts(), at in any::<Index>(), which in 0..16usize) {
        let (mut links, head) = chain(&acts);
        prop_assert_eq!(verify(&links, &head, &head).state, ChainState::Intact);
        let at = at.index(links.len());
        let (link, side) = &mut links[at];
        change(link, side, which);
        prop_assert!(!verify(&links, &head, &ChainHead::EMPTY).is_intact());
    }

    /// Somebody could take an act out of the record, put one in, or turn two around.
    #[test]
    fn whatever_is_removed_put_in_or_moved_shows(acts in acts(), at in any::<Index>(), other in any::<Index>()) {
        let (links, head) = chain(&acts);
        let (at, other) = (at.index(links.len()), other.index(links.len()));
        let mut fewer = links.clone();
        fewer.remove(at);
        prop_assert!(!verify(&fewer, &head, &ChainHead::EMPTY).is_intact());
        let mut more = links.clone();
        more.insert(at, links[other].clone());
        prop_assert!(!verify(&more, &head, &ChainHead::EMPTY).is_intact());
        let mut moved = links.clone();
        moved.swap(at, other);
        prop_assert_eq!(verify(&moved, &head, &ChainHead::EMPTY).is_intact(), at == other);
        let mut longer = links.clone();
        longer.push(chain_on(&head, &acts[other]));
        prop_assert!(!verify(&longer, &head, &ChainHead::EMPTY).is_intact(), "an act behind the end was taken as recorded");
    }

    /// Somebody could cut off what they did last.
    #[test]
    fn a_cut_tail_shows_against_the_head(acts in acts(), at in any::<Index>()) {
        let (mut links, head) = chain(&acts);
        let kept = at.index(links.len());
        links.truncate(kept);
        let (kept, expected) = (kept as u64, head.seq);
        let cut = ChainState::TailCut { kept, expected };
        prop_assert_eq!(verify(&links, &head, &ChainHead::EMPTY).state, cut);
        // Together with the end that the store keeps: then the one that was kept elsewhere shows it.
        let forged = links.last().map_or(ChainHead::EMPTY, |(link, _)| link.head());
        prop_assert_eq!(verify(&links, &forged, &ChainHead::EMPTY).state, ChainState::Intact);
        prop_assert_eq!(verify(&links, &forged, &head).state, cut);
    }

    /// A chain that somebody wrote anew, end and all, would pass for the old one.
    #[test]
    fn a_chain_written_anew_shows_against_a_head_kept_elsewhere(acts in acts(), at in any::<Index>()) {
        let (_, known) = chain(&acts);
        let mut other = acts;
        let at = at.index(other.len());
        other[at].act.push('x');
        let (links, head) = chain(&other);
        prop_assert!(verify(&links, &head, &ChainHead::EMPTY).is_intact());
        prop_assert_eq!(verify(&links, &head, &known).state, ChainState::Broken { at: known.seq });
    }

    /// Erasing somebody would make the record worthless, or the record would forbid to erase them.
    #[test]
    fn erasing_who_it_was_breaks_nothing(acts in acts(), erased in prop::collection::vec(any::<bool>(), 8)) {
        let (mut links, head) = chain(&acts);
        for ((_, side), erased) in links.iter_mut().zip(&erased) {
            if *erased {
                *side = None;
            }
        }
        let nameless = links.iter().filter(|(_, side)| side.is_none()).count() as u64;
        let report = verify(&links, &head, &head);
        prop_assert_eq!((report.state, report.acts, report.erased), (ChainState::Intact, head.seq, nameless));
        for ((link, side), act) in links.into_iter().zip(acts) {
            let again = link.activity(side.clone().map(|side| side.personal));
            prop_assert_eq!(&again.act, &act.act);
            prop_assert_eq!(again == act, side.is_some() || act.by == Behalf::Erased);
        }
    }
}

fn chain_on(head: &ChainHead, act: &Activity) -> (Chained, Option<Side>) {
    let (link, side) = Chained::after(head, act, [9; 32]);
    (link, Some(side))
}

/// An update of the program would take every record that there is for a forged one.
#[test]
fn a_chain_of_an_older_program_still_holds() {
    let act = Activity::system(owner(), "our work", "setup.begin", DateTime::UNIX_EPOCH).on("1").about("2");
    let (link, _) = Chained::after(&ChainHead::EMPTY, &act, [7; 32]);
    assert_eq!(link.digest.to_string(), "1e4c822181217adbd83705a8b5a6681a9ffb032da56db4235101d5c11f0d2f93");
    assert_eq!(link.digest.to_string().parse(), Ok(link.digest));
}

/// What was kept elsewhere as text must come back as it was.
#[test]
fn a_head_can_be_kept_as_text() {
    let (_, head) = chain(&[Activity::system(owner(), "our work", "setup.begin", DateTime::UNIX_EPOCH)]);
    let text = serde_json::to_string(&head).unwrap();
    assert_eq!(serde_json::from_str::<ChainHead>(&text).unwrap(), head);
    assert!(serde_json::from_str::<ChainHead>(r#"{"seq": 1, "digest": "é"}"#).is_err());
}
