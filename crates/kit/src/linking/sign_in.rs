//! Signing in: to the dialog and back.

use chrono::TimeDelta;
use link_core::Secret;
use link_core::linking::credential::{Credential, CredentialKey, Holder};
use link_core::linking::setup::{Candidate, Command, Setup, SetupRefused, Stage};
use link_core::linking::sign_in::{SignIn, StateDigest, StateRefused};
use link_core::words::activity::Activity;
use link_core::words::error::{Error, ErrorKind};
use link_core::words::gate::Verdict;
use link_core::words::ids::SetupId;
use link_core::words::platform::{Feature, Road, Scope};
use link_core::words::ports::{DialogAnswer, DialogAsk, Listing, SignedIn};
use link_core::words::refusal::Refusal;
use link_core::words::view::Viewer;
use link_permissions::{Entry, Held, Reach, Report, Standings, answers};

use super::Linking;
use crate::problem::Problem;
use crate::wiring::RoadParts;

/// How long it is remembered that somebody opened a dialog and did not come back.
const LEFT_FOR: TimeDelta = TimeDelta::days(30);

/// A dialog that came back.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Opened {
    /// The setup, with the accounts that can be chosen.
    pub setup: Setup,
    /// Where the person is sent now; a path of the embedder.
    pub return_to: Option<String>,
}

impl Linking {
    /// The address at which the person signs in and consents. It is good for ten minutes, once, and for this viewer only.
    ///
    /// What was declined before is asked for again.
    pub async fn dialog(&self, viewer: &Viewer, setup: SetupId, road: &Road, return_to: Option<String>) -> Result<String, Problem> {
        self.may(viewer)?;
        let setup = self.setup(viewer, setup).await?;
        if setup.stage != Stage::LinkAccounts {
            return Err(SetupRefused::AtStage { stage: setup.stage }.into());
        }
        let mut scopes = self.0.wiring.scopes(road);
        if !self.road(road)?.grants.keeps_what_was_granted() {
            let held = self.held_by_link(viewer, &setup, road).await?;
            scopes.extend(held.into_iter().filter(|held| !scopes.contains(held)).collect::<Vec<_>>());
        }
        let standings = self.standings(viewer, &setup, road).await?;
        let declined = setup.person(road).is_some() && scopes.iter().any(|scope| standings.held_unbound(scope) != Held::Granted);
        self.open_dialog(viewer, &setup, road, scopes, declined, return_to).await
    }

    pub(super) async fn open_dialog(
        &self,
        viewer: &Viewer,
        setup: &Setup,
        road: &Road,
        scopes: Vec<Scope>,
        again: bool,
        return_to: Option<String>,
    ) -> Result<String, Problem> {
        let parts = self.road(road)?;
        let (now, state) = (self.0.clock.now(), Secret::new(hex::encode(self.0.chance.bytes())));
        let redirect_uri = self.0.redirect_uri(road);
        let mut ask = DialogAsk::new(state.clone(), redirect_uri.clone(), scopes.clone());
        if again {
            ask = ask.again();
        }
        let address = parts.grants.dialog(&ask)?;
        let (owner, actor) = (viewer.owner.clone(), viewer.actor.clone());
        let sign_in = SignIn::new(&state, owner, actor, setup.id, road.clone(), scopes, redirect_uri, now).returning_to(return_to);
        self.0.stores.sign_ins.forget(now - LEFT_FOR).await?;
        self.0.stores.sign_ins.open(&sign_in).await?;
        Ok(address)
    }

    /// Takes the answer of the dialog: the address with which the person came back, or its query.
    ///
    /// The state in it is used up whatever it says. Then the code is exchanged, what was granted goes to the ledger, the token under seal, and
    /// the names of the accounts that can be reached to the setup. Nothing else is kept.
    ///
    /// The road is the one that the sign-in was opened for. An address of several roads' dialogs is read by whichever knows it.
    pub async fn signed_in(&self, viewer: &Viewer, answer: &str) -> Result<Opened, Problem> {
        let read = self.0.wiring.roads.iter().map(|road| road.grants.answer(answer));
        let answer = read.into_iter().find(|answer| !matches!(answer, DialogAnswer::Nothing));
        self.answered(viewer, answer.unwrap_or(DialogAnswer::Nothing), None).await
    }

    /// The same where the road is known, because each has an address of its own: the answer of another road's dialog is refused.
    pub async fn signed_in_by(&self, viewer: &Viewer, road: &Road, answer: &str) -> Result<Opened, Problem> {
        let answer = self.road(road)?.grants.answer(answer);
        self.answered(viewer, answer, Some(road)).await
    }

    async fn answered(&self, viewer: &Viewer, answer: DialogAnswer, by: Option<&Road>) -> Result<Opened, Problem> {
        self.may(viewer)?;
        match answer {
            DialogAnswer::Code { code, state } => {
                let sign_in = self.take(viewer, &state, by).await?;
                self.exchange(viewer, &sign_in, &code).await
            }
            DialogAnswer::Declined { state } => {
                if let Some(state) = state {
                    let sign_in = self.take(viewer, &state, by).await?;
                    let act = Activity::of(viewer, "setup.sign_in_declined", self.0.clock.now()).on(sign_in.setup);
                    self.0.stores.activity.record(&[act]).await?;
                }
                Err(Problem::Declined)
            }
            _ => Err(Problem::NoAnswer),
        }
    }

