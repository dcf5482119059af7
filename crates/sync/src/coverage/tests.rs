use chrono::TimeDelta;
use link_core::words::page::Cursor;
use link_core::{ExternalId, ScopedId};
use proptest::prelude::*;

use super::*;

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
}

fn stretch(from: Option<i64>, to: i64) -> Stretch {
    Stretch::new(from.map(at), at(to))
}

fn thread(older: bool, unreadable: u32) -> ThreadPage {
    let mut thread = ThreadPage::new(ExternalId::new("t").unwrap(), ScopedId::new("7").unwrap());
    thread.older = older.then(|| Cursor::new("on"));
    thread.unreadable = unreadable;
    thread
}

fn words(map: &CoverageMap) -> Vec<(&'static str, Option<i64>, i64)> {
    let word = |span: &Span| (span.standing.as_str(), span.from.map(|from| from.timestamp()), span.to.timestamp());
    map.spans.iter().map(word).collect()
}

fn joined(all: impl IntoIterator<Item = Coverage>) -> Coverage {
    all.into_iter().fold(Coverage::default(), |mut sum, one| {
        sum.join(one);
        sum
    })
}

fn coverage() -> impl Strategy<Value = Coverage> {
    let stretch = (proptest::option::of(0_i64..40), 0_i64..40).prop_map(|(from, length)| stretch(from, from.unwrap_or(0) + length));
    let hidden = proptest::option::of((0_i64..9, 0_i64..40, 0_u32..3))
        .prop_map(|told| told.map(|(as_of, before, listed)| Register::new(at(as_of), Hidden::new(Some(at(before)), listed))));
    let denied = proptest::option::of((0_i64..9, proptest::option::of("[a-c]")))
        .prop_map(|told| told.map(|(as_of, why)| Register::new(at(as_of), why)));
    (proptest::collection::vec(stretch, 0..3), hidden, denied).prop_map(|(whole, hidden, denied)| Coverage { whole, hidden, denied })
}

fn stretches() -> impl Strategy<Value = Vec<Stretch>> {
    proptest::collection::vec((0_i64..40, 0_i64..30).prop_map(|(from, length)| stretch(Some(from), from + length)), 0..3)
}

proptest! {
    /// If this failed, what a conversation is said to hold would depend on the order in which its pages were read.
    #[test]
    fn however_pages_are_read_and_repeated_the_coverage_is_one(
        parts in proptest::collection::vec(coverage(), 0..6), again in proptest::collection::vec(any::<prop::sample::Index>(), 0..4)
    ) {
        let whole = joined(parts.clone());
        let mut shuffled: Vec<_> = parts.iter().rev().cloned().collect();
        if !parts.is_empty() {
            shuffled.extend(again.iter().map(|index| index.get(&parts).clone()));
        }
        prop_assert_eq!(&joined(shuffled), &whole);
        let (left, right) = parts.split_at(parts.len() / 2);
        prop_assert_eq!(&joined([joined(left.to_vec()), joined(right.to_vec())]), &whole);
        let stored: Coverage = serde_json::from_str(&serde_json::to_string(&whole).unwrap()).unwrap();
        prop_assert_eq!(stored, whole);
    }

    /// A map has no holes and no overlaps, ends where it was asked to, and calls complete exactly what was proved.
    #[test]
    fn a_map_says_of_every_time_one_thing(told in coverage(), heard in stretches(), missed in stretches()) {
        let told = joined([told]);
        let map = told.map(&heard, &missed, at(100));
        prop_assert_eq!(map.spans.first().unwrap().from, None);
        prop_assert_eq!(map.spans.last().unwrap().to, at(100));
        for pair in map.spans.windows(2) {
            prop_assert_eq!(pair[1].from, Some(pair[0].to));
        }
        for second in 0..99 {
            let inside = |stretch: &Stretch| stretch.from.is_none_or(|from| from <= at(second)) && at(second + 1) <= stretch.to;
            let span = map.spans.iter().find(|span| span.to > at(second)).unwrap();
            prop_assert_eq!(span.standing == Standing::Complete, told.whole.iter().any(inside), "second {}", second);
            if span.standing == Standing::Heard {
                prop_assert!(heard.iter().any(inside));
                prop_assert!(!missed.iter().any(inside), "second {} was missed and is called heard", second);
            }
        }
    }
}

#[test]
fn pages_that_meet_are_one_stretch_down_to_the_beginning() {
    let first = Coverage::of_page(&thread(true, 0), at(99), Some(at(60)), at(99), false);
    let second = Coverage::of_page(&thread(true, 0), at(99), Some(at(40)), at(60), false);
    assert_eq!(words(&joined([first.clone(), second.clone()]).map(&[], &[], at(99))), [("gap", None, 40), ("complete", Some(40), 99)]);
    let last = Coverage::of_page(&thread(false, 0), at(99), Some(at(5)), at(40), false);
    assert_eq!(words(&joined([last, first, second]).map(&[], &[], at(99))), [("complete", None, 99)]);
}

