//! Tokens, and the form in which they are stored.

use std::fmt;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::words::error::Result;
use crate::words::feed::{Ending, Happening};
use crate::words::ids::{AccountId, OwnerId, PersonId};
use crate::words::platform::Road;
use crate::words::secret::Secret;

/// A token with what is known of its life.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Credential {
    /// The token.
    pub token: Secret,
    /// When it was given; `None` if nobody noted it.
    pub issued_at: Option<DateTime<Utc>>,
    /// When it ends; `None` for never.
    pub expires_at: Option<DateTime<Utc>>,
    /// When the data of whoever gave it may no longer be read; `None` for never. A clock of its own, beside the token's.
    pub data_access_expires_at: Option<DateTime<Utc>>,
    /// What was already done about its end.
    pub attention: Attention,
}

impl Credential {
    /// A token that does not end, as far as is known.
    pub fn new(token: Secret) -> Self {
        Self { token, issued_at: None, expires_at: None, data_access_expires_at: None, attention: Attention::default() }
    }

    /// With its end.
    #[must_use]
    pub const fn until(mut self, expires_at: Option<DateTime<Utc>>) -> Self {
        self.expires_at = expires_at;
        self
    }

    /// With the time it was given.
    #[must_use]
    pub const fn issued(mut self, issued_at: Option<DateTime<Utc>>) -> Self {
        self.issued_at = issued_at;
        self
    }

    /// With the end of the data access.
    #[must_use]
    pub const fn data_access_until(mut self, data_access_expires_at: Option<DateTime<Utc>>) -> Self {
        self.data_access_expires_at = data_access_expires_at;
        self
    }
}

/// What was done about the end of a token. It stands under the same seal, and is gone with the token: a new one begins anew.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Attention {
    /// Which warnings were told.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub told: Vec<Warning>,
    /// How often refreshing it failed since it was given.
    #[serde(default)]
    pub failures: u32,
    /// When refreshing it was last tried in vain.
    #[serde(default)]
    pub failed_at: Option<DateTime<Utc>>,
    /// True once only signing in again helps.
    #[serde(default)]
    pub dead: bool,
}

/// That an end comes near: told once for each threshold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Warning {
    /// What ends.
    pub end: Ending,
    /// When.
    pub ends_at: DateTime<Utc>,
    /// The threshold, in days before the end.
    pub days: u16,
}

impl Warning {
    /// An end of which to warn so many days ahead.
    pub const fn new(end: Ending, ends_at: DateTime<Utc>, days: u16) -> Self {
        Self { end, ends_at, days }
    }

    /// From when on it is to be told.
    pub fn from(&self) -> DateTime<Utc> {
        self.ends_at.checked_sub_signed(TimeDelta::days(i64::from(self.days))).unwrap_or(DateTime::<Utc>::MIN_UTC)
    }
}

/// Whose token it is. Part of what the seal authenticates: a row copied to another owner or account does not open.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CredentialKey {
    /// The owner.
    pub owner: OwnerId,
    /// The road that gave it.
    pub road: Road,
    /// Whom the platform gave it for.
    pub holder: Holder,
}

/// Whom a token stands for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Holder {
    /// The person who authorised.
    Person(PersonId),
    /// An account.
    Account(AccountId),
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Person(person) => write!(f, "person:{person}"),
            Self::Account(account) => write!(f, "account:{account}"),
        }
    }
}

/// A sealed token: bytes that are worth nothing without the key.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed {
    /// The name of the key that seals it.
    pub key_id: String,
    /// Nonce and ciphertext.
    pub bytes: Vec<u8>,
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealed(key {}, {} bytes)", self.key_id, self.bytes.len())
    }
}

/// What takes the place of a sealed token, in one transaction with what is to be told of it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Replacement {
    /// The token as it is sealed now.
    pub sealed: Sealed,
    /// When somebody is to look at it; `None` for at once.
    pub due_at: Option<DateTime<Utc>>,
    /// What to tell.
    pub happenings: Vec<Happening>,
}

impl Replacement {
    /// A sealed token that is to be looked at then.
    pub const fn new(sealed: Sealed, due_at: Option<DateTime<Utc>>) -> Self {
        Self { sealed, due_at, happenings: Vec::new() }
    }

    /// And these are to be told.
    #[must_use]
    pub fn telling(mut self, happenings: Vec<Happening>) -> Self {
        self.happenings = happenings;
        self
    }
}

/// Which sealed tokens are wanted: those that another key than this one sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedOtherwise {
    /// The name of the key that seals now.
    pub key_id: String,
    /// Behind this one, so that those which no key opens do not stand before the others.
    pub after: Option<CredentialKey>,
    /// At most so many.
    pub limit: u32,
}

/// Keeps sealed tokens. It never sees a key. Beside each stands, in the clear, when somebody is to look at it.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait CredentialStore: Send + Sync {
    /// Keeps a sealed token, in place of the one before, to be looked at then; `None` for at once.
    async fn put(&self, key: &CredentialKey, sealed: &Sealed, due_at: Option<DateTime<Utc>>) -> Result<()>;
    /// The sealed token; `None` if there is none.
    async fn get(&self, key: &CredentialKey) -> Result<Option<Sealed>>;
    /// Forgets it. Forgetting what is not there is no error.
    async fn remove(&self, key: &CredentialKey) -> Result<()>;
    /// Puts another in place of exactly this one, and tells what is to be told, atomically. False, and nothing is written, if it is not this
    /// one that is kept: somebody replaced it meanwhile, or forgot it.
    async fn replace(&self, key: &CredentialKey, old: &Sealed, new: &Replacement) -> Result<bool>;
    /// Those to be looked at by now, those first that nobody ever looked at, then the longest due. Crosses owners, for the work that
    /// refreshes and warns.
    async fn due(&self, now: DateTime<Utc>, limit: u32) -> Result<Vec<CredentialKey>>;
    /// When the next one is to be looked at, after this time; `None` if none is.
    async fn next_due(&self, after: DateTime<Utc>) -> Result<Option<DateTime<Utc>>>;
    /// Under which keys something is kept that another key sealed, in the order of owner, road and holder as text. Crosses owners, for re-sealing.
    async fn sealed_otherwise(&self, wanted: &SealedOtherwise) -> Result<Vec<CredentialKey>>;
    /// Which owners keep a token of this holder by this road. Crosses owners: what was granted to the app is one for all of them, and who
    /// takes it back takes it from all.
    async fn owners(&self, road: &Road, holder: &Holder) -> Result<Vec<OwnerId>>;
}
