//! Headers, versions, limits and throttling.

use serde_json::{Value, json};

use crate::check::{Check, Plain, plain, sends, stories};
use crate::stage::Who::{App, Login, Page, User};
use crate::stage::{PAGE, Stage, Who};

fn is_too_long(answer: &Value) -> bool {
    answer["error"]["code"] == 100
}

const PLAIN: &[Plain] = &[
    sends("limit:window", r#"{"recipient":{"id":"4000000000000011"},"message":{"text":"Hi"}}"#)
        .after(&[("clock", r#"{"advance":"22h59m"}"#)]),
    plain("limit:standard-access", Page, "POST /me/messages", |it| it["message_id"].is_string())
        .with(r#"{"recipient":{"id":"4000000000000011"},"message":{"text":"Hi"}}"#)
        .after(&[("seed", r#"{"quirks":{"standard_access":"all"},"apps":[{"id":"1000000000000001","access":"standard"}]}"#)]),
    plain("limit:blocked-error", Page, "POST /me/messages", |it| it["error"]["code"] == 200)
        .with(r#"{"recipient":{"id":"4000000000000011"},"message":{"text":"Hi"}}"#)
        .after(&[
            ("seed", r#"{"quirks":{"blocked_error":"200"}}"#),
            ("customers/c1/actions", r#"{"to":"3000000000000001","action":"block"}"#),
        ]),
    plain("limit:not-owner-error", Page, "POST /me/messages", |it| it["error"]["code"] == 2_018_300)
        .with(r#"{"recipient":{"id":"4000000000000011"},"message":{"text":"Hi"}}"#)
        .after(&[("seed", r#"{"quirks":{"not_owner_error":"2018300"},"pages":[{"id":"3000000000000001","default_app":"1"}]}"#)]),
    plain("limit:phone-quick-reply", Page, "POST /me/messages", is_too_long).with(
        r#"{"recipient":{"id":"5000000000000011"},"message":{"text":"Call?","quick_replies":[{"content_type":"user_phone_number"}]}}"#,
    ),
];

pub(crate) fn checks() -> Vec<Check> {
    let stories = stories![
        "header:x-app-usage" => app_usage,
        "header:x-page-usage" => page_usage,
        "header:x-business-use-case-usage" => business_usage,
        "header:estimated-time" => estimated_time,
        "header:facebook-api-version" => version,
        "header:trace" => trace,
        "header:www-authenticate" => challenge,
        "header:retry-after" => retry_after,
        "header:expired-version" => expired,
        "header:unknown-version" => unknown,
        "header:throttle-status" => throttle_status,
        "limit:text" => text,
        "limit:quick-replies" => quick_replies,
        "limit:buttons" => buttons,
        "limit:images" => images,
        "limit:templates" => templates,
        "limit:personas" => personas,
        "limit:moderation" => moderation,
        "limit:ice-breakers" => ice_breakers,
        "limit:edits" => edits,
        "limit:sends-per-second" => sends_per_second,
        "limit:heavy-sends" => heavy,
        "limit:conversations-per-second" => conversations,
        "limit:private-replies" => private_replies,
        "limit:profile-calls" => profile_calls,
        "limit:ids-count-each" => ids_count,
    ];
    PLAIN.iter().copied().map(Check::Plain).chain(stories).collect()
}

async fn header(stage: &Stage, who: Who, call: &str, name: &str) -> String {
    let answer = stage.raw(who, call, "").await;
    answer.headers().get(name).map(|it| it.to_str().unwrap().to_owned()).unwrap_or_default()
}

async fn limits(stage: &Stage, limits: Value) {
    stage.own("seed", &json!({"limits": limits}).to_string()).await;
}

async fn usage(stage: &Stage, who: Who, call: &str, name: &str) -> Value {
    serde_json::from_str(&header(stage, who, call, name).await).unwrap()
}

async fn app_usage(stage: Stage) {
    limits(&stage, json!({"app_calls_per_hour": 10})).await;
    let first = usage(&stage, App, "GET /1000000000000001", "x-app-usage").await["call_count"].as_i64().unwrap();
    let second = usage(&stage, App, "GET /1000000000000001", "x-app-usage").await["call_count"].as_i64().unwrap();
    assert_eq!(second - first, 10, "a call of ten is ten percent");
}

async fn page_usage(stage: Stage) {
    let told = usage(&stage, User, &format!("GET /{PAGE}"), "x-page-usage").await;
    assert!(told["total_cputime"].is_number());
}

async fn business_usage(stage: Stage) {
    let told = usage(&stage, Page, "GET /me/conversations", "x-business-use-case-usage").await;
    assert_eq!(told[PAGE][0]["type"], "messenger");
    let told = usage(&stage, Login, "GET /me", "x-business-use-case-usage").await;
    assert_eq!(told["17841400000000001"][0]["type"], "instagram");
}

async fn estimated_time(stage: Stage) {
    limits(&stage, json!({"page_calls_per_day": 1})).await;
    stage.get(Page, "/me").await;
    let told = usage(&stage, Page, "GET /me", "x-business-use-case-usage").await;
    assert!(told[PAGE][0]["estimated_time_to_regain_access"].as_i64().unwrap() > 0, "{told}");
}

async fn version(stage: Stage) {
    assert_eq!(header(&stage, User, "GET /v25.0/me", "facebook-api-version").await, "v25.0");
    assert_eq!(header(&stage, User, "GET /me", "facebook-api-version").await, "v21.0", "the oldest that lives");
}

async fn trace(stage: Stage) {
    for name in ["x-fb-trace-id", "x-fb-rev"] {
        assert!(!header(&stage, User, "GET /me", name).await.is_empty());
    }
}

async fn challenge(stage: Stage) {
    let told = header(&stage, Who::Nobody, "GET /me?access_token=EAAnonsense", "www-authenticate").await;
    assert!(told.contains("invalid_token"), "{told}");
}

async fn retry_after(stage: Stage) {
    stage.own("faults", r#"{"match":{"path":"/me"},"answer":{"status":429,"code":4,"retry_after":30}}"#).await;
    assert_eq!(header(&stage, User, "GET /me", "retry-after").await, "30");
}

async fn expired(stage: Stage) {
    assert_eq!(header(&stage, User, "GET /v20.0/me", "facebook-api-version").await, "v21.0", "the next that lives answers");
    stage.own("seed", r#"{"quirks":{"expired_version":"2635"}}"#).await;
    assert_eq!(stage.get(User, "/v20.0/me").await["error"]["code"], 2635);
}

async fn unknown(stage: Stage) {
    assert_eq!(header(&stage, User, "GET /v99.0/me", "facebook-api-version").await, "v26.0");
    stage.own("seed", r#"{"quirks":{"unknown_version":"2500"}}"#).await;
    assert_eq!(stage.get(User, "/v99.0/me").await["error"]["code"], 2500);
}

async fn throttle_status(stage: Stage) {
    limits(&stage, json!({"user_calls_per_hour": 0})).await;
    assert_eq!(stage.raw(User, "GET /me", "").await.status(), 400);
    stage.own("seed", r#"{"quirks":{"throttle_status":"429"}}"#).await;
    assert_eq!(stage.raw(User, "GET /me", "").await.status(), 429);
}

async fn writes(stage: &Stage, to: &str, message: Value) -> Value {
    stage.post(Page, "/me/messages", &json!({"recipient": {"id": to}, "message": message})).await
}

async fn bound(stage: &Stage, to: &str, right: Value, wrong: Value) {
    let answer = writes(stage, to, right).await;
    assert!(answer["message_id"].is_string(), "{answer}");
    assert!(is_too_long(&writes(stage, to, wrong).await));
}

async fn text(stage: Stage) {
    let said = |count: usize| json!({"text": "é".repeat(count)});
    bound(&stage, "4000000000000011", said(2_000), said(2_001)).await;
    bound(&stage, "5000000000000011", said(500), said(501)).await;
    let noted = |count: usize| json!({"text": "x", "metadata": "m".repeat(count)});
    bound(&stage, "4000000000000011", noted(1_000), noted(1_001)).await;
}

async fn quick_replies(stage: Stage) {
    let replies =
        |count: usize| json!({"text": "?", "quick_replies": vec![json!({"content_type": "text", "title": "R", "payload": "R"}); count]});
    bound(&stage, "4000000000000011", replies(13), replies(14)).await;
    let titled =
        |count: usize| json!({"text": "?", "quick_replies": [{"content_type": "text", "title": "t".repeat(count), "payload": "R"}]});
    bound(&stage, "5000000000000011", titled(20), titled(21)).await;
}

async fn buttons(stage: Stage) {
    let button = json!({"type": "postback", "title": "Go", "payload": "GO"});
    let template = |count: usize, length: usize| json!({"attachment": {"type": "template", "payload": {"template_type": "button", "text": "x".repeat(length), "buttons": vec![button.clone(); count]}}});
    bound(&stage, "4000000000000011", template(3, 640), template(4, 640)).await;
    bound(&stage, "5000000000000011", template(1, 640), template(1, 641)).await;
    let element = json!({"title": "A", "subtitle": "B"});
    let generic = |count: usize| json!({"attachment": {"type": "template", "payload": {"template_type": "generic", "elements": vec![element.clone(); count]}}});
    bound(&stage, "4000000000000011", generic(10), generic(11)).await;
}

async fn images(stage: Stage) {
    let images =
        |count: usize| json!({"attachments": vec![json!({"type": "image", "payload": {"url": "https://example.org/a.png"}}); count]});
    bound(&stage, "5000000000000011", images(10), images(11)).await;
}

async fn templates(stage: Stage) {
    let image = json!({"url": "https://example.org/a.png"});
    let grid = |count: usize| json!({"attachment": {"type": "template", "payload": {"template_type": "image_grid", "elements": vec![image.clone(); count]}}});
    bound(&stage, "4000000000000011", grid(6), grid(7)).await;
    bound(&stage, "4000000000000011", grid(2), grid(1)).await;
    let titled = |length: usize| json!({"attachment": {"type": "template", "payload": {"template_type": "generic", "elements": [{"title": "t".repeat(length), "subtitle": "s"}]}}});
    bound(&stage, "5000000000000011", titled(80), titled(81)).await;
}

async fn personas(stage: Stage) {
    let named = async |length: usize| {
        let body = json!({"name": "n".repeat(length), "profile_picture_url": "https://example.org/s.png"});
        stage.post(Page, "/me/personas", &body).await
    };
    assert!(named(50).await["id"].is_string());
    assert!(is_too_long(&named(51).await));
}

async fn moderation(stage: Stage) {
    let asked = async |ids: Vec<&str>, actions: Value| {
        let people: Vec<Value> = ids.into_iter().map(|id| json!({"id": id})).collect();
        stage.post(Page, "/me/moderate_conversations", &json!({"user_ids": people, "actions": actions})).await
    };
    assert!(asked(vec!["4000000000000011"; 10], json!(["block_user", "move_to_spam"])).await["result"].is_array());
    assert!(is_too_long(&asked(vec!["4000000000000011"; 11], json!(["block_user"])).await));
    assert!(is_too_long(&asked(vec!["4000000000000011"], json!(["block_user", "ban_user", "move_to_spam"])).await));
    assert!(is_too_long(&asked(vec!["5000000000000011"], json!(["ban_user"])).await));
}

async fn ice_breakers(stage: Stage) {
    let set = async |body: Value| stage.post(Page, "/me/messenger_profile", &body).await;
    let asked = |count: usize| json!({"ice_breakers": vec![json!({"question": "Where?", "payload": "W"}); count]});
    assert_eq!(set(asked(4)).await["result"], "success");
    assert!(is_too_long(&set(asked(5)).await));
    let item = json!({"type": "postback", "title": "Help", "payload": "H"});
    let menu = |count: usize| json!({"get_started": {"payload": "S"}, "persistent_menu": [{"locale": "default", "call_to_actions": vec![item.clone(); count]}]});
    assert_eq!(set(menu(20)).await["result"], "success");
    assert!(is_too_long(&set(menu(21)).await));
}

async fn edits(stage: Stage) {
    let mid = stage.own("customers/c1/messages", &json!({"to": PAGE, "text": "v0"}).to_string()).await["mid"].clone();
    let edit = json!({"to": PAGE, "action": "edit", "mid": mid, "text": "next"}).to_string();
    for _ in 0..5 {
        stage.own("customers/c1/actions", &edit).await;
    }
    let refused = stage.call(Who::Nobody, "POST /_sandbox/customers/c1/actions", &edit).await;
    assert!(refused["error"].as_str().unwrap().contains("five times"));
}

/// A call that works once, and again a while later.
async fn once(stage: &Stage, rest: &str, call: &str, body: &Value) {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    assert!(stage.call(Page, call, &body).await.get("error").is_none());
    assert_eq!(stage.call(Page, call, &body).await["error"]["code"], 613);
    stage.own("clock", &json!({"advance": rest}).to_string()).await;
    assert!(stage.call(Page, call, &body).await.get("error").is_none());
}

fn to_ada(message: &Value) -> Value {
    json!({"recipient": {"id": "4000000000000011"}, "message": message})
}

async fn sends_per_second(stage: Stage) {
    limits(&stage, json!({"sends_per_second": 1})).await;
    once(&stage, "1s", "POST /me/messages", &to_ada(&json!({"text": "x"}))).await;
}

async fn heavy(stage: Stage) {
    limits(&stage, json!({"heavy_sends_per_second": 1})).await;
    let film = json!({"attachment": {"type": "video", "payload": {"url": "https://example.org/a.mp4"}}});
    once(&stage, "1s", "POST /me/messages", &to_ada(&film)).await;
}

async fn conversations(stage: Stage) {
    limits(&stage, json!({"conversations_per_second": 1})).await;
    once(&stage, "1s", "GET /me/conversations", &Value::Null).await;
}

async fn replies_in_private(stage: &Stage) -> Value {
    let body = json!({"to": PAGE, "action": "comment", "text": "How much?"});
    let id = stage.own("customers/c2/actions", &body.to_string()).await["mid"].clone();
    stage.post(Page, "/me/messages", &json!({"recipient": {"comment_id": id}, "message": {"text": "Eight"}})).await
}

async fn private_replies(stage: Stage) {
    limits(&stage, json!({"private_replies_per_hour": 1})).await;
    assert!(replies_in_private(&stage).await["message_id"].is_string());
    assert_eq!(replies_in_private(&stage).await["error"]["code"], 613);
    stage.own("clock", r#"{"advance":"1h"}"#).await;
    assert!(replies_in_private(&stage).await["message_id"].is_string());
}

async fn profile_calls(stage: Stage) {
    limits(&stage, json!({"profile_calls_per_ten_minutes": 1})).await;
    once(&stage, "10m", "POST /me/messenger_profile", &json!({"get_started": {"payload": "S"}})).await;
}

async fn ids_count(stage: Stage) {
    limits(&stage, json!({"app_calls_per_hour": 100})).await;
    let before = usage(&stage, User, "GET /me", "x-app-usage").await["call_count"].as_i64().unwrap();
    let after = usage(&stage, User, &format!("GET /?ids={PAGE},3000000000000002"), "x-app-usage").await["call_count"].as_i64().unwrap();
    assert_eq!(after - before, 2);
}
