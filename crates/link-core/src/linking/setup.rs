//! The setup: four stages as one persisted state machine with one pure transition.

mod ending;
mod persons;
mod refused;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::accessibility::Finding;
use super::advice::{self, Advice};
use crate::words::ids::{AccountId, ActorId, ExternalId, LinkId, OwnerId, PersonId, SetupId};
use crate::words::platform::{Platform, Road};
use crate::words::refusal::Refusal;

pub use ending::IDLE;
pub use refused::SetupRefused;

/// One walk through the setup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Setup {
    /// Which.
    pub id: SetupId,
    /// Whose.
    pub owner: OwnerId,
    /// Who began it.
    pub begun_by: ActorId,
    /// When.
    pub begun_at: DateTime<Utc>,
    /// When it last moved.
    pub touched_at: DateTime<Utc>,
    /// Where it stands.
    pub stage: Stage,
    /// Who signed in, by road: the same human is another id on each.
    #[serde(default, alias = "person", deserialize_with = "persons::read")]
    pub persons: BTreeMap<Road, PersonId>,
    /// The accounts that can be chosen.
    pub candidates: Vec<Candidate>,
    /// The accounts that were chosen.
    pub chosen: Vec<AccountId>,
    /// How messages are to be handled.
    pub preferences: Preferences,
    /// What is to be read from before.
    pub synchronisation: Synchronisation,
    /// The link that somebody signs in again for; `None` for a setup of new accounts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<LinkId>,
    /// What somebody said about what the platform does not tell.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub advice: Vec<Advice>,
    /// What was found to stand in the way of the chosen accounts when they were chosen. What blocks kept them from being chosen.
    #[serde(default)]
    pub findings: Vec<Finding>,
}

/// Where a setup stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Sign in and choose the accounts.
    LinkAccounts,
    /// Say how messages are handled.
    MessagingPreferences,
    /// Say what is read from before.
    DataSynchronisation,
    /// See it all in one place and confirm.
    Review,
    /// Confirmed: the link exists.
    Confirmed,
    /// Given up by somebody.
    Cancelled,
    /// Nobody touched it for [`IDLE`].
    TimedOut,
}

impl Stage {
    /// A stable word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::LinkAccounts => "link_accounts",
            Self::MessagingPreferences => "messaging_preferences",
            Self::DataSynchronisation => "data_synchronisation",
            Self::Review => "review",
            Self::Confirmed => "confirmed",
            Self::Cancelled => "cancelled",
            Self::TimedOut => "timed_out",
        }
    }

    /// True when nothing can move it any more.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Confirmed | Self::Cancelled | Self::TimedOut)
    }
}

/// An account that can be chosen. Names only: nothing else is kept before the confirmation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Candidate {
    /// Which account.
    pub account: AccountId,
    /// By which road.
    pub road: Road,
    /// Through which asset.
    pub via: Option<ExternalId>,
    /// Its name.
    pub name: String,
    /// Its handle.
    pub username: Option<String>,
    /// Why it cannot be chosen, if it cannot.
    pub obstacle: Option<Refusal>,
}

impl Candidate {
    /// An account that can be chosen.
    pub fn new(account: AccountId, road: Road, name: impl Into<String>) -> Self {
        Self { account, road, via: None, name: name.into(), username: None, obstacle: None }
    }

    /// Reached through another asset.
    #[must_use]
    pub fn through(mut self, via: Option<ExternalId>) -> Self {
        self.via = via;
        self
    }

    /// With its handle.
    #[must_use]
    pub fn with_username(mut self, username: Option<String>) -> Self {
        self.username = username;
        self
    }

    /// With what stands in the way.
    #[must_use]
    pub fn with_obstacle(mut self, obstacle: Option<Refusal>) -> Self {
        self.obstacle = obstacle;
        self
    }
}

/// How messages are handled, for both platforms at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Preferences {
    /// Answers may be sent from here. Without it the link only reads.
    pub answer: bool,
    /// New messages raise alerts.
    pub alert: bool,
}

impl Default for Preferences {
    fn default() -> Self {
        Self { answer: true, alert: true }
    }
}

impl Preferences {
    /// With or without answers from here.
    #[must_use]
    pub const fn answer(mut self, allowed: bool) -> Self {
        self.answer = allowed;
        self
    }

    /// With or without alerts.
    #[must_use]
    pub const fn alert(mut self, wanted: bool) -> Self {
        self.alert = wanted;
        self
    }
}

/// What is read from before the confirmation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Synchronisation {
    /// How much of each conversation.
    pub history: Depth,
    /// Names and pictures of people are asked for.
    pub profiles: bool,
    /// Whose conversations are read.
    #[serde(default, skip_serializing_if = "People::is_everyone")]
    pub people: People,
}

