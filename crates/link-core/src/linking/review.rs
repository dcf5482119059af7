//! The review: what a confirmation agrees to, as data and as text. It is kept with every agreement as the record of consent.
//!
//! It is put together from sections. Each domain crate supplies its own through [`Reviewer`]; [`Review::assemble`] puts core's before them.

mod canonical;
mod consent;
mod own;

use serde::{Deserialize, Serialize};

use super::accessibility::Finding;
use super::advice::Advice;
use super::connection::Connection;
use super::link::Link;
use super::setup::{Candidate, Preferences, Setup, Synchronisation};
use crate::words::ids::{AccountId, LinkId};
use crate::words::ports::ScopeGrant;

pub use canonical::ReviewDigest;
pub use consent::{Consent, Difference, Revision};

/// Everything that will be shared, by whom it will be seen, what was granted for it, and what will not work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Review {
    /// The accounts that will be linked.
    pub accounts: Vec<Candidate>,
    /// What the platform was asked and said, permission by permission.
    pub grants: Vec<ScopeGrant>,
    /// How messages will be handled.
    pub preferences: Preferences,
    /// What will be read from before.
    pub synchronisation: Synchronisation,
    /// Who will see it, in plain words.
    pub seen_by: String,
    /// The version of the terms that were in force; empty in a review that was made before there were any.
    #[serde(default)]
    pub terms: String,
    /// The document. Empty in a review that was made before there were sections.
    #[serde(default)]
    pub sections: Vec<Section>,
}

/// A part of a review, supplied by one domain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Section {
    /// A stable word: `accounts`, `permissions`.
    pub code: String,
    /// What it is about, as a heading.
    pub title: String,
    /// What it says.
    pub lines: Vec<Line>,
}

/// One statement of a review.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Line {
    /// What it is about; the same in every review, so that two can be compared. No two lines of a section have the same.
    pub code: String,
    /// The statement, one or more whole sentences.
    pub text: String,
}

impl Section {
    /// A section that says nothing yet.
    pub fn new(code: impl Into<String>, title: impl Into<String>) -> Self {
        Self { code: code.into(), title: title.into(), lines: Vec::new() }
    }

    /// And says this.
    #[must_use]
    pub fn with(mut self, code: impl Into<String>, text: impl Into<String>) -> Self {
        self.lines.push(Line { code: code.into(), text: text.into() });
        self
    }
}

/// What is reviewed: a setup that is to be confirmed, or a link as it is or would be.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ReviewOf {
    /// The accounts.
    pub accounts: Vec<Candidate>,
    /// How messages will be handled.
    pub preferences: Preferences,
    /// What will be read from before.
    pub synchronisation: Synchronisation,
    /// What the platform was asked and said.
    pub grants: Vec<ScopeGrant>,
    /// The version of the terms.
    pub terms: String,
    /// Accounts that can be reached and will not be linked, for the reason in their obstacle.
    pub left_out: Vec<Candidate>,
    /// What was found to be wrong.
    pub findings: Vec<Finding>,
    /// What was said about what the platform does not tell.
    pub advice: Vec<Advice>,
    /// The link that goes on, where it is no new one.
    pub resumes: Option<LinkId>,
    /// Accounts that leave another link for this one.
    pub leaving: Vec<(LinkId, AccountId)>,
}

impl ReviewOf {
    /// A setup as it stands.
    pub fn setup(setup: &Setup) -> Self {
        let hindered = setup.candidates.iter().filter(|candidate| candidate.obstacle.is_some());
        Self {
            accounts: setup.chosen().cloned().collect(),
            preferences: setup.preferences.clone(),
            synchronisation: setup.synchronisation.clone(),
            grants: Vec::new(),
            terms: String::new(),
            left_out: hindered.cloned().collect(),
            findings: setup.findings.clone(),
            advice: setup.advice.clone(),
            resumes: setup.link,
            leaving: Vec::new(),
        }
    }

    /// A link as it stands, with its connections.
    pub fn link(link: &Link, connections: &[Connection]) -> Self {
        let linked = connections.iter().filter(|connection| link.accounts.contains(connection.account()));
        let accounts = linked.map(|connection| {
            Candidate::new(connection.account().clone(), connection.key.road.clone(), connection.name.clone())
                .through(connection.via.clone())
                .with_username(connection.username.clone())
        });
        Self {
            accounts: accounts.collect(),
            preferences: link.preferences.clone(),
            synchronisation: link.synchronisation.clone(),
            grants: Vec::new(),
            terms: String::new(),
            left_out: Vec::new(),
            findings: Vec::new(),
            advice: link.advice.clone(),
            resumes: Some(link.id),
            leaving: Vec::new(),
        }
    }

    /// With what the platform was asked and said.
    #[must_use]
    pub fn granted(mut self, grants: Vec<ScopeGrant>) -> Self {
        self.grants = grants;
        self
    }

    /// Under these terms.
    #[must_use]
    pub fn under(mut self, terms: impl Into<String>) -> Self {
        self.terms = terms.into();
        self
    }

    /// With what was found to be wrong.
    #[must_use]
    pub fn found(mut self, findings: Vec<Finding>) -> Self {
        self.findings = findings;
        self
    }
}

/// Supplies what one domain has to say in a review. It does no I/O: what it needs of the stores, it is made with.
pub trait Reviewer: Send + Sync {
    /// Its section; `None` if it has nothing to say of this.
    fn section(&self, of: &ReviewOf) -> Option<Section>;
}

impl Review {
    /// What confirming this setup would agree to, without any section.
    pub fn of(setup: &Setup, grants: Vec<ScopeGrant>, seen_by: impl Into<String>) -> Self {
        Self::plain(&ReviewOf::setup(setup).granted(grants), seen_by.into())
    }

    /// The whole document: core's sections, then those of the others in their order.
    pub fn assemble(of: &ReviewOf, seen_by: impl Into<String>, reviewers: &[&dyn Reviewer]) -> Self {
        let mut review = Self::plain(of, seen_by.into());
        review.sections = own::before(of);
        review.sections.extend(reviewers.iter().filter_map(|reviewer| reviewer.section(of)));
        review.sections.extend(own::after(of));
        review
    }

    fn plain(of: &ReviewOf, seen_by: String) -> Self {
        Self {
            accounts: of.accounts.clone(),
            grants: of.grants.clone(),
            preferences: of.preferences.clone(),
            synchronisation: of.synchronisation.clone(),
            seen_by,
            terms: of.terms.clone(),
            sections: Vec::new(),
        }
    }

    /// The review in plain words, a statement a line, under the headings of its sections.
    pub fn to_text(&self) -> String {
        let sections = if self.sections.is_empty() { own::of_old(self) } else { self.sections.clone() };
        let mut lines = Vec::new();
        for section in sections {
            lines.push(section.title);
            lines.extend(section.lines.into_iter().map(|line| format!("  {}", line.text)));
        }
        lines.join("\n")
    }

    /// What a confirmation of this review names: another review has another one.
    pub fn digest(&self) -> ReviewDigest {
        ReviewDigest::of(self)
    }

    /// What another review says otherwise.
    pub fn difference(&self, after: &Self) -> Vec<Difference> {
        consent::difference(self, after)
    }
}

#[cfg(test)]
mod tests;
