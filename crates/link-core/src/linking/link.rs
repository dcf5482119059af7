//! A link: a Messenger account and Instagram accounts that are worked with as one.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::review::Consent;
use super::setup::{Preferences, Synchronisation};
use crate::words::ids::{AccountId, LinkId, OwnerId, SetupId};

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
    /// Who agreed to what.
    pub consent: Consent,
    /// Accounts that left it, with the time. What was agreed to stays in the record of consent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left: Vec<(AccountId, DateTime<Utc>)>,
    /// When it was ended; `None` while it stands. An ended link is kept with its record of consent and listed no more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<DateTime<Utc>>,
}

impl Link {
    /// The link that a confirmed setup makes.
    pub fn new(id: LinkId, setup: &super::setup::Setup, consent: Consent) -> Self {
        Self {
            id,
            owner: setup.owner.clone(),
            setup: setup.id,
            accounts: setup.chosen.clone(),
            preferences: setup.preferences.clone(),
            synchronisation: setup.synchronisation.clone(),
            consent,
            left: Vec::new(),
            ended_at: None,
        }
    }

    /// The link after these accounts left it. Who leaves is listed once; with the last account the link ends, and keeps its list.
    #[must_use]
    pub fn without(mut self, accounts: &[AccountId], at: DateTime<Utc>) -> Self {
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

    /// When it was confirmed: what is later is news, what is earlier is history.
    pub const fn confirmed_at(&self) -> DateTime<Utc> {
        self.consent.at
    }
}
