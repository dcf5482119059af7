//! Carrying plans of unlinking out, step by step, across restarts and outages.

use std::sync::Arc;

use async_trait::async_trait;
use link_core::linking::credential::{CredentialKey, CredentialStore, Holder};
use link_core::linking::store::{Departure, LinkStore, SetupStore};
use link_core::linking::vault::Vault;
use link_core::words::activity::Activity;
use link_core::words::clock::Clock;
use link_core::words::error::{Error, ErrorKind, Result};
use link_core::words::feed::{Happening, What};
use link_core::words::ids::{AccountId, OwnerId, PersonId};
use link_core::words::platform::Road;
use link_core::words::ports::Access;
use link_core::words::view::View;
use link_core::words::work::{Next, Work};
use link_core::{ExternalId, Secret};
use link_permissions::LedgerStore;
use link_privacy::unlink::{Action, Outcome, Plan, UnlinkStore};

use crate::revoked;
use crate::subscribing::{Subscribing, told};
use crate::wiring::Wiring;

/// How many plans are gone on with in one step.
const BATCH: u32 = 10;
const LINKED_AGAIN: &str = "it was linked again, or somebody else linked it";

/// The work that carries plans out. Every step looks first whether somebody needs by now what it takes away.
pub(crate) struct Unlinking {
    pub(crate) wiring: Wiring,
    pub(crate) links: Arc<dyn LinkStore>,
    pub(crate) setups: Arc<dyn SetupStore>,
    pub(crate) credentials: Arc<dyn CredentialStore>,
    pub(crate) unlinks: Arc<dyn UnlinkStore>,
    pub(crate) ledger: Arc<dyn LedgerStore>,
    pub(crate) vault: Vault,
    /// Accounts may share one set of fields, so subscribing and unsubscribing take turns.
    pub(crate) subscribing: Arc<Subscribing>,
    pub(crate) clock: Arc<dyn Clock>,
}

impl Unlinking {
    /// Does what of a plan can be done now; the plan as it stands then.
    pub(crate) async fn carry_out(&self, mut plan: Plan) -> Result<Plan> {
        let _one_at_a_time = self.subscribing.turn.lock().await;
        loop {
            let (tries, ready) = (plan.tries, plan.ready());
            if ready.is_empty() {
                return Ok(plan);
            }
            for index in ready {
                let Some(step) = plan.steps.get(index) else { continue };
                let outcome = match self.take(&plan, &step.action).await {
                    Ok(outcome) => outcome,
                    Err(error) => failed(&error),
                };
                let now = self.clock.now();
                let after = |stored: &Plan| Some(stored.clone().after(index, outcome.clone(), now));
                let Some(stored) = self.unlinks.update(&plan.owner, plan.id, &after).await? else { return Ok(plan) };
                plan = stored;
            }
            if plan.tries > tries {
                return Ok(plan);
            }
        }
    }

    async fn take(&self, plan: &Plan, action: &Action) -> Result<Outcome> {
        match action {
            Action::Disconnect => self.disconnect(plan).await,
            Action::Unsubscribe { account, road, via } => self.unsubscribe(&plan.owner, account, road, via.clone()).await,
            Action::Revoke { person, road } => self.revoke(&plan.owner, person, road).await,
            Action::SealAway { road, holder } => self.seal_away(&plan.owner, road, holder).await,
            _ => Ok(Outcome::by_hand("this program does not know the step")),
        }
    }

    async fn disconnect(&self, plan: &Plan) -> Result<Outcome> {
        let (owner, now) = (plan.owner.clone(), self.clock.now());
        let told = Happening::new(owner.clone(), None, What::LinkEnded { link: plan.link, whole: plan.whole }, now);
        let act = if plan.whole { "link.ended" } else { "link.left" };
        let act = Activity::system(owner.clone(), "carry out a plan of unlinking", act, now).on(plan.link);
        let departure = Departure::new(owner, plan.link, plan.accounts.clone(), now).telling(told).recording(act);
        self.links.end(&departure).await?;
        Ok(Outcome::Done)
    }

    async fn unsubscribe(&self, owner: &OwnerId, account: &AccountId, road: &Road, via: Option<ExternalId>) -> Result<Outcome> {
        let receivers = self.links.receivers(std::slice::from_ref(account)).await?;
        if receivers.iter().any(|receiver| receiver.road == *road) {
            return Ok(Outcome::NotNeeded(LINKED_AGAIN.to_owned()));
        }
        let Some(platform) = self.wiring.platform(&account.platform) else {
            return Ok(Outcome::by_hand("this program does not have the platform any more"));
        };
        let token = match self.token(owner, road, Holder::Account(account.clone())).await? {
            Ok(token) => token,
            Err(why) => return Ok(Outcome::by_hand(why)),
        };
        platform.subscriptions.unsubscribe(&Access::new(account.clone(), road.clone(), token).through(via)).await?;
        Ok(Outcome::Done)
    }

