//! Why a setup does not move, and who can do what about it.

use serde::{Deserialize, Serialize};

use super::Stage;
use crate::linking::accessibility::{Advised, Finding};
use crate::words::error::{Remedy, Who};
use crate::words::ids::AccountId;
use crate::words::refusal::Refusal;

/// Why a setup does not move.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "refused", rename_all = "snake_case")]
#[non_exhaustive]
pub enum SetupRefused {
    /// There is no such setup of this owner.
    #[error("there is no such setup")]
    Unknown,
    /// It stands at another stage.
    #[error("the setup stands at {}", stage.as_str())]
    AtStage {
        /// Where it stands.
        stage: Stage,
    },
    /// Nobody signed in yet.
    #[error("nobody signed in yet")]
    NotSignedIn,
    /// No account was chosen.
    #[error("no account was chosen")]
    NothingChosen,
    /// One link has one Messenger account.
    #[error("a link has one messenger account, {count} were chosen")]
    SeveralPages {
        /// How many were chosen.
        count: usize,
    },
    /// What was shown for review is not what would be confirmed.
    #[error("the setup was changed after its review was shown")]
    ReviewChanged,
    /// Something is asked about that there is no advice on.
    #[error("there is no advice called {code:?}")]
    UnknownAdvice {
        /// What was asked about.
        code: String,
    },
    /// The Messenger account would have more Instagram accounts than the program allows.
    #[error("{page} would have {count} instagram accounts, {limit} may be linked with it")]
    TooManyInstagram {
        /// The Messenger account.
        page: AccountId,
        /// How many it would have, with those it has already.
        count: usize,
        /// How many it may have.
        limit: u32,
    },
    /// An account of an existing link is to be taken out by a change.
    #[error("{account} cannot be taken out of the link by a change")]
    UnlinkInstead {
        /// Which.
        account: AccountId,
    },
    /// An account is to be added to an existing link by a change.
    #[error("{account} cannot be added to the link by a change")]
    SetUpInstead {
        /// Which.
        account: AccountId,
    },
    /// There is no such link of this owner.
    #[error("there is no such link")]
    UnknownLink,
    /// Something stands in the way of the accounts. Never empty; the worst comes first.
    #[error("{}", worst(findings))]
    Blocked {
        /// What was found.
        findings: Vec<Finding>,
    },
    /// An account was chosen that the person who signed in cannot reach.
    #[error("{account} cannot be reached by the person who signed in")]
    OutOfReach {
        /// Which.
        account: AccountId,
    },
    /// An account was chosen that cannot be linked as it is.
    #[error("{account} cannot be linked: {obstacle}")]
    Obstacle {
        /// Which.
        account: AccountId,
        /// Why.
        obstacle: Refusal,
    },
}

impl SetupRefused {
    /// Who can do what about it.
    pub fn remedy(&self) -> Remedy {
        match self {
            Self::Unknown => Remedy::new(Who::Owner, "begin a new setup"),
            Self::AtStage { stage } if stage.is_final() => Remedy::new(Who::Owner, "begin a new setup; this one is over"),
            Self::AtStage { .. } => Remedy::new(Who::Owner, "do the stage it stands at first, or go back to the one that is meant"),
            Self::NotSignedIn => Remedy::new(Who::Owner, "sign in first"),
            Self::NothingChosen => Remedy::new(Who::Owner, "choose at least one account"),
            Self::SeveralPages { .. } => Remedy::new(Who::Owner, "choose one Page; make another link for the other one"),
            Self::ReviewChanged => Remedy::new(Who::Owner, "look at the review again, then confirm it"),
            Self::UnknownAdvice { .. } => Remedy::new(Who::Developer, "answer by the codes that the table of advice has"),
            Self::TooManyInstagram { .. } => {
                Remedy::new(Who::Owner, "choose fewer Instagram accounts, or unlink one of this Page's that is no longer needed")
            }
            Self::UnlinkInstead { .. } => {
                Remedy::new(Who::Owner, "unlink the account: the plan of that shows what becomes of its messages")
            }
            Self::SetUpInstead { .. } => Remedy::new(Who::Owner, "sign in again for the link and choose the account as well"),
            Self::UnknownLink => Remedy::new(Who::Owner, "choose a link that exists, or begin a new setup"),
            Self::Blocked { .. } => {
                Remedy::new(Who::Owner, "mend what was found, the first of it first; each finding says who does what and where")
            }
            Self::OutOfReach { .. } => Remedy::new(Who::Owner, "sign in again and tick this account in the dialog, or choose another"),
            Self::Obstacle { obstacle, .. } => obstacle.remedy(),
        }
    }

    /// The remedy in words of its own: that of the worst finding where findings stand in the way, else [`Self::remedy`].
    pub fn advised(&self) -> Advised {
        match self {
            Self::Blocked { findings } => findings.first().map(|finding| finding.remedy.clone()),
            _ => None,
        }
        .unwrap_or_else(|| Advised::from(&self.remedy()))
    }
}

fn worst(findings: &[Finding]) -> &str {
    findings.first().map_or("something stands in the way", |finding| finding.cause.as_str())
}
