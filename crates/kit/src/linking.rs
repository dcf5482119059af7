//! Linking: signing in, the four stages of the setup, and what is linked.

mod confirm;
mod sign_in;
mod unlink;

pub use confirm::Confirmed;
pub use sign_in::Opened;

use std::sync::Arc;

use link_core::linking::connection::{Connection, ConnectionKey};
use link_core::linking::credential::{CredentialKey, Holder};
use link_core::linking::link::Link;
use link_core::linking::review::Review;
use link_core::linking::setup::{Command, Preferences, Setup, SetupRefused, Stage, Synchronisation};
use link_core::linking::store::SetupChange;
use link_core::words::activity::Activity;
use link_core::words::feed::{Happening, What};
use link_core::words::ids::{AccountId, SetupId};
use link_core::words::platform::Road;
use link_core::words::ports::{GrantState, ScopeGrant};
use link_core::words::refusal::{Refusal, Standing};
use link_core::words::view::{View, Viewer};
use link_permissions::{Held, LedgerQuery, Report, Standings};

use crate::inner::Inner;
use crate::problem::Problem;

/// Setting links up, and looking at them.
///
/// After somebody signed in, this is the whole way to a link; a program with a face asks at each stage:
///
/// ```no_run
/// # use link_kit::{LinkKit, Preferences, Problem, SetupId, Synchronisation, Viewer};
/// # async fn finish(kit: &LinkKit, viewer: &Viewer, setup: SetupId) -> Result<(), Problem> {
/// let linking = kit.linking();
/// let found = linking.setup(viewer, setup).await?;
/// linking.choose(viewer, setup, found.suggested()).await?;
/// linking.prefer(viewer, setup, Preferences::default()).await?;
/// linking.synchronise(viewer, setup, Synchronisation::default()).await?;
/// let review = linking.review(viewer, setup).await?;
/// println!("{}", review.to_text());
/// let link = linking.confirm(viewer, setup, &review).await?.link;
/// # drop(link); Ok(()) }
/// ```
#[derive(Clone)]
pub struct Linking(pub(crate) Arc<Inner>);

impl Linking {
    /// Begins a setup.
    pub async fn begin(&self, viewer: &Viewer) -> Result<Setup, Problem> {
        self.may(viewer)?;
        let now = self.0.clock.now();
        let id = SetupId::from_uuid(self.0.chance.id());
        let begin = |_: Option<&Setup>| {
            let setup = Setup::begin(id, viewer.owner.clone(), viewer.actor.clone(), now);
            Ok(self.change(viewer, setup, "setup.begin"))
        };
        Ok(self.0.stores.setups.update(&viewer.owner, id, &begin).await?)
    }

    /// First stage: these accounts are to be linked, of those that can be reached.
    pub async fn choose(&self, viewer: &Viewer, setup: SetupId, accounts: Vec<AccountId>) -> Result<Setup, Problem> {
        self.step(viewer, setup, Command::Choose(accounts), "setup.choose").await
    }

    /// Second stage: messages are to be handled like this.
    pub async fn prefer(&self, viewer: &Viewer, setup: SetupId, preferences: Preferences) -> Result<Setup, Problem> {
        self.step(viewer, setup, Command::Prefer(preferences), "setup.prefer").await
    }

    /// Third stage: this is to be read from before.
    pub async fn synchronise(&self, viewer: &Viewer, setup: SetupId, synchronisation: Synchronisation) -> Result<Setup, Problem> {
        self.step(viewer, setup, Command::Synchronise(synchronisation), "setup.synchronise").await
    }

    /// One stage back.
    pub async fn back(&self, viewer: &Viewer, setup: SetupId) -> Result<Setup, Problem> {
        self.step(viewer, setup, Command::Back, "setup.back").await
    }

    /// Gives a setup up. What it held is deleted: the person's token, unless a link or another open setup of the owner's needs it.
    pub async fn cancel(&self, viewer: &Viewer, setup: SetupId) -> Result<Setup, Problem> {
        let cancelled = self.step(viewer, setup, Command::Cancel, "setup.cancel").await?;
        if let Some(person) = &cancelled.person {
            let system = View::system(viewer.owner.clone(), "see whether a token is still needed");
            let linked = self.0.stores.links.connections(&system).await?.iter().any(|connection| connection.person == *person);
            let begun = self.0.stores.setups.open_setups(&system).await?.iter().any(|setup| setup.person.as_ref() == Some(person));
            if !linked && !begun {
                let (owner, road) = (viewer.owner.clone(), Road::FACEBOOK);
                self.0.vault.forget(&CredentialKey { owner, road, holder: Holder::Person(person.clone()) }).await?;
            }
        }
        Ok(cancelled)
    }

