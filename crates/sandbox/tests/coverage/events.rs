//! Webhooks: how they are delivered, and every event they tell of.

mod catalogue;
mod causes;

use serde_json::{Value, json};
use sha1::Sha1;
use sha2::Sha256;

use crate::check::{Check, stories};
use crate::stage::Who::{App, Login, Page};
use crate::stage::{APP, Arrived, PAGE, SECRET, Stage};

const ON_PAGE: &str = "messages,message_echoes,message_reactions,message_edits,message_reads,message_deliveries,messaging_postbacks,\
messaging_referrals,messaging_optins,messaging_account_linking,messaging_handovers,standby,messaging_policy_enforcement,response_feedback,\
messaging_feedback,messaging_customer_information,send_cart,feed,mention,inbox_labels,ratings,\
messaging_checkout_updates,messaging_game_plays,messaging_payments,messaging_pre_checkouts,calls";
const ON_INSTAGRAM: &str = "messages,message_reactions,message_edit,messaging_seen,messaging_postbacks,messaging_referral,messaging_optins,\
messaging_handover,standby,messaging_policy_enforcement,response_feedback,comments,live_comments,mentions,story_insights,story_reactions";

pub(crate) fn checks() -> Vec<Check> {
    stories![
        "hook:handshake" => handshake,
        "hook:signature" => signature,
        "hook:signature-sha1" => signature,
        "hook:escaped" => escaped,
        "hook:login-secret" => login_secret,
        "hook:echo-field" => echo_field,
        "hook:retries" => retries,
        "hook:unsubscribed" => unsubscribed,
        "hook:regime" => regime,
        "hook:milliseconds-and-seconds" => times,
        "hook:batch" => batch,
        "hook:messenger-unsend" => messenger_unsend,
        "hook:account-unsend" => crate::actions::staff::unsends_and_tells,
        "hook:edit-zero" => edit_zero,
        "hook:post-share" => post_share,
        "hook:sticker" => sticker,
        "hook:comment-form" => comment_form,
        "hook:access-switch" => access_switch,
    ]
    .to_vec()
}

async fn says(stage: &Stage, to: &str, text: &str) {
    stage.own("customers/c1/messages", &json!({"to": to, "text": text}).to_string()).await;
}

fn signed<M: hmac::Mac + hmac::KeyInit>(key: &str, body: &[u8]) -> String {
    let mut mac = <M as hmac::KeyInit>::new_from_slice(key.as_bytes()).unwrap();
    mac.update(body);
    hex::encode(mac.finalize().into_bytes())
}

fn header(arrived: &Arrived, name: &str) -> String {
    arrived.headers[name].to_str().unwrap().to_owned()
}

async fn handshake(stage: Stage) {
    let body = json!({"object": "page", "callback_url": stage.hook, "verify_token": "mine", "fields": "messages"});
    assert_eq!(stage.post(App, &format!("/{APP}/subscriptions"), &body).await, json!({"success": true}));
    let ledger = stage.own("GET deliveries", "").await;
    assert_eq!((&ledger["data"][0]["kind"], &ledger["data"][0]["status"]), (&json!("handshake"), &json!(200)));
}

async fn signature(stage: Stage) {
    stage.subscribed("messages", "messages").await;
    says(&stage, PAGE, "Grüße").await;
    let arrived = stage.wait_for(1).await[0].clone();
    assert_eq!(header(&arrived, "x-hub-signature-256"), format!("sha256={}", signed::<hmac::Hmac<Sha256>>(SECRET, &arrived.body)));
    assert_eq!(header(&arrived, "x-hub-signature"), format!("sha1={}", signed::<hmac::Hmac<Sha1>>(SECRET, &arrived.body)));
}

async fn escaped(stage: Stage) {
    stage.subscribed("messages", "messages").await;
    says(&stage, PAGE, "Grüße 🎉 a/b").await;
    let body = stage.wait_for(1).await[0].body.clone();
    let text = std::str::from_utf8(&body).unwrap();
    assert!(text.contains(r"Gr\u00fc\u00dfe \ud83c\udf89 a\/b"), "{text}");
}

async fn login_subscribed(stage: &Stage) {
    let body = json!({"object": "instagram", "callback_url": stage.hook, "verify_token": "v", "fields": ON_INSTAGRAM});
    stage.post(App, &format!("/{APP}/subscriptions"), &body).await;
    stage.post(Login, "/me/subscribed_apps", &json!({"subscribed_fields": "messages"})).await;
}

