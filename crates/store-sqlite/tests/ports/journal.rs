use std::time::Duration;

use chrono::TimeDelta;
use link_core::Road;
use link_core::words::envelope::{Envelope, Poisoned};
use link_core::words::journal::{Claimed, Journal, Sequence, Settlement};

use crate::fixture::{at, envelope};

const LEASE: Duration = Duration::from_secs(60);

fn texts(claimed: &[Claimed]) -> Vec<Envelope> {
    claimed.iter().map(|claimed| claimed.envelope.clone()).collect()
}

/// Otherwise what is applied is not what the platform said.
async fn comes_out_as_it_went_in(journal: &dyn Journal) {
    let told = [envelope("a", Some(u64::MAX), "one"), envelope("b", Some(0), "two"), envelope("a", None, "three")];
    journal.append(&told).await.unwrap();
    let claimed = journal.claim(10, at(2), LEASE).await.unwrap();
    assert_eq!(texts(&claimed), told);
    assert!(claimed.iter().all(|claimed| claimed.attempt == 1));
}

/// Otherwise two workers apply the same thing at once, or nobody ever does.
async fn a_claim_holds_until_its_lease_ends(journal: &dyn Journal) {
    journal.append(&[envelope("a", Some(1), "one"), envelope("a", Some(1), "two")]).await.unwrap();
    assert_eq!(journal.claim(1, at(2), LEASE).await.unwrap().len(), 1);
    let second = journal.claim(10, at(3), LEASE).await.unwrap();
    assert_eq!(texts(&second), [envelope("a", Some(1), "two")]);
    assert!(journal.claim(10, at(4), LEASE).await.unwrap().is_empty());
    let again = journal.claim(10, at(2) + TimeDelta::seconds(60), LEASE).await.unwrap();
    assert_eq!(texts(&again), [envelope("a", Some(1), "one")]);
    assert_eq!(again[0].attempt, 2);
}

/// Otherwise what is done is done for ever again, or what failed is never tried again.
async fn settled_is_never_claimed_again_and_later_is(journal: &dyn Journal) {
    let told = ["applied", "poisoned", "later"].map(|text| envelope("a", Some(1), text));
    journal.append(&told).await.unwrap();
    let claimed = journal.claim(10, at(2), LEASE).await.unwrap();
    let [applied, poisoned, later] = [0, 1, 2].map(|index: usize| claimed[index].sequence);
    let settlements = [Settlement::Applied(applied), Settlement::Poisoned(poisoned), Settlement::Later(later, at(10))];
    journal.settle(&settlements, at(3)).await.unwrap();
    assert!(journal.claim(10, at(9), LEASE).await.unwrap().is_empty());
    assert_eq!(texts(&journal.claim(10, at(10), LEASE).await.unwrap()), [envelope("a", Some(1), "later")]);
    let figures = journal.figures().await.unwrap();
    assert_eq!((figures.open, figures.poisoned, figures.oldest_open), (1, 1, Some(at(1))));
}

/// A worker that comes back after its lease must not open what another one has closed meanwhile.
async fn a_late_settlement_does_not_open_what_is_closed(journal: &dyn Journal) {
    journal.append(&[envelope("a", Some(1), "one")]).await.unwrap();
    let sequence = journal.claim(1, at(2), LEASE).await.unwrap()[0].sequence;
    journal.settle(&[Settlement::Applied(sequence)], at(3)).await.unwrap();
    journal.settle(&[Settlement::Later(sequence, at(4))], at(4)).await.unwrap();
    assert!(journal.claim(10, at(100), LEASE).await.unwrap().is_empty());
    journal.settle(&[Settlement::Applied(Sequence(u64::MAX))], at(5)).await.unwrap();
}

