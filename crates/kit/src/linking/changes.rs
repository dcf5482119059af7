//! Changing what a link does, by the same review as its confirmation.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use link_core::linking::connection::{Connection, Subscription};
use link_core::linking::link::Link;
use link_core::linking::review::{Consent, Review, ReviewDigest, ReviewOf, Revision};
use link_core::linking::setup::{Depth, Preferences, SetupRefused, Synchronisation};
use link_core::linking::store::LinkChange;
use link_core::words::activity::Activity;
use link_core::words::feed::{Happening, What};
use link_core::words::ids::{AccountId, LinkId};
use link_core::words::view::{View, Viewer};
use link_permissions::{LedgerQuery, Standings};

use super::{Linking, OfAccounts};
use crate::problem::Problem;

/// A wish to change a link. What it does not name stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Change {
    /// How messages are handled from now on.
    pub preferences: Option<Preferences>,
    /// What is read. Deeper history than before begins to be read; what is here already stays.
    pub synchronisation: Option<Synchronisation>,
    /// The accounts. No account comes or goes by a change: another list is refused, and the remedy names the way.
    pub accounts: Option<Vec<AccountId>>,
}

impl Change {
    /// Messages are to be handled like this.
    #[must_use]
    pub fn prefer(mut self, preferences: Preferences) -> Self {
        self.preferences = Some(preferences);
        self
    }

    /// This is to be read.
    #[must_use]
    pub fn synchronise(mut self, synchronisation: Synchronisation) -> Self {
        self.synchronisation = Some(synchronisation);
        self
    }

    /// These are to be the accounts.
    #[must_use]
    pub fn accounts(mut self, accounts: Vec<AccountId>) -> Self {
        self.accounts = Some(accounts);
        self
    }

    /// The link as it would be.
    fn of(&self, link: &Link) -> Result<Link, SetupRefused> {
        if let Some(accounts) = &self.accounts {
            if let Some(account) = link.accounts.iter().find(|account| !accounts.contains(account)) {
                return Err(SetupRefused::UnlinkInstead { account: account.clone() });
            }
            if let Some(account) = accounts.iter().find(|account| !link.accounts.contains(account)) {
                return Err(SetupRefused::SetUpInstead { account: account.clone() });
            }
        }
        let mut link = link.clone();
        if let Some(preferences) = &self.preferences {
            link.preferences = preferences.clone();
        }
        if let Some(synchronisation) = &self.synchronisation {
            link.synchronisation = synchronisation.clone();
        }
        Ok(link)
    }
}

impl Linking {
    /// What a change of a link would change, to be shown before anybody agrees to it. Nothing is changed by that.
    pub async fn change(&self, viewer: &Viewer, link: LinkId, change: &Change) -> Result<Revision, Problem> {
        self.may(viewer)?;
        let link = self.standing(viewer, link).await?;
        let connections = self.connections_of(viewer, &link).await?;
        let standings = self.standings_of(viewer, &connections).await?;
        Ok(self.revision(&link, &connections, change, &standings)?)
    }

    /// Agrees to a change by the digest of what was shown: if anything of it is different by now, nothing is changed. The link does
    /// what was agreed to from now on; the agreement is added to the record. A change that changes nothing is no agreement.
    pub async fn agree_change(&self, viewer: &Viewer, link: LinkId, change: &Change, revision: &ReviewDigest) -> Result<Link, Problem> {
        self.may(viewer)?;
        let known = self.standing(viewer, link).await?;
        let standings = self.standings_of(viewer, &self.connections_of(viewer, &known).await?).await?;
        let now = self.0.clock.now();
        let step = |link: &Link, connections: &[Connection]| {
            // Somebody may have ended it meanwhile.
            if link.ended_at.is_some() {
                return Err(SetupRefused::UnknownLink);
            }
            let shown = self.revision(link, connections, change, &standings)?;
            if shown.digest != *revision {
                return Err(SetupRefused::ReviewChanged);
            }
            if shown.difference.is_empty() {
                return Ok(LinkChange::new(link.clone()));
            }
            let changed = change.of(link)?;
            let told = Happening::new(viewer.owner.clone(), None, What::LinkChanged { link: link.id }, now);
            let consent = Consent::new(viewer.actor.clone(), viewer.place.clone(), now, shown.after).changing(shown.difference);
            // The step of the plan that begins a backfill is open again; subscribing once more changes nothing.
            let reopened =
                if is_deeper(&changed, link) { connections.iter().cloned().map(Connection::reopened).collect() } else { Vec::new() };
            let act = Activity::of(viewer, "link.change", now).on(link.id);
            Ok(LinkChange::new(changed).agreed(consent).with_connections(reopened).telling(told).recording(act))
        };
        let changed = self.0.stores.links.update(&viewer.owner, link, &step).await?;
        let open = self.connections_of(viewer, &changed).await?;
        self.finish(open.into_iter().filter(|connection| matches!(connection.subscription, Subscription::Wanted { .. })).collect()).await;
        Ok(changed)
    }

    fn revision(&self, link: &Link, connections: &[Connection], change: &Change, standings: &OfAccounts) -> Result<Revision, SetupRefused> {
        let review = |link: &Link| -> Review { self.document(ReviewOf::link(link, connections), BTreeMap::new(), standings.clone()) };
        Ok(Revision::new(review(link), review(&change.of(link)?)))
    }

    pub(super) async fn connections_of(&self, viewer: &Viewer, link: &Link) -> Result<Vec<Connection>, Problem> {
        let system = View::system(viewer.owner.clone(), "review a link");
        let mut connections = self.0.stores.links.connections(&system).await?;
        connections.retain(|connection| connection.link == link.id);
        Ok(connections)
    }

    /// How the permissions of those stand who authorised the connections: each of them may be another person.
    async fn standings_of(&self, viewer: &Viewer, connections: &[Connection]) -> Result<OfAccounts, Problem> {
        let system = View::system(viewer.owner.clone(), "review a link");
        let (mut of_persons, mut standings) = (BTreeMap::new(), BTreeMap::new());
        for connection in connections {
            let (road, person) = (&connection.key.road, &connection.person);
            let of_person = match of_persons.entry((road, person)) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(unknown) => {
                    let query = LedgerQuery::default().of(person.clone()).by(road.clone());
                    let entries = self.0.stores.ledger.entries(&system, &query).await?;
                    unknown.insert(Standings::of(&entries, person, road))
                }
            };
            standings.insert((road.clone(), connection.account().clone()), of_person.clone());
        }
        Ok(standings)
    }
}

const fn depth(depth: Depth) -> u32 {
    match depth {
        Depth::Nothing => 0,
        Depth::Newest(count) => count,
        Depth::Everything => u32::MAX,
    }
}

fn is_deeper(now: &Link, before: &Link) -> bool {
    depth(now.synchronisation.history) > depth(before.synchronisation.history) || now.synchronisation.people > before.synchronisation.people
}
