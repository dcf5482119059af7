//! A token that was refused is taken again, without anybody signing in.

use chrono::TimeDelta;
use link_kit::{BackfillState, Depth, Synchronisation};
use serde_json::json;

use crate::stage::{PAGE, Stage, page};

#[tokio::test]
async fn history_that_stopped_over_a_refusal_goes_on_once_the_token_works() {
    let stage = Stage::open().await;
    let talk = json!({"account": PAGE, "customer": "c1", "history": {"messages": 30, "every": "1h", "last": "2h"}});
    stage.meta.seed(&json!({"conversations": [talk]})).await.unwrap();
    let list = format!("/{PAGE}/conversations");
    stage.link_reading(&stage.viewer, Synchronisation::default().history(Depth::Everything)).await;
    stage.meta.fault(json!({"match": {"method": "GET", "path": list}, "answer": {"code": 190, "status": 400}})).await.unwrap();
    for _ in 0..6 {
        stage.settle().await;
        stage.pass(TimeDelta::minutes(12)).await;
    }
    let progress = stage.kit.inbox().progress(&stage.viewer).await.unwrap();
    let of_page = progress.iter().find(|it| it.account == page()).unwrap();
    assert_eq!((&of_page.state, of_page.done >= 30), (&BackfillState::Done, true), "one wrong word of the platform's ended the history");
}
