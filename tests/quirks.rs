//! Story: wherever Meta's own pages are unsure, the shop works the same, whichever way it turns out to be.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "these are tests; the lint's own exemption ends at helpers")]

mod stage;

use std::process::ExitCode;

use chrono::TimeDelta;
use libtest_mimic::{Arguments, Trial};
use link_core::words::event::Direction;
use link_kit::{ConversationKey, Depth, ErrorKind, Failure, Intent, IntentState, MessageRow, PageQuery, Problem, Refusal, Synchronisation};
use link_sandbox::{Action, CustomerMessage, PersonAction, QUIRKS};
use serde_json::json;
use stage::{INSTAGRAM, PAGE, Stage, conversation, instagram, page};

const ADA: &str = "4000000000000011";
const EVE: &str = "5000000000000015";
const ROBIN: &str = "2000000000000001";

async fn talk(stage: &Stage, key: &ConversationKey) -> Vec<MessageRow> {
    stage::whole(async |query: PageQuery| stage.kit.inbox().timeline(&stage.viewer, key, &query).await.unwrap().messages).await
}

/// A day of the shop: history is read, customers of both platforms write, share, comment, react and take back, the shop answers.
async fn day(name: &str, value: &str) {
    let told = format!("{name} is {value}");
    let stage = Stage::set().quirk(name, value).open().await;
    stage.link_reading(&stage.viewer, Synchronisation::default().history(Depth::Everything)).await;
    stage.settle().await;
    let ada = conversation(&stage.viewer, page(), ADA);
    let eve = conversation(&stage.viewer, instagram(), EVE);
    let before = talk(&stage, &ada).await.len();
    let readable = if (name, value) == ("messenger_readable", "20") { 20 } else { 30 };
    assert!(before >= readable, "{told}: {before} of Ada's 30 messages were read");

    for (customer, account, key) in [("c1", PAGE, &ada), ("c5", INSTAGRAM, &eve)] {
        let known = talk(&stage, key).await.len();
        stage.pass(TimeDelta::seconds(2)).await;
        let asked = stage.meta.customer_writes(customer, account, "Is the shop open?").await.unwrap().mid;
        let shared = if account == PAGE { "post" } else { "ig_post" };
        let post = CustomerMessage::wordless().attachment(shared, "https://example.org/p");
        stage.meta.customer_sends(customer, account, &post).await.unwrap();
        stage.meta.customer_acts(customer, account, &Action::Comment { text: "Nice window".into() }).await.unwrap();
        stage.settle().await;
        stage.pass(TimeDelta::seconds(2)).await;
        let answer = stage.kit.inbox().answer(&stage.viewer, key, "Yes, until six.", account).await.unwrap();
        stage.settle().await;
        let silly = stage.meta.customer_writes(customer, account, "Something silly").await.unwrap().mid;
        stage.meta.customer_acts(customer, account, &Action::React { mid: asked.clone(), emoji: "👍".into() }).await.unwrap();
        stage.meta.customer_acts(customer, account, &Action::Read).await.unwrap();
        stage.meta.customer_acts(customer, account, &Action::Unsend { mid: silly.clone() }).await.unwrap();
        stage.settle().await;

        let rows = talk(&stage, key).await;
        let row = |mid: &str| rows.iter().filter(|row| row.id().as_str() == mid).collect::<Vec<_>>();
        assert_eq!(rows.len(), known + 4, "{told}, on {account}: question, post, answer and what was taken back, each once");
        assert_eq!(row(&asked)[0].state.text(), Some("Is the shop open?"), "{told}");
        let ours: Vec<_> = rows.iter().filter(|row| row.state.text() == Some("Yes, until six.")).collect();
        assert_eq!(ours.len(), 1, "{told}: the answer and its echo are one message");
        assert_eq!((ours[0].state.direction, ours[0].state.intent), (Some(Direction::Outbound), Some(answer.id)), "{told}");
        let silent = (name, value) == ("messenger_unsend", "silent") && account == PAGE;
        assert_eq!(row(&silly)[0].state.unsent.is_some(), !silent, "{told}: what was taken back is gone as soon as anybody says so");
    }
    waited(&stage, &ada, &told).await;
    refused(&stage, &ada, &told).await;
    closed(&stage, &ada, &told).await;
    withdrawn(&stage, &ada, &told).await;
}

