//! Linking: signing in, the four stages of the setup, and what is linked.

mod changes;
mod confirm;
mod connecting;
mod left_behind;
mod permissions;
mod recovery;
mod sign_in;
mod switch;
mod unlink;

pub use changes::Change;
pub use confirm::Confirmed;
pub use permissions::{AtPlatform, Withdrawal};
pub use sign_in::Opened;

use std::collections::BTreeMap;
use std::sync::Arc;

use link_core::linking::accessibility::Finding;
use link_core::linking::advice::{self, Advice, Answer};
use link_core::linking::causes::PLATFORM_UNREACHABLE;
use link_core::linking::connection::{Connection, ConnectionKey};
use link_core::linking::link::{Link, Outcome};
use link_core::linking::review::{Consent, Review, ReviewOf};
use link_core::linking::setup::{Command, Preferences, Setup, SetupRefused, Stage, Synchronisation};
use link_core::linking::store::SetupChange;
use link_core::words::activity::Activity;
use link_core::words::error::ErrorKind;
use link_core::words::feed::{Happening, What};
use link_core::words::finding::Cause;
use link_core::words::ids::{AccountId, LinkId, OwnerId, SetupId};
use link_core::words::platform::Road;
use link_core::words::ports::{GrantState, ScopeGrant};
use link_core::words::refusal::{Refusal, Standing};
use link_core::words::view::{View, Viewer};
use link_notify::AlertReview;
use link_permissions::{Held, LedgerQuery, PermissionReview, Report, Standings};
use link_privacy::SharingReview;
use link_sync::HistoryReview;

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
/// let link = linking.confirm(viewer, setup, &review.digest()).await?.link;
/// # drop(link); Ok(()) }
/// ```
#[derive(Clone)]
pub struct Linking(pub(crate) Arc<Inner>);

/// How the permissions stand of whoever authorised each account.
type OfAccounts = BTreeMap<(Road, AccountId), Standings>;

impl Linking {
    /// Begins a setup.
    pub async fn begin(&self, viewer: &Viewer) -> Result<Setup, Problem> {
        self.may(viewer)?;
        let now = self.0.clock.now();
        let id = SetupId::from_uuid(self.0.chance.id());
        let begin = |_: Option<&Setup>| {
            let setup = Setup::begin(id, viewer.owner.clone(), viewer.actor.clone(), now);
            Ok(self.moved(viewer, setup, "setup.begin"))
        };
        Ok(self.0.stores.setups.update(&viewer.owner, id, &begin).await?)
    }

    /// First stage: these accounts are to be linked, of those that can be reached.
    pub async fn choose(&self, viewer: &Viewer, setup: SetupId, accounts: Vec<AccountId>) -> Result<Setup, Problem> {
        self.may(viewer)?;
        let mut meant = self.setup(viewer, setup).await?;
        let links = self.owned_links(&viewer.owner).await?;
        let bound = links.iter().filter(|link| Some(link.id) == meant.link).flat_map(|link| &link.accounts);
        self.0.link_policy.check(&bound.chain(&accounts).cloned().collect::<Vec<_>>(), &links)?;
        meant.chosen.clone_from(&accounts);
        let findings = self.examined(viewer, &meant).await;
        self.step_knowing(viewer, setup, Command::Choose(accounts), "setup.choose", Some(findings)).await
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

    /// Says what the platform does not tell: answers by the codes of [`link_core::linking::advice::ADVICE`]. At any stage; nothing waits for it.
    pub async fn advise(&self, viewer: &Viewer, setup: SetupId, answers: &[(&str, Answer)]) -> Result<Setup, Problem> {
        let (by, now) = (&viewer.actor, self.0.clock.now());
        let answers = answers.iter().map(|(code, answer)| Advice::new(*code, *answer, by.clone(), now)).collect();
        self.step(viewer, setup, Command::Advise(answers), "setup.advise").await
    }

    /// What the platform does not tell and nobody answered yet in this setup, each with what to do if it is not so.
    pub async fn advice(&self, viewer: &Viewer, setup: SetupId) -> Result<Vec<&'static Cause>, Problem> {
        Ok(advice::open(&self.setup(viewer, setup).await?.advice).collect())
    }

