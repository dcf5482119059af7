//! Confirming: the review becomes a record of consent, the link exists, and only now anything flows.

use link_core::linking::connection::Connection;
use link_core::linking::credential::Credential;
use link_core::linking::expected::Expected;
use link_core::linking::link::{Link, Outcome};
use link_core::linking::review::{Consent, ReviewDigest};
use link_core::linking::setup::{Command, Setup, SetupRefused, Stage};
use link_core::words::activity::Activity;
use link_core::words::feed::{Happening, What};
use link_core::words::ids::{LinkId, SetupId};
use link_core::words::view::{View, Viewer};

use super::Linking;
use super::connecting::Ground;
use super::left_behind::Before;
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
    /// Agrees to a review by its digest, as it was shown: if anything of it is different by now, or becomes so while the platform is asked,
    /// nothing is confirmed. The accounts' tokens are fetched anew and sealed, then setup, link, connections and consent are written at once.
    /// If the accounts are linked already, that link goes on, with its history and, unless something was changed, without a new consent; an
    /// account that another link has leaves it.
    ///
    /// After that the accounts are subscribed; what fails of that is tried again in the background, and is said in the connection.
    pub async fn confirm(&self, viewer: &Viewer, setup: SetupId, review: &ReviewDigest) -> Result<Confirmed, Problem> {
        self.may(viewer)?;
        let setup = self.setup(viewer, setup).await?;
        if setup.stage != Stage::Review {
            return Err(SetupRefused::AtStage { stage: setup.stage }.into());
        }
        let known = self.known(viewer).await?;
        let shown = self.review_of(viewer, &setup).await?;
        if shown.digest() != *review {
            return Err(SetupRefused::ReviewChanged.into());
        }
        let outcome = Outcome::of(&setup, &known.links);
        let now = self.0.clock.now();
        let consent = Consent::new(viewer.actor.clone(), viewer.place.clone(), now, shown);
        let (link, agreed) = if let Some(resumed) = outcome.resumes {
            self.resumed(viewer, resumed, &setup, consent).await?
        } else {
            (Link::new(LinkId::from_uuid(self.0.chance.id()), &setup, consent.clone()), Some(consent))
        };
        self.0.link_policy.check(&link.accounts, &known.links)?;
        let blocking = setup.blocked_by(&self.examined(viewer, &setup).await);
        if !blocking.is_empty() {
            return Err(SetupRefused::Blocked { findings: blocking }.into());
        }
        let ground = Ground { link: link.id, at: now, known: &known.connections, heard: self.heard(viewer).await? };
        let connected = self.connect(viewer, &setup, &ground).await?;
        // A link never exists without its tokens; the other way round they are kept only once every account was reached.
        let mut before = Vec::with_capacity(connected.len());
        let sealed = self.seal(&connected, &mut before).await;
        let connections: Vec<_> = connected.into_iter().map(|(connection, _)| connection).collect();
        let written = match sealed {
            Ok(()) => self.write(viewer, &setup, (&outcome, &known), (&link, &connections, agreed)).await,
            Err(problem) => Err(problem),
        };
        if let Err(problem) = written {
            self.as_before(viewer, before).await;
            return Err(problem);
        }
        self.give_up_unused(&setup).await;
        if let Err(problem) = self.receive_again(viewer, &setup).await {
            tracing::warn!(%problem, "what may be received again could not be noted");
        }
        let mut former = known.connections;
        former.retain(|known| connections.iter().any(|connection| connection.key == known.key));
        if let Err(problem) = self.forget_former(viewer, &setup, &former).await {
            tracing::warn!(%problem, "the token of somebody who authorised a link before could not be forgotten");
        }
        let connections = self.finish(self.written(viewer, connections).await).await;
        Ok(Confirmed { link, connections })
    }

    /// Seals the accounts' tokens. What was there before is noted first, so that it can be put back whatever fails on the way.
    async fn seal(&self, connected: &[(Connection, Credential)], before: &mut Before) -> Result<(), Problem> {
        for (connection, credential) in connected {
            let key = credential_key(&connection.key);
            let known = match self.0.vault.open(&key).await {
                Err(error) if error.is_retryable() => return Err(error.into()),
                // One that no key opens is worth nothing to anybody.
                known => known.unwrap_or_default(),
            };
            before.push((connection.key.clone(), known));
            self.0.vault.keep(&key, credential).await?;
        }
        Ok(())
    }

    /// The connections as the store wrote them: what takes the place of an unlinked one goes on from its generation.
    async fn written(&self, viewer: &Viewer, connections: Vec<Connection>) -> Vec<Connection> {
        let system = View::system(viewer.owner.clone(), "go on with what was confirmed");
        match self.0.stores.links.connections(&system).await {
            Ok(written) => {
                let stored = |connection: &Connection| written.iter().find(|known| known.key == connection.key).cloned();
                connections.into_iter().map(|connection| stored(&connection).unwrap_or(connection)).collect()
            }
            Err(error) => {
                // They exist; the background work goes on with them.
                tracing::warn!(%error, "what was confirmed could not be read back");
                connections
            }
        }
    }

    /// What the owner has linked, read before anything is decided by it.
    async fn known(&self, viewer: &Viewer) -> Result<Expected, Problem> {
        let system = View::system(viewer.owner.clone(), "see whether it is connected, or received by another road, already");
        Ok(Expected::new(self.owned_links(&viewer.owner).await?, self.0.stores.links.connections(&system).await?))
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
        (outcome, known): (&Outcome<'_>, &Expected),
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
            change = change
                .expecting(known.clone())
                .taking(outcome.leaving.clone())
                .telling(tell(what.clone()))
                .recording(Activity::of(viewer, act, now).on(id));
            for (left, account) in &outcome.leaving {
                let told = Happening::new(viewer.owner.clone(), Some(account.clone()), What::LinkChanged { link: *left }, now);
                change = change.telling(told).recording(Activity::of(viewer, "link.account_left", now).on(left));
            }
            Ok(outcome.ending.iter().fold(change, |change, &link| change.telling(tell(What::LinkEnded { link, whole: true }))))
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
}
