//! An account reached by one road with one credential.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::words::ids::{AccountId, AccountKey, ExternalId, LinkId, PersonId};
use crate::words::platform::Road;

/// Which connection: an owner's account and the road.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ConnectionKey {
    /// The owner's account.
    pub account: AccountKey,
    /// The road.
    pub road: Road,
}

/// An account that is part of a confirmed link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Connection {
    /// Which.
    pub key: ConnectionKey,
    /// The link it belongs to.
    pub link: LinkId,
    /// The asset through which it is reached.
    pub via: Option<ExternalId>,
    /// Who authorised it.
    pub person: PersonId,
    /// The account's name.
    pub name: String,
    /// Its handle (Instagram).
    pub username: Option<String>,
    /// Whether it receives or stands by.
    pub part: Part,
    /// Whether its token works.
    pub health: Health,
    /// Whether the platform tells us what happens there.
    pub subscription: Subscription,
    /// When the owner confirmed it. What is later is news; what is earlier is history.
    pub confirmed_at: DateTime<Utc>,
    /// When it was unlinked; `None` while it is linked. What was unlinked is shown to nobody and receives nothing; its row stays, so that
    /// what still comes for it can be told from what nobody ever linked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<DateTime<Utc>>,
}

impl Connection {
    /// A freshly confirmed connection: receiving, alive, not yet subscribed.
    pub fn new(key: ConnectionKey, link: LinkId, person: PersonId, name: impl Into<String>, confirmed_at: DateTime<Utc>) -> Self {
        Self {
            key,
            link,
            via: None,
            person,
            name: name.into(),
            username: None,
            part: Part::Receiving,
            health: Health::Alive,
            subscription: Subscription::Wanted { tries: 0, cause: None },
            confirmed_at,
            ended_at: None,
        }
    }

    /// The platform's account.
    pub const fn account(&self) -> &AccountId {
        &self.key.account.account
    }
}

/// What a connection does for its account. An account has one that receives; another road to it stands by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Its deliveries are kept.
    Receiving,
    /// Its deliveries are acknowledged and counted.
    Standby,
}

/// Whether a connection's token works. A dead token stops what goes out, never what comes in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "health", rename_all = "snake_case")]
pub enum Health {
    /// As far as we know.
    Alive,
    /// The platform refuses it.
    Dead {
        /// Since when we know.
        since: DateTime<Utc>,
        /// The platform's code, for whoever asks why.
        code: Option<String>,
    },
}

/// Whether the platform tells us what happens at an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "subscription", rename_all = "snake_case")]
pub enum Subscription {
    /// It is to be subscribed: the step of the plan that is still open.
    Wanted {
        /// How often it was tried.
        tries: u32,
        /// Why the last try failed.
        cause: Option<String>,
    },
    /// It was subscribed.
    Active {
        /// When.
        since: DateTime<Utc>,
    },
}

/// Who receives what an account tells: the answer to the question that admission asks.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Receiver {
    /// The owner's account.
    pub account: AccountKey,
    /// The road.
    pub road: Road,
    /// Whether it receives or stands by.
    pub part: Part,
}

impl Receiver {
    /// A receiver.
    pub const fn new(account: AccountKey, road: Road, part: Part) -> Self {
        Self { account, road, part }
    }
}
