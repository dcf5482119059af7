use std::time::Duration;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::instagram_login::{PRODUCT, PRODUCT_SECRET};
use crate::stage::{ADA, ADA_IG, APP, INSTAGRAM, PAGE, ROBIN, SECRET, Stage, scopes};

/// Codes that the platform's own pages know.
const KNOWN: [i64; 40] = [
    1, 2, 4, 10, 15, 17, 25, 32, 100, 101, 104, 190, 200, 230, 551, 613, 2200, 2500, 2635, 9010, 10_303, 10_900, 10_903, 36_103, 80_001,
    80_002, 80_006, 2_018_218, 2_018_300, 2_534_001, 2_534_068, 9_000_001, 3, 5, 368, 506, 803, 1_545_041, 36_007, 36_009,
];

/// Whose tokens a hostile caller holds.
struct Tokens {
    page: String,
    user: String,
    instagram: String,
}

impl Stage {
    async fn held(&self) -> Tokens {
        let tokens = self.controls.tokens(ROBIN, &scopes()).await.unwrap();
        Tokens { page: tokens.page_tokens[PAGE].clone(), user: tokens.user_token, instagram: self.ig_token(INSTAGRAM).await }
    }

    fn origin(&self, instagram: bool) -> String {
        if instagram { self.sandbox.instagram() } else { self.sandbox.facebook() }
    }
}

/// An answer as the platform gives one: JSON, no error of ours, and an error only in its envelope and with a known code.
async fn civil(answer: Response, what: &str) -> Value {
    let status = answer.status().as_u16();
    assert!(status < 500, "{what}: {status}");
    let kind = answer.headers().get("content-type").map(|it| it.to_str().unwrap().to_owned()).unwrap_or_default();
    let body = answer.text().await.unwrap();
    if kind.starts_with("text/html") || status == 302 {
        return Value::Null;
    }
    let told: Value = serde_json::from_str(&body).unwrap_or_else(|error| panic!("{what}: {error}: {body}"));
    if told["error_type"].is_string() {
        assert!(told["error_message"].is_string() && told["code"] == 400 && status == 400, "{what}: {told}");
        return told;
    }
    assert_eq!(status == 200, told.get("error").is_none(), "{what}: {status} {told}");
    if status != 200 {
        let error = &told["error"];
        assert!(error["message"].is_string() && error["type"].is_string() && error["fbtrace_id"].is_string(), "{what}: {told}");
        assert!(KNOWN.contains(&error["code"].as_i64().unwrap_or_default()), "{what}: {told}");
        assert!(error.get("error_subcode").is_none_or(Value::is_i64), "{what}: {told}");
    }
    told
}

fn deep(levels: usize) -> Value {
    (0..levels).fold(json!("x"), |inner, level| if level % 2 == 0 { json!([inner]) } else { json!({"id": inner}) })
}

fn wrong_values() -> Vec<Value> {
    vec![
        Value::Null,
        json!(true),
        json!(7),
        json!(-1),
        json!(1.5),
        json!(u64::MAX),
        json!(""),
        json!("x"),
        json!("\u{0}"),
        json!("{"),
        json!("../../etc"),
        json!("é🎉".repeat(2_000)),
        json!([]),
        json!([null]),
        json!([[7], {"id": {}}]),
        json!({}),
        json!({"id": []}),
        json!({"": ""}),
        json!({"id": 7, "type": 7, "mid": 7, "text": 7}),
        deep(60),
    ]
}

