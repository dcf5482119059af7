//! Permissions of links that exist: asking for what is missing, and giving back what is not to be used any more.

use std::collections::{BTreeMap, BTreeSet};

use link_core::linking::connection::{Connection, ConnectionKey};
use link_core::linking::credential::{CredentialKey, Holder};
use link_core::linking::setup::Setup;
use link_core::linking::store::ConnectionChange;
use link_core::words::activity::Activity;
use link_core::words::error::{Error, ErrorKind};
use link_core::words::feed::{Happening, What};
use link_core::words::ids::{LinkId, PersonId};
use link_core::words::platform::{Feature, Road, Scope};
use link_core::words::refusal::{Refusal, Standing};
use link_core::words::view::{View, Viewer};
use link_permissions::{Held, LedgerQuery, Request, Standings, answers};

use super::Linking;
use crate::problem::Problem;

/// Where somebody takes back what cannot be taken back from here.
const BY_HAND: &str = "take it back in the platform's own settings";

const REASON: &str = "give a permission back";

/// A permission, or all of them, that was given back from here.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Withdrawal {
    /// What was given back, each once; nothing if nothing was held any more.
    pub scopes: Vec<Scope>,
    /// Features that are off from now on, by the account where they are.
    pub off: BTreeMap<ConnectionKey, Vec<Feature>>,
    /// What the platform knows of it.
    pub at_platform: AtPlatform,
}

/// What a platform knows of something that was given back here. Nothing of it is used here in any case.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum AtPlatform {
    /// It has taken it back.
    TakenBack,
    /// Nothing of it was held, so there was nothing to tell.
    NothingHeld,
    /// It has not heard of it yet; it is told again at the next look.
    Later,
    /// It has no way to be told, or refused; the person can do it: this says where.
    ByHand(String),
    /// It was not told, because another owner here stands on the same consent, which is one for the whole app.
    NotTold,
}

impl Linking {
    /// What is missing for the features of a link's accounts on a road, to be shown before anybody is asked again: for those that every
    /// sign-in asks for, and for those that are wanted besides. Nobody is asked by that.
    pub async fn missing(&self, viewer: &Viewer, link: LinkId, road: &Road, wanted: &[Feature]) -> Result<Request, Problem> {
        self.may(viewer)?;
        let grants = self.road(road)?.grants.clone();
        let link = self.standing(viewer, link).await?;
        let on_road: Vec<Connection> =
            self.connections_of(viewer, &link).await?.into_iter().filter(|connection| connection.key.road == *road).collect();
        if on_road.is_empty() {
            return Err(Refusal::NotLinked.into());
        }
        let system = View::system(viewer.owner.clone(), "see what is missing");
        let (mut reports, mut held) = (Vec::new(), BTreeSet::new());
        for connection in &on_road {
            reports.extend(self.0.permissions.report(&system, &connection.key).await?);
            let standings = self.0.permissions.standings(&system, connection).await?;
            held.extend(standings.scopes().filter(|scope| standings.may_be_held(scope)).cloned());
        }
        let mut request = Request::of(road, &reports, wanted);
        if !grants.keeps_what_was_granted() {
            request = request.along_with(held);
        }
        Ok(if grants.all_or_nothing() { request.all_or_nothing() } else { request })
    }

    /// Begins a setup by which somebody is asked for what is [missing](Self::missing), and the address of a dialog that asks for that alone.
    /// Refused if nothing is missing that a dialog could ask for. The link goes on as it is until the review is confirmed; whoever declines
    /// leaves it as it was.
    pub async fn ask_again(
        &self,
        viewer: &Viewer,
        link: LinkId,
        road: &Road,
        wanted: &[Feature],
        return_to: Option<String>,
    ) -> Result<(Setup, String), Problem> {
        let request = self.missing(viewer, link, road, wanted).await?;
        if request.is_empty() {
            let problem = Error::new(ErrorKind::Invalid, "ask for permissions of which none is missing");
            return Err(problem.into());
        }
        let setup = self.reconnect(viewer, link).await?;
        let address = self.open_dialog(viewer, &setup, road, request.scopes(), true, return_to).await?;
        Ok((setup, address))
    }

