//! Confirming: the review becomes a record of consent, the link exists, and only now anything flows.

use std::collections::BTreeMap;

use link_core::Secret;
use link_core::linking::connection::{Connection, ConnectionKey, Part};
use link_core::linking::credential::{Credential, CredentialKey, Holder};
use link_core::linking::link::{Link, Outcome};
use link_core::linking::review::{Consent, ReviewDigest};
use link_core::linking::setup::{Candidate, Command, Setup, SetupRefused, Stage};
use link_core::words::activity::Activity;
use link_core::words::feed::{Happening, What};
use link_core::words::ids::{AccountId, AccountKey, LinkId, PersonId, SetupId};
use link_core::words::platform::Road;
use link_core::words::ports::Listing;
use link_core::words::view::{View, Viewer};

use super::Linking;
use crate::desk::credential_key;
use crate::problem::Problem;

/// A confirmed link and its connections, each subscribed or with the reason why not yet.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Confirmed {
    /// The link.
    pub link: Link,
    /// Its connections.
    pub connections: Vec<Connection>,
}

impl Linking {
    /// Agrees to a review by its digest, as it was shown: if anything of it is different by now, nothing is confirmed. The accounts' tokens are
    /// fetched anew and sealed, then setup, link, connections and consent are written at once. If the accounts are linked already, that link
    /// goes on, with its history and, unless something was changed, without a new consent; an account that another link has leaves it.
    ///
    /// After that the accounts are subscribed; what fails of that is tried again in the background, and is said in the connection.
    pub async fn confirm(&self, viewer: &Viewer, setup: SetupId, review: &ReviewDigest) -> Result<Confirmed, Problem> {
        self.may(viewer)?;
        let setup = self.setup(viewer, setup).await?;
        if setup.stage != Stage::Review {
            return Err(SetupRefused::AtStage { stage: setup.stage }.into());
        }
        let shown = self.review_of(viewer, &setup).await?;
        if shown.digest() != *review {
            return Err(SetupRefused::ReviewChanged.into());
        }
        let links = self.owned_links(&viewer.owner).await?;
        self.0.link_policy.check(&setup.chosen, &links)?;
        let outcome = Outcome::of(&setup, &links);
        let consent = Consent::new(viewer.actor.clone(), viewer.place.clone(), self.0.clock.now(), shown);
        let (link, agreed) = if let Some(known) = outcome.resumes {
            self.resumed(viewer, known, &setup, consent).await?
        } else {
            (Link::new(LinkId::from_uuid(self.0.chance.id()), &setup, consent.clone()), Some(consent))
        };
        let blocking = setup.blocked_by(&self.examined(viewer, &setup).await);
        if !blocking.is_empty() {
            return Err(SetupRefused::Blocked { findings: blocking }.into());
        }
        let connected = self.connect(viewer, &setup, &link).await?;
        // A link never exists without its tokens; the other way round they are kept only once every account was reached.
        for (connection, credential) in &connected {
            self.0.vault.keep(&credential_key(&connection.key), credential).await?;
        }
        let connections: Vec<_> = connected.into_iter().map(|(connection, _)| connection).collect();
        let system = View::system(viewer.owner.clone(), "see who authorised these accounts before");
        let mut former = self.0.stores.links.connections(&system).await?;
        former.retain(|known| connections.iter().any(|connection| connection.key == known.key));
        if let Err(problem) = self.write(viewer, &setup, &outcome, (&link, &connections, agreed)).await {
            self.forget_unconnected(viewer, &connections).await;
            return Err(problem);
        }
        self.give_up_unused(&setup).await;
        if let Err(problem) = self.forget_former(viewer, &setup, &former).await {
            tracing::warn!(%problem, "the token of somebody who authorised a link before could not be forgotten");
        }
        let connections = self.finish(connections).await;
        Ok(Confirmed { link, connections })
    }

    /// The link that goes on, and the consent if something is agreed to that was not before.
    async fn resumed(&self, viewer: &Viewer, known: &Link, setup: &Setup, consent: Consent) -> Result<(Link, Option<Consent>), Problem> {
        let link = known.resumed(setup)?;
        let system = View::system(viewer.owner.clone(), "see what was agreed to before");
        let before = self.0.stores.links.consents(&system, known.id).await?;
        let before = before.last().unwrap_or(&known.consent);
        if known.agrees_with(&link) && before.terms() == consent.terms() {
            return Ok((link, None));
        }
        let difference = before.review.difference(&consent.review);
        Ok((link, Some(consent.changing(difference))))
    }

