//! What the new road knows of the time before it received.

use chrono::{DateTime, TimeDelta, Utc};
use link_core::words::event::Direction;
use link_kit::{BackfillState, Depth, Preferences, ReconcileReason, Road, Synchronisation, What};
use link_sandbox::{Action, CustomerMessage};
use serde_json::json;

use crate::stage::Agree as _;
use crate::stage::{INSTAGRAM, Stage, instagram, told};
use crate::switching::{plan, switched_in};
use crate::{Arrival, EVE, arrived, by_both_roads, eve, heard, link_by_both, sign_in, texts};

/// Until the new road receives, and for as long as its history is being read.
async fn after(stage: &Stage, cut: DateTime<Utc>) {
    stage.pass(cut + TimeDelta::minutes(3) - stage.clock.time()).await;
    for _ in 0..30 {
        stage.pass(TimeDelta::seconds(1)).await;
        stage.settle().await;
    }
    let inbox = stage.kit.inbox();
    let is_ours = |it: &link_core::linking::connection::ConnectionKey| it.account.account == instagram() && it.road == Road::INSTAGRAM;
    let backfills = inbox.backfills(&stage.viewer).await.unwrap();
    assert!(backfills.iter().filter(|it| is_ours(&it.connection)).all(|it| it.state == BackfillState::Done), "{backfills:?}");
}

/// The same after a switch: what the old road missed was looked for.
async fn after_the_switch(stage: &Stage, cut: DateTime<Utc>) {
    after(stage, cut).await;
    let is_ours = |it: &link_core::linking::connection::ConnectionKey| it.account.account == instagram() && it.road == Road::INSTAGRAM;
    let compared = stage.kit.inbox().reconciles(&stage.viewer).await.unwrap();
    let ours = compared.iter().find(|it| is_ours(&it.connection)).expect("what the old road missed is not looked for");
    assert!(!ours.is_waiting() && ours.reason == ReconcileReason::Switched, "{ours:?}");
}

async fn says(stage: &Stage, arrival: Arrival, text: &str) -> String {
    arrival.next(stage).await;
    let mid = stage.meta.customer_writes("c5", INSTAGRAM, text).await.unwrap().mid;
    arrived(stage).await;
    mid
}

/// Or every message from before a switch would stand in the inbox twice, and the second one would ring.
#[tokio::test]
async fn the_new_roads_history_is_read_and_brings_nothing_that_is_here() {
    let stage = Stage::set().instagram_login().open().await;
    link_by_both(&stage, Synchronisation::default().history(Depth::Everything)).await;
    for _ in 0..30 {
        stage.pass(TimeDelta::seconds(1)).await;
        stage.settle().await;
    }
    says(&stage, Arrival::PageFirst, "Thanks!").await;
    says(&stage, Arrival::PageFirst, "Thanks!").await;
    let picture = CustomerMessage::wordless().attachment("image", "https://pictures.example/1.png");
    stage.meta.customer_sends("c5", INSTAGRAM, &picture).await.unwrap();
    stage.kit.inbox().answer(&stage.viewer, &eve(&stage), "You are welcome.", "k").await.unwrap();
    arrived(&stage).await;
    let before = texts(&stage).await;
    assert!(before.len() > 20 && before.iter().all(|(road, _)| *road == Road::FACEBOOK), "{before:?}");
    let unread = async || stage.kit.inbox().conversation(&stage.viewer, &eve(&stage)).await.unwrap().unwrap().unread;
    let (was_unread, begin, mut alerts) = (unread().await, stage.sqlite_end().await, stage.kit.alerts(&stage.viewer));

    let cut = switched_in(&stage, TimeDelta::minutes(10)).await;
    after_the_switch(&stage, cut).await;
    assert_eq!(texts(&stage).await, before, "a message stands twice after the switch");
    assert_eq!((unread().await, heard(&mut alerts).len()), (was_unread, 0));
    let news = told(&stage.kit, &stage.viewer, begin).await;
    let of_messages = news.iter().filter(|it| matches!(it.what, What::MessageReceived { .. } | What::MessageKnown { .. })).count();
    assert_eq!(of_messages, 0, "{news:?}");
    let row = stage.kit.inbox().conversation(&stage.viewer, &eve(&stage)).await.unwrap().unwrap();
    assert_eq!(row.state.threads.len(), 2, "the new road's own thread is not known");
}

