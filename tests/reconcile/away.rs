//! The program was away.

use std::time::Duration;

use chrono::TimeDelta;
use link_kit::{ReconcileReason, ReconcileState, What};
use link_sandbox::Action;
use link_store_sqlite::Options;
use serde_json::json;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection as _, SqliteConnection};

use crate::stage::{INSTAGRAM, Mail, PAGE, Stage, instagram, page, told};
use crate::{compared, heard, lose_the_next, nobody_delivers, open_shop, reads, texts};

#[tokio::test]
async fn what_customers_wrote_and_changed_while_the_program_was_away_is_here_once_and_rings_late() {
    let stage = open_shop(Stage::set()).await;
    nobody_delivers(&stage).await;
    let thanks = stage.meta.customer_writes("c1", PAGE, "Thnaks").await.unwrap().mid;
    stage.pass(TimeDelta::minutes(5)).await;
    stage.meta.customer_acts("c1", PAGE, &Action::Edit { mid: thanks, text: "Thanks".to_owned() }).await.unwrap();
    stage.pass(TimeDelta::hours(3)).await;
    stage.meta.customer_writes("c2", PAGE, "I am new here").await.unwrap();
    stage.meta.customer_writes("c5", INSTAGRAM, "Do you ship?").await.unwrap();
    stage.pass(TimeDelta::minutes(1)).await;
    stage.meta.clear_faults().await.unwrap();
    assert_eq!(texts(&stage.kit, &stage).await, ["Is the shop open?"], "the story needs something that was missed");

    let (begin, again) = (stage.sqlite_end().await, stage.another_kit().await);
    let mut alerts = again.alerts(&stage.viewer);
    again.drain().await.unwrap();
    let everything = ["Is the shop open?", "Thanks", "I am new here", "Do you ship?"];
    let mut here = texts(&again, &stage).await;
    here.sort();
    let mut expected = everything;
    expected.sort_unstable();
    assert_eq!(here, expected, "what was missed is lost, or stands twice");
    let mut rung: Vec<_> = heard(&mut alerts).into_iter().map(|alert| alert.late).collect();
    rung.sort_unstable();
    assert_eq!(rung, [false, false, true], "what came hours ago rings as new, or something rings twice or never");
    let row = compared(&again, &stage, &page()).await;
    assert_eq!((row.reason, row.filled, row.beyond), (ReconcileReason::Downtime, 2, 0), "{row:?}");
    let happenings = told(&again, &stage.viewer, begin).await;
    let filled: u32 = happenings.iter().map(|told| if let What::Reconciled { filled, .. } = told.what { filled } else { 0 }).sum();
    assert_eq!(filled, 3, "nobody is told what was filled");

    // Looking once more finds nothing, and a program that was not away has nothing to look for.
    let before = reads(&stage).await;
    stage.pass(TimeDelta::minutes(1)).await;
    stage.another_kit().await.drain().await.unwrap();
    assert_eq!(reads(&stage).await, before, "a restart is taken for a downtime");
}

#[tokio::test]
async fn what_cannot_be_read_any_more_is_said() {
    let stage = open_shop(Stage::set()).await;
    nobody_delivers(&stage).await;
    for n in 1..=25 {
        stage.pass(TimeDelta::minutes(1)).await;
        stage.meta.customer_writes("c5", INSTAGRAM, &format!("number {n}")).await.unwrap();
    }
    stage.pass(TimeDelta::minutes(1)).await;
    stage.meta.clear_faults().await.unwrap();
    let again = stage.another_kit().await;
    again.drain().await.unwrap();
    let here: Vec<String> = texts(&again, &stage).await.into_iter().filter(|text| text.starts_with("number")).collect();
    assert_eq!(here.len(), 20, "{here:?}");
    assert_eq!(here.last().unwrap(), "number 25");
    let row = compared(&again, &stage, &instagram()).await;
    assert_eq!((row.beyond, row.filled), (1, 20), "five messages are gone and nobody says so: {row:?}");
    assert!(matches!(row.state, ReconcileState::Done { .. }), "{row:?}");
    let gone: Vec<_> = row.missed().iter().map(|it| (it.peer.as_ref().unwrap().as_str(), it.from < it.to)).collect();
    assert_eq!(gone, [("5000000000000015", true)], "nobody knows of whom and from when something is missing: {row:?}");
    let eve = crate::stage::conversation(&stage.viewer, instagram(), "5000000000000015");
    let covered = again.inbox().coverage(&stage.viewer, &eve).await.unwrap().unwrap();
    let standings: Vec<&str> = covered.spans.iter().map(|span| span.standing.as_str()).collect();
    assert!(standings.ends_with(&["heard", "beyond_limit", "complete"]), "what was missed is called heard: {}", covered.to_text());
}

#[tokio::test]
async fn what_could_not_be_kept_and_is_never_brought_again_is_looked_for() {
    let impatient = Options::new().busy_timeout(Duration::from_millis(100));
    let stage = open_shop(Stage::set().sqlite(impatient)).await;
    lose_the_next(&stage).await;
    let mid = stage.meta.customer_writes("c1", PAGE, "Hello?").await.unwrap().mid;
    // Another program holds the file while Meta delivers it; and that was Meta's last try.
    let mut other = SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(stage.database())).await.unwrap();
    sqlx::query("BEGIN IMMEDIATE").execute(&mut other).await.unwrap();
    let item =
        json!({"sender": {"id": "4000000000000011"}, "recipient": {"id": PAGE}, "timestamp": 1, "message": {"mid": mid, "text": "Hello?"}});
    let body = json!({"object": "page", "entry": [{"id": PAGE, "time": 1, "messaging": [item]}]});
    assert_eq!(Mail::to(stage.webhook()).post(body.to_string()).await.0, 503, "the story needs something that cannot be kept");
    sqlx::query("ROLLBACK").execute(&mut other).await.unwrap();
    stage.pass(TimeDelta::minutes(5)).await;
    stage.kit.drain().await.unwrap();
    assert_eq!(texts(&stage.kit, &stage).await, ["Is the shop open?"], "Meta is not left the time to bring it again");
    // It is started anew so fast that it was not away.
    let again = stage.another_kit().await;
    again.drain().await.unwrap();
    assert_eq!(texts(&again, &stage).await, ["Is the shop open?"], "a restart is taken for a downtime");
    stage.pass(TimeDelta::minutes(6)).await;
    again.drain().await.unwrap();
    assert_eq!(texts(&again, &stage).await, ["Is the shop open?", "Hello?"], "what could not be kept is lost");
    assert_eq!(compared(&again, &stage, &page()).await.filled, 1);
    // And it is not looked for for ever.
    stage.pass(TimeDelta::minutes(1)).await;
    again.drain().await.unwrap();
    let once_more = stage.another_kit().await;
    let before = reads(&stage).await;
    for _ in 0..12 {
        stage.pass(TimeDelta::minutes(1)).await;
        once_more.drain().await.unwrap();
    }
    assert_eq!(reads(&stage).await, before);
}
