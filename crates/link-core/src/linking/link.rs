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
        }
    }

    /// When it was confirmed: what is later is news, what is earlier is history.
    pub const fn confirmed_at(&self) -> DateTime<Utc> {
        self.consent.at
    }
}
