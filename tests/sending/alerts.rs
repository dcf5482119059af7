//! Alerts, and who may answer.

use chrono::TimeDelta;
use link_core::words::event::Direction;
use link_kit::{Preferences, Refusal, Synchronisation, Viewer};
use link_sandbox::{Action, CustomerMessage};

use crate::stage::{INSTAGRAM, PAGE, Stage, instagram, page};
use crate::{ada, answer, asked, assert_refused, heard, preferring};

#[tokio::test]
async fn there_is_one_alert_for_each_new_message_of_a_customer_and_none_for_anything_else() {
    let stage = Stage::open().await;
    let mut alerts = stage.kit.alerts(&stage.viewer);
    stage.link_reading(&stage.viewer, Synchronisation::default()).await;
    for _ in 0..10 {
        stage.pass(TimeDelta::seconds(1)).await;
        stage.settle().await;
    }
    assert!(stage.messages(&stage.viewer).await.len() > 100, "there is no history to be silent about");
    assert_eq!(heard(&mut alerts), [], "old messages ring");

    stage.meta.customer_writes("c1", PAGE, "One").await.unwrap();
    stage
        .meta
        .customer_sends("c5", INSTAGRAM, &CustomerMessage::wordless().attachment("image", "https://pictures.example/1.png"))
        .await
        .unwrap();
    stage
        .meta
        .customer_acts("c1", PAGE, &Action::Postback { title: "Opening times".to_owned(), payload: "TIMES".to_owned() })
        .await
        .unwrap();
    stage.settle().await;
    let new = heard(&mut alerts);
    let mut accounts: Vec<_> = new.iter().map(|alert| alert.account.clone()).collect();
    accounts.sort();
    assert_eq!(accounts, [instagram(), page(), page()]);
    for alert in &new {
        let message = stage.kit.inbox().message(&stage.viewer, &alert.key()).await.unwrap().expect("an alert without its message");
        assert_eq!(message.state.direction, Some(Direction::Inbound));
        assert!(!alert.late, "{alert:?}");
    }

    answer(&stage, &ada(&stage), "Two", "k").await.unwrap();
    stage.meta.staff_writes(PAGE, "c1", "Three").await.unwrap();
    stage.meta.customer_acts("c1", PAGE, &Action::Read).await.unwrap();
    let mid = new.iter().find(|alert| alert.account == page()).unwrap().message.to_string();
    stage.meta.customer_acts("c1", PAGE, &Action::React { mid, emoji: "👍".to_owned() }).await.unwrap();
    stage.settle().await;
    assert_eq!(heard(&mut alerts), [], "own acts, echoes, reads and reactions ring");
}

#[tokio::test]
async fn nobody_is_alerted_who_did_not_want_to_be() {
    let stage = Stage::open().await;
    preferring(&stage, Preferences::default().alert(false)).await;
    let mut alerts = stage.kit.alerts(&stage.viewer);
    stage.meta.customer_writes("c1", PAGE, "Hello").await.unwrap();
    stage.settle().await;
    assert_eq!(stage.messages(&stage.viewer).await.len(), 1);
    assert_eq!(heard(&mut alerts), []);
}

#[tokio::test]
async fn whoever_links_again_gets_what_they_wanted_last() {
    let stage = asked().await;
    preferring(&stage, Preferences::default().alert(false).answer(false)).await;
    let mut alerts = stage.kit.alerts(&stage.viewer);
    stage.meta.customer_writes("c1", PAGE, "Hello").await.unwrap();
    stage.settle().await;
    assert_eq!(heard(&mut alerts), [], "alerts were switched off");
    assert_refused(&stage, answer(&stage, &ada(&stage), "Yes.", "k").await, |refusal| *refusal == Refusal::AnswersOff).await;
}

#[tokio::test]
async fn somebody_without_a_role_sends_nothing() {
    let stage = asked().await;
    let guest = Viewer::new(stage.viewer.owner.clone(), "guest".parse().unwrap());
    let outcome = stage.kit.inbox().answer(&guest, &ada(&stage), "Free books!", "k").await;
    assert_refused(&stage, outcome, |refusal| *refusal == Refusal::NotVisible).await;
}
