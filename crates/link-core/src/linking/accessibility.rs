//! What stands in the way of an owner's accounts: findings, and how they come and go.

use std::collections::BTreeMap;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::connection::Connection;
use crate::words::error::{Remedy, Result, Who};
use crate::words::feed::{Happening, What};
use crate::words::finding::{Cause, Check, Severity, State, Subject};
use crate::words::ids::{AccountId, OwnerId};
use crate::words::platform::{Feature, Platform, Scope};
use crate::words::view::{Accounts, View};

/// A cause that was found. It keeps its own words, so that one which a newer program no longer knows still reads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Finding {
    /// The stable code of its cause.
    pub code: String,
    /// How bad it is.
    pub severity: Severity,
    /// At which account; `None` for the app or the person as a whole.
    pub account: Option<AccountId>,
    /// Whose, besides the account.
    #[serde(default, skip_serializing_if = "Subject::is_untold")]
    pub subject: Subject,
    /// Of which platform the account is.
    pub platform: Option<Platform>,
    /// The features that suffer; all of them if empty.
    pub features: Vec<Feature>,
    /// What is wrong, in one sentence.
    pub cause: String,
    /// What to do about it.
    pub remedy: Advised,
    /// What else may help, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub further: Vec<Advised>,
    /// Since when it is known.
    pub since: DateTime<Utc>,
    /// Among findings of one severity, the one with the greater weight is to be mended first.
    #[serde(default)]
    pub weight: u8,
    /// What the platform has not approved the app for, where that is what is wrong.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lacking: Vec<Scope>,
}

/// A remedy in words of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Advised {
    /// Who has to act.
    pub who: Who,
    /// What to do.
    pub what: String,
    /// The page where it is done.
    pub url: Option<String>,
    /// How to find out that it worked.
    pub recheck: String,
}

impl From<&Remedy> for Advised {
    fn from(remedy: &Remedy) -> Self {
        Self { who: remedy.who, what: remedy.what.to_owned(), url: remedy.url.map(str::to_owned), recheck: remedy.recheck.to_owned() }
    }
}

const NOTHING: Remedy = Remedy::new(Who::Developer, "ask whoever wrote the table of causes what to do");

impl Finding {
    /// A cause that was found at a time.
    pub fn new(cause: &Cause, account: Option<AccountId>, detail: Option<&str>, since: DateTime<Utc>) -> Self {
        let mut remedies = cause.remedies.iter().map(Advised::from);
        Self {
            code: cause.code.to_owned(),
            severity: cause.severity,
            platform: account.as_ref().map(|account| account.platform.clone()),
            account,
            subject: Subject::Program,
            features: cause.features.to_vec(),
            cause: detail.map_or_else(|| cause.cause.to_owned(), |detail| format!("{}: {detail}", cause.cause)),
            remedy: remedies.next().unwrap_or_else(|| Advised::from(&NOTHING)),
            further: remedies.collect(),
            since,
            weight: cause.weight,
            lacking: cause.lacks.iter().copied().map(Scope::known).collect(),
        }
    }

    /// What a check found, known since a time.
    pub fn of(check: &Check, since: DateTime<Utc>) -> Self {
        let mut finding = Self::new(check.cause, check.account.clone(), check.detail.as_deref(), since);
        finding.lacking.extend(check.lacking.iter().cloned());
        finding.subject = check.subject.clone();
        finding
    }

    /// True if it is of this cause, account and subject.
    pub fn is(&self, check: &Check) -> bool {
        self.is_like(check) && self.subject == check.subject
    }

    /// True if it is of this cause and account, whosever it is.
    fn is_like(&self, check: &Check) -> bool {
        self.code == check.cause.code && self.account == check.account
    }

    /// What decides which is to be mended first; the greatest is.
    pub fn urgency(&self) -> (Severity, u8) {
        (self.severity, self.weight)
    }

    fn told(&self, owner: &OwnerId, stands: bool, now: DateTime<Utc>) -> Happening {
        let what = What::FindingChanged { code: self.code.clone(), severity: self.severity, stands, subject: self.subject.clone() };
        Happening::new(owner.clone(), self.account.clone(), what, now)
    }
}

/// What an examination changes in what is known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct FindingChange {
    /// Everything that stands now, the worst first.
    pub findings: Vec<Finding>,
    /// What to tell: what was found, and what is gone.
    pub happenings: Vec<Happening>,
}

