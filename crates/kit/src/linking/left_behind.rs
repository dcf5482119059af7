//! Giving up what somebody consented to and nothing rests on.

use link_core::linking::connection::ConnectionKey;
use link_core::linking::credential::Credential;
use link_core::linking::setup::Setup;
use link_core::words::error::Result;
use link_core::words::ids::{OwnerId, PersonId};
use link_core::words::platform::Road;
use link_core::words::view::{View, Viewer};

use super::Linking;
use crate::desk::credential_key;

/// The tokens of accounts as they were before a confirmation sealed new ones; `None` where there was none.
pub(super) type Before = Vec<(ConnectionKey, Option<Credential>)>;

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

    /// Forgets the tokens of accounts that were to be connected, after that was refused or failed. Who is connected has the token of before
    /// again: the new one may be another person's, whose consent is given up with their setup.
    pub(super) async fn as_before(&self, viewer: &Viewer, before: Before) {
        let system = View::system(viewer.owner.clone(), "see whose token was kept for nothing");
        for (connection, credential) in before {
            if let Err(error) = self.put_back(&system, &connection, credential).await {
                let account = &connection.account.account;
                tracing::warn!(%error, %account, "the token of an account that was not connected could not be forgotten");
            }
        }
    }

    async fn put_back(&self, system: &View, connection: &ConnectionKey, before: Option<Credential>) -> Result<()> {
        let key = credential_key(connection);
        match (self.0.stores.links.connection(system, connection).await?, before) {
            (None, _) => self.0.vault.forget(&key).await,
            (Some(_), Some(before)) => self.0.vault.keep(&key, &before).await,
            (Some(_), None) => Ok(()),
        }
    }
}