    /// Fourth stage: everything that confirming would agree to, in one place.
    pub async fn review(&self, viewer: &Viewer, setup: SetupId) -> Result<Review, Problem> {
        let setup = self.setup(viewer, setup).await?;
        if setup.stage != Stage::Review {
            return Err(SetupRefused::AtStage { stage: setup.stage }.into());
        }
        self.review_of(viewer, &setup).await
    }

    /// One setup.
    pub async fn setup(&self, viewer: &Viewer, id: SetupId) -> Result<Setup, Problem> {
        let view = self.view(viewer);
        if view.is_empty() {
            return Err(Refusal::NotVisible.into());
        }
        let setup = self.0.stores.setups.setup(&view, id).await?;
        Ok(setup.ok_or(SetupRefused::Unknown)?)
    }

    /// Setups under way, newest first.
    pub async fn setups(&self, viewer: &Viewer) -> Result<Vec<Setup>, Problem> {
        Ok(self.0.stores.setups.open_setups(&self.view(viewer)).await?)
    }

    /// What is linked.
    pub async fn links(&self, viewer: &Viewer) -> Result<Vec<Link>, Problem> {
        Ok(self.0.stores.links.links(&self.view(viewer)).await?)
    }

    /// The accounts of all links, and how each stands.
    pub async fn connections(&self, viewer: &Viewer) -> Result<Vec<Connection>, Problem> {
        Ok(self.0.stores.links.connections(&self.view(viewer)).await?)
    }

    /// Every feature of an account, on, degraded or off, with the reason. `None` if the account is not linked or not visible.
    pub async fn features(&self, viewer: &Viewer, connection: &ConnectionKey) -> Result<Option<Report>, Problem> {
        Ok(self.0.permissions.report(&self.view(viewer), connection).await?)
    }

    async fn review_of(&self, viewer: &Viewer, setup: &Setup) -> Result<Review, Problem> {
        let standings = self.standings(viewer, setup).await?;
        let grants =
            standings.scopes().map(|scope| ScopeGrant { scope: scope.clone(), state: state(standings.held_unbound(scope)), targets: None });
        Ok(Review::of(setup, grants.collect(), self.0.policy.seen_by()))
    }

    async fn standings(&self, viewer: &Viewer, setup: &Setup) -> Result<Standings, Problem> {
        let Some(person) = &setup.person else { return Ok(Standings::default()) };
        let query = LedgerQuery::default().of(person.clone()).by(Road::FACEBOOK);
        let entries = self.0.stores.ledger.entries(&self.view(viewer), &query).await?;
        Ok(Standings::of(&entries, person, &Road::FACEBOOK))
    }

    async fn step(&self, viewer: &Viewer, id: SetupId, command: Command, act: &'static str) -> Result<Setup, Problem> {
        self.may(viewer)?;
        let now = self.0.clock.now();
        let step = |stored: Option<&Setup>| {
            let setup = stored.ok_or(SetupRefused::Unknown)?.after(command.clone(), now)?;
            Ok(self.change(viewer, setup, act))
        };
        let setup = self.0.stores.setups.update(&viewer.owner, id, &step).await?;
        self.0.bell.ring();
        Ok(setup)
    }

    fn change(&self, viewer: &Viewer, setup: Setup, act: &'static str) -> SetupChange {
        let now = self.0.clock.now();
        let what = What::SetupChanged { setup: setup.id, stage: setup.stage.as_str().to_owned() };
        let told = Happening::new(viewer.owner.clone(), None, what, now);
        let act = Activity::of(viewer, act, now).on(setup.id);
        SetupChange::new(setup).telling(told).recording(act)
    }

    fn view(&self, viewer: &Viewer) -> View {
        self.0.policy.compile(viewer)
    }

    /// Reading and answering messages is no right to link accounts, nor to consent for their owner.
    fn may(&self, viewer: &Viewer) -> Result<(), Refusal> {
        if self.0.policy.may_manage(viewer) { Ok(()) } else { Err(Refusal::NotVisible) }
    }
}

const fn state(held: Held) -> GrantState {
    match held {
        Held::Granted => GrantState::Granted,
        Held::Missing(Standing::Expired) => GrantState::Expired,
        Held::Missing(_) => GrantState::Declined,
    }
}

impl std::fmt::Debug for Linking {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Linking")
    }
}
