//! Which accounts a person can reach.

use async_trait::async_trait;

use crate::words::error::Result;
use crate::words::ids::{AccountId, ExternalId};
use crate::words::platform::Road;
use crate::words::refusal::Refusal;
use crate::words::secret::Secret;

/// An account that somebody who signed in can reach.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Listing {
    /// Which account.
    pub account: AccountId,
    /// By which road.
    pub road: Road,
    /// The Page through which an Instagram account is reached.
    pub via: Option<ExternalId>,
    /// Its name.
    pub name: String,
    /// Its handle (Instagram).
    pub username: Option<String>,
    /// The account's own token.
    pub token: Secret,
    /// Why it cannot be linked as it is, if it cannot.
    pub obstacle: Option<Refusal>,
}

impl Listing {
    /// An account reached directly.
    pub fn new(account: AccountId, road: Road, name: impl Into<String>, token: Secret) -> Self {
        Self { account, road, via: None, name: name.into(), username: None, token, obstacle: None }
    }
}

/// Lists accounts.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait Directory: Send + Sync {
    /// Every account that the person behind this token can reach and ticked in the dialog, of both platforms where the road has both.
    async fn accounts(&self, token: &Secret) -> Result<Vec<Listing>>;
}
