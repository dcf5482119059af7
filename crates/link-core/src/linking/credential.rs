//! Tokens, and the form in which they are stored.

use std::fmt;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::words::error::Result;
use crate::words::ids::{AccountId, OwnerId, PersonId};
use crate::words::platform::Road;
use crate::words::secret::Secret;

/// A token with what is known of its life.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Credential {
    /// The token.
    pub token: Secret,
    /// When it ends; `None` for never.
    pub expires_at: Option<DateTime<Utc>>,
    /// When the person's data may no longer be read; `None` for never, or if nobody said. A clock of its own, beside the token's.
    pub data_access_expires_at: Option<DateTime<Utc>>,
}

impl Credential {
    /// A token that does not end, as far as is known.
    pub const fn new(token: Secret) -> Self {
        Self { token, expires_at: None, data_access_expires_at: None }
    }

    /// With its end.
    #[must_use]
    pub const fn until(mut self, expires_at: Option<DateTime<Utc>>) -> Self {
        self.expires_at = expires_at;
        self
    }

    /// With the end of the access to the person's data.
    #[must_use]
    pub const fn reading_until(mut self, data_access_expires_at: Option<DateTime<Utc>>) -> Self {
        self.data_access_expires_at = data_access_expires_at;
        self
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

/// Keeps sealed tokens. It never sees a key.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait CredentialStore: Send + Sync {
    /// Keeps a sealed token, in place of the one before.
    async fn put(&self, key: &CredentialKey, sealed: &Sealed) -> Result<()>;
    /// The sealed token; `None` if there is none.
    async fn get(&self, key: &CredentialKey) -> Result<Option<Sealed>>;
    /// Forgets it. Forgetting what is not there is no error.
    async fn remove(&self, key: &CredentialKey) -> Result<()>;
    /// Every key under which something sealed with another key than `key_id` is kept; for re-sealing.
    async fn sealed_otherwise(&self, key_id: &str, limit: u32) -> Result<Vec<CredentialKey>>;
}
