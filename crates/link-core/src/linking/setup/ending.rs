//! How a setup begins for a link that exists, what stands in its way, and how it ends without a link.

use chrono::{DateTime, TimeDelta, Utc};

use super::{Setup, Stage};
use crate::linking::accessibility::{self, Finding};
use crate::linking::link::Link;
use crate::words::finding::Severity;
use crate::words::ids::{AccountId, ActorId, PersonId, SetupId};
use crate::words::platform::Road;

/// How long a setup waits for somebody to go on with it.
pub const IDLE: TimeDelta = TimeDelta::days(30);

impl Setup {
    /// A setup by which somebody signs in again for a link. It begins with what the link has; if the sign-in reaches all of the link's
    /// accounts, it goes straight to the review.
    pub fn resuming(id: SetupId, link: &Link, by: ActorId, now: DateTime<Utc>) -> Self {
        let mut setup = Self::begin(id, link.owner.clone(), by, now);
        setup.link = Some(link.id);
        setup.chosen.clone_from(&link.accounts);
        setup.preferences = link.preferences.clone();
        setup.synchronisation = link.synchronisation.clone();
        setup.advice.clone_from(&link.advice);
        setup
    }

    /// True if nobody touched it for [`IDLE`], whether or not it was closed for that already.
    pub fn timed_out(&self, now: DateTime<Utc>) -> bool {
        !self.stage.is_final() && now - self.touched_at >= IDLE
    }

    /// Whose consent at the platform it rests on, by road. One that is over holds what is still to be given up; a confirmed one holds
    /// nothing, because its link does.
    pub fn holds(&self) -> Vec<(Road, PersonId)> {
        let held = self.persons.iter().filter(|_| self.stage != Stage::Confirmed);
        held.map(|(road, person)| (road.clone(), person.clone())).collect()
    }

    /// What remains of one that is over once nothing is held for it any more.
    #[must_use]
    pub fn released(&self) -> Self {
        let mut setup = self.clone();
        if setup.is_given_up() {
            setup.persons.clear();
        }
        setup
    }

    /// True if it ended without a link.
    pub const fn is_given_up(&self) -> bool {
        matches!(self.stage, Stage::Cancelled | Stage::TimedOut)
    }

    /// Of these findings those that keep it from going on, the worst first.
    pub fn blocked_by(&self, findings: &[Finding]) -> Vec<Finding> {
        let concerns = |finding: &&Finding| {
            finding.severity == Severity::Blocks && finding.account.as_ref().is_none_or(|account| self.chosen.contains(account))
        };
        let mut blocking: Vec<Finding> = findings.iter().filter(concerns).cloned().collect();
        accessibility::sort(&mut blocking);
        blocking
    }

    pub(super) fn end(&mut self, stage: Stage) {
        self.stage = stage;
        self.candidates.clear();
        self.chosen.clear();
        self.findings.clear();
    }

    /// Somebody who only signs in again has nothing to choose anew.
    pub(super) fn skip_to_review(&mut self) {
        let free =
            |account: &AccountId| self.candidates.iter().any(|candidate| candidate.account == *account && candidate.obstacle.is_none());
        if self.link.is_some() && !self.chosen.is_empty() && self.chosen.iter().all(free) {
            self.stage = Stage::Review;
        }
    }
}
