//! Accessibility: whether the accounts can really be used, and what to do where not.

mod answers;
mod enforced;
mod grants;
mod known;
mod round;
mod rounds;

pub(crate) use enforced::{Enforced, Enforcement};
pub(crate) use known::KNOCKED_WITHIN;
pub(crate) use rounds::Rounds;

use std::sync::Arc;

use answers::Answers;
use link_core::linking::accessibility::Finding;
use link_core::linking::setup::Setup;
use link_core::words::finding::{AccountExamination, Check, PersonExamination, State, Subject};
use link_core::words::ids::{AccountId, SetupId};
use link_core::words::view::Viewer;
use round::belonging;

use crate::inner::Inner;
use crate::problem::Problem;
use crate::wiring::RoadParts;

/// Looking for what stands in the way of an owner's accounts.
///
/// A check reads and asks, and changes nothing at the platform. What it finds stands until a later check finds it gone; what cannot be looked
/// for stays as it was. Every owner is checked by the background work too: every six hours, every ten minutes while something blocks
/// or a platform does not answer, and at once when a token is found dead. What the platform tells of its policies is
/// found as soon as it is told.
#[derive(Clone)]
pub struct Accessibility(pub(crate) Arc<Inner>);

impl Accessibility {
    /// Looks now, and answers what stands, the worst first. It asks the platform: a handful of calls for each account.
    pub async fn check(&self, viewer: &Viewer) -> Result<Vec<Finding>, Problem> {
        let view = self.0.policy.compile(viewer);
        if !view.is_empty() {
            self.0.examine(&viewer.owner).await?;
        }
        Ok(self.0.stores.findings.findings(&view).await?)
    }

    /// What stood after the last check, the worst first. It asks nobody.
    pub async fn findings(&self, viewer: &Viewer) -> Result<Vec<Finding>, Problem> {
        Ok(self.0.stores.findings.findings(&self.0.policy.compile(viewer)).await?)
    }

    /// Looks at the accounts that were chosen in a setup, before anything of them is kept. What blocks keeps the setup from being confirmed.
    pub async fn preflight(&self, viewer: &Viewer, setup: SetupId) -> Result<Vec<Finding>, Problem> {
        let linking = crate::linking::Linking(self.0.clone());
        let setup = linking.setup(viewer, setup).await?;
        self.0.before_confirmation(viewer, &setup).await
    }
}

impl Inner {
    /// Examines the accounts that a setup has chosen, or all that it could choose.
    pub(crate) async fn before_confirmation(self: &Arc<Self>, viewer: &Viewer, setup: &Setup) -> Result<Vec<Finding>, Problem> {
        let (mut checks, mut hidden) = (Vec::new(), None);
        for road in self.roads() {
            if let Err(problem) = self.before_confirmation_by(viewer, setup, road, &mut checks).await {
                tracing::warn!(%problem, road = %road.grants.road(), "the accounts of a setup could not all be looked at");
                hidden = hidden.or(Some(problem));
            }
        }
        match hidden {
            // That nothing was found says something only if anything was looked at.
            Some(problem) if checks.is_empty() => Err(problem),
            _ => Ok(found(&checks, self.clock.now())),
        }
    }

    /// The same by one road. What was found before a call failed is found all the same.
    async fn before_confirmation_by(
        self: &Arc<Self>,
        viewer: &Viewer,
        setup: &Setup,
        road: &RoadParts,
        checks: &mut Vec<Check>,
    ) -> Result<(), Problem> {
        let Some(examiner) = &road.examiner else { return Ok(()) };
        let chosen: Vec<_> = if setup.chosen.is_empty() { setup.candidates.iter().collect() } else { setup.chosen().collect() };
        let on_road: Vec<_> = chosen.iter().filter(|candidate| candidate.road == examiner.road()).collect();
        // Somebody who reaches nothing at all is looked at too: that is what there is to find.
        let is_looked_at = !on_road.is_empty() || setup.candidates.is_empty();
        let Some(person) = setup.person(&examiner.road()).filter(|_| is_looked_at) else { return Ok(()) };
        let token = crate::linking::Linking(self.clone()).person_token(viewer, setup, &examiner.road()).await?;
        let accounts: Vec<AccountId> = on_road.iter().map(|candidate| candidate.account.clone()).collect();
        let of_person = PersonExamination::new(person.clone(), token.clone()).reaching(accounts.clone());
        let mut looked_at = examiner.person(&of_person.asked_for(self.wiring.scopes(&examiner.road()))).await;
        let reached = road.directory.accounts(&token).await;
        for listing in reached.iter().flatten().filter(|listing| accounts.contains(&listing.account)).cloned() {
            let access = link_core::words::ports::Access::new(listing.account, listing.road, listing.token).through(listing.via);
            let examination = AccountExamination::new(access).authorised_by(Some(token.clone())).before_confirmation();
            looked_at.extend(examiner.account(&examination).await);
        }
        let mut answers = Answers::default();
        answers.of_accounts(&looked_at);
        checks.push(answers.check().of(Subject::road(examiner.road())));
        checks.extend(looked_at.into_iter().map(|check| belonging(check, &examiner.road(), person)));
        reached?;
        Ok(())
    }
}

/// The findings of checks that are kept nowhere.
fn found(checks: &[Check], now: chrono::DateTime<chrono::Utc>) -> Vec<Finding> {
    let failed = checks.iter().filter(|check| check.state == State::Failed);
    let mut findings: Vec<_> = failed.map(|check| Finding::of(check, now)).collect();
    link_core::linking::accessibility::sort(&mut findings);
    findings
}

impl std::fmt::Debug for Accessibility {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Accessibility")
    }
}
