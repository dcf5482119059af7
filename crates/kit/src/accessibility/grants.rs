//! What a platform says of permissions at a look, and telling it once more of what was given back here.

use link_core::Secret;
use link_core::linking::causes::{PERMISSION_AHEAD, PERMISSION_ENDING};
use link_core::words::error::{Error, Result};
use link_core::words::feed::{Happening, What};
use link_core::words::finding::Check;
use link_core::words::ids::{OwnerId, PersonId};
use link_core::words::permission::Permission;
use link_core::words::platform::{Road, Scope};
use link_core::words::ports::{GrantState, Grants};
use link_core::words::view::View;
use link_permissions::{LedgerQuery, Standings, answers};

use crate::inner::Inner;
use crate::linking::AtPlatform;

impl Inner {
    /// Asks what a person's token may, and writes what changed to the ledger: what somebody took back in the platform's own settings is off from
    /// then on, though no notice of it came. A platform that cannot be asked changes nothing.
    pub(super) async fn ask_what_is_granted(&self, owner: &OwnerId, grants: &dyn Grants, person: &PersonId, token: &Secret) -> Result<()> {
        let road = grants.road();
        let answer = match grants.inspect(token).await {
            Ok(answer) if answer.person == *person => answer,
            Ok(_) => return Ok(()),
            Err(error) => {
                tracing::info!(%error, %road, "nobody could say what is granted");
                return Ok(());
            }
        };
        let now = self.clock.now();
        let view = View::system(owner.clone(), "see what is granted");
        let query = LedgerQuery::default().of(person.clone()).by(road.clone());
        let known = Standings::of(&self.stores.ledger.entries(&view, &query).await?, person, &road);
        let entries = answers::inspected(owner, &road, &known, &answer, now);
        if !entries.is_empty() {
            self.stores.ledger.append(&entries).await?;
            self.tell_of_permissions(owner, &road, person).await?;
        }
        let granted = || answer.grants.iter().filter(|grant| grant.state == GrantState::Granted).map(|grant| &grant.scope);
        let given_back: Vec<Scope> = granted().filter(|scope| known.is_renounced(scope)).cloned().collect();
        // Some cannot be taken back one by one; where all are given back, all of it is.
        let whole = given_back.len() == granted().count();
        if !given_back.is_empty() && self.give_back(owner, person, &road, &given_back, whole).await? != AtPlatform::TakenBack {
            tracing::info!(%road, "the platform could not be told yet of permissions that were given back");
        }
        Ok(())
    }

    async fn tell_of_permissions(&self, owner: &OwnerId, road: &Road, person: &PersonId) -> Result<(), Error> {
        let now = self.clock.now();
        let view = View::system(owner.clone(), "tell whose permissions changed");
        let connections = self.stores.links.connections(&view).await?.into_iter();
        let reached = connections.filter(|connection| connection.key.road == *road && connection.person == *person);
        let told: Vec<_> = reached
            .map(|connection| {
                let what = What::PermissionsChanged { road: road.clone() };
                Happening::new(owner.clone(), Some(connection.account().clone()), what, now)
            })
            .collect();
        self.stores.feed.tell(&told).await
    }

    /// Whether a permission that every dialog asks for ends before long.
    pub(super) fn permissions_ending(&self) -> Check {
        let requirements = self.wiring.requirements();
        let asked: Vec<Scope> = self.roads().iter().flat_map(|road| self.wiring.scopes(&road.grants.road())).collect();
        let ending = requirements.ending(self.clock.now().date_naive(), PERMISSION_AHEAD).into_iter();
        let told: Vec<String> = ending.filter(|known| asked.contains(&known.scope())).map(sentence).collect();
        if told.is_empty() { PERMISSION_ENDING.absent() } else { PERMISSION_ENDING.found().with(told.join(", ")) }
    }
}

fn sentence(ending: &Permission) -> String {
    let on = ending.ends.map(|end| format!(" from {}", end.format("%-d %B %Y"))).unwrap_or_default();
    let becomes = ending.becomes.map(|next| format!(" ({next} takes its place)")).unwrap_or_default();
    format!("{}{on}{becomes}", ending.name)
}
