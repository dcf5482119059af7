//! Letters that are none.

use chrono::TimeDelta;
use serde_json::json;

use crate::stage::{APP_SECRET, Browser};
use crate::{ROBIN, address, deaths, letter_of, linked, post, signed};

#[tokio::test]
async fn what_nobody_of_ours_signed_changes_nothing_and_is_told_nothing() {
    let stage = linked().await;
    let now = stage.clock.time();
    let good = letter_of(ROBIN, now);
    let (signature, payload) = good.split_once('.').unwrap();
    let with = |algorithm: &str, at: i64| signed(&json!({"algorithm": algorithm, "issued_at": at, "user_id": ROBIN}), APP_SECRET);
    let forged = [
        signed(&json!({"algorithm": "HMAC-SHA256", "issued_at": now.timestamp(), "user_id": ROBIN}), "another secret"),
        with("none", now.timestamp()),
        with("hmac-sha1", now.timestamp()),
        with("HMAC-SHA256", (now - TimeDelta::days(3)).timestamp()),
        with("HMAC-SHA256", (now + TimeDelta::days(1)).timestamp()),
        format!("{signature}{payload}"),
        format!("{signature}."),
        format!(".{payload}"),
        format!("{signature}.{payload}x"),
        format!("{payload}.{signature}"),
        String::new(),
    ];
    for letter in &forged {
        assert_eq!(post(&stage, &[("signed_request", letter)]).await, (403, String::new()), "{letter}");
    }
    assert_eq!(post(&stage, &[]).await, (403, String::new()));
    assert_eq!(post(&stage, &[("signedrequest", &good)]).await, (403, String::new()));
    let figures = stage.kit.figures().await.unwrap();
    let turned_away = figures.forged + figures.unsigned + figures.stale;
    assert_eq!((turned_away, figures.stale, figures.letters), (forged.len() as u64 + 2, 2, 0));
    assert_eq!(deaths(&stage, &stage.viewer).await, [None, None]);
}

#[tokio::test]
async fn nobody_looks_at_the_address_with_a_browser() {
    let stage = linked().await;
    assert_eq!(Browser::of_nobody().get(&address(&stage)).await.status, 405);
}

#[tokio::test]
async fn padding_that_a_proxy_put_back_is_no_forgery() {
    let stage = linked().await;
    stage.pass(TimeDelta::minutes(1)).await;
    let letter = letter_of(ROBIN, stage.clock.time());
    let padded: Vec<_> = letter.split('.').map(|part| format!("{part}{}", "=".repeat((4 - part.len() % 4) % 4))).collect();
    assert_eq!(post(&stage, &[("signed_request", &padded.join("."))]).await.0, 403, "what was signed is the payload as it stood");
    let (signature, payload) = letter.split_once('.').unwrap();
    assert_eq!(post(&stage, &[("signed_request", &format!("{signature}=.{payload}"))]).await.0, 200);
}
