//! Where setups, sign-ins and links are kept.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::connection::{Connection, ConnectionKey, Receiver};
use super::expected::Expected;
use super::link::Link;
use super::review::Consent;
use super::setup::{Setup, SetupRefused};
use super::sign_in::{SignIn, StateDigest};
use super::switch::SwitchRefused;
use crate::words::activity::Activity;
use crate::words::error::{Error, Result};
use crate::words::feed::Happening;
use crate::words::ids::{AccountId, AccountKey, ActorId, LinkId, OwnerId, PersonId, SetupId};
use crate::words::platform::Road;
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
    /// An owner's dialogs that ran out before a time and did not come back, the newest first.
    async fn unreturned(&self, owner: &OwnerId, now: DateTime<Utc>) -> Result<Vec<SignIn>>;
    /// Somebody came back by a road: what they opened on it before and left is forgotten.
    async fn came_back(&self, owner: &OwnerId, actor: &ActorId, road: &Road, now: DateTime<Utc>) -> Result<u64>;
}

/// What a step of a setup changes, in one transaction.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SetupChange {
    /// The setup as it is now.
    pub setup: Setup,
    /// The link that its confirmation made, with its connections.
    pub link: Option<(Link, Vec<Connection>)>,
    /// What was agreed to with it; `None` if it goes on as it was agreed to before.
    pub consent: Option<Consent>,
    /// Accounts that leave another link of the owner for this one: they are taken out of its list, or end it with its last one
    /// ([`Link::departing`], as of the time at which the setup was touched). With each account of the link all of its connections come to it, by
    /// whichever road they are.
    pub leaving: Vec<(LinkId, AccountId)>,
    /// What the link was decided by; `None` if by nothing that is stored.
    pub expected: Option<Expected>,
    /// What to tell.
    pub happenings: Vec<Happening>,
    /// What to record.
    pub acts: Vec<Activity>,
}

impl SetupChange {
    /// A setup moved.
    pub const fn new(setup: Setup) -> Self {
        Self { setup, link: None, consent: None, leaving: Vec::new(), expected: None, happenings: Vec::new(), acts: Vec::new() }
    }

    /// And made a link, with the consent that it stands on.
    #[must_use]
    pub fn with_link(mut self, link: Link, connections: Vec<Connection>) -> Self {
        self.consent = Some(link.consent.clone());
        self.link = Some((link, connections));
        self
    }

    /// And a link goes on, with what was agreed to anew; `None` if nothing was.
    #[must_use]
    pub fn resuming(mut self, link: Link, connections: Vec<Connection>, consent: Option<Consent>) -> Self {
        self.consent = consent;
        self.link = Some((link, connections));
        self
    }

    /// And these accounts leave other links for it.
    #[must_use]
    pub fn taking(mut self, leaving: Vec<(LinkId, AccountId)>) -> Self {
        self.leaving = leaving;
        self
    }

