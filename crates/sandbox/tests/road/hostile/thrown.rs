//! Random calls.

use std::time::Duration;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use reqwest::Method;
use serde_json::{Value, json};

use super::{Tokens, civil};
use crate::instagram_login::PRODUCT;
use crate::stage::{ADA, ADA_IG, APP, INSTAGRAM, PAGE, ROBIN, Stage};

const WORDS: [&str; 44] = [
    "me",
    "v26.0",
    "v20.0",
    "oauth",
    "access_token",
    "refresh_access_token",
    "dialog",
    "authorize",
    "debug_token",
    "accounts",
    "businesses",
    "permissions",
    "messages",
    "conversations",
    "message_attachments",
    "messenger_profile",
    "custom_user_settings",
    "personas",
    "custom_labels",
    "label",
    "moderate_conversations",
    "unlink_accounts",
    "message_templates",
    "message_template_library",
    "pass_thread_control",
    "take_thread_control",
    "thread_owner",
    "subscribed_apps",
    "subscriptions",
    "media",
    "stories",
    "sticker_packs",
    "sticker_search",
    "owned_pages",
    "system_user_access_tokens",
    "messaging_feature_review",
    APP,
    PRODUCT,
    ROBIN,
    PAGE,
    INSTAGRAM,
    ADA,
    ADA_IG,
    "3000000000000002",
];
const NAMES: [&str; 28] = [
    "recipient",
    "message",
    "sender_action",
    "payload",
    "reply_to",
    "fields",
    "limit",
    "after",
    "before",
    "ids",
    "batch",
    "method",
    "platform",
    "user_id",
    "grant_type",
    "client_id",
    "client_secret",
    "redirect_uri",
    "code",
    "psid",
    "persistent_menu",
    "user_ids",
    "actions",
    "name",
    "tag",
    "messaging_type",
    "subscribed_fields",
    "thread_control",
];

fn anything() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,20}".prop_map(Value::from),
        prop::sample::select(&WORDS[..]).prop_map(Value::from),
        Just(json!({"id": ADA})),
        Just(json!({"text": "x"})),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        let key = prop_oneof![
            prop::sample::select(&["id", "text", "type", "url", "mid", "attachment", "relative_url", "method", "body"][..])
                .prop_map(str::to_owned),
            ".{0,6}"
        ];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((key, inner), 0..4).prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
        ]
    })
}

#[derive(Clone, Debug)]
struct Thrown {
    instagram: bool,
    method: &'static str,
    path: Vec<String>,
    token: usize,
    params: Vec<(&'static str, Value)>,
    raw: Option<Vec<u8>>,
    kind: usize,
}

fn thrown() -> impl Strategy<Value = Thrown> {
    let segment = prop_oneof![4 => prop::sample::select(&WORDS[..]).prop_map(str::to_owned), 1 => ".{1,12}"];
    (
        any::<bool>(),
        prop::sample::select(&["GET", "POST", "DELETE", "PUT", "PATCH", "OPTIONS"][..]),
        prop::collection::vec(segment, 0..4),
        0..5_usize,
        prop::collection::vec((prop::sample::select(&NAMES[..]), anything()), 0..5),
        prop::option::weighted(0.2, prop::collection::vec(any::<u8>(), 0..200)),
        0..4_usize,
    )
        .prop_map(|(instagram, method, path, token, params, raw, kind)| Thrown { instagram, method, path, token, params, raw, kind })
}

async fn throw(stage: &Stage, tokens: &Tokens, thrown: &Thrown) {
    let mut url = url::Url::parse(&stage.origin(thrown.instagram)).unwrap();
    url.path_segments_mut().unwrap().extend(&thrown.path);
    let token =
        [tokens.page.as_str(), tokens.user.as_str(), tokens.instagram.as_str(), "1000000000000001|sandbox-app-secret", ""][thrown.token];
    let method: Method = thrown.method.parse().unwrap();
    let mut request = stage.client.request(method.clone(), url.clone()).bearer_auth(token);
    let object: serde_json::Map<String, Value> = thrown.params.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    let kinds = ["application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain"];
    request = match (&thrown.raw, method) {
        (Some(raw), _) => request.header("content-type", kinds[thrown.kind]).body(raw.clone()),
        (None, Method::GET) => {
            let pairs: Vec<(&str, String)> = thrown
                .params
                .iter()
                .map(|(name, value)| (*name, value.as_str().map_or_else(|| value.to_string(), str::to_owned)))
                .collect();
            request.query(&pairs)
        }
        _ => request.json(&object),
    };
    let answer = tokio::time::timeout(Duration::from_secs(20), request.send()).await.unwrap().unwrap();
    civil(answer, &format!("{thrown:?}")).await;
}

#[test]
fn whatever_is_thrown_at_either_host_is_answered_as_the_platform_answers() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let stage = runtime.block_on(Stage::frozen());
    let mut runner = TestRunner::new(Config { cases: 1_000, failure_persistence: None, ..Config::default() });
    runner
        .run(&thrown(), |thrown| {
            runtime.block_on(async {
                // What was thrown before may have taken the tokens away.
                let tokens = stage.held().await;
                throw(&stage, &tokens, &thrown).await;
            });
            Ok(())
        })
        .unwrap();
}
