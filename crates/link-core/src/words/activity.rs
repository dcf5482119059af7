//! Who did what, when and from where.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::error::Result;
use super::ids::OwnerId;
use super::page::{Page, PageQuery};
use super::view::{Behalf, View, Viewer};

/// One act, kept for the owner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Activity {
    /// Whose data it touched.
    pub owner: OwnerId,
    /// Who acted.
    pub by: Behalf,
    /// From where, if known.
    pub place: Option<String>,
    /// What was done, as a stable word: `setup.confirm`, `message.send`, ...
    pub act: String,
    /// What it was done to, as an id.
    pub target: Option<String>,
    /// When.
    pub at: DateTime<Utc>,
}

impl Activity {
    /// Somebody of the embedder did something.
    pub fn of(viewer: &Viewer, act: impl Into<String>, at: DateTime<Utc>) -> Self {
        Self {
            owner: viewer.owner.clone(),
            by: Behalf::Actor(viewer.actor.clone()),
            place: viewer.place.clone(),
            act: act.into(),
            target: None,
            at,
        }
    }

    /// Our own work did something.
    pub fn system(owner: OwnerId, reason: &'static str, act: impl Into<String>, at: DateTime<Utc>) -> Self {
        Self { owner, by: Behalf::System(reason.into()), place: None, act: act.into(), target: None, at }
    }

    /// To this.
    #[must_use]
    pub fn on(mut self, target: impl std::fmt::Display) -> Self {
        self.target = Some(target.to_string());
        self
    }
}

/// The record of acts. Append-only; erased only with its owner.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait ActivityLog: Send + Sync {
    /// Adds acts that are no part of another change.
    async fn record(&self, acts: &[Activity]) -> Result<()>;
    /// The owner's acts, newest first. An empty view shows none.
    async fn acts(&self, view: &View, page: &PageQuery) -> Result<Page<Activity>>;
}
