//! Messages that somebody speaks of and that are not here.

use chrono::TimeDelta;
use futures::{FutureExt as _, StreamExt as _};
use link_kit::{Depth, Synchronisation};
use link_sandbox::{Action, CustomerMessage};
use serde_json::json;

use crate::stage::{INSTAGRAM, PAGE, Stage};
use crate::{everything, of_page, read};

/// A stage on which Ada asked something long ago, and wrote 250 messages since; answers with the question's id.
async fn long_ago(account: &str, customer: &str) -> (Stage, String) {
    let stage = Stage::open().await;
    let question = stage.meta.customer_writes(customer, account, "Do you have it in green?").await.unwrap().mid;
    stage.pass(TimeDelta::days(20)).await;
    let talk = json!({"account": account, "customer": customer, "history": {"messages": 250, "every": "1h", "last": "2h"}});
    stage.meta.seed(&json!({"conversations": [talk]})).await.unwrap();
    (stage, question)
}

/// The text of a message in the inbox; `None` if it is not there.
async fn text(stage: &Stage, id: &str) -> Option<String> {
    let all = stage.messages(&stage.viewer).await;
    all.iter().find(|(key, _)| key.id.as_str() == id).and_then(|(_, message)| message.text().map(str::to_owned))
}

async fn asked(stage: &Stage, id: &str) -> usize {
    stage.calls("GET", &format!("/{id}")).await.len()
}

async fn quote(stage: &Stage, account: &str, customer: &str, quoted: &str) -> String {
    let written = CustomerMessage::text("I would still like this one").reply_to(quoted);
    let id = stage.meta.customer_sends(customer, account, &written).await.unwrap().mid;
    stage.settle().await;
    id
}

#[tokio::test]
async fn a_quoted_message_that_was_not_read_appears_and_rings_nobody() {
    let (stage, question) = long_ago(PAGE, "c1").await;
    // Where older messages go on is refused each time, so the reading of them is given up.
    stage.meta.fault(json!({"match": {"method": "GET", "path": "/*/messages"}, "page": "expired_cursor", "times": 1000})).await.unwrap();
    stage.link_reading(&stage.viewer, everything()).await;
    let progress = read(&stage).await;
    assert!(of_page(&progress).done < 250 && text(&stage, &question).await.is_none(), "the story needs something that was not read");

    stage.pass(TimeDelta::minutes(1)).await;
    let mut alerts = stage.kit.alerts(&stage.viewer);
    let reply = quote(&stage, PAGE, "c1", &question).await;
    assert_eq!((asked(&stage, &question).await, text(&stage, &question).await), (0, None), "what may still come is asked for");
    // Whoever writes wakes the conversation, and it is tried once more.
    read(&stage).await;
    stage.pass(TimeDelta::minutes(10)).await;
    stage.settle().await;
    assert_eq!(text(&stage, &question).await.as_deref(), Some("Do you have it in green?"));
    let heard: Vec<_> = std::iter::from_fn(|| alerts.next().now_or_never().flatten()).collect();
    assert_eq!(heard.len(), 1, "what was said long ago rings");
    let unread: u32 = crate::conversations(&stage.kit, &stage).await.iter().map(|row| row.unread).sum();
    assert_eq!(unread, 1, "what was said long ago is unread");
    assert!(text(&stage, &reply).await.is_some());
    stage.meta.customer_acts("c1", PAGE, &Action::React { mid: question.clone(), emoji: "\u{1f44d}".to_owned() }).await.unwrap();
    stage.settle().await;
    stage.pass(TimeDelta::minutes(5)).await;
    stage.settle().await;
    assert_eq!(asked(&stage, &question).await, 1, "what is here is asked for");
}

#[tokio::test]
async fn a_message_that_is_not_shown_is_asked_for_once_and_is_not_taken_for_deleted() {
    let (stage, question) = long_ago(INSTAGRAM, "c5").await;
    stage.link_reading(&stage.viewer, everything()).await;
    read(&stage).await;
    for _ in 0..3 {
        stage.pass(TimeDelta::minutes(5)).await;
        quote(&stage, INSTAGRAM, "c5", &question).await;
        stage.pass(TimeDelta::minutes(5)).await;
        stage.settle().await;
    }
    assert_eq!((asked(&stage, &question).await, text(&stage, &question).await), (1, None));
    let gone = stage.messages(&stage.viewer).await.into_iter().filter(|(_, message)| message.unsent.is_some()).count();
    assert_eq!(gone, 0, "what is not shown is taken for deleted");
}

#[tokio::test]
async fn what_is_older_than_the_owner_wants_stays_at_the_platform() {
    for depth in [Depth::Nothing, Depth::Newest(10)] {
        let (stage, question) = long_ago(PAGE, "c1").await;
        stage.link_reading(&stage.viewer, Synchronisation::default().history(depth)).await;
        read(&stage).await;
        stage.pass(TimeDelta::minutes(1)).await;
        quote(&stage, PAGE, "c1", &question).await;
        stage.pass(TimeDelta::hours(2)).await;
        stage.settle().await;
        assert_eq!((asked(&stage, &question).await, text(&stage, &question).await), (0, None), "{depth:?}");
    }
}
