//! Ending setups that led to no link: closing what nobody goes on with, and giving up what was held for it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use link_core::linking::credential::{CredentialKey, Holder};
use link_core::linking::setup::{Command, IDLE, Setup, SetupRefused};
use link_core::linking::store::{LinkStore, SetupChange, SetupFailed, SetupStore};
use link_core::linking::vault::Vault;
use link_core::words::activity::Activity;
use link_core::words::clock::Clock;
use link_core::words::error::{Error, Result};
use link_core::words::feed::{Happening, What};
use link_core::words::ids::{OwnerId, PersonId, SetupId};
use link_core::words::platform::Road;
use link_core::words::work::{Next, Work};
use link_permissions::LedgerStore;

use crate::revoked;
use crate::wiring::Wiring;

/// How many setups are taken up in one step.
const BATCH: u32 = 20;
/// How often it is looked for setups that nobody goes on with, and how long it is waited after a revocation that failed.
const EVERY: TimeDelta = TimeDelta::hours(1);
/// How long a token is kept for no other purpose than to revoke it. After that it is forgotten without.
const KEPT_TO_REVOKE: TimeDelta = TimeDelta::days(1);

/// Gives up what somebody consented to for a setup that led nowhere.
#[derive(Clone)]
pub(crate) struct Releases {
    pub(crate) wiring: Wiring,
    pub(crate) setups: Arc<dyn SetupStore>,
    pub(crate) links: Arc<dyn LinkStore>,
    pub(crate) ledger: Arc<dyn LedgerStore>,
    pub(crate) vault: Vault,
    pub(crate) clock: Arc<dyn Clock>,
}

impl Releases {
    /// Takes consents back at the platform and forgets their tokens, each unless somebody needs it. True if nothing is held any more.
    ///
    /// The names are gone already when this is called. A revocation that fails for now keeps the sealed token for a day at most.
    pub(crate) async fn release(&self, setup: &Setup) -> Result<bool> {
        let mut all = true;
        for (road, person) in setup.holds() {
            let last_try = self.clock.now() - setup.touched_at >= KEPT_TO_REVOKE;
            all &= self.give_up(&setup.owner, &road, &person, last_try).await?;
        }
        if all && setup.is_given_up() {
            let now = self.clock.now();
            let act = Activity::system(setup.owner.clone(), "it ended without a link", "setup.release", now).on(setup.id);
            let step = |stored: Option<&Setup>| {
                let setup = stored.ok_or(SetupRefused::Unknown)?.released();
                Ok(SetupChange::new(setup).recording(act.clone()))
            };
            self.setups.update(&setup.owner, setup.id, &step).await.map_err(failed)?;
        }
        Ok(all)
    }

    /// The same for one person: what signing in left behind if its setup did not take it. True if nothing is held any more.
    pub(crate) async fn give_up(&self, owner: &OwnerId, road: &Road, person: &PersonId, last_try: bool) -> Result<bool> {
        let connections = self.links.authorised_by(road, person).await?;
        let setups = self.setups.resting_on(road, person).await?;
        if connections.iter().any(|key| key.account.owner == *owner) || setups.iter().any(|(resting, _)| resting == owner) {
            return Ok(true);
        }
        let key = CredentialKey { owner: owner.clone(), road: road.clone(), holder: Holder::Person(person.clone()) };
        // An app has one consent of a person, whichever owner they gave it for: it stays while another owner's link or setup rests on it.
        if connections.is_empty() && setups.is_empty() && !self.revoke(&key, road, person).await? && !last_try {
            return Ok(false);
        }
        self.vault.forget(&key).await?;
        Ok(true)
    }

