//! The review: what a confirmation agrees to, as data. It is kept with the link as the record of consent.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::setup::{Candidate, Depth, Preferences, Setup, Synchronisation};
use crate::words::ids::ActorId;
use crate::words::ports::ScopeGrant;

/// Everything that will be shared, by whom it will be seen, and what was granted for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Review {
    /// The accounts that will be linked.
    pub accounts: Vec<Candidate>,
    /// What the platform was asked and said, permission by permission.
    pub grants: Vec<ScopeGrant>,
    /// How messages will be handled.
    pub preferences: Preferences,
    /// What will be read from before.
    pub synchronisation: Synchronisation,
    /// Who will see it, in plain words.
    pub seen_by: String,
}

impl Review {
    /// What confirming this setup would agree to.
    pub fn of(setup: &Setup, grants: Vec<ScopeGrant>, seen_by: impl Into<String>) -> Self {
        Self {
            accounts: setup.chosen().cloned().collect(),
            grants,
            preferences: setup.preferences.clone(),
            synchronisation: setup.synchronisation.clone(),
            seen_by: seen_by.into(),
        }
    }

    /// The review in plain words, a sentence a line.
    pub fn to_text(&self) -> String {
        let mut lines = Vec::new();
        for account in &self.accounts {
            lines.push(format!("{} ({}) will be linked.", account.name, account.account));
        }
        for grant in &self.grants {
            lines.push(format!("The permission {} is {}.", grant.scope, word(grant)));
        }
        lines.push(format!("Messages of these accounts will be kept here and seen by {}.", self.seen_by));
        lines.push(match self.synchronisation.history {
            Depth::Nothing => "Nothing from before the confirmation will be read.".to_owned(),
            Depth::Newest(count) => {
                format!("Of each conversation the newest {count} earlier messages will be read, as far as the platform shows them.")
            }
            Depth::Everything => "All earlier messages will be read that the platform shows.".to_owned(),
        });
        lines.push(choice(
            self.synchronisation.profiles,
            "Names and pictures of the people who write will be asked for.",
            "Names and pictures of people will not be asked for.",
        ));
        lines.push(choice(
            self.preferences.answer,
            "Answers can be sent from here, each on the platform where the person is.",
            "No answers can be sent from here.",
        ));
        lines.push(choice(self.preferences.alert, "New messages will raise alerts.", "New messages will raise no alerts."));
        lines.join("\n")
    }
}

fn choice(yes: bool, then: &str, otherwise: &str) -> String {
    if yes { then } else { otherwise }.to_owned()
}

const fn word(grant: &ScopeGrant) -> &'static str {
    match grant.state {
        crate::words::ports::GrantState::Granted => "granted",
        crate::words::ports::GrantState::Declined => "declined",
        crate::words::ports::GrantState::Expired => "expired",
    }
}

/// The record of a confirmation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Consent {
    /// Who confirmed.
    pub by: ActorId,
    /// From where, if known.
    pub place: Option<String>,
    /// When.
    pub at: DateTime<Utc>,
    /// What was agreed to, as it was shown.
    pub review: Review,
}

impl Consent {
    /// Somebody confirmed a review.
    pub const fn new(by: ActorId, place: Option<String>, at: DateTime<Utc>, review: Review) -> Self {
        Self { by, place, at, review }
    }
}