/// What stands after an examination. Pure.
///
/// What failed stands, since when it was first found, or since the last refusal if nothing but refusals tells of it; what is all right is gone;
/// what could not be looked for stays as it was, and so does what was not looked for at all. The same cause at two accounts, by two roads or of
/// two people is two findings, each with its own coming and going. Of several checks of one cause, account and subject the gravest counts.
pub fn examined(owner: &OwnerId, stored: &[Finding], checks: &[Check], now: DateTime<Utc>) -> FindingChange {
    let checks = gravest(checks);
    let mut findings = recognised(stored, &checks);
    let mut happenings = Vec::new();
    for check in checks {
        let known = findings.iter().position(|finding| finding.is(check));
        match (check.state, known) {
            (State::Failed, Some(known)) => {
                let since = if check.cause.only_refused { now } else { findings[known].since };
                findings[known] = Finding::of(check, since);
            }
            (State::Failed, None) => {
                let finding = Finding::of(check, now);
                happenings.push(finding.told(owner, true, now));
                findings.push(finding);
            }
            (State::Ok, Some(known)) => happenings.push(findings.remove(known).told(owner, false, now)),
            (State::Ok, None) | (State::Unknown, _) => {}
        }
    }
    sort(&mut findings);
    FindingChange { findings, happenings }
}

/// What is stored, where what an older program wrote down without its subject has become that of the first check that finds it still, or, if
/// all of them find it gone, of the first of these. It stays as it is while nobody can tell.
fn recognised(stored: &[Finding], checks: &[&Check]) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::with_capacity(stored.len());
    for finding in stored {
        let mut finding = finding.clone();
        if finding.subject == Subject::Untold {
            let like = || checks.iter().filter(|check| finding.is_like(check));
            let still = like().find(|check| check.state == State::Failed);
            let gone = || like().next().filter(|_| like().all(|check| check.state == State::Ok));
            if let Some(check) = still.or_else(gone) {
                finding.subject = check.subject.clone();
            }
        }
        let same = |known: &Finding| (&known.code, &known.account, &known.subject) == (&finding.code, &finding.account, &finding.subject);
        if !findings.iter().any(same) {
            findings.push(finding);
        }
    }
    findings
}

/// What stands after everything that an owner has linked was examined. Pure.
///
/// As [`examined`] says; besides, what concerns an account, a road or a person that none of the connections is of any more is gone, and where
/// nothing is linked, so is what concerned nobody in particular and was not looked for.
pub fn examined_whole(
    owner: &OwnerId,
    stored: &[Finding],
    checks: &[Check],
    connections: &[Connection],
    now: DateTime<Utc>,
) -> FindingChange {
    let linked = |account: &AccountId| connections.iter().any(|connection| connection.account() == account);
    let concerns = |finding: &&Finding| match &finding.account {
        Some(_) => connections.iter().any(|connection| touches(connection, finding.account.as_ref(), &finding.subject)),
        None => {
            connections.iter().any(|connection| touches(connection, None, &finding.subject)) || checks.iter().any(|check| finding.is(check))
        }
    };
    let (kept, gone): (Vec<&Finding>, Vec<&Finding>) = stored.iter().partition(concerns);
    let kept: Vec<Finding> = kept.into_iter().cloned().collect();
    let of_linked = |check: &&Check| check.account.as_ref().is_none_or(linked);
    let checks: Vec<Check> = checks.iter().filter(of_linked).cloned().collect();
    let mut change = examined(owner, &kept, &checks, now);
    change.happenings.extend(gone.into_iter().map(|finding| finding.told(owner, false, now)));
    change
}

/// True if a finding of this account and subject is one of the connection's.
fn touches(connection: &Connection, account: Option<&AccountId>, subject: &Subject) -> bool {
    let of_account = account.is_none_or(|account| connection.account() == account);
    of_account
        && match subject {
            Subject::Untold | Subject::Program => true,
            Subject::Road { road } => connection.key.road == *road,
            Subject::Person { road, person } => connection.key.road == *road && connection.person == *person,
        }
}

/// True if a view shows a finding of this account and subject to somebody who sees these connections through it.
///
/// What is of an account is shown with the account. What is of none is shown where it touches an account that is: its road or its person is
/// that of a connection. What is the whole program's touches everybody. What an older program wrote down without its subject may be anybody's,
/// and is shown only through a view of all accounts.
pub fn shows(view: &View, connections: &[Connection], account: Option<&AccountId>, subject: &Subject) -> bool {
    match (account, subject, &view.accounts) {
        _ if view.is_empty() => false,
        (Some(account), ..) => view.shows(account),
        (None, _, Accounts::All) | (None, Subject::Program, _) => true,
        (None, Subject::Untold, _) => false,
        (None, ..) => connections.iter().any(|connection| view.shows(connection.account()) && touches(connection, None, subject)),
    }
}

