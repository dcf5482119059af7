//! The sandbox's own calls.

mod answers;
mod faults;
mod seeds;
pub(crate) mod staff;

use serde_json::{Value, json};

use crate::check::{Check, Plain, plain, stories};
use crate::stage::Who::{Login, Nobody, Page, User};
use crate::stage::{ADA, PAGE, ROBIN, Stage};

/// What a person's action makes of a call.
macro_rules! person {
    ($slug:literal, $body:literal, $who:expr, $call:literal, $tells:expr) => {
        plain($slug, $who, $call, $tells).after(&[("people/2000000000000001/actions", $body)])
    };
}

fn code(answer: &Value, code: i64, subcode: i64) -> bool {
    answer["error"]["code"] == code && answer["error"]["error_subcode"] == subcode
}

const PLAIN: &[Plain] = &[
    plain("own:tokens", Nobody, "POST /_sandbox/tokens", |it| {
        it["user_token"].is_string() && it["page_tokens"]["3000000000000001"].is_string()
    })
    .with(r#"{"person":"2000000000000001","scopes":["pages_show_list"],"road":"facebook"}"#),
    plain("own:tokens-instagram", Nobody, "POST /_sandbox/tokens", |it| it["token"].is_string())
        .with(r#"{"instagram":"17841400000000001","scopes":["instagram_business_basic"]}"#),
    plain("own:state", Nobody, "GET /_sandbox/state", |it| {
        it["pages"][0]["name"] == "Harbour Books" && !it.to_string().contains("sandbox-app-secret")
    }),
    plain("own:seed", User, "GET /3000000000000001", |it| it["name"] == "Renamed")
        .after(&[("seed", r#"{"pages":[{"id":"3000000000000001","name":"Renamed"}]}"#)]),
    plain("own:clock-read", Nobody, "GET /_sandbox/clock", |it| it["frozen"] == true && it["now"] == "2026-11-23T12:00:00.000Z"),
    plain("own:clock-advance", Nobody, "POST /_sandbox/clock", |it| it["now"] == "2026-11-24T13:00:00.000Z").with(r#"{"advance":"25h"}"#),
    plain("own:clock-set", Nobody, "POST /_sandbox/clock", |it| it["now"] == "2027-01-01T00:00:00.000Z")
        .with(r#"{"set":"2027-01-01T00:00:00Z"}"#),
    plain("own:wrong-body", Nobody, "POST /_sandbox/clock", |it| it["error"].as_str().is_some_and(|it| it.contains("advance"))).with("{}"),
    plain("own:events-list", Nobody, "GET /_sandbox/events", |it| it["data"].as_array().is_some_and(|it| it.len() > 100)),
    plain("own:page", Nobody, "GET /", |it| {
        it.as_str().is_some_and(|it| it.contains("<html") || it.contains("<!doctype") || it.contains("<!DOCTYPE"))
    }),
    plain("own:customer-message", Nobody, "POST /_sandbox/customers/c1/messages", |it| {
        it["mid"].is_string() && it["conversation"].is_string() && it["at"] == "2026-11-23T12:00:00.000Z"
    })
    .with(r#"{"to":"3000000000000001","text":"Hi"}"#),
    plain("own:staff-message", Nobody, "POST /_sandbox/staff/3000000000000001/messages", |it| it["mid"].is_string())
        .with(r#"{"to":"c1","text":"Hi","app_id":null}"#),
    person!(
        "own:person-revoke",
        r#"{"action":"revoke","permission":"pages_messaging"}"#,
        User,
        "GET /me/permissions?permission=pages_messaging",
        |it| { it["data"][0]["status"] == "declined" }
    ),
    person!(
        "own:person-decline",
        r#"{"action":"decline","permission":"pages_messaging"}"#,
        User,
        "GET /me/permissions?permission=pages_messaging",
        |it| { it["data"][0]["status"] == "declined" }
    ),
    person!("own:person-change-password", r#"{"action":"change_password"}"#, User, "GET /me", |it| code(it, 190, 460)),
    person!("own:person-checkpoint", r#"{"action":"checkpoint"}"#, User, "GET /me", |it| code(it, 190, 459)),
    person!("own:person-lose-task", r#"{"action":"lose_task","page":"3000000000000001"}"#, Page, "GET /me", |it| code(it, 190, 492)),
    person!(
        "own:person-message-access-off",
        r#"{"action":"message_access_off","instagram":"17841400000000001"}"#,
        Page,
        "GET /me/conversations?platform=instagram",
        |it| { code(it, 200, 2_534_041) }
    ),
    person!(
        "own:person-unlink-instagram",
        r#"{"action":"unlink_instagram","page":"3000000000000001"}"#,
        Page,
        "GET /me/conversations?platform=instagram",
        |it| { code(it, 100, 2_534_013) }
    ),
    person!(
        "own:person-move-instagram",
        r#"{"action":"move_instagram","instagram":"17841400000000001","page":"3000000000000002"}"#,
        User,
        "GET /3000000000000002?fields=instagram_business_account",
        |it| it["instagram_business_account"]["id"] == "17841400000000001"
    ),
    person!(
        "own:person-make-personal",
        r#"{"action":"make_personal","instagram":"17841400000000001"}"#,
        Page,
        "GET /me?fields=instagram_business_account,connected_instagram_account",
        |it| { it.get("instagram_business_account").is_none() && it["connected_instagram_account"].is_object() }
    ),
    person!(
        "own:person-unpublish",
        r#"{"action":"unpublish","page":"3000000000000001"}"#,
        Page,
        "GET /me?fields=is_published",
        |it| it["is_published"] == false
    ),
    person!("own:person-restrict", r#"{"action":"restrict","instagram":"17841400000000001"}"#, Login, "GET /me/conversations", |it| code(
        it, 25, 2_207_050
    )),
    person!(
        "own:person-require-two-factor",
        r#"{"action":"require_two_factor","page":"3000000000000001"}"#,
        Page,
        "GET /me/conversations?platform=instagram",
        |it| { code(it, 10, 2_534_077) }
    ),
    person!("own:person-request-deletion", r#"{"action":"request_deletion"}"#, User, "GET /me", |it| code(it, 190, 458)),
    person!("own:person-deauthorise", r#"{"action":"deauthorise"}"#, User, "GET /me", |it| code(it, 190, 458)),
    plain("own:person-undo", User, "GET /me", |it| it["id"].is_string()).after(&[
        ("people/2000000000000001/actions", r#"{"action":"change_password"}"#),
        ("people/2000000000000001/actions", r#"{"action":"undo"}"#),
    ]),
    plain("own:fault-answer", User, "GET /v26.0/me", |it| code(it, 190, 463))
        .after(&[("faults", r#"{"match":{"method":"get","path":"/me"},"answer":{"status":401,"code":190,"subcode":463}}"#)]),
    plain("own:fault-skip-and-times", User, "GET /me", |it| it["id"].is_string())
        .after(&[("faults", r#"{"match":{"path":"/**"},"skip":1,"times":3,"answer":{"code":4}}"#)]),
];

pub(crate) fn checks() -> Vec<Check> {
    let stories = stories![
        "own:reset" => reset,
        "own:calls" => calls,
        "own:deliveries" => faults::deliveries,
        "own:undelivered" => faults::undelivered,
        "own:faults-list" => faults::faults_list,
        "own:faults-remove" => faults::faults_remove,
        "own:fault-drop" => faults::fault_drop,
        "own:fault-delay" => faults::fault_delay,
        "own:fault-cut-body" => faults::fault_cut,
        "own:fault-after-effect" => faults::fault_after_effect,
        "own:hook-fault-duplicate" => faults::duplicate,
        "own:hook-fault-reorder" => faults::reorder,
        "own:hook-fault-delay" => faults::delay,
        "own:hook-fault-lose" => faults::lose,
        "own:hook-fault-batch" => faults::bundle,
        "own:hook-fault-customer" => faults::one_customer,
        "own:fault-chance" => faults::chance,
        "own:fault-half" => answers::half,
        "own:fault-html" => answers::html,
        "own:fault-body" => answers::body,
        "own:fault-page-empty" => answers::empty,
        "own:fault-page-repeat" => answers::repeat,
        "own:fault-page-cycle" => answers::cycle,
        "own:fault-page-expired-cursor" => answers::expired_cursor,
        "own:fault-in-batch" => answers::in_batch,
        "own:redeliver" => faults::redeliver,
        "own:seed-history" => seeds::history,
        "own:seed-lines" => seeds::lines,
        "own:state-signs" => staff::signs,
        "own:staff-attachments" => staff::attachments,
        "own:staff-react" => staff::reacts,
        "own:staff-unreact" => staff::reacts,
        "own:staff-unsend" => staff::unsends,
        "own:customer-react" => react,
        "own:customer-unreact" => react,
        "own:customer-edit" => edit,
        "own:customer-unsend" => unsend,
        "own:customer-read" => read,
        "own:customer-postback" => postback,
        "own:customer-optin" => optin,
        "own:customer-comment" => comment,
        "own:customer-block" => block,
        "own:customer-unblock" => block,
        "own:customer-link-account" => link_account,
        "own:customer-unlink-account" => unlink_account,
        "own:events" => events,
        "own:dialog-form" => dialog_form,
        "own:both-origins" => both_origins,
        "own:stream" => stream,
    ];
    PLAIN.iter().copied().map(Check::Plain).chain(stories).collect()
}

async fn says(stage: &Stage, text: &str) -> String {
    let body = json!({"to": PAGE, "text": text}).to_string();
    stage.own("customers/c1/messages", &body).await["mid"].as_str().unwrap().to_owned()
}

async fn acts(stage: &Stage, body: Value) -> Value {
    stage.own("customers/c1/actions", &body.to_string()).await
}

async fn reset(stage: Stage) {
    stage.own("seed", r#"{"pages":[{"id":"3000000000000001","name":"Renamed"}]}"#).await;
    stage.own("clock", r#"{"advance":"9h"}"#).await;
    stage.own("reset", "{}").await;
    let world = stage.own("GET state", "").await;
    assert_eq!((&world["pages"][0]["name"], &world["clock"]["now"]), (&json!("Harbour Books"), &json!("2026-11-23T12:00:00.000Z")));
}

async fn calls(stage: Stage) {
    stage.get(User, "/v26.0/me?client_secret=hidden").await;
    let told = stage.own("GET calls?after=0&limit=10", "").await;
    let last = told["data"].as_array().unwrap().last().unwrap();
    assert_eq!((&last["path"], &last["status"]), (&json!("/v26.0/me"), &json!(200)));
    assert!(!told.to_string().contains("hidden") && !told.to_string().contains(&stage.token(User)), "secrets are masked");
    let next = stage.own(&format!("GET calls?after={}", told["next"]), "").await;
    assert_eq!(next["data"], json!([]));
}

async fn told(stage: &Stage, mid: &str, fields: &str) -> Value {
    stage.get(Page, &format!("/{mid}?fields={fields}")).await
}

async fn react(stage: Stage) {
    let mid = says(&stage, "Hi").await;
    acts(&stage, json!({"to": PAGE, "action": "react", "mid": mid, "emoji": "👍"})).await;
    assert_eq!(told(&stage, &mid, "reactions").await["reactions"]["data"][0]["reaction"], "👍");
    acts(&stage, json!({"to": PAGE, "action": "unreact", "mid": mid})).await;
    assert!(told(&stage, &mid, "reactions").await.get("reactions").is_none());
}

async fn edit(stage: Stage) {
    let mid = says(&stage, "Helo").await;
    acts(&stage, json!({"to": PAGE, "action": "edit", "mid": mid, "text": "Hello"})).await;
    assert_eq!(told(&stage, &mid, "message").await["message"], "Hello");
}

async fn unsend(stage: Stage) {
    let mid = says(&stage, "oops").await;
    acts(&stage, json!({"to": PAGE, "action": "unsend", "mid": mid})).await;
    assert_eq!(told(&stage, &mid, "message").await["error"]["code"], 9_000_001);
}

async fn read(stage: Stage) {
    assert_eq!(acts(&stage, json!({"to": PAGE, "action": "read"})).await["ok"], true);
}

async fn postback(stage: Stage) {
    let mid = acts(&stage, json!({"to": PAGE, "action": "postback", "title": "Go", "payload": "GO"})).await["mid"].clone();
    assert_eq!(told(&stage, mid.as_str().unwrap(), "message").await["message"], "Go");
}

async fn optin(stage: Stage) {
    stage.own("clock", r#"{"advance":"3d"}"#).await;
    acts(&stage, json!({"to": PAGE, "action": "optin", "ref": "PASS"})).await;
    assert_eq!(faults::sends_under(&stage, r#""delay_ms":1"#).await, (true, 1), "an opt-in opens the window");
}

async fn comment(stage: Stage) {
    let id = acts(&stage, json!({"to": PAGE, "action": "comment", "text": "Nice"})).await["mid"].clone();
    assert_eq!(told(&stage, id.as_str().unwrap(), "text").await["text"], "Nice");
}

async fn block(stage: Stage) {
    acts(&stage, json!({"to": PAGE, "action": "block"})).await;
    let body = json!({"recipient": {"id": ADA}, "message": {"text": "Hi"}});
    assert_eq!(stage.post(Page, "/me/messages", &body).await["error"]["code"], 551);
    acts(&stage, json!({"to": PAGE, "action": "unblock"})).await;
    assert!(stage.post(Page, "/me/messages", &body).await["message_id"].is_string());
}

async fn link_account(stage: Stage) {
    stage.subscribed("messaging_account_linking", "messages").await;
    stage.post(Page, "/me/messenger_profile", &json!({"account_linking_url": "https://example.org/login"})).await;
    let opened = acts(&stage, json!({"to": PAGE, "action": "link_account"})).await;
    let token = opened["account_linking_token"].as_str().unwrap();
    let found = stage.get(Page, &format!("/me?fields=recipient&account_linking_token={token}")).await;
    assert_eq!(found["recipient"], ADA);
    acts(&stage, json!({"to": PAGE, "action": "link_account", "payload": "AC-1"})).await;
    let linked = stage.wait_for(1).await[0].json()["entry"][0]["messaging"][0]["account_linking"].clone();
    assert_eq!(linked, json!({"status": "linked", "authorization_code": "AC-1"}));
}

async fn unlink_account(stage: Stage) {
    stage.subscribed("messaging_account_linking", "messages").await;
    acts(&stage, json!({"to": PAGE, "action": "unlink_account"})).await;
    assert_eq!(stage.wait_for(1).await[0].json()["entry"][0]["messaging"][0]["account_linking"]["status"], "unlinked");
}

async fn events(stage: Stage) {
    stage.subscribed("response_feedback", "messages").await;
    stage.own("events", &json!({"to": PAGE, "event": "page_response_feedback"}).to_string()).await;
    assert!(stage.wait_for(1).await[0].json()["entry"][0]["messaging"][0]["response_feedback"]["feedback"].is_string());
}

async fn dialog_form(stage: Stage) {
    let form = [("sandbox_person", ROBIN), ("sandbox_decision", "allow"), ("sandbox_scopes", "pages_show_list"), ("sandbox_pages", PAGE)];
    assert!(Stage::query(&stage.walk("scope=pages_show_list", &form).await, "code").is_some());
}

async fn both_origins(stage: Stage) {
    let there = stage.call(Login, "GET /_sandbox/clock", "").await;
    assert_eq!(there, stage.own("GET clock", "").await);
}

async fn stream(stage: Stage) {
    let mut told = stage.raw(Nobody, "GET /_sandbox/stream", "").await;
    assert_eq!(told.headers()["content-type"], "text/event-stream");
    says(&stage, "Hi").await;
    let first = tokio::time::timeout(std::time::Duration::from_secs(5), told.chunk()).await.unwrap().unwrap().unwrap();
    assert!(!first.is_empty(), "something happened");
}
