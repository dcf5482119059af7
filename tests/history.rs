//! What was said before the link: it comes by few calls, whatever happens meanwhile, rings nobody, and it is told what of it is here.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "these are tests; the lint's own exemption ends at helpers")]

mod stage;

#[path = "history/honest.rs"]
mod honest;
#[path = "history/quoted.rs"]
mod quoted;
#[path = "history/reading.rs"]
mod reading;

use chrono::TimeDelta;
use link_core::linking::setup::Depth;
use link_kit::{BackfillState, ConversationRow, LinkId, LinkKit, PageQuery, Progress, Synchronisation};
use link_sandbox::Decision;
use serde_json::json;
use stage::{Agree as _, PAGE, Stage, page, whole};

/// Everything that the platforms show.
pub(crate) fn everything() -> Synchronisation {
    Synchronisation::default().history(Depth::Everything)
}

/// A stage on which Ada and Ben have written 280 messages each to the Page.
pub(crate) async fn talkative() -> Stage {
    let stage = Stage::open().await;
    let talk = |customer: &str| json!({"account": PAGE, "customer": customer, "history": {"messages": 250, "every": "1h", "last": "2h"}});
    stage.meta.seed(&json!({"conversations": [talk("c1"), talk("c2")]})).await.unwrap();
    stage
}

/// Lets time pass until no history is being read any more.
pub(crate) async fn read(stage: &Stage) -> Vec<Progress> {
    for _ in 0..200 {
        stage.settle().await;
        let progress = stage.kit.inbox().progress(&stage.viewer).await.unwrap();
        if progress.iter().all(|it| it.paused.is_some() || !matches!(it.state, BackfillState::Waiting { .. })) {
            return progress;
        }
        // A throttling without a told end lasts minutes; nothing happens until then.
        let until = |it: &Progress| if let BackfillState::Waiting { until } = it.state { Some(until - stage.clock.time()) } else { None };
        let wait = progress.iter().filter(|it| it.paused.is_none()).filter_map(until).min();
        stage.pass(wait.unwrap_or_default().max(TimeDelta::seconds(1))).await;
    }
    panic!("the history is read for ever: {:?}", stage.kit.inbox().progress(&stage.viewer).await.unwrap());
}

/// Somebody signs in once more for a link.
pub(crate) async fn sign_in_again(stage: &Stage, link: LinkId) {
    let linking = stage.kit.linking();
    let setup = linking.reconnect(&stage.viewer, link).await.unwrap().id;
    let dialog = linking.dialog(&stage.viewer, setup, &link_kit::Road::FACEBOOK, None).await.unwrap();
    let came_back = stage.meta.sign_in(&dialog, &Decision::allow()).await.unwrap();
    linking.signed_in(&stage.viewer, &came_back).await.unwrap();
    linking.agree(&stage.viewer, setup).await.unwrap();
}

/// How far the Page's history is.
pub(crate) fn of_page(progress: &[Progress]) -> &Progress {
    progress.iter().find(|it| it.account == page()).unwrap()
}

/// Calls for history that were made so far.
pub(crate) async fn calls(stage: &Stage) -> usize {
    stage.calls("GET", "/conversations").await.len() + stage.calls("GET", "/messages").await.len()
}

pub(crate) async fn conversations(kit: &LinkKit, stage: &Stage) -> Vec<ConversationRow> {
    whole(async |query: PageQuery| kit.inbox().conversations(&stage.viewer, &query).await.unwrap()).await
}
