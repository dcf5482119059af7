//! What somebody agreed to, and what a change would make of it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Review, ReviewDigest, Section};
use crate::words::ids::ActorId;

/// The record of an agreement: of a confirmation, or of a later change. It is never changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Consent {
    /// Who agreed.
    pub by: ActorId,
    /// From where, if known.
    pub place: Option<String>,
    /// When.
    pub at: DateTime<Utc>,
    /// What was agreed to, as it was shown, with the version of the terms.
    pub review: Review,
    /// What it changed; empty for a confirmation.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub difference: Vec<Difference>,
}

impl Consent {
    /// Somebody agreed to a review.
    pub const fn new(by: ActorId, place: Option<String>, at: DateTime<Utc>, review: Review) -> Self {
        Self { by, place, at, review, difference: Vec::new() }
    }

    /// As a change of what was agreed to before.
    #[must_use]
    pub fn changing(mut self, difference: Vec<Difference>) -> Self {
        self.difference = difference;
        self
    }

    /// The version of the terms that were in force; empty if it was before there were any.
    pub fn terms(&self) -> &str {
        &self.review.terms
    }
}

/// A statement that two reviews make differently.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Difference {
    /// The code of the section.
    pub section: String,
    /// The code of the line.
    pub line: String,
    /// What was said before; `None` if nothing was.
    pub was: Option<String>,
    /// What is said now; `None` if nothing is.
    pub is: Option<String>,
}

impl Difference {
    /// In plain words.
    pub fn to_text(&self) -> String {
        match (&self.was, &self.is) {
            (Some(was), Some(is)) => format!("Instead of: {was} Now: {is}"),
            (None, Some(is)) => format!("New: {is}"),
            (Some(was), None) => format!("No more: {was}"),
            (None, None) => String::new(),
        }
    }
}

/// A change of a link, to be agreed to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Revision {
    /// What is agreed to now.
    pub before: Review,
    /// What would be.
    pub after: Review,
    /// What of it differs; empty if the change changes nothing.
    pub difference: Vec<Difference>,
    /// What an agreement names.
    pub digest: ReviewDigest,
}

impl Revision {
    /// The change from one review to another.
    pub fn new(before: Review, after: Review) -> Self {
        let (difference, digest) = (difference(&before, &after), ReviewDigest::of(&(&before, &after)));
        Self { before, after, difference, digest }
    }

    /// What differs, in plain words, a statement a line.
    pub fn to_text(&self) -> String {
        self.difference.iter().map(Difference::to_text).collect::<Vec<_>>().join("\n")
    }
}

pub(super) fn difference(before: &Review, after: &Review) -> Vec<Difference> {
    let said = |sections: &[Section], section: &str, line: &str| {
        let section = sections.iter().find(|known| known.code == section)?;
        section.lines.iter().find(|known| known.code == line).map(|line| line.text.clone())
    };
    let names = |review: &Review| {
        let of = |section: &Section| section.lines.iter().map(|line| (section.code.clone(), line.code.clone())).collect::<Vec<_>>();
        review.sections.iter().flat_map(of).collect::<Vec<_>>()
    };
    let mut all = names(after);
    let gone: Vec<_> = names(before).into_iter().filter(|name| !all.contains(name)).collect();
    all.extend(gone);
    let differences = all.into_iter().map(|(section, line)| {
        let (was, is) = (said(&before.sections, &section, &line), said(&after.sections, &section, &line));
        Difference { section, line, was, is }
    });
    differences.filter(|difference| difference.was != difference.is).collect()
}
