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
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standings(BTreeMap<Scope, BTreeSet<Statement>>);

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
    Expired,
    Declined,
    Revoked,
}

impl Standings {
    /// Folds the entries of one person on one road; those of others are passed over.
    pub fn of<'a>(entries: impl IntoIterator<Item = &'a Entry>, person: &PersonId, road: &Road) -> Self {
        let mut scopes = BTreeMap::<Scope, BTreeSet<Statement>>::new();
        for entry in entries.into_iter().filter(|entry| entry.person == *person && entry.road == *road) {
            let statement = Statement { at: entry.at, what: entry.what, targets: entry.targets.clone() };
            scopes.entry(entry.scope.clone()).or_default().insert(statement);
        }
        Self(scopes)
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
        self.0.keys()
    }

    fn decide(&self, scope: &Scope, named: impl Fn(&[ExternalId]) -> bool) -> Held {
        let Some(statements) = self.0.get(scope) else {
            return Held::Missing(Standing::NeverAsked);
        };
        let said = statements.iter().filter_map(|statement| Some((statement.at, statement.means(&named)?))).max();
        match said.map(|(_, said)| said) {
            None => Held::Missing(Standing::Unanswered),
            Some(Said::Granted) => Held::Granted,
            Some(Said::Expired) => Held::Missing(Standing::Expired),
            Some(Said::Revoked) => Held::Missing(Standing::Revoked),
            Some(Said::LeftOut | Said::Declined) => Held::Missing(Standing::Declined),
        }
    }

    /// What was last answered about a permission: everything of the latest instant but having been asked.
    pub(crate) fn latest(&self, scope: &Scope) -> BTreeSet<(What, Option<&[ExternalId]>)> {
        let answers = || self.0.get(scope).into_iter().flatten().filter(|statement| statement.what != What::Asked);
        let last = answers().map(|statement| statement.at).max();
        answers().filter(|statement| Some(statement.at) == last).map(|statement| (statement.what, statement.targets.as_deref())).collect()
    }

    /// True if the permission may still be held for some asset: it was granted, and nothing since then refused it for all of them.
    pub(crate) fn may_be_held(&self, scope: &Scope) -> bool {
        let statements = || self.0.get(scope).into_iter().flatten();
        let granted = statements().filter(|statement| statement.what == What::Granted).map(|statement| statement.at).max();
        let refused = statements().filter(|statement| statement.what > What::Granted && statement.targets.is_none());
        granted > refused.map(|statement| statement.at).max()
    }
}

impl Statement {
    fn means(&self, named: impl Fn(&[ExternalId]) -> bool) -> Option<Said> {
        let covered = self.targets.as_deref().is_none_or(named);
        match self.what {
            What::Asked => None,
            What::Granted => Some(if covered { Said::Granted } else { Said::LeftOut }),
            What::Expired => covered.then_some(Said::Expired),
            What::Declined => covered.then_some(Said::Declined),
            What::Revoked => covered.then_some(Said::Revoked),
        }
    }
}

#[cfg(test)]
mod tests;
