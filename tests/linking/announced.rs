//! Telling Meta where deliveries go.

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
