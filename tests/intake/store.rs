//! A store that cannot write.

use std::time::Duration;

use link_store_sqlite::Options;
use serde_json::json;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, Connection as _, SqliteConnection};

use crate::door::{Door, doors};
use crate::letters::{THEN, delivery, item, said};
use crate::stage::{INSTAGRAM, PAGE, Stage};

/// Opened so that it does not wait long for locks.
async fn impatient() -> Stage {
    Stage::set().sqlite(Options::new().busy_timeout(Duration::from_millis(100))).linked().await
}

/// Two accounts in one body, so that its envelopes queue in different lanes.
fn both_accounts(object: &str, texts: &[String]) -> String {
    let items: Vec<_> = texts.iter().map(|text| said(&format!("m_{text}"), text)).collect();
    let elsewhere = item(&json!({"recipient": {"id": INSTAGRAM}, "message": {"mid": "aWdf_1", "text": "elsewhere"}}));
    delivery(
        object,
        &[json!({"id": PAGE, "time": THEN, "messaging": items}), json!({"id": INSTAGRAM, "time": THEN, "messaging": [elsewhere]})],
    )
}

async fn run(pool: &sqlx::SqlitePool, sql: String) {
    sqlx::query(AssertSqlSafe(sql)).execute(pool).await.unwrap();
}

/// Posts a body at a door of a store that cannot write; nothing may be acknowledged, and nothing half kept.
async fn is_not_acknowledged(stage: &Stage, door: &Door, body: &str) {
    let before = stage.kit.figures().await.unwrap();
    assert_eq!(door.deliver(body.to_owned()).await, (503, String::new()), "acknowledged although nothing could be kept");
    let after = stage.kit.figures().await.unwrap();
    assert_eq!((after.not_kept, after.kept, after.deliveries), (before.not_kept + 1, before.kept, before.deliveries));
    assert_eq!(after.journal, before.journal, "half of a body is in the journal");
}

/// The platform brings the same body again, and everything in it is there, once.
async fn is_there_once(stage: &Stage, door: &Door, body: &str, texts: &[String]) {
    assert_eq!(door.deliver(body.to_owned()).await, (200, String::new()));
    stage.kit.drain().await.unwrap();
    let mut found: Vec<_> =
        stage.messages(&stage.viewer).await.into_iter().filter_map(|(_, message)| message.text().map(str::to_owned)).collect();
    found.sort();
    let mut wanted = texts.to_vec();
    wanted.sort();
    assert_eq!(found, wanted);
}

fn numbered(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("message {number}")).collect()
}

/// Or messages that came during a backup, or while another program held the file, would be gone, and Meta would believe them delivered.
#[tokio::test]
async fn while_somebody_holds_the_file_locked_nothing_is_acknowledged() {
    for at in 0..2 {
        let stage = impatient().await;
        let door = &doors(&stage)[at];
        let (texts, body) = (numbered(3), both_accounts("page", &numbered(3)));
        let file = SqliteConnectOptions::new().filename(stage.database());
        let mut other = SqliteConnection::connect_with(&file).await.unwrap();
        sqlx::query("BEGIN EXCLUSIVE").execute(&mut other).await.unwrap();
        is_not_acknowledged(&stage, door, &body).await;
        is_not_acknowledged(&stage, door, "no delivery at all").await;
        sqlx::query("ROLLBACK").execute(&mut other).await.unwrap();
        is_there_once(&stage, door, &body, &texts).await;
    }
}

/// Or the same with a disk that was mounted anew without the right to write.
#[tokio::test]
async fn while_the_file_is_read_only_nothing_is_acknowledged() {
    for at in 0..2 {
        let stage = impatient().await;
        let door = &doors(&stage)[at];
        let (texts, body) = (numbered(3), both_accounts("page", &numbered(3)));
        let writer = stage.sqlite.clone().into_pool();
        run(&writer, "PRAGMA query_only = ON".to_owned()).await;
        is_not_acknowledged(&stage, door, &body).await;
        is_not_acknowledged(&stage, door, "no delivery at all").await;
        run(&writer, "PRAGMA query_only = OFF".to_owned()).await;
        is_there_once(&stage, door, &body, &texts).await;
    }
}

/// Or a full disk would swallow the end of a batch whose beginning just fitted in.
#[tokio::test]
async fn a_body_that_fills_the_disk_is_kept_whole_or_not_at_all() {
    for at in 0..2 {
        let stage = impatient().await;
        let door = &doors(&stage)[at];
        let (texts, body) = (numbered(900), both_accounts("page", &numbered(900)));
        let writer = stage.sqlite.clone().into_pool();
        let pages: i64 = sqlx::query_scalar("PRAGMA page_count").fetch_one(&writer).await.unwrap();
        run(&writer, format!("PRAGMA max_page_count = {}", pages + 8)).await;
        is_not_acknowledged(&stage, door, &body).await;
        // What is small enough for the rest of the disk is taken meanwhile.
        let small = both_accounts("page", &numbered(1));
        assert_eq!(door.deliver(small).await, (200, String::new()));
        run(&writer, format!("PRAGMA max_page_count = {}", 1_000_000)).await;
        is_there_once(&stage, door, &body, &texts).await;
    }
}

/// Or every time that Meta tries again, another copy of what names no account would be put aside, until nobody finds anything there.
#[tokio::test]
async fn what_names_no_account_is_not_put_aside_before_its_neighbours_are_kept() {
    for at in 0..2 {
        let stage = impatient().await;
        let door = &doors(&stage)[at];
        let nameless = json!({"time": THEN, "messaging": [said("m_nameless", "For whom?")]});
        let named = json!({"id": PAGE, "time": THEN, "messaging": numbered(900).iter().map(|text| said(text, text)).collect::<Vec<_>>()});
        let body = delivery("page", &[nameless, named]);
        let writer = stage.sqlite.clone().into_pool();
        let pages: i64 = sqlx::query_scalar("PRAGMA page_count").fetch_one(&writer).await.unwrap();
        run(&writer, format!("PRAGMA max_page_count = {}", pages + 8)).await;
        is_not_acknowledged(&stage, door, &body).await;
        run(&writer, format!("PRAGMA max_page_count = {}", 1_000_000)).await;
        is_there_once(&stage, door, &body, &numbered(900)).await;
        assert_eq!(stage.kit.figures().await.unwrap().journal.poisoned, 1);
    }
}