    async fn revoke(&self, owner: &OwnerId, person: &PersonId, road: &Road) -> Result<Outcome> {
        let holder = Holder::Person(person.clone());
        if self.stands_elsewhere(owner, road, person).await? || self.needs(owner, road, &holder).await? {
            return Ok(Outcome::NotNeeded("something else here stands on the person's grant".to_owned()));
        }
        let Some(road_parts) = self.wiring.road(road) else {
            return Ok(Outcome::by_hand("this program does not have the road any more"));
        };
        match self.token(owner, road, holder).await? {
            Ok(token) => road_parts.grants.withdraw(&token, person, None).await?,
            Err(why) => return Ok(Outcome::by_hand(why)),
        }
        revoked::enter(&*self.ledger, owner, road, person, self.clock.now()).await;
        Ok(Outcome::Done)
    }

    /// True if anything of another owner stands on a person's grant: a token, a connection or a setup. An app has one grant of a person.
    pub(crate) async fn stands_elsewhere(&self, owner: &OwnerId, road: &Road, person: &PersonId) -> Result<bool> {
        let kept = self.credentials.owners(road, &Holder::Person(person.clone())).await?;
        let linked = self.links.authorised_by(road, person).await?.into_iter().map(|key| key.account.owner);
        let begun = self.setups.resting_on(road, person).await?.into_iter().map(|(other, _)| other);
        Ok(kept.into_iter().chain(linked).chain(begun).any(|other| other != *owner))
    }

    async fn seal_away(&self, owner: &OwnerId, road: &Road, holder: &Holder) -> Result<Outcome> {
        if self.needs(owner, road, holder).await? {
            return Ok(Outcome::NotNeeded(LINKED_AGAIN.to_owned()));
        }
        self.vault.forget(&CredentialKey { owner: owner.clone(), road: road.clone(), holder: holder.clone() }).await?;
        Ok(Outcome::Done)
    }

    /// True if a connection or a setup of the owner's stands on a token.
    async fn needs(&self, owner: &OwnerId, road: &Road, holder: &Holder) -> Result<bool> {
        let system = View::system(owner.clone(), "see whether a token is still needed");
        let connected = self.links.connections(&system).await?.into_iter().filter(|connection| connection.key.road == *road);
        match holder {
            Holder::Account(account) => Ok(connected.into_iter().any(|connection| connection.account() == account)),
            Holder::Person(person) => {
                let setups = self.setups.open_setups(&system).await?;
                Ok(connected.into_iter().any(|connection| connection.person == *person)
                    || setups.iter().any(|setup| setup.persons.values().any(|other| other == person)))
            }
        }
    }

    /// A token, or why there is none to be used.
    async fn token(&self, owner: &OwnerId, road: &Road, holder: Holder) -> Result<Result<Secret, &'static str>> {
        match self.vault.open(&CredentialKey { owner: owner.clone(), road: road.clone(), holder }).await {
            Ok(Some(credential)) => Ok(Ok(credential.token)),
            Ok(None) => Ok(Err("no token is kept")),
            Err(error) if matches!(error.kind(), ErrorKind::Configuration | ErrorKind::Corrupt) => {
                Ok(Err("the token cannot be opened with the keys of this program"))
            }
            Err(error) => Err(error),
        }
    }
}

/// What may work later is tried later; what the platform refuses is for the owner to do.
fn failed(error: &Error) -> Outcome {
    if error.is_retryable() || error.kind() == ErrorKind::Ambiguous { Outcome::Later(told(error)) } else { Outcome::by_hand(told(error)) }
}

#[async_trait]
impl Work for Unlinking {
    fn name(&self) -> &'static str {
        "unlink"
    }

    async fn step(&self) -> Result<Next> {
        let now = self.clock.now();
        let due = self.unlinks.due(now, BATCH).await?;
        let (batch, mut carried_out) = (due.len(), 0);
        for plan in due {
            let (owner, id) = (plan.owner.clone(), plan.id);
            match self.carry_out(plan).await {
                Ok(_) => carried_out += 1,
                Err(error) => tracing::error!(%error, %owner, plan = %id, "a plan of unlinking could not be gone on with; the others are"),
            }
        }
        if batch >= BATCH as usize && carried_out > 0 {
            return Ok(Next::Again);
        }
        Ok(self.unlinks.next_due(now).await?.map_or(Next::Idle, Next::At))
    }
}
