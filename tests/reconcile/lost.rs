//! Deliveries are lost without a word.

use std::time::Duration;

use chrono::TimeDelta;
use link_kit::What;
use serde_json::json;

use crate::stage::{PAGE, Stage, page, told};
use crate::{compared, heard, nobody_delivers, open_shop, reads, texts};

const EVERY: Duration = Duration::from_secs(6 * 3_600);

/// The codes of what stands that concerns deliveries.
async fn found(stage: &Stage) -> Vec<(String, String)> {
    let findings = stage.kit.accessibility().findings(&stage.viewer).await.unwrap();
    findings.into_iter().filter(|finding| finding.code.starts_with("webhook")).map(|finding| (finding.code, finding.cause)).collect()
}

/// Time for the next look passes.
async fn look(stage: &Stage) {
    stage.pass(TimeDelta::hours(7)).await;
    stage.settle().await;
}

#[tokio::test]
async fn that_one_persons_messages_are_never_delivered_is_found_filled_and_gone_when_they_are() {
    let stage = open_shop(Stage::set().built(|builder| builder.reconcile_every(EVERY))).await;
    let (mut alerts, begin) = (stage.kit.alerts(&stage.viewer), stage.sqlite_end().await);
    stage.meta.fault(json!({"webhook": {"account": PAGE, "customer": "c1"}, "times": 999, "lose": true})).await.unwrap();
    for n in 1..=2 {
        assert_eq!(found(&stage).await, [], "one late delivery is told as a loss");
        stage.pass(TimeDelta::minutes(10)).await;
        stage.meta.customer_writes("c1", PAGE, &format!("lost {n}")).await.unwrap();
        stage.meta.customer_writes("c2", PAGE, &format!("delivered {n}")).await.unwrap();
        stage.settle().await;
        assert!(!texts(&stage.kit, &stage).await.contains(&format!("lost {n}")), "the story needs something that is lost");
        look(&stage).await;
        assert!(texts(&stage.kit, &stage).await.contains(&format!("lost {n}")), "what was lost is not filled");
    }
    let stands = found(&stage).await;
    assert_eq!(stands.len(), 1, "{stands:?}");
    let (code, cause) = &stands[0];
    assert_eq!(code, "webhook_partial");
    assert!(cause.contains("of 1 person, since 23 November 2026"), "{cause}");
    let rung: Vec<bool> = heard(&mut alerts).into_iter().map(|alert| alert.late).collect();
    assert_eq!(rung, [false, true, false, true], "what is filled rings as new, twice or never");

    // The doctor finds the same by looking.
    let diagnosis = stage.kit.doctor(&stage.viewer).await.unwrap();
    assert_eq!(diagnosis.first.as_deref(), Some("webhook_partial"), "{:?}", diagnosis.findings);
    look(&stage).await;
    assert_eq!(found(&stage).await.len(), 1, "that nobody wrote is taken for mended");
    stage.meta.clear_faults().await.unwrap();
    stage.meta.customer_writes("c1", PAGE, "There you are").await.unwrap();
    stage.settle().await;
    look(&stage).await;
    assert_eq!(found(&stage).await, [], "what is mended is found for ever");
    let happenings = told(&stage.kit, &stage.viewer, begin).await;
    let stands: Vec<bool> = happenings
        .iter()
        .filter_map(|told| match &told.what {
            What::FindingChanged { code, stands, .. } if code == "webhook_partial" => Some(*stands),
            _ => None,
        })
        .collect();
    assert_eq!(stands, [true, false], "nobody is told, or twice");
    let filled = happenings.iter().filter(|told| matches!(told.what, What::Reconciled { filled: 1, .. })).count();
    assert_eq!(filled, 2, "a look that fills nothing is told, or one that does is not");
}

#[tokio::test]
async fn that_nothing_is_delivered_at_all_is_found() {
    let stage = open_shop(Stage::set().built(|builder| builder.reconcile_every(EVERY))).await;
    nobody_delivers(&stage).await;
    for n in 1..=2 {
        stage.pass(TimeDelta::minutes(10)).await;
        stage.meta.customer_writes("c1", PAGE, &format!("lost {n}")).await.unwrap();
        look(&stage).await;
    }
    let codes: Vec<String> = found(&stage).await.into_iter().map(|(code, _)| code).collect();
    assert_eq!(codes, ["webhook_lost"]);
    assert_eq!(texts(&stage.kit, &stage).await, ["Is the shop open?", "lost 1", "lost 2"]);
}

#[tokio::test]
async fn a_regular_look_costs_one_call_for_each_account_and_none_where_it_is_switched_off() {
    let stage = open_shop(Stage::set().built(|builder| builder.reconcile_every(EVERY))).await;
    let before = reads(&stage).await;
    look(&stage).await;
    // Looking whether the accounts can be used asks for conversations of its own.
    let row = compared(&stage.kit, &stage, &page()).await;
    assert_eq!((row.calls, row.filled), (1, 0));
    assert!(reads(&stage).await >= before + 2);

    let off = open_shop(Stage::set().built(|builder| builder.reconcile_every(Duration::ZERO))).await;
    look(&off).await;
    assert!(off.kit.inbox().reconciles(&off.viewer).await.unwrap().is_empty(), "what is switched off is done");
}
