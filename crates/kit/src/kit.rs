//! The kit: services over one set of stores and one other side.

use std::sync::Arc;

use futures::Stream;
use link_core::Result;
use link_core::words::activity::chain::{ChainHead, ChainReport};
use link_core::words::activity::{Activity, Kind};
use link_core::words::capabilities::Capabilities;
use link_core::words::feed::{Happening, Position};
use link_core::words::finding::Cause;
use link_core::words::ids::OwnerId;
use link_core::words::page::{Page, PageQuery};
use link_core::words::platform::Platform;
use link_core::words::refusal::Refusal;
use link_core::words::view::{View, Viewer};
use link_notify::Subscription;

use crate::accessibility::Accessibility;
use crate::builder::Builder;
use crate::doctor::Diagnosis;
use crate::figures::Figures;
use crate::inbox::Inbox;
use crate::inner::Inner;
use crate::linking::Linking;
use crate::news::news;
use crate::problem::Problem;
use crate::runner::{Runner, drain};
use crate::stores::Stores;

/// Everything in one handle. Cheap to clone.
#[derive(Clone)]
pub struct LinkKit {
    pub(crate) inner: Arc<Inner>,
}

impl LinkKit {
    /// Says what a kit is made of.
    pub fn builder() -> Builder {
        Builder::new()
    }

    /// Setting links up, and looking at them.
    pub fn linking(&self) -> Linking {
        Linking(self.inner.clone())
    }

    /// Looking for what stands in the way.
    pub fn accessibility(&self) -> Accessibility {
        Accessibility(self.inner.clone())
    }

    /// How the viewer's accounts do, with the figures and the one thing to do first. It asks the platform, as
    /// [`Accessibility::check`] does.
    pub async fn doctor(&self, viewer: &Viewer) -> Result<Diagnosis, Problem> {
        self.inner.diagnose(viewer).await
    }

    /// Every owner who has linked something, in order. It crosses owners: it is for whoever runs the program, not for a viewer.
    pub async fn owners(&self) -> Result<Vec<OwnerId>> {
        const BATCH: u32 = 200;
        let mut all: Vec<OwnerId> = Vec::new();
        loop {
            let next = self.inner.stores.links.owners(all.last(), BATCH).await?;
            let whole = next.len() < BATCH as usize;
            all.extend(next);
            if whole {
                return Ok(all);
            }
        }
    }

    /// Every cause that an examination can find, for whoever documents them.
    pub fn causes(&self) -> Vec<&'static Cause> {
        self.inner.causes()
    }

    /// What a platform can do and how much of it, with the rules that [refusals name](link_core::words::refusal::Refusal::rule), each with its date
    /// and source. `None` for a platform that is not built in.
    pub fn capabilities(&self, platform: &Platform) -> Option<&'static Capabilities> {
        self.inner.wiring.platform(platform).map(|parts| parts.carrier.capabilities)
    }

    /// Reading and answering.
    pub fn inbox(&self) -> Inbox {
        Inbox(self.inner.clone())
    }

    /// Starts all background work: applying what arrived, sending, subscribing, reading history, alerts. It runs until the runner is dropped.
    pub fn start(&self) -> Runner {
        self.inner.occasions.runs();
        Runner::start(&self.inner.works, &self.inner.bell)
    }

    /// Does all background work that can be done now, and returns when none is left. For programs that run by a timer, and for tests.
    pub async fn drain(&self) -> Result<()> {
        drain(&self.inner.works).await
    }

    /// What happens from now on, as far as the viewer may see it. Each item comes with its place; whoever keeps the place can go on from
    /// there with [`LinkKit::news_after`].
    pub async fn news(
        &self,
        viewer: &Viewer,
    ) -> Result<impl Stream<Item = Result<(Position, Happening), Problem>> + Send + 'static + use<>, Problem> {
        let end = self.inner.stores.feed.end().await?;
        Ok(self.news_after(viewer, end))
    }

    /// What happened after a place, and then what happens. At least once: after a restart some of it may come again.
    pub fn news_after(
        &self,
        viewer: &Viewer,
        after: Position,
    ) -> impl Stream<Item = Result<(Position, Happening), Problem>> + Send + 'static + use<> {
        let Stores { feed, links, .. } = self.inner.stores.clone();
        news((feed, links), self.inner.policy.compile(viewer), self.inner.bell.listen(), after)
    }

    /// Alerts from now on, as far as the viewer may see them.
    pub fn alerts(&self, viewer: &Viewer) -> Subscription {
        self.inner.alerts.subscribe(&self.inner.policy.compile(viewer))
    }

    /// Who did what, newest first: sign-ins, what was granted, reads (the first of each hour), sends, changed settings, refusals. No text of
    /// a message is in it.
    pub async fn activity(&self, viewer: &Viewer, page: &PageQuery) -> Result<Page<Activity>, Problem> {
        Ok(self.inner.stores.activity.acts(&self.inner.policy.compile(viewer), page).await?)
    }

    /// Accesses that were unlike what is known of whoever made them, newest first. The act is `access.` and the code of the rule, its time is
    /// that of the access, and `person` is who made it; see [`link_privacy::unusual`] for the rules.
    pub async fn unusual(&self, viewer: &Viewer, page: &PageQuery) -> Result<Page<Activity>, Problem> {
        Ok(self.inner.stores.activity.acts_of(&self.inner.policy.compile(viewer), Kind::Unusual, page).await?)
    }

    /// Where the record of who did what ends. Keep it where nobody who writes to the store can reach it: against it
    /// [`LinkKit::verify_activity`] finds also what was cut off or written anew.
    pub async fn activity_head(&self, viewer: &Viewer) -> Result<ChainHead, Problem> {
        Ok(self.inner.stores.activity.head(&self.shown(viewer)?).await?)
    }

    /// Whether the record of who did what is as it was recorded. It reads all of it.
    pub async fn verify_activity(&self, viewer: &Viewer, known: Option<&ChainHead>) -> Result<ChainReport, Problem> {
        let view = self.shown(viewer)?;
        Ok(self.inner.stores.activity.verify(&view, known.unwrap_or(&ChainHead::EMPTY)).await?)
    }

    /// Whoever sees nothing must not take an empty record for one that holds.
    fn shown(&self, viewer: &Viewer) -> Result<View, Problem> {
        let view = self.inner.policy.compile(viewer);
        if view.is_empty() { Err(Refusal::NotVisible.into()) } else { Ok(view) }
    }

    /// Counts for whoever runs the program. No owner's data is in them.
    pub async fn figures(&self) -> Result<Figures> {
        Ok(self.inner.counters.figures(self.inner.applier.unknown(), self.inner.stores.journal.figures().await?))
    }
}

impl std::fmt::Debug for LinkKit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LinkKit").field("wiring", &self.inner.wiring).field("mount", &self.inner.mount).finish_non_exhaustive()
    }
}
