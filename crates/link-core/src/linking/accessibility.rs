//! What stands in the way of an owner's accounts: findings, and how they come and go.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::words::error::{Remedy, Result, Who};
use crate::words::feed::{Happening, What};
use crate::words::finding::{Cause, Check, Severity, State};
use crate::words::ids::{AccountId, OwnerId};
use crate::words::platform::{Feature, Platform};
use crate::words::view::View;

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
            features: cause.features.to_vec(),
            cause: detail.map_or_else(|| cause.cause.to_owned(), |detail| format!("{}: {detail}", cause.cause)),
            remedy: remedies.next().unwrap_or_else(|| Advised::from(&NOTHING)),
            further: remedies.collect(),
            since,
            weight: cause.weight,
        }
    }

    /// True if it is of this cause and account.
    fn is(&self, check: &Check) -> bool {
        self.code == check.cause.code && self.account == check.account
    }

    /// What decides which is to be mended first; the greatest is.
    pub fn urgency(&self) -> (Severity, u8) {
        (self.severity, self.weight)
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
/// what could not be looked for stays as it was, and so does what was not looked for at all. Of several checks of one cause at one place the
/// gravest counts: the token of one person says nothing good of another's.
pub fn examined(owner: &OwnerId, stored: &[Finding], checks: &[Check], now: DateTime<Utc>) -> FindingChange {
    let mut findings: Vec<Finding> = stored.to_vec();
    let mut happenings = Vec::new();
    let mut tell = |finding: &Finding, stands: bool| {
        let what = What::FindingChanged { code: finding.code.clone(), severity: finding.severity, stands };
        happenings.push(Happening::new(owner.clone(), finding.account.clone(), what, now));
    };
    for check in gravest(checks) {
        let known = findings.iter().position(|finding| finding.is(check));
        match (check.state, known) {
            (State::Failed, Some(known)) => {
                let since = if check.cause.only_refused { now } else { findings[known].since };
                findings[known] = Finding::new(check.cause, check.account.clone(), check.detail.as_deref(), since);
            }
            (State::Failed, None) => {
                let finding = Finding::new(check.cause, check.account.clone(), check.detail.as_deref(), now);
                tell(&finding, true);
                findings.push(finding);
            }
            (State::Ok, Some(known)) => tell(&findings.remove(known), false),
            (State::Ok, None) | (State::Unknown, _) => {}
        }
    }
    sort(&mut findings);
    FindingChange { findings, happenings }
}

/// What stands after everything that an owner has linked was examined. Pure.
///
/// As [`examined`] says; besides, what concerns an account that is not among the linked ones any more is gone, and where nothing is linked, so is
/// what concerned nobody in particular and was not looked for.
pub fn examined_whole(
    owner: &OwnerId,
    stored: &[Finding],
    checks: &[Check],
    linked: &BTreeSet<AccountId>,
    now: DateTime<Utc>,
) -> FindingChange {
    let concerns = |finding: &&Finding| match &finding.account {
        Some(account) => linked.contains(account),
        None => !linked.is_empty() || checks.iter().any(|check| finding.is(check)),
    };
    let (kept, gone): (Vec<&Finding>, Vec<&Finding>) = stored.iter().partition(concerns);
    let kept: Vec<Finding> = kept.into_iter().cloned().collect();
    let of_linked = |check: &&Check| check.account.as_ref().is_none_or(|account| linked.contains(account));
    let checks: Vec<Check> = checks.iter().filter(of_linked).cloned().collect();
    let mut change = examined(owner, &kept, &checks, now);
    for finding in gone {
        let what = What::FindingChanged { code: finding.code.clone(), severity: finding.severity, stands: false };
        change.happenings.push(Happening::new(owner.clone(), finding.account.clone(), what, now));
    }
    change
}

/// One check of each cause and place, in the order in which they were first made.
fn gravest(checks: &[Check]) -> Vec<&Check> {
    let mut places = BTreeMap::new();
    let mut gravest: Vec<&Check> = Vec::with_capacity(checks.len());
    for check in checks {
        let place = *places.entry((check.cause.code, &check.account)).or_insert(gravest.len());
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
    findings
        .sort_by(|a, b| b.urgency().cmp(&a.urgency()).then_with(|| (a.since, &a.code, &a.account).cmp(&(b.since, &b.code, &b.account))));
}

/// A pure step of an owner's findings.
pub type FindingStep<'a> = dyn Fn(&[Finding]) -> FindingChange + Send + Sync + 'a;

/// Where findings are kept.
#[async_trait]
pub trait FindingStore: Send + Sync {
    /// What stands, the worst first. A view of some accounts shows what concerns these and what concerns no single account; an empty view
    /// shows nothing.
    async fn findings(&self, view: &View) -> Result<Vec<Finding>>;
    /// Loads all of the owner's, runs the step (again after a conflict) and writes what it leaves and tells, atomically.
    async fn update(&self, owner: &OwnerId, step: &FindingStep<'_>) -> Result<Vec<Finding>>;
}

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

    #[test]
    fn a_cause_found_at_one_person_stands_though_another_is_all_right() {
        let found = LOST.found().with("the password");
        for checks in [[found.clone(), LOST.absent()], [LOST.absent(), found.clone()], [LOST.unknown(), found.clone()]] {
            let change = examined(&owner(), &[], &checks, at(1));
            assert_eq!(told(&change), [("lost".to_owned(), true)]);
            assert_eq!(change.findings[0].cause, "it is lost: the password");
            let later = examined(&owner(), &change.findings, &checks, at(2));
            assert!(later.happenings.is_empty() && later.findings == change.findings, "it comes and goes with every look");
        }
        let stands = examined(&owner(), &[], &[LOST.found()], at(1)).findings;
        let half_seen = examined(&owner(), &stands, &[LOST.absent(), LOST.unknown()], at(2));
        assert_eq!(half_seen.findings, stands, "what could not be looked for everywhere is taken for gone");
    }

    #[test]
    fn what_concerned_an_account_goes_with_the_account_and_is_told() {
        let [here, gone]: [AccountId; 2] = ["messenger:1", "messenger:2"].map(|account| account.parse().unwrap());
        let checks = [LOST.found().at(here.clone()), LOST.found().at(gone.clone()), WORN.found()];
        let stands = examined(&owner(), &[], &checks, at(1)).findings;
        let linked = BTreeSet::from([here.clone()]);
        let change = examined_whole(&owner(), &stands, &[WORN.unknown(), LOST.found().at(gone)], &linked, at(2));
        assert_eq!(change.findings.iter().map(|finding| finding.account.clone()).collect::<Vec<_>>(), [Some(here), None]);
        assert_eq!(told(&change), [("lost".to_owned(), false)]);
        let nothing = examined_whole(&owner(), &change.findings, &[], &BTreeSet::new(), at(3));
        assert!(nothing.findings.is_empty(), "an owner who has nothing linked is still told of a worn token");
    }
}
