//! Echoes of Instagram Login, whichever field they come in. Meta's pages do not agree on it.

use link_core::words::event::Direction;
use link_kit::Road;
use serde_json::json;

use crate::stage::{APP, INSTAGRAM, Setting, Stage};
use crate::switching::switched_in;
use crate::{arrived, by_both_roads, eve, texts};

/// What staff writes in Instagram's own app stands in the inbox, and so does what is sent from here, once.
async fn echoes_come(setting: Setting) {
    let stage = by_both_roads(setting).await;
    let cut = switched_in(&stage, chrono::TimeDelta::minutes(10)).await;
    stage.pass(cut - stage.clock.time()).await;
    stage.meta.customer_writes("c5", INSTAGRAM, "Do you ship?").await.unwrap();
    arrived(&stage).await;
    stage.meta.staff_writes(INSTAGRAM, "c5", "Worldwide.").await.unwrap();
    arrived(&stage).await;
    stage.kit.inbox().answer(&stage.viewer, &eve(&stage), "And on Sundays.", "k").await.unwrap();
    stage.kit.drain().await.unwrap();
    arrived(&stage).await;
    let expected = ["Do you ship?", "Worldwide.", "And on Sundays."].map(|text| (Road::INSTAGRAM, text.to_owned()));
    assert_eq!(texts(&stage).await, expected);
    let all = stage.messages(&stage.viewer).await;
    assert!(all[2].1.told.live && all[2].1.told.answer && all[2].1.direction == Some(Direction::Outbound), "{:?}", all[2]);
}

#[tokio::test]
async fn within_messages() {
    echoes_come(Stage::set().quirk("ig_echo_field", "messages")).await;
}

#[tokio::test]
async fn in_a_field_of_their_own() {
    echoes_come(Stage::set().quirk("ig_echo_field", "message_echoes")).await;
}

#[tokio::test]
async fn where_meta_knows_no_such_field_everything_else_is_told() {
    let stage = Stage::set().instagram_login().open().await;
    // The Page is announced first, then Instagram.
    let unknown =
        |path: String, skip: u32| json!({"match": {"method": "POST", "path": path}, "skip": skip, "answer": {"status": 400, "code": 100}});
    stage.meta.fault(unknown(format!("/{APP}/subscriptions"), 1)).await.unwrap();
    stage.meta.fault(unknown(format!("/{INSTAGRAM}/subscribed_apps"), 0)).await.unwrap();
    let connections = crate::link_by_both(&stage, link_kit::Synchronisation::default().history(link_kit::Depth::Nothing)).await;
    let subscribed = |it: &link_kit::Connection| matches!(it.subscription, link_kit::Subscription::Active { .. });
    assert!(connections.iter().all(subscribed), "{connections:?}");
    assert!(!stage.announced("instagram").await.contains("message_echoes"), "the story needs a Meta without that field");
    stage.meta.customer_writes("c5", INSTAGRAM, "Hello").await.unwrap();
    stage.meta.staff_writes(INSTAGRAM, "c5", "Hello Eve").await.unwrap();
    arrived(&stage).await;
    assert_eq!(texts(&stage).await.len(), 2);
}
