//! Who did what, when and from where.
//!
//! An act is words and ids. There is no room in it for what anybody wrote.

pub mod chain;
mod kind;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::error::Result;
use super::feed::Position;
use super::ids::{ActorId, OwnerId};
use super::page::{Page, PageQuery};
use super::view::{Behalf, Origin, View, Viewer};
use chain::{ChainHead, ChainReport};

pub use kind::Kind;

/// One act, kept for the owner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Activity {
    /// Whose data it touched.
    pub owner: OwnerId,
    /// Who acted.
    pub by: Behalf,
    /// From where, as the embedder told.
    #[serde(flatten)]
    pub origin: Origin,
    /// What was done, as a stable word: `setup.confirm`, `message.send`, ...
    pub act: String,
    /// What it was done to, as the id of a thing: a setup, a link, an account, an intent.
    pub target: Option<String>,
    /// Whom it was done to or about, as the id of a human: it can be erased like the name of who acted.
    #[serde(default)]
    pub person: Option<String>,
    /// When.
    pub at: DateTime<Utc>,
}

impl Activity {
    /// Somebody of the embedder did something.
    pub fn of(viewer: &Viewer, act: impl Into<String>, at: DateTime<Utc>) -> Self {
        let by = Behalf::Actor(viewer.actor.clone());
        Self { owner: viewer.owner.clone(), by, origin: viewer.origin(), act: act.into(), target: None, person: None, at }
    }

    /// Our own work did something.
    pub fn system(owner: OwnerId, reason: &'static str, act: impl Into<String>, at: DateTime<Utc>) -> Self {
        let by = Behalf::System(reason.into());
        Self { owner, by, origin: Origin::default(), act: act.into(), target: None, person: None, at }
    }

    /// To this thing.
    #[must_use]
    pub fn on(mut self, target: impl std::fmt::Display) -> Self {
        self.target = Some(target.to_string());
        self
    }

    /// To or about this human.
    #[must_use]
    pub fn about(mut self, person: impl std::fmt::Display) -> Self {
        self.person = Some(person.to_string());
        self
    }

    /// What kind of act it is.
    pub fn kind(&self) -> Kind {
        Kind::of(&self.act)
    }
}

/// The record of acts. Append-only and [chained](chain) for each owner, each act from the one before: what is changed, removed or put in
/// between afterwards shows. What tells of people stands beside the chain and can be erased without breaking it.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait ActivityLog: Send + Sync {
    /// Adds acts that are no part of another change, in this order: all of them or none.
    async fn record(&self, acts: &[Activity]) -> Result<()>;
    /// The owner's acts, newest first. An empty view shows none.
    async fn acts(&self, view: &View, page: &PageQuery) -> Result<Page<Activity>>;
    /// The owner's acts of one kind, newest first. Acts that were recorded before there was a chain are not among them.
    async fn acts_of(&self, view: &View, kind: Kind, page: &PageQuery) -> Result<Page<Activity>>;
    /// Acts of all owners that were recorded after a place and did not happen before a time, in the order in which they were recorded. For
    /// our own work: each names its owner.
    async fn since(&self, after: Position, not_before: DateTime<Utc>, limit: u32) -> Result<Vec<(Position, Activity)>>;
    /// The end of the owner's chain; [`ChainHead::EMPTY`] if nothing is in it, or for an empty view. Kept elsewhere it shows later that
    /// nothing up to it was cut off.
    async fn head(&self, view: &View) -> Result<ChainHead>;
    /// Goes through the owner's whole chain, and compares it with a head that was kept elsewhere; [`ChainHead::EMPTY`] compares with none.
    /// What is wrong is in the report and no error. An empty view is shown an empty chain.
    async fn verify(&self, view: &View, known: &ChainHead) -> Result<ChainReport>;
    /// Erases who acted, from where, and whom it concerned, of all acts by or about somebody, and answers how many. The acts stay, by
    /// [`Behalf::Erased`]. Repeating it is harmless.
    async fn forget_actor(&self, owner: &OwnerId, actor: &ActorId) -> Result<u64>;
}
