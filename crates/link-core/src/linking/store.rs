//! Where setups, sign-ins and links are kept.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::connection::{Connection, ConnectionKey, Receiver};
use super::link::Link;
use super::setup::{Setup, SetupRefused};
use super::sign_in::{SignIn, StateDigest};
use crate::words::activity::Activity;
use crate::words::error::{Error, Result};
use crate::words::feed::Happening;
use crate::words::ids::{AccountId, LinkId, OwnerId, SetupId};
use crate::words::view::View;

/// Sign-ins under way.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait SignInStore: Send + Sync {
    /// Keeps one that was just opened.
    async fn open(&self, sign_in: &SignIn) -> Result<()>;
    /// Takes one out, whoever asks: atomically, so that of two answers with the same state one finds nothing. `None` if it is unknown or
    /// was taken. It crosses owners on purpose: an answer under a foreign session must burn the state.
    async fn take(&self, state: &StateDigest) -> Result<Option<SignIn>>;
    /// Forgets those that ran out before a time.
    async fn forget(&self, expired_before: DateTime<Utc>) -> Result<u64>;
}

/// What a step of a setup changes, in one transaction.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SetupChange {
    /// The setup as it is now.
    pub setup: Setup,
    /// The link that its confirmation made, with its connections.
    pub link: Option<(Link, Vec<Connection>)>,
    /// What to tell.
    pub happenings: Vec<Happening>,
    /// What to record.
    pub acts: Vec<Activity>,
}

impl SetupChange {
    /// A setup moved.
    pub const fn new(setup: Setup) -> Self {
        Self { setup, link: None, happenings: Vec::new(), acts: Vec::new() }
    }

    /// And made a link.
    #[must_use]
    pub fn with_link(mut self, link: Link, connections: Vec<Connection>) -> Self {
        self.link = Some((link, connections));
        self
    }

    /// And something is to be told.
    #[must_use]
    pub fn telling(mut self, happening: Happening) -> Self {
        self.happenings.push(happening);
        self
    }

    /// And something is to be recorded.
    #[must_use]
    pub fn recording(mut self, act: Activity) -> Self {
        self.acts.push(act);
        self
    }
}

/// Why a setup was not changed.
#[derive(Debug, thiserror::Error)]
pub enum SetupFailed {
    /// It does not move that way.
    #[error(transparent)]
    Refused(#[from] SetupRefused),
    /// The store could not do it.
    #[error(transparent)]
    Store(#[from] Error),
}

/// A pure step of a setup: from what is stored (`None` if nothing is) to what is to be stored.
pub type SetupStep<'a> = dyn Fn(Option<&Setup>) -> Result<SetupChange, SetupRefused> + Send + Sync + 'a;

/// Setups.
#[async_trait]
pub trait SetupStore: Send + Sync {
    /// Loads one setup, runs the step (again after a conflict) and writes its whole change, atomically. A change of another setup than
    /// this one, or with connections of another owner, is an error.
    async fn update(&self, owner: &OwnerId, id: SetupId, step: &SetupStep<'_>) -> Result<Setup, SetupFailed>;
    /// One setup; `None` if the view does not show it. It is read whole: a view of some accounts shows it if all that it lists are among
    /// them, and an empty view shows none.
    async fn setup(&self, view: &View, id: SetupId) -> Result<Option<Setup>>;
    /// The owner's setups that are under way and shown by the view, newest first.
    async fn open_setups(&self, view: &View) -> Result<Vec<Setup>>;
}

/// A pure step of a connection: what it is to be now; `None` to leave it.
pub type ConnectionStep<'a> = dyn Fn(&Connection) -> Option<ConnectionChange> + Send + Sync + 'a;

/// What a step of a connection changes, in one transaction.
#[derive(Debug, Clone)]
pub struct ConnectionChange {
    /// The connection as it is now.
    pub connection: Connection,
    /// What to tell.
    pub happenings: Vec<Happening>,
    /// What to record.
    pub acts: Vec<Activity>,
}

/// That accounts leave a link.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Departure {
    /// Whose.
    pub owner: OwnerId,
    /// Which link.
    pub link: LinkId,
    /// Which of its accounts.
    pub accounts: Vec<AccountId>,
    /// When.
    pub at: DateTime<Utc>,
    /// What to tell.
    pub happenings: Vec<Happening>,
    /// What to record.
    pub acts: Vec<Activity>,
}

impl Departure {
    /// Accounts leave a link.
    pub const fn new(owner: OwnerId, link: LinkId, accounts: Vec<AccountId>, at: DateTime<Utc>) -> Self {
        Self { owner, link, accounts, at, happenings: Vec::new(), acts: Vec::new() }
    }

    /// And this is to be told.
    #[must_use]
    pub fn telling(mut self, happening: Happening) -> Self {
        self.happenings.push(happening);
        self
    }

    /// And this is to be recorded.
    #[must_use]
    pub fn recording(mut self, act: Activity) -> Self {
        self.acts.push(act);
        self
    }
}

/// Links and their connections.
///
/// What was unlinked is listed and shown by none of the reads, save [`link`](Self::link), which shows an ended link to whoever has its id.
#[async_trait]
pub trait LinkStore: Send + Sync {
    /// The owner's links. A link is read whole: a view of some accounts shows it if all of its accounts are among them.
    async fn links(&self, view: &View) -> Result<Vec<Link>>;
    /// One link.
    async fn link(&self, view: &View, id: LinkId) -> Result<Option<Link>>;
    /// The owner's connections.
    async fn connections(&self, view: &View) -> Result<Vec<Connection>>;
    /// One connection.
    async fn connection(&self, view: &View, key: &ConnectionKey) -> Result<Option<Connection>>;
    /// Who receives what these accounts tell. Crosses owners: several may have linked the same account, and each is named
    /// once. In the order of accounts, owners and roads.
    async fn receivers(&self, accounts: &[AccountId]) -> Result<Vec<Receiver>>;
    /// Loads one connection, runs the step and writes its change, atomically. `None` if there is none or the step left it.
    async fn change(&self, key: &ConnectionKey, step: &ConnectionStep<'_>) -> Result<Option<Connection>>;
    /// Connections whose subscription is still wanted, the least tried first. Crosses owners, for the work that finishes confirmations.
    async fn unsubscribed(&self, limit: u32) -> Result<Vec<Connection>>;
    /// Ends the connections of these accounts to a link, on every road, and takes the accounts out of the link, or ends it with its last
    /// one ([`Link::without`]); tells and records what goes with it; atomically. False, and nothing is written, if none of them is
    /// in this link or connected to it any more, so that a repetition changes and tells nothing.
    async fn end(&self, departure: &Departure) -> Result<bool>;
    /// Which of these accounts somebody unlinked and nobody links now. Crosses owners, for admission, which counts what still comes for them.
    async fn ended(&self, accounts: &[AccountId]) -> Result<Vec<AccountId>>;
}
