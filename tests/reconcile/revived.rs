//! What stopped goes on, without anybody signing in.

use chrono::TimeDelta;
use link_kit::{BackfillState, Depth, Synchronisation};

use crate::stage::{Stage, page};

#[tokio::test]
async fn history_that_stopped_goes_on_once_the_account_can_be_read() {
    let stage = Stage::open().await;
    stage.link_reading(&stage.viewer, Synchronisation::default().history(Depth::Everything)).await;
    // Its token was refused, or its row did not read, before anything of it was here.
    let stopped = r#"json_set(body, '$.state', json('{"state": "stopped", "cause": "the token is dead"}'))"#;
    stage.kit.drain().await.unwrap();
    stage.write(format!("UPDATE lk_backfill SET waits_until = NULL, body = {stopped}")).await;
    let standing = async || {
        let progress = stage.kit.inbox().progress(&stage.viewer).await.unwrap();
        progress.into_iter().find(|it| it.account == page()).unwrap().state
    };
    stage.pass(TimeDelta::minutes(12)).await;
    stage.kit.drain().await.unwrap();
    assert!(matches!(standing().await, BackfillState::Stopped { .. }), "the story needs one that stopped");
    stage.kit.accessibility().check(&stage.viewer).await.unwrap();
    stage.settle().await;
    assert_eq!(standing().await, BackfillState::Done, "nothing leads out of it but signing in once more");
}
