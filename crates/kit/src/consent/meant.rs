//! Who is meant by what a platform tells.

use std::collections::BTreeSet;

use link_core::linking::connection::Connection;
use link_core::linking::credential::Holder;
use link_core::words::error::Result;
use link_core::words::ids::{AccountId, ExternalId, OwnerId, PersonId};
use link_core::words::platform::{Platform, Road};

use crate::inner::Inner;

/// How many owners are read from the store at once.
const OWNERS: u32 = 100;

impl Inner {
    /// The road by which a person signed in of whom something is told. The platform does not say which of the app's secrets signs what it tells
    /// of an account by Instagram Login; no two people have the same id, so whoever is not known on the secret's road is looked for on the others.
    pub(super) async fn road_of(&self, told: &Road, person: &PersonId) -> Result<Road> {
        let others: Vec<Road> = self.roads().iter().map(|parts| parts.grants.road()).filter(|road| road != told).collect();
        if self.owners(told, person).await?.is_empty() {
            for road in others {
                if !self.owners(&road, person).await?.is_empty() {
                    return Ok(road);
                }
            }
        }
        Ok(told.clone())
    }

    /// Whoever has connections that a person authorised, a setup under way that they signed in to, or a token of theirs.
    pub(super) async fn owners(&self, road: &Road, person: &PersonId) -> Result<BTreeSet<OwnerId>> {
        let linked = self.stores.links.authorised_by(road, person).await?.into_iter().map(|key| key.account.owner);
        let begun = self.stores.setups.resting_on(road, person).await?.into_iter().map(|(owner, _)| owner);
        let kept = self.stores.credentials.owners(road, &Holder::Person(person.clone())).await?;
        Ok(linked.chain(begun).chain(kept).collect())
    }

    pub(super) async fn owners_of_asset(&self, road: &Road, page: &ExternalId) -> Result<BTreeSet<OwnerId>> {
        let accounts = [AccountId::new(Platform::MESSENGER, page.clone()), AccountId::new(Platform::INSTAGRAM, page.clone())];
        let receivers = self.stores.links.receivers(&accounts).await?;
        let mut found: BTreeSet<OwnerId> =
            receivers.into_iter().filter(|receiver| receiver.road == *road).map(|receiver| receiver.account.owner).collect();
        // Some linked only the Instagram account that is reached through the Page. Such a letter is rare, so everybody is looked at.
        let mut after: Option<OwnerId> = None;
        loop {
            let owners = self.stores.links.owners(after.as_ref(), OWNERS).await?;
            for owner in &owners {
                let through = |connection: &Connection| connection.key.road == *road && connection.via.as_ref() == Some(page);
                // Whoever cannot be read may be meant: that is found out, and answered for, when they are served.
                if self.connections_of(owner).await.map_or(true, |connections| connections.iter().any(through)) {
                    found.insert(owner.clone());
                }
            }
            if owners.len() < OWNERS as usize {
                return Ok(found);
            }
            after = owners.last().cloned();
        }
    }
}
