//! What is told of an Instagram account, on either road.

use serde_json::{Value, json};

use crate::desk::Road;
use crate::page::{RIVAL, advertised, policy, recurring};
use crate::row::{Golden, Row, Step, attached, echo, item, message, standby};
use crate::stage::APP;

pub(crate) fn rows(road: Road) -> Vec<Row> {
    let own = if road == Road::Login { login() } else { linked() };
    [messages(), attachments(), referrals(), doings(), routing(), changes(), own].concat()
}

fn messages() -> Vec<Row> {
    vec![
        Row::new("ig_message_text", message(json!({"text": "string"}))).writes(json!({"text": "Hello"})),
        Row::new("ig_message_story_reply", message(json!({"text": "string", "reply_to": {"story": {"url": "string", "id": "string"}}})))
            .writes(json!({"text": "Fine", "story": {"kind": "reply", "id": "18050000000000001"}})),
        Row::new("ig_message_reply_to", message(json!({"text": "string", "reply_to": {"mid": "string", "is_self_reply": "false"}})))
            .writes(json!({"text": "That one", "reply_to": "$OUT"})),
        Row::new("ig_message_quick_reply", message(json!({"text": "string", "quick_reply": {"payload": "string"}})))
            .writes(json!({"text": "Red", "quick_reply": "R"})),
        Row::new("ig_message_deleted", message(json!({"is_deleted": "true"}))).acts(json!({"action": "unsend", "mid": "$IN"})),
        Row::new("ig_message_unsupported_flag", message(json!({"is_unsupported": "true"}))).writes(json!({"unsupported": true})),
        Row::new("ig_standby_message", standby(json!({"message": {"mid": "string", "text": "string"}})))
            .routed(RIVAL)
            .writes(json!({"text": "Hello"})),
        Row::new("ig_echo", Golden::Item(echo(json!({"text": "string"})))).sends(&json!({"text": "Hello"})),
    ]
}

fn attachment(name: &'static str, kind: &str, payload: &Value) -> Row {
    Row::new(name, attached(kind, payload)).writes(json!({"attachments": [{"type": kind}]}))
}

fn attachments() -> Vec<Row> {
    let url = || json!({"url": "string"});
    vec![
        attachment("ig_message_image", "image", &url()),
        attachment("ig_message_video", "video", &url()),
        attachment("ig_message_audio", "audio", &url()),
        attachment("ig_message_file", "file", &url()),
        attachment("ig_message_share_legacy", "share", &url()),
        attachment("ig_message_ig_post", "ig_post", &json!({"url": "string", "title": "string", "ig_post_media_id": "string"})),
        attachment("ig_message_ig_reel", "ig_reel", &json!({"url": "string", "title": "string", "reel_video_id": "string"})),
        attachment("ig_message_ig_story", "ig_story", &json!({"url": "string", "story_media_id": "string"})),
        attachment("ig_message_unsupported_type", "unsupported_type", &url()),
        Row::new("ig_message_ephemeral", message(json!({"attachments": [{"type": "ephemeral"}]})))
            .writes(json!({"attachments": [{"type": "ephemeral"}]})),
        Row::new("ig_message_story_mention", attached("story_mention", &url()))
            .writes(json!({"story": {"kind": "mention", "id": "18050000000000002"}})),
    ]
}

fn referrals() -> Vec<Row> {
    let link = json!({"ref": "string", "source": "SHORTLINKS", "type": "OPEN_THREAD"});
    let ad = advertised(&json!({"ad_title": "string", "photo_url": "string", "video_url": "string"}));
    vec![
        Row::new("ig_message_referral_ad", message(json!({"text": "string", "referral": ad})))
            .writes(json!({"text": "Hello", "referral": {"ref": "spring", "source": "ADS"}})),
        Row::new("ig_message_referral_igme", message(json!({"text": "string", "referral": link})))
            .writes(json!({"text": "Hello", "referral": {"ref": "shop"}})),
        Row::new("ig_messaging_referral", item(json!({"referral": link}))).writes(json!({"referral": {"ref": "shop"}})),
    ]
}

fn doings() -> Vec<Row> {
    let tapped = json!({"action": "postback", "title": "Where?", "payload": "WHERE"});
    vec![
        Row::new(
            "ig_message_reactions_react",
            item(json!({"reaction": {"mid": "string", "action": "react", "reaction": "string", "emoji": "string"}})),
        )
        .acts(json!({"action": "react", "mid": "$OUT"})),
        Row::new("ig_message_reactions_unreact", item(json!({"reaction": {"mid": "string", "action": "unreact"}})))
            .acts(json!({"action": "react", "mid": "$OUT"}))
            .acts(json!({"action": "unreact", "mid": "$OUT"})),
        Row::new("ig_messaging_seen", item(json!({"read": {"mid": "string"}}))).acts(json!({"action": "read"})),
        Row::new("ig_message_edit", item(json!({"message_edit": {"mid": "string", "text": "string", "num_edit": "number"}})))
            .acts(json!({"action": "edit", "mid": "$IN", "text": "Better"})),
        Row::new("ig_message_edit_num0", Golden::Item(json!({"timestamp": "ms", "message_edit": {"mid": "string", "num_edit": "number"}})))
            .quirk("ig_edit_zero", "on")
            .writes(json!({"text": "Hello"})),
        Row::new("ig_messaging_postbacks", item(json!({"postback": {"mid": "string", "title": "string", "payload": "string"}})))
            .acts(tapped.clone()),
        Row::new("ig_postback_standby", standby(json!({"postback": {"mid": "string", "title": "string"}}))).routed(RIVAL).acts(tapped),
    ]
}

