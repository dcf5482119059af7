//! Whatever a platform does with its pages, what it shows is here in the end, once, and the reading ends.

use std::collections::BTreeSet;

use link_core::linking::setup::Depth;
use link_core::words::error::ErrorKind;
use link_sync::{BackfillState, BackfillStore as _, Standing};
use proptest::prelude::*;

use crate::archive::{Archive, NOW, Oddity, Talk};
use crate::desk::Desk;

fn oddity() -> impl Strategy<Value = Oddity> {
    use Oddity::{Cycles, EmptyBetween, Expires, LeadsToItself, NeverEnds, None, Repeats, Shifts};
    prop::sample::select(vec![None, Repeats, Shifts, Cycles, LeadsToItself, NeverEnds, EmptyBetween, Expires])
}

fn talks() -> impl Strategy<Value = Vec<Talk>> {
    let length = prop_oneof![0_i64..4, 90_i64..110, 190_i64..330];
    prop_oneof![proptest::collection::vec(length.clone(), 0..6), proptest::collection::vec(0_i64..3, 95..260)]
        .prop_map(|lengths| lengths.iter().zip(0..).map(|(length, n)| Talk::new(format!("p{n}"), *length, NOW - 1_000 - n)).collect())
}

fn passing() -> impl Strategy<Value = ErrorKind> {
    prop::sample::select(vec![ErrorKind::Throttled, ErrorKind::Unavailable, ErrorKind::Unrecognised, ErrorKind::OwnerActionNeeded])
}

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// If this failed, some order of pages, failures and deaths of the process would lose messages, invent some, or never end.
    #[test]
    fn everything_that_is_shown_is_here_in_the_end(
        talks in talks(), oddity in oddity(), twenty in any::<bool>(),
        failures in proptest::collection::vec((0_usize..12, passing()), 0..4),
        deaths in proptest::collection::btree_set(1_usize..12, 0..4),
    ) {
        let archive = Archive::new(talks, oddity).failing(failures);
        let desk = if twenty { Desk::of_twenty(archive) } else { Desk::of(archive) }.dying(deaths);
        let backfill = run(desk.read());
        prop_assert_eq!(&backfill.state, &BackfillState::Done);
        let (here, shown) = (desk.here(), desk.archive.shown());
        if oddity == Oddity::Shifts {
            // Of whoever jumps to the front meanwhile the newest is told by its webhook, and the twentieth may have been hidden by it.
            let jumped = desk.archive.jumped();
            let calm = |text: &&String| !jumped.iter().any(|peer| text.starts_with(&format!("{peer} ")));
            let of = |all: &[String]| all.iter().filter(calm).cloned().collect::<Vec<_>>();
            prop_assert_eq!(of(&here), of(&shown));
            prop_assert!(here.iter().all(|text| shown.contains(text) || twenty && !calm(&text)));
        } else {
            prop_assert_eq!(here, shown);
        }
        prop_assert!(desk.messages().iter().all(|message| message.unsent.is_none()), "what is not shown is taken for deleted");
    }
}

#[test]
fn a_platform_whose_pages_never_end_is_read_once_and_honestly() {
    for (oddity, most) in [(Oddity::Cycles, 12), (Oddity::LeadsToItself, 4), (Oddity::NeverEnds, 20)] {
        let desk = Desk::of(Archive::new((0..150).map(|n| Talk::new(format!("p{n}"), 1, NOW - 1_000 - n)).collect(), oddity));
        let backfill = run(desk.read());
        assert_eq!(desk.here().len(), 150, "{oddity:?}");
        assert!(
            desk.archive.calls().iter().filter(|call| call.starts_with("list")).count() <= most,
            "{oddity:?}: {:?}",
            desk.archive.calls()
        );
        assert!(backfill.course.is_cut && backfill.complete_as_of().is_none(), "{oddity:?}: a list without end is taken for a whole one");
    }
}

#[test]
fn a_conversation_whose_pages_lead_nowhere_has_a_gap() {
    let desk = Desk::of(Archive::new(vec![Talk::new("p", 150, NOW - 1_000)], Oddity::Cycles));
    let backfill = run(desk.read());
    assert_eq!((backfill.state, desk.here().len()), (BackfillState::Done, 150));
    assert_eq!(*desk.map("p").standing(), Standing::Gap, "{}", desk.map("p").to_text());
    assert_eq!(run(desk.tally()).given_up, 1);
}

/// Reading must neither grow with what was read nor take more calls than it has hundreds.
#[test]
fn two_hundred_thousand_messages_take_two_thousand_calls() {
    let desk = Desk::of(Archive::new(vec![Talk::new("p", 200_000, NOW - 1_000)], Oddity::None));
    let backfill = run(desk.read());
    assert_eq!((backfill.state, desk.here().len()), (BackfillState::Done, 200_000));
    assert_eq!(desk.archive.calls().len(), 2_000);
    assert_eq!(*desk.map("p").standing(), Standing::Complete);
}

