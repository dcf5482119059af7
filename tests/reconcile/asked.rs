//! Somebody asks for it, or signs in again.

use chrono::TimeDelta;
use link_kit::{PageQuery, Problem, ReconcileReason, Refusal, Viewer};
use link_sandbox::{Decision, PersonAction};
use serde_json::json;

use crate::stage::Agree as _;
use crate::stage::{PAGE, Stage, owner, page};
use crate::{ROBIN, compared, heard, lose_the_next, nobody_delivers, open_shop, reads, texts};

#[tokio::test]
async fn whoever_asks_gets_what_is_missing_and_what_is_delivered_after_all_stands_once() {
    let stage = open_shop(Stage::set()).await;
    let mut alerts = stage.kit.alerts(&stage.viewer);
    stage.meta.fault(json!({"webhook": {"account": PAGE, "field": "messages"}, "delay_ms": 3_600_000})).await.unwrap();
    stage.meta.customer_writes("c1", PAGE, "Hello?").await.unwrap();
    stage.pass(TimeDelta::minutes(20)).await;
    stage.kit.drain().await.unwrap();
    assert_eq!(texts(&stage.kit, &stage).await, ["Is the shop open?"], "the story needs something that is under way");
    stage.kit.inbox().reconcile(&stage.viewer, &page()).await.unwrap();
    stage.kit.drain().await.unwrap();
    assert_eq!(texts(&stage.kit, &stage).await, ["Is the shop open?", "Hello?"]);
    let rung: Vec<bool> = heard(&mut alerts).into_iter().map(|alert| alert.late).collect();
    assert_eq!(rung, [true]);

    stage.pass(TimeDelta::hours(1)).await;
    stage.settle().await;
    assert_eq!(texts(&stage.kit, &stage).await, ["Is the shop open?", "Hello?"], "what is delivered after all stands twice");
    assert_eq!(heard(&mut alerts), [], "it rings once more");
    let row = stage.messages(&stage.viewer).await.pop().unwrap().1;
    assert!(row.told.live && row.told.history);
    let acts = stage.kit.activity(&stage.viewer, &PageQuery::first(50)).await.unwrap().items;
    assert!(acts.iter().any(|act| act.act == "history.reconcile"), "nobody knows who asked for it");
}

#[tokio::test]
async fn who_may_not_see_an_account_has_it_not_compared() {
    let stage = open_shop(Stage::set()).await;
    let nobody = Viewer::new(stage.viewer.owner.clone(), "passer-by".parse().unwrap());
    let refused = stage.kit.inbox().reconcile(&nobody, &page()).await;
    assert!(matches!(refused, Err(Problem::Refused(Refusal::NotVisible))), "{refused:?}");
    let stranger = owner("bakery", "kim");
    let refused = stage.kit.inbox().reconcile(&stranger, &page()).await;
    assert!(matches!(refused, Err(Problem::Refused(Refusal::NotLinked))), "{refused:?}");
    let before = reads(&stage).await;
    stage.kit.drain().await.unwrap();
    assert_eq!(reads(&stage).await, before);
}

#[tokio::test]
async fn a_message_of_which_only_a_reaction_came_is_filled() {
    let stage = open_shop(Stage::set()).await;
    lose_the_next(&stage).await;
    let lost = stage.meta.customer_writes("c1", PAGE, "Look at this").await.unwrap().mid;
    stage.meta.customer_acts("c1", PAGE, &link_sandbox::Action::React { mid: lost.clone(), emoji: "👍".to_owned() }).await.unwrap();
    stage.settle().await;
    assert_eq!(texts(&stage.kit, &stage).await, ["Is the shop open?"], "the story needs a message that is lost");
    stage.pass(TimeDelta::minutes(1)).await;
    stage.kit.inbox().reconcile(&stage.viewer, &page()).await.unwrap();
    stage.kit.drain().await.unwrap();
    let (key, message) = stage.messages(&stage.viewer).await.pop().unwrap();
    assert_eq!((key.id.as_str(), message.text(), message.reactions.len()), (lost.as_str(), Some("Look at this"), 1));
}

#[tokio::test]
async fn who_signs_in_again_is_told_what_came_meanwhile() {
    let stage = open_shop(Stage::set()).await;
    let link = stage.kit.linking().links(&stage.viewer).await.unwrap().remove(0);
    stage.meta.person_acts(ROBIN, &PersonAction::ChangePassword).await.unwrap();
    nobody_delivers(&stage).await;
    stage.pass(TimeDelta::days(2)).await;
    stage.meta.customer_writes("c1", PAGE, "Hello?").await.unwrap();
    stage.pass(TimeDelta::hours(1)).await;
    stage.settle().await;
    stage.meta.clear_faults().await.unwrap();
    let mut alerts = stage.kit.alerts(&stage.viewer);
    let linking = stage.kit.linking();
    let setup = linking.reconnect(&stage.viewer, link.id).await.unwrap().id;
    let dialog = linking.dialog(&stage.viewer, setup, &link_kit::Road::FACEBOOK, None).await.unwrap();
    let came_back = stage.meta.sign_in(&dialog, &Decision::allow()).await.unwrap();
    linking.signed_in(&stage.viewer, &came_back).await.unwrap();
    linking.agree(&stage.viewer, setup).await.unwrap();
    stage.settle().await;
    assert_eq!(texts(&stage.kit, &stage).await, ["Is the shop open?", "Hello?"]);
    assert_eq!(heard(&mut alerts).into_iter().map(|alert| alert.late).collect::<Vec<_>>(), [true]);
    let row = compared(&stage.kit, &stage, &page()).await;
    assert_eq!((row.reason, row.filled), (ReconcileReason::Reauthorised, 1));
}
