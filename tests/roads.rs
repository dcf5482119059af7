//! Story: the shop's Instagram account is reached by both logins. Meta tells everything twice, under other ids each time; in the inbox it
//! stands once, whichever comes first, and Robin can hand the account over from one road to the other.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "these are tests; the lint's own exemption ends at helpers")]

#[path = "roads/carried.rs"]
mod carried;
#[path = "roads/echoes.rs"]
mod echoes;
#[path = "roads/refused.rs"]
mod refused;
mod stage;
#[path = "roads/switching.rs"]
mod switching;
#[path = "roads/twice.rs"]
mod twice;

use std::collections::BTreeSet;

use chrono::TimeDelta;
use futures::{FutureExt as _, Stream, StreamExt as _};
use link_kit::{Alert, Connection, ConversationKey, Depth, Lagged, Message, Preferences, Road, SetupId, Synchronisation};
use link_sandbox::Decision;
use serde_json::{Value, json};

use stage::Agree as _;
use stage::{INSTAGRAM, Setting, Stage, conversation, instagram, page};

/// Eve as the Instagram account knows her, by either road.
pub(crate) const EVE: &str = "5000000000000015";

/// The shop an hour after its Page and its Instagram account were linked, the latter by both roads. Nothing from before was read.
pub(crate) async fn by_both_roads(setting: Setting) -> Stage {
    let stage = setting.instagram_login().open().await;
    link_by_both(&stage, Synchronisation::default().history(Depth::Nothing).profiles(false)).await;
    stage.pass(TimeDelta::hours(1)).await;
    stage
}

pub(crate) async fn link_by_both(stage: &Stage, from_before: Synchronisation) -> Vec<Connection> {
    let (linking, viewer) = (stage.kit.linking(), &stage.viewer);
    let setup = linking.begin(viewer).await.unwrap().id;
    sign_in(stage, setup, &Road::FACEBOOK).await;
    sign_in(stage, setup, &Road::INSTAGRAM).await;
    linking.choose(viewer, setup, vec![page(), instagram()]).await.unwrap();
    linking.prefer(viewer, setup, Preferences::default()).await.unwrap();
    linking.synchronise(viewer, setup, from_before).await.unwrap();
    linking.agree(viewer, setup).await.unwrap().connections
}

pub(crate) async fn sign_in(stage: &Stage, setup: SetupId, road: &Road) {
    let dialog = stage.kit.linking().dialog(&stage.viewer, setup, road, None).await.unwrap();
    let came_back = stage.meta.sign_in(&dialog, &Decision::allow().instagram(INSTAGRAM)).await.unwrap();
    stage.kit.linking().signed_in(&stage.viewer, &came_back).await.unwrap();
}

pub(crate) fn eve(stage: &Stage) -> ConversationKey {
    conversation(&stage.viewer, instagram(), EVE)
}

/// The connection of the Instagram account by a road.
pub(crate) async fn connection(stage: &Stage, road: &Road) -> Connection {
    let all = stage.kit.linking().connections(&stage.viewer).await.unwrap();
    all.into_iter().find(|it| *it.account() == instagram() && it.key.road == *road).unwrap()
}

/// What becomes of the two deliveries of the next event at the Instagram account. Meta's side tells the road of the Page first.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Arrival {
    /// That by the road of the Page arrives first.
    PageFirst,
    /// That by Instagram Login arrives first.
    LoginFirst,
    /// That by the road of the Page never arrives.
    LoginAlone,
    /// That by Instagram Login never arrives.
    PageAlone,
}

impl Arrival {
    /// Lets the next event arrive like this.
    pub(crate) async fn next(self, stage: &Stage) {
        let of_first = |fault: &Value| merged(json!({"webhook": {"account": INSTAGRAM}, "times": 1}), fault);
        let faults = match self {
            Self::PageFirst => vec![],
            Self::LoginFirst => vec![json!({"delay_ms": 1000})],
            Self::LoginAlone => vec![json!({"lose": true})],
            // A fault that changes nothing lets the first delivery pass the second fault.
            Self::PageAlone => vec![json!({"delay_ms": 0}), json!({"lose": true})],
        };
        stage.meta.clear_faults().await.unwrap();
        for fault in faults {
            stage.meta.fault(of_first(&fault)).await.unwrap();
        }
    }
}

fn merged(mut one: Value, other: &Value) -> Value {
    one.as_object_mut().unwrap().extend(other.as_object().unwrap().clone());
    one
}

/// Whatever is on its way arrives, and a while passes.
pub(crate) async fn arrived(stage: &Stage) {
    stage.pass(TimeDelta::seconds(2)).await;
    stage.settle().await;
}

/// The ids of messages that Meta told by the road of the Page, and those that it told by Instagram Login.
pub(crate) async fn told_ids(stage: &Stage) -> (BTreeSet<String>, BTreeSet<String>) {
    let mut ids = (BTreeSet::new(), BTreeSet::new());
    for delivery in stage.meta.deliveries(0).await.unwrap().data {
        let by_login = delivery["app"] == stage::INSTAGRAM_APP;
        let body: Value = match &delivery["body"] {
            Value::String(text) => serde_json::from_str(text).unwrap_or_default(),
            other => other.clone(),
        };
        collect_ids(&body, if by_login { &mut ids.1 } else { &mut ids.0 });
    }
    ids
}

fn collect_ids(told: &Value, ids: &mut BTreeSet<String>) {
    match told {
        Value::Object(fields) => {
            ids.extend(fields.get("mid").and_then(Value::as_str).map(str::to_owned));
            fields.values().for_each(|inner| collect_ids(inner, ids));
        }
        Value::Array(items) => items.iter().for_each(|inner| collect_ids(inner, ids)),
        _ => {}
    }
}

/// The alerts that are there already.
pub(crate) fn heard(alerts: &mut (impl Stream<Item = Result<Alert, Lagged>> + Unpin)) -> Vec<Alert> {
    std::iter::from_fn(|| alerts.next().now_or_never().flatten()).map(Result::unwrap).collect()
}

/// The texts of the Instagram account's messages, oldest first, each with the road that it came by. Without text: as it stands.
pub(crate) async fn texts(stage: &Stage) -> Vec<(Road, String)> {
    let all = stage.messages(&stage.viewer).await;
    let shown =
        |message: &Message| message.text().unwrap_or(if message.unsent.is_some() { "(taken back)" } else { "(no text)" }).to_owned();
    all.into_iter().filter(|(key, _)| key.account.account == instagram()).map(|(key, message)| (key.road, shown(&message))).collect()
}