impl Default for Synchronisation {
    fn default() -> Self {
        Self { history: Depth::Newest(100), profiles: true, people: People::Everyone }
    }
}

impl Synchronisation {
    /// With this much history.
    #[must_use]
    pub const fn history(mut self, depth: Depth) -> Self {
        self.history = depth;
        self
    }

    /// With or without names and pictures.
    #[must_use]
    pub const fn profiles(mut self, wanted: bool) -> Self {
        self.profiles = wanted;
        self
    }

    /// Of these people.
    #[must_use]
    pub const fn people(mut self, people: People) -> Self {
        self.people = people;
        self
    }
}

/// Whose conversations are read from before. Who writes later is read then, whoever it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum People {
    /// Those only in whose conversation something happened in so many days before the confirmation.
    ActiveWithin(u32),
    /// Everyone's.
    #[default]
    Everyone,
}

impl People {
    /// True if nobody is left out.
    // serde asks for a function of a reference.
    pub const fn is_everyone(&self) -> bool {
        matches!(self, Self::Everyone)
    }

    /// Who did nothing since this time is left out; `None` if nobody is.
    pub fn active_since(self, confirmed_at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        match self {
            Self::Everyone => None,
            Self::ActiveWithin(days) => Some(confirmed_at - chrono::TimeDelta::days(i64::from(days.min(36_500)))),
        }
    }
}

/// How much of each conversation is read back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Depth {
    /// Nothing from before.
    Nothing,
    /// The newest so many messages of each conversation.
    Newest(u32),
    /// All that the platform shows.
    Everything,
}

/// Something that moves a setup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Somebody signed in by a road and can reach these accounts by it. What can be reached by other roads stays.
    SignedIn {
        /// By which road.
        road: Road,
        /// Who.
        person: PersonId,
        /// What they can reach.
        candidates: Vec<Candidate>,
    },
    /// These accounts are to be linked.
    Choose(Vec<AccountId>),
    /// Messages are to be handled like this.
    Prefer(Preferences),
    /// This is to be read from before.
    Synchronise(Synchronisation),
    /// This is said about what the platform does not tell. At any stage; it moves nothing on.
    Advise(Vec<Advice>),
    /// All of it is agreed to.
    Confirm,
    /// One stage back.
    Back,
    /// Give it up.
    Cancel,
    /// Nobody touched it for [`IDLE`]; refused before that.
    TimeOut,
}

impl Command {
    const fn wants(&self) -> Option<Stage> {
        match self {
            Self::SignedIn { .. } | Self::Choose(_) => Some(Stage::LinkAccounts),
            Self::Prefer(_) => Some(Stage::MessagingPreferences),
            Self::Synchronise(_) => Some(Stage::DataSynchronisation),
            Self::Confirm => Some(Stage::Review),
            Self::Advise(_) | Self::Back | Self::Cancel | Self::TimeOut => None,
        }
    }
}

impl Setup {
    /// A setup at its first stage.
    pub const fn begin(id: SetupId, owner: OwnerId, by: ActorId, now: DateTime<Utc>) -> Self {
        Self {
            id,
            owner,
            begun_by: by,
            begun_at: now,
            touched_at: now,
            stage: Stage::LinkAccounts,
            persons: BTreeMap::new(),
            candidates: Vec::new(),
            chosen: Vec::new(),
            preferences: Preferences { answer: true, alert: true },
            synchronisation: Synchronisation { history: Depth::Newest(100), profiles: true, people: People::Everyone },
            link: None,
            advice: Vec::new(),
            findings: Vec::new(),
        }
    }

