//! Connecting the chosen accounts: their tokens, fetched anew, and what each connection goes on from.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use link_core::Secret;
use link_core::linking::connection::{Connection, ConnectionKey, Part};
use link_core::linking::credential::{Credential, CredentialKey, Holder};
use link_core::linking::setup::{Candidate, Setup, SetupRefused};
use link_core::words::ids::{AccountId, AccountKey, LinkId, PersonId};
use link_core::words::platform::Road;
use link_core::words::ports::Listing;
use link_core::words::view::{View, Viewer};

use super::Linking;
use crate::desk::credential_key;
use crate::problem::Problem;

/// What connections are made for, and from what.
pub(super) struct Ground<'a> {
    /// The link that they will belong to.
    pub(super) link: LinkId,
    /// When the owner confirms them.
    pub(super) at: DateTime<Utc>,
    /// The owner's connections so far.
    pub(super) known: &'a [Connection],
    /// When a message of each account was last heard of.
    pub(super) heard: BTreeMap<AccountId, DateTime<Utc>>,
}

/// The webhook field by which messages are told.
const MESSAGES: &str = "messages";

impl Linking {
    /// Connects the chosen accounts, each by all roads by which it can be. Of new ones the road receives that the wiring names first.
    pub(super) async fn connect(
        &self,
        viewer: &Viewer,
        setup: &Setup,
        ground: &Ground<'_>,
    ) -> Result<Vec<(Connection, Credential)>, Problem> {
        let mut listed: BTreeMap<Road, BTreeMap<AccountId, Listing>> = BTreeMap::new();
        let mut connections: Vec<(Connection, Credential)> = Vec::new();
        let mut chosen: Vec<&Candidate> = setup.chosen().collect();
        chosen.sort_by_key(|candidate| self.0.wiring.roads.iter().position(|parts| parts.grants.road() == candidate.road));
        for candidate in chosen {
            if !listed.contains_key(&candidate.road) {
                let token = self.person_token(viewer, setup, &candidate.road).await?;
                let accounts = self.road(&candidate.road)?.directory.accounts(&token).await?;
                listed.insert(candidate.road.clone(), accounts.into_iter().map(|listing| (listing.account.clone(), listing)).collect());
            }
            let listing = listed.get(&candidate.road).and_then(|road| road.get(&candidate.account));
            let account = candidate.account.clone();
            // Through another asset than was shown it is reached with another token, and what stands in its way is another thing.
            let listing = listing.filter(|listing| listing.via == candidate.via);
            let Some(listing) = listing else { return Err(SetupRefused::OutOfReach { account }.into()) };
            if let Some(obstacle) = listing.obstacle.clone() {
                return Err(SetupRefused::Obstacle { account, obstacle }.into());
            }
            let person = setup.person(&candidate.road).ok_or(SetupRefused::NotSignedIn)?;
            let before = ground.known.iter().chain(connections.iter().map(|(connection, _)| connection));
            let connection = ground.connection(viewer, candidate, person, before);
            let credential = self.account_credential(&connection, listing.token.clone()).await?;
            connections.push((connection, credential));
        }
        Ok(connections)
    }

    /// When a message of each account of the owner was last heard of, by the platform's clock.
    pub(super) async fn heard(&self, viewer: &Viewer) -> Result<BTreeMap<AccountId, DateTime<Utc>>, Problem> {
        let system = View::system(viewer.owner.clone(), "see since when something may have been missed");
        let heard = self.0.stores.pulse.heard(&system).await?.into_iter().filter(|heard| heard.field == MESSAGES);
        Ok(heard.map(|heard| (heard.account.account, heard.at)).collect())
    }

    /// The token of an account. Where it is the person's own, it ends when that one does.
    async fn account_credential(&self, connection: &Connection, token: Secret) -> Result<Credential, Problem> {
        let holder = Holder::Person(connection.person.clone());
        let key = CredentialKey { holder, ..credential_key(&connection.key) };
        let of_person = self.0.vault.open(&key).await?.filter(|credential| credential.token == token);
        Ok(of_person.unwrap_or_else(|| Credential::new(token).issued(Some(self.0.clock.now()))))
    }
}

impl Ground<'_> {
    /// The connection that a candidate becomes beside those that are there before it. One road of an account receives, the others stand by.
    fn connection<'a>(
        &self,
        viewer: &Viewer,
        candidate: &Candidate,
        person: &PersonId,
        mut before: impl Iterator<Item = &'a Connection> + Clone,
    ) -> Connection {
        let key = ConnectionKey { account: AccountKey::new(viewer.owner.clone(), candidate.account.clone()), road: candidate.road.clone() };
        let receives = |other: &Connection| {
            let beside = other.key.account == key.account && other.key.road != key.road;
            beside && other.part == Part::Receiving && other.withheld_since.is_none()
        };
        let part = if before.clone().any(receives) { Part::Standby } else { Part::Receiving };
        let known = before.find(|known| known.key == key);
        let mut connection = Connection::new(key, self.link, person.clone(), candidate.name.clone(), self.at);
        connection.via.clone_from(&candidate.via);
        connection.username.clone_from(&candidate.username);
        connection.part = part;
        match known {
            Some(known) => connection.in_place_of(known, self.heard.get(&candidate.account).copied()),
            None => connection,
        }
    }
}