/// One check of each cause, account and subject, in the order in which they were first made.
fn gravest(checks: &[Check]) -> Vec<&Check> {
    let mut places = BTreeMap::new();
    let mut gravest: Vec<&Check> = Vec::with_capacity(checks.len());
    for check in checks {
        let place = *places.entry((check.cause.code, &check.account, &check.subject)).or_insert(gravest.len());
        match gravest.get_mut(place) {
            Some(known) if gravity(check.state) > gravity(known.state) => *known = check,
            Some(_) => {}
            None => gravest.push(check),
        }
    }
    gravest
}

const fn gravity(state: State) -> u8 {
    match state {
        State::Ok => 0,
        State::Unknown => 1,
        State::Failed => 2,
    }
}

/// The worst first; among equals the one that is known longest.
pub fn sort(findings: &mut [Finding]) {
    findings.sort_by(|a, b| {
        b.urgency()
            .cmp(&a.urgency())
            .then_with(|| (a.since, &a.code, &a.account, &a.subject).cmp(&(b.since, &b.code, &b.account, &b.subject)))
    });
}

/// A pure step of an owner's findings.
pub type FindingStep<'a> = dyn Fn(&[Finding]) -> FindingChange + Send + Sync + 'a;

/// Where findings are kept.
#[async_trait]
pub trait FindingStore: Send + Sync {
    /// What stands, the worst first, as far as the view shows it: [`shows`] is the rule, by the owner's connections as they are now. An empty
    /// view shows nothing.
    async fn findings(&self, view: &View) -> Result<Vec<Finding>>;
    /// Loads all of the owner's, runs the step (again after a conflict) and writes what it leaves and tells, atomically.
    async fn update(&self, owner: &OwnerId, step: &FindingStep<'_>) -> Result<Vec<Finding>>;
}

#[cfg(test)]
mod subjects;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::finding::Cause;

    static LOST: Cause =
        Cause::new("lost", Severity::Blocks, "it is lost", &[Remedy::new(Who::Owner, "find it"), Remedy::new(Who::Owner, "buy another")]);
    static WORN: Cause = Cause::new("worn", Severity::Warns, "it is worn", &[Remedy::new(Who::Owner, "mend it")]);

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    fn owner() -> OwnerId {
        OwnerId::new("o").unwrap()
    }

    fn told(change: &FindingChange) -> Vec<(String, bool)> {
        let each = change.happenings.iter().map(|happening| match &happening.what {
            What::FindingChanged { code, stands, .. } => (code.clone(), *stands),
            other => panic!("{other:?}"),
        });
        each.collect()
    }

    #[test]
    fn what_stands_is_told_once_keeps_its_date_and_is_told_again_when_it_goes() {
        let found = examined(&owner(), &[], &[WORN.found().with("the sole"), LOST.found()], at(1));
        assert_eq!(found.findings.iter().map(|f| f.code.as_str()).collect::<Vec<_>>(), ["lost", "worn"], "the worst first");
        assert_eq!(found.findings[1].cause, "it is worn: the sole");
        assert_eq!(found.findings[0].further.len(), 1);
        assert_eq!(told(&found), [("worn".to_owned(), true), ("lost".to_owned(), true)]);

        let again = examined(&owner(), &found.findings, &[WORN.found().with("the heel"), LOST.absent()], at(2));
        assert_eq!(told(&again), [("lost".to_owned(), false)], "what still stands is no news");
        assert_eq!((again.findings[0].since, again.findings[0].cause.as_str()), (at(1), "it is worn: the heel"));
    }

    #[test]
    fn what_only_a_refusal_tells_of_stands_since_the_last_one() {
        static HELD: Cause =
            Cause::new("held", Severity::Degrades, "it is held back", &[Remedy::new(Who::Platform, "wait")]).only_refused();
        let found = examined(&owner(), &[], &[HELD.found()], at(1));
        let again = examined(&owner(), &found.findings, &[HELD.found()], at(2));
        assert_eq!((again.findings[0].since, again.happenings.len()), (at(2), 0), "a day after the first refusal it is taken for gone");
    }

    #[test]
    fn what_could_not_be_looked_for_is_neither_all_right_nor_wrong() {
        let found = examined(&owner(), &[], &[LOST.found(), WORN.unknown()], at(1));
        assert_eq!(found.findings.len(), 1);
        let later = examined(&owner(), &found.findings, &[LOST.unknown()], at(2));
        assert_eq!((later.findings.len(), later.happenings.len()), (1, 0));
    }

    #[test]
    fn a_finding_of_one_account_is_not_cleared_by_another() {
        let account = |id: &str| format!("messenger:{id}").parse::<AccountId>().unwrap();
        let found = examined(&owner(), &[], &[LOST.found().at(account("1")), LOST.found().at(account("2"))], at(1));
        let later = examined(&owner(), &found.findings, &[LOST.absent().at(account("1"))], at(2));
        assert_eq!(later.findings.iter().map(|f| f.account.clone().unwrap()).collect::<Vec<_>>(), [account("2")]);
    }
}
