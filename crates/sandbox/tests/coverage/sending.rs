//! The Send API: every kind of recipient, message, tag and template.

use serde_json::{Value, json};

use crate::check::{Check, Plain, plain, sends, stories};
use crate::stage::Who::{Login, Page};
use crate::stage::{ADA, ADA_IG, PAGE, Stage, Who};

fn sent(answer: &Value) -> bool {
    answer["message_id"].is_string()
}

/// Only the recipient is told.
fn acted(answer: &Value) -> bool {
    answer["recipient_id"].is_string() && answer.get("message_id").is_none()
}

const fn on_instagram(slug: &'static str, body: &'static str) -> Plain {
    plain(slug, Page, "POST /v26.0/3000000000000001/messages", |it| it["message_id"].as_str().is_some_and(|id| id.starts_with("aWdf")))
        .with(body)
}

const fn by_login(slug: &'static str, body: &'static str) -> Plain {
    plain(slug, Login, "POST /v26.0/17841400000000001/messages", sent).with(body)
}

/// A template, as an attachment of a message to Ada on Messenger.
macro_rules! template {
    ($slug:literal, $payload:literal) => {
        sends(
            $slug,
            concat!(r#"{"recipient":{"id":"4000000000000011"},"message":{"attachment":{"type":"template","payload":"#, $payload, "}}}"),
        )
    };
}

const PLAIN: &[Plain] = &[
    sends("send:text", r#"{"recipient":{"id":"4000000000000011"},"messaging_type":"RESPONSE","message":{"text":"Hi"}}"#),
    sends("send:update", r#"{"recipient":{"id":"4000000000000011"},"messaging_type":"UPDATE","message":{"text":"Hi"}}"#),
    sends("send:notification-type", r#"{"recipient":{"id":"4000000000000011"},"notification_type":"SILENT_PUSH","message":{"text":"Hi"}}"#),
    sends(
        "send:image",
        r#"{"recipient":{"id":"4000000000000011"},"message":{"attachment":{"type":"image","payload":{"url":"https://example.org/a.jpg"}}}}"#,
    ),
    sends(
        "send:video",
        r#"{"recipient":{"id":"4000000000000011"},"message":{"attachment":{"type":"video","payload":{"url":"https://example.org/a.mp4"}}}}"#,
    ),
    sends(
        "send:audio",
        r#"{"recipient":{"id":"4000000000000011"},"message":{"attachment":{"type":"audio","payload":{"url":"https://example.org/a.mp3"}}}}"#,
    ),
    sends(
        "send:file",
        r#"{"recipient":{"id":"4000000000000011"},"message":{"attachment":{"type":"file","payload":{"url":"https://example.org/a.pdf"}}}}"#,
    ),
    sends(
        "send:images",
        r#"{"recipient":{"id":"4000000000000011"},"message":{"attachments":[{"type":"image","payload":{"url":"https://example.org/a.png"}},{"type":"image","payload":{"url":"https://example.org/b.png"}}]}}"#,
    ),
    sends("send:sticker", r#"{"recipient":{"id":"4000000000000011"},"message":{"sticker_id":369239263222822}}"#),
    sends(
        "send:quick-replies",
        r#"{"recipient":{"id":"4000000000000011"},"message":{"text":"Which?","quick_replies":[{"content_type":"text","title":"Red","payload":"R"},{"content_type":"user_phone_number"},{"content_type":"user_email"}]}}"#,
    ),
    template!(
        "send:button-template",
        r#"{"template_type":"button","text":"Go?","buttons":[{"type":"web_url","url":"https://example.org","title":"Go"},{"type":"postback","title":"No","payload":"N"},{"type":"phone_number","title":"Call","payload":"+1"}]}"#
    ),
    template!(
        "send:login-buttons",
        r#"{"template_type":"button","text":"Log in","buttons":[{"type":"account_link","url":"https://example.org/login"},{"type":"account_unlink"}]}"#
    ),
    template!(
        "send:call-button",
        r#"{"template_type":"button","text":"Call","buttons":[{"type":"audio_call","title":"Call us"},{"type":"game_play","title":"Play"}]}"#
    ),
    template!(
        "send:generic-template",
        r#"{"template_type":"generic","elements":[{"title":"Notebook","subtitle":"Blue","buttons":[{"type":"postback","title":"Buy","payload":"B"}]}]}"#
    ),
    template!("send:media-template", r#"{"template_type":"media","elements":[{"media_type":"image","attachment_id":"1"}]}"#),
    template!(
        "send:receipt-template",
        r#"{"template_type":"receipt","recipient_name":"Ada","order_number":"1","currency":"EUR","payment_method":"Card","summary":{"total_cost":8}}"#
    ),
    template!("send:product-template", r#"{"template_type":"product","elements":[{"id":"555"}]}"#),
    template!("send:coupon-template", r#"{"template_type":"coupon","title":"10 %","coupon_code":"TEN"}"#),
    template!("send:feedback-template", r#"{"template_type":"customer_feedback","title":"How was it?","feedback_screens":[]}"#),
    template!("send:information-template", r#"{"template_type":"customer_information","title":"Address"}"#),
    template!(
        "send:image-grid",
        r#"{"template_type":"image_grid","elements":[{"url":"https://example.org/a.png"},{"url":"https://example.org/b.png"}]}"#
    ),
    template!("send:notification-request", r#"{"template_type":"notification_messages","title":"News","payload":"P"}"#),
    template!("send:one-time-request", r#"{"template_type":"one_time_notif_req","title":"Back in stock","payload":"P"}"#),
    plain("send:typing-on", Page, "POST /me/messages", acted)
        .with(r#"{"recipient":{"id":"4000000000000011"},"sender_action":"typing_on"}"#),
    plain("send:typing-off", Page, "POST /me/messages", acted)
        .with(r#"{"recipient":{"id":"4000000000000011"},"sender_action":"TYPING_OFF"}"#),
    plain("send:mark-seen", Page, "POST /me/messages", acted)
        .with(r#"{"recipient":{"id":"5000000000000011"},"sender_action":"mark_seen"}"#),
    on_instagram("send:instagram-text", r#"{"recipient":{"id":"5000000000000011"},"message":{"text":"Hi"}}"#),
    on_instagram(
        "send:instagram-media",
        r#"{"recipient":{"id":"5000000000000011"},"message":{"attachment":{"type":"video","payload":{"url":"https://example.org/a.mov"}}}}"#,
    ),
    on_instagram(
        "send:instagram-images",
        r#"{"recipient":{"id":"5000000000000011"},"message":{"attachments":[{"type":"image","payload":{"url":"https://example.org/a.png"}},{"type":"image","payload":{"url":"https://example.org/b.png"}}]}}"#,
    ),
    on_instagram("send:like-heart", r#"{"recipient":{"id":"5000000000000011"},"message":{"attachment":{"type":"like_heart"}}}"#),
    on_instagram(
        "send:instagram-quick-replies",
        r#"{"recipient":{"id":"5000000000000011"},"message":{"text":"Which?","quick_replies":[{"content_type":"text","title":"Red","payload":"R"}]}}"#,
    ),
    on_instagram(
        "send:instagram-templates",
        r#"{"recipient":{"id":"5000000000000011"},"message":{"attachment":{"type":"template","payload":{"template_type":"generic","elements":[{"title":"Notebook","subtitle":"Blue"}]}}}}"#,
    ),
    by_login("send:login-text", r#"{"recipient":{"id":"5000000000000011"},"message":{"text":"Hi"}}"#),
    by_login("send:login-human-agent", r#"{"recipient":{"id":"5000000000000011"},"message":{"text":"Hi"},"tag":"HUMAN_AGENT"}"#)
        .after(&[("clock", r#"{"advance":"25h"}"#)]),
];

pub(crate) fn checks() -> Vec<Check> {
    let stories = stories![
        "send:metadata" => metadata,
        "send:reply-to" => reply_to,
        "send:reply-to-login" => reply_to_login,
        "send:react" => react,
        "send:unreact" => react,
        "send:react-linked" => react_linked,
        "send:attachment-id" => attachment_id,
        "send:is-reusable" => is_reusable,
        "send:multipart" => multipart,
        "send:media-share" => media_share,
        "send:comment" => comment,
        "send:post" => post,
        "send:user-ref" => user_ref,
        "send:one-time-token" => one_time,
        "send:notification-token" => recurring,
        "send:persona" => persona,
        "send:utility" => utility,
        "send:human-agent" => human_agent,
        "send:customer-feedback" => customer_feedback,
        "send:old-tags" => old_tags,
        "send:thread-control" => thread_control,
        "send:comment-window" => comment_window,
        "send:business-token" => business_token,
    ];
    PLAIN.iter().copied().map(Check::Plain).chain(stories).collect()
}

async fn send(stage: &Stage, who: Who, to: &str, more: Value) -> Value {
    let mut body = more;
    if body.get("recipient").is_none() {
        body["recipient"] = json!({"id": to});
    }
    stage.post(who, "/v26.0/me/messages", &body).await
}

async fn sent_mid(stage: &Stage, who: Who, to: &str, more: Value) -> String {
    let answer = send(stage, who, to, more).await;
    answer["message_id"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
}

fn code(answer: &Value) -> (i64, i64) {
    (answer["error"]["code"].as_i64().unwrap_or_default(), answer["error"]["error_subcode"].as_i64().unwrap_or_default())
}

async fn acts(stage: &Stage, customer: &str, body: Value) -> String {
    stage.own(&format!("customers/{customer}/actions"), &body.to_string()).await["mid"].as_str().unwrap_or_default().to_owned()
}

async fn metadata(stage: Stage) {
    stage.subscribed("messages,message_echoes", "messages").await;
    sent_mid(&stage, Page, ADA, json!({"message": {"text": "Hi", "metadata": "mine"}})).await;
    assert_eq!(stage.wait_for(1).await[0].json()["entry"][0]["messaging"][0]["message"]["metadata"], "mine");
}

async fn quotes(stage: &Stage, who: Who, to: &str) -> Value {
    let first = sent_mid(stage, who, to, json!({"message": {"text": "Hi"}})).await;
    send(stage, who, to, json!({"message": {"text": "that"}, "reply_to": {"mid": first}})).await
}

async fn reply_to(stage: Stage) {
    let mid = quotes(&stage, Page, ADA).await["message_id"].as_str().unwrap().to_owned();
    assert_eq!(stage.get(Page, &format!("/{mid}?fields=reply_to")).await["reply_to"]["is_self_reply"], true);
    assert!(sent(&quotes(&stage, Page, ADA_IG).await));
}

async fn reply_to_login(stage: Stage) {
    assert!(sent(&quotes(&stage, Login, ADA_IG).await));
    stage.own("seed", r#"{"quirks":{"ig_login_reply_to":"refused"}}"#).await;
    assert_eq!(code(&quotes(&stage, Login, ADA_IG).await).0, 100);
}

async fn reacts(stage: &Stage, to: &str, reaction: &str) -> Value {
    let mid = sent_mid(stage, Page, to, json!({"message": {"text": "Hi"}})).await;
    let told = send(stage, Page, to, json!({"sender_action": "react", "payload": {"message_id": mid, "reaction": reaction}})).await;
    if acted(&told) {
        let read = stage.get(Page, &format!("/{mid}?fields=reactions")).await;
        assert!(read["reactions"]["data"][0]["reaction"].is_string());
        let back = send(stage, Page, to, json!({"sender_action": "unreact", "payload": {"message_id": mid}})).await;
        assert!(acted(&back) && stage.get(Page, &format!("/{mid}?fields=reactions")).await.get("reactions").is_none());
    }
    told
}

async fn react(stage: Stage) {
    assert!(acted(&reacts(&stage, ADA, "🎉").await));
}

async fn react_linked(stage: Stage) {
    assert!(acted(&reacts(&stage, ADA_IG, "🎉").await));
    stage.own("seed", r#"{"quirks":{"ig_linked_reactions":"love"}}"#).await;
    assert_eq!(code(&reacts(&stage, ADA_IG, "🎉").await).0, 100);
    assert!(acted(&reacts(&stage, ADA_IG, "love").await));
}

fn image(payload: &Value) -> Value {
    json!({"message": {"attachment": {"type": "image", "payload": payload}}})
}

async fn attachment_id(stage: Stage) {
    let upload = image(&json!({"url": "https://example.org/a.png", "is_reusable": true}));
    let id = stage.post(Page, "/me/message_attachments", &upload).await["attachment_id"].clone();
    sent_mid(&stage, Page, ADA, image(&json!({"attachment_id": id}))).await;
    stage.own("clock", r#"{"advance":"90d"}"#).await;
    stage.own("customers/c1/messages", &json!({"to": PAGE, "text": "Hi"}).to_string()).await;
    assert_eq!(code(&send(&stage, Page, ADA, image(&json!({"attachment_id": id}))).await), (100, 2_018_074), "it lives for 90 days");
}

async fn is_reusable(stage: Stage) {
    let answer = send(&stage, Page, ADA, image(&json!({"url": "https://example.org/a.png", "is_reusable": true}))).await;
    assert!(answer["attachment_id"].is_string(), "{answer}");
}

async fn multipart(stage: Stage) {
    let file = reqwest::multipart::Part::bytes(vec![0; 64]).file_name("a.png").mime_str("image/png").unwrap();
    let form = reqwest::multipart::Form::new()
        .text("recipient", format!(r#"{{"id":"{ADA}"}}"#))
        .text("message", r#"{"attachment":{"type":"image","payload":{}}}"#)
        .part("filedata", file);
    let url = format!("{}/me/messages", stage.sandbox.facebook());
    let answer = stage.client.post(url).bearer_auth(stage.token(Page)).multipart(form).send().await.unwrap();
    assert!(sent(&answer.json().await.unwrap()));
}

async fn media_share(stage: Stage) {
    let post = stage.get(Login, "/me/media").await["data"][0]["id"].clone();
    let share = |id: Value| json!({"message": {"attachment": {"type": "MEDIA_SHARE", "payload": {"id": id}}}});
    sent_mid(&stage, Login, ADA_IG, share(post)).await;
    assert_eq!(code(&send(&stage, Login, ADA_IG, share(json!("1"))).await), (100, 2_534_015));
}

async fn comment(stage: Stage) {
    for account in [PAGE, "17841400000000001"] {
        let id = acts(&stage, "c2", json!({"to": account, "action": "comment", "text": "How much?"})).await;
        let who = if account == PAGE { Page } else { Login };
        sent_mid(&stage, who, "", json!({"recipient": {"comment_id": id}, "message": {"text": "Eight"}})).await;
    }
}

async fn post(stage: Stage) {
    let id = acts(&stage, "c2", json!({"to": PAGE, "action": "comment", "kind": "post", "text": "Hello Page"})).await;
    sent_mid(&stage, Page, "", json!({"recipient": {"post_id": id}, "message": {"text": "Hello"}})).await;
}

async fn user_ref(stage: Stage) {
    acts(&stage, "c1", json!({"to": PAGE, "action": "optin", "kind": "user_ref", "ref": "box", "payload": "u-1"})).await;
    let answer = send(&stage, Page, "", json!({"recipient": {"user_ref": "u-1"}, "message": {"text": "Hi"}})).await;
    assert!(sent(&answer) && answer.get("recipient_id").is_none(), "{answer}");
}

async fn token_of(stage: &Stage, kind: &str, key: &str) -> Value {
    stage.subscribed("messaging_optins", "messages").await;
    acts(stage, "c1", json!({"to": PAGE, "action": "optin", "kind": kind, "payload": "P", "title": "News"})).await;
    stage.wait_for(1).await[0].json()["entry"][0]["messaging"][0]["optin"][key].clone()
}

async fn one_time(stage: Stage) {
    let token = token_of(&stage, "one_time_notif_req", "one_time_notif_token").await;
    let body = json!({"recipient": {"one_time_notif_token": token}, "message": {"text": "It is back"}});
    stage.own("clock", r#"{"advance":"30d"}"#).await;
    sent_mid(&stage, Page, "", body.clone()).await;
    assert_eq!(code(&send(&stage, Page, "", body).await).0, 100, "it is good for one message");
}

async fn recurring(stage: Stage) {
    let token = token_of(&stage, "notification_messages", "notification_messages_token").await;
    let body = json!({"recipient": {"notification_messages_token": token}, "message": {"text": "News"}});
    assert_eq!(code(&send(&stage, Page, "", body).await).0, 100, "they ended on 10 February 2026");
}

async fn persona(stage: Stage) {
    let made = stage.post(Page, "/me/personas", &json!({"name": "Sam", "profile_picture_url": "https://example.org/s.png"})).await;
    sent_mid(&stage, Page, ADA, json!({"persona_id": made["id"], "message": {"text": "Hi"}})).await;
    assert_eq!(code(&send(&stage, Page, ADA, json!({"persona_id": "1", "message": {"text": "Hi"}})).await).0, 100);
}

async fn utility(stage: Stage) {
    stage.post(Page, "/me/message_templates", &json!({"name": "shipped", "language": "en", "components": []})).await;
    stage.own("clock", r#"{"advance":"30d"}"#).await;
    let body = json!({"messaging_type": "UTILITY", "message": {"template": {"name": "shipped", "language": {"code": "en"}}}});
    sent_mid(&stage, Page, ADA, body).await;
}

async fn human_agent(stage: Stage) {
    let body = json!({"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT", "message": {"text": "Back to you"}});
    stage.own("clock", r#"{"advance":"6d"}"#).await;
    sent_mid(&stage, Page, ADA, body.clone()).await;
    sent_mid(&stage, Page, ADA_IG, body.clone()).await;
    stage.own("clock", r#"{"advance":"1d"}"#).await;
    assert_eq!(code(&send(&stage, Page, ADA, body).await), (10, 2_018_278));
}

async fn customer_feedback(stage: Stage) {
    stage.own("clock", r#"{"advance":"6d"}"#).await;
    let form = json!({"type": "template", "payload": {"template_type": "customer_feedback", "title": "How was it?"}});
    let tagged = |message: Value| json!({"messaging_type": "MESSAGE_TAG", "tag": "CUSTOMER_FEEDBACK", "message": message});
    sent_mid(&stage, Page, ADA, tagged(json!({"attachment": form}))).await;
}

async fn old_tags(stage: Stage) {
    for tag in ["ACCOUNT_UPDATE", "CONFIRMED_EVENT_UPDATE", "POST_PURCHASE_UPDATE"] {
        let body = json!({"messaging_type": "MESSAGE_TAG", "tag": tag, "message": {"text": "Hi"}});
        assert_eq!(code(&send(&stage, Page, ADA, body).await).0, 100, "{tag}");
    }
}

async fn thread_control(stage: Stage) {
    stage.own("seed", r#"{"pages":[{"id":"3000000000000001","default_app":"1000000000000001"}]}"#).await;
    let body = json!({"message": {"text": "Over to them"}, "thread_control": {"control_type": "pass", "app_id": "263902037430900"}});
    sent_mid(&stage, Page, ADA, body).await;
    assert_eq!(code(&send(&stage, Page, ADA, json!({"message": {"text": "And?"}})).await), (10, 2_018_300));
}

async fn comment_window(stage: Stage) {
    stage.own("clock", r#"{"advance":"3d"}"#).await;
    let comment = json!({"to": PAGE, "action": "comment", "text": "Hello?"});
    acts(&stage, "c1", comment.clone()).await;
    assert_eq!(code(&send(&stage, Page, ADA, json!({"message": {"text": "Hi"}})).await), (10, 2_018_278));
    stage.own("seed", r#"{"quirks":{"comment_opens_window":"yes"}}"#).await;
    acts(&stage, "c1", comment).await;
    sent_mid(&stage, Page, ADA, json!({"message": {"text": "Hi"}})).await;
}

/// A Page token that follows from a business's own token.
async fn business_token(stage: Stage) {
    let user = crate::login::system_user(&stage).await;
    let url = format!("{}/{PAGE}?fields=access_token", stage.sandbox.facebook());
    let page: Value = stage.client.get(url).bearer_auth(user).send().await.unwrap().json().await.unwrap();
    let token = page["access_token"].as_str().unwrap_or_else(|| panic!("{page}")).to_owned();
    let send = async || -> Value {
        let url = format!("{}/me/messages", stage.sandbox.facebook());
        let body = json!({"recipient": {"id": ADA_IG}, "message": {"text": "Hi"}});
        stage.client.post(url).bearer_auth(&token).json(&body).send().await.unwrap().json().await.unwrap()
    };
    assert!(sent(&send().await));
    stage.own("seed", r#"{"quirks":{"business_token_instagram":"refused"}}"#).await;
    assert_eq!(code(&send().await).0, 10);
}
