//! The doctor: what is wrong, and what to do first.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use chrono::{DateTime, Utc};
use link_core::linking::accessibility::{Advised, Finding, shows};
use link_core::words::finding::{Check, Severity, State, Subject};
use link_core::words::view::Viewer;
use link_core::{Feature, Platform, Who};
use serde::{Serialize, Serializer};

use crate::accessibility::KNOCKED_WITHIN;
use crate::inner::Inner;
use crate::problem::Problem;

/// How an owner's accounts do: what the preflight found, with the figures. Serialised, it is the report of the program `doctor`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Diagnosis {
    /// How it is on the whole.
    pub status: Status,
    /// The code of the one thing to do first; `None` if there is nothing to do.
    pub first: Option<String>,
    /// What stands in the way, the worst first.
    #[serde(serialize_with = "reported")]
    pub findings: Vec<Finding>,
    /// Every cause that this program can find, and what looking for it gave: the worst, where it was looked for at several accounts. What could
    /// not be looked for is unknown, never all right.
    pub checks: Vec<Checked>,
    /// Figures.
    pub figures: Vitals,
}

/// A finding as the report has it: the likeliest remedy, and the account as one word.
#[derive(Serialize)]
struct Reported<'a> {
    code: &'a str,
    severity: Severity,
    account: Option<String>,
    platform: Option<&'a Platform>,
    features: &'a [Feature],
    cause: &'a str,
    remedy: &'a Advised,
    since: DateTime<Utc>,
}

fn reported<S: Serializer>(findings: &[Finding], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(findings.iter().map(|finding| Reported {
        code: &finding.code,
        severity: finding.severity,
        account: finding.account.as_ref().map(ToString::to_string),
        platform: finding.platform.as_ref(),
        features: &finding.features,
        cause: &finding.cause,
        remedy: &finding.remedy,
        since: finding.since,
    }))
}

/// How it is on the whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Nothing is off. Something may have to be done before a day to come.
    Healthy,
    /// Some features are off or do less.
    Degraded,
    /// Something blocks an account, or all of them.
    Broken,
}

/// One cause, looked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Checked {
    /// Its code.
    pub code: &'static str,
    /// What looking for it gave.
    pub state: State,
}

/// The figures of a diagnosis.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Vitals {
    /// When each account was last heard of, by webhook field and the platform's clock.
    pub last_event_at: BTreeMap<String, BTreeMap<String, DateTime<Utc>>>,
    /// Deliveries that were turned away for their signature within a day.
    pub signature_failures: u64,
    /// Envelopes that wait for being applied.
    pub journal_lag: u64,
    /// When the oldest of them was received.
    pub oldest_unapplied: Option<DateTime<Utc>>,
    /// The version of the platform's interface that answered last.
    pub served_version: Option<String>,
    /// How much of each allowance is left, in percent.
    pub budget_left: BTreeMap<String, u32>,
    /// How far the platform's clock is ahead of ours, in milliseconds; to the second, which is what platforms tell.
    pub clock_skew_ms: i64,
}

impl Inner {
    pub(crate) async fn diagnose(&self, viewer: &Viewer) -> Result<Diagnosis, Problem> {
        let view = self.policy.compile(viewer);
        if view.is_empty() {
            return Err(link_core::Refusal::NotVisible.into());
        }
        self.pulses.write().await?;
        let mut checks = self.examine(&viewer.owner).await?;
        let reached = self.stores.links.connections(&view).await?;
        checks.retain(|check| shows(&view, &reached, check.account.as_ref(), &check.subject));
        let findings = self.stores.findings.findings(&view).await?;
        Ok(Diagnosis {
            status: status(&findings),
            first: first(&findings),
            checks: self.checked(&checks, &findings),
            figures: self.vitals(&view).await?,
            findings,
        })
    }

    fn checked(&self, checks: &[Check], findings: &[Finding]) -> Vec<Checked> {
        let state = |code: &str| {
            if findings.iter().any(|finding| finding.code == code) {
                return State::Failed;
            }
            let made = checks.iter().filter(|check| check.cause.code == code).map(|check| check.state);
            made.max_by_key(|state| (*state == State::Failed, *state == State::Unknown)).unwrap_or(State::Unknown)
        };
        self.causes().into_iter().map(|cause| Checked { code: cause.code, state: state(cause.code) }).collect()
    }