#[test]
fn a_place_that_the_platform_forgot_is_found_again_without_reading_everybody_twice() {
    let talks = (0..350).map(|n| Talk::new(format!("p{n}"), if n == 0 { 250 } else { 1 }, NOW - 1_000 - n)).collect();
    let desk = Desk::of(Archive::new(talks, Oddity::Expires));
    let backfill = run(desk.read());
    assert_eq!((backfill.state, desk.here().len(), backfill.conversations), (BackfillState::Done, 599, 350));
    assert!(!backfill.course.is_cut, "a list that was read from the top and to its end is not whole");
    assert!(desk.archive.calls().len() <= 12, "{:?}", desk.archive.calls());
}

/// Or a page that is shown twice counts twice, and what was wanted is not read to its end.
#[test]
fn what_is_shown_again_counts_once() {
    let wanted = link_core::linking::setup::Synchronisation::default().history(Depth::Newest(250));
    let desk = Desk::of(Archive::new(vec![Talk::new("p", 400, NOW - 1_000)], Oddity::Repeats)).wanting(wanted);
    run(desk.read());
    assert!(desk.here().len() >= 250, "{} of 250 are here", desk.here().len());
}

#[test]
fn killed_between_any_two_writes_it_goes_on() {
    let talks = || (0..5).map(|n| Talk::new(format!("p{n}"), 250, NOW - 1_000 - n)).collect::<Vec<_>>();
    let calm = Desk::of(Archive::new(talks(), Oddity::None));
    run(calm.read());
    for death in 1..=calm.archive.calls().len() {
        let desk = Desk::of(Archive::new(talks(), Oddity::None)).dying(BTreeSet::from([death]));
        assert_eq!(run(desk.read()).state, BackfillState::Done);
        assert_eq!((desk.here(), run(desk.tally())), (calm.here(), run(calm.tally())), "killed at write {death}");
        assert_eq!(desk.map("p3"), calm.map("p3"));
    }
    assert_eq!(calm.wanted.history, Depth::Everything);
}

/// Or whoever wakes while a list is read in small pieces keeps everybody behind them from being read.
#[test]
fn conversations_that_woke_while_the_list_is_read_do_not_end_it() {
    let talks = (0..12).map(|n| Talk::new(format!("p{n}"), 2, NOW - 1_000 - n * 100)).collect();
    let desk = Desk::of(Archive::new(talks, Oddity::None).failing((0..16).map(|call| (call, ErrorKind::Unrecognised))));
    let woken = (0..10).map(|n| link_sync::Reading::new(format!("p{n}").parse().unwrap()));
    let step = |stored: &link_sync::Backfill, _: &[link_sync::Reading]| {
        Some(link_sync::BackfillChange::new(stored.clone()).readings(woken.clone()))
    };
    run(desk.store.begin(&desk.backfill())).unwrap();
    run(desk.store.change(&desk.key(), &[], &step)).unwrap();
    let backfill = run(desk.go_on());
    assert_eq!((desk.here().len(), backfill.course.is_cut), (24, false), "{:?}", desk.archive.calls());
}

/// Or whoever stands on a part of the list that does not read is said to have written nothing.
#[test]
fn a_list_of_which_a_part_does_not_read_is_not_whole() {
    let desk = Desk::of(Archive::new(vec![Talk::new("p", 3, NOW - 1_000)], Oddity::None).nameless(1));
    let backfill = run(desk.read());
    assert_eq!((backfill.state.clone(), backfill.complete_as_of()), (BackfillState::Done, None));
    let desk = Desk::of(Archive::new(vec![Talk::new("p", 3, NOW - 1_000)], Oddity::None));
    assert!(run(desk.read()).complete_as_of().is_some());
}

/// Or half an answer makes three hundred messages that are not here complete.
#[test]
fn a_conversation_of_whose_messages_the_list_says_nothing_is_read_by_itself() {
    let talks = vec![Talk::new("p", 250, NOW - 1_000), Talk::new("q", 3, NOW - 2_000)];
    let desk = Desk::of(Archive::new(talks, Oddity::None).half("p"));
    run(desk.read());
    assert_eq!(desk.archive.calls(), ["list 100x100", "p 100", "p 100", "p 100"]);
    assert_eq!((desk.here().len(), desk.words("p")), (253, vec![("complete", None)]));
}

/// Or one message that the platform does not show hides everything before it.
#[test]
fn a_message_that_is_not_shown_among_others_does_not_end_the_reading() {
    let dim = NOW - 1_000 - 120 * 60;
    let desk = Desk::of(Archive::new(vec![Talk::new("p", 350, NOW - 1_000)], Oddity::None).dim(dim));
    let backfill = run(desk.read());
    assert_eq!((desk.here().len(), backfill.unreadable), (349, 1));
    assert_eq!(desk.words("p"), [("complete", None)], "what the platform has no limit for is called beyond it");
}

#[test]
fn a_list_that_could_not_be_followed_is_not_said_to_be_here_whole() {
    let told = |desk: &Desk| link_sync::Progress::of(&run(desk.read()), &run(desk.tally()));
    let talks = || (0..3).map(|n| Talk::new(format!("p{n}"), 1, NOW - 1_000 - n)).collect::<Vec<_>>();
    let cut = told(&Desk::of(Archive::new(talks(), Oddity::LeadsToItself)));
    assert_eq!((cut.is_cut, cut.done, cut.expected), (true, 3, None));
    let whole = told(&Desk::of(Archive::new(talks(), Oddity::None)));
    assert_eq!((whole.is_cut, whole.done, whole.expected), (false, 3, Some(3)));
}