/// An endpoint, with a call to it that works; each of its parameters is then made wrong in turn.
type Endpoint = (bool, &'static str, String, Value);

fn endpoints() -> Vec<Endpoint> {
    let facebook = |method, path: &str, params| (false, method, path.to_owned(), params);
    let instagram = |method, path: &str, params| (true, method, path.to_owned(), params);
    let attachment = json!({"attachment": {"type": "image", "payload": {"url": "https://example.org/a.png"}}});
    let send = |to: &str| {
        json!({
            "recipient": {"id": to}, "message": {"text": "x"}, "messaging_type": "RESPONSE", "tag": null, "reply_to": null,
            "thread_control": null, "persona_id": null, "notification_type": "REGULAR", "platform": null,
        })
    };
    let react = |to: &str| json!({"recipient": {"id": to}, "sender_action": "react", "payload": {"message_id": "m", "reaction": "love"}});
    let list = json!({"fields": "id", "limit": 5, "after": null, "before": null, "platform": null, "user_id": null});
    let menu = json!([{"locale": "default", "call_to_actions": [{"type": "postback", "title": "t", "payload": "p"}]}]);
    let profile = json!({
        "get_started": {"payload": "P"}, "greeting": [{"locale": "default", "text": "x"}], "persistent_menu": menu, "commands": [],
        "ice_breakers": [{"question": "q", "payload": "p"}], "whitelisted_domains": [], "account_linking_url": "https://example.org",
    });
    let control = json!({"recipient": {"id": ADA}, "target_app_id": APP, "metadata": "m", "duration": 60});
    let code = json!({
        "client_id": APP, "client_secret": SECRET, "code": "c", "redirect_uri": "http://localhost/", "grant_type": null,
        "code_verifier": null,
    });
    let product = json!({
        "client_id": PRODUCT, "client_secret": PRODUCT_SECRET, "code": "c", "redirect_uri": "http://localhost/",
        "grant_type": "authorization_code",
    });
    let mut all = vec![
        facebook("POST", "/me/messages", send(ADA)),
        facebook("POST", "/me/messages", react(ADA_IG)),
        facebook("POST", "/me/message_attachments", json!({"message": attachment, "platform": "instagram"})),
        facebook("POST", "/me/messenger_profile", profile.clone()),
        facebook("GET", "/me/messenger_profile", json!({"fields": "greeting", "platform": null})),
        facebook("DELETE", "/me/messenger_profile", json!({"fields": "greeting", "platform": null})),
        facebook("POST", "/me/custom_user_settings", json!({"psid": ADA, "persistent_menu": menu})),
        facebook("GET", "/me/custom_user_settings", json!({"psid": ADA})),
        facebook("POST", "/me/personas", json!({"name": "n", "profile_picture_url": "https://example.org"})),
        facebook("GET", "/me/personas", list.clone()),
        facebook("POST", "/me/custom_labels", json!({"page_label_name": "l", "name": null})),
        facebook("GET", "/me/custom_labels", list.clone()),
        facebook("POST", "/me/moderate_conversations", json!({"user_ids": [{"id": ADA}], "actions": ["unblock_user"]})),
        facebook("POST", "/me/unlink_accounts", json!({"psid": ADA})),
        facebook("POST", "/me/message_templates", json!({"name": "t", "components": [], "language": "en"})),
        facebook("GET", "/me/thread_owner", json!({"recipient": ADA})),
        facebook("GET", "/me/conversations", list.clone()),
        facebook("POST", "/me/subscribed_apps", json!({"subscribed_fields": "messages"})),
        facebook("GET", "/oauth/access_token", code),
        facebook(
            "GET",
            "/oauth/access_token",
            json!({"client_id": APP, "client_secret": SECRET, "grant_type": "fb_exchange_token", "fb_exchange_token": "x"}),
        ),
        facebook("GET", "/", json!({"ids": PAGE, "fields": "name"})),
        facebook("POST", "/", json!({"batch": [{"relative_url": "me", "method": "GET", "body": null}], "include_headers": false})),
        facebook("GET", "/me", json!({"fields": "name", "appsecret_proof": null, "appsecret_time": null, "account_linking_token": null})),
        facebook("GET", &format!("/{ADA}"), json!({"fields": "name"})),
        facebook("GET", &format!("/{INSTAGRAM}/media"), list.clone()),
        instagram("POST", "/me/messages", send(ADA_IG)),
        instagram("POST", "/me/messages", react(ADA_IG)),
        instagram("POST", "/me/message_attachments", json!({"message": attachment})),
        instagram("POST", "/me/messenger_profile", profile),
        instagram("POST", "/me/moderate_conversations", json!({"user_ids": [{"id": ADA_IG}], "actions": ["unblock_user"]})),
        instagram("POST", "/me/subscribed_apps", json!({"subscribed_fields": "messages"})),
        instagram("GET", "/me", json!({"fields": "user_id"})),
        instagram("GET", "/me/conversations", list.clone()),
        instagram("GET", "/me/media", list),
        instagram("GET", "/access_token", json!({"grant_type": "ig_exchange_token", "client_secret": PRODUCT_SECRET})),
        instagram("GET", "/refresh_access_token", json!({"grant_type": "ig_refresh_token"})),
        instagram("POST", "/oauth/access_token", product),
    ];
    for edge in ["pass", "take", "request", "release", "extend"] {
        all.push(facebook("POST", &format!("/me/{edge}_thread_control"), control.clone()));
    }
    all
}

async fn call(stage: &Stage, token: &str, (on_instagram, method, path, _): &Endpoint, params: &Value) -> Response {
    let method: Method = method.parse().unwrap();
    let mut url = url::Url::parse(&format!("{}{path}", stage.origin(*on_instagram))).unwrap();
    if method == Method::POST {
        return stage.client.post(url).bearer_auth(token).json(params).send().await.unwrap();
    }
    for (name, value) in params.as_object().unwrap() {
        match value {
            Value::Null => {}
            Value::String(text) => drop(url.query_pairs_mut().append_pair(name, text)),
            other => drop(url.query_pairs_mut().append_pair(name, &other.to_string())),
        }
    }
    stage.client.request(method, url).bearer_auth(token).send().await.unwrap()
}

/// Everything here ends soon, or hangs.
async fn soon(work: impl Future<Output = ()>) {
    tokio::time::timeout(Duration::from_secs(60), work).await.unwrap();
}

#[tokio::test]
async fn a_wrong_value_of_any_parameter_is_refused_or_taken_and_breaks_nothing() {
    soon(async {
        let stage = Stage::frozen().await;
        for endpoint in endpoints() {
            let tokens = stage.held().await;
            let token = if endpoint.0 { &tokens.instagram } else { &tokens.page };
            for name in endpoint.3.as_object().unwrap().keys() {
                for value in wrong_values() {
                    let mut params = endpoint.3.clone();
                    params[name] = value.clone();
                    let shown: String = value.to_string().chars().take(60).collect();
                    let what = format!("{} {} with {name}={shown}", endpoint.1, endpoint.2);
                    civil(call(&stage, token, &endpoint, &params).await, &what).await;
                }
            }
        }
        assert!(stage.controls.state().await.is_ok(), "the world still stands");
    })
    .await;
}

#[tokio::test]
async fn the_inside_of_a_message_may_be_anything() {
    soon(async {
        let stage = Stage::frozen().await;
        let tokens = stage.held().await;
        for key in ["text", "attachment", "attachments", "quick_replies", "metadata", "sticker_id", "template", "dynamic_text", "other"] {
            for value in wrong_values() {
                for inner in [
                    value.clone(),
                    json!([value]),
                    json!({"type": "template", "payload": value}),
                    json!({"type": "image", "payload": value}),
                    json!({"type": value}),
                ] {
                    let mut message = json!({});
                    message[key] = inner;
                    for (instagram, token, to) in
                        [(false, &tokens.page, ADA), (false, &tokens.page, ADA_IG), (true, &tokens.instagram, ADA_IG)]
                    {
                        let endpoint = (instagram, "POST", "/me/messages".to_owned(), Value::Null);
                        let params = json!({"recipient": {"id": to}, "message": message});
                        civil(call(&stage, token, &endpoint, &params).await, &format!("message {key} to {to}")).await;
                    }
                }
            }
        }
    })
    .await;
}

fn bodies() -> Vec<(&'static str, Vec<u8>)> {
    let json = "application/json";
    let form = "application/x-www-form-urlencoded";
    let multipart = "multipart/form-data; boundary=x";
    let mut unended = b"--x\r\nContent-Disposition: form-data; name=\"filedata\"; filename=\"".to_vec();
    unended.extend(vec![b'a'; 10_000]);
    vec![
        (json, b"{".to_vec()),
        (json, b"[1]".to_vec()),
        (json, b"\"x\"".to_vec()),
        (json, b"nul".to_vec()),
        (json, b"{\"a\":1}{".to_vec()),
        (json, vec![b'['; 1 << 20]),
        (json, [vec![b'{'; 1], b"\"a\":".repeat(100_000)].concat()),
        (json, vec![0; 4_096]),
        (json, b"{\"message\":\"\xff\xfe\"}".to_vec()),
        (json, b"{\"recipient\":{\"id\":1e999}}".to_vec()),
        (json, b"{\"\\ud800\":1}".to_vec()),
        (form, vec![b'['; 1 << 20]),
        (form, b"a[".repeat(50_000)),
        (form, b"a[b]=1&a=2&a[b][c]=3&a[]=4&[x]=5&=&&%".to_vec()),
        (form, vec![0xff; 4_096]),
        (form, vec![0; 4_096]),
        (multipart, b"--x".to_vec()),
        (multipart, b"--x--".to_vec()),
        (multipart, b"--x\r\n\r\n--x\r\nContent-Disposition: form-data; name=\"\r\n\r\n1\r\n--x--".to_vec()),
        (multipart, unended),
        (multipart, b"--x\r\n".repeat(20_000)),
        (multipart, vec![b'-'; 1 << 20]),
        ("multipart/form-data", b"--x\r\n".to_vec()),
        ("multipart/form-data; boundary=\"\"", b"--x\r\n".to_vec()),
        ("application/octet-stream", vec![0xfe; 4_096]),
        ("text/plain; charset=é", b"recipient=x".to_vec()),
    ]
}

#[tokio::test]
async fn a_broken_body_is_refused_in_the_platforms_own_words() {
    soon(async {
        let stage = Stage::frozen().await;
        let tokens = stage.held().await;
        for (instagram, path) in [
            (false, "/me/messages"),
            (false, "/v26.0/"),
            (false, "/me/message_attachments"),
            (false, "/oauth/access_token"),
            (false, "/1000000000000001/subscriptions"),
            (true, "/me/messages"),
            (true, "/oauth/access_token"),
            (true, "/me/message_attachments"),
        ] {
            for (kind, body) in bodies() {
                let token = if instagram { &tokens.instagram } else { &tokens.page };
                let shown = String::from_utf8_lossy(&body[..body.len().min(30)]).into_owned();
                let request = stage.client.post(format!("{}{path}", stage.origin(instagram))).bearer_auth(token);
                let Ok(kind) = reqwest::header::HeaderValue::from_bytes(kind.as_bytes()) else { continue };
                let answer = request.header("content-type", kind).body(body).send().await.unwrap();
                assert_ne!(answer.status(), 200, "{path} {shown}");
                civil(answer, &format!("{path} {shown}")).await;
            }
        }
    })
    .await;
}

#[tokio::test]
async fn an_id_of_nothing_is_the_id_of_nothing() {
    soon(async {
        let stage = Stage::frozen().await;
        let tokens = stage.held().await;
        let long = "9".repeat(6_000);
        for id in [
            "0",
            "-1",
            "1e9",
            "%00",
            "%ff%fe",
            "%2e%2e",
            "%2F",
            "a b",
            "..%5c",
            "m_",
            "t_",
            "aWdf",
            "aWdfZAG1faXRlbToxOklH",
            "ZDZDZDZD",
            "ZAZAZA",
            "aWdfZAG06MTpJR01lc3NhZA2VUaHJlYWQ6MTc4NDE0MDAwMDAwMDAwMDE6MQZDZD",
            "17910000000000000",
            "18040",
            "me%00",
            "v26.0",
            "v99999999999999999999.0",
            "v.",
            "v26.0/v26.0",
            "é",
            "🎉",
            "{result=x}",
            "oauth",
            "dialog",
            "debug_token",
            "sticker_packs/%00/stickers",
            &long,
        ] {
            for (instagram, token) in [
                (false, &tokens.page),
                (false, &tokens.user),
                (false, &Stage::app_token()),
                (true, &tokens.instagram),
                (true, &String::new()),
            ] {
                for edge in ["", "/messages", "/conversations", "/label", "/attachments", "/x/y/z"] {
                    for method in [Method::GET, Method::POST, Method::DELETE, Method::PUT] {
                        let url = format!("{}/{id}{edge}", stage.origin(instagram));
                        let answer = stage.client.request(method.clone(), &url).bearer_auth(token).send().await.unwrap();
                        civil(answer, &format!("{method} {id}{edge}")).await;
                    }
                }
            }
        }
    })
    .await;
}

#[tokio::test]
async fn the_sandboxs_own_calls_refuse_what_is_wrong_with_a_sentence() {
    soon(async {
        let stage = Stage::frozen().await;
        let before = stage.controls.state().await.unwrap();
        let bodies: [&[u8]; 12] = [
            b"", b"{", b"[]", b"7", b"null", b"\"x\"", b"{\"a\":1}", b"\xff\xfe", b"{\"to\":7}", b"{\"to\":\"3000000000000001\",\"text\":[]}",
            b"{\"action\":{}}", b"{\"advance\":-1}",
        ];
        let nested = vec![b'['; 1 << 20];
        for path in [
            "tokens", "clock", "faults", "seed", "customers/c1/messages", "customers/c1/actions", "customers/%00/actions", "staff/3000000000000001/messages",
            "staff/x/messages", "people/2000000000000001/actions", "people/x/actions", "calls", "nothing", "faults/1", "",
        ] {
            for body in bodies.iter().copied().chain([nested.as_slice()]) {
                let answer = stage.client.post(stage.url(&format!("/_sandbox/{path}"))).body(body.to_vec()).send().await.unwrap();
                let status = answer.status().as_u16();
                let told: Value = answer.json().await.unwrap();
                let shown = String::from_utf8_lossy(&body[..body.len().min(30)]).into_owned();
                assert!(matches!(status, 400 | 404), "{path} {shown}: {status} {told}");
                let sentence = told["error"].as_str().unwrap_or_default();
                assert!(sentence.split(' ').count() > 3 && sentence.len() < 1_000, "{path} {shown}: {told}");
            }
        }
        for query in ["after=x", "limit=-1", "limit=99999999999999999999", "other=1", "after"] {
            for ledger in ["calls", "deliveries"] {
                let answer = stage.client.get(stage.url(&format!("/_sandbox/{ledger}?{query}"))).send().await.unwrap();
                assert_eq!(answer.status(), 400, "{ledger}?{query}");
            }
        }
        for seed in [
            json!({"apps": [{}]}),
            json!({"apps": {}}),
            json!({"pages": [{"id": 7}]}),
            json!({"pages": [{"id": "9", "name": "x", "admins": [{"person": "nobody"}]}]}),
            json!({"pages": [{"id": "9", "name": "x", "admins": [], "instagram": "nobody"}]}),
            json!({"pages": [{"id": "9", "name": "x", "admins": [], "business": "nobody"}]}),
            json!({"limits": {"app_calls_per_hour": -1}}),
            json!({"limits": []}),
            json!({"conversations": [{"account": "1", "customer": "c1"}]}),
            json!({"conversations": [{"account": PAGE, "customer": "c9"}]}),
            json!({"conversations": [{"account": PAGE, "customer": "c1", "history": {"messages": 99_999_999, "every": "1h", "last": "1h"}}]}),
            json!({"conversations": [{"account": PAGE, "customer": "c1", "history": {"messages": 5, "every": "99999999d", "last": "1h"}}]}),
            json!({"clock": "2030-01-01T00:00:00Z"}),
            json!({"colour": "blue"}),
        ] {
            assert!(stage.controls.seed(&seed).await.is_err(), "{seed}");
        }
        assert_eq!(stage.controls.state().await.unwrap(), before, "what was refused changed nothing");
    })
    .await;
}

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