#[tokio::test]
async fn what_the_old_road_missed_comes_from_the_new_ones_history() {
    let stage = by_both_roads(Stage::set()).await;
    let mut alerts = stage.kit.alerts(&stage.viewer);
    says(&stage, Arrival::PageFirst, "Hello").await;
    says(&stage, Arrival::LoginAlone, "Is anybody there?").await;
    stage.pass(TimeDelta::hours(1)).await;
    assert_eq!(heard(&mut alerts).len(), 1);
    let cut = switched_in(&stage, TimeDelta::minutes(10)).await;
    after_the_switch(&stage, cut).await;
    let expected = [(Road::FACEBOOK, "Hello".to_owned()), (Road::INSTAGRAM, "Is anybody there?".to_owned())];
    assert_eq!(texts(&stage).await, expected, "what was missed is lost, or what was before the link is read");
    let late = heard(&mut alerts);
    assert!(matches!(&late[..], [alert] if alert.late && alert.peer.as_str() == EVE), "{late:?}");
}

/// Or what Meta brings only after the new road's history told it would stand twice.
#[tokio::test]
async fn what_the_old_road_brings_after_that_stands_once_as_well() {
    let stage = by_both_roads(Stage::set()).await;
    let mut alerts = stage.kit.alerts(&stage.viewer);
    let cut = switched_in(&stage, TimeDelta::minutes(10)).await;
    stage.pass(cut - TimeDelta::seconds(5) - stage.clock.time()).await;
    let held_up = json!({"webhook": {"account": INSTAGRAM}, "times": 1, "delay_ms": 600_000});
    stage.meta.fault(held_up).await.unwrap();
    let mid = stage.meta.customer_writes("c5", INSTAGRAM, "Hello").await.unwrap().mid;
    stage.pass(cut + TimeDelta::minutes(3) - stage.clock.time()).await;
    stage.kit.drain().await.unwrap();
    assert_eq!(texts(&stage).await, [(Road::INSTAGRAM, "Hello".to_owned())], "the story needs the history to be first");
    stage.pass(TimeDelta::minutes(10)).await;
    stage.settle().await;
    assert_eq!(texts(&stage).await, [(Road::INSTAGRAM, "Hello".to_owned())]);
    assert_eq!(heard(&mut alerts).len(), 1, "it rings twice");
    // Under whichever id it is taken back.
    stage.meta.customer_acts("c5", INSTAGRAM, &Action::Unsend { mid }).await.unwrap();
    arrived(&stage).await;
    assert_eq!(texts(&stage).await, [(Road::INSTAGRAM, "(taken back)".to_owned())]);
}

/// Who is handed over, and then back, has two cut-overs; what is late may be from before the first one.
#[tokio::test]
async fn it_is_so_while_the_way_back_is_planned() {
    let stage = by_both_roads(Stage::set()).await;
    let cut = switched_in(&stage, TimeDelta::minutes(10)).await;
    stage.pass(cut - TimeDelta::seconds(5) - stage.clock.time()).await;
    let held_up = json!({"webhook": {"account": INSTAGRAM}, "times": 1, "delay_ms": 600_000});
    stage.meta.fault(held_up).await.unwrap();
    stage.meta.customer_writes("c5", INSTAGRAM, "Hello").await.unwrap();
    stage.pass(cut + TimeDelta::minutes(3) - stage.clock.time()).await;
    stage.kit.drain().await.unwrap();
    assert_eq!(texts(&stage).await, [(Road::INSTAGRAM, "Hello".to_owned())], "the story needs the history to be first");
    let back = plan(&stage, &Road::FACEBOOK, stage.clock.time() + TimeDelta::hours(5)).await;
    stage.kit.linking().switch(&stage.viewer, &back).await.unwrap();
    stage.pass(TimeDelta::minutes(10)).await;
    stage.settle().await;
    assert_eq!(texts(&stage).await, [(Road::INSTAGRAM, "Hello".to_owned())]);
}