    /// Gives a setup up. The names of the accounts are deleted at once. The person's consent is taken back at the platform, unless a link or
    /// another open setup rests on it, whoever's; then their token is forgotten. What fails of that is tried again in the background, for a
    /// day at most.
    pub async fn cancel(&self, viewer: &Viewer, setup: SetupId) -> Result<Setup, Problem> {
        let cancelled = self.step(viewer, setup, Command::Cancel, "setup.cancel").await?;
        if let Err(error) = self.0.releases.release(&cancelled).await {
            tracing::warn!(%error, "what a cancelled setup held could not be given up; it is tried again");
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

    /// One link, also one that was ended, which its [`ended_at`](Link::ended_at) says: what was agreed to for it stays readable. `None` if
    /// there is none, or if the viewer does not see all accounts that it names.
    pub async fn link(&self, viewer: &Viewer, id: LinkId) -> Result<Option<Link>, Problem> {
        Ok(self.0.stores.links.link(&self.view(viewer), id).await?)
    }

    /// What is linked. What was ended is not.
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

    /// Everything that was agreed to for a link, oldest first: its confirmation and each later change.
    pub async fn consents(&self, viewer: &Viewer, link: LinkId) -> Result<Vec<Consent>, Problem> {
        Ok(self.0.stores.links.consents(&self.view(viewer), link).await?)
    }

    async fn review_of(&self, viewer: &Viewer, setup: &Setup) -> Result<Review, Problem> {
        let links = self.owned_links(&viewer.owner).await?;
        let outcome = Outcome::of(setup, &links);
        let mut of = ReviewOf::setup(setup);
        of.resumes = outcome.resumes.map(|link| link.id);
        of.leaving = outcome.leaving;
        let mut standings = BTreeMap::new();
        for road in setup.persons.keys() {
            standings.insert(road.clone(), self.standings(viewer, setup, road).await?);
        }
        Ok(self.document(of, standings, BTreeMap::new()))
    }

    /// The whole review: what every domain has to say. Permissions stand as they do of whoever signed in by a road, or authorised an account.
    fn document(&self, of: ReviewOf, standings: BTreeMap<Road, Standings>, own: OfAccounts) -> Review {
        let of = of.granted(grants(standings.values().chain(own.values()))).under(self.0.terms.clone());
        let permissions = PermissionReview::new(self.0.wiring.requirements(), standings).at(own);
        let history = HistoryReview::new(self.0.wiring.platforms.iter().map(|platform| platform.carrier.capabilities));
        let alerts = AlertReview::new(self.0.sinks.iter().copied());
        let sharing = SharingReview::new(self.0.policy.clone());
        Review::assemble(&of, self.0.policy.seen_by(), &[&permissions, &history, &alerts, &sharing])
    }

    async fn owned_links(&self, owner: &OwnerId) -> Result<Vec<Link>, Problem> {
        let system = View::system(owner.clone(), "see what of this is linked already");
        Ok(self.0.stores.links.links(&system).await?)
    }

    /// What stands in the way of the accounts of a setup. If nobody could look, that is what is found: a platform that does not answer now is
    /// no reason to keep somebody from going on, and is asked again at the confirmation, but the review must not read as if all were well.
    pub(crate) async fn examined(&self, viewer: &Viewer, setup: &Setup) -> Vec<Finding> {
        if setup.persons.is_empty() || setup.stage.is_final() {
            return Vec::new();
        }
        self.0.before_confirmation(viewer, setup).await.unwrap_or_else(|problem| {
            tracing::warn!(%problem, "the accounts of a setup could not be examined");
            match problem {
                Problem::Failed(error) if matches!(error.kind(), ErrorKind::Unavailable | ErrorKind::Throttled | ErrorKind::Ambiguous) => {
                    vec![Finding::of(&PLATFORM_UNREACHABLE.found(), self.0.clock.now())]
                }
                _ => Vec::new(),
            }
        })
    }

    /// How the permissions of the one who signed in by a road stand.
    async fn standings(&self, viewer: &Viewer, setup: &Setup, road: &Road) -> Result<Standings, Problem> {
        let Some(person) = setup.person(road) else { return Ok(Standings::default()) };
        let query = LedgerQuery::default().of(person.clone()).by(road.clone());
        let entries = self.0.stores.ledger.entries(&self.view(viewer), &query).await?;
        Ok(Standings::of(&entries, person, road))
    }

    async fn step(&self, viewer: &Viewer, id: SetupId, command: Command, act: &'static str) -> Result<Setup, Problem> {
        self.step_knowing(viewer, id, command, act, None).await
    }

    /// The same, with what was found to stand in the way.
    async fn step_knowing(
        &self,
        viewer: &Viewer,
        id: SetupId,
        command: Command,
        act: &'static str,
        findings: Option<Vec<Finding>>,
    ) -> Result<Setup, Problem> {
        self.may(viewer)?;
        let now = self.0.clock.now();
        let step = |stored: Option<&Setup>| {
            let stored = stored.ok_or(SetupRefused::Unknown)?;
            let mut setup = stored.after_examination(&command, findings.as_deref().unwrap_or_default(), now)?;
            if let Some(findings) = &findings {
                setup.findings.clone_from(findings);
            }
            Ok(self.moved(viewer, setup, act))
        };
        let setup = self.0.stores.setups.update(&viewer.owner, id, &step).await?;
        self.0.bell.ring();
        Ok(setup)
    }

    fn moved(&self, viewer: &Viewer, setup: Setup, act: &'static str) -> SetupChange {
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

/// Each permission once; where several persons were asked for it, as it stands of whoever did not give it.
fn grants<'a>(standings: impl Iterator<Item = &'a Standings>) -> Vec<ScopeGrant> {
    let mut grants: Vec<ScopeGrant> = Vec::new();
    for (all, scope) in standings.flat_map(|all| all.scopes().map(move |scope| (all, scope))) {
        let state = if all.may_be_held(scope) { GrantState::Granted } else { state(all.held_unbound(scope)) };
        match grants.iter_mut().find(|grant| grant.scope == *scope) {
            Some(known) if known.state == GrantState::Granted => known.state = state,
            Some(_) => {}
            None => grants.push(ScopeGrant { scope: scope.clone(), state, targets: None }),
        }
    }
    grants
}

const fn state(held: Held) -> GrantState {
    match held {
        Held::Granted => GrantState::Granted,
        Held::Missing(Standing::Expired) => GrantState::Expired,
        Held::Missing(Standing::Unclear) => GrantState::Unclear,
        Held::Missing(_) => GrantState::Declined,
    }
}

impl std::fmt::Debug for Linking {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Linking")
    }
}