    async fn write(
        &self,
        viewer: &Viewer,
        setup: &Setup,
        outcome: &Outcome<'_>,
        (link, connections, consent): (&Link, &[Connection], Option<Consent>),
    ) -> Result<(), Problem> {
        let (now, id) = (self.0.clock.now(), link.id);
        let (what, act) = match outcome.resumes {
            Some(_) => (What::LinkResumed { link: id }, "link.resume"),
            None => (What::LinkConfirmed { link: id }, "link.confirm"),
        };
        let tell = |what| Happening::new(viewer.owner.clone(), None, what, now);
        let step = |stored: Option<&Setup>| {
            let stored = stored.ok_or(SetupRefused::Unknown)?;
            let confirmed = stored.after(Command::Confirm, now)?;
            // What was reviewed is what is confirmed: somebody may have moved the setup meanwhile.
            if stored != setup {
                return Err(SetupRefused::AtStage { stage: stored.stage });
            }
            let mut change = self.moved(viewer, confirmed, "setup.confirm").resuming(link.clone(), connections.to_vec(), consent.clone());
            change = change.taking(outcome.leaving.clone()).telling(tell(what.clone())).recording(Activity::of(viewer, act, now).on(id));
            for (left, account) in &outcome.leaving {
                let told = Happening::new(viewer.owner.clone(), Some(account.clone()), What::LinkChanged { link: *left }, now);
                change = change.telling(told).recording(Activity::of(viewer, "link.account_left", now).on(left));
            }
            Ok(change)
        };
        self.0.stores.setups.update(&viewer.owner, setup.id, &step).await?;
        Ok(())
    }

    /// Does what is open for connections that were just written. They exist, whatever fails from here on; the background work goes on.
    pub(super) async fn finish(&self, connections: Vec<Connection>) -> Vec<Connection> {
        let mut finished = Vec::with_capacity(connections.len());
        for connection in connections {
            // The link exists, whatever fails from here on; the background work goes on with it.
            match self.0.subscribing.finish(&connection).await {
                Ok(now) => finished.push(now.unwrap_or(connection)),
                Err(error) => {
                    tracing::warn!(%error, account = %connection.account(), "a confirmed account could not be finished; it is tried again");
                    finished.push(connection);
                }
            }
        }
        self.0.bell.ring();
        finished
    }

    /// Connects the chosen accounts, each by all roads by which it can be. Of new ones the road receives that the wiring names first.
    async fn connect(&self, viewer: &Viewer, setup: &Setup, link: &Link) -> Result<Vec<(Connection, Credential)>, Problem> {
        let mut listed: BTreeMap<Road, BTreeMap<AccountId, Listing>> = BTreeMap::new();
        let mut connections: Vec<(Connection, Credential)> = Vec::new();
        let mut chosen: Vec<&Candidate> = setup.chosen().collect();
        chosen.sort_by_key(|candidate| self.0.wiring.roads.iter().position(|parts| parts.grants.road() == candidate.road));
        let system = View::system(viewer.owner.clone(), "see whether it is connected, or received by another road, already");
        let connected = self.0.stores.links.connections(&system).await?;
        for candidate in chosen {
            if !listed.contains_key(&candidate.road) {
                let token = self.person_token(viewer, setup, &candidate.road).await?;
                let accounts = self.road(&candidate.road)?.directory.accounts(&token).await?;
                listed.insert(candidate.road.clone(), accounts.into_iter().map(|listing| (listing.account.clone(), listing)).collect());
            }
            let listing = listed.get(&candidate.road).and_then(|road| road.get(&candidate.account));
            let account = candidate.account.clone();
            let Some(listing) = listing else { return Err(SetupRefused::OutOfReach { account }.into()) };
            if let Some(obstacle) = listing.obstacle.clone() {
                return Err(SetupRefused::Obstacle { account, obstacle }.into());
            }
            let person = setup.person(&candidate.road).ok_or(SetupRefused::NotSignedIn)?;
            let before = connected.iter().chain(connections.iter().map(|(connection, _)| connection));
            let connection = connection(viewer, candidate, link, person, before);
            let credential = self.account_credential(&connection, listing.token.clone()).await?;
            connections.push((connection, credential));
        }
        Ok(connections)
    }

    /// The token of an account. Where it is the person's own, it ends when that one does.
    async fn account_credential(&self, connection: &Connection, token: Secret) -> Result<Credential, Problem> {
        let holder = Holder::Person(connection.person.clone());
        let key = CredentialKey { holder, ..credential_key(&connection.key) };
        let of_person = self.0.vault.open(&key).await?.filter(|credential| credential.token == token);
        Ok(of_person.unwrap_or_else(|| Credential::new(token).issued(Some(self.0.clock.now()))))
    }
}

/// The connection that a candidate becomes beside those that are there before it. One road of an account receives, the others stand by.
fn connection<'a>(
    viewer: &Viewer,
    candidate: &Candidate,
    link: &Link,
    person: &PersonId,
    mut before: impl Iterator<Item = &'a Connection> + Clone,
) -> Connection {
    let key = ConnectionKey { account: AccountKey::new(viewer.owner.clone(), candidate.account.clone()), road: candidate.road.clone() };
    let receives = |other: &Connection| other.key.account == key.account && other.key.road != key.road && other.part == Part::Receiving;
    let part = if before.clone().any(receives) { Part::Standby } else { Part::Receiving };
    let known = before.find(|known| known.key == key);
    let mut connection = Connection::new(key, link.id, person.clone(), candidate.name.clone(), link.confirmed_at());
    connection.via.clone_from(&candidate.via);
    connection.username.clone_from(&candidate.username);
    connection.part = part;
    match known {
        Some(known) => connection.in_place_of(known),
        None => connection,
    }
}