#[test]
fn what_is_not_shown_is_beyond_the_limit_and_never_said_to_be_gone() {
    let twenty = Coverage::of_page(&thread(true, 0), at(99), Some(at(60)), at(99), true);
    let map = twenty.map(&[], &[], at(99));
    assert_eq!(words(&map), [("beyond_limit", None, 60), ("complete", Some(60), 99)]);
    assert!(map.to_text().contains("not shown by the platform") && !map.to_text().contains("delete"), "{}", map.to_text());
    let bare = Coverage::of_page(&thread(false, 4), at(99), None, at(60), true);
    assert_eq!(bare.hidden.unwrap().value, Hidden::new(Some(at(60)), 4));
    assert!(bare.whole.is_empty(), "a page of bare ids is taken for a whole one");
}

/// Or one message that cannot be read hides everything that was written before it.
#[test]
fn a_message_that_is_not_shown_among_others_hides_nothing_but_itself() {
    let mut page = thread(true, 1);
    page.messages = 9;
    assert!(!page.hides_older(None) && page.hides_older(Some(20)));
    page.messages = 0;
    assert!(!page.hides_older(None), "one message that is asked for alone and not shown ends its conversation");
    page.unreadable = 20;
    assert!(page.hides_older(None), "what is listed and not shown at all is read for ever");
    assert!(!thread(true, 0).hides_older(Some(20)));
}

#[test]
fn a_page_that_shows_nothing_and_leads_on_proves_nothing() {
    assert!(Coverage::of_page(&thread(true, 0), at(99), None, at(60), false).whole.is_empty());
    let empty = Coverage::of_page(&thread(false, 0), at(99), None, at(99), false);
    assert_eq!(words(&empty.map(&[], &[], at(99))), [("complete", None, 99)], "an empty conversation that ends is a gap");
    let mut untold = thread(false, 0);
    untold.untold = true;
    assert!(Coverage::of_page(&untold, at(99), None, at(99), false).whole.is_empty(), "half an answer is taken for a whole conversation");
}

#[test]
fn what_was_listened_to_is_no_gap_and_not_called_complete() {
    let told = Coverage::whole(stretch(Some(40), 60));
    let map = told.map(&[stretch(Some(50), 80)], &[], at(90));
    assert_eq!(words(&map), [("gap", None, 40), ("complete", Some(40), 60), ("heard", Some(60), 80), ("gap", Some(80), 90)]);
    assert_eq!(*map.standing(), Standing::Gap);
}

/// Or the hole that a downtime left is said to hold everything that was delivered.
#[test]
fn what_could_not_be_compared_is_not_called_heard_until_it_is_whole() {
    let told = Coverage::whole(stretch(Some(70), 90)).hiding(at(90), Hidden::new(Some(at(70)), 3));
    let (heard, missed) = ([stretch(Some(10), 99)], [stretch(Some(50), 70)]);
    let map = words(&told.map(&heard, &missed, at(99)));
    assert_eq!(
        map,
        [
            ("beyond_limit", None, 10),
            ("heard", Some(10), 50),
            ("beyond_limit", Some(50), 70),
            ("complete", Some(70), 90),
            ("heard", Some(90), 99)
        ]
    );
    let unknown = Coverage::default().map(&heard, &missed, at(99));
    assert_eq!(words(&unknown)[2], ("gap", Some(50), 70));
    let read = joined([told, Coverage::whole(stretch(Some(40), 75))]);
    assert_eq!(words(&read.map(&heard, &missed, at(99)))[2], ("complete", Some(40), 90), "what was read later is missed for ever");
}

#[test]
fn a_conversation_that_may_not_be_read_says_so_until_it_can() {
    let refused = Coverage::denied(at(50), "the permission was taken back");
    let map = joined([Coverage::whole(stretch(Some(10), 20)), refused.clone()]).map(&[], &[], at(60));
    assert_eq!(words(&map), [("not_permitted", None, 10), ("complete", Some(10), 20), ("not_permitted", Some(20), 60)]);
    let read = Coverage::of_page(&thread(false, 0), at(70), Some(at(1)), at(70), false);
    assert_eq!(words(&joined([read, refused]).map(&[], &[], at(70))), [("complete", None, 70)]);
}

#[test]
fn what_earlier_versions_stored_as_a_word_reads_as_what_it_proved() {
    let read =
        |word: &str| serde_json::from_str::<Coverage>(&format!(r#"{{"as_of": "1970-01-01T00:01:00Z", "value": "{word}"}}"#)).unwrap();
    assert_eq!(read("complete"), Coverage::whole(stretch(None, 60)));
    assert_eq!(words(&read("platform_limit").map(&[], &[], at(60))), [("beyond_limit", None, 60)]);
    assert_eq!(words(&read("partial").map(&[], &[], at(60))), [("gap", None, 60)]);
}

/// Or a message that no form is known of counts as nothing, and the conversation as complete from its beginning.
#[test]
fn a_page_with_something_that_has_no_form_proves_no_stretch() {
    for older in [true, false] {
        let mut thread = thread(older, 0);
        thread.unknown = 1;
        let told = Coverage::of_page(&thread, at(90), Some(at(40)), at(90), false);
        assert!(told.whole.is_empty() && told.is_told(), "{told:?}");
    }
}
