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
    /// True if every dialog asks for what it needs; otherwise it is off until somebody [asks](crate::Request) for it.
    pub asked_for: bool,
    /// Whether it is on.
    pub verdict: Verdict,
    /// What still works while it does less; empty if it does everything, nothing, or nobody said.
    pub still: &'static str,
    /// The permissions it needs or can use, each once; with them what only the platform's review gives.
    pub scopes: Vec<ScopeReport>,
}

/// One permission of a feature.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ScopeReport {
    /// Which permission, or what of the platform's review.
    pub scope: Scope,
    /// What it lets a program do, in plain words; empty if nobody said.
    pub meaning: &'static str,
    /// True if no dialog asks for it: the platform's review gives it to the app.
    pub by_review: bool,
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
        let mut asked_for = false;
        let (mut scopes, mut still): (Vec<ScopeReport>, _) = (Vec::new(), "");
        for row in rows {
            asked_for |= requirements.asks_for(row);
            still = if still.is_empty() { row.without } else { still };
            for (word, needed) in row.needs.iter().map(|word| (word, true)).chain(row.optional.iter().map(|word| (word, false))) {
                match scopes.iter_mut().find(|known| known.scope.as_str() == *word) {
                    Some(known) => known.needed |= needed,
                    None => scopes.push(ScopeReport::of(requirements, row, standings, reach, word, needed)),
                }
            }
            scopes.extend(row.reviews.iter().map(|word| ScopeReport::reviewed(requirements, standings, word)));
        }
        let verdict = verdict(feature, &scopes);
        let still = if matches!(verdict, Verdict::Degraded { .. }) { still } else { "" };
        Some(Self { feature: feature.clone(), purpose, asked_for, verdict, still, scopes })
    }

    fn sentence(&self) -> String {
        let purpose = if self.purpose.is_empty() { String::new() } else { format!(" ({})", self.purpose) };
        let state = match &self.verdict {
            Verdict::Allowed => "on".to_owned(),
            Verdict::Degraded { missing } => {
                let missing: Vec<_> = missing.iter().map(Scope::as_str).collect();
                let still = if self.still.is_empty() { String::new() } else { format!("; what still works: {}", self.still) };
                format!("on with less, without {}{still}", missing.join(", "))
            }
            Verdict::Refused(refusal) => format!("off: {refusal}; {}", refusal.remedy().what),
            _ => "undecided".to_owned(),
        };
        format!("{}{purpose} is {state}.", self.feature)
    }
}

impl ScopeReport {
    fn of(requirements: &Requirements, row: &Requirement, standings: &Standings, reach: &Reach, word: &'static str, needed: bool) -> Self {
        let scope = Scope::known(word);
        let held = if row.unbound.contains(&word) { standings.held_unbound(&scope) } else { standings.held(&scope, reach) };
        Self { meaning: requirements.meaning(&scope), scope, by_review: false, needed, held }
    }

    fn reviewed(requirements: &Requirements, standings: &Standings, word: &'static str) -> Self {
        let scope = Scope::known(word);
        let held = standings.approved(&scope);
        Self { meaning: requirements.meaning(&scope), scope, by_review: true, needed: true, held }
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

/// The one word for several missing permissions: that the app is not approved for one, else that of the first which somebody said no to, took
/// back or let run out, because those have to be asked for in another way than one nobody asked for yet.
fn worst<'a>(lacking: impl Iterator<Item = &'a ScopeReport>) -> Option<Standing> {
    let standings = lacking.filter_map(|scope| match scope.held {
        Held::Granted => None,
        Held::Missing(standing) => Some(standing),
    });
    standings.reduce(|first, next| match (first, next) {
        // Nobody can grant what the app may not ask for: that is to be mended before anybody is asked.
        (_, Standing::Unapproved) | (Standing::NeverAsked, _) => next,
        _ => first,
    })
}
