//! What every journal must do.

use std::time::Duration;

use chrono::TimeDelta;

use super::owners::{at, envelope};
use crate::words::envelope::{Envelope, Poisoned};
use crate::words::error::{Error, ErrorKind, Result};
use crate::words::ids::MessageId;
use crate::words::journal::{Claimed, Journal, Sequence, Settlement, TakenBack};
use crate::words::platform::Road;

const LEASE: Duration = Duration::from_secs(60);

/// Every lane in which the suite keeps something.
const LANES: [(&str, Option<u64>); 7] = [
    ("mine", None),
    ("mine", Some(1)),
    ("mine", Some(2)),
    ("mine", Some(8)),
    ("mine", Some(u64::MAX)),
    ("theirs", Some(0)),
    ("theirs", Some(7)),
];

/// Runs the suite on an empty journal, and leaves one quarantined delivery in it.
///
/// # Panics
///
/// When the journal does not do what the port promises; the sentence says what would be wrong in the world.
pub async fn journal(journal: &dyn Journal) -> Result<()> {
    a_purge_takes_one_lane_in_every_state(journal).await?;
    comes_out_as_it_went_in(journal).await?;
    a_claim_holds_until_its_lease_ends(journal).await?;
    settled_is_never_claimed_again_and_later_is(journal).await?;
    a_late_settlement_does_not_open_what_is_closed(journal).await?;
    a_purged_number_never_comes_back(journal).await?;
    forgetting_takes_only_what_was_applied_before(journal).await?;
    what_was_taken_back_is_blanked_wherever_it_is_spoken_of(journal).await?;
    a_lane_of_another_owner_is_refused_whole(journal).await?;
    quarantine_is_counted_and_never_claimed(journal).await
}

fn texts(claimed: &[Claimed]) -> Vec<Envelope> {
    claimed.iter().map(|claimed| claimed.envelope.clone()).collect()
}

/// Makes room for what is tried next.
async fn emptied(journal: &dyn Journal) -> Result<()> {
    for (name, peer) in LANES {
        journal.purge(&envelope(name, peer, "").lane).await?;
    }
    let figures = journal.figures().await?;
    assert_eq!((figures.open, figures.poisoned, figures.oldest_open), (0, 0, None), "something is left of lanes that were purged");
    Ok(())
}

/// An erasure for one owner takes all of that person, and nothing of anybody else, though the ids are equal.
async fn a_purge_takes_one_lane_in_every_state(journal: &dyn Journal) -> Result<()> {
    let mine = ["applied", "poisoned", "open"].map(|text| envelope("mine", Some(7), text));
    let others = [envelope("theirs", Some(7), "theirs"), envelope("mine", Some(8), "another"), envelope("mine", None, "the account's")];
    journal.append(&mine).await?;
    journal.append(&others).await?;
    let claimed = journal.claim(2, at(2), LEASE).await?;
    journal.settle(&[Settlement::Applied(claimed[0].sequence), Settlement::Poisoned(claimed[1].sequence)], at(3)).await?;
    assert_eq!(journal.purge(&mine[0].lane).await?, 3, "an erasure leaves something of a person, in whatever state, or takes more");
    assert_eq!(journal.purge(&mine[0].lane).await?, 0, "an erased payload is still there to be erased");
    let rest = journal.claim(10, at(4), LEASE).await?;
    assert_eq!(texts(&rest), others, "an erasure takes what is another owner's, another person's or the account's");
    assert_eq!(journal.purge(&others[2].lane).await?, 1, "the account's own lane cannot be erased alone");
    assert_eq!(journal.figures().await?.poisoned, 0, "an erased payload is still kept as poisoned");
    emptied(journal).await
}

