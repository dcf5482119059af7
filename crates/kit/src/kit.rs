//! The kit: services over one set of stores and one other side.

use std::sync::Arc;

use futures::Stream;
use link_core::Result;
use link_core::words::activity::Activity;
use link_core::words::feed::{Happening, Position};
use link_core::words::finding::Cause;
use link_core::words::page::{Page, PageQuery};
use link_core::words::view::Viewer;
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

    /// Every cause that an examination can find, for whoever documents them.
    pub fn causes(&self) -> Vec<&'static Cause> {
        self.inner.causes()
    }

    /// Reading and answering.
    pub fn inbox(&self) -> Inbox {
        Inbox(self.inner.clone())
    }

    /// Starts all background work: applying what arrived, sending, subscribing, reading history, alerts. It runs until the runner is dropped.
    pub fn start(&self) -> Runner {
        Runner::start(&self.inner.works, &self.inner.bell, &self.inner.clock)
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
        news(self.inner.stores.feed.clone(), self.inner.policy.compile(viewer), self.inner.bell.listen(), after)
    }

    /// Alerts from now on, as far as the viewer may see them.
    pub fn alerts(&self, viewer: &Viewer) -> Subscription {
        self.inner.alerts.subscribe(&self.inner.policy.compile(viewer))
    }

    /// Who did what, newest first.
    pub async fn activity(&self, viewer: &Viewer, page: &PageQuery) -> Result<Page<Activity>, Problem> {
        Ok(self.inner.stores.activity.acts(&self.inner.policy.compile(viewer), page).await?)
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
