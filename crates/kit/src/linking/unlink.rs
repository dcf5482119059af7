//! Unlinking: the plan is shown first, and carried out only as it was shown.

use std::collections::BTreeSet;

use link_core::linking::setup::SetupRefused;
use link_core::words::activity::Activity;
use link_core::words::ids::{AccountId, LinkId, UnlinkId};
use link_core::words::refusal::Refusal;
use link_core::words::view::{View, Viewer};
use link_privacy::unlink::{Facts, Plan};

use super::Linking;
use crate::problem::Problem;

impl Linking {
    /// Plans that a link ends, or that some of its accounts leave it; a dry run: nothing happens by it. The plan says what is disconnected,
    /// unsubscribed, given back and removed, what stays and why, and what cannot be done from here and who can do it instead.
    pub async fn plan_unlink(&self, viewer: &Viewer, link: LinkId, accounts: Option<Vec<AccountId>>) -> Result<Plan, Problem> {
        self.may(viewer)?;
        let found = self.0.stores.links.link(&self.view(viewer), link).await?;
        let facts = self.facts(viewer, found.ok_or(Refusal::NotLinked)?).await?;
        let id = UnlinkId::from_uuid(self.0.chance.id());
        let plan = Plan::of(&facts, accounts.as_deref(), id, viewer.actor.clone(), self.0.clock.now());
        plan.map_err(|_| Refusal::NotLinked.into())
    }

    /// Carries a plan out, as it was shown: if the same would not be planned any more, nothing is done. What the platform fails to do now is
    /// tried again in the background; the plan that comes back says how each step stands. The same plan again changes nothing.
    ///
    /// From then on nothing is sent by or received for what was unlinked, and its history stays readable. Linking the same accounts again
    /// finds it; what was written in between is history then, not news.
    pub async fn unlink(&self, viewer: &Viewer, plan: &Plan) -> Result<Plan, Problem> {
        self.may(viewer)?;
        if plan.owner != viewer.owner {
            return Err(Refusal::NotVisible.into());
        }
        let begun = self.unlinks(viewer).await?.into_iter().find(|known| known.id == plan.id);
        if let Some(begun) = begun {
            return Ok(begun);
        }
        let accounts = (!plan.whole).then(|| plan.accounts.clone());
        let again = self.plan_unlink(viewer, plan.link, accounts).await?;
        if !plan.does_the_same_as(&again) {
            return Err(SetupRefused::ReviewChanged.into());
        }
        let act = Activity::of(viewer, "link.unlink", self.0.clock.now()).on(plan.link);
        self.0.stores.unlinks.begin(plan, &[act]).await?;
        // The plan is kept, whatever fails from here on; the background work goes on with it.
        let done = match self.0.unlinking.carry_out(plan.clone()).await {
            Ok(done) => done,
            Err(error) => {
                tracing::warn!(%error, link = %plan.link, "a plan of unlinking could not be finished; it is gone on with");
                plan.clone()
            }
        };
        self.0.bell.ring();
        Ok(done)
    }

    /// Plans that were begun or are over, newest first, with how each step stands.
    pub async fn unlinks(&self, viewer: &Viewer) -> Result<Vec<Plan>, Problem> {
        Ok(self.0.stores.unlinks.plans(&self.view(viewer)).await?)
    }

    async fn facts(&self, viewer: &Viewer, link: link_core::linking::link::Link) -> Result<Facts, Problem> {
        let stores = &self.0.stores;
        let system = View::system(viewer.owner.clone(), "see what stands on a link");
        let connections = stores.links.connections(&system).await?;
        let receivers = stores.links.receivers(&link.accounts).await?;
        let others = receivers.into_iter().filter(|receiver| receiver.account.owner != viewer.owner);
        let shared = others.map(|receiver| (receiver.account.account, receiver.road)).collect();
        let mut granted_elsewhere = BTreeSet::new();
        for connection in connections.iter().filter(|connection| connection.link == link.id) {
            let (person, road) = (&connection.person, &connection.key.road);
            if self.0.unlinking.stands_elsewhere(&viewer.owner, road, person).await? {
                granted_elsewhere.insert((person.clone(), road.clone()));
            }
        }
        let setting_up = stores.setups.open_setups(&system).await?.into_iter().flat_map(|setup| setup.persons.into_values()).collect();
        let mut facts = Facts::new(link, connections);
        (facts.shared, facts.granted_elsewhere, facts.setting_up) = (shared, granted_elsewhere, setting_up);
        Ok(facts)
    }
}