/// A message that was taken back is nowhere in what was settled, and nothing else is lost by it.
async fn what_was_taken_back_is_blanked_wherever_it_is_spoken_of(journal: &dyn Journal) -> Result<()> {
    let told = ["m_1 applied", "m_1 poisoned", "m_2 applied", "m_1 open", "m_1 wiped"].map(|text| envelope("mine", Some(7), text));
    let others = [envelope("theirs", Some(7), "m_1 theirs"), envelope("mine", Some(8), "m_1 of another lane")];
    journal.append(&told).await?;
    journal.append(&others).await?;
    let claimed = journal.claim(7, at(2), LEASE).await?;
    let settle = |place: usize, settlement: fn(Sequence) -> Settlement| settlement(claimed[place].sequence);
    let applied = [0, 2, 5, 6].map(|place| settle(place, Settlement::Applied));
    journal.settle(&applied, at(3)).await?;
    journal.settle(&[settle(1, Settlement::Poisoned), settle(4, Settlement::Wiped)], at(3)).await?;
    let message = MessageId::new("m_1").map_err(|_| Error::new(ErrorKind::Invalid, "name a message"))?;
    let taken_back = [TakenBack { lane: told[0].lane.clone(), message, anywhere: false }];
    assert_eq!(journal.wipe(&taken_back).await?, 2, "a text that was taken back is still in the journal, or something else is gone");
    assert_eq!(journal.wipe(&taken_back).await?, 0, "a blanked payload still speaks of the message");
    let open = journal.claim(10, at(90), LEASE).await?;
    assert_eq!(texts(&open), [told[3].clone()], "what was not applied yet is gone, or what was blanked comes again");
    journal.settle(&[Settlement::Applied(open[0].sequence)], at(91)).await?;
    assert_eq!(
        journal.wipe(&taken_back).await?,
        0,
        "what was applied before its message was taken back, and settled after, keeps the text"
    );
    assert_eq!(journal.figures().await?.poisoned, 1, "a blanked payload is no longer counted");
    let theirs = [TakenBack { lane: others[0].lane.clone(), ..taken_back[0].clone() }];
    assert_eq!(journal.wipe(&theirs).await?, 1, "another owner's payload went with the one that was blanked");
    let anywhere = [TakenBack { anywhere: true, ..taken_back[0].clone() }];
    assert_eq!(journal.wipe(&anywhere).await?, 1, "what is spoken of in another lane of the account stays");
    for (name, peer) in [("mine", Some(7)), ("mine", Some(8)), ("theirs", Some(7))] {
        journal.purge(&envelope(name, peer, "").lane).await?;
    }
    Ok(())
}

/// What is applied is what the platform said.
async fn comes_out_as_it_went_in(journal: &dyn Journal) -> Result<()> {
    let told = [envelope("mine", Some(u64::MAX), "one"), envelope("theirs", Some(0), "two"), envelope("mine", None, "three")];
    journal.append(&told).await?;
    let claimed = journal.claim(10, at(2), LEASE).await?;
    assert_eq!(texts(&claimed), told, "what is applied is not what the platform said, or not in the order it was said");
    assert!(claimed.iter().all(|claimed| claimed.attempt == 1), "what is tried for the first time looks as if it had failed before");
    emptied(journal).await
}

/// Two workers do not apply the same thing at once, and what a dead one held is applied after all.
async fn a_claim_holds_until_its_lease_ends(journal: &dyn Journal) -> Result<()> {
    let [one, two] = ["one", "two"].map(|text| envelope("mine", Some(1), text));
    journal.append(&[one.clone(), two.clone()]).await?;
    assert_eq!(journal.claim(1, at(2), LEASE).await?.len(), 1, "a worker gets more, or less, than it asked for");
    assert_eq!(texts(&journal.claim(10, at(3), LEASE).await?), [two], "two workers apply the same envelope at once");
    assert!(journal.claim(10, at(4), LEASE).await?.is_empty(), "an envelope that somebody holds is handed out again");
    let again = journal.claim(10, at(2) + TimeDelta::seconds(60), LEASE).await?;
    assert_eq!(texts(&again), [one], "what a dead worker held is never applied");
    assert_eq!(again[0].attempt, 2, "nobody can see that somebody died with this envelope");
    emptied(journal).await
}

/// What is done is not done again, and what could not be done yet is tried again.
async fn settled_is_never_claimed_again_and_later_is(journal: &dyn Journal) -> Result<()> {
    let told = ["applied", "poisoned", "later"].map(|text| envelope("mine", Some(1), text));
    journal.append(&told).await?;
    let claimed = journal.claim(10, at(2), LEASE).await?;
    let [applied, poisoned, later] = [0, 1, 2].map(|index: usize| claimed[index].sequence);
    let settlements = [Settlement::Applied(applied), Settlement::Poisoned(poisoned), Settlement::Later(later, at(10))];
    journal.settle(&settlements, at(3)).await?;
    assert!(journal.claim(10, at(9), LEASE).await?.is_empty(), "what is done is done again, or tried again before its time");
    let again = journal.claim(10, at(10), LEASE).await?;
    assert_eq!(texts(&again), [envelope("mine", Some(1), "later")], "what failed for now is never tried again");
    let figures = journal.figures().await?;
    let figures = (figures.open, figures.poisoned, figures.oldest_open);
    assert_eq!(figures, (1, 1, Some(at(1))), "nobody can see how much waits, since when, or what was put aside");
    emptied(journal).await
}