    /// Gives a permission of the person back who authorised a connection, or with `None` all of them. What depends on it stops at once, here,
    /// and stays off until the person is asked again: without the permission to receive, what the platform still delivers is counted and not
    /// kept. Then the platform is told. An app has one consent of a person: where another owner stands on it too, the platform is not told.
    ///
    /// The link and its history stay. With `None` the platform ends the person's whole consent, and with it the tokens of everything that they
    /// reach; after a single permission the tokens stay. To be rid of the link, unlink.
    pub async fn withdraw(&self, viewer: &Viewer, connection: &ConnectionKey, scope: Option<&Scope>) -> Result<Withdrawal, Problem> {
        self.may(viewer)?;
        let view = self.view(viewer);
        let found = self.0.stores.links.connection(&view, connection).await?.ok_or(Refusal::NotLinked)?;
        let (person, road) = (&found.person, &found.key.road);
        let reached = self.reached_by(viewer, person, road).await?;
        let before = self.on(&reached).await?;
        let standings = self.standings_for(viewer, person, road).await?;
        let meant = || standings.scopes().filter(|held| scope.is_none_or(|scope| scope == *held));
        let scopes: Vec<Scope> = meant().filter(|scope| standings.may_be_held(scope)).cloned().collect();
        // What was given back before may still have to be told.
        let told: Vec<Scope> = meant().filter(|held| scopes.contains(held) || standings.is_renounced(held)).cloned().collect();
        let now = self.0.clock.now();
        self.0.stores.ledger.append(&answers::renounced(&viewer.owner, person, road, &scopes, now)).await?;
        self.withhold(&reached).await?;
        let after = self.on(&reached).await?;
        let off: BTreeMap<ConnectionKey, Vec<Feature>> = before
            .into_iter()
            .map(|(key, features)| {
                let on = after.get(&key);
                let off: Vec<_> = features.into_iter().filter(|feature| on.is_none_or(|on| !on.contains(feature))).collect();
                (key, off)
            })
            .filter(|(_, off)| !off.is_empty())
            .collect();
        self.record(viewer, person, &scopes, &off).await?;
        let at_platform = if told.is_empty() { AtPlatform::NothingHeld } else { self.tell(viewer, person, road, &told, scope).await };
        self.0.bell.ring();
        Ok(Withdrawal { scopes, off, at_platform })
    }

    /// Where messages may not be received any more because a permission was given back, they are not, whatever the platform still delivers.
    async fn withhold(&self, reached: &[ConnectionKey]) -> Result<(), Problem> {
        for key in reached {
            if !self.is_given_back(key).await? {
                continue;
            }
            let now = self.0.clock.now();
            let step = |stored: &Connection| {
                let mut connection = stored.clone();
                connection.withheld_since.get_or_insert(now);
                Some(ConnectionChange { connection, happenings: Vec::new(), acts: Vec::new() })
            };
            self.0.stores.links.change(key, &step).await?;
        }
        Ok(())
    }

    /// The reverse, once whoever gave the permission back signed in and granted it again: a person's consent is one for all that they reach.
    pub(super) async fn receive_again(&self, viewer: &Viewer, setup: &Setup) -> Result<(), Problem> {
        let system = View::system(viewer.owner.clone(), "see what may be received again");
        let connections = self.0.stores.links.connections(&system).await?;
        let theirs = |it: &&Connection| it.withheld_since.is_some() && setup.person(&it.key.road) == Some(&it.person);
        for connection in connections.iter().filter(theirs) {
            if self.is_given_back(&connection.key).await? {
                continue;
            }
            let step = |stored: &Connection| {
                let mut connection = stored.clone();
                connection.withheld_since = None;
                Some(ConnectionChange { connection, happenings: Vec::new(), acts: Vec::new() })
            };
            self.0.stores.links.change(&connection.key, &step).await?;
        }
        Ok(())
    }

    /// True if a permission that receiving needs was given back from here.
    async fn is_given_back(&self, key: &ConnectionKey) -> Result<bool, Problem> {
        let system = View::system(key.account.owner.clone(), REASON);
        let report = self.0.permissions.report(&system, key).await?;
        let receiving = report.iter().flat_map(|report| &report.features).filter(|feature| feature.feature == Feature::RECEIVE);
        let mut needed = receiving.flat_map(|feature| &feature.scopes).filter(|scope| scope.needed);
        Ok(needed.any(|scope| scope.held == Held::Missing(Standing::Renounced)))
    }

    async fn record(
        &self,
        viewer: &Viewer,
        person: &PersonId,
        scopes: &[Scope],
        off: &BTreeMap<ConnectionKey, Vec<Feature>>,
    ) -> Result<(), Problem> {
        let now = self.0.clock.now();
        let acts: Vec<_> = scopes.iter().map(|scope| Activity::of(viewer, "permission.withdrawn", now).on(scope).about(person)).collect();
        self.0.stores.activity.record(&acts).await?;
        let told: Vec<_> = off
            .keys()
            .map(|key| {
                let what = What::PermissionsChanged { road: key.road.clone() };
                Happening::new(viewer.owner.clone(), Some(key.account.account.clone()), what, now)
            })
            .collect();
        self.0.stores.feed.tell(&told).await?;
        Ok(())
    }

