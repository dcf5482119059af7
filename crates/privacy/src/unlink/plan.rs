//! The plan: pure.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use link_core::linking::connection::{Connection, Health};
use link_core::linking::credential::Holder;
use link_core::linking::link::Link;
use link_core::{AccountId, ActorId, ExternalId, LinkId, OwnerId, PersonId, Refusal, Road, UnlinkId};
use serde::{Deserialize, Serialize};

/// So often steps are tried while the platform fails: half a day, if several fail together, to two days.
const MAX_TRIES: u32 = 60;

/// What is to be known before it can be said what unlinking does.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Facts {
    /// The link.
    pub link: Link,
    /// The owner's connections, of this link and of others.
    pub connections: Vec<Connection>,
    /// Accounts that other owners receive by the same road: the app has one subscription at each, for all of them.
    pub shared: BTreeSet<(AccountId, Road)>,
    /// People whose grant other owners stand on: who takes the app out takes it from all.
    pub granted_elsewhere: BTreeSet<(PersonId, Road)>,
    /// People whose tokens the owner's setups under way stand on.
    pub setting_up: BTreeSet<PersonId>,
}

impl Facts {
    /// A link with the connections of its owner, and nobody else on it.
    pub const fn new(link: Link, connections: Vec<Connection>) -> Self {
        Self { link, connections, shared: BTreeSet::new(), granted_elsewhere: BTreeSet::new(), setting_up: BTreeSet::new() }
    }
}

/// Why there is nothing to plan.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refused {
    /// The link ended already.
    #[error("the link ended already")]
    Ended,
    /// No account was named, or one that is not in the link.
    #[error("an account was named that is not in the link, or none")]
    NotInLink,
}

/// One thing that is done. Doing it again changes nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Action {
    /// The accounts leave the link: nothing is sent, kept or told of them any more.
    Disconnect,
    /// The platform is asked to tell no more of an account. What another account of the same Page still needs stays subscribed.
    Unsubscribe {
        /// Which.
        account: AccountId,
        /// By which road.
        road: Road,
        /// The asset through which it is reached.
        via: Option<ExternalId>,
    },
    /// The platform is told that the app's rights are given back.
    Revoke {
        /// Whose grant.
        person: PersonId,
        /// By which road.
        road: Road,
    },
    /// A token is removed.
    SealAway {
        /// Of which road.
        road: Road,
        /// Whose token.
        holder: Holder,
    },
}

impl Action {
    /// Steps of a higher rank wait until all of a lower one are over: they take away what the others need.
    const fn rank(&self) -> u8 {
        match self {
            Self::Disconnect => 0,
            Self::Unsubscribe { .. } => 1,
            Self::Revoke { .. } => 2,
            Self::SealAway { .. } => 3,
        }
    }
}

/// How a step stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
#[non_exhaustive]
pub enum StepState {
    /// It is to be done.
    Open {
        /// Why the last try failed.
        cause: Option<String>,
    },
    /// It is done.
    Done {
        /// Since when.
        at: DateTime<Utc>,
    },
    /// It is not to be done any more: somebody needs it now.
    NotNeeded {
        /// Who or what.
        why: String,
    },
    /// It cannot be done from here. The rest goes on.
    NotPossible {
        /// Why.
        why: String,
        /// What the owner can do instead.
        remedy: String,
    },
}

/// A step of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Step {
    /// What is done.
    pub action: Action,
    /// How it stands.
    pub state: StepState,
}

/// What is left as it is, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "stays", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Stays {
    /// What was read of an account stays readable here.
    History {
        /// Which account.
        account: AccountId,
    },
    /// The record of what was agreed to.
    Consent {
        /// Of which link.
        link: LinkId,
    },
    /// The platform goes on telling of an account, because somebody else here linked it too; of it nothing is kept for this owner.
    Subscription {
        /// Which account.
        account: AccountId,
    },
    /// A person's grant and token, because something else stands on them.
    Grant {
        /// Whose.
        person: PersonId,
        /// By which road.
        road: Road,
    },
}

/// What trying a step gave.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// It is done, or was done before.
    Done,
    /// Somebody needs it now.
    NotNeeded(String),
    /// Nobody can do it from here.
    NotPossible {
        /// Why.
        why: String,
        /// What the owner can do instead.
        remedy: String,
    },
    /// It failed for now.
    Later(String),
}

