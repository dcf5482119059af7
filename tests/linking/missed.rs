//! What nobody told us while nobody listened.

use chrono::TimeDelta;
use link_kit::{AccountId, Depth, LinkId, Synchronisation};

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