fn routing() -> Vec<Row> {
    let control = json!({"recipient": {"id": "$CUSTOMER"}, "target_app_id": APP, "metadata": "m"});
    vec![
        Row::new(
            "ig_pass_thread_control",
            item(json!({"pass_thread_control": {"previous_owner_app_id": "string", "new_owner_app_id": "string", "metadata": "string"}})),
        )
        .routed(APP)
        .sends(&json!({"text": "Hello"}))
        .step(Step::Graph("/$NODE/pass_thread_control", control.clone())),
        Row::new(
            "ig_take_thread_control",
            item(json!({"take_thread_control": {"previous_owner_app_id": "string", "new_owner_app_id": "number"}})),
        )
        .routed(APP)
        .sends(&json!({"text": "Hello"}))
        .step(Step::Own("staff/$ACCOUNT/messages", json!({"to": "c1", "text": "By hand"}))),
        Row::new(
            "ig_request_thread_control",
            item(json!({"request_thread_control": {"requested_owner_app_id": "number", "metadata": "string"}})),
        )
        .routed(APP)
        .step(Step::Rival("/$NODE/request_thread_control", control)),
    ]
}

fn comment() -> Value {
    json!({
        "id": "string", "text": "string", "from": {"id": "CUSTOMER", "username": "string"},
        "media": {"id": "string", "media_product_type": "string"},
    })
}

fn changes() -> Vec<Row> {
    let mut advertised = comment();
    advertised["parent_id"] = json!("string");
    for key in ["ad_id", "ad_title", "original_media_id"] {
        advertised["media"][key] = json!("string");
    }
    let test = json!({"id": "string", "time": "s", "changes": [{"field": "messages", "value": {
        "sender": {"id": "string"}, "recipient": {"id": "string"}, "timestamp": "s in words",
        "message": {"mid": "string", "text": "string"},
    }}]});
    vec![
        Row::new("ig_changes_comments", Golden::Change("comments", comment())).acts(json!({"action": "comment", "text": "Nice"})),
        Row::new("ig_changes_comments_ad", Golden::Change("comments", advertised))
            .acts(json!({"action": "comment", "kind": "ad", "text": "Nice", "mid": "17800000000000001"})),
        Row::new("ig_changes_live_comments", Golden::Change("live_comments", comment()))
            .acts(json!({"action": "comment", "kind": "live", "text": "Nice"})),
        Row::new("ig_dashboard_test_messages", Golden::Entry("changes", test)).told(json!({})),
        Row::new("ig_other_field", Golden::Change("share_to_story", json!({"media_id": "string"})))
            .told(json!({"field": "share_to_story", "value": {"media_id": "18"}})),
    ]
}

fn linked() -> Vec<Row> {
    let insights = ["impressions", "reach", "taps_forward", "taps_back", "exits", "replies"];
    let mut story: Value = insights.iter().map(|name| (*name, "number")).collect();
    story["media_id"] = json!("string");
    vec![
        Row::new("ig_policy_enforcement", policy("warning")).told(json!({})),
        Row::new("ig_response_feedback", item(json!({"response_feedback": {"feedback": "string", "mid": "string"}}))).told(json!({})),
        Row::new("ig_changes_mentions_media", Golden::Change("mentions", json!({"media_id": "string"})))
            .acts(json!({"action": "comment", "kind": "caption", "text": "With us"})),
        Row::new("ig_changes_mentions_comment", Golden::Change("mentions", json!({"comment_id": "string", "media_id": "string"})))
            .acts(json!({"action": "comment", "kind": "mention", "text": "With us"})),
        Row::new("ig_changes_story_insights", Golden::Change("story_insights", story)).told(json!({})),
    ]
}

fn login() -> Vec<Row> {
    let mine = json!({
        "sender": {"id": "ACCOUNT"}, "recipient": {"id": "ACCOUNT"}, "timestamp": "ms",
        "message": {"mid": "string", "text": "string", "is_self": "true"},
    });
    vec![
        Row::new("ig_message_self_test", Golden::Item(mine)).told(json!({})),
        Row::new("ig_optin", item(json!({"optin": recurring()}))).told(json!({})),
        Row::new("ig_flat_comments", Golden::Flat("comments", comment()))
            .quirk("ig_comment_form", "flat")
            .acts(json!({"action": "comment", "text": "Nice"})),
        Row::new("ig_changes_comments_mention", Golden::Change("comments", comment()))
            .acts(json!({"action": "comment", "kind": "mention", "text": "With us"})),
    ]
}
