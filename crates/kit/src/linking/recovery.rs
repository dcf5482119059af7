//! Recovery: signing in again for a link that exists.

use link_core::linking::connection::Connection;
use link_core::linking::credential::{CredentialKey, Holder};
use link_core::linking::link::Link;
use link_core::linking::setup::{Setup, SetupRefused};
use link_core::words::ids::{LinkId, SetupId};
use link_core::words::view::Viewer;

use super::Linking;
use crate::problem::Problem;

impl Linking {
    /// Begins a setup by which somebody signs in again for a link: after its token died, or to add an account. Go on with
    /// [`dialog`](Self::dialog), then [`review`](Self::review) and [`confirm`](Self::confirm); the stages between are only stood at if the
    /// sign-in does not reach all of the link's accounts, or somebody goes back to them.
    ///
    /// The link stays the same, with its history, its settings and, unless something is changed, its consent. Whoever signs in becomes the
    /// one who authorised it. The accounts are subscribed again, and what was missed while the token was dead is read.
    pub async fn reconnect(&self, viewer: &Viewer, link: LinkId) -> Result<Setup, Problem> {
        self.may(viewer)?;
        let link = self.link(viewer, link).await?;
        let (now, id) = (self.0.clock.now(), SetupId::from_uuid(self.0.chance.id()));
        let begin = |_: Option<&Setup>| {
            let setup = Setup::resuming(id, &link, viewer.actor.clone(), now);
            Ok(self.moved(viewer, setup, "setup.reconnect"))
        };
        Ok(self.0.stores.setups.update(&viewer.owner, id, &begin).await?)
    }

    /// A link that stands.
    pub(super) async fn link(&self, viewer: &Viewer, id: LinkId) -> Result<Link, Problem> {
        let link = self.0.stores.links.link(&self.view(viewer), id).await?;
        Ok(link.filter(|link| link.ended_at.is_none()).ok_or(SetupRefused::UnknownLink)?)
    }

    /// Forgets the tokens of persons who authorised these accounts before and nothing any more. Their consent at the platform is theirs to
    /// take back: it may carry subscriptions that the accounts still live on.
    pub(super) async fn forget_former(&self, viewer: &Viewer, setup: &Setup, former: &[Connection]) -> Result<(), Problem> {
        let current = |connection: &Connection| Some(&connection.person) == setup.person(&connection.key.road);
        for connection in former.iter().filter(|connection| !current(connection)) {
            let (road, person) = (&connection.key.road, &connection.person);
            let linked = self.0.stores.links.authorised_by(road, person).await?.iter().any(|key| key.account.owner == viewer.owner);
            let open = self.0.stores.setups.resting_on(road, person).await?.iter().any(|(owner, _)| *owner == viewer.owner);
            if !linked && !open {
                let holder = Holder::Person(person.clone());
                self.0.vault.forget(&CredentialKey { owner: viewer.owner.clone(), road: road.clone(), holder }).await?;
            }
        }
        Ok(())
    }
}