async fn login_secret(stage: Stage) {
    login_subscribed(&stage).await;
    for (word, secret) in [("instagram", "sandbox-instagram-secret"), ("meta", SECRET)] {
        stage.own("seed", &json!({"quirks": {"ig_login_webhook_secret": word}}).to_string()).await;
        let before = stage.arrived().len();
        says(&stage, "17841400000000001", "Hi").await;
        let arrived = stage.wait_for(before + 1).await[before].clone();
        assert_eq!(header(&arrived, "x-hub-signature-256"), format!("sha256={}", signed::<hmac::Hmac<Sha256>>(secret, &arrived.body)));
    }
}

async fn sends_by_login(stage: &Stage) {
    let body = json!({"recipient": {"id": "5000000000000011"}, "message": {"text": "Hi"}});
    assert!(stage.post(Login, "/me/messages", &body).await["message_id"].is_string());
}

/// Nobody asked for `message_echoes`, so under that word the echo is not told.
async fn echo_field(stage: Stage) {
    login_subscribed(&stage).await;
    sends_by_login(&stage).await;
    assert_eq!(stage.wait_for(1).await[0].json()["entry"][0]["messaging"][0]["message"]["is_echo"], true);
    stage.own("seed", r#"{"quirks":{"ig_echo_field":"message_echoes"}}"#).await;
    sends_by_login(&stage).await;
    says(&stage, "17841400000000001", "next").await;
    assert_eq!(stage.wait_for(2).await[1].json()["entry"][0]["messaging"][0]["message"]["text"], "next");
}

/// Attempts to deliver something, once there are so many.
pub(crate) async fn attempts(stage: &Stage, least: usize) -> Vec<Value> {
    let tried = async || {
        let told = stage.own("GET deliveries?limit=1000", "").await;
        told["data"].as_array().unwrap().iter().filter(|it| it["kind"] != "handshake").cloned().collect::<Vec<_>>()
    };
    for _ in 0..10_000 {
        let tried = tried().await;
        if tried.len() >= least {
            return tried;
        }
        tokio::task::yield_now().await;
    }
    panic!("there were not {least} attempts");
}

/// A message that the endpoint does not take, three times at once.
async fn fails(stage: &Stage) {
    stage.subscribed("messages", "messages").await;
    stage.refuse();
    says(stage, PAGE, "Hi").await;
    attempts(stage, 3).await;
}

async fn retries(stage: Stage) {
    fails(&stage).await;
    stage.own("clock", r#"{"advance":"1m"}"#).await;
    let tried = attempts(&stage, 4).await;
    assert_eq!((&tried[0]["attempt"], &tried[3]["attempt"]), (&json!(1), &json!(4)));
}

async fn unsubscribed(stage: Stage) {
    fails(&stage).await;
    stage.own("clock", r#"{"advance":"61m"}"#).await;
    attempts(&stage, 4).await;
    assert_eq!(stage.get(Page, "/me/subscribed_apps").await["data"], json!([]));
}

async fn regime(stage: Stage) {
    stage.own("seed", r#"{"quirks":{"webhook_regime":"36h"}}"#).await;
    fails(&stage).await;
    stage.own("clock", r#"{"advance":"37h"}"#).await;
    attempts(&stage, 4).await;
    stage.own("clock", r#"{"advance":"37h"}"#).await;
    says(&stage, PAGE, "Hi again").await;
    assert_eq!(attempts(&stage, 5).await[4]["attempt"], 1, "the first message was dropped, and the Page is still told of");
}

async fn times(stage: Stage) {
    stage.subscribed("messages,feed", "messages").await;
    says(&stage, PAGE, "Hi").await;
    stage.own("customers/c1/actions", &json!({"to": PAGE, "action": "comment", "text": "Nice"}).to_string()).await;
    let arrived = stage.wait_for(2).await;
    let mut times: Vec<i64> = arrived.iter().map(|it| it.json()["entry"][0]["time"].as_i64().unwrap()).collect();
    times.sort_unstable();
    assert_eq!(times, [1_795_435_200, 1_795_435_200_000]);
}

async fn batch(stage: Stage) {
    stage.subscribed("messages", "messages").await;
    stage.own("faults", &json!({"webhook": {"account": PAGE}, "batch": 3}).to_string()).await;
    for text in ["a", "b", "c"] {
        says(&stage, PAGE, text).await;
    }
    assert_eq!(stage.wait_for(1).await[0].json()["entry"].as_array().unwrap().len(), 3);
}

/// What comes when a customer does something, and then says "end".
async fn until_end(stage: &Stage, to: &str, calls: &[(&str, Value)]) -> String {
    let before = stage.arrived().len();
    for (call, body) in calls {
        stage.own(call, &body.to_string()).await;
    }
    says(stage, to, "end").await;
    for count in before + 1.. {
        let arrived = stage.wait_for(count).await;
        if arrived[before..].iter().any(|it| it.json().to_string().contains("\"end\"")) {
            return arrived[before..].iter().map(|it| it.json().to_string()).collect();
        }
    }
    String::new()
}

async fn messenger_unsend(stage: Stage) {
    stage.subscribed(ON_PAGE, ON_INSTAGRAM).await;
    for (word, told) in [("told", true), ("silent", false)] {
        stage.own("seed", &json!({"quirks": {"messenger_unsend": word}}).to_string()).await;
        let mid = stage.own("customers/c1/messages", &json!({"to": PAGE, "text": "oops"}).to_string()).await["mid"].clone();
        let heard = until_end(&stage, PAGE, &[("customers/c1/actions", json!({"to": PAGE, "action": "unsend", "mid": mid}))]).await;
        assert_eq!(heard.contains("is_deleted"), told, "{word}: {heard}");
    }
}

const IG: &str = "17841400000000001";

async fn quirk_tells(stage: &Stage, quirk: &str, word: &str, call: (&str, Value), telling: &str) -> bool {
    stage.own("seed", &json!({"quirks": {quirk: word}}).to_string()).await;
    until_end(stage, IG, &[call]).await.contains(telling)
}

async fn edit_zero(stage: Stage) {
    stage.subscribed(ON_PAGE, ON_INSTAGRAM).await;
    for (word, told) in [("off", false), ("on", true)] {
        let call = ("customers/c1/messages", json!({"to": IG, "text": "hello"}));
        assert_eq!(quirk_tells(&stage, "ig_edit_zero", word, call, "\"num_edit\":0").await, told);
    }
}

async fn post_share(stage: Stage) {
    stage.subscribed(ON_PAGE, ON_INSTAGRAM).await;
    for (word, post, share) in [("ig_post", true, false), ("both", true, true), ("share", false, true)] {
        let call = ("customers/c1/messages", json!({"to": IG, "attachments": [{"type": "ig_post"}]}));
        assert_eq!(quirk_tells(&stage, "ig_post_share", word, call.clone(), "\"type\":\"ig_post\"").await, post, "{word}");
        assert_eq!(quirk_tells(&stage, "ig_post_share", word, call, "\"type\":\"share\"").await, share, "{word}");
    }
}

async fn sticker(stage: Stage) {
    stage.subscribed(ON_PAGE, ON_INSTAGRAM).await;
    for (word, told) in [("silent", false), ("image", true)] {
        let call = ("customers/c1/messages", json!({"to": IG, "attachments": [{"type": "sticker"}]}));
        assert_eq!(quirk_tells(&stage, "ig_sticker", word, call, "\"type\":\"image\"").await, told);
    }
}

async fn comment_form(stage: Stage) {
    login_subscribed(&stage).await;
    for (word, told) in [("changes", true), ("flat", false)] {
        let call = ("customers/c1/actions", json!({"to": IG, "action": "comment", "text": "Nice"}));
        assert_eq!(quirk_tells(&stage, "ig_comment_form", word, call, "\"changes\":").await, told);
    }
}

async fn access_switch(stage: Stage) {
    stage.own("seed", r#"{"instagram":[{"id":"17841400000000001","message_access":false}]}"#).await;
    let body = json!({"recipient": {"id": "5000000000000011"}, "message": {"text": "Hi"}});
    assert_eq!(stage.post(Login, "/me/messages", &body).await["error"]["error_subcode"], 2_534_041);
    stage.own("seed", r#"{"quirks":{"message_access_login":"ignored"}}"#).await;
    assert!(stage.post(Login, "/me/messages", &body).await["message_id"].is_string());
}