/// How a link ends, or accounts leave it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Plan {
    /// Which.
    pub id: UnlinkId,
    /// Whose.
    pub owner: OwnerId,
    /// Which link.
    pub link: LinkId,
    /// The accounts that leave.
    pub accounts: Vec<AccountId>,
    /// True if the whole link ends.
    pub whole: bool,
    /// Who planned it.
    pub by: ActorId,
    /// When.
    pub planned_at: DateTime<Utc>,
    /// What is done, in order.
    pub steps: Vec<Step>,
    /// What stays as it is.
    pub stays: Vec<Stays>,
    /// How often going on failed.
    pub tries: u32,
    /// When it is gone on with; `None` for at once.
    pub retry_at: Option<DateTime<Utc>>,
}

impl Plan {
    /// Plans that these accounts leave their link, or all of them. Nothing happens by that.
    pub fn of(facts: &Facts, accounts: Option<&[AccountId]>, id: UnlinkId, by: ActorId, now: DateTime<Utc>) -> Result<Self, Refused> {
        let link = &facts.link;
        if link.ended_at.is_some() {
            return Err(Refused::Ended);
        }
        let mut leaving: Vec<AccountId> = accounts.unwrap_or(&link.accounts).to_vec();
        leaving.sort();
        leaving.dedup();
        if leaving.is_empty() || !leaving.iter().all(|account| link.accounts.contains(account)) {
            return Err(Refused::NotInLink);
        }
        let whole = link.accounts.iter().all(|account| leaving.contains(account));
        let mut plan = Self {
            id,
            owner: link.owner.clone(),
            link: link.id,
            accounts: leaving,
            whole,
            by,
            planned_at: now,
            steps: vec![Step::open(Action::Disconnect)],
            stays: Vec::new(),
            tries: 0,
            retry_at: None,
        };
        plan.fill(facts);
        Ok(plan)
    }

    fn fill(&mut self, facts: &Facts) {
        let leaves = |connection: &&Connection| connection.link == self.link && self.accounts.contains(connection.account());
        let (leaving, staying): (Vec<&Connection>, Vec<&Connection>) = facts.connections.iter().partition(|connection| leaves(connection));
        for connection in &leaving {
            let (account, road) = (connection.account().clone(), connection.key.road.clone());
            if facts.shared.contains(&(account.clone(), road.clone())) {
                self.stays.push(Stays::Subscription { account });
                continue;
            }
            let step = Step::open(Action::Unsubscribe { account, road, via: connection.via.clone() });
            self.steps.push(if dead(connection) { step.refused() } else { step });
        }
        let people: BTreeSet<(&PersonId, &Road)> = leaving.iter().map(|connection| (&connection.person, &connection.key.road)).collect();
        let mut away: Vec<(Road, Holder)> = Vec::new();
        for (person, road) in people {
            let needed = staying.iter().any(|other| (&other.person, &other.key.road) == (person, road));
            let (person, road) = (person.clone(), road.clone());
            if needed || facts.setting_up.contains(&person) {
                self.stays.push(Stays::Grant { person, road });
                continue;
            }
            away.push((road.clone(), Holder::Person(person.clone())));
            if facts.granted_elsewhere.contains(&(person.clone(), road.clone())) {
                self.stays.push(Stays::Grant { person, road });
                continue;
            }
            self.steps.push(Step::open(Action::Revoke { person, road }));
        }
        away.extend(leaving.iter().map(|gone| (gone.key.road.clone(), Holder::Account(gone.account().clone()))));
        self.steps.extend(away.into_iter().map(|(road, holder)| Step::open(Action::SealAway { road, holder })));
        self.stays.extend(self.accounts.iter().map(|account| Stays::History { account: account.clone() }));
        self.stays.push(Stays::Consent { link: self.link });
    }

    /// True if both do the same: what was shown is what is carried out.
    pub fn does_the_same_as(&self, other: &Self) -> bool {
        let what = |plan: &Self| (plan.owner.clone(), plan.link, plan.accounts.clone(), plan.whole, plan.stays.clone());
        what(self) == what(other) && self.steps == other.steps
    }

