//! Which features of an account are on, degraded or off, and why.

use link_core::words::gate::Verdict;
use link_core::words::refusal::{Refusal, Standing};
use link_core::{Feature, Scope};

use crate::requirement::{Requirement, Requirements};
use crate::standing::{Held, Reach, Standings};

/// Every feature of an account with its verdict, for whoever wants to see what was granted.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// Which account.
    pub reach: Reach,
    /// Its features, in the table's order.
    pub features: Vec<FeatureReport>,
}

/// One feature with its verdict and the permissions it follows from.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FeatureReport {
    /// Which feature.
    pub feature: Feature,
    /// What it is for, in plain words; empty if nobody said.
    pub purpose: &'static str,
    /// Whether it is on.
    pub verdict: Verdict,
    /// The permissions it needs or can use, each once.
    pub scopes: Vec<ScopeReport>,
}

/// One permission of a feature.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ScopeReport {
    /// Which permission.
    pub scope: Scope,
    /// Without it the feature is off; else it only does less.
    pub needed: bool,
    /// Whether it can be used for the account.
    pub held: Held,
}

impl Report {
    /// What these permissions mean for an account.
    pub fn of(requirements: &Requirements, standings: &Standings, reach: Reach) -> Self {
        let mut features: Vec<FeatureReport> = Vec::new();
        for row in requirements.rows(&reach.account.platform, &reach.road) {
            if features.iter().all(|known| known.feature != row.feature) {
                features.extend(FeatureReport::of(requirements, standings, &reach, &row.feature));
            }
        }
        Self { reach, features }
    }

    /// The permissions that are missing for any feature: what a targeted second request has to ask for, and nothing else.
    pub fn missing(&self) -> Vec<Scope> {
        let mut missing = Vec::new();
        for scope in self.features.iter().flat_map(|feature| &feature.scopes) {
            if scope.held != Held::Granted && !missing.contains(&scope.scope) {
                missing.push(scope.scope.clone());
            }
        }
        missing
    }

    /// The report in plain words, a sentence a line.
    pub fn to_text(&self) -> String {
        let lines: Vec<_> = self.features.iter().map(|feature| format!("{}: {}", self.reach.account, feature.sentence())).collect();
        lines.join("\n")
    }
}

impl FeatureReport {
    /// What these permissions mean for one feature; `None` if the table does not know it for this platform and road.
    pub fn of(requirements: &Requirements, standings: &Standings, reach: &Reach, feature: &Feature) -> Option<Self> {
        let mut rows = requirements.rows(&reach.account.platform, &reach.road).filter(|row| row.feature == *feature).peekable();
        let purpose = rows.peek()?.purpose;
        let mut scopes: Vec<ScopeReport> = Vec::new();
        for row in rows {
            for (word, needed) in row.needs.iter().map(|word| (word, true)).chain(row.optional.iter().map(|word| (word, false))) {
                match scopes.iter_mut().find(|known| known.scope.as_str() == *word) {
                    Some(known) => known.needed |= needed,
                    None => scopes.push(ScopeReport::of(row, standings, reach, word, needed)),
                }
            }
        }
        Some(Self { feature: feature.clone(), purpose, verdict: verdict(feature, &scopes), scopes })
    }

    fn sentence(&self) -> String {
        let purpose = if self.purpose.is_empty() { String::new() } else { format!(" ({})", self.purpose) };
        let state = match &self.verdict {
            Verdict::Allowed => "on".to_owned(),
            Verdict::Degraded { missing } => {
                let missing: Vec<_> = missing.iter().map(Scope::as_str).collect();
                format!("on with less, without {}", missing.join(", "))
            }
            Verdict::Refused(refusal) => format!("off: {refusal}; {}", refusal.remedy().what),
            _ => "undecided".to_owned(),
        };
        format!("{}{purpose} is {state}.", self.feature)
    }
}

impl ScopeReport {
    fn of(row: &Requirement, standings: &Standings, reach: &Reach, word: &'static str, needed: bool) -> Self {
        let scope = Scope::known(word);
        let held = if row.unbound.contains(&word) { standings.held_unbound(&scope) } else { standings.held(&scope, reach) };
        Self { scope, needed, held }
    }
}

fn verdict(feature: &Feature, scopes: &[ScopeReport]) -> Verdict {
    let lacking = |needed: bool| scopes.iter().filter(move |scope| scope.needed == needed && scope.held != Held::Granted);
    let names = |needed| lacking(needed).map(|scope| scope.scope.clone()).collect::<Vec<_>>();
    if let Some(standing) = worst(lacking(true)) {
        return Verdict::Refused(Refusal::PermissionMissing { feature: feature.clone(), missing: names(true), standing });
    }
    match names(false) {
        missing if missing.is_empty() => Verdict::Allowed,
        missing => Verdict::Degraded { missing },
    }
}

/// The one word for several missing permissions: that of the first which somebody said no to, took back or let run out, because those have
/// to be asked for in another way than one nobody asked for yet.
fn worst<'a>(lacking: impl Iterator<Item = &'a ScopeReport>) -> Option<Standing> {
    let standings = lacking.filter_map(|scope| match scope.held {
        Held::Granted => None,
        Held::Missing(standing) => Some(standing),
    });
    standings.reduce(|first, next| if first == Standing::NeverAsked { next } else { first })
}