/// A worker that comes back after its lease does not open what another one has closed meanwhile.
async fn a_late_settlement_does_not_open_what_is_closed(journal: &dyn Journal) -> Result<()> {
    journal.append(&[envelope("mine", Some(1), "one")]).await?;
    let sequence = journal.claim(1, at(2), LEASE).await?[0].sequence;
    journal.settle(&[Settlement::Applied(sequence)], at(3)).await?;
    journal.settle(&[Settlement::Later(sequence, at(4))], at(4)).await?;
    assert!(journal.claim(10, at(100), LEASE).await?.is_empty(), "a worker that comes late opens what another one has closed");
    journal.settle(&[Settlement::Applied(Sequence(u64::MAX))], at(5)).await?;
    emptied(journal).await
}

/// A number that is given twice would let the settlement of what was purged close an envelope that nobody has read.
async fn a_purged_number_never_comes_back(journal: &dyn Journal) -> Result<()> {
    journal.append(&[envelope("mine", Some(1), "gone")]).await?;
    let held = journal.claim(1, at(2), LEASE).await?[0].sequence;
    journal.purge(&envelope("mine", Some(1), "gone").lane).await?;
    journal.append(&[envelope("mine", Some(2), "new")]).await?;
    journal.settle(&[Settlement::Applied(held)], at(3)).await?;
    let claimed = journal.claim(1, at(4), LEASE).await?;
    assert_eq!(texts(&claimed), [envelope("mine", Some(2), "new")], "the settlement of what was erased closes what nobody has read");
    emptied(journal).await
}

/// Payloads are not kept for ever, and what is still to be applied is not lost.
async fn forgetting_takes_only_what_was_applied_before(journal: &dyn Journal) -> Result<()> {
    journal.append(&["early", "late", "poisoned", "open"].map(|text| envelope("mine", Some(1), text))).await?;
    let claimed = journal.claim(3, at(2), LEASE).await?;
    journal.settle(&[Settlement::Applied(claimed[0].sequence), Settlement::Poisoned(claimed[2].sequence)], at(10)).await?;
    journal.settle(&[Settlement::Applied(claimed[1].sequence)], at(20)).await?;
    assert_eq!(journal.forget(at(10)).await?, 0, "a payload is forgotten that was not settled before that time");
    assert_eq!(journal.forget(at(20)).await?, 1, "payloads are kept for ever, or forgotten too early");
    let figures = journal.figures().await?;
    assert_eq!((figures.open, figures.poisoned), (1, 1), "what is still to be applied, or to be looked at, is forgotten");
    emptied(journal).await
}

/// An envelope that would be applied for one owner and purged for another does not get in, nor half of its call.
async fn a_lane_of_another_owner_is_refused_whole(journal: &dyn Journal) -> Result<()> {
    let mut torn = envelope("mine", Some(1), "torn");
    torn.lane = envelope("theirs", Some(1), "torn").lane;
    let refused = journal.append(&[envelope("mine", Some(1), "whole"), torn]).await;
    assert!(refused.is_err(), "an envelope is taken that is applied for one owner and erased for another");
    assert_eq!(journal.figures().await?.open, 0, "half of a call that failed is kept");
    emptied(journal).await
}

/// A delivery that is none does not disappear, and does not stand in anybody's way.
async fn quarantine_is_counted_and_never_claimed(journal: &dyn Journal) -> Result<()> {
    let body = b"\xff not a delivery".to_vec();
    let poisoned = Poisoned { received_at: at(0), road: Road::FACEBOOK, reason: "the body is no JSON", body };
    journal.quarantine(&poisoned).await?;
    assert!(journal.claim(10, at(2), LEASE).await?.is_empty(), "a delivery that is none is handed to a worker");
    assert_eq!(journal.figures().await?.poisoned, 1, "a delivery that is none disappears without being counted");
    Ok(())
}
