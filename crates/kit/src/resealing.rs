//! After a rotation of the keys: sealing anew what an older key sealed, so that the older key can be thrown away.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use link_core::linking::credential::CredentialKey;
use link_core::linking::vault::Vault;
use link_core::words::clock::Clock;
use link_core::words::error::Result;
use link_core::words::work::{Next, Work};

/// How many tokens are looked at in one step.
const BATCH: u32 = 50;
/// How long it rests after it went through all of them. Keys change with a restart of the program, which begins at once.
const REST: TimeDelta = TimeDelta::hours(1);

/// The work that seals anew. A token that no key opens is named in the log, once each time round, and stops none of the others.
pub(crate) struct Resealing {
    vault: Vault,
    clock: Arc<dyn Clock>,
    place: Mutex<Place>,
}

#[derive(Default, Clone)]
struct Place {
    after: Option<CredentialKey>,
    rests_until: Option<DateTime<Utc>>,
}

impl Resealing {
    pub(crate) fn new(vault: Vault, clock: Arc<dyn Clock>) -> Self {
        Self { vault, clock, place: Mutex::default() }
    }

    fn go_to(&self, place: Place) {
        *self.place.lock().unwrap_or_else(PoisonError::into_inner) = place;
    }

    fn place(&self) -> Place {
        self.place.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[async_trait]
impl Work for Resealing {
    fn name(&self) -> &'static str {
        "reseal"
    }

    async fn step(&self) -> Result<Next> {
        let (place, now) = (self.place(), self.clock.now());
        if let Some(until) = place.rests_until.filter(|until| now < *until) {
            return Ok(Next::At(until));
        }
        let done = self.vault.reseal(place.after, BATCH).await?;
        for key in &done.unreadable {
            tracing::error!(owner = %key.owner, road = %key.road, holder = %key.holder, "a token cannot be opened with the keys of this program");
        }
        if done.last.is_none() {
            let until = now + REST;
            self.go_to(Place { after: None, rests_until: Some(until) });
            return Ok(Next::At(until));
        }
        tracing::info!(sealed = done.sealed, unreadable = done.unreadable.len(), "tokens were sealed anew");
        self.go_to(Place { after: done.last, rests_until: None });
        Ok(Next::Again)
    }
}