    /// The one transition: what this setup is after a command. Pure; the same command at the same stage always does the same.
    pub fn after(&self, command: Command, now: DateTime<Utc>) -> Result<Self, SetupRefused> {
        if self.timed_out(now) && !matches!(command, Command::Cancel | Command::TimeOut) {
            return Err(SetupRefused::AtStage { stage: Stage::TimedOut });
        }
        if self.stage.is_final() || command.wants().is_some_and(|wanted| wanted != self.stage) {
            return Err(SetupRefused::AtStage { stage: self.stage });
        }
        let mut next = self.clone();
        next.touched_at = now;
        match command {
            Command::SignedIn { road, person, candidates } => {
                next.candidates.retain(|candidate| candidate.road != road);
                next.candidates.extend(candidates.into_iter().filter(|candidate| candidate.road == road));
                next.persons.insert(road, person);
                // Of a link that exists nothing is given up by a sign-in that reaches less than all of it.
                let Self { chosen, candidates, .. } = &mut next;
                chosen.retain(|chosen| self.link.is_some() || candidates.iter().any(|c| c.account == *chosen));
                next.skip_to_review();
            }
            Command::Choose(accounts) => {
                next.chosen = self.check(accounts)?;
                next.stage = Stage::MessagingPreferences;
            }
            Command::Prefer(preferences) => {
                next.preferences = preferences;
                next.stage = Stage::DataSynchronisation;
            }
            Command::Synchronise(synchronisation) => {
                next.synchronisation = synchronisation;
                next.stage = Stage::Review;
            }
            Command::Advise(answers) => advice::record(&mut next.advice, answers)?,
            Command::Confirm => next.stage = Stage::Confirmed,
            Command::Back => next.stage = before(self.stage),
            Command::Cancel => next.end(Stage::Cancelled),
            Command::TimeOut if self.timed_out(now) => next.end(Stage::TimedOut),
            Command::TimeOut => return Err(SetupRefused::AtStage { stage: self.stage }),
        }
        Ok(next)
    }

    /// The same transition after an examination: while something blocks one of the accounts, neither choosing them nor confirming goes on.
    /// Findings of other accounts and milder ones change nothing.
    pub fn after_examination(&self, command: &Command, findings: &[Finding], now: DateTime<Utc>) -> Result<Self, SetupRefused> {
        let next = self.after(command.clone(), now)?;
        if matches!(command, Command::Choose(_) | Command::Confirm) {
            let findings = next.blocked_by(findings);
            if !findings.is_empty() {
                return Err(SetupRefused::Blocked { findings });
            }
        }
        Ok(next)
    }

    /// Who signed in by a road.
    pub fn person(&self, road: &Road) -> Option<&PersonId> {
        self.persons.get(road)
    }

    /// What somebody would most likely choose: the first Page that can be linked, with the Instagram accounts that are reached through it, and
    /// with those that signed in by themselves.
    pub fn suggested(&self) -> Vec<AccountId> {
        let free = || self.candidates.iter().filter(|candidate| candidate.obstacle.is_none());
        let page = free().find(|candidate| candidate.account.platform == Platform::MESSENGER);
        let goes_along = |candidate: &&Candidate| match &candidate.via {
            Some(via) => page.is_some_and(|page| *via == page.account.id),
            None => candidate.account.platform != Platform::MESSENGER,
        };
        let mut suggested = Vec::new();
        for candidate in page.into_iter().chain(free().filter(goes_along)) {
            if !suggested.contains(&candidate.account) {
                suggested.push(candidate.account.clone());
            }
        }
        suggested
    }

    /// The chosen accounts with what is known of them, once for each road by which they can be linked: whoever can reach an account by two
    /// roads connects both, and one of them stands by.
    pub fn chosen(&self) -> impl Iterator<Item = &Candidate> {
        self.chosen.iter().flat_map(move |account| {
            let of_account = move || self.candidates.iter().filter(move |candidate| candidate.account == *account);
            // One with an obstacle is told of only where there is no other way.
            let any_free = of_account().any(|candidate| candidate.obstacle.is_none());
            let first = of_account().take(usize::from(!any_free));
            of_account().filter(|candidate| candidate.obstacle.is_none()).chain(first)
        })
    }

    fn check(&self, mut accounts: Vec<AccountId>) -> Result<Vec<AccountId>, SetupRefused> {
        if self.persons.is_empty() {
            return Err(SetupRefused::NotSignedIn);
        }
        accounts.sort();
        accounts.dedup();
        if accounts.is_empty() {
            return Err(SetupRefused::NothingChosen);
        }
        let pages = accounts.iter().filter(|account| account.platform == Platform::MESSENGER).count();
        if pages > 1 {
            return Err(SetupRefused::SeveralPages { count: pages });
        }
        for account in &accounts {
            let mut of_account = self.candidates.iter().filter(|candidate| candidate.account == *account);
            let Some(first) = of_account.next() else {
                return Err(SetupRefused::OutOfReach { account: account.clone() });
            };
            // One road without an obstacle is enough.
            if let Some(obstacle) = first.obstacle.as_ref().filter(|_| of_account.all(|candidate| candidate.obstacle.is_some())) {
                return Err(SetupRefused::Obstacle { account: account.clone(), obstacle: obstacle.clone() });
            }
        }
        Ok(accounts)
    }
}

const fn before(stage: Stage) -> Stage {
    match stage {
        Stage::Review => Stage::DataSynchronisation,
        Stage::DataSynchronisation => Stage::MessagingPreferences,
        _ => Stage::LinkAccounts,
    }
}

#[cfg(test)]
mod tests;
