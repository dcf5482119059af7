//! Whatever happens while history is read, all of it is here in the end.

use chrono::TimeDelta;
use futures::{FutureExt as _, StreamExt as _};
use link_kit::{BackfillState, People, Synchronisation, Waits};
use link_sandbox::{Decision, PersonAction};
use serde_json::json;

use crate::stage::{Agree as _, PAGE, Stage, conversation, messages, page};
use crate::{calls, conversations, everything, of_page, read, talkative};

const ROBIN: &str = "2000000000000001";

async fn on_the_page(stage: &Stage) -> usize {
    stage.messages(&stage.viewer).await.iter().filter(|(key, _)| key.account.account == page()).count()
}

#[tokio::test]
async fn another_process_goes_on_where_one_was_killed_and_reads_nothing_twice() {
    let calm = talkative().await;
    calm.link_reading(&calm.viewer, everything()).await;
    read(&calm).await;
    let stage = talkative().await;
    stage.link_reading(&stage.viewer, everything()).await;
    // The budget allows two calls at this moment. Then this kit never works again.
    stage.kit.drain().await.unwrap();
    assert!(on_the_page(&stage).await < 620, "the story needs something that was not read yet");
    let next = stage.another_kit().await;
    for _ in 0..20 {
        stage.pass(TimeDelta::seconds(1)).await;
        next.drain().await.unwrap();
    }
    assert_eq!(messages(&next, &stage.viewer).await.len(), calm.messages(&calm.viewer).await.len());
    assert_eq!((on_the_page(&stage).await, calls(&stage).await), (620, calls(&calm).await), "what was read is read again");
}

#[tokio::test]
async fn a_token_that_dies_half_way_costs_nothing_but_a_sign_in() {
    let stage = talkative().await;
    let link = stage.link_reading(&stage.viewer, everything()).await;
    stage.kit.drain().await.unwrap();
    stage.meta.person_acts(ROBIN, &PersonAction::ChangePassword).await.unwrap();
    let progress = read(&stage).await;
    assert!(matches!(of_page(&progress).state, BackfillState::Stopped { .. }), "{progress:?}");
    let half = stage.messages(&stage.viewer).await;
    assert!(on_the_page(&stage).await < 620);

    stage.pass(TimeDelta::minutes(1)).await;
    let linking = stage.kit.linking();
    let setup = linking.reconnect(&stage.viewer, link.id).await.unwrap().id;
    let dialog = linking.dialog(&stage.viewer, setup, &link_kit::Road::FACEBOOK, None).await.unwrap();
    let came_back = stage.meta.sign_in(&dialog, &Decision::allow()).await.unwrap();
    linking.signed_in(&stage.viewer, &came_back).await.unwrap();
    linking.agree(&stage.viewer, setup).await.unwrap();
    let progress = read(&stage).await;
    assert_eq!((&of_page(&progress).state, on_the_page(&stage).await), (&BackfillState::Done, 620));
    let whole = stage.messages(&stage.viewer).await;
    assert!(half.iter().all(|(key, was)| whole.iter().any(|(id, is)| id == key && is.text() == was.text() && is.at == was.at)));
}

#[tokio::test]
async fn history_rests_when_somebody_says_so_and_news_come_all_the_same() {
    let stage = talkative().await;
    stage.link_reading(&stage.viewer, everything()).await;
    stage.kit.drain().await.unwrap();
    let inbox = stage.kit.inbox();
    assert_eq!(of_page(&inbox.progress(&stage.viewer).await.unwrap()).waits, Some(Waits::Budget));
    let paused = inbox.pause_history(&stage.viewer, &page()).await.unwrap();
    assert_eq!(of_page(&paused).paused.as_ref().unwrap().by, stage.viewer.actor);
    let before = on_the_page(&stage).await;
    stage.pass(TimeDelta::hours(1)).await;
    stage.meta.customer_writes("c3", PAGE, "Are you there?").await.unwrap();
    stage.settle().await;
    assert_eq!(on_the_page(&stage).await, before + 1, "what rests is read, or nothing comes any more");
    let progress = inbox.resume_history(&stage.viewer, &page()).await.unwrap();
    assert_eq!(of_page(&progress).paused, None);
    let progress = read(&stage).await;
    let told = of_page(&progress);
    assert_eq!((&told.state, told.expected, on_the_page(&stage).await), (&BackfillState::Done, Some(told.done), 621));
    let stranger = crate::stage::owner("elsewhere", "sam");
    assert!(inbox.pause_history(&stranger, &page()).await.is_err(), "anybody lets anybody's history rest");
}

