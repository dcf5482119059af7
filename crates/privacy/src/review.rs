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