    /// Tells the platform. What fails here fails nobody: it counts as given back already, and is told again at the next look.
    async fn tell(&self, viewer: &Viewer, person: &PersonId, road: &Road, scopes: &[Scope], only: Option<&Scope>) -> AtPlatform {
        match self.0.give_back(&viewer.owner, person, road, scopes, only.is_none()).await {
            Ok(at_platform) => at_platform,
            Err(error) => {
                tracing::warn!(%error, %road, "a permission that was given back could not be told of; it is tried again");
                AtPlatform::Later
            }
        }
    }

    /// The owner's connections that one person authorised on a road.
    async fn reached_by(&self, viewer: &Viewer, person: &PersonId, road: &Road) -> Result<Vec<ConnectionKey>, Problem> {
        let system = View::system(viewer.owner.clone(), REASON);
        let all = self.0.stores.links.connections(&system).await?.into_iter();
        Ok(all.filter(|it| it.person == *person && it.key.road == *road).map(|it| it.key).collect())
    }

    /// The features that are on, or on with less.
    async fn on(&self, connections: &[ConnectionKey]) -> Result<BTreeMap<ConnectionKey, Vec<Feature>>, Problem> {
        let mut on = BTreeMap::new();
        for key in connections {
            on.insert(key.clone(), self.usable(&key.account, &key.road).await?);
        }
        Ok(on)
    }

    /// What those hold by a road who authorised the link that a setup goes on with: on a road that forgets, it is asked for along.
    pub(super) async fn held_by_link(&self, viewer: &Viewer, setup: &Setup, road: &Road) -> Result<Vec<Scope>, Problem> {
        let Some(link) = setup.link else { return Ok(Vec::new()) };
        let system = View::system(viewer.owner.clone(), "see what is to be kept");
        let mut held = BTreeSet::new();
        for connection in self.0.stores.links.connections(&system).await?.iter().filter(|it| it.link == link && it.key.road == *road) {
            let standings = self.0.permissions.standings(&system, connection).await?;
            held.extend(standings.scopes().filter(|scope| standings.may_be_held(scope)).cloned());
        }
        Ok(held.into_iter().collect())
    }

    pub(super) async fn standings_for(&self, viewer: &Viewer, person: &PersonId, road: &Road) -> Result<Standings, Problem> {
        let query = LedgerQuery::default().of(person.clone()).by(road.clone());
        let system = View::system(viewer.owner.clone(), REASON);
        Ok(Standings::of(&self.0.stores.ledger.entries(&system, &query).await?, person, road))
    }
}

impl crate::inner::Inner {
    /// Takes permissions back at the platform that were given back here, or with `whole` the whole consent.
    pub(crate) async fn give_back(
        &self,
        owner: &link_core::OwnerId,
        person: &PersonId,
        road: &Road,
        scopes: &[Scope],
        whole: bool,
    ) -> Result<AtPlatform, Error> {
        if self.unlinking.stands_elsewhere(owner, road, person).await? {
            return Ok(AtPlatform::NotTold);
        }
        let Some(parts) = self.wiring.road(road) else { return Ok(AtPlatform::NotTold) };
        let key = CredentialKey { owner: owner.clone(), road: road.clone(), holder: Holder::Person(person.clone()) };
        let Some(credential) = self.vault.open(&key).await? else {
            return Ok(AtPlatform::ByHand(
                "no token of the person is kept; they can take it back in the platform's own settings".to_owned(),
            ));
        };
        let each: Vec<Option<Scope>> = if whole { vec![None] } else { scopes.iter().cloned().map(Some).collect() };
        for scope in each {
            match parts.grants.withdraw(&credential.token, person, scope).await {
                Ok(()) => {}
                Err(error) if error.is_retryable() || error.kind() == ErrorKind::Ambiguous => return Ok(AtPlatform::Later),
                Err(error) if error.kind() == ErrorKind::SignInNeeded => return Ok(AtPlatform::ByHand(BY_HAND.to_owned())),
                Err(error) => {
                    let remedy = error.remedy().map_or(BY_HAND, |remedy| remedy.what);
                    return Ok(AtPlatform::ByHand(remedy.to_owned()));
                }
            }
        }
        Ok(AtPlatform::TakenBack)
    }
}
