//! What Meta signed and nobody expected.

use link_kit::{Message, Notice};
use serde_json::{Value, json};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection as _, SqliteConnection};

use crate::door::doors;
use crate::letters::{THEN, delivery, item, page, said};
use crate::stage::{PAGE, Stage, whole};

pub(crate) async fn notices(stage: &Stage) -> Vec<Notice> {
    whole(async |page| stage.kit.inbox().notices(&stage.viewer, &page).await.unwrap()).await
}

pub(crate) async fn named(stage: &Stage, mid: &str) -> Message {
    let found = stage.messages(&stage.viewer).await.into_iter().find(|(key, _)| key.id.as_str() == mid);
    found.unwrap_or_else(|| panic!("{mid} is not in the inbox")).1
}

/// Or a body that Meta sends by mistake would be refused until Meta turns the webhook off, and nobody could look at it.
#[tokio::test]
async fn what_is_signed_and_no_delivery_is_put_aside_byte_for_byte() {
    let stage = Stage::linked().await;
    let deep = format!(r#"{{"object":"page","entry":{}{}}}"#, "[".repeat(128), "]".repeat(128));
    let bodies: [&[u8]; 11] = [
        b"",
        b"hello",
        b"[]",
        b"null",
        b"\"page\"",
        b"{}",
        br#"{"entry":[]}"#,
        br#"{"object":7,"entry":[]}"#,
        br#"{"object":"page","entry":[{"id":"#,
        b"{\"object\":\"page\",\"entry\":[\"\xff\xfe\"]}",
        deep.as_bytes(),
    ];
    for door in doors(&stage) {
        for body in bodies {
            assert_eq!(door.deliver(body.to_vec()).await, (200, String::new()), "{:?}", String::from_utf8_lossy(body));
        }
    }
    let figures = stage.kit.figures().await.unwrap();
    let count = 2 * bodies.len() as u64;
    assert_eq!((figures.poisoned, figures.journal.poisoned, figures.kept), (count, count, 0));

    let file = SqliteConnectOptions::new().filename(stage.database()).read_only(true);
    let mut file = SqliteConnection::connect_with(&file).await.unwrap();
    let kept: Vec<Vec<u8>> = sqlx::query_scalar("SELECT body FROM lk_quarantine ORDER BY rowid").fetch_all(&mut file).await.unwrap();
    assert_eq!(kept, [bodies, bodies].concat());

    // Afterwards everything goes on as before.
    let [door, _] = doors(&stage);
    door.deliver(page(&[said("m_after", "Still open?")])).await;
    stage.kit.drain().await.unwrap();
    assert_eq!(named(&stage, "m_after").await.text(), Some("Still open?"));
}

/// Or somebody could have the parser run out of stack; or what is just within bounds would be lost.
#[tokio::test]
async fn what_is_nested_a_hundred_and_twenty_eight_deep_is_still_read() {
    let stage = Stage::linked().await;
    // Around it are the body, the list of entries, the entry, the list of items and the item.
    let deep = format!("{}{}", "[".repeat(123), "]".repeat(123));
    let around = page(&[item(&json!({"deep": "HERE"})), said("m_beside", "Next to it")]);
    let [door, _] = doors(&stage);
    assert_eq!(door.deliver(around.replace("\"HERE\"", &deep)).await.0, 200);
    assert_eq!(door.deliver(around.replace("\"HERE\"", &format!("[{deep}]"))).await.0, 200);
    stage.kit.drain().await.unwrap();
    assert_eq!(named(&stage, "m_beside").await.text(), Some("Next to it"));
    let notices = notices(&stage).await;
    assert!(notices.iter().any(|notice| notice.kind == "unknown" && notice.raw.as_str().contains(&deep)), "{}", notices.len());
    let figures = stage.kit.figures().await.unwrap();
    assert_eq!((figures.poisoned, figures.unknown), (1, 1));
}

/// Or everything new that Meta invents would be lost until somebody updates, and take its neighbours with it.
#[tokio::test]
async fn what_has_no_word_is_kept_and_its_neighbours_are_unharmed() {
    let stage = Stage::linked().await;
    let strange = [
        item(&json!({"teleport": {"to": "moon"}})),
        item(&json!({"message": "no object"})),
        item(&json!({"message": [1, 2]})),
        Value::Null,
        json!(17),
        json!("text"),
        json!([]),
        json!({}),
    ];
    let mut items: Vec<Value> = strange.iter().enumerate().flat_map(|(n, odd)| [said(&format!("m_{n}"), "before"), odd.clone()]).collect();
    items.push(said("m_last", "after"));
    let [door, _] = doors(&stage);
    assert_eq!(door.deliver(page(&items)).await, (200, String::new()));
    stage.kit.drain().await.unwrap();

    let figures = stage.kit.figures().await.unwrap();
    assert_eq!((figures.kept, figures.unknown, figures.journal.open, figures.journal.poisoned), (17, 8, 0, 0));
    assert_eq!(stage.messages(&stage.viewer).await.len(), 9, "a neighbour is missing");
    let mut raw: Vec<Value> = notices(&stage).await.iter().map(|notice| serde_json::from_str(notice.raw.as_str()).unwrap()).collect();
    for odd in &strange {
        let place = raw.iter().position(|kept| kept == odd);
        raw.remove(place.unwrap_or_else(|| panic!("{odd} is lost")));
    }
    assert!(raw.is_empty(), "{raw:?}");
}

/// Or a message with something new in it would lose that, or not be shown at all.
#[tokio::test]
async fn a_message_with_something_unknown_in_it_is_still_a_message() {
    let stage = Stage::linked().await;
    let odd = [
        item(&json!({"message": {"mid": "m_mood", "text": "Hm", "mood": {"face": "puzzled"}}})),
        item(
            &json!({"message": {"mid": "m_hologram", "attachments": [{"type": "hologram", "payload": {"url": "https://cdn.example/h", "depth": 3}}]}}),
        ),
        item(&json!({"message": {"mid": "m_untyped", "text": 5, "attachments": ["loose", {"payload": null}]}})),
        item(&json!({"message": {"mid": "m_none", "attachments": {"type": "image"}}})),
        item(&json!({"message": {"mid": "m_beside", "text": "Hi"}, "weather": "rain"})),
    ];
    let [door, _] = doors(&stage);
    assert_eq!(door.deliver(page(&odd)).await.0, 200);
    stage.kit.drain().await.unwrap();

    let mood = named(&stage, "m_mood").await;
    assert_eq!(mood.text(), Some("Hm"));
    assert!(mood.extras.iter().any(|extra| extra.contains("puzzled")), "{mood:?}");
    let hologram = named(&stage, "m_hologram").await.attachments()[0].clone();
    assert_eq!((hologram.kind.as_deref(), hologram.url.as_deref()), (Some("hologram"), Some("https://cdn.example/h")));
    assert!(hologram.raw.unwrap().as_str().contains("\"depth\":3"));
    let untyped = named(&stage, "m_untyped").await;
    assert_eq!((untyped.text(), untyped.attachments().len()), (None, 2));
    assert!(untyped.extras.iter().any(|extra| extra.contains("\"text\":5")), "{untyped:?}");
    assert!(named(&stage, "m_none").await.extras.iter().any(|extra| extra.contains("image")));
    assert!(named(&stage, "m_beside").await.extras.iter().any(|extra| extra.contains("rain")));
}

/// Or what Meta sends in another envelope than yesterday would be lost.
#[tokio::test]
async fn odd_envelopes_are_opened_as_far_as_they_go() {
    let stage = Stage::linked().await;
    let entry = |members: Value| {
        let mut entry = json!({"id": PAGE, "time": THEN});
        entry.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        entry
    };
    let nameless = json!({"recipient": {"id": PAGE}, "timestamp": THEN, "message": {"mid": "m_nameless", "text": "Who am I?"}});
    let body = delivery(
        "page",
        &[
            entry(json!({"messaging": said("m_no_list", "Not in a list")})),
            entry(json!({"messaging": "later"})),
            entry(json!({"shoe_size": 43})),
            entry(json!({"changes": [{"field": "horoscope", "value": {"sign": "crab"}}]})),
            entry(json!({"changes": [{"value": {"sign": "fish"}}]})),
            entry(json!({"messaging": [nameless]})),
            json!("no entry"),
            json!({"messaging": [said("m_no_account", "For whom?")]}),
            entry(json!({"messaging": [said("m_good", "Good")]})),
        ],
    );
    let [door, _] = doors(&stage);
    assert_eq!(door.deliver(body).await.0, 200);
    assert_eq!(door.deliver(json!({"object": "page", "entry": {"0": "no list"}}).to_string()).await.0, 200);
    assert_eq!(door.deliver(json!({"object": "page"}).to_string()).await.0, 200);
    stage.kit.drain().await.unwrap();

    assert_eq!(named(&stage, "m_no_list").await.text(), Some("Not in a list"));
    assert_eq!(named(&stage, "m_good").await.text(), Some("Good"));
    let notices = notices(&stage).await;
    let kept = |kind: &str, part: &str| notices.iter().any(|notice| notice.kind == kind && notice.raw.as_str().contains(part));
    assert!(kept("unknown", "later"), "{notices:#?}");
    assert!(kept("entry", "shoe_size"), "{notices:#?}");
    assert!(kept("change:horoscope", "crab"), "{notices:#?}");
    assert!(notices.iter().any(|notice| notice.raw.as_str().contains("fish")), "{notices:#?}");
    assert!(kept("message", "Who am I?"), "{notices:#?}");
    let figures = stage.kit.figures().await.unwrap();
    // What names no account can be shown to nobody; it is kept all the same.
    assert_eq!((figures.kept, figures.unclaimed, figures.poisoned, figures.journal.poisoned), (7, 0, 3, 3));
}

/// Meta batches up to a thousand. Or one bad item in the middle would cost up to nine hundred and ninety-nine messages.
#[tokio::test]
async fn of_a_thousand_entries_with_poison_in_the_middle_every_good_one_arrives() {
    let stage = Stage::linked().await;
    let entry = |n: usize| match n {
        400 => json!(["no entry"]),
        500 => json!({"id": PAGE, "time": "never", "messaging": [null, {"message": {"mid": "x".repeat(5_000)}}, 7]}),
        600 => json!({"id": {"nested": true}, "messaging": [said("m_lost", "for nobody")]}),
        n if n % 2 == 0 => json!({"id": PAGE, "time": THEN, "messaging": [said(&format!("m_{n}"), &n.to_string())]}),
        n => {
            let peer = format!("8{n:03}");
            let item = json!({"sender": {"id": peer}, "recipient": {"id": PAGE}, "timestamp": THEN, "message": {"mid": format!("m_{n}"), "text": n.to_string()}});
            json!({"id": PAGE, "time": THEN, "messaging": [item]})
        }
    };
    let body = delivery("page", &(0..1_000).map(entry).collect::<Vec<_>>());
    let [door, _] = doors(&stage);
    assert_eq!(door.deliver(body).await, (200, String::new()));
    let figures = stage.kit.figures().await.unwrap();
    assert_eq!((figures.deliveries, figures.kept, figures.unclaimed, figures.poisoned), (1, 997 + 3, 0, 2));
    stage.kit.drain().await.unwrap();
    assert_eq!(stage.messages(&stage.viewer).await.len(), 997);
    let figures = stage.kit.figures().await.unwrap();
    assert_eq!((figures.journal.open, figures.journal.poisoned), (0, 2));
    assert_eq!(notices(&stage).await.len(), 3, "what could not become a message is a notice");
}
