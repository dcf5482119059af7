//! The ledger: what was asked, granted, declined, expired and revoked. Nothing in it is ever changed.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use link_core::{ExternalId, OwnerId, PersonId, Result, Road, Scope, View};
use serde::{Deserialize, Serialize};

/// One thing that happened to one permission of one person on one road.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Entry {
    /// When: by the platform's clock where it told, else by ours.
    pub at: DateTime<Utc>,
    /// For whom the person acted.
    pub owner: OwnerId,
    /// Who was asked, as the app knows them.
    pub person: PersonId,
    /// On which road; a permission of one road says nothing about another.
    pub road: Road,
    /// Which permission.
    pub scope: Scope,
    /// What happened to it.
    pub what: What,
    /// For which assets, sorted; `None` for all that the person has or will have.
    ///
    /// Platforms name Pages for permissions about Pages and professional accounts for permissions about Instagram. A grant names *all*
    /// that it is for: whatever it does not name was left out. The other entries speak only of what they name.
    pub targets: Option<Vec<ExternalId>>,
}

impl Entry {
    /// Something happened to a permission for all assets of a person.
    pub const fn new(owner: OwnerId, person: PersonId, road: Road, scope: Scope, what: What, at: DateTime<Utc>) -> Self {
        Self { at, owner, person, road, scope, what, targets: None }
    }

    /// For these assets only; for none if empty.
    #[must_use]
    pub fn with_targets(mut self, targets: Option<Vec<ExternalId>>) -> Self {
        self.targets = targets.map(|mut targets| {
            targets.sort();
            targets.dedup();
            targets
        });
        self
    }
}

/// What happened to a permission. The order is that of precedence among entries of the same instant: a refusal wins over a grant, because
/// holding back what was granted does less harm than using what was not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// It was asked for. Asking again takes no grant away.
    Asked,
    /// The person gave it.
    Granted,
    /// The platform said something that nobody here knows.
    Unclear,
    /// It ran out.
    Expired,
    /// The person said no.
    Declined,
    /// It was taken back.
    Revoked,
    /// It was given back from here. A grant that comes later counts only if the permission was asked for since: that the platform still
    /// tells of it means that it did not hear of this yet.
    Renounced,
}

impl What {
    /// A stable word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Granted => "granted",
            Self::Unclear => "unclear",
            Self::Expired => "expired",
            Self::Declined => "declined",
            Self::Revoked => "revoked",
            Self::Renounced => "renounced",
        }
    }
}

/// Which entries of an owner are wanted; all of them by default.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct LedgerQuery {
    /// Of this person only.
    pub person: Option<PersonId>,
    /// Of this road only.
    pub road: Option<Road>,
}

impl LedgerQuery {
    /// Of one person only.
    #[must_use]
    pub fn of(mut self, person: PersonId) -> Self {
        self.person = Some(person);
        self
    }

    /// Of one road only.
    #[must_use]
    pub fn by(mut self, road: Road) -> Self {
        self.road = Some(road);
        self
    }

    /// True if an entry is wanted.
    pub fn wants(&self, entry: &Entry) -> bool {
        self.person.as_ref().is_none_or(|person| *person == entry.person) && self.road.as_ref().is_none_or(|road| *road == entry.road)
    }
}

/// Where the ledger is kept. Append-only; erased only with its owner.
///
/// Times are kept to the millisecond or finer. Cancelling a call leaves all or nothing of it done. The conformance suite of feature
/// `testing` says the rest.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait LedgerStore: Send + Sync {
    /// Adds entries, all or none; each names its owner. One that is there already, equal in every field, is not added again, so that a
    /// call whose answer was lost may be repeated.
    async fn append(&self, entries: &[Entry]) -> Result<()>;
    /// The owner's entries that are wanted, oldest first. There are a few dozen for each sign-in, so they are not paged.
    ///
    /// An empty view shows none. Any other shows all of the owner's: which permissions stand follows from all entries together, and
    /// from a part of them something wrong would follow.
    async fn entries(&self, view: &View, query: &LedgerQuery) -> Result<Vec<Entry>>;
}
