//! Ids, times and texts as nobody would write them.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::door::doors;
use crate::letters::{MARA, THEN, instagram, item, page, said};
use crate::oddities::{named, notices};
use crate::stage::{INSTAGRAM, PAGE, Stage};

/// Or ids that a parser rounds would put one person's messages into another's conversation.
#[tokio::test]
async fn ids_that_come_as_numbers_keep_every_digit() {
    let stage = Stage::linked().await;
    let text = |mid: &str| json!({"mid": mid, "text": mid});
    let odd = |sender: &str, mid: &str| {
        format!(
            r#"{{"object":"instagram","entry":[{{"id":{INSTAGRAM},"time":{THEN},"messaging":[{{"sender":{{"id":{sender}}},"recipient":{{"id":{INSTAGRAM}}},"timestamp":{THEN},"message":{}}}]}}]}}"#,
            text(mid)
        )
    };
    let [door, _] = doors(&stage);
    assert_eq!(door.deliver(odd("9007199254740993", "m_number")).await.0, 200);
    assert_eq!(door.deliver(odd("\"9007199254740992\"", "m_text")).await.0, 200);
    assert_eq!(door.deliver(odd("1.7841400000000123e16", "m_float")).await.0, 200);
    stage.kit.drain().await.unwrap();
    for (mid, peer) in [("m_number", "9007199254740993"), ("m_text", "9007199254740992"), ("m_float", "17841400000000123")] {
        assert_eq!(named(&stage, mid).await.peer.unwrap().as_str(), peer);
    }
}

/// Or a message of today would stand in 1970, or in the year 58,000, and never come up again.
#[tokio::test]
async fn times_are_understood_however_they_are_written() {
    let stage = Stage::linked().await;
    let seconds = THEN / 1_000;
    let times = [
        ("m_seconds", json!(seconds)),
        ("m_millis", json!(THEN)),
        ("m_text", json!(THEN.to_string())),
        ("m_text_seconds", json!(seconds.to_string())),
        ("m_iso", json!("2026-11-23T12:01:00+0000")),
        ("m_zulu", json!("2026-11-23T12:01:00Z")),
        ("m_float", json!(1_795_435_260_000.0)),
        ("m_soon", json!("soon")),
        ("m_negative", json!(i64::MIN)),
        ("m_object", json!({"at": THEN})),
        ("m_absent", Value::Null),
    ];
    let items: Vec<Value> = times
        .iter()
        .map(|(mid, time)| {
            let mut item = said(mid, "What time is it?");
            item["timestamp"] = time.clone();
            item
        })
        .collect();
    let [door, _] = doors(&stage);
    assert_eq!(door.deliver(page(&items)).await.0, 200);
    stage.kit.drain().await.unwrap();
    for (mid, time) in times {
        let at: DateTime<Utc> = named(&stage, mid).await.at.unwrap().at;
        assert_eq!(at.timestamp_millis(), THEN, "{time}; where the item tells no time, its entry does");
    }
}

/// Or one emoji that Meta cut in two, or an editor's invisible mark before the first brace, would cost the message.
#[tokio::test]
async fn texts_that_are_not_quite_text_arrive() {
    let stage = Stage::linked().await;
    let half = page(&[said("m_half", "cut HERE"), said("m_whole", "\u{1f600}")]).replace("HERE", "\\ud83d");
    let [axum, plain] = doors(&stage);
    assert_eq!(axum.deliver(half).await.0, 200);
    assert_eq!(plain.deliver(format!("\u{feff}{}", page(&[said("m_mark", "After the mark")]))).await.0, 200);
    assert_eq!(plain.deliver(page(&[said("m_nul", "a\u{0}b"), said("m_right", "\u{202e}olleh")])).await.0, 200);
    stage.kit.drain().await.unwrap();
    for (mid, text) in [
        ("m_half", "cut \u{fffd}"),
        ("m_whole", "\u{1f600}"),
        ("m_mark", "After the mark"),
        ("m_nul", "a\u{0}b"),
        ("m_right", "\u{202e}olleh"),
    ] {
        assert_eq!(named(&stage, mid).await.text(), Some(text));
    }
}

/// Or a business that writes to itself, or an id that could forge a line of a log, would stop the line.
#[tokio::test]
async fn people_who_cannot_be_are_nobody() {
    let stage = Stage::linked().await;
    let from = |id: Value, mid: &str| {
        let mut item = said(mid, "Hello");
        item["sender"]["id"] = id;
        item
    };
    let items =
        [from(json!(PAGE), "m_self"), from(json!("x\n2026 ERROR forged"), "m_line"), from(json!(""), "m_empty"), said("m_good", "Good")];
    let [door, _] = doors(&stage);
    assert_eq!(door.deliver(page(&items)).await.0, 200);
    assert_eq!(
        door.deliver(instagram(&[item(&json!({"recipient": {"id": INSTAGRAM}, "message": {"mid": "\u{7}", "text": "bell"}}))])).await.0,
        200
    );
    stage.kit.drain().await.unwrap();
    let messages = stage.messages(&stage.viewer).await;
    assert_eq!(messages.iter().map(|(key, _)| key.id.as_str()).collect::<Vec<_>>(), ["m_good"]);
    assert_eq!(messages[0].1.peer.as_ref().unwrap().as_str(), MARA);
    let figures = stage.kit.figures().await.unwrap();
    assert_eq!((figures.kept, figures.journal.open, figures.journal.poisoned), (5, 0, 0));
    assert_eq!(notices(&stage).await.iter().filter(|notice| notice.kind == "message").count(), 4);
}
