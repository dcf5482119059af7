//! Accesses that are unlike the others.

use chrono::TimeDelta;
use link_kit::{PageQuery, Position, What};

use crate::stage::{Stage, told};
use crate::{acts, ada, asked, flagged, sam, verified};

/// Somebody of the shop looks at the inbox.
async fn look(stage: &Stage, place: &str, device: &str) {
    stage.kit.inbox().conversations(&sam(stage, place, device), &PageQuery::default()).await.unwrap();
}

#[tokio::test]
async fn a_new_place_or_device_is_flagged_once_and_the_usual_ones_are_not() {
    let stage = asked().await;
    for _ in 0..3 {
        look(&stage, "Leeds", "phone").await;
        stage.pass(TimeDelta::hours(1)).await;
    }
    assert_eq!(flagged(&stage).await, Vec::<String>::new(), "Sam is flagged for being Sam");
    look(&stage, "Lagos", "phone").await;
    look(&stage, "Leeds", "laptop").await;
    assert_eq!(flagged(&stage).await, ["access.new_place", "access.new_device"]);
    stage.pass(TimeDelta::hours(1)).await;
    look(&stage, "Lagos", "laptop").await;
    look(&stage, "Leeds", "phone").await;
    assert_eq!(flagged(&stage).await.len(), 2, "what is known by now is flagged again");

    let found = stage.kit.unusual(&stage.viewer, &PageQuery::default()).await.unwrap().items;
    assert!(found.iter().all(|act| act.person.as_deref() == Some("sam")), "nobody knows whose access it was: {found:?}");
    let news = told(&stage.kit, &stage.viewer, Position(0)).await;
    let told: Vec<_> = news
        .iter()
        .filter_map(|happening| match &happening.what {
            What::AccessUnusual { code, actor } => Some((code.as_str(), actor.as_ref().unwrap().as_str())),
            _ => None,
        })
        .collect();
    assert_eq!(told, [("new_place", "sam"), ("new_device", "sam")]);
    assert!(verified(&stage).await.is_intact());
}

#[tokio::test]
async fn after_a_restart_everybody_is_still_known_and_nothing_is_flagged_twice() {
    let stage = asked().await;
    look(&stage, "Leeds", "phone").await;
    look(&stage, "Lagos", "phone").await;
    assert_eq!(flagged(&stage).await, ["access.new_place"]);
    let restarted = stage.another_kit().await;
    restarted.drain().await.unwrap();
    assert_eq!(flagged(&stage).await.len(), 1, "a restart flags what was flagged");
    let york = sam(&stage, "York", "phone");
    restarted.inbox().conversations(&york, &PageQuery::default()).await.unwrap();
    restarted.drain().await.unwrap();
    assert_eq!(flagged(&stage).await, ["access.new_place", "access.new_place"], "after a restart nobody is known");
}

#[tokio::test]
async fn far_more_answers_than_usual_are_flagged() {
    let stage = asked().await;
    let sam = sam(&stage, "Leeds", "phone");
    stage.kit.inbox().answer(&sam, &ada(&stage), "Hello.", "hello").await.unwrap();
    stage.pass(TimeDelta::hours(1)).await;
    for number in 0..19 {
        stage.kit.inbox().answer(&sam, &ada(&stage), "Hello?", &format!("again {number}")).await.unwrap();
    }
    assert_eq!(flagged(&stage).await, Vec::<String>::new());
    stage.kit.inbox().answer(&sam, &ada(&stage), "Hello!", "and again").await.unwrap();
    assert_eq!(flagged(&stage).await, ["access.too_many"]);
}

#[tokio::test]
async fn an_hour_at_which_somebody_is_never_there_is_flagged_after_a_week() {
    let stage = asked().await;
    for _ in 0..8 {
        look(&stage, "Leeds", "phone").await;
        stage.pass(TimeDelta::days(1)).await;
    }
    assert_eq!(flagged(&stage).await, Vec::<String>::new());
    stage.pass(TimeDelta::hours(14)).await;
    look(&stage, "Leeds", "phone").await;
    assert_eq!(flagged(&stage).await, ["access.unusual_hour"]);
    let hour = acts(&stage).await.into_iter().rev().find(|act| act.act == "inbox.read").unwrap().at;
    let found = stage.kit.unusual(&stage.viewer, &PageQuery::default()).await.unwrap().items;
    assert_eq!(found[0].at, hour, "nobody can tell which access it was");
}
