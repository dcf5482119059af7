//! Comparing accounts with the platform's memory: after the program was away, after something was missed, now and then, and when somebody asks
//! for it.

mod comparing;
mod occasions;

use link_core::words::activity::Activity;
use link_core::words::ids::{AccountId, AccountKey};
use link_core::words::refusal::Refusal;
use link_core::words::view::{View, Viewer};
use link_sync::Reconcile;

use crate::inbox::Inbox;
use crate::problem::Problem;

pub(crate) use comparing::{Comparing, checks};
pub(crate) use occasions::Occasions;

impl Inbox {
    /// Compares an account's recent conversations with what is here and fills what is missing, from where everything is known to be whole. It is
    /// done in the background, within the budget; [`Inbox::reconciles`] tells how far it is, and a happening when it is over. What is filled
    /// rings if it is news. Who asks for it is recorded.
    pub async fn reconcile(&self, viewer: &Viewer, account: &AccountId) -> Result<(), Problem> {
        let view = self.0.policy.compile(viewer);
        if view.is_empty() || !view.shows(account) {
            return Err(Refusal::NotVisible.into());
        }
        let (key, now) = (AccountKey::new(viewer.owner.clone(), account.clone()), self.0.clock.now());
        let system = View::system(viewer.owner.clone(), "find the connection that is to be compared");
        let connections = self.0.stores.links.connections(&system).await?;
        let receiving = connections.iter().find(|connection| connection.key.account == key && connection.receives_at(now));
        let connection = receiving.ok_or(Refusal::NotLinked)?;
        let act = Activity::of(viewer, "history.reconcile", now).on(account);
        self.0.occasions.asked(connection, act).await?;
        self.0.bell.ring();
        Ok(())
    }

    /// How far the comparing of each account is, and what the last one found.
    pub async fn reconciles(&self, viewer: &Viewer) -> Result<Vec<Reconcile>, Problem> {
        Ok(self.0.stores.reconciles.reconciles(&self.0.policy.compile(viewer)).await?)
    }
}
