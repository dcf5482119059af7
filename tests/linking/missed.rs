//! What nobody told us while nobody listened.

use chrono::TimeDelta;
use futures::{FutureExt as _, StreamExt as _};
use link_kit::{AccountId, Depth, Health, LinkId, Synchronisation};
use link_sandbox::Decision;
use serde_json::{Value, json};

use crate::sign_in;
use crate::stage::Agree as _;
use crate::stage::{INSTAGRAM, PAGE, Stage, instagram};

async fn texts(stage: &Stage) -> Vec<String> {
    let all = stage.messages(&stage.viewer).await;
    let mut texts: Vec<_> = all.into_iter().filter_map(|(_, message)| message.text().map(str::to_owned)).collect();
    texts.sort();
    texts
}

async fn link(stage: &Stage) -> LinkId {
    let everything = Synchronisation::default().history(Depth::Everything).profiles(false);
    let link = stage.link_reading(&stage.viewer, everything).await.id;
    stage.settle().await;
    link
}

async fn unlink(stage: &Stage, link: LinkId, accounts: Option<Vec<AccountId>>) {
    let linking = stage.kit.linking();
    let plan = linking.plan_unlink(&stage.viewer, link, accounts).await.unwrap();
    linking.unlink(&stage.viewer, &plan).await.unwrap();
    stage.settle().await;
}

#[tokio::test]
async fn what_was_written_between_an_unlink_and_the_next_link_is_found_as_history() {
    let stage = Stage::open().await;
    let first = link(&stage).await;
    unlink(&stage, first, None).await;
    stage.pass(TimeDelta::hours(1)).await;
    stage.meta.customer_writes("c1", PAGE, "Are you still there?").await.unwrap();
    stage.settle().await;
    let asked = "Are you still there?".to_owned();
    assert!(!texts(&stage).await.contains(&asked), "the story needs something that was not told");
    stage.pass(TimeDelta::hours(1)).await;
    link(&stage).await;
    assert!(texts(&stage).await.contains(&asked), "what nobody told is lost");
    let backfills = stage.kit.inbox().backfills(&stage.viewer).await.unwrap();
    assert!(backfills.iter().all(|it| it.confirmed_at == stage.clock.time()), "it is taken for news: {backfills:?}");
}

#[tokio::test]
async fn what_was_written_while_an_account_was_out_of_its_link_is_found_as_history() {
    let stage = Stage::open().await;
    let first = link(&stage).await;
    unlink(&stage, first, Some(vec![instagram()])).await;
    stage.pass(TimeDelta::hours(1)).await;
    stage.meta.customer_writes("c5", INSTAGRAM, "Are you still there?").await.unwrap();
    stage.settle().await;
    stage.pass(TimeDelta::hours(1)).await;
    assert_eq!(link(&stage).await, first, "the Page's link is another one");
    assert!(texts(&stage).await.contains(&"Are you still there?".to_owned()), "what nobody told is lost");
    let backfills = stage.kit.inbox().backfills(&stage.viewer).await.unwrap();
    let of_instagram = backfills.iter().find(|it| it.connection.account.account == instagram()).unwrap();
    assert_eq!(of_instagram.confirmed_at, stage.clock.time(), "it is taken for news");
}

#[tokio::test]
async fn what_was_missed_while_a_subscription_was_gone_and_the_token_alive_is_read() {
    let stage = Stage::linked().await;
    stage.pass(TimeDelta::hours(1)).await;
    stage.meta.customer_writes("c1", PAGE, "Is the shop open?").await.unwrap();
    stage.settle().await;
    stage.call("DELETE", &format!("/{PAGE}/subscribed_apps"), &stage.page_token().await, &Value::Null).await;
    stage.pass(TimeDelta::days(3)).await;
    stage.meta.customer_writes("c1", PAGE, "Hello?").await.unwrap();
    stage.settle().await;
    assert_eq!(texts(&stage).await, ["Is the shop open?"], "the story needs something that was missed");

    let linking = stage.kit.linking();
    let connections = linking.connections(&stage.viewer).await.unwrap();
    assert!(connections.iter().all(|it| it.health == Health::Alive), "the story needs a token that lives");
    let link = linking.links(&stage.viewer).await.unwrap().remove(0);
    let setup = linking.reconnect(&stage.viewer, link.id).await.unwrap().id;
    sign_in(&stage, setup, Decision::allow()).await.unwrap();
    linking.agree(&stage.viewer, setup).await.unwrap();
    stage.settle().await;
    assert_eq!(texts(&stage).await, ["Hello?", "Is the shop open?"], "what was missed is lost");
}

/// The customers of those hours wrote after the confirmation: they are news, also for an owner who wants nothing from before.
#[tokio::test]
async fn what_came_before_the_first_subscription_succeeded_is_read_and_rings() {
    let stage = Stage::open().await;
    let ill = json!({"match": {"method": "POST", "path": "/*/subscribed_apps"}, "times": 999, "answer": {"status": 503, "code": 2}});
    stage.meta.fault(ill).await.unwrap();
    stage.link(&stage.viewer).await;
    let mut alerts = stage.kit.alerts(&stage.viewer);
    for hour in 1..=5 {
        stage.pass(TimeDelta::hours(1)).await;
        stage.settle().await;
        if hour == 2 {
            stage.meta.customer_writes("c1", PAGE, "Hello?").await.unwrap();
        }
    }
    assert!(texts(&stage).await.is_empty(), "the story needs something that is not delivered");
    stage.meta.clear_faults().await.unwrap();
    stage.pass(TimeDelta::hours(1)).await;
    stage.settle().await;
    assert_eq!(texts(&stage).await, ["Hello?"], "what came before the platform delivered is never read");
    let rung = std::iter::from_fn(|| alerts.next().now_or_never().flatten()).map(Result::unwrap);
    assert_eq!(rung.map(|alert| alert.late).collect::<Vec<_>>(), [true]);
}
