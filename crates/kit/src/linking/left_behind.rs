//! Giving up what somebody consented to and nothing rests on.

use link_core::linking::connection::Connection;
use link_core::linking::setup::Setup;
use link_core::words::error::Result;
use link_core::words::ids::{OwnerId, PersonId};
use link_core::words::platform::Road;
use link_core::words::view::{View, Viewer};

use super::Linking;
use crate::desk::credential_key;

impl Linking {
    /// Takes a person's consent back and forgets their token, unless something of anybody's rests on it. What fails is logged, and the token is
    /// forgotten all the same: no setup names it, so nobody would try again.
    pub(super) async fn give_up(&self, owner: &OwnerId, road: &Road, person: &PersonId) {
        if let Err(error) = self.0.releases.give_up(owner, road, person, true).await {
            tracing::warn!(%error, %owner, %road, "what was consented to and nothing rests on could not be given up");
        }
    }

    /// The same after a confirmation, for whoever signed in by a road from which nothing was chosen.
    pub(super) async fn give_up_unused(&self, setup: &Setup) {
        for (road, person) in &setup.persons {
            self.give_up(&setup.owner, road, person).await;
        }
    }

    /// Forgets the tokens of accounts that were to be connected, after that was refused or failed. Who is connected keeps the new token.
    pub(super) async fn forget_unconnected(&self, viewer: &Viewer, connections: &[Connection]) {
        let system = View::system(viewer.owner.clone(), "see whose token was kept for nothing");
        for connection in connections {
            if let Err(error) = self.forget_unless_connected(&system, connection).await {
                tracing::warn!(%error, account = %connection.account(), "the token of an account that was not connected could not be forgotten");
            }
        }
    }

    async fn forget_unless_connected(&self, system: &View, connection: &Connection) -> Result<()> {
        if self.0.stores.links.connection(system, &connection.key).await?.is_none() {
            self.0.vault.forget(&credential_key(&connection.key)).await?;
        }
        Ok(())
    }
}
