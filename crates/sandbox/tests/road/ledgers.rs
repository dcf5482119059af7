use link_sandbox::Sandbox;
use serde_json::json;

use crate::stage::{PAGE, Stage};

#[tokio::test]
async fn a_ledger_keeps_as_much_as_it_was_told_to_and_says_what_it_let_go() {
    let stage = Stage::of(Sandbox::builder().seed(json!({})).ledger(3)).await;
    for number in 0..5 {
        stage.get(&format!("/v26.0/{number}"), "nobody's").await;
    }
    let late = stage.controls.calls(0).await.unwrap();
    assert_eq!((late.lost, late.data.len(), late.next), (2, 3, 5));
    assert_eq!((&late.data[0]["seq"], &late.data[0]["path"]), (&json!(3), &json!("/v26.0/2")));
    assert_eq!(stage.controls.calls(2).await.unwrap().lost, 0, "who reads on in time loses nothing");
    stage.controls.reset().await.unwrap();
    for _ in 0..4 {
        stage.get("/v26.0/me", "nobody's").await;
    }
    assert_eq!(stage.controls.calls(0).await.unwrap().lost, 1, "the size outlives a reset");
    stage.controls.seed(&json!({"limits": {"ledger_entries": 1}})).await.unwrap();
    assert_eq!(stage.controls.calls(0).await.unwrap().data.len(), 1);
    let refused = stage.controls.seed(&json!({"limits": {"ledger_entries": null}})).await;
    assert!(refused.is_err(), "a ledger without an end is not to be had");
}

#[tokio::test]
async fn deliveries_are_kept_and_let_go_like_calls() {
    let stage = Stage::of(Sandbox::builder().ledger(2)).await;
    let receiver = stage.subscribed().await;
    for text in ["one", "two", "three"] {
        stage.controls.customer_writes("c1", PAGE, text).await.unwrap();
        receiver.next().await;
    }
    // An attempt is booked a moment after it arrived; two handshakes were booked before.
    let booked = async {
        loop {
            let told = stage.controls.deliveries(0).await.unwrap();
            if told.next == 5 {
                return told;
            }
        }
    };
    let told = tokio::time::timeout(std::time::Duration::from_secs(30), booked).await.expect("every attempt is booked");
    assert_eq!((told.lost, told.data.len()), (3, 2));
    assert!(told.data[1]["body"].as_str().unwrap().contains("three"));
}
