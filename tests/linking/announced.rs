//! Telling Meta where deliveries go.

use chrono::TimeDelta;
use link_kit::{Health, Subscription};
use serde_json::json;

use crate::stage::{self, Stage};

async fn announcements(stage: &Stage) -> usize {
    stage.calls("POST", "/subscriptions").await.len()
}

#[tokio::test]
async fn a_program_that_starts_announces_its_address_though_everything_is_subscribed() {
    let stage = Stage::linked().await;
    stage.unsubscribe_from("page").await;
    let restarted = stage.another_kit().await;
    restarted.drain().await.unwrap();
    assert!(stage.announced("page").await.contains("messages"), "Meta is not told where to deliver to");
    let announced = announcements(&stage).await;
    restarted.drain().await.unwrap();
    assert_eq!(announcements(&stage).await, announced, "it is announced over and over");
}

#[tokio::test]
async fn who_has_nothing_linked_or_only_looks_announces_nothing() {
    let stage = Stage::open().await;
    stage.kit.drain().await.unwrap();
    assert_eq!(announcements(&stage).await, 0);
    stage.link(&stage.viewer).await;
    let announced = announcements(&stage).await;
    let elsewhere = stage::builder(&stage.meta, "https://elsewhere.example/meta", &stage.clock).received_elsewhere();
    elsewhere.sqlite(stage.database()).build().await.unwrap().drain().await.unwrap();
    assert_eq!(announcements(&stage).await, announced, "deliveries are led to where nobody receives");
}

#[tokio::test]
async fn an_announcement_that_is_refused_ends_no_accounts_token_and_is_tried_again_after_a_while() {
    let stage = Stage::open().await;
    let refused = json!({"match": {"method": "POST", "path": "/*/subscriptions"}, "times": 100, "answer": {"code": 190, "status": 400}});
    stage.meta.fault(refused).await.unwrap();
    stage.link(&stage.viewer).await;
    let connections = stage.kit.linking().connections(&stage.viewer).await.unwrap();
    for connection in &connections {
        assert_eq!(connection.health, Health::Alive, "the app's own token was refused, and the account's is taken for dead");
        assert!(matches!(connection.subscription, Subscription::Wanted { .. }), "{connection:?}");
    }
    stage.kit.drain().await.unwrap();
    let tried = announcements(&stage).await;
    stage.kit.drain().await.unwrap();
    assert_eq!(announcements(&stage).await, tried, "Meta is asked as often as anything happens");
    stage.meta.clear_faults().await.unwrap();
    stage.pass(TimeDelta::hours(1)).await;
    stage.kit.drain().await.unwrap();
    let connections = stage.kit.linking().connections(&stage.viewer).await.unwrap();
    assert!(connections.iter().all(|connection| matches!(connection.subscription, Subscription::Active { .. })), "{connections:?}");
}
