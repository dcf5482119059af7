//! What the platform does to an account for its policies is told, with what to do, until it is over.

use chrono::TimeDelta;
use link_kit::{Finding, Severity, Status, What};
use link_sandbox::PersonAction;
use serde_json::json;

use crate::at_once::answered;
use crate::stage::{INSTAGRAM, PAGE, Stage, instagram, page, told};
use crate::{ROBIN, codes, diagnosis};

async fn standing(stage: &Stage) -> Vec<Finding> {
    stage.kit.accessibility().findings(&stage.viewer).await.unwrap()
}

async fn warned(stage: &Stage, text: &str) {
    stage.meta.event("page_policy_warning", PAGE, &json!({"text": text})).await.unwrap();
    stage.settle().await;
}

/// If this failed, nobody would know why nothing leaves, or it would be told for ever.
#[tokio::test]
async fn a_block_is_found_at_once_with_its_reason_and_gone_when_the_platform_ends_it() {
    let stage = Stage::linked().await;
    stage.kit.drain().await.unwrap();
    let before = stage.sqlite_end().await;
    stage.meta.person_acts(ROBIN, &PersonAction::Restrict { page: PAGE.to_owned() }).await.unwrap();
    stage.settle().await;
    let found = standing(&stage).await;
    assert_eq!(found.len(), 1, "it waits for the next round: {found:?}");
    let finding = &found[0];
    assert_eq!((finding.code.as_str(), finding.severity, finding.account.clone()), ("policy_enforced", Severity::Degrades, Some(page())));
    assert!(finding.cause.contains("since 23 November 2026"), "{}", finding.cause);
    // A round finds the same, and once.
    stage.pass(TimeDelta::days(3)).await;
    let looked = diagnosis(&stage).await;
    assert_eq!((codes(&looked), looked.status), (vec!["policy_enforced"], Status::Degraded), "a block that lasts is forgotten");

    stage.meta.person_acts(ROBIN, &PersonAction::Undo).await.unwrap();
    stage.settle().await;
    assert_eq!(standing(&stage).await, [], "what is over waits for the next round");
    let news = told(&stage.kit, &stage.viewer, before).await;
    let changes = news.iter().filter_map(|happening| match &happening.what {
        What::FindingChanged { code, stands, .. } => Some((code.as_str(), *stands)),
        _ => None,
    });
    assert_eq!(changes.collect::<Vec<_>>(), [("policy_enforced", true), ("policy_enforced", false)]);
}

#[tokio::test]
async fn a_block_of_an_instagram_account_is_its_own_and_says_why() {
    let stage = Stage::linked().await;
    stage.meta.event("ig_policy_enforcement", INSTAGRAM, &json!({"action": "block", "text": "spam"})).await.unwrap();
    stage.settle().await;
    let found = standing(&stage).await;
    assert_eq!(found.iter().map(|finding| finding.account.clone()).collect::<Vec<_>>(), [Some(instagram())]);
    assert!(found[0].cause.ends_with("\u{201c}spam\u{201d}"), "{}", found[0].cause);
}

/// The end may be told while nobody listens. Who is answered all the same is not blocked.
#[tokio::test]
async fn a_block_whose_end_nobody_heard_is_gone_once_the_platform_takes_an_answer() {
    let stage = Stage::linked().await;
    stage.meta.person_acts(ROBIN, &PersonAction::Restrict { page: PAGE.to_owned() }).await.unwrap();
    stage.settle().await;
    stage.pass(TimeDelta::hours(25)).await;
    stage.meta.fault(json!({"webhook": {"account": PAGE, "field": "messaging_policy_enforcement"}, "lose": true})).await.unwrap();
    stage.meta.person_acts(ROBIN, &PersonAction::Undo).await.unwrap();
    stage.settle().await;
    assert_eq!(codes(&diagnosis(&stage).await), ["policy_enforced"]);
    answered(&stage, "a").await;
    assert_eq!(codes(&diagnosis(&stage).await), [""; 0], "sends go out, and are said to be refused");
}

/// No platform tells the end of a warning. If this failed, it would stand for ever, or the last one would count for nothing.
#[tokio::test]
async fn a_warning_stands_for_a_month_after_the_last_one() {
    let stage = Stage::linked().await;
    warned(&stage, "too many complaints").await;
    let found = standing(&stage).await;
    assert_eq!(
        found.iter().map(|finding| (finding.code.as_str(), finding.severity)).collect::<Vec<_>>(),
        [("policy_warned", Severity::Warns)]
    );
    assert!(found[0].cause.contains("too many complaints"), "{}", found[0].cause);
    stage.pass(TimeDelta::days(20)).await;
    warned(&stage, "again too many").await;
    stage.pass(TimeDelta::days(20)).await;
    let looked = diagnosis(&stage).await;
    let warning =
        looked.findings.iter().find(|finding| finding.code == "policy_warned").expect("the first warning's month ends the second's");
    assert!(warning.cause.contains("again too many"), "{}", warning.cause);
    stage.pass(TimeDelta::days(11)).await;
    assert!(!codes(&diagnosis(&stage).await).contains(&"policy_warned"), "a warning is told for ever");
}
