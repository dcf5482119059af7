//! The schedule: every owner is looked at again and again.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use link_core::Result;
use link_core::linking::accessibility::Finding;
use link_core::linking::causes::PLATFORM_UNREACHABLE;
use link_core::words::finding::Severity;
use link_core::words::ids::OwnerId;
use link_core::words::work::{Next, Work};

use crate::inner::Inner;

/// How long an owner of whom nothing blocks is left alone, give or take a tenth.
const REST: TimeDelta = TimeDelta::hours(6);
/// The same while something blocks or a platform does not answer: what is mended there shows soon.
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
    hurried: HashMap<OwnerId, DateTime<Utc>>,
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

    /// Has an owner looked at as soon as can be, because a token of theirs was just found dead or refused for want of a permission: what is wrong,
    /// and what to do, is wanted now.
    /// At most every ten minutes, or a platform that refuses a token in one place and takes it in another would be asked without an end.
    pub(crate) fn hurry(&self, owner: &OwnerId, now: DateTime<Utc>) {
        let mut due = self.due();
        let at = due.hurried.get(owner).map_or(now, |last| (*last + SOON).max(now));
        if at == now {
            due.hurried.insert(owner.clone(), now);
        }
        let planned = due.owners.entry(owner.clone()).or_insert(at);
        *planned = at.min(*planned);
    }

    /// An owner was looked at, by whomever, and this stands now.
    pub(crate) fn looked(&self, owner: &OwnerId, stands: &[Finding], now: DateTime<Utc>) {
        if stands.iter().any(|finding| finding.severity == Severity::Blocks || finding.code == PLATFORM_UNREACHABLE.code) {
            let mut due = self.due();
            // Meanwhile somebody may have asked for more haste.
            let planned = due.owners.entry(owner.clone()).or_insert(now + SOON);
            *planned = (now + SOON).min(*planned);
        }
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
        }
        Ok(Next::Again)
    }
}