/// What the platform throttles is sent later, whatever status says so.
async fn waited(stage: &Stage, ada: &ConversationKey, told: &str) {
    stage.meta.fault(json!({"match": {"method": "POST", "path": "/*/messages"}, "answer": {"code": 613}})).await.unwrap();
    let intent = stage.kit.inbox().answer(&stage.viewer, ada, "One moment.", "throttled").await.unwrap();
    stage.settle().await;
    assert_eq!(state(stage, &intent).await.as_str(), "queued", "{told}");
    stage.pass(TimeDelta::hours(2)).await;
    stage.settle().await;
    assert_eq!(state(stage, &intent).await.as_str(), "sent", "{told}");
}

/// What the platform refuses is told as what it is, whichever code says so.
async fn refused(stage: &Stage, ada: &ConversationKey, told: &str) {
    let route = async |app: Option<&str>| stage.meta.seed(&json!({"pages": [{"id": PAGE, "default_app": app}]})).await.unwrap();
    route(Some("77")).await;
    let elsewhere = stage.kit.inbox().answer(&stage.viewer, ada, "Are you with us?", "elsewhere").await.unwrap();
    stage.settle().await;
    assert_eq!(failed(&state(stage, &elsewhere).await, told), ErrorKind::ConversationOwnedElsewhere, "{told}");
    route(None).await;
    stage.meta.customer_acts("c1", PAGE, &Action::Block).await.unwrap();
    let gone = stage.kit.inbox().answer(&stage.viewer, ada, "Are you there?", "blocked").await.unwrap();
    stage.settle().await;
    assert_eq!(failed(&state(stage, &gone).await, told), ErrorKind::RecipientUnavailable, "{told}");
    stage.meta.customer_acts("c1", PAGE, &Action::Unblock).await.unwrap();
}

async fn state(stage: &Stage, intent: &Intent) -> IntentState {
    stage.kit.inbox().intent(&stage.viewer, intent.id).await.unwrap().unwrap().state
}

fn failed(state: &IntentState, told: &str) -> ErrorKind {
    match state {
        IntentState::Failed { failure: Failure::Platform { kind, .. } } => *kind,
        other => panic!("{told}: {other:?}"),
    }
}

/// The window closes: refused beforehand.
async fn closed(stage: &Stage, ada: &ConversationKey, told: &str) {
    stage.pass(TimeDelta::hours(25)).await;
    let late = stage.kit.inbox().answer(&stage.viewer, ada, "Too late", "late").await.unwrap_err();
    assert!(matches!(late, Problem::Refused(Refusal::WindowClosed { .. })), "{told}: {late:?}");
}

/// The password is changed: whatever else is unsure, a customer's message is not lost and nothing more is sent.
async fn withdrawn(stage: &Stage, ada: &ConversationKey, told: &str) {
    stage.meta.person_acts(ROBIN, &PersonAction::ChangePassword).await.unwrap();
    stage.meta.customer_writes("c1", PAGE, "Hello again").await.unwrap();
    stage.settle().await;
    // The first answer finds the token dead; whether it is taken at all is no quirk's business.
    if let Ok(late) = stage.kit.inbox().answer(&stage.viewer, ada, "Hello!", "withdrawn").await {
        stage.settle().await;
        assert_ne!(state(stage, &late).await.as_str(), "sent", "{told}");
    }
    let rows = talk(stage, &conversation(&stage.viewer, page(), ADA)).await;
    assert!(rows.iter().any(|row| row.state.text() == Some("Hello again")), "{told}: lost because a token died");
}

/// A day as a test of its own, so that days run side by side and one that fails is told by name.
fn trial(name: &'static str, value: &'static str) -> Trial {
    Trial::test(format!("the_shop_works_where_{name}_is_{value}"), move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(day(name, value));
        Ok(())
    })
}

fn main() -> ExitCode {
    // The first value of each is what every other story plays with.
    let days = QUIRKS.iter().flat_map(|(name, values)| values[1..].iter().map(|value| trial(name, value)));
    libtest_mimic::run(&Arguments::from_args(), days.collect()).exit_code()
}