    async fn vitals(&self, view: &link_core::View) -> Result<Vitals, Problem> {
        let mut vitals = Vitals::default();
        for heard in self.stores.pulse.heard(view).await? {
            vitals.last_event_at.entry(heard.account.account.to_string()).or_default().insert(heard.field, heard.at);
        }
        vitals.signature_failures = self.stores.pulse.turned_away(self.clock.now() - KNOCKED_WITHIN).await?.count;
        let journal = self.stores.journal.figures().await?;
        vitals.journal_lag = journal.open;
        vitals.oldest_unapplied = journal.oldest_open;
        if let Some(seen) = self.wiring.sight.as_ref().map(|sight| sight.seen()) {
            vitals.served_version = seen.served_version;
            vitals.budget_left = seen.budget_left;
            vitals.clock_skew_ms = seen.clock_ahead.map_or(0, |ahead| ahead.num_milliseconds());
        }
        Ok(vitals)
    }
}

fn status(findings: &[Finding]) -> Status {
    match findings.iter().map(|finding| finding.severity).max() {
        Some(Severity::Blocks) => Status::Broken,
        Some(Severity::Degrades) => Status::Degraded,
        _ => Status::Healthy,
    }
}

/// Findings come the worst first. Advice is asked about elsewhere, and is never the first thing to do.
fn first(findings: &[Finding]) -> Option<String> {
    findings.iter().find(|finding| finding.severity > Severity::Advice).map(|finding| finding.code.clone())
}

impl Diagnosis {
    /// The report in plain words. It ends with the one thing to do first.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        let unknown = self.checks.iter().filter(|check| check.state == State::Unknown).count();
        // Writing to a String cannot fail.
        let mut line = |told: String| writeln!(text, "{told}").unwrap_or_default();
        line(match self.status {
            Status::Healthy => "healthy: nothing is off".to_owned(),
            Status::Degraded => "degraded: some features are off or do less".to_owned(),
            Status::Broken => "broken: something stands in the way".to_owned(),
        });
        for finding in &self.findings {
            let place = place(finding);
            line(format!("- {} ({}{place}): {}", finding.code, finding.severity.as_str(), finding.cause));
            for remedy in std::iter::once(&finding.remedy).chain(&finding.further) {
                line(format!("  {}: {}{}", who(remedy.who), remedy.what, at(remedy.url.as_deref())));
            }
        }
        line(format!("{} checks, {unknown} of them could not be made", self.checks.len()));
        let figures = &self.figures;
        line(format!(
            "{} deliveries turned away within a day, {} waiting, version {}",
            figures.signature_failures,
            figures.journal_lag,
            figures.served_version.as_deref().unwrap_or("unknown")
        ));
        for (account, fields) in &figures.last_event_at {
            if let Some((field, last)) = fields.iter().max_by_key(|(_, at)| **at) {
                line(format!("{account} was last heard of at {} ({field})", last.format("%F %H:%M:%S UTC")));
            }
        }
        line(match self.findings.iter().find(|finding| Some(&finding.code) == self.first.as_ref()) {
            Some(finding) => {
                format!("do first: {}{}; then {}", finding.remedy.what, at(finding.remedy.url.as_deref()), finding.remedy.recheck)
            }
            None => "there is nothing to do".to_owned(),
        });
        text
    }
}

/// At which account, by which road, of whom: what tells two findings of one cause apart.
fn place(finding: &Finding) -> String {
    let at = finding.account.as_ref().map_or_else(String::new, |account| format!(" at {account}"));
    match &finding.subject {
        Subject::Untold | Subject::Program => at,
        Subject::Road { road } => format!("{at} by {road}"),
        Subject::Person { road, person } => format!("{at} by {road} of {person}"),
    }
}

const fn who(who: Who) -> &'static str {
    match who {
        Who::Owner => "owner",
        Who::Developer => "developer",
        Who::Platform => "platform",
        Who::Customer => "customer",
    }
}

fn at(url: Option<&str>) -> String {
    url.map(|url| format!(" ({url})")).unwrap_or_default()
}

#[cfg(test)]
mod tests;
