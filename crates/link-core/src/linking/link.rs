//! A link: a Messenger account and Instagram accounts that are worked with as one.

mod policy;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::advice::Advice;
use super::review::Consent;
use super::setup::{Preferences, Setup, SetupRefused, Synchronisation};
use crate::words::ids::{AccountId, LinkId, OwnerId, SetupId};
use crate::words::platform::Platform;

pub use policy::LinkPolicy;

/// A confirmed link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Link {
    /// Which.
    pub id: LinkId,
    /// Whose.
    pub owner: OwnerId,
    /// The setup that made it.
    pub setup: SetupId,
    /// Its accounts.
    pub accounts: Vec<AccountId>,
    /// How messages are handled, on all of them.
    pub preferences: Preferences,
    /// What is read from before.
    pub synchronisation: Synchronisation,
    /// Who agreed to what when it was made. Later agreements stand in the record of consents.
    pub consent: Consent,
    /// What somebody said about what the platform does not tell.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub advice: Vec<Advice>,
    /// Accounts that left it, with the time. What was agreed to stays in the record of consent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left: Vec<(AccountId, DateTime<Utc>)>,
    /// When it was ended; `None` while it stands. An ended link is kept with its record of consent and listed no more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<DateTime<Utc>>,
}

impl Link {
    /// The link that a confirmed setup makes.
    pub fn new(id: LinkId, setup: &Setup, consent: Consent) -> Self {
        Self {
            id,
            owner: setup.owner.clone(),
            setup: setup.id,
            accounts: setup.chosen.clone(),
            preferences: setup.preferences.clone(),
            synchronisation: setup.synchronisation.clone(),
            consent,
            advice: setup.advice.clone(),
            left: Vec::new(),
            ended_at: None,
        }
    }

    /// The link after these accounts left it. Who leaves is listed once; with the last account the link ends, and keeps its list.
    #[must_use]
    pub fn departing(mut self, accounts: &[AccountId], at: DateTime<Utc>) -> Self {
        if self.ended_at.is_some() {
            return self;
        }
        let (leaving, staying): (Vec<_>, Vec<_>) = self.accounts.iter().cloned().partition(|account| accounts.contains(account));
        if leaving.is_empty() {
            return self;
        }
        self.left.extend(leaving.into_iter().map(|account| (account, at)));
        if staying.is_empty() {
            self.ended_at = Some(at);
        } else {
            self.accounts = staying;
        }
        self
    }

    /// Every account that it names, those that left it too: whoever reads it reads of all of them.
    pub fn named(&self) -> impl Iterator<Item = &AccountId> {
        self.accounts.iter().chain(self.left.iter().map(|(account, _)| account))
    }

    /// When it was confirmed: what is later is news, what is earlier is history.
    pub const fn confirmed_at(&self) -> DateTime<Utc> {
        self.consent.at
    }

    /// The link as it is after a setup for accounts of its own, and perhaps for more: it stays the same link, of the same consent. A link
    /// has one Messenger account.
    pub fn resumed(&self, setup: &Setup) -> Result<Self, SetupRefused> {
        let mut link = self.clone();
        link.accounts.extend(setup.chosen.iter().cloned());
        link.accounts.sort();
        link.accounts.dedup();
        let pages = link.accounts.iter().filter(|account| account.platform == Platform::MESSENGER).count();
        if pages > 1 {
            return Err(SetupRefused::SeveralPages { count: pages });
        }
        link.preferences = setup.preferences.clone();
        link.synchronisation = setup.synchronisation.clone();
        for answer in &setup.advice {
            link.advice.retain(|before| before.code != answer.code);
            link.advice.push(answer.clone());
        }
        link.advice.sort_by(|a, b| a.code.cmp(&b.code));
        Ok(link)
    }

    /// True if the other is of the same accounts and settings, so that nobody has to agree to it anew.
    pub fn agrees_with(&self, other: &Self) -> bool {
        let accounts = |link: &Self| link.accounts.iter().cloned().collect::<std::collections::BTreeSet<_>>();
        accounts(self) == accounts(other) && self.preferences == other.preferences && self.synchronisation == other.synchronisation
    }
}

/// What confirming a setup does to the links that the owner has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Outcome<'a> {
    /// The link that goes on; `None` if a new one is made.
    pub resumes: Option<&'a Link>,
    /// Accounts that leave another link for this one.
    pub leaving: Vec<(LinkId, AccountId)>,
    /// Links that end because all of their accounts leave them.
    pub ending: Vec<LinkId>,
}

impl<'a> Outcome<'a> {
    /// What confirming this setup will do. Pure.
    ///
    /// The link goes on that the setup was begun for, else the one that has the chosen Messenger account, else the one of exactly these
    /// accounts. Accounts that another link has leave it: an account belongs to one link.
    pub fn of(setup: &Setup, links: &'a [Link]) -> Self {
        let page = setup.chosen.iter().find(|account| account.platform == Platform::MESSENGER);
        let bound = links.iter().find(|link| Some(link.id) == setup.link);
        let with_page = || links.iter().find(|link| page.is_some_and(|page| link.accounts.contains(page)));
        let same = || links.iter().find(|link| !link.accounts.is_empty() && same_accounts(&link.accounts, &setup.chosen));
        let resumes = bound.or_else(with_page).or_else(same);
        let others = links.iter().filter(|link| resumes.is_none_or(|resumed| resumed.id != link.id));
        let leaving = others.clone().flat_map(|link| {
            let lost = link.accounts.iter().filter(|account| setup.chosen.contains(account));
            lost.map(|account| (link.id, account.clone()))
        });
        let ending = others.filter(|link| !link.accounts.is_empty() && link.accounts.iter().all(|account| setup.chosen.contains(account)));
        Self { resumes, leaving: leaving.collect(), ending: ending.map(|link| link.id).collect() }
    }
}

fn same_accounts(a: &[AccountId], b: &[AccountId]) -> bool {
    a.len() == b.len() && a.iter().all(|account| b.contains(account))
}

#[cfg(test)]
mod tests;
