//! Signing in, and what was granted.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::words::error::Result;
use crate::words::ids::{ExternalId, PersonId};
use crate::words::platform::{Road, Scope};
use crate::words::secret::Secret;

/// What the sign-in dialog is asked for.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct DialogAsk {
    /// Comes back unchanged; ties the answer to the person who asked.
    pub state: Secret,
    /// Where the answer goes; must be registered with the app, and is repeated byte for byte at the exchange.
    pub redirect_uri: String,
    /// What to ask for; empty when the app asks by a configuration.
    pub scopes: Vec<Scope>,
    /// Ask again for what was declined before.
    pub again: bool,
}

impl DialogAsk {
    /// Asks for the scopes.
    pub fn new(state: Secret, redirect_uri: impl Into<String>, scopes: Vec<Scope>) -> Self {
        Self { state, redirect_uri: redirect_uri.into(), scopes, again: false }
    }

    /// Asks again for what was declined before.
    #[must_use]
    pub const fn again(mut self) -> Self {
        self.again = true;
        self
    }
}

/// What signing in gave.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SignedIn {
    /// Who signed in, as the app knows them.
    pub person: PersonId,
    /// Their token, as long-lived as it can be had.
    pub token: Secret,
    /// When it ends; `None` for never.
    pub expires_at: Option<DateTime<Utc>>,
    /// When the person's data may no longer be read; `None` for never. A clock of its own, beside the token's.
    pub data_access_expires_at: Option<DateTime<Utc>>,
    /// What was granted and declined.
    pub grants: Vec<ScopeGrant>,
}

impl SignedIn {
    /// A person with a token that does not end.
    pub const fn new(person: PersonId, token: Secret) -> Self {
        Self { person, token, expires_at: None, data_access_expires_at: None, grants: Vec::new() }
    }
}

/// One permission as the platform reports it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScopeGrant {
    /// Which.
    pub scope: Scope,
    /// How it stands.
    pub state: GrantState,
    /// For which assets; `None` for all that the person has or will have.
    pub targets: Option<Vec<ExternalId>>,
}

/// How a permission stands with the platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GrantState {
    /// Given.
    Granted,
    /// The person said no.
    Declined,
    /// It ran out.
    Expired,
}

/// Signing in by one road.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait Grants: Send + Sync {
    /// Which road.
    fn road(&self) -> Road;
    /// The address at which the person signs in and consents.
    fn dialog(&self, ask: &DialogAsk) -> Result<String>;
    /// Turns the code that came back into a lasting token and what was granted. A code works once.
    async fn exchange(&self, code: &Secret, redirect_uri: &str) -> Result<SignedIn>;
    /// Asks about a token again: whether it lives, until when, and what it may. A dead one is an error of kind
    /// [`SignInNeeded`](crate::words::error::ErrorKind::SignInNeeded).
    async fn inspect(&self, token: &Secret) -> Result<SignedIn>;
}
