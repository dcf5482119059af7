//! How permissions stand: the fold of the ledger.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use link_core::linking::connection::Connection;
use link_core::linking::setup::Candidate;
use link_core::words::refusal::Standing;
use link_core::{AccountId, ExternalId, PersonId, Road, Scope};

use crate::ledger::{Entry, What};

/// An account and how it is reached: what a permission must have been given for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct Reach {
    /// Which account.
    pub account: AccountId,
    /// By which road.
    pub road: Road,
    /// The asset through which it is reached: the Page of a Page-linked Instagram account. A permission about Pages names this one, a
    /// permission about Instagram the account itself; either will do.
    pub via: Option<ExternalId>,
}

impl Reach {
    /// An account that is reached directly.
    pub const fn new(account: AccountId, road: Road) -> Self {
        Self { account, road, via: None }
    }

    /// Through another asset.
    #[must_use]
    pub fn through(mut self, via: Option<ExternalId>) -> Self {
        self.via = via;
        self
    }

    fn is_among(&self, targets: &[ExternalId]) -> bool {
        targets.contains(&self.account.id) || self.via.as_ref().is_some_and(|via| targets.contains(via))
    }
}

impl From<&Connection> for Reach {
    fn from(connection: &Connection) -> Self {
        Self::new(connection.account().clone(), connection.key.road.clone()).through(connection.via.clone())
    }
}

impl From<&Candidate> for Reach {
    fn from(candidate: &Candidate) -> Self {
        Self::new(candidate.account.clone(), candidate.road.clone()).through(candidate.via.clone())
    }
}

/// Whether a permission can be used for an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Held {
    /// It was given.
    Granted,
    /// It is missing, in this way.
    Missing(Standing),
}

/// How the permissions of one person on one road stand.
///
/// A pure fold: any order, repetition and splitting of the same entries gives the same. Of the entries that speak of an account the
/// latest decides; of those of one instant, the one that comes last in [`What`].
///
/// What was given back from here stays so until it was asked for again: a platform that still tells of a grant then tells of the old one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standings {
    said: BTreeMap<Scope, BTreeSet<Statement>>,
    unapproved: BTreeSet<Scope>,
}

/// What one entry says about its scope.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Statement {
    at: DateTime<Utc>,
    what: What,
    targets: Option<Vec<ExternalId>>,
}

/// What a statement means for one account, in the order of precedence among those of one instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Said {
    LeftOut,
    Granted,
    Unclear,
    Expired,
    Declined,
    Revoked,
    Renounced,
}

