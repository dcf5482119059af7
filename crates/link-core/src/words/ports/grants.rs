//! Signing in, and what was granted.

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::words::error::{Error, ErrorKind, Result};
use crate::words::ids::{ExternalId, PersonId};
use crate::words::permission::Permission;
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
#[non_exhaustive]
pub enum GrantState {
    /// Given.
    Granted,
    /// The person said no.
    Declined,
    /// It ran out.
    Expired,
    /// The platform says something else, which nobody here has heard of. That is no permission to rely on.
    Unclear,
}

impl GrantState {
    /// A stable word, which reads on after "is".
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Granted => "granted",
            Self::Declined => "declined",
            Self::Expired => "expired",
            Self::Unclear => "unclear",
        }
    }
}

/// What came back from a dialog.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum DialogAnswer {
    /// The person consented; the code is to be exchanged.
    Code {
        /// Works once.
        code: Secret,
        /// As it went out.
        state: Secret,
    },
    /// The person did not consent.
    Declined {
        /// As it went out, where the platform repeats it.
        state: Option<Secret>,
    },
    /// It is no answer of this dialog.
    Nothing,
}

/// A token that was given in place of an older one of the same person.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Refreshed {
    /// The new token. The older one may go on working or not.
    pub token: Secret,
    /// When it ends; `None` for never.
    pub expires_at: Option<DateTime<Utc>>,
}

impl Refreshed {
    /// A token with its end.
    pub const fn new(token: Secret, expires_at: Option<DateTime<Utc>>) -> Self {
        Self { token, expires_at }
    }
}

/// When a road's tokens are exchanged for newer ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefreshRule {
    /// The platform refuses before a token has this age.
    pub not_before: TimeDelta,
    /// From this age on it is done, with a jitter of a tenth.
    pub due: TimeDelta,
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
    /// Reads what came back from the dialog: the query of the address, or the whole of it.
    fn answer(&self, query: &str) -> DialogAnswer;
    /// True if all that is asked for is granted or nothing: no single permission can be declined, and asking for one asks for all.
    fn all_or_nothing(&self) -> bool {
        false
    }
    /// What is known of the permissions of this road: their meaning in plain words, and when one ends.
    fn permissions(&self) -> &'static [Permission] {
        &[]
    }
    /// True if what was granted before stays granted beside what a new dialog asks for. Otherwise the new token may do only what was asked for
    /// this time, and what is to be kept has to be asked for along.
    fn keeps_what_was_granted(&self) -> bool {
        true
    }
    /// When tokens are to be refreshed; `None` where only signing in again helps.
    fn refreshing(&self) -> Option<RefreshRule> {
        None
    }
    /// Exchanges a living token for one that lives longer.
    async fn refresh(&self, token: &Secret) -> Result<Refreshed> {
        let what =
            if token.expose().is_empty() { "refresh a token that is none" } else { "refresh a token of a road that has no refreshing" };
        Err(Error::new(ErrorKind::Configuration, what))
    }
    /// Takes one permission back at the platform, or with `None` the whole app. Withdrawing what is not there is no error.
    async fn withdraw(&self, token: &Secret, person: &PersonId, scope: Option<Scope>) -> Result<()>;
}