    async fn take(&self, viewer: &Viewer, state: &Secret, by: Option<&Road>) -> Result<SignIn, Problem> {
        let taken = self.0.stores.sign_ins.take(&StateDigest::of(state)).await?;
        let now = self.0.clock.now();
        // A code of one road is worth nothing on another; its state is used up all the same.
        let on_this_road = |sign_in: &SignIn| by.is_none_or(|road| *road == sign_in.road);
        let checked = taken
            .filter(on_this_road)
            .ok_or(StateRefused::Unknown)
            .and_then(|sign_in| sign_in.check(&viewer.owner, &viewer.actor, now).map(|()| sign_in));
        if checked.is_err() {
            self.0.stores.activity.record(&[Activity::of(viewer, "setup.sign_in_refused", now)]).await?;
        }
        Ok(checked?)
    }

    async fn exchange(&self, viewer: &Viewer, sign_in: &SignIn, code: &Secret) -> Result<Opened, Problem> {
        let parts = self.road(&sign_in.road)?;
        let answer = parts.grants.exchange(code, &sign_in.redirect_uri).await?;
        let now = self.0.clock.now();
        let mut entries = answers::signed_in(sign_in, &answer, now);
        if !parts.grants.keeps_what_was_granted() {
            let known = self.standings_for(viewer, &answer.person, &sign_in.road).await?;
            entries.extend(answers::replaced(&viewer.owner, &sign_in.road, &known, &answer, now));
        }
        self.0.stores.ledger.append(&entries).await?;
        let key = CredentialKey { owner: viewer.owner.clone(), road: sign_in.road.clone(), holder: Holder::Person(answer.person.clone()) };
        let credential = Credential::new(answer.token.clone())
            .issued(Some(self.0.clock.now()))
            .until(answer.expires_at)
            .data_access_until(answer.data_access_expires_at);
        self.0.vault.keep(&key, &credential).await?;
        let person = answer.person.clone();
        let opened = self.take_up(viewer, sign_in, answer, &entries).await;
        if opened.is_err() {
            // The setup may be over, or what can be reached could not be read: no setup names the one who signed in.
            self.give_up(&viewer.owner, &sign_in.road, &person).await;
        }
        opened
    }

    /// Takes somebody who signed in up into their setup, in place of whoever signed in by that road before.
    async fn take_up(&self, viewer: &Viewer, sign_in: &SignIn, answer: SignedIn, entries: &[Entry]) -> Result<Opened, Problem> {
        let parts = self.road(&sign_in.road)?;
        self.0.stores.sign_ins.came_back(&viewer.owner, &viewer.actor, &sign_in.road, self.0.clock.now()).await?;
        let granted = Activity::of(viewer, "setup.granted", self.0.clock.now()).on(sign_in.setup).about(&answer.person);
        self.0.stores.activity.record(&[granted]).await?;
        let standings = Standings::of(entries, &answer.person, &sign_in.road);
        let listed = parts.directory.accounts(&answer.token).await?;
        let candidates = listed.into_iter().map(|listing| self.candidate(listing, &standings)).collect();
        let SignedIn { person, .. } = answer;
        let before = self.setup(viewer, sign_in.setup).await?.person(&sign_in.road).filter(|before| **before != person).cloned();
        let command = Command::SignedIn { road: sign_in.road.clone(), person, candidates };
        let setup = self.step(viewer, sign_in.setup, command, "setup.sign_in").await?;
        if let Some(before) = before {
            self.give_up(&viewer.owner, &sign_in.road, &before).await;
        }
        Ok(Opened { setup, return_to: sign_in.return_to.clone() })
    }

    /// A listed account as one that can be chosen, with what stands in its way. An account whose messages may not be received is none to link.
    fn candidate(&self, listing: Listing, standings: &Standings) -> Candidate {
        let mut candidate =
            Candidate::new(listing.account, listing.road, listing.name).through(listing.via).with_username(listing.username);
        let report = Report::of(&self.0.wiring.requirements(), standings, Reach::from(&candidate));
        let receive = report.features.into_iter().find(|feature| feature.feature == Feature::RECEIVE).map(|feature| feature.verdict);
        let refused = receive.and_then(|verdict| match verdict {
            Verdict::Refused(refusal) => Some(refusal),
            _ => None,
        });
        candidate.obstacle = listing.obstacle.or(refused);
        candidate
    }

    pub(super) fn road(&self, road: &Road) -> Result<&RoadParts, Problem> {
        let unknown = || Refusal::Unsupported { what: format!("the road {road} in this program") };
        self.0.wiring.road(road).ok_or_else(|| unknown().into())
    }

    pub(crate) async fn person_token(&self, viewer: &Viewer, setup: &Setup, road: &Road) -> Result<Secret, Problem> {
        let person = setup.person(road).cloned().ok_or(SetupRefused::NotSignedIn)?;
        let key = CredentialKey { owner: viewer.owner.clone(), road: road.clone(), holder: Holder::Person(person) };
        let credential = self.0.vault.open(&key).await?.ok_or(SetupRefused::NotSignedIn)?;
        if credential.expires_at.is_some_and(|end| end <= self.0.clock.now()) {
            return Err(Error::new(ErrorKind::SignInNeeded, "use a token that has ended")
                .with_remedy(Refusal::Disconnected.remedy())
                .into());
        }
        Ok(credential.token)
    }
}