    /// False if it failed for now and makes sense to be tried again.
    async fn revoke(&self, key: &CredentialKey, road: &Road, person: &PersonId) -> Result<bool> {
        let Some(parts) = self.wiring.road(road) else { return Ok(true) };
        let token = match self.vault.open(key).await {
            Ok(Some(credential)) => credential.token,
            Ok(None) => return Ok(true),
            Err(error) if error.is_retryable() => return Err(error),
            // Without its key a token is worth nothing to anybody.
            Err(error) => {
                tracing::warn!(%error, "a token of a setup that was given up cannot be opened; it is forgotten without being revoked");
                return Ok(true);
            }
        };
        match parts.grants.withdraw(&token, person, None).await {
            Ok(()) => {
                revoked::enter(&*self.ledger, &key.owner, road, person, self.clock.now()).await;
                Ok(true)
            }
            Err(error) => {
                tracing::warn!(%error, "the consent of a setup that was given up could not be revoked");
                Ok(!error.is_retryable())
            }
        }
    }
}

/// A step that was refused found nothing to do: the setup is another one by now.
fn failed(failed: SetupFailed) -> Error {
    match failed {
        SetupFailed::Store(error) => error,
        SetupFailed::Refused(refused) => Error::new(link_core::ErrorKind::Conflict, "release a setup").with_source(refused),
    }
}

/// The work that closes setups after [`IDLE`] and gives up what is still held for those that ended without a link.
pub(crate) struct Closing {
    pub(crate) releases: Releases,
    pub(crate) setups: Arc<dyn SetupStore>,
    pub(crate) clock: Arc<dyn Clock>,
    /// When a release that failed may be tried again. In this process only: a restart tries everything once more.
    pub(crate) resting: Mutex<HashMap<SetupId, DateTime<Utc>>>,
}

impl Closing {
    /// False if somebody went on with it at the last moment.
    async fn close(&self, setup: &Setup, now: DateTime<Utc>) -> Result<bool> {
        let step = |stored: Option<&Setup>| {
            let setup = stored.ok_or(SetupRefused::Unknown)?.after(Command::TimeOut, now)?;
            let what = What::SetupChanged { setup: setup.id, stage: setup.stage.as_str().to_owned() };
            let act = Activity::system(setup.owner.clone(), "nobody went on with it", "setup.time_out", now).on(setup.id);
            let told = Happening::new(setup.owner.clone(), None, what, now);
            Ok(SetupChange::new(setup).telling(told).recording(act))
        };
        match self.setups.update(&setup.owner, setup.id, &step).await {
            Ok(_) => Ok(true),
            Err(SetupFailed::Refused(_)) => Ok(false),
            Err(SetupFailed::Store(error)) => Err(error),
        }
    }

    /// Releases what is held, each on its own: one that fails holds up nobody.
    async fn release(&self, now: DateTime<Utc>) -> Result<()> {
        for setup in self.setups.holding(BATCH).await? {
            if self.resting().get(&setup.id).is_some_and(|until| now < *until) {
                continue;
            }
            let released = self.releases.release(&setup).await.unwrap_or_else(|error| {
                tracing::warn!(%error, setup = %setup.id, "what a setup held could not be given up; it is tried again");
                false
            });
            let mut resting = self.resting();
            resting.remove(&setup.id);
            if !released {
                resting.insert(setup.id, now + EVERY);
            }
        }
        Ok(())
    }

    fn resting(&self) -> MutexGuard<'_, HashMap<SetupId, DateTime<Utc>>> {
        self.resting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Work for Closing {
    fn name(&self) -> &'static str {
        "close setups"
    }

    async fn step(&self) -> Result<Next> {
        let now = self.clock.now();
        let idle = self.setups.idle(now - IDLE + TimeDelta::nanoseconds(1), BATCH).await?;
        let mut closed = false;
        for setup in &idle {
            closed |= self.close(setup, now).await.unwrap_or_else(|error| {
                tracing::error!(%error, owner = %setup.owner, setup = %setup.id, "a setup that nobody goes on with could not be closed");
                false
            });
        }
        self.release(now).await?;
        Ok(if closed { Next::Again } else { Next::At(now + EVERY) })
    }
}
