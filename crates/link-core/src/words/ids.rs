//! Identifiers: opaque checked strings of different kinds that do not mix.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::platform::{Platform, Road};

/// Longest identifier that is accepted, in bytes. Instagram message ids reach about 200; Meta publishes no limit.
pub const MAX_ID_BYTES: usize = 1024;

/// A string that is no identifier: empty, longer than [`MAX_ID_BYTES`], or with a control character.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{kind} must be 1 to {MAX_ID_BYTES} bytes without control characters")]
pub struct InvalidId {
    kind: &'static str,
}

impl InvalidId {
    pub(crate) const fn of(kind: &'static str) -> Self {
        Self { kind }
    }
}

// Copies share the text: whatever is applied names its owner, its account and its person many times over.
macro_rules! opaque {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Arc<str>);

        impl $name {
            /// Takes a string as it is; fails when it is empty, too long or has control characters.
            pub fn new(id: impl Into<String>) -> Result<Self, InvalidId> {
                let id: String = id.into();
                if id.is_empty() || id.len() > MAX_ID_BYTES || id.chars().any(char::is_control) {
                    return Err(InvalidId { kind: stringify!($name) });
                }
                Ok(Self(id.into()))
            }

            /// The identifier as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        // The keys of a batch begin with the same owner and account: a shared text need not be read to be equal to itself.
        impl Ord for $name {
            fn cmp(&self, other: &Self) -> Ordering {
                if Arc::ptr_eq(&self.0, &other.0) { Ordering::Equal } else { self.0.cmp(&other.0) }
            }
        }

        impl PartialOrd for $name {
            fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
                Some(self.cmp(other))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }

        impl std::str::FromStr for $name {
            type Err = InvalidId;
            fn from_str(s: &str) -> Result<Self, InvalidId> {
                Self::new(s)
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;
            fn try_from(s: String) -> Result<Self, InvalidId> {
                Self::new(s)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0.as_ref().to_owned()
            }
        }
    )*};
}

opaque! {
    /// The embedder's tenant. Everything stored belongs to exactly one owner.
    OwnerId;
    /// A user of the embedder who looks or acts on behalf of an owner.
    ActorId;
    /// An id that a platform gave to one of its own things: a Page, a professional account, an app.
    ExternalId;
    /// The id under which one account knows one person: a PSID or an IGSID. The same human has another one at every account.
    ScopedId;
    /// A platform's message id (`mid`). Unique per account and road, never across roads.
    MessageId;
    /// The authorising person's app-scoped id. Neither a PSID nor an IGSID.
    PersonId;
}

macro_rules! ours {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// Wraps an id that was made elsewhere, by a [`Chance`](super::clock::Chance) or read from a store.
            pub const fn from_uuid(id: Uuid) -> Self {
                Self(id)
            }

            /// The id as a UUID.
            pub const fn as_uuid(&self) -> &Uuid {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }

        impl std::str::FromStr for $name {
            type Err = InvalidId;
            fn from_str(s: &str) -> Result<Self, InvalidId> {
                Uuid::parse_str(s).map(Self).map_err(|_| InvalidId { kind: stringify!($name) })
            }
        }
    )*};
}

ours! {
    /// One linking of a Messenger account with Instagram accounts.
    LinkId;
    /// A plan of unlinking.
    UnlinkId;
    /// One walk through the setup.
    SetupId;
    /// One wish to send, from the moment it is accepted by us.
    IntentId;
}

/// An account as its platform knows it: a Page on Messenger, a professional account on Instagram.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AccountId {
    /// Where the account lives.
    pub platform: Platform,
    /// The id it has there; for Instagram the professional account id (`17841...`), which webhooks carry.
    pub id: ExternalId,
}

impl ScopedId {
    /// Stands for a person of whom only something they published is known. It keeps to [`MAX_ID_BYTES`].
    pub(crate) fn of_author(kind: &str, published: &ExternalId) -> Self {
        let mut line = format!("{kind}:{published}");
        while line.len() > MAX_ID_BYTES {
            line.pop();
        }
        Self(line.into())
    }
}

impl AccountId {
    /// An account of a platform.
    pub const fn new(platform: Platform, id: ExternalId) -> Self {
        Self { platform, id }
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.platform, self.id)
    }
}

impl fmt::Debug for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AccountId({self})")
    }
}

impl std::str::FromStr for AccountId {
    type Err = InvalidId;
    fn from_str(s: &str) -> Result<Self, InvalidId> {
        let (platform, id) = s.split_once(':').ok_or(InvalidId { kind: "AccountId" })?;
        let platform = Platform::new(platform).map_err(|_| InvalidId { kind: "AccountId" })?;
        Ok(Self::new(platform, ExternalId::new(id)?))
    }
}

/// An account as one owner linked it. Two owners may link the same account; each sees only their own.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AccountKey {
    /// Whose link it is.
    pub owner: OwnerId,
    /// The platform's account.
    pub account: AccountId,
}

impl AccountKey {
    /// An owner's account.
    pub const fn new(owner: OwnerId, account: AccountId) -> Self {
        Self { owner, account }
    }
}

/// A conversation: one account and the person at the other side. Webhooks carry no thread id, so the thread is an attribute.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ConversationKey {
    /// The owner's account.
    pub account: AccountKey,
    /// The person, as that account knows them.
    pub peer: ScopedId,
}

/// A message row: ids are unique per account and road only.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct MessageKey {
    /// The owner's account.
    pub account: AccountKey,
    /// The road whose ids these are.
    pub road: Road,
    /// The platform's id.
    pub id: MessageId,
}

/// A comment, a visitor's post, or a mention: ids are unique per account and road only.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CommentKey {
    /// The owner's account.
    pub account: AccountKey,
    /// The road whose ids these are.
    pub road: Road,
    /// The platform's id.
    pub id: ExternalId,
}

/// An intent of one owner.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct IntentKey {
    /// Whose wish it is.
    pub owner: OwnerId,
    /// The intent.
    pub id: IntentId,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_that_could_forge_a_log_line_is_refused() {
        assert!(MessageId::new("").is_err());
        assert!(MessageId::new("m_1\nfake").is_err());
        assert!(MessageId::new("x".repeat(MAX_ID_BYTES + 1)).is_err());
        assert!(MessageId::new("m_AbC:\u{e9}").is_ok());
    }

    #[test]
    fn an_account_reads_back_from_its_text() {
        let account: AccountId = "instagram:17841400000000001".parse().unwrap();
        assert_eq!(account.platform, Platform::INSTAGRAM);
        assert_eq!(account.to_string(), "instagram:17841400000000001");
        assert!("17841400000000001".parse::<AccountId>().is_err());
    }
}
