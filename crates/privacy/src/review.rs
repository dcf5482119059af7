//! What a review says about who sees what.

use link_core::linking::review::{ReviewOf, Reviewer, Section};

use crate::policy::Policy;

/// Supplies the section on who sees what: every datum, and whom it is shared with.
#[derive(Debug, Clone)]
pub struct SharingReview(Policy);

impl SharingReview {
    /// By this policy.
    pub const fn new(policy: Policy) -> Self {
        Self(policy)
    }
}

impl Reviewer for SharingReview {
    fn section(&self, of: &ReviewOf) -> Option<Section> {
        let seen = self.0.seen_by();
        let mut section = Section::new("sharing", "Who sees what")
            .with("texts", format!("Messages of these accounts will be kept here and seen by {seen}."))
            .with("attachments", format!("Attachments are seen by {seen}."));
        if of.synchronisation.profiles {
            section = section.with("names", format!("Names and pictures of the people who write are seen by {seen}."));
        }
        let section = section
            .with("marks", format!("Reactions, reads and deliveries are seen by {seen}."))
            .with("acts", format!("Who signed in, changed a setting or answered, and when, is recorded and seen by {seen}."))
            .with("managers", format!("Links are set up and changed by {} and by nobody else.", self.0.managers))
            .with("tokens", "The tokens that the platform gives are sealed; nobody sees them.");
        let between = "What is written on one platform is not sent to the other; who sees this inbox sees both.";
        Some(if of.accounts.len() > 1 { section.with("between", between) } else { section })
    }
}

#[cfg(test)]
mod tests {
    use link_core::linking::setup::{Candidate, Setup, Synchronisation};
    use link_core::{ActorId, OwnerId, Road, Role, SetupId};

    use super::*;
    use crate::audience::Audience;

    fn setup() -> Setup {
        let id: SetupId = "00000000-0000-0000-0000-000000000000".parse().unwrap();
        Setup::begin(id, OwnerId::new("o").unwrap(), ActorId::new("a").unwrap(), "2026-11-23T12:00:00Z".parse().unwrap())
    }

    #[test]
    fn every_datum_that_is_kept_is_named_with_whom_it_is_shared_with() {
        let policy = Policy::new(Audience::roles([Role::AGENT]));
        let reviewer = SharingReview::new(policy.clone());
        let mut setup = setup();
        let section = reviewer.section(&ReviewOf::setup(&setup)).unwrap();
        for code in ["texts", "attachments", "names", "marks", "acts"] {
            let line = section.lines.iter().find(|line| line.code == code).unwrap_or_else(|| panic!("nothing is said of {code}"));
            assert!(line.text.contains(&policy.seen_by()), "{line:?}");
        }
        assert!(section.lines.iter().all(|line| line.code != "between"), "there is nothing to share between");
        setup.synchronisation = Synchronisation::default().profiles(false);
        let accounts: Vec<_> = ["messenger:1", "instagram:3"].iter().map(|id| id.parse().unwrap()).collect();
        setup.candidates = accounts.iter().cloned().map(|account| Candidate::new(account, Road::FACEBOOK, "Shop")).collect();
        setup.chosen = accounts;
        let lines = reviewer.section(&ReviewOf::setup(&setup)).unwrap().lines;
        assert!(lines.iter().all(|line| line.code != "names") && lines.iter().any(|line| line.code == "between"), "{lines:?}");
    }
}