/// Nobody hands over an account that is unlinked and linked again; its messages are there all the same.
#[tokio::test]
async fn an_account_that_comes_back_by_the_other_road_has_its_history_once() {
    let stage = Stage::set().instagram_login().linked().await;
    for text in ["Hello", "Anybody there?"] {
        stage.meta.customer_writes("c5", INSTAGRAM, text).await.unwrap();
        arrived(&stage).await;
    }
    let (linking, viewer) = (stage.kit.linking(), &stage.viewer);
    let before = texts(&stage).await;
    assert!(before.iter().all(|(road, _)| *road == Road::FACEBOOK) && before.len() > 1, "{before:?}");
    let unlink = linking.plan_unlink(viewer, linking.links(viewer).await.unwrap()[0].id, None).await.unwrap();
    linking.unlink(viewer, &unlink).await.unwrap();
    stage.pass(TimeDelta::hours(1)).await;

    let setup = linking.begin(viewer).await.unwrap().id;
    sign_in(&stage, setup, &Road::INSTAGRAM).await;
    linking.choose(viewer, setup, vec![instagram()]).await.unwrap();
    linking.prefer(viewer, setup, Preferences::default()).await.unwrap();
    linking.synchronise(viewer, setup, Synchronisation::default().history(Depth::Everything)).await.unwrap();
    linking.agree(viewer, setup).await.unwrap();
    after(&stage, stage.clock.time()).await;
    let after: Vec<_> = texts(&stage).await.into_iter().filter(|(_, text)| ["Hello", "Anybody there?"].contains(&&**text)).collect();
    assert_eq!(after, ["Hello", "Anybody there?"].map(|text| (Road::FACEBOOK, text.to_owned())), "its history stands twice");
}

/// Or it would stand twice: as it was told by the old road, and as the new one's history tells it.
#[tokio::test]
async fn what_is_edited_before_the_new_roads_history_is_read_stands_once() {
    let stage = by_both_roads(Stage::set()).await;
    let mid = says(&stage, Arrival::PageFirst, "Do you shop?").await;
    says(&stage, Arrival::PageFirst, "Hello?").await;
    let cut = switched_in(&stage, TimeDelta::minutes(10)).await;
    stage.pass(cut + TimeDelta::seconds(10) - stage.clock.time()).await;
    stage.meta.customer_acts("c5", INSTAGRAM, &Action::Edit { mid, text: "Do you ship?".to_owned() }).await.unwrap();
    arrived(&stage).await;
    after_the_switch(&stage, cut).await;
    assert_eq!(texts(&stage).await, ["Do you ship?", "Hello?"].map(|text| (Road::FACEBOOK, text.to_owned())));
}

/// A person who takes a message back after the switch means the one that the old road brought.
#[tokio::test]
async fn what_becomes_of_an_old_message_after_the_switch_finds_it() {
    let stage = by_both_roads(Stage::set()).await;
    let first = says(&stage, Arrival::PageFirst, "My number is 555").await;
    let second = says(&stage, Arrival::PageFirst, "Do you shop?").await;
    stage.kit.inbox().answer(&stage.viewer, &eve(&stage), "Worldwide.", "k").await.unwrap();
    arrived(&stage).await;
    let cut = switched_in(&stage, TimeDelta::minutes(10)).await;
    after_the_switch(&stage, cut).await;

    let ours = stage.messages(&stage.viewer).await.into_iter().find(|(_, message)| message.text() == Some("Worldwide.")).unwrap().0;
    for action in [
        Action::Unsend { mid: first },
        Action::Edit { mid: second, text: "Do you ship?".to_owned() },
        Action::React { mid: ours.id.to_string(), emoji: "😮".to_owned() },
        Action::Read,
    ] {
        stage.meta.customer_acts("c5", INSTAGRAM, &action).await.unwrap();
        arrived(&stage).await;
    }
    let by_page = |text: &str| (Road::FACEBOOK, text.to_owned());
    assert_eq!(texts(&stage).await, [by_page("(taken back)"), by_page("Do you ship?"), by_page("Worldwide.")]);
    let answered = stage.kit.inbox().message(&stage.viewer, &ours).await.unwrap().unwrap().state;
    assert_eq!(answered.reactions[&Direction::Inbound].value.as_deref(), Some("😮"));
    assert!(answered.read.is_some());
}