/// A number that is given twice would let the settlement of what was purged close an envelope that nobody has read.
async fn a_purged_number_never_comes_back(journal: &dyn Journal) {
    journal.append(&[envelope("a", Some(1), "gone")]).await.unwrap();
    let held = journal.claim(1, at(2), LEASE).await.unwrap()[0].sequence;
    journal.purge(&envelope("a", Some(1), "gone").lane).await.unwrap();
    journal.append(&[envelope("a", Some(2), "new")]).await.unwrap();
    journal.settle(&[Settlement::Applied(held)], at(3)).await.unwrap();
    assert_eq!(texts(&journal.claim(1, at(4), LEASE).await.unwrap()), [envelope("a", Some(2), "new")]);
}

/// An erasure for one owner must take all of that person, and nothing of anybody else, though the ids are equal.
async fn a_purge_takes_one_lane_in_every_state(journal: &dyn Journal) {
    let mine = ["applied", "poisoned", "open"].map(|text| envelope("a", Some(7), text));
    let others = [envelope("b", Some(7), "theirs"), envelope("a", Some(8), "another"), envelope("a", None, "the account's")];
    journal.append(&mine).await.unwrap();
    journal.append(&others).await.unwrap();
    let claimed = journal.claim(2, at(2), LEASE).await.unwrap();
    journal.settle(&[Settlement::Applied(claimed[0].sequence), Settlement::Poisoned(claimed[1].sequence)], at(3)).await.unwrap();
    assert_eq!(journal.purge(&mine[0].lane).await.unwrap(), 3);
    assert_eq!(journal.purge(&mine[0].lane).await.unwrap(), 0);
    assert_eq!(texts(&journal.claim(10, at(4), LEASE).await.unwrap()), others);
    assert_eq!(journal.purge(&others[2].lane).await.unwrap(), 1);
    assert_eq!(journal.figures().await.unwrap().poisoned, 0);
}

/// Otherwise payloads are kept for ever, or what is still to be applied is lost.
async fn forgetting_takes_only_what_was_applied_before(journal: &dyn Journal) {
    journal.append(&["early", "late", "poisoned", "open"].map(|text| envelope("a", Some(1), text))).await.unwrap();
    let claimed = journal.claim(3, at(2), LEASE).await.unwrap();
    journal.settle(&[Settlement::Applied(claimed[0].sequence), Settlement::Poisoned(claimed[2].sequence)], at(10)).await.unwrap();
    journal.settle(&[Settlement::Applied(claimed[1].sequence)], at(20)).await.unwrap();
    assert_eq!(journal.forget(at(10)).await.unwrap(), 0);
    assert_eq!(journal.forget(at(20)).await.unwrap(), 1);
    let figures = journal.figures().await.unwrap();
    assert_eq!((figures.open, figures.poisoned), (1, 1));
}

/// A delivery that is none must not disappear, and must not stand in anybody's way.
async fn quarantine_is_counted_and_never_claimed(journal: &dyn Journal) {
    let body = b"\xff not a delivery".to_vec();
    let poisoned = Poisoned { received_at: at(0), road: Road::FACEBOOK, reason: "the body is no JSON", body };
    journal.quarantine(&poisoned).await.unwrap();
    assert!(journal.claim(10, at(2), LEASE).await.unwrap().is_empty());
    assert_eq!(journal.figures().await.unwrap().poisoned, 1);
}

/// An envelope that would be applied for one owner and purged for another must not get in, nor half of its call.
async fn a_lane_of_another_owner_is_refused_whole(journal: &dyn Journal) {
    let mut torn = envelope("a", Some(1), "torn");
    torn.lane = envelope("b", Some(1), "torn").lane;
    assert!(journal.append(&[envelope("a", Some(1), "whole"), torn]).await.is_err());
    assert_eq!(journal.figures().await.unwrap().open, 0);
}

on_sqlite!(journal:
    comes_out_as_it_went_in
    a_claim_holds_until_its_lease_ends
    settled_is_never_claimed_again_and_later_is
    a_late_settlement_does_not_open_what_is_closed
    a_purged_number_never_comes_back
    a_purge_takes_one_lane_in_every_state
    forgetting_takes_only_what_was_applied_before
    quarantine_is_counted_and_never_claimed
    a_lane_of_another_owner_is_refused_whole
);