#[tokio::test]
async fn history_rings_nobody_and_leaves_nothing_unread() {
    let stage = talkative().await;
    let mut alerts = stage.kit.alerts(&stage.viewer);
    stage.link_reading(&stage.viewer, everything()).await;
    read(&stage).await;
    let rows = conversations(&stage.kit, &stage).await;
    assert_eq!(rows.iter().map(|row| row.unread).sum::<u32>(), 0);
    assert!(rows.len() == 7 && alerts.next().now_or_never().is_none(), "somebody is woken by what was said long ago");
}

#[tokio::test]
async fn an_old_conversation_is_read_when_it_wakes() {
    let stage = Stage::open().await;
    stage.pass(TimeDelta::days(20)).await;
    stage.meta.customer_writes("c1", PAGE, "Still there?").await.unwrap();
    let lately = Synchronisation::default().people(People::ActiveWithin(7));
    stage.link_reading(&stage.viewer, lately).await;
    read(&stage).await;
    assert_eq!((conversations(&stage.kit, &stage).await.len(), on_the_page(&stage).await), (1, 31), "who was quiet for long is read");
    let before = calls(&stage).await;
    stage.pass(TimeDelta::minutes(1)).await;
    stage.meta.customer_writes("c2", PAGE, "It is me again").await.unwrap();
    let mut alerts = stage.kit.alerts(&stage.viewer);
    stage.settle().await;
    stage.pass(TimeDelta::seconds(2)).await;
    read(&stage).await;
    assert_eq!((on_the_page(&stage).await, calls(&stage).await), (62, before + 1), "it is not read, or by more than one call");
    let heard: Vec<_> = std::iter::from_fn(|| alerts.next().now_or_never().flatten()).collect();
    assert_eq!(heard.len(), 1, "what is read of an old conversation rings");
    let ben = conversation(&stage.viewer, page(), "4000000000000012");
    let map = stage.kit.inbox().coverage(&stage.viewer, &ben).await.unwrap().unwrap();
    assert_eq!(map.spans[0].standing, link_kit::Standing::Complete, "{}", map.to_text());
}

/// A stage on which so many people wrote that the list of conversations has a second page.
async fn crowded() -> Stage {
    let stage = talkative().await;
    let names = (0..110).map(|n| format!("crowd{n}")).collect::<Vec<_>>();
    let people: Vec<_> = names.iter().map(|name| json!({"id": name, "first_name": "Kim", "last_name": name})).collect();
    let talks: Vec<_> = names
        .iter()
        .map(|name| json!({"account": PAGE, "customer": name, "history": {"messages": 1, "every": "1h", "last": "3h"}}))
        .collect();
    stage.meta.seed(&json!({"customers": people, "conversations": talks})).await.unwrap();
    stage
}

/// Everything of the Page is here in the end, whatever two calls in the middle are answered with.
async fn is_read_through(fault: &serde_json::Value) {
    for path in ["/*/conversations", "/*/messages"] {
        let stage = crowded().await;
        let mut planted = fault.clone();
        planted["match"] = json!({"method": "GET", "path": path});
        planted["times"] = json!(2);
        let id = stage.meta.fault(planted).await.unwrap();
        stage.link_reading(&stage.viewer, everything()).await;
        let progress = read(&stage).await;
        assert_eq!((&of_page(&progress).state, on_the_page(&stage).await), (&BackfillState::Done, 730), "{fault} at {path}");
        assert_eq!(stage.meta.fired(&id).await.unwrap(), 2, "{fault} at {path} never struck");
    }
}

#[tokio::test]
async fn answers_that_are_none_are_survived() {
    for fault in [json!({"html": true}), json!({"half": true}), json!({"cut_body": true}), json!({"answer": {"code": 2, "status": 503}})] {
        is_read_through(&fault).await;
    }
}

#[tokio::test]
async fn lists_that_go_on_strangely_are_survived() {
    for page in ["empty", "repeat", "expired_cursor"] {
        is_read_through(&json!({"page": page})).await;
    }
    is_read_through(&json!({"answer": {"code": 613}})).await;
}
