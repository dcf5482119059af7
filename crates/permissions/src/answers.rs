//! What a platform says about permissions, turned into entries of the ledger.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use link_core::linking::sign_in::SignIn;
use link_core::words::ports::{GrantState, ScopeGrant, SignedIn};
use link_core::{ExternalId, OwnerId, PersonId, Road, Scope};

use crate::ledger::{Entry, What};
use crate::standing::Standings;

/// The entries of a dialog that came back: what was asked for, and what was answered.
///
/// Whatever was asked for and is not reported was declined. Only when nothing at all is reported (the code exchange of Instagram Login
/// may come without its list) is nothing answered either: silence is taken neither for a yes nor for a no.
pub fn signed_in(sign_in: &SignIn, answer: &SignedIn, at: DateTime<Utc>) -> Vec<Entry> {
    let ledger = Writer { owner: &sign_in.owner, person: &answer.person, road: &sign_in.road, at };
    let asked: BTreeSet<&Scope> = sign_in.asked.iter().collect();
    let reported = reported(&answer.grants);
    let mut entries: Vec<_> = asked.iter().map(|scope| ledger.entry(scope, What::Asked)).collect();
    if !reported.is_empty() {
        entries.extend(asked.iter().filter(|scope| !reported.contains_key(*scope)).map(|scope| ledger.entry(scope, What::Declined)));
    }
    entries.extend(ledger.report(&reported));
    entries
}

/// The entries of a new token that takes the place of one on a road where it may do only what was asked for this time: what was held and is not
/// reported any more is gone. Silence is no answer here either.
pub fn replaced(owner: &OwnerId, road: &Road, known: &Standings, answer: &SignedIn, at: DateTime<Utc>) -> Vec<Entry> {
    let reported = reported(&answer.grants);
    let ledger = Writer { owner, person: &answer.person, road, at };
    let gone = known.scopes().filter(|scope| !reported.is_empty() && !reported.contains_key(scope) && known.may_be_held(scope));
    gone.map(|scope| ledger.entry(scope, What::Revoked)).collect()
}

/// The entries of a token that was asked about again: only what is different from what the ledger says.
///
/// What was granted and is not reported any more, or reported as declined, was revoked: nobody was asked. An answer that reports nothing at all says nothing: not every road can
/// be asked, and a dead token is an error long before.
///
/// When the days of data access are over every permission is called expired, and what needs no person's data goes on working: that says
/// nothing of any of them. Where a part of the assets was taken back, being told what was granted before says nothing new.
pub fn inspected(owner: &OwnerId, road: &Road, known: &Standings, answer: &SignedIn, at: DateTime<Utc>) -> Vec<Entry> {
    let mut reported = reported(&answer.grants);
    if reported.is_empty() {
        return Vec::new();
    }
    let ledger = Writer { owner, person: &answer.person, road, at };
    let lost = known.scopes().filter(|scope| !reported.contains_key(scope) && known.may_be_held(scope)).collect();
    if answer.data_access_expires_at.is_some_and(|end| end <= at) {
        reported.retain(|_, said| said.iter().any(|(what, _)| *what != What::Expired));
    }
    changed(&ledger, known, reported, lost)
}

fn changed(ledger: &Writer<'_>, known: &Standings, mut reported: Reported<'_>, lost: Vec<&Scope>) -> Vec<Entry> {
    for (scope, said) in &mut reported {
        if known.may_be_held(scope) {
            *said = std::mem::take(said).into_iter().map(|(what, targets)| (taken_back(what), targets)).collect();
        }
    }
    reported.retain(|scope, said| {
        // What was taken back, by whomever, is called declined from then on.
        if known.is_taken_back(scope) && said.iter().all(|(what, _)| *what == What::Declined) {
            return false;
        }
        let said: BTreeSet<_> = said.iter().map(|(what, targets)| (*what, targets.as_deref())).collect();
        known.latest(scope) != said && !(known.is_taken_back_in_part(scope) && known.last_granted(scope) == said)
    });
    let mut entries: Vec<_> = lost.into_iter().map(|scope| ledger.entry(scope, What::Revoked)).collect();
    entries.extend(ledger.report(&reported));
    entries
}

const fn taken_back(what: What) -> What {
    match what {
        What::Declined => What::Revoked,
        other => other,
    }
}

/// The entries of a person who withdrew the whole app: everything that may still be held was revoked.
pub fn withdrawn(owner: &OwnerId, person: &PersonId, road: &Road, known: &Standings, at: DateTime<Utc>) -> Vec<Entry> {
    let ledger = Writer { owner, person, road, at };
    known.scopes().filter(|scope| known.may_be_held(scope)).map(|scope| ledger.entry(scope, What::Revoked)).collect()
}

/// The entries of permissions that are given back from here: what stands on them stops at once, whatever the platform says of them later.
pub fn renounced(owner: &OwnerId, person: &PersonId, road: &Road, scopes: &[Scope], at: DateTime<Utc>) -> Vec<Entry> {
    let ledger = Writer { owner, person, road, at };
    scopes.iter().map(|scope| ledger.entry(scope, What::Renounced)).collect()
}

/// What a platform reports of each permission.
type Reported<'a> = BTreeMap<&'a Scope, BTreeSet<(What, Option<Vec<ExternalId>>)>>;

struct Writer<'a> {
    owner: &'a OwnerId,
    person: &'a PersonId,
    road: &'a Road,
    at: DateTime<Utc>,
}

impl Writer<'_> {
    fn entry(&self, scope: &Scope, what: What) -> Entry {
        Entry::new(self.owner.clone(), self.person.clone(), self.road.clone(), scope.clone(), what, self.at)
    }

    fn report(&self, reported: &Reported<'_>) -> Vec<Entry> {
        let each = reported.iter().flat_map(|(scope, said)| said.iter().map(move |said| (*scope, said)));
        each.map(|(scope, (what, targets))| self.entry(scope, *what).with_targets(targets.clone())).collect()
    }
}

fn reported(grants: &[ScopeGrant]) -> Reported<'_> {
    let mut reported = Reported::new();
    for grant in grants {
        let what = match grant.state {
            GrantState::Granted => What::Granted,
            GrantState::Declined => What::Declined,
            GrantState::Expired => What::Expired,
            // Whatever a newer core may bring: nothing but a grant is one.
            _ => What::Unclear,
        };
        let targets = grant.targets.clone().map(|targets| targets.into_iter().collect::<BTreeSet<_>>().into_iter().collect());
        reported.entry(&grant.scope).or_default().insert((what, targets));
    }
    reported
}

#[cfg(test)]
mod tests;
