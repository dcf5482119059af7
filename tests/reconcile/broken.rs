//! The platform's memory answers with nonsense.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::stage::{PAGE, Stage, page};
use crate::{compared, lose_the_next, open_shop, texts};

#[tokio::test]
async fn whatever_pages_come_it_ends_and_what_was_missed_is_here_once() {
    for fault in [
        json!({"page": "empty"}),
        json!({"page": "repeat", "times": 50}),
        json!({"page": "cycle", "times": 50}),
        json!({"html": true}),
        json!({"half": true}),
        json!({"answer": {"code": 613, "retry_after": 2}}),
        json!({"answer": {"status": 503}, "times": 2}),
    ] {
        let stage = open_shop(Stage::set()).await;
        lose_the_next(&stage).await;
        stage.meta.customer_writes("c1", PAGE, "Hello?").await.unwrap();
        stage.pass(TimeDelta::minutes(1)).await;
        let mut planted = fault.clone();
        planted["match"] = json!({"method": "GET", "path": format!("/{PAGE}/conversations")});
        stage.meta.fault(planted).await.unwrap();
        stage.kit.inbox().reconcile(&stage.viewer, &page()).await.unwrap();
        for _ in 0..20 {
            stage.kit.drain().await.unwrap();
            // A throttling that names no end is taken to last for minutes.
            stage.pass(TimeDelta::seconds(20)).await;
        }
        let row = compared(&stage.kit, &stage, &page()).await;
        assert!(!row.is_waiting() && row.calls <= 8, "{fault}: it does not end: {row:?}");
        assert_eq!(texts(&stage.kit, &stage).await, ["Is the shop open?", "Hello?"], "{fault}");
    }
}

/// Sixty people wrote, one of them a hundred and fifty times, and nobody delivered it.
async fn much_is_missed(stage: &Stage) {
    let ids: Vec<String> = (0..60).map(|n| format!("m{n}")).collect();
    let person = |id: &String| json!({"id": id, "first_name": "Customer", "last_name": id, "messenger": true, "instagram": false});
    let wrote = |id: &String| {
        let messages = if id == "m0" { 150 } else { 1 };
        json!({"account": PAGE, "customer": id, "history": {"messages": messages, "every": "10s", "last": "1m"}})
    };
    let people: Vec<Value> = ids.iter().map(person).collect();
    let conversations: Vec<Value> = ids.iter().map(wrote).collect();
    stage.meta.seed(&json!({"customers": people, "conversations": conversations})).await.unwrap();
}

/// How often each fault that was planted struck.
async fn fired(stage: &Stage) -> Vec<Value> {
    let told: Value = reqwest::get(format!("{}/_sandbox/faults", stage.meta.facebook())).await.unwrap().json().await.unwrap();
    told["data"].as_array().unwrap().iter().map(|fault| fault["fired"].clone()).collect()
}

#[tokio::test]
async fn whatever_comes_of_further_pages_what_can_be_read_is_read() {
    for path in [format!("/{PAGE}/conversations"), "/*/messages".to_owned()] {
        for fault in [json!({"page": "expired_cursor"}), json!({"html": true}), json!({"half": true}), json!({"answer": {"status": 503}})] {
            let stage = open_shop(Stage::set()).await;
            much_is_missed(&stage).await;
            let mut planted = fault.clone();
            planted["match"] = json!({"method": "GET", "path": path});
            stage.meta.fault(planted).await.unwrap();
            stage.kit.inbox().reconcile(&stage.viewer, &page()).await.unwrap();
            for _ in 0..20 {
                stage.kit.drain().await.unwrap();
                stage.pass(TimeDelta::seconds(20)).await;
            }
            assert_eq!(fired(&stage).await, [1], "{fault} at {path} never struck");
            let row = compared(&stage.kit, &stage, &page()).await;
            assert!(!row.is_waiting() && row.calls <= 12, "{fault} at {path}: it does not end: {row:?}");
            assert_eq!((row.filled, row.beyond, row.missed()), (209, 0, &[][..]), "{fault} at {path}");
        }
    }
}