    /// And all of it was decided by this.
    #[must_use]
    pub fn expecting(mut self, expected: Expected) -> Self {
        self.expected = Some(expected);
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
    /// this one, or with connections of another owner, is an error. A connection under the key of one that was unlinked is written as
    /// [`Connection::after_ended`] makes it. Refused as
    /// [`SetupRefused::ReviewChanged`] if what the change expects does not hold any more ([`Expected::still_holds`]).
    async fn update(&self, owner: &OwnerId, id: SetupId, step: &SetupStep<'_>) -> Result<Setup, SetupFailed>;
    /// One setup; `None` if the view does not show it. It is read whole: a view of some accounts shows it if all that it lists are among
    /// them, and an empty view shows none.
    async fn setup(&self, view: &View, id: SetupId) -> Result<Option<Setup>>;
    /// The owner's setups that are under way and shown by the view, newest first.
    async fn open_setups(&self, view: &View) -> Result<Vec<Setup>>;
    /// Setups under way that nobody touched since a time, the longest untouched first. Crosses owners, for the work that closes them.
    async fn idle(&self, before: DateTime<Utc>, limit: u32) -> Result<Vec<Setup>>;
    /// Setups that were given up and still hold somebody's consent ([`Setup::holds`]), the longest untouched first. Crosses owners, for the
    /// work that gives it up.
    async fn holding(&self, limit: u32) -> Result<Vec<Setup>>;
    /// Setups under way that rest on this person's consent, as their owners. Crosses owners: an app has one consent of a person, whoever's
    /// setup they gave it for.
    async fn resting_on(&self, road: &Road, person: &PersonId) -> Result<Vec<(OwnerId, SetupId)>>;
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

/// What a step of a link changes, in one transaction.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct LinkChange {
    /// The link as it is now.
    pub link: Link,
    /// Its connections that changed.
    pub connections: Vec<Connection>,
    /// What was agreed to; it is appended to the record.
    pub consent: Option<Consent>,
    /// What to tell.
    pub happenings: Vec<Happening>,
    /// What to record.
    pub acts: Vec<Activity>,
}

impl LinkChange {
    /// A link is this now.
    pub const fn new(link: Link) -> Self {
        Self { link, connections: Vec::new(), consent: None, happenings: Vec::new(), acts: Vec::new() }
    }

    /// By this agreement.
    #[must_use]
    pub fn agreed(mut self, consent: Consent) -> Self {
        self.consent = Some(consent);
        self
    }

    /// And its connections are these now.
    #[must_use]
    pub fn with_connections(mut self, connections: Vec<Connection>) -> Self {
        self.connections = connections;
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

/// A pure step of a link: from what is stored, with the link's connections, to what is to be stored.
pub type LinkStep<'a> = dyn Fn(&Link, &[Connection]) -> Result<LinkChange, SetupRefused> + Send + Sync + 'a;

/// A pure step of all connections of an account: from what is stored to those that change, with what to tell and to record.
pub type HandoverStep<'a> = dyn Fn(&[Connection]) -> Result<HandoverChange, SwitchRefused> + Send + Sync + 'a;

/// What handing an account over changes, in one transaction.
#[derive(Debug, Clone, Default)]
pub struct HandoverChange {
    /// The connections that change, as they are now.
    pub connections: Vec<Connection>,
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
/// What was unlinked is listed and shown by none of the reads, save [`link`](Self::link), which shows an ended link, as ended, to whoever has
/// its id: what was agreed to for it stays readable.
#[async_trait]
pub trait LinkStore: Send + Sync {
    /// The owner's links that stand. A link is read whole: a view of some accounts shows it if all accounts that it names
    /// ([`Link::named`]) are among them, those that left it too.
    async fn links(&self, view: &View) -> Result<Vec<Link>>;
    /// One link, ended or not ([`Link::ended_at`] says it), to whoever its accounts are shown as [`links`](Self::links) does.
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
    /// The owners who have connections, in order, after this one. Crosses owners, for work that looks after all of them.
    async fn owners(&self, after: Option<&OwnerId>, limit: u32) -> Result<Vec<OwnerId>>;
    /// Connections whose subscription is still wanted, the least tried first. Crosses owners, for the work that finishes confirmations.
    async fn unsubscribed(&self, limit: u32) -> Result<Vec<Connection>>;
    /// Loads one link with its connections, runs the step (again after a conflict) and writes its whole change, atomically. Refused as
    /// [`SetupRefused::UnknownLink`] if there is none or it was ended. A change of another link than this one is an error.
    async fn update(&self, owner: &OwnerId, id: LinkId, step: &LinkStep<'_>) -> Result<Link, SetupFailed>;
    /// Everything that was agreed to for a link, oldest first: its confirmation and each later change. The record is appended to and never
    /// changed. Each agreement is read whole: a view of some accounts shows those that name none but these.
    async fn consents(&self, view: &View, id: LinkId) -> Result<Vec<Consent>>;
    /// The connections that this person authorised, of every owner: an app has one consent of a person. Crosses owners, for whoever wants to
    /// take that consent back.
    async fn authorised_by(&self, road: &Road, person: &PersonId) -> Result<Vec<ConnectionKey>>;
    /// Ends the connections of these accounts to a link, on every road, and takes the accounts out of the link, or ends it with its last
    /// one ([`Link::departing`]); tells and records what goes with it; atomically. False, and nothing is written, if none of them is
    /// in this link or connected to it any more, so that a repetition changes and tells nothing.
    async fn end(&self, departure: &Departure) -> Result<bool>;
    /// Which of these accounts somebody unlinked and nobody links now. Crosses owners, for admission, which counts what still comes for them.
    async fn ended(&self, accounts: &[AccountId]) -> Result<Vec<AccountId>>;
    /// Loads all connections of an account, runs the step (again after a conflict) and writes its whole change, atomically: no reader of
    /// [`receivers`](Self::receivers) ever finds both roads receiving, or neither. A change of a connection that was not loaded is an error.
    async fn hand_over(&self, account: &AccountKey, step: &HandoverStep<'_>) -> Result<Result<Vec<Connection>, SwitchRefused>>;
}
