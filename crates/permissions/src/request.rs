//! Asking again: for what is missing, and nothing else.

use link_core::words::refusal::Standing;
use link_core::{Feature, Road, Scope};

use crate::report::Report;
use crate::standing::Held;

/// What a further dialog would ask a person for so that features work which do not now, and what it cannot mend. Data; nobody was asked yet.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Request {
    /// By which road.
    pub road: Road,
    /// What is missing and can be asked for, each once.
    pub missing: Vec<Requested>,
    /// What was granted already and has to be asked for along, because on this road a new token may do only what was asked for this time.
    pub along: Vec<Scope>,
    /// What is missing and no dialog can give: the platform has not approved the app for it.
    pub unapproved: Vec<Requested>,
    /// True if the dialog asks for everything by a configuration of the app, whatever is missing: the person grants all of it or nothing.
    pub all_or_nothing: bool,
}

/// One permission that is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Requested {
    /// Which.
    pub scope: Scope,
    /// What it lets a program do, in plain words; empty if nobody said.
    pub meaning: &'static str,
    /// How it is missing.
    pub standing: Standing,
    /// The features that need it or do less without it.
    pub features: Vec<Feature>,
}

impl Request {
    /// What is missing for features of accounts that one person reaches by one road; for all features that a dialog asks for anyway, and
    /// those that are wanted besides.
    pub fn of(road: &Road, reports: &[Report], wanted: &[Feature]) -> Self {
        let mut request =
            Self { road: road.clone(), missing: Vec::new(), along: Vec::new(), unapproved: Vec::new(), all_or_nothing: false };
        let features = reports.iter().flat_map(|report| &report.features);
        for feature in features.filter(|feature| feature.asked_for || wanted.contains(&feature.feature)) {
            for scope in &feature.scopes {
                let Held::Missing(standing) = scope.held else { continue };
                let list = if standing == Standing::Unapproved { &mut request.unapproved } else { &mut request.missing };
                let features = vec![feature.feature.clone()];
                add(list, Requested { scope: scope.scope.clone(), meaning: scope.meaning, standing, features });
            }
        }
        request
    }

    /// On a road whose new token may do only what was asked for this time: with what is held and to be kept.
    #[must_use]
    pub fn along_with(mut self, held: impl IntoIterator<Item = Scope>) -> Self {
        for scope in held {
            if !self.along.contains(&scope) && self.missing.iter().all(|missing| missing.scope != scope) {
                self.along.push(scope);
            }
        }
        self
    }

    /// By a configuration of which all is granted or nothing.
    #[must_use]
    pub const fn all_or_nothing(mut self) -> Self {
        self.all_or_nothing = true;
        self
    }

    /// True if no dialog can add anything.
    pub const fn is_empty(&self) -> bool {
        self.missing.is_empty()
    }

    /// What the dialog asks for.
    pub fn scopes(&self) -> Vec<Scope> {
        self.along.iter().cloned().chain(self.missing.iter().map(|missing| missing.scope.clone())).collect()
    }

    /// The request in plain words, a sentence a line, to be shown before the person is sent to the dialog.
    pub fn to_text(&self) -> String {
        let mut lines = Vec::new();
        for missing in &self.missing {
            lines.push(format!(
                "{} is {}.{} It is wanted for {}.",
                missing.scope,
                missing.standing,
                lets(missing),
                list(&missing.features)
            ));
        }
        if self.is_empty() {
            lines.push("Nothing is missing that a dialog could ask for.".to_owned());
        } else if self.all_or_nothing {
            lines.push(
                "This app asks by a configuration of Facebook Login for Business: the dialog asks for everything in it once more, \
                 and the person grants all of it or nothing. If they decline, what was granted before may be lost as well."
                    .to_owned(),
            );
        } else if self.along.is_empty() {
            lines.push("The dialog asks for this alone; what was granted before stays.".to_owned());
        } else {
            let along: Vec<_> = self.along.iter().map(Scope::as_str).collect();
            lines.push(format!(
                "On this road a new sign-in replaces the old one, so the dialog asks along for what is to be kept: {}.",
                along.join(", ")
            ));
        }
        for unapproved in &self.unapproved {
            lines.push(format!(
                "{} is not approved for this app, so that asking does not help; {} waits for the app's review.",
                unapproved.scope,
                list(&unapproved.features)
            ));
        }
        lines.join("\n")
    }
}

fn lets(missing: &Requested) -> String {
    if missing.meaning.is_empty() { String::new() } else { format!(" It lets this program {}.", missing.meaning) }
}

fn list(features: &[Feature]) -> String {
    features.iter().map(Feature::as_str).collect::<Vec<_>>().join(", ")
}

fn add(list: &mut Vec<Requested>, new: Requested) {
    match list.iter_mut().find(|known| known.scope == new.scope) {
        Some(known) => {
            let more: Vec<_> = new.features.into_iter().filter(|feature| !known.features.contains(feature)).collect();
            known.features.extend(more);
        }
        None => list.push(new),
    }
}

#[cfg(test)]
mod tests;