    /// The steps to be tried now: the open ones that wait for no other.
    pub fn ready(&self) -> Vec<usize> {
        let open = || self.steps.iter().enumerate().filter(|(_, step)| matches!(step.state, StepState::Open { .. }));
        let first = open().map(|(_, step)| step.action.rank()).min();
        open().filter(|(_, step)| Some(step.action.rank()) == first).map(|(index, _)| index).collect()
    }

    /// True once no step is open.
    pub fn is_over(&self) -> bool {
        self.ready().is_empty()
    }

    /// The plan after a step was tried. A step that is over stays as it is, so that two who carry out the same plan agree.
    #[must_use]
    pub fn after(mut self, index: usize, outcome: Outcome, now: DateTime<Utc>) -> Self {
        let tries = self.tries;
        let Some(step) = self.steps.get_mut(index).filter(|step| matches!(step.state, StepState::Open { .. })) else { return self };
        match outcome {
            Outcome::Done => step.state = StepState::Done { at: now },
            Outcome::NotNeeded(why) => step.state = StepState::NotNeeded { why },
            Outcome::NotPossible { why, remedy } => step.state = StepState::NotPossible { why, remedy },
            Outcome::Later(why) if tries >= MAX_TRIES => step.state = StepState::NotPossible { why, remedy: BY_HAND.to_owned() },
            Outcome::Later(cause) => {
                step.state = StepState::Open { cause: Some(cause) };
                self.tries += 1;
                self.retry_at = Some(now + back_off(self.tries));
                return self;
            }
        }
        self
    }

    /// The plan in plain words, a sentence a line.
    pub fn to_text(&self) -> String {
        let steps = self.steps.iter().map(|step| self.sentence(step));
        steps.chain(self.stays.iter().map(left)).collect::<Vec<_>>().join("\n")
    }

    fn sentence(&self, step: &Step) -> String {
        let names = self.accounts.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let done = match &step.action {
            Action::Disconnect if self.whole => format!("The link ends: nothing is received from or sent by {names} any more."),
            Action::Disconnect => format!("{names} leaves the link: nothing is received from or sent by it any more."),
            Action::Unsubscribe { account, .. } => format!("The platform is asked to tell no more of {account}."),
            Action::Revoke { road, .. } => format!("The app's rights are given back on the road {road}."),
            Action::SealAway { holder: Holder::Person(_), road } => format!("The person's token of the road {road} is removed."),
            Action::SealAway { holder: Holder::Account(account), .. } => format!("The token of {account} is removed."),
        };
        match &step.state {
            StepState::NotPossible { why, remedy } => format!("Not possible: {done} Because {why}; {remedy}."),
            StepState::NotNeeded { why } => format!("Not done: {done} Because {why}."),
            StepState::Open { .. } | StepState::Done { .. } => done,
        }
    }
}

impl Step {
    const fn open(action: Action) -> Self {
        Self { action, state: StepState::Open { cause: None } }
    }

    /// As one that a dead token cannot do.
    fn refused(mut self) -> Self {
        self.state = StepState::NotPossible { why: Refusal::Disconnected.to_string(), remedy: BY_HAND.to_owned() };
        self
    }
}

/// What an owner can do where the program cannot.
const BY_HAND: &str = "remove the app in the platform's own settings, under business integrations or apps and websites";

fn left(stays: &Stays) -> String {
    match stays {
        Stays::History { account } => format!("What was read of {account} stays readable here until it is erased."),
        Stays::Consent { .. } => "The record of what was agreed to stays.".to_owned(),
        Stays::Subscription { account } => {
            format!(
                "The platform goes on telling this program of {account}, because somebody else here linked it; nothing is kept for you."
            )
        }
        Stays::Grant { road, .. } => format!("The app's rights on the road {road} stay, because something else here stands on them."),
    }
}

const fn dead(connection: &Connection) -> bool {
    matches!(connection.health, Health::Dead { .. })
}

/// Ten seconds, doubled with every try, up to about an hour.
fn back_off(tries: u32) -> TimeDelta {
    TimeDelta::seconds(5 << tries.min(9)).min(TimeDelta::hours(1))
}

impl Outcome {
    /// It cannot be done from here, and the owner can do it by hand.
    pub fn by_hand(why: impl Into<String>) -> Self {
        Self::NotPossible { why: why.into(), remedy: BY_HAND.to_owned() }
    }
}

#[cfg(test)]
mod tests;
