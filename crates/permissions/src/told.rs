//! What a platform tells by itself of a person's consent, turned into entries of the ledger.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use link_core::words::ports::GrantTold;
use link_core::{ExternalId, OwnerId, PersonId, Road, Scope};

use crate::answers;
use crate::ledger::{Entry, What};
use crate::standing::Standings;

/// The time of a letter or a notice, which platforms tell in whole seconds: the end of that second. Whatever was granted within the same
/// second is taken for older, because holding back what was granted does less harm than using what was not.
pub fn end_of_second(at: DateTime<Utc>) -> DateTime<Utc> {
    at - TimeDelta::nanoseconds(i64::from(at.timestamp_subsec_nanos())) + TimeDelta::milliseconds(999)
}

/// True if somebody was asked, or consented, after a time: a sign-in that a letter from before cannot mean.
pub fn signed_in_since(entries: &[Entry], at: DateTime<Utc>) -> bool {
    entries.iter().any(|entry| matches!(entry.what, What::Asked | What::Granted) && entry.at > at)
}

/// The entries of a notice. What was taken back is revoked; that of the whole app is everything that may still be held.
///
/// A grant in the ledger names all assets that it is for. A notice names those that were added, so the entry names what was granted before as
/// well. That somebody consented to the whole app says nothing about any permission.
pub fn entries(owner: &OwnerId, road: &Road, known: &Standings, told: &GrantTold) -> Vec<Entry> {
    let Some(scope) = &told.scope else {
        let all = || answers::withdrawn(owner, &told.person, road, known, end_of_second(told.at));
        return if told.granted { Vec::new() } else { all() };
    };
    let (what, targets, at) = if told.granted {
        (What::Granted, told.targets.as_ref().and_then(|added| with_before(known, scope, added)), told.at)
    } else {
        (What::Revoked, told.targets.clone(), end_of_second(told.at))
    };
    vec![Entry::new(owner.clone(), told.person.clone(), road.clone(), scope.clone(), what, at).with_targets(targets)]
}

/// A Page took the app out: what a person granted is revoked for this Page.
pub fn withdrawn_by(
    asset: &ExternalId,
    owner: &OwnerId,
    person: &PersonId,
    road: &Road,
    known: &Standings,
    at: DateTime<Utc>,
) -> Vec<Entry> {
    let all = answers::withdrawn(owner, person, road, known, at).into_iter();
    all.map(|entry| entry.with_targets(Some(vec![asset.clone()]))).collect()
}

/// The added assets with those that the latest grant names and that were not taken back since; `None` if that one is for all.
fn with_before(known: &Standings, scope: &Scope, added: &[ExternalId]) -> Option<Vec<ExternalId>> {
    let mut all = BTreeSet::new();
    for (_, targets) in known.last_granted(scope) {
        all.extend(targets?.iter().cloned());
    }
    let taken_back = known.taken_back_since(scope);
    all.retain(|asset| !taken_back.contains(asset));
    all.extend(added.iter().cloned());
    Some(all.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use link_core::AccountId;

    use super::*;
    use crate::standing::{Held, Reach};

    const SCOPE: Scope = Scope::known("pages_messaging");

    fn at(millis: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::milliseconds(millis)
    }

    #[expect(clippy::unnecessary_wraps, reason = "the form in which an entry names its targets")]
    fn ids(ids: &[&str]) -> Option<Vec<ExternalId>> {
        Some(ids.iter().map(|id| ExternalId::new(*id).unwrap()).collect())
    }

    fn robin() -> (OwnerId, PersonId) {
        (OwnerId::new("o").unwrap(), PersonId::new("p").unwrap())
    }

    fn granted(millis: i64, targets: Option<Vec<ExternalId>>) -> Entry {
        let (owner, person) = robin();
        Entry::new(owner, person, Road::FACEBOOK, SCOPE, What::Granted, at(millis)).with_targets(targets)
    }

    fn held(entries: &[Entry], page: &str) -> bool {
        let reach = Reach::new(format!("messenger:{page}").parse::<AccountId>().unwrap(), Road::FACEBOOK);
        Standings::of(entries, &robin().1, &Road::FACEBOOK).held(&SCOPE, &reach) == Held::Granted
    }

    fn after(before: Vec<Entry>, told: &GrantTold) -> Vec<Entry> {
        let known = Standings::of(&before, &robin().1, &Road::FACEBOOK);
        [before, entries(&robin().0, &Road::FACEBOOK, &known, told)].concat()
    }

    #[test]
    fn a_page_that_was_added_takes_the_permission_from_no_other() {
        let told = GrantTold::new(robin().1, true, at(9_000)).of(SCOPE).for_targets(ids(&["2"]));
        let one = after(vec![granted(1, ids(&["1"]))], &told);
        assert!(held(&one, "1") && held(&one, "2") && !held(&one, "3"));
        let all = after(vec![granted(1, None)], &told);
        assert!(held(&all, "1") && held(&all, "3"), "a grant for everything shrinks to what was added");
    }

    #[test]
    fn a_page_that_was_added_after_another_was_taken_back_does_not_bring_that_one_back_and_takes_none_away() {
        let told = GrantTold::new(robin().1, true, at(9_000)).of(SCOPE).for_targets(ids(&["3"]));
        let (owner, person) = robin();
        let revoked = Entry::new(owner, person, Road::FACEBOOK, SCOPE, What::Revoked, at(5)).with_targets(ids(&["2"]));
        let after = after(vec![granted(1, ids(&["1", "2"])), revoked], &told);
        assert_eq!(["1", "2", "3"].map(|page| held(&after, page)), [true, false, true]);
    }

    #[test]
    fn what_was_taken_back_within_the_second_of_its_grant_is_taken_back() {
        let told = GrantTold::new(robin().1, false, at(5_000));
        for told in [told.clone(), told.of(SCOPE)] {
            assert!(!held(&after(vec![granted(5_400, None)], &told), "1"), "{told:?}");
            assert!(held(&after(vec![granted(6_000, None)], &told), "1"), "a letter that comes late takes a newer consent back: {told:?}");
        }
    }

    #[test]
    fn a_page_that_took_the_app_out_leaves_the_others() {
        let before = vec![granted(1, None)];
        let known = Standings::of(&before, &robin().1, &Road::FACEBOOK);
        let (owner, person) = robin();
        let page = ExternalId::new("1").unwrap();
        let all = [before, withdrawn_by(&page, &owner, &person, &Road::FACEBOOK, &known, at(9))].concat();
        assert!(!held(&all, "1") && held(&all, "2"));
        assert!(signed_in_since(&all, at(0)) && !signed_in_since(&all, at(1)));
    }
}
