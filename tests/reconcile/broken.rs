//! The platform's memory answers with nonsense.

use chrono::TimeDelta;
use serde_json::json;

use crate::stage::{PAGE, Stage, page};
use crate::{compared, lose_the_next, open_shop, texts};

#[tokio::test]
async fn whatever_pages_come_it_ends_and_what_was_missed_is_here_once() {
    for fault in [
        json!({"page": "empty"}),
        json!({"page": "repeat", "times": 50}),
        json!({"page": "cycle", "times": 50}),
        json!({"page": "expired_cursor"}),
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
