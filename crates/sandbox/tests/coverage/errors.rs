//! Errors: each can be planted, and many come by ordinary use.

use serde_json::{Value, json};

use crate::check::{Check, Plain, plain, stories};
use crate::stage::Who::{App, Login, Nobody, Page, User};
use crate::stage::{ADA, APP, PAGE, ROBIN, SECRET, Stage};

const HI: &str = r#"{"recipient":{"id":"4000000000000011"},"message":{"text":"Hi"}}"#;
const HI_IG: &str = r#"{"recipient":{"id":"5000000000000011"},"message":{"text":"Hi"}}"#;

fn told(answer: &Value) -> (i64, i64) {
    let error = &answer["error"];
    assert!(error["message"].is_string() && error["type"].is_string() && error["fbtrace_id"].is_string(), "{answer}");
    (error["code"].as_i64().unwrap(), error["error_subcode"].as_i64().unwrap_or_default())
}

/// A message to Ada on Messenger that is refused.
macro_rules! refused {
    ($slug:literal, $who:expr, $call:literal, $body:expr, $code:literal, $subcode:literal) => {
        plain($slug, $who, $call, |it| told(it) == ($code, $subcode)).with($body)
    };
}

const SEND: &[Plain] = &[
    refused!("error:10/2018278", Page, "POST /me/messages", HI, 10, 2_018_278).after(&[("clock", r#"{"advance":"24h"}"#)]),
    refused!("error:10/2534022", Page, "POST /me/messages", HI_IG, 10, 2_534_022).after(&[("clock", r#"{"advance":"24h"}"#)]),
    refused!("error:10/1893063", Page, "POST /me/messages", HI, 10, 1_893_063)
        .after(&[("people/2000000000000001/actions", r#"{"action":"restrict","page":"3000000000000001"}"#)]),
    refused!("error:10/2534077", Page, "POST /me/messages", HI_IG, 10, 2_534_077)
        .after(&[("people/2000000000000001/actions", r#"{"action":"require_two_factor","page":"3000000000000001"}"#)]),
    refused!("error:10/2018300", Page, "POST /me/messages", HI, 10, 2_018_300)
        .after(&[("seed", r#"{"pages":[{"id":"3000000000000001","default_app":"263902037430900"}]}"#)]),
    refused!("error:2018300", Page, "POST /me/messages", HI, 2_018_300, 0)
        .after(&[("seed", r#"{"quirks":{"not_owner_error":"2018300"},"pages":[{"id":"3000000000000001","default_app":"263902037430900"}]}"#)]),
    refused!("error:100/2534037", Page, "POST /me/messages", HI_IG, 100, 2_534_037)
        .after(&[("seed", r#"{"instagram":[{"id":"17841400000000001","default_app":"1217981644879628"}]}"#)]),
    refused!("error:100/2534029", Page, "POST /me/messages", HI_IG, 100, 2_534_029)
        .after(&[("seed", r#"{"instagram":[{"id":"17841400000000001","messaging_blocked":true}]}"#)]),
    refused!("error:25/2207050", Login, "POST /me/messages", HI_IG, 25, 2_207_050)
        .after(&[("people/2000000000000001/actions", r#"{"action":"restrict","instagram":"17841400000000001"}"#)]),
    refused!("error:36103", Page, "POST /me/messages", HI_IG, 36_103, 0)
        .after(&[("seed", r#"{"instagram":[{"id":"17841400000000001","eligible":false}]}"#)]),
    refused!("error:200/2534041", Page, "POST /me/messages", HI_IG, 200, 2_534_041)
        .after(&[("people/2000000000000001/actions", r#"{"action":"message_access_off","instagram":"17841400000000001"}"#)]),
    refused!("error:200/2018028", Page, "POST /me/messages", HI, 200, 2_018_028)
        .after(&[("seed", r#"{"apps":[{"id":"1000000000000001","access":"standard"}]}"#)]),
    refused!("error:200/1545041", Page, "POST /me/messages", HI, 200, 1_545_041)
        .after(&[("seed", r#"{"quirks":{"blocked_error":"200"}}"#), ("customers/c1/actions", r#"{"to":"3000000000000001","action":"block"}"#)]),
    refused!("error:551/1545041", Page, "POST /me/messages", HI, 551, 1_545_041)
        .after(&[("customers/c1/actions", r#"{"to":"3000000000000001","action":"block"}"#)]),
    refused!("error:100/2018001", Page, "POST /me/messages", r#"{"recipient":{"id":"4999"},"message":{"text":"Hi"}}"#, 100, 2_018_001),
    refused!("error:100/2534014", Login, "POST /me/messages", r#"{"recipient":{"id":"4999"},"message":{"text":"Hi"}}"#, 100, 2_534_014),
    refused!("error:100/2534013", Page, "POST /me/messages", HI_IG, 100, 2_534_013)
        .after(&[("people/2000000000000001/actions", r#"{"action":"unlink_instagram","page":"3000000000000001"}"#)]),
    refused!(
        "error:100/2534015",
        Page,
        "POST /me/messages",
        r#"{"recipient":{"id":"5000000000000011"},"message":{"attachment":{"type":"template","payload":{"template_type":"receipt"}}}}"#,
        100,
        2_534_015
    ),
    refused!("error:100/2534025", Page, "POST /me/messages", r#"{"recipient":{"comment_id":"1"},"message":{"text":"Hi"}}"#, 100, 2_534_025),
    refused!(
        "error:100/2018008",
        Page,
        "POST /me/messages",
        r#"{"recipient":{"id":"4000000000000011"},"message":{"attachment":{"type":"image","payload":{"url":"nowhere"}}}}"#,
        100,
        2_018_008
    ),
    refused!(
        "error:100/2018047",
        Page,
        "POST /me/messages",
        r#"{"recipient":{"id":"4000000000000011"},"message":{"attachment":{"type":"audio","payload":{"url":"https://example.org/a.png"}}}}"#,
        100,
        2_018_047
    ),
    refused!(
        "error:100/2018074",
        Page,
        "POST /me/messages",
        r#"{"recipient":{"id":"4000000000000011"},"message":{"attachment":{"type":"image","payload":{"attachment_id":"1"}}}}"#,
        100,
        2_018_074
    ),
    refused!(
        "error:100/2018014",
        Page,
        "POST /me/messages",
        r#"{"recipient":{"id":"4000000000000011"},"message":{"text":"Hi"},"sender_action":"typing_on"}"#,
        100,
        2_018_014
    ),
    refused!("error:100/2018321", Page, "POST /me/take_thread_control", r#"{"recipient":{"id":"4000000000000011"}}"#, 100, 2_018_321),
    refused!(
        "error:2534068",
        Page,
        "POST /me/messages",
        r#"{"recipient":{"id":"5000000000000011"},"message":{"attachments":[{"type":"image","payload":{"url":"https://example.org/a.png"}},{"type":"image","payload":{"url":"https://example.org/b.png"}}]}}"#,
        2_534_068,
        0
    )
    .after(&[("seed", r#"{"instagram":[{"id":"17841400000000001","multi_image":false}]}"#)]),
];

const OTHER: &[Plain] = &[
    refused!("error:10", Page, "GET /me/conversations", "", 10, 0)
        .after(&[("people/2000000000000001/actions", r#"{"action":"revoke","permission":"pages_messaging"}"#)]),
    refused!("error:200", Page, "POST /me/messages", HI, 200, 0)
        .after(&[("people/2000000000000001/actions", r#"{"action":"revoke","permission":"pages_messaging"}"#)]),
    refused!("error:15", Page, "GET /sticker_packs", "", 15, 0),
    refused!("error:100", Page, "GET /me?fields=nonsense", "", 100, 0),
    refused!("error:100/33", Page, "GET /123456", "", 100, 33),
    refused!("error:101", Nobody, "GET /oauth/access_token?client_id=1&client_secret=x&grant_type=client_credentials", "", 101, 0),
    refused!("error:104", Nobody, "GET /3000000000000001", "", 104, 0),
    refused!("error:190", Nobody, "GET /me?access_token=EAAnonsense", "", 190, 0),
    refused!("error:190/459", User, "GET /me", "", 190, 459).after(&[("people/2000000000000001/actions", r#"{"action":"checkpoint"}"#)]),
    refused!("error:190/460", User, "GET /me", "", 190, 460)
        .after(&[("people/2000000000000001/actions", r#"{"action":"change_password"}"#)]),
    refused!("error:190/458", User, "GET /me", "", 190, 458).after(&[("people/2000000000000001/actions", r#"{"action":"deauthorise"}"#)]),
    refused!("error:190/463", User, "GET /me", "", 190, 463).after(&[("clock", r#"{"advance":"61d"}"#)]),
    refused!("error:190/464", User, "GET /me", "", 190, 464)
        .after(&[("seed", r#"{"people":[{"id":"2000000000000001","unconfirmed":true}]}"#)]),
    refused!("error:190/492", Page, "GET /me", "", 190, 492)
        .after(&[("people/2000000000000001/actions", r#"{"action":"lose_task","page":"3000000000000001"}"#)]),
    refused!("error:230", Page, "GET /5000000000000013", "", 230, 0).after(&[
        ("seed", r#"{"customers":[{"id":"c3","instagram":true}]}"#),
        ("customers/c3/actions", r#"{"to":"17841400000000001","action":"comment","text":"Hi"}"#),
    ]),
    refused!("error:9010", Page, "GET /5000000000000013", "", 9010, 0).after(&[
        ("seed", r#"{"quirks":{"ig_consent_error":"9010"},"customers":[{"id":"c3","instagram":true}]}"#),
        ("customers/c3/actions", r#"{"to":"17841400000000001","action":"comment","text":"Hi"}"#),
    ]),
    refused!("error:2018218", Page, "GET /4000000000000011", "", 2_018_218, 0)
        .after(&[("seed", r#"{"customers":[{"id":"c1","phone_only":true}]}"#)]),
    refused!("error:10/2018247", Page, "GET /4000000000000011?fields=locale", "", 10, 2_018_247),
    refused!("error:2/2018344", Page, "POST /me/custom_labels", r#"{"page_label_name":"VIP"}"#, 2, 2_018_344)
        .after(&[("seed", r#"{"pages":[{"id":"3000000000000001","label_terms":false}]}"#)]),
    refused!("error:10303", Page, "GET /me?fields=recipient&account_linking_token=nonsense", "", 10_303, 0),
    refused!(
        "error:2200",
        App,
        "POST /1000000000000001/subscriptions",
        r#"{"object":"page","callback_url":"http://127.0.0.1:9/none","verify_token":"v","fields":"messages"}"#,
        2200,
        0
    ),
    refused!("error:2500", User, "GET /me/nonsense", "", 2500, 0),
    refused!("error:2635", User, "GET /v19.0/me", "", 2635, 0).after(&[("seed", r#"{"quirks":{"expired_version":"2635"}}"#)]),
    refused!(
        "error:1",
        Nobody,
        "GET /oauth/access_token?client_id=1000000000000001&client_secret=wrong&grant_type=client_credentials",
        "",
        1,
        0
    ),
    refused!("error:4", App, "GET /1000000000000001", "", 4, 0).after(&[("seed", r#"{"limits":{"app_calls_per_hour":0}}"#)]),
    refused!("error:17", User, "GET /me", "", 17, 0).after(&[("seed", r#"{"limits":{"user_calls_per_hour":0}}"#)]),
    refused!("error:32", User, "GET /3000000000000001", "", 32, 0).after(&[("seed", r#"{"limits":{"page_calls_per_hour":0}}"#)]),
    refused!("error:613", Page, "GET /me/conversations", "", 613, 0).after(&[("seed", r#"{"limits":{"conversations_per_second":0}}"#)]),
    refused!("error:613/2534040", Page, "POST /me/messages", HI_IG, 613, 2_534_040)
        .after(&[("seed", r#"{"limits":{"sends_per_second":0}}"#)]),
    refused!("error:80001", Page, "GET /me", "", 80_001, 0).after(&[("seed", r#"{"limits":{"page_calls_per_day":0}}"#)]),
    refused!("error:80002", Login, "GET /me", "", 80_002, 0).after(&[("seed", r#"{"limits":{"instagram_calls_per_day":0}}"#)]),
    refused!("error:80006", Page, "POST /me/messages", HI, 80_006, 0).after(&[("seed", r#"{"limits":{"messaging_calls_per_day":0}}"#)]),
];

pub(crate) fn checks() -> Vec<Check> {
    let stories = stories![
        "error:2534001" => archived,
        "error:100/2018109" => too_large,
        "error:10900" => answered_already,
        "error:10903" => too_old,
        "error:100/36008" => redirect_mismatch,
        "error:100/36009" => code_used,
        "error:100/36007" => code_expired,
        "error:9000001" => deleted,
        "error:blocked" => blocked,
    ];
    SEND.iter().chain(OTHER).copied().map(Check::Plain).chain(stories).collect()
}

/// Plants the error that a slug names and reads it in its envelope.
pub(crate) async fn planted(stage: &Stage, slug: &str) {
    let (code, subcode) = slug.trim_start_matches("error:").split_once('/').unwrap_or((slug.trim_start_matches("error:"), "0"));
    let (Ok(code), Ok(subcode)) = (code.parse::<i64>(), subcode.parse::<i64>()) else { return };
    let answer = if subcode == 0 { json!({"code": code}) } else { json!({"code": code, "subcode": subcode}) };
    stage.own("faults", &json!({"match": {"path": "/me"}, "answer": answer}).to_string()).await;
    let answer = stage.get(User, "/v26.0/me").await;
    assert_eq!(told(&answer), (code, subcode), "{slug}");
    let message = answer["error"]["message"].as_str().unwrap();
    assert!(!message.contains("sandbox"), "{slug} speaks like the platform: {message}");
    assert!(stage.get(User, "/v26.0/me").await["id"].is_string(), "a fault comes once");
}

async fn archived(stage: Stage) {
    stage.own("customers/c1/messages", &json!({"to": PAGE, "text": "Hi"}).to_string()).await;
    stage.post(Page, "/me/moderate_conversations", &json!({"user_ids": [{"id": ADA}], "actions": ["move_to_spam"]})).await;
    assert_eq!(told(&stage.call(Page, "POST /me/messages", HI).await), (2_534_001, 0));
}

async fn too_large(stage: Stage) {
    let file = reqwest::multipart::Part::bytes(vec![0; 25 * 1024 * 1024 + 1]).file_name("a.png").mime_str("image/png").unwrap();
    let form = reqwest::multipart::Form::new().text("message", r#"{"attachment":{"type":"image","payload":{}}}"#).part("filedata", file);
    let url = format!("{}/me/message_attachments", stage.sandbox.facebook());
    let answer = stage.client.post(url).bearer_auth(stage.token(Page)).multipart(form).send().await.unwrap();
    assert_eq!(told(&answer.json().await.unwrap()), (100, 2_018_109));
}

async fn comment(stage: &Stage) -> Value {
    let body = json!({"to": PAGE, "action": "comment", "text": "How much?"});
    let id = stage.own("customers/c2/actions", &body.to_string()).await["mid"].clone();
    json!({"recipient": {"comment_id": id}, "message": {"text": "Eight"}})
}

async fn answered_already(stage: Stage) {
    let body = comment(&stage).await;
    assert!(stage.post(Page, "/me/messages", &body).await["message_id"].is_string());
    assert_eq!(told(&stage.post(Page, "/me/messages", &body).await), (10_900, 0));
}

async fn too_old(stage: Stage) {
    let body = comment(&stage).await;
    stage.own("clock", r#"{"advance":"7d"}"#).await;
    assert_eq!(told(&stage.post(Page, "/me/messages", &body).await), (10_903, 0));
}

/// Redeems a code that a walk through the dialog gave.
async fn redeem(stage: &Stage, code: &str, redirect: &str) -> Value {
    let query = [("client_id", APP), ("client_secret", SECRET), ("redirect_uri", redirect), ("code", code)];
    let url = format!("{}/v26.0/oauth/access_token", stage.sandbox.facebook());
    stage.client.get(url).query(&query).send().await.unwrap().json().await.unwrap()
}

async fn code(stage: &Stage) -> String {
    Stage::query(&stage.walk("scope=pages_show_list", &[("sandbox_person", ROBIN)]).await, "code").unwrap()
}

async fn redirect_mismatch(stage: Stage) {
    let code = code(&stage).await;
    assert_eq!(told(&redeem(&stage, &code, "http://localhost:9/else").await), (100, 36_008));
}

async fn code_used(stage: Stage) {
    let code = code(&stage).await;
    assert!(redeem(&stage, &code, "http://localhost:9/done").await["access_token"].is_string());
    assert_eq!(told(&redeem(&stage, &code, "http://localhost:9/done").await), (100, 36_009));
}

async fn code_expired(stage: Stage) {
    let code = code(&stage).await;
    stage.own("clock", r#"{"advance":"10m"}"#).await;
    assert_eq!(told(&redeem(&stage, &code, "http://localhost:9/done").await), (100, 36_007));
}

async fn deleted(stage: Stage) {
    let mid = stage.own("customers/c1/messages", &json!({"to": PAGE, "text": "Hi"}).to_string()).await["mid"].clone();
    stage.own("customers/c1/actions", &json!({"to": PAGE, "action": "unsend", "mid": mid}).to_string()).await;
    assert_eq!(told(&stage.get(Page, &format!("/{}", mid.as_str().unwrap())).await), (9_000_001, 0));
}

/// The platform blocks the whole app, which shows on every call.
async fn blocked(stage: Stage) {
    stage.own("seed", r#"{"apps":[{"id":"1000000000000001","blocked":true}]}"#).await;
    for who in [App, User, Page, Login] {
        let answer = stage.get(who, "/me").await;
        assert_eq!((told(&answer), &answer["error"]["message"]), ((200, 0), &json!("API access blocked.")), "{who:?}");
    }
}
