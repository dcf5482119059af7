//! What a service answers instead of what was wanted.

use link_core::linking::accessibility::Advised;
use link_core::linking::setup::SetupRefused;
use link_core::linking::sign_in::StateRefused;
use link_core::linking::store::SetupFailed;
use link_core::linking::switch::SwitchRefused;
use link_core::words::error::{Error, ErrorKind, Remedy, Who};
use link_core::words::refusal::Refusal;

/// Why something was not done. Every variant names its cause; [`Problem::remedy`] says who can do what about it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// A gate, a rule or a setting refuses it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The setup does not move that way.
    #[error(transparent)]
    Setup(#[from] SetupRefused),
    /// The account cannot be handed over to another road like this.
    #[error(transparent)]
    Switch(#[from] SwitchRefused),
    /// The answer of a dialog is not accepted.
    #[error(transparent)]
    SignIn(#[from] StateRefused),
    /// The person did not consent.
    #[error("the dialog was ended without consent")]
    Declined,
    /// What came back from the dialog is no answer of it.
    #[error("this is not the answer of a sign-in dialog")]
    NoAnswer,
    /// Nobody is signed in at the embedder, or its middleware did not say who.
    #[error("the request does not say who makes it")]
    Nobody,
    /// Something failed.
    #[error(transparent)]
    Failed(#[from] Error),
}

impl Problem {
    /// A stable word.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Refused(refusal) => refusal.code(),
            Self::Setup(_) => "setup_refused",
            Self::Switch(refused) => refused.code(),
            Self::SignIn(StateRefused::Expired) => "state_expired",
            Self::SignIn(StateRefused::Foreign) => "state_foreign",
            Self::SignIn(StateRefused::Unknown) => "state_unknown",
            Self::Declined => "consent_declined",
            Self::NoAnswer => "not_an_answer",
            Self::Nobody => "nobody",
            Self::Failed(_) => "failed",
        }
    }

    /// The remedy in words of its own, which says more than [`Self::remedy`] where findings stand in the way; `None` where nobody knows.
    pub fn advised(&self) -> Option<Advised> {
        match self {
            Self::Setup(refused) => Some(refused.advised()),
            other => other.remedy().as_ref().map(Advised::from),
        }
    }

    /// Who can do what about it; `None` where nobody knows.
    pub fn remedy(&self) -> Option<Remedy> {
        Some(match self {
            Self::Refused(refusal) => refusal.remedy(),
            Self::Setup(refused) => refused.remedy(),
            Self::Switch(refused) => refused.remedy(),
            Self::SignIn(StateRefused::Foreign) => {
                Remedy::new(Who::Owner, "sign in to this program as the one who opened the dialog, and open it again")
            }
            Self::SignIn(_) | Self::NoAnswer => {
                Remedy::new(Who::Owner, "open the sign-in dialog again and finish it within ten minutes, once")
            }
            Self::Declined => Remedy::new(
                Who::Owner,
                "open the sign-in dialog again and consent; the review shows what will be shared before anything is",
            ),
            Self::Nobody => Remedy::new(Who::Developer, "put a link_core Viewer into the request's extensions before the router sees it"),
            Self::Failed(error) => return error.remedy().copied().or_else(|| by_kind(error.kind())),
        })
    }
}

const fn by_kind(kind: ErrorKind) -> Option<Remedy> {
    Some(match kind {
        ErrorKind::Store => Remedy::new(Who::Developer, "see that the database can be written: space, rights, nobody else holding it"),
        ErrorKind::Unavailable | ErrorKind::Throttled => Remedy::new(Who::Platform, "wait and try again"),
        ErrorKind::Invalid => Remedy::new(Who::Developer, "check what was passed in"),
        _ => return None,
    })
}

impl From<SetupFailed> for Problem {
    fn from(failed: SetupFailed) -> Self {
        match failed {
            SetupFailed::Refused(refused) => Self::Setup(refused),
            SetupFailed::Store(error) => Self::Failed(error),
        }
    }
}
