//! Every cause comes out as its own finding with its own remedy.

use std::collections::BTreeSet;

use link_kit::{Severity, State, Status};

use crate::stage::Stage;
use crate::wrong::{By, CAUSES, stage};
use crate::{codes, diagnosis};

/// Causes that no call of the sandbox brings about here, each with the test that shows it instead.
const ELSEWHERE: &[&str] = &[
    // The sandbox's token ends before its data access does; shown on the wire.
    "data_access_over",
    "data_access_expiring",
    // A Page that is listed for nobody and read without a token; shown on the wire.
    "page_held_by_business",
    // No permission that is in use has an announced end; shown with a road that has one, in the story of permissions.
    "permission_ending",
    // Before there is a link: shown in a setup.
    "facebook_account_needed",
];

#[tokio::test]
async fn each_cause_is_found_and_nothing_else() {
    let mut wrong = Vec::new();
    for (code, by, implied) in CAUSES {
        let (stage, kit) = stage(code).await;
        let diagnosis = kit.doctor(&stage.viewer).await.unwrap();
        let expected: BTreeSet<&str> = [*code].into_iter().chain(implied.iter().copied()).collect();
        let found: BTreeSet<&str> = codes(&diagnosis).into_iter().collect();
        if found != expected {
            wrong.push(format!("{code} (by {by:?}): found {found:?}"));
            continue;
        }
        assert_eq!(diagnosis.first.as_deref(), Some(*code), "{code} is found, and something else is said to be first");
        let finding = diagnosis.findings.iter().find(|finding| finding.code == *code).unwrap();
        assert!(!finding.remedy.what.is_empty() && !finding.remedy.recheck.is_empty(), "{finding:?}");
        let worst = match finding.severity {
            Severity::Blocks => Status::Broken,
            Severity::Degrades => Status::Degraded,
            _ => Status::Healthy,
        };
        assert_eq!(diagnosis.status, worst, "{code}");
        assert!(diagnosis.checks.iter().any(|check| check.code == *code && check.state == State::Failed), "{code}");
    }
    assert!(wrong.is_empty(), "{} of {} causes come out otherwise:\n{}", wrong.len(), CAUSES.len(), wrong.join("\n"));
}

#[tokio::test]
async fn the_table_is_whole_and_actions_come_before_seeds() {
    let stage = Stage::open().await;
    let known: BTreeSet<&str> = stage.kit.causes().iter().map(|cause| cause.code).collect();
    let shown: BTreeSet<&str> = CAUSES.iter().map(|(code, ..)| *code).chain(ELSEWHERE.iter().copied()).collect();
    assert_eq!(known, shown, "a cause that nobody brings about, or one that nobody knows");
    assert!(CAUSES.iter().filter(|(_, by, _)| *by == By::Action).count() >= 14, "what a person can do is done by a person");
    let remedies: BTreeSet<&str> = stage.kit.causes().iter().map(|cause| cause.remedies[0].what).collect();
    assert_eq!(remedies.len(), known.len(), "two causes have one remedy");
    let weights: BTreeSet<_> = stage.kit.causes().iter().map(|cause| (cause.severity, cause.weight)).collect();
    assert_eq!(weights.len(), known.len(), "of two causes nobody knows which is to be mended first");
}

#[tokio::test]
async fn a_healthy_shop_is_healthy_and_what_cannot_be_read_is_unknown() {
    let stage = Stage::linked().await;
    let diagnosis = diagnosis(&stage).await;
    assert_eq!((diagnosis.status, diagnosis.first.as_deref()), (Status::Healthy, None), "{:?}", diagnosis.findings);
    let unknown: Vec<&str> = diagnosis.checks.iter().filter(|check| check.state == State::Unknown).map(|check| check.code).collect();
    assert_eq!(unknown, ["profiles_unapproved", "page_restricted", "blocked_for_policy"], "only a refusal tells of these");
}
