//! How fast we may call a platform.

mod guesses;
mod pace;
mod pauses;
mod window;

pub(crate) use guesses::{Bounds, Guesses};
pub use pace::Pace;
pub use pauses::{Pause, PauseStore};

#[cfg(feature = "testing")]
pub use pauses::MockPauseStore;

use std::collections::BTreeMap;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use link_core::words::capabilities::Capabilities;
use link_core::words::error::Result;
use link_core::words::ids::{AccountId, ExternalId, PersonId};
use link_core::words::outgoing::{AttachmentKind, Body, Outgoing, Recipient, SharedPost};
use link_core::words::platform::Road;
use link_core::words::ports::Access;
use link_core::words::rates::{RateKind, RateRule, Scope, Stops};
use serde::{Deserialize, Serialize};

/// Who waits first when not everything can be done at once. In order: what comes first goes first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    /// A person wrote it, and somebody waits for it.
    #[default]
    Person,
    /// A program wrote it, or needs it now.
    Program,
    /// There is a lot of it and it has time: older history, many messages at once.
    Bulk,
}

impl Priority {
    /// Every priority, the first first.
    pub const ALL: [Self; 3] = [Self::Person, Self::Program, Self::Bulk];

    /// Its place among them, from 0.
    pub const fn place(self) -> u8 {
        match self {
            Self::Person => 0,
            Self::Program => 1,
            Self::Bulk => 2,
        }
    }

    /// The one at a place; whatever is behind the last is the last.
    pub const fn at_place(place: i64) -> Self {
        match place {
            ..=0 => Self::Person,
            1 => Self::Program,
            _ => Self::Bulk,
        }
    }
}

/// What sending this is counted as; `live` if it answers a comment below a live broadcast.
pub fn rate_of(outgoing: &Outgoing, live: bool) -> RateKind {
    if matches!(outgoing.to, Recipient::Comment { .. } | Recipient::Post { .. }) {
        return if live { RateKind::LiveReply } else { RateKind::PrivateReply };
    }
    let heavy = |kind: AttachmentKind| matches!(kind, AttachmentKind::Audio | AttachmentKind::Video);
    match &outgoing.body {
        Body::Attachment { kind, .. } if heavy(*kind) => RateKind::Media,
        Body::Attachments(media) if media.iter().any(|media| heavy(media.kind)) => RateKind::Media,
        Body::Post(SharedPost { media: Some(media), .. }) if heavy(media.kind) => RateKind::Media,
        _ => RateKind::Send,
    }
}

/// One call that somebody wants to make.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Take {
    /// For which account.
    pub account: AccountId,
    /// By which road.
    pub road: Road,
    /// The asset through which the account is reached.
    pub asset: ExternalId,
    /// Who authorised it, where that is known.
    pub person: Option<PersonId>,
    /// What it is counted as.
    pub kind: RateKind,
    /// Who waits for it.
    pub priority: Priority,
    /// The platform's rates.
    pub rates: &'static [RateRule],
    /// Now, by the platform's clock.
    pub now: DateTime<Utc>,
    /// How many calls go before it, by what they count as: for a forecast.
    pub behind: BTreeMap<RateKind, u64>,
}

impl Take {
    /// A call for an account that stands for itself.
    pub fn new(account: &AccountId, road: &Road, kind: RateKind, capabilities: &Capabilities, now: DateTime<Utc>) -> Self {
        let (account, asset) = (account.clone(), account.id.clone());
        let (road, rates, behind) = (road.clone(), capabilities.rates, BTreeMap::new());
        Self { account, road, asset, person: None, kind, priority: Priority::default(), rates, now, behind }
    }

    /// A call by an access.
    pub fn by(access: &Access, kind: RateKind, capabilities: &Capabilities, now: DateTime<Utc>) -> Self {
        let take = Self::new(&access.account, &access.road, kind, capabilities, now);
        Self { asset: access.asset().clone(), person: access.person.clone(), ..take }
    }

    /// As it will be made, where no access is at hand: what stops its asset or its person stops it too.
    #[must_use]
    pub fn through(mut self, reach: Reach) -> Self {
        self.asset = reach.via.unwrap_or(self.asset);
        self.person = reach.person.or(self.person);
        self
    }

    /// Of this priority.
    #[must_use]
    pub const fn of(mut self, priority: Priority) -> Self {
        self.priority = priority;
        self
    }

    /// Behind so many others that count as this kind.
    #[must_use]
    pub fn behind(mut self, kind: RateKind, calls: u64) -> Self {
        self.behind.insert(kind, calls);
        self
    }

    /// Every scope it belongs to.
    fn scopes(&self) -> impl Iterator<Item = Scope> + '_ {
        let person = self.person.clone().map(Scope::Person);
        let wide = [Scope::App(self.road.clone()), Scope::Asset(self.asset.clone()), Scope::Account(self.account.clone())];
        wide.into_iter().chain(person)
    }

    /// What a refusal for too many calls stops. Where the person is not known, their account is all that can be stopped.
    pub fn stopped_by(&self, stops: Stops, until: DateTime<Utc>) -> Pause {
        let account = || Scope::Account(self.account.clone());
        let scope = match stops {
            Stops::App => Scope::App(self.road.clone()),
            Stops::Asset => Scope::Asset(self.asset.clone()),
            Stops::Person => self.person.clone().map_or_else(account, Scope::Person),
            _ => account(),
        };
        Pause { scope, kind: (stops == Stops::Kind).then_some(self.kind), until }
    }
}

/// Through what an account is called.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reach {
    /// The asset, where it is another one than the account.
    pub via: Option<ExternalId>,
    /// Who authorised it, where that is known.
    pub person: Option<PersonId>,
}

impl Reach {
    /// Through this asset, if it is another one than the account, by this person.
    pub const fn new(via: Option<ExternalId>, person: Option<PersonId>) -> Self {
        Self { via, person }
    }
}

/// Whether a call may be made now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permit {
    /// Now.
    Now,
    /// Not before this.
    At(DateTime<Utc>),
}

/// Calls that would be told to wait: of a kind, for an account, of a priority and every lower one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rest {
    /// For which account.
    pub account: AccountId,
    /// Of which kind.
    pub kind: RateKind,
    /// Of this priority and those that wait before it.
    pub priority: Priority,
    /// Until when.
    pub until: DateTime<Utc>,
}

/// How fast an account may be called. The platform counts per account, whoever of us calls, so nothing here is one owner's.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait Budget: Send + Sync {
    /// When such a call could be made; takes nothing.
    async fn forecast(&self, take: &Take) -> Result<Permit>;
    /// Takes the right to make one call. `At` takes nothing.
    async fn take(&self, take: &Take) -> Result<Permit>;
    /// The platform throttles: none of these calls is made before its end. An earlier end does not shorten a pause.
    async fn pause(&self, pause: &Pause) -> Result<()>;
    /// Who was told to wait lately and still would be, so that nobody is claimed only to be put back.
    async fn resting(&self, now: DateTime<Utc>) -> Result<Vec<Rest>>;
}

#[cfg(test)]
mod tests;
