//! Handing an account over from one road to the other.

use chrono::{DateTime, Utc};
use link_core::linking::connection::{Connection, ConnectionKey, Part};
use link_core::linking::store::HandoverChange;
use link_core::linking::switch::SwitchPlan;
use link_core::words::activity::Activity;
use link_core::words::feed::{Happening, What};
use link_core::words::gate::Verdict;
use link_core::words::ids::{AccountId, AccountKey};
use link_core::words::platform::{Feature, Road};
use link_core::words::view::{View, Viewer};
use link_permissions::Report;

use super::Linking;
use crate::problem::Problem;

impl Linking {
    /// What it would change if an account were received by another road from a time on; that is at least
    /// [`LEAD`](link_core::linking::switch::LEAD) ahead. Nothing is changed by that: show it, then carry it out with [`switch`](Self::switch).
    pub async fn plan_switch(&self, viewer: &Viewer, account: &AccountId, road: &Road, at: DateTime<Utc>) -> Result<SwitchPlan, Problem> {
        self.may(viewer)?;
        let key = AccountKey::new(viewer.owner.clone(), account.clone());
        let system = View::system(viewer.owner.clone(), "plan a switch of roads");
        let mut connections = self.0.stores.links.connections(&system).await?;
        connections.retain(|connection| connection.key.account == key);
        let plan = SwitchPlan::new(&connections, road, at, self.0.clock.now())?;
        let before = self.usable(&key, &plan.from).await?;
        let after = self.usable(&key, &plan.to).await?;
        let only = |these: &[Feature], others: &[Feature]| these.iter().filter(|it| !others.contains(it)).cloned().collect::<Vec<_>>();
        Ok(plan.changing(only(&after, &before), only(&before, &after)))
    }

    /// Carries a plan out, as it was shown: refused if the connections are others by now, or if the cut-over is not far enough ahead any
    /// more. From the cut-over on the new road receives; until then, and for whatever is older, however late it comes, the old one does.
    ///
    /// Whether the new road is subscribed is looked at again. Soon after the cut-over its history is read: what the old road missed since the
    /// account was linked is told as late news, what is here already stays as it is.
    pub async fn switch(&self, viewer: &Viewer, plan: &SwitchPlan) -> Result<Vec<Connection>, Problem> {
        self.may(viewer)?;
        let key = AccountKey::new(viewer.owner.clone(), plan.account.account.clone());
        let now = self.0.clock.now();
        let step = |stored: &[Connection]| {
            let connections = plan.carry_out(stored, now)?;
            let what = What::RoadChanged { from: plan.from.clone(), to: plan.to.clone(), at: plan.at };
            let told = Happening::new(viewer.owner.clone(), Some(key.account.clone()), what, now);
            let act = Activity::of(viewer, "connection.switch", now).on(&key.account);
            Ok(HandoverChange { connections, happenings: vec![told], acts: vec![act] })
        };
        let changed = self.0.stores.links.hand_over(&key, &step).await??;
        let (new, old): (Vec<_>, Vec<_>) = changed.into_iter().partition(|connection| connection.part == Part::Receiving);
        Ok(old.into_iter().chain(self.finish(new).await).collect())
    }

    /// The features that are on, or on with less, by a road.
    pub(super) async fn usable(&self, account: &AccountKey, road: &Road) -> Result<Vec<Feature>, Problem> {
        let key = ConnectionKey { account: account.clone(), road: road.clone() };
        let system = View::system(account.owner.clone(), "plan a switch of roads");
        let features = self.0.permissions.report(&system, &key).await?.map(|Report { features, .. }| features).unwrap_or_default();
        Ok(features.into_iter().filter(|it| !matches!(it.verdict, Verdict::Refused(_))).map(|it| it.feature).collect())
    }
}
