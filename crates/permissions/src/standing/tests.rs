use chrono::TimeDelta;
use link_core::{OwnerId, Platform};
use proptest::prelude::*;

use super::*;

const SCOPE: Scope = Scope::known("pages_messaging");

fn id(id: &str) -> ExternalId {
    ExternalId::new(id).unwrap()
}

fn person() -> PersonId {
    PersonId::new("p").unwrap()
}

fn said(what: What, second: i64, targets: Option<&[&str]>) -> Entry {
    let at = DateTime::UNIX_EPOCH + TimeDelta::seconds(second);
    Entry::new(OwnerId::new("o").unwrap(), person(), Road::FACEBOOK, SCOPE, what, at)
        .with_targets(targets.map(|targets| targets.iter().copied().map(id).collect()))
}

fn reach(account: &str, via: Option<&str>) -> Reach {
    Reach::new(account.parse().unwrap(), Road::FACEBOOK).through(via.map(id))
}

fn held(entries: &[Entry], reach: &Reach) -> Held {
    Standings::of(entries, &person(), &Road::FACEBOOK).held(&SCOPE, reach)
}

#[test]
fn a_page_that_was_not_ticked_in_the_dialog_is_not_granted() {
    let granted = [said(What::Asked, 1, None), said(What::Granted, 1, Some(&["1", "2"]))];
    assert_eq!(held(&granted, &reach("messenger:1", None)), Held::Granted);
    assert_eq!(held(&granted, &reach("messenger:3", None)), Held::Missing(Standing::Declined));
    assert_eq!(held(&granted, &reach("instagram:17841", Some("2"))), Held::Granted, "its Page was ticked");
    assert_eq!(held(&granted, &reach("instagram:17841", Some("3"))), Held::Missing(Standing::Declined));
    assert_eq!(held(&[said(What::Granted, 1, None)], &reach("messenger:3", None)), Held::Granted);
}

#[test]
fn a_later_grant_for_fewer_pages_takes_the_others_away() {
    let twice = [said(What::Granted, 1, None), said(What::Granted, 2, Some(&["1"]))];
    assert_eq!(held(&twice, &reach("messenger:1", None)), Held::Granted);
    assert_eq!(held(&twice, &reach("messenger:2", None)), Held::Missing(Standing::Declined));
}

#[test]
fn revoking_one_page_leaves_the_others() {
    let entries = [said(What::Granted, 1, None), said(What::Revoked, 2, Some(&["1"]))];
    assert_eq!(held(&entries, &reach("messenger:1", None)), Held::Missing(Standing::Revoked));
    assert_eq!(held(&entries, &reach("messenger:2", None)), Held::Granted);
    assert_eq!(held(&entries, &reach("instagram:17841", Some("1"))), Held::Missing(Standing::Revoked), "its Page was taken back");
}

#[test]
fn asking_takes_nothing_away_and_gives_nothing() {
    let page = reach("messenger:1", None);
    assert_eq!(held(&[], &page), Held::Missing(Standing::NeverAsked));
    assert_eq!(held(&[said(What::Asked, 1, None)], &page), Held::Missing(Standing::Unanswered));
    assert_eq!(held(&[said(What::Granted, 1, None), said(What::Asked, 2, None)], &page), Held::Granted);
}

#[test]
fn another_person_or_road_answers_for_itself_only() {
    let mut other = said(What::Granted, 1, None);
    other.person = PersonId::new("q").unwrap();
    let mut elsewhere = said(What::Granted, 1, None);
    elsewhere.road = Road::INSTAGRAM;
    assert_eq!(held(&[other, elsewhere], &reach("messenger:1", None)), Held::Missing(Standing::NeverAsked));
}

#[test]
fn a_permission_that_is_given_for_businesses_holds_for_their_pages() {
    let entries = [said(What::Granted, 1, Some(&["990000000000001"]))];
    let standings = Standings::of(&entries, &person(), &Road::FACEBOOK);
    assert_eq!(standings.held_unbound(&SCOPE), Held::Granted);
    assert_ne!(standings.held(&SCOPE, &reach("messenger:1", None)), Held::Granted);
}

fn entries() -> impl Strategy<Value = Vec<Entry>> {
    let what = prop::sample::select(vec![
        What::Asked,
        What::Granted,
        What::Expired,
        What::Declined,
        What::Revoked,
        What::Renounced,
        What::Unclear,
    ]);
    let targets = prop::option::of(prop::collection::vec(prop::sample::select(vec!["1", "2", "17841"]), 0..3));
    prop::collection::vec((what, 0_i64..4, targets).prop_map(|(what, at, targets)| said(what, at, targets.as_deref())), 0..12)
}

