//! The program dies at the worst moment.

use chrono::TimeDelta;
use link_kit::ReconcileReason;
use serde_json::json;

use crate::stage::{INSTAGRAM, PAGE, Stage, conversation, page};
use crate::{compared, lose_the_next, nobody_delivers, open_shop, texts};

/// Nothing can be written into a table from now on, as if the program were killed before it.
async fn dies_before(stage: &Stage, table: &str) {
    for act in ["INSERT", "UPDATE"] {
        let sql = format!("CREATE TRIGGER dies_{act} BEFORE {act} ON {table} BEGIN SELECT RAISE(ABORT, 'killed'); END");
        stage.write(sql).await;
    }
}

async fn lives_again(stage: &Stage) {
    for act in ["INSERT", "UPDATE"] {
        stage.write(format!("DROP TRIGGER dies_{act}")).await;
    }
}

#[tokio::test]
async fn whoever_is_killed_while_a_token_comes_back_to_life_looks_for_what_came_meanwhile_all_the_same() {
    let stage = open_shop(Stage::set()).await;
    lose_the_next(&stage).await;
    stage.meta.customer_writes("c1", PAGE, "Hello?").await.unwrap();
    stage.meta.fault(json!({"match": {"method": "POST", "path": "/*/messages"}, "answer": {"code": 190, "status": 400}})).await.unwrap();
    dies_before(&stage, "lk_reconcile").await;
    let ada = conversation(&stage.viewer, page(), "4000000000000011");
    stage.kit.inbox().answer(&stage.viewer, &ada, "Yes", "a").await.unwrap();
    stage.kit.drain().await.ok();
    stage.pass(TimeDelta::minutes(1)).await;
    lives_again(&stage).await;
    let again = stage.another_kit().await;
    again.accessibility().check(&stage.viewer).await.unwrap();
    again.drain().await.unwrap();
    let alive = again.linking().connections(&stage.viewer).await.unwrap();
    assert!(alive.iter().all(|connection| connection.health == link_kit::Health::Alive), "{alive:?}");
    let row = compared(&again, &stage, &page()).await;
    assert_eq!(
        (row.reason, row.is_waiting()),
        (ReconcileReason::Reauthorised, false),
        "nobody looks for what came while it was dead: {row:?}"
    );
    assert_eq!(texts(&again, &stage).await, ["Is the shop open?", "Hello?"]);
}

#[tokio::test]
async fn whoever_is_killed_before_a_loss_is_noted_notes_it_at_the_start() {
    let every = std::time::Duration::from_secs(6 * 3_600);
    let stage = open_shop(Stage::set().built(move |builder| builder.reconcile_every(every))).await;
    nobody_delivers(&stage).await;
    for n in 1..=2 {
        stage.pass(TimeDelta::minutes(10)).await;
        stage.meta.customer_writes("c1", PAGE, &format!("lost {n}")).await.unwrap();
        stage.pass(TimeDelta::hours(7)).await;
        if n == 2 {
            dies_before(&stage, "lk_finding").await;
        }
        stage.kit.drain().await.ok();
    }
    lives_again(&stage).await;
    assert!(compared(&stage.kit, &stage, &page()).await.loss().is_some(), "the story needs a loss");
    assert_eq!(stage.kit.accessibility().findings(&stage.viewer).await.unwrap(), []);
    let again = stage.another_kit().await;
    again.drain().await.unwrap();
    let codes: Vec<String> = again.accessibility().findings(&stage.viewer).await.unwrap().into_iter().map(|it| it.code).collect();
    assert_eq!(codes, ["webhook_lost"]);
}

#[tokio::test]
async fn a_row_that_does_not_read_keeps_no_other_account_from_being_compared() {
    let stage = open_shop(Stage::set()).await;
    stage.kit.inbox().reconcile(&stage.viewer, &page()).await.unwrap();
    stage.kit.drain().await.unwrap();
    stage.write("UPDATE lk_reconcile SET body = '{}' WHERE account LIKE 'messenger%'").await;
    nobody_delivers(&stage).await;
    stage.meta.customer_writes("c5", INSTAGRAM, "Do you ship?").await.unwrap();
    stage.pass(TimeDelta::hours(1)).await;
    let again = stage.another_kit().await;
    again.drain().await.unwrap();
    let mut here = texts(&again, &stage).await;
    here.sort_unstable();
    assert_eq!(here, ["Do you ship?", "Is the shop open?"]);
}
