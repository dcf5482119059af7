//! Gates: whoever may refuse something before it happens.

use async_trait::async_trait;

use super::error::Result;
use super::ids::{AccountKey, ScopedId};
use super::platform::Scope;
use super::platform::{Feature, Road};
use super::refusal::Refusal;
use super::view::Viewer;

/// What somebody wants to do.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Ask {
    /// Who wants it.
    pub by: By,
    /// At which account.
    pub account: AccountKey,
    /// By which road.
    pub road: Road,
    /// What.
    pub feature: Feature,
    /// Towards whom, if towards one person.
    pub peer: Option<ScopedId>,
}

impl Ask {
    /// Somebody wants to use a feature of an account.
    pub const fn new(by: By, account: AccountKey, road: Road, feature: Feature) -> Self {
        Self { by, account, road, feature, peer: None }
    }

    /// Towards a person.
    #[must_use]
    pub fn towards(mut self, peer: ScopedId) -> Self {
        self.peer = Some(peer);
        self
    }
}

/// Who wants something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum By {
    /// Somebody of the embedder.
    Viewer(Viewer),
    /// Our own work, for a reason.
    System(&'static str),
}

/// What a gate says.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// Go on.
    Allowed,
    /// Go on, with less: these optional permissions are missing.
    Degraded {
        /// What is missing.
        missing: Vec<Scope>,
    },
    /// Do not.
    Refused(Refusal),
}

/// Something that may refuse. Permissions and privacy each implement one; the sender asks them in order and stops at the first refusal.
///
/// Asking changes nothing. An error means that nobody could decide, and is treated like a refusal for now.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait Gate: Send + Sync {
    /// May this be done?
    async fn ask(&self, ask: &Ask) -> Result<Verdict>;
}