fn reaches() -> Vec<Reach> {
    vec![
        Reach::new(AccountId::new(Platform::MESSENGER, id("1")), Road::FACEBOOK),
        reach("messenger:9", None),
        reach("instagram:17841", Some("1")),
        reach("instagram:17842", Some("2")),
    ]
}

proptest! {
    /// Two nodes that read the same ledger in different orders, or some of it twice, open and close the same features.
    #[test]
    fn the_order_in_which_entries_are_read_changes_nothing(
        (original, shuffled) in entries().prop_flat_map(|entries| {
            let twice: Vec<_> = entries.iter().chain(&entries).cloned().collect();
            (Just(entries), Just(twice).prop_shuffle())
        }),
    ) {
        for reach in reaches() {
            prop_assert_eq!(held(&original, &reach), held(&shuffled, &reach));
        }
    }

    /// The ledger never finds a grant that nobody gave: what is held was granted, for this account, and nothing later says otherwise.
    #[test]
    fn what_is_held_was_granted_and_not_refused_since(entries in entries()) {
        for reach in reaches() {
            let covers = |entry: &Entry| entry.targets.as_deref().is_none_or(|targets| reach.is_among(targets));
            let granted = entries.iter().filter(|e| e.what == What::Granted && covers(e)).map(|e| e.at).max();
            let refused = entries.iter().filter(|e| e.what > What::Granted && covers(e)).map(|e| e.at).max();
            if held(&entries, &reach) == Held::Granted {
                prop_assert!(granted.is_some() && granted > refused);
            }
        }
    }
}

#[test]
fn what_was_given_back_from_here_stays_so_until_somebody_is_asked_again() {
    let page = reach("messenger:1", None);
    let mut entries = vec![said(What::Asked, 1, None), said(What::Granted, 1, None), said(What::Renounced, 2, None)];
    assert_eq!(held(&entries, &page), Held::Missing(Standing::Renounced));
    // The platform did not hear of it yet and goes on telling of the grant.
    entries.push(said(What::Granted, 3, Some(&["1"])));
    assert_eq!(held(&entries, &page), Held::Missing(Standing::Renounced), "an old grant comes back by itself");
    let standings = |entries: &[Entry]| Standings::of(entries, &person(), &Road::FACEBOOK);
    assert!(standings(&entries).is_renounced(&SCOPE) && !standings(&entries).may_be_held(&SCOPE));
    entries.extend([said(What::Asked, 4, None), said(What::Granted, 4, None)]);
    assert_eq!(held(&entries, &page), Held::Granted, "a new consent counts for nothing");
    assert!(!standings(&entries).is_renounced(&SCOPE) && standings(&entries).may_be_held(&SCOPE));
}

#[test]
fn a_word_that_nobody_knows_is_no_permission() {
    let entries = [said(What::Granted, 1, None), said(What::Unclear, 2, None)];
    assert_eq!(held(&entries, &reach("messenger:1", None)), Held::Missing(Standing::Unclear));
}

#[test]
fn that_the_app_may_not_ask_is_said_only_of_what_was_never_granted() {
    let page = reach("messenger:1", None);
    let of = |entries: &[Entry]| Standings::of(entries, &person(), &Road::FACEBOOK).with_unapproved([SCOPE]).held(&SCOPE, &page);
    assert_eq!(of(&[]), Held::Missing(Standing::Unapproved));
    assert_eq!(of(&[said(What::Declined, 1, None)]), Held::Missing(Standing::Unapproved));
    assert_eq!(of(&[said(What::Granted, 1, None)]), Held::Granted, "somebody with a role on the app may");
    assert_eq!(of(&[said(What::Granted, 1, None), said(What::Revoked, 2, None)]), Held::Missing(Standing::Revoked));
}

#[test]
fn a_ledger_that_an_older_program_wrote_reads_as_it_did() {
    let stored = r#"{"at":"2026-11-23T12:00:00Z","owner":"o","person":"p","road":"facebook","scope":"pages_messaging","what":"granted","targets":["1"]}"#;
    let entry: Entry = serde_json::from_str(stored).unwrap();
    assert_eq!(held(&[entry], &reach("messenger:1", None)), Held::Granted);
}
