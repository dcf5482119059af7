//! The schedule: every owner is looked at again and again.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use link_core::Result;
use link_core::words::finding::Severity;
use link_core::words::ids::OwnerId;
use link_core::words::view::View;
use link_core::words::work::{Next, Work};

use crate::inner::Inner;

/// How long an owner of whom nothing blocks is left alone, give or take a tenth.
const REST: TimeDelta = TimeDelta::hours(6);
/// The same while something blocks: what a person mends at the platform shows soon.
const SOON: TimeDelta = TimeDelta::minutes(10);
/// How many owners are read from the store at once.
const BATCH: u32 = 100;
/// How often it is looked whether there is somebody new.
const LOOK: TimeDelta = TimeDelta::minutes(10);

/// The work that examines every owner on a schedule. In this process only: a restart begins the rest anew.
pub(crate) struct Rounds {
    inner: Mutex<Weak<Inner>>,
    due: Mutex<Due>,
}

#[derive(Default)]
struct Due {
    owners: HashMap<OwnerId, DateTime<Utc>>,
    looked_at: Option<DateTime<Utc>>,
}

impl Rounds {
    pub(crate) fn new() -> Self {
        Self { inner: Mutex::new(Weak::new()), due: Mutex::default() }
    }

    /// The work needs all that it is a part of.
    pub(crate) fn attach(&self, inner: &Arc<Inner>) {
        *self.inner.lock().unwrap_or_else(PoisonError::into_inner) = Arc::downgrade(inner);
    }

    fn due(&self) -> MutexGuard<'_, Due> {
        self.due.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Owners who linked something since the last look, each with a first time to come.
    async fn look(&self, inner: &Inner, now: DateTime<Utc>) -> Result<()> {
        if self.due().looked_at.is_some_and(|at| now - at < LOOK) {
            return Ok(());
        }
        let mut after: Option<OwnerId> = None;
        loop {
            let owners = inner.stores.links.owners(after.as_ref(), BATCH).await?;
            let mut due = self.due();
            for owner in &owners {
                due.owners.entry(owner.clone()).or_insert_with(|| now + jittered(inner, REST));
            }
            drop(due);
            after = owners.last().cloned();
            if owners.len() < BATCH as usize {
                break;
            }
        }
        self.due().looked_at = Some(now);
        Ok(())
    }
}

/// A tenth more or less, so that a thousand owners do not come at once.
fn jittered(inner: &Inner, span: TimeDelta) -> TimeDelta {
    let share = i32::from(inner.chance.bytes()[0]) - 128;
    span + span / 10 * share / 128
}

#[async_trait]
impl Work for Rounds {
    fn name(&self) -> &'static str {
        "examine"
    }

    async fn step(&self) -> Result<Next> {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner).upgrade();
        let Some(inner) = inner else { return Ok(Next::Idle) };
        let now = inner.clock.now();
        self.look(&inner, now).await?;
        let first = self.due().owners.iter().min_by_key(|(_, at)| **at).map(|(owner, at)| (owner.clone(), *at));
        let Some((owner, at)) = first else { return Ok(Next::At(now + LOOK)) };
        if at > now {
            return Ok(Next::At(at.min(now + LOOK)));
        }
        // Put back first: an owner whose examination fails must not keep the others waiting.
        self.due().owners.insert(owner.clone(), now + jittered(&inner, REST));
        if let Err(error) = inner.examine(&owner).await {
            tracing::error!(%error, %owner, "an owner's accounts could not be examined; the others are");
            return Ok(Next::Again);
        }
        let view = View::system(owner.clone(), "see how soon to look again");
        let blocked = inner.stores.findings.findings(&view).await?.iter().any(|finding| finding.severity == Severity::Blocks);
        if blocked {
            self.due().owners.insert(owner, now + SOON);
        }
        Ok(Next::Again)
    }
}