impl Standings {
    /// Folds the entries of one person on one road; those of others are passed over.
    pub fn of<'a>(entries: impl IntoIterator<Item = &'a Entry>, person: &PersonId, road: &Road) -> Self {
        let mut said = BTreeMap::<Scope, BTreeSet<Statement>>::new();
        for entry in entries.into_iter().filter(|entry| entry.person == *person && entry.road == *road) {
            let statement = Statement { at: entry.at, what: entry.what, targets: entry.targets.clone() };
            said.entry(entry.scope.clone()).or_default().insert(statement);
        }
        Self { said, unapproved: BTreeSet::new() }
    }

    /// With what the platform has not approved the app for: permissions, and what else its review gives. Whatever of it is not granted cannot
    /// be, whoever is asked.
    #[must_use]
    pub fn with_unapproved(mut self, words: impl IntoIterator<Item = Scope>) -> Self {
        self.unapproved.extend(words);
        self
    }

    /// Whether the app may do what the platform's review gives. As long as nobody said no, it may.
    pub fn approved(&self, review: &Scope) -> Held {
        if self.unapproved.contains(review) { Held::Missing(Standing::Unapproved) } else { Held::Granted }
    }

    /// Whether a permission can be used for an account.
    pub fn held(&self, scope: &Scope, reach: &Reach) -> Held {
        self.decide(scope, |targets| reach.is_among(targets))
    }

    /// Whether a permission that is not given for accounts can be used, whatever it names.
    pub fn held_unbound(&self, scope: &Scope) -> Held {
        self.decide(scope, |_| true)
    }

    /// Every permission that the ledger speaks of.
    pub fn scopes(&self) -> impl Iterator<Item = &Scope> {
        self.said.keys()
    }

    fn decide(&self, scope: &Scope, named: impl Fn(&[ExternalId]) -> bool) -> Held {
        let missing = match self.said.get(scope).map(|statements| latest(statements, named)) {
            Some(Some(Said::Granted)) => return Held::Granted,
            None => Standing::NeverAsked,
            Some(None) => Standing::Unanswered,
            Some(Some(Said::Expired)) => Standing::Expired,
            // The platform tells what we did ourselves as if somebody else had.
            Some(Some(Said::Revoked)) if self.is_renounced(scope) => Standing::Renounced,
            Some(Some(Said::Revoked)) => Standing::Revoked,
            Some(Some(Said::Renounced)) => Standing::Renounced,
            Some(Some(Said::Unclear)) => Standing::Unclear,
            Some(Some(Said::LeftOut | Said::Declined)) => Standing::Declined,
        };
        // What was granted once and ended can be granted to this app; what never was cannot, as long as the platform does not let it ask.
        let never = matches!(missing, Standing::NeverAsked | Standing::Unanswered | Standing::Declined);
        Held::Missing(if never && self.unapproved.contains(scope) { Standing::Unapproved } else { missing })
    }

    /// True if the permission was given back from here and nobody was asked for it since.
    pub fn is_renounced(&self, scope: &Scope) -> bool {
        let all = || self.said.get(scope).into_iter().flatten();
        let last = |what: What| all().filter(|statement| statement.what == what).map(|statement| statement.at).max();
        last(What::Renounced).is_some_and(|at| last(What::Asked) <= Some(at))
    }

    /// What was last answered about a permission: everything of the latest instant but having been asked.
    pub(crate) fn latest(&self, scope: &Scope) -> BTreeSet<(What, Option<&[ExternalId]>)> {
        let answers = || self.said.get(scope).into_iter().flatten().filter(|statement| statement.what != What::Asked);
        let last = answers().map(|statement| statement.at).max();
        answers().filter(|statement| Some(statement.at) == last).map(|statement| (statement.what, statement.targets.as_deref())).collect()
    }

    /// True if the last that was said is that the permission was taken back, by the person or from here.
    pub(crate) fn is_taken_back(&self, scope: &Scope) -> bool {
        self.is_renounced(scope) || self.latest(scope).iter().any(|(what, _)| *what == What::Revoked)
    }

    /// True if the last that was said is that it was taken back for some assets.
    pub(crate) fn is_taken_back_in_part(&self, scope: &Scope) -> bool {
        let latest = self.latest(scope);
        !latest.is_empty() && latest.iter().all(|(what, targets)| *what == What::Revoked && targets.is_some())
    }

    /// Everything that was granted at the latest instant of which a grant counts.
    pub(crate) fn last_granted(&self, scope: &Scope) -> BTreeSet<(What, Option<&[ExternalId]>)> {
        let Some(statements) = self.said.get(scope) else { return BTreeSet::new() };
        let grants = || statements.iter().filter(|statement| statement.what == What::Granted && statement.counts_among(statements));
        let last = grants().map(|statement| statement.at).max();
        grants().filter(|statement| Some(statement.at) == last).map(|statement| (statement.what, statement.targets.as_deref())).collect()
    }

    /// The assets for which it was taken back after it was granted last.
    pub(crate) fn taken_back_since(&self, scope: &Scope) -> BTreeSet<&ExternalId> {
        let Some(statements) = self.said.get(scope) else { return BTreeSet::new() };
        let granted = statements.iter().filter(|it| it.what == What::Granted && it.counts_among(statements)).map(|it| it.at).max();
        let since = statements.iter().filter(|statement| statement.what > What::Granted && Some(statement.at) >= granted);
        since.filter_map(|statement| statement.targets.as_deref()).flatten().collect()
    }

    /// True if the permission may still be held for some asset: it was granted, and nothing since then refused it for all of them.
    pub fn may_be_held(&self, scope: &Scope) -> bool {
        let Some(statements) = self.said.get(scope) else { return false };
        let granted = statements.iter().filter(|statement| statement.what == What::Granted && statement.counts_among(statements));
        let refused = statements.iter().filter(|statement| statement.what > What::Granted && statement.targets.is_none());
        granted.map(|statement| statement.at).max() > refused.map(|statement| statement.at).max()
    }
}

/// What was said last of an account.
fn latest(statements: &BTreeSet<Statement>, named: impl Fn(&[ExternalId]) -> bool) -> Option<Said> {
    let counting = statements.iter().filter(|statement| statement.counts_among(statements));
    counting.filter_map(|statement| Some((statement.at, statement.means(&named)?))).max().map(|(_, said)| said)
}

impl Statement {
    /// False for a grant after the permission was given back from here, unless it was asked for in between.
    fn counts_among(&self, all: &BTreeSet<Self>) -> bool {
        let last = |what: What| all.iter().filter(|other| other.what == what && other.at <= self.at).map(|other| other.at).max();
        self.what != What::Granted || last(What::Renounced).is_none_or(|given_back| last(What::Asked) > Some(given_back))
    }

    fn means(&self, named: impl Fn(&[ExternalId]) -> bool) -> Option<Said> {
        let covered = self.targets.as_deref().is_none_or(named);
        match self.what {
            What::Asked => None,
            What::Granted => Some(if covered { Said::Granted } else { Said::LeftOut }),
            What::Unclear => covered.then_some(Said::Unclear),
            What::Expired => covered.then_some(Said::Expired),
            What::Declined => covered.then_some(Said::Declined),
            What::Revoked => covered.then_some(Said::Revoked),
            What::Renounced => covered.then_some(Said::Renounced),
        }
    }
}

#[cfg(test)]
mod tests;
