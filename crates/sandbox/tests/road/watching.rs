use std::time::Duration;

use futures::future::join_all;
use reqwest::Response;
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::stage::{PAGE, Stage};

/// The next event of the stream.
async fn event(stream: &mut Response) -> Value {
    let chunk = timeout(Duration::from_secs(10), stream.chunk()).await.unwrap().unwrap().unwrap();
    let text = String::from_utf8(chunk.to_vec()).unwrap();
    let told = text.strip_prefix("data: ").and_then(|rest| rest.strip_suffix("\n\n"));
    serde_json::from_str(told.unwrap_or_else(|| panic!("{text:?} is one event"))).unwrap()
}

#[tokio::test]
async fn the_page_is_there_on_both_origins() {
    let stage = Stage::frozen().await;
    for origin in [stage.sandbox.facebook(), stage.sandbox.instagram()] {
        for path in ["/", "/_sandbox/"] {
            let page = stage.client.get(format!("{origin}{path}")).send().await.unwrap();
            assert_eq!(page.headers()["content-type"], "text/html; charset=utf-8", "{origin}{path}");
            assert!(page.headers()["content-security-policy"].to_str().unwrap().starts_with("default-src 'none'"));
            assert!(page.text().await.unwrap().contains("<title>link-sandbox</title>"));
            let head = stage.client.head(format!("{origin}{path}")).send().await.unwrap();
            assert_eq!(head.status(), 200);
        }
    }
    assert!(stage.controls.calls(0).await.unwrap().data.is_empty(), "who looks at the page has not called the platform");
}

#[tokio::test]
async fn the_stream_tells_of_changes_and_not_of_readings() {
    let stage = Stage::frozen().await;
    let mut stream = stage.client.get(stage.url("/_sandbox/stream")).send().await.unwrap();
    assert_eq!(stream.headers()["content-type"], "text/event-stream");
    let first = event(&mut stream).await;
    assert_eq!(first, json!({"change": 0, "world": 0, "calls": 0, "deliveries": 0}));
    stage.controls.state().await.unwrap();
    stage.controls.calls(0).await.unwrap();
    stage.controls.customer_writes("c1", PAGE, "x").await.unwrap();
    let second = event(&mut stream).await;
    assert_eq!(second["change"], 1, "reading is no change");
    join_all((0..200).map(|_| stage.get("/me", "nobody"))).await;
    let mut events = 0;
    while event(&mut stream).await["calls"] != 200 {
        events += 1;
    }
    assert!(events < 100, "what happens at once is told at once, not in {events} events");
    stage.controls.reset().await.unwrap();
    let anew = loop {
        let told = event(&mut stream).await;
        if told["world"] == 1 {
            break told;
        }
    };
    assert_eq!(anew["calls"], 0);
}

#[tokio::test]
async fn who_watches_does_not_keep_a_sandbox_from_stopping() {
    let stage = Stage::frozen().await;
    let mut stream = stage.client.get(stage.url("/_sandbox/stream")).send().await.unwrap();
    event(&mut stream).await;
    stage.sandbox.shutdown().await;
    let rest = timeout(Duration::from_secs(10), stream.chunk()).await.expect("the stream ends").unwrap();
    assert!(rest.is_none(), "it ends in order: {rest:?}");
}
