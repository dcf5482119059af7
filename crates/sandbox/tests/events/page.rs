//! What is told of a Page.

use serde_json::{Value, json};

use crate::row::{Golden, Row, Step, attached, echo, item, message, standby};
use crate::stage::APP;

pub(crate) const RIVAL: &str = "1000000000000009";

pub(crate) fn rows() -> Vec<Row> {
    [messages(), attachments(), special_messages(), echoes(), receipts(), openings(), routing(), forms(), changes()].concat()
}

fn url() -> Value {
    json!({"url": "string"})
}

fn messages() -> Vec<Row> {
    let text = json!({"text": "string"});
    vec![
        Row::new("page_message_text", message(text.clone())).writes(json!({"text": "Hello"})),
        Row::new("page_message_quick_reply", message(json!({"text": "string", "quick_reply": {"payload": "string"}})))
            .writes(json!({"text": "Green", "quick_reply": "G"})),
        Row::new("page_message_reply_to", message(json!({"text": "string", "reply_to": {"mid": "string", "is_self_reply": "false"}})))
            .writes(json!({"text": "That one", "reply_to": "$OUT"})),
        Row::new("page_message_is_deleted", message(json!({"is_deleted": "true"}))).acts(json!({"action": "unsend", "mid": "$IN"})),
        Row::new("page_message_is_unsupported", message(json!({"is_unsupported": "true"}))).writes(json!({"unsupported": true})),
        Row::new("page_standby_message", {
            let mut told = text.clone();
            told["mid"] = json!("string");
            standby(json!({"message": told}))
        })
        .routed(RIVAL)
        .writes(json!({"text": "Hello"})),
        Row::new("batch_two_entries", {
            let Golden::Item(item) = message(text) else { unreachable!() };
            Golden::Batch(item)
        })
        .step(Step::Own("faults", json!({"webhook": {"account": "$ACCOUNT", "field": "messages"}, "batch": 2})))
        .writes(json!({"text": "One"}))
        .writes(json!({"text": "Two"})),
    ]
}

fn attachment(name: &'static str, kind: &str, payload: &Value) -> Row {
    Row::new(name, attached(kind, payload)).writes(json!({"attachments": [{"type": kind}]}))
}

fn attachments() -> Vec<Row> {
    let sticker = json!({"url": "string", "sticker_id": "number"});
    let element = json!({"id": "string", "retailer_id": "string", "image_url": "string", "title": "string", "subtitle": "string"});
    vec![
        attachment("page_message_image", "image", &url()),
        attachment("page_message_video", "video", &url()),
        attachment("page_message_audio", "audio", &url()),
        attachment("page_message_file", "file", &url()),
        attachment("page_message_sticker", "sticker", &sticker),
        Row::new(
            "page_message_sticker_transition",
            message(json!({"attachments": [{"type": "sticker", "payload": sticker}, {"type": "image", "payload": sticker}]})),
        )
        .at("2026-07-01T12:00:00Z")
        .writes(json!({"attachments": [{"type": "sticker"}]})),
        attachment("page_message_reel", "ig_reel", &json!({"url": "string", "title": "string", "reel_video_id": "number"})),
        attachment("page_message_post", "post", &json!({"url": "string", "title": "string", "id": "number"})),
        Row::new(
            "page_message_fallback",
            message(json!({"text": "string", "attachments": [{"type": "fallback", "payload": {"url": "string", "title": "string"}}]})),
        )
        .writes(json!({"text": "See https://example.org/", "attachments": [{"type": "fallback"}]})),
        attachment("page_message_location", "location", &json!({"coordinates": {"lat": "number", "long": "number"}})),
        attachment(
            "page_message_appointment_booking",
            "appointment_booking",
            &json!({"booking_id": "string", "status": "requested", "start_time": "s", "end_time": "s", "timezone": "string"}),
        ),
        attachment("page_message_product_template", "template", &json!({"product": {"elements": [element]}})),
        Row::new(
            "page_message_fallback_legacy",
            message(json!({"attachments": [{"type": "fallback", "title": "string", "url": "string", "payload": "null"}]})),
        )
        .told(json!({})),
    ]
}

pub(crate) fn advertised(context: &Value) -> Value {
    json!({"ref": "string", "ad_id": "string", "source": "ADS", "type": "OPEN_THREAD", "ads_context_data": context})
}

fn context() -> Value {
    json!({
        "ad_title": "string", "photo_url": "string", "video_url": "string", "post_id": "string", "product_id": "string",
        "flow_id": "string",
    })
}

fn special_messages() -> Vec<Row> {
    let plain = json!({"mid": "string", "text": "string"});
    let mut summary = json!({"message": plain, "hop_context": {"app_id": "number", "metadata": "string"}});
    summary["sender"] = json!({"id": "CUSTOMER"});
    summary["recipient"] = json!({"id": "ACCOUNT"});
    summary["timestamp"] = json!("s");
    vec![
        Row::new("page_message_ad_referral", message(json!({"text": "string", "referral": advertised(&context())})))
            .writes(json!({"text": "Hello", "referral": {"ref": "spring", "source": "ADS"}})),
        Row::new("page_message_shop_referral", message(json!({"text": "string", "referral": {"product": {"id": "string"}}})))
            .told(json!({"text": "Is it there?"})),
        Row::new("page_message_commands", message(json!({"text": "string", "commands": [{"name": "string"}]}))).told(json!({})),
        Row::new(
            "page_message_prior_message",
            item(json!({"message": plain, "prior_message": {"source": "checkbox_plugin", "identifier": "string"}})),
        )
        .told(json!({"ref": "visitor"})),
        Row::new("page_message_lead_summary", Golden::Item(summary)).told(json!({})),
    ]
}

fn echoes() -> Vec<Row> {
    let template = json!({"title": "string", "url": "string", "type": "template", "payload": {
        "template_type": "media", "elements": [{"media_type": "string", "attachment_id": "number"}],
    }});
    let sent = json!({"attachment": {"type": "template", "payload": {
        "template_type": "media", "elements": [{"media_type": "image", "attachment_id": "7100000000000001"}],
    }}});
    let sent = json!({"recipient": {"id": "$CUSTOMER"}, "messaging_type": "RESPONSE", "message": sent});
    vec![
        Row::new("page_echo_text", Golden::Item(echo(json!({"text": "string", "app_id": "number", "metadata": "string"}))))
            .sends(&json!({"text": "Hello", "metadata": "mine"})),
        Row::new(
            "page_echo_inbox_reply",
            Golden::Item(echo(json!({"text": "string", "app_id": "number", "reply_to": {"mid": "string", "is_self_reply": "false"}}))),
        )
        .step(Step::Own("staff/$ACCOUNT/messages", json!({"to": "c1", "text": "By hand", "reply_to": "$IN"}))),
        Row::new("page_echo_template_standby", Golden::Standby(echo(json!({"app_id": "number", "attachments": [template]}))))
            .routed(RIVAL)
            .step(Step::Rival("/$NODE/messages", sent)),
    ]
}

fn receipts() -> Vec<Row> {
    let delivery = json!({
        "sender": {"id": "CUSTOMER"}, "recipient": {"id": "ACCOUNT"}, "delivery": {"mids": ["string"], "watermark": "ms"},
    });
    vec![
        Row::new("page_message_deliveries", Golden::Item(delivery)).sends(&json!({"text": "Hello"})),
        Row::new("page_message_reads", item(json!({"read": {"watermark": "ms"}}))).acts(json!({"action": "read"})),
        Row::new("page_message_edits", item(json!({"message_edit": {"mid": "string", "text": "string", "num_edit": "number"}})))
            .acts(json!({"action": "edit", "mid": "$IN", "text": "Better"})),
        Row::new(
            "page_message_reactions_react",
            item(json!({"reaction": {"mid": "string", "action": "react", "reaction": "string", "emoji": "string"}})),
        )
        .acts(json!({"action": "react", "mid": "$OUT"})),
        Row::new("page_message_reactions_unreact", item(json!({"reaction": {"mid": "string", "action": "unreact"}})))
            .acts(json!({"action": "react", "mid": "$OUT"}))
            .acts(json!({"action": "unreact", "mid": "$OUT"})),
    ]
}

fn openings() -> Vec<Row> {
    let tapped = json!({"action": "postback", "title": "Start", "payload": "GO", "ref": "shop"});
    let link = json!({"ref": "string", "source": "SHORTLINK", "type": "OPEN_THREAD"});
    let postback = json!({"mid": "string", "title": "string", "payload": "string"});
    let mut referred = postback.clone();
    referred["referral"] = link.clone();
    let unknown =
        json!({"sender": {"user_ref": "string"}, "recipient": {"id": "ACCOUNT"}, "timestamp": "ms in words", "postback": postback});
    let mut lead = advertised(&json!({"ad_title": "string", "photo_url": "string", "post_id": "string"}));
    lead["type"] = json!("LEAD_COMPLETE");
    lead.as_object_mut().unwrap().remove("ref");
    let complete = json!({
        "sender": {"id": "CUSTOMER"}, "recipient": {"id": "ACCOUNT"}, "timestamp": "s", "referral": lead,
        "lead": {"data": [{"question": "string", "answer": "string"}]},
    });
    vec![
        Row::new("page_postback", item(json!({"postback": referred}))).acts(tapped.clone()),
        Row::new("page_postback_user_ref", Golden::Item(unknown)).told(json!({"ref": "visitor"})),
        Row::new("page_postback_standby", standby(json!({"postback": {"mid": "string", "title": "string", "referral": link}})))
            .routed(RIVAL)
            .acts(tapped),
        Row::new("page_referral_shortlink", item(json!({"referral": link}))).writes(json!({"referral": {"ref": "shop"}})),
        Row::new(
            "page_referral_ads",
            item(json!({"referral": advertised(&json!({"ad_title": "string", "photo_url": "string", "post_id": "string"}))})),
        )
        .writes(json!({"referral": {"ref": "shop", "source": "ADS"}})),
        Row::new("page_referral_lead_complete", Golden::Item(complete)).told(json!({})),
        Row::new("page_optin_plugin", item(json!({"optin": {"ref": "string"}}))).acts(json!({"action": "optin", "ref": "shop"})),
        Row::new(
            "page_optin_user_ref",
            Golden::Item(json!({"recipient": {"id": "ACCOUNT"}, "timestamp": "ms", "optin": {"ref": "string", "user_ref": "string"}})),
        )
        .acts(json!({"action": "optin", "kind": "user_ref", "ref": "shop"})),
        Row::new(
            "page_optin_one_time",
            item(json!({"optin": {
                "type": "one_time_notif_req", "payload": "string", "one_time_notif_token": "string",
            }})),
        )
        .acts(json!({"action": "optin", "kind": "one_time_notif_req"})),
        Row::new("page_optin_notification_messages", item(json!({"optin": recurring()})))
            .acts(json!({"action": "optin", "kind": "notification_messages"})),
    ]
}

pub(crate) fn recurring() -> Value {
    json!({
        "type": "notification_messages", "payload": "string", "title": "string", "notification_messages_token": "string",
        "notification_messages_timezone": "string", "token_expiry_timestamp": "ms in words", "user_token_status": "string",
    })
}

fn routing() -> Vec<Row> {
    let control = json!({"recipient": {"id": "$CUSTOMER"}, "target_app_id": APP, "metadata": "m"});
    let roles = json!({"recipient": {"id": "ACCOUNT"}, "timestamp": "ms", "app_roles": {(RIVAL): ["string"]}});
    vec![
        Row::new(
            "page_pass_thread_control",
            item(json!({"pass_thread_control": {"previous_owner_app_id": "null", "new_owner_app_id": "string", "metadata": "string"}})),
        )
        .step(Step::Graph("/$NODE/pass_thread_control", control.clone())),
        Row::new(
            "page_take_thread_control",
            item(json!({"take_thread_control": {"previous_owner_app_id": "string", "new_owner_app_id": "number"}})),
        )
        .routed(APP)
        .sends(&json!({"text": "Hello"}))
        .step(Step::Own("staff/$ACCOUNT/messages", json!({"to": "c1", "text": "By hand"}))),
        Row::new(
            "page_request_thread_control",
            item(json!({"request_thread_control": {"requested_owner_app_id": "number", "metadata": "string"}})),
        )
        .routed(APP)
        .step(Step::Rival("/$NODE/request_thread_control", control)),
        Row::new("page_app_roles", Golden::Item(roles)).told(json!({"payload": RIVAL})),
        Row::new("page_account_linking_linked", item(json!({"account_linking": {"status": "linked", "authorization_code": "string"}})))
            .acts(json!({"action": "link_account"}))
            .acts(json!({"action": "link_account", "payload": "CODE"})),
        Row::new("page_account_linking_unlinked", item(json!({"account_linking": {"status": "unlinked"}})))
            .acts(json!({"action": "unlink_account"})),
    ]
}

pub(crate) fn policy(action: &str) -> Golden {
    let mut told = json!({"action": action});
    if action != "unblock" {
        told["reason"] = json!("string");
    }
    Golden::Item(json!({"recipient": {"id": "ACCOUNT"}, "timestamp": "ms", "policy_enforcement": told}))
}

fn forms() -> Vec<Row> {
    const PERSON: &str = "people/2000000000000001/actions";
    let restrict = Step::Own(PERSON, json!({"action": "restrict", "page": "$ACCOUNT"}));
    let question = json!({"type": "csat", "payload": "string", "follow_up": {"type": "free_form", "payload": "string"}});
    let survey = json!({
        "sender": {"id": "CUSTOMER"}, "recipient": {"id": "ACCOUNT"},
        "messaging_feedback": {"feedback_screens": [{"screen_id": "number", "questions": {"visit": question}}]},
    });
    let response = json!({"key": "string", "value": "string"});
    let product = json!({
        "id": "number", "retailer_id": "string", "name": "string", "unit_price": "number", "currency": "string", "quantity": "number",
    });
    let legacy =
        |name, key: &str| Row::new(name, item(json!({key: {"payload": "string", "about": "string"}}))).told(json!({"payload": "x"}));
    vec![
        Row::new("page_policy_enforcement", policy("block")).step(restrict.clone()),
        Row::new("page_policy_unblock", policy("unblock")).step(restrict).step(Step::Own(PERSON, json!({"action": "undo"}))),
        Row::new("page_policy_warning", policy("warning")).told(json!({})),
        Row::new("page_response_feedback", item(json!({"response_feedback": {"feedback": "string", "mid": "string"}}))).told(json!({})),
        Row::new("page_messaging_feedback", Golden::Item(survey)).told(json!({})),
        Row::new(
            "page_messaging_customer_information",
            item(json!({"messaging_customer_information": {"screens": [{"screen_id": "string", "responses": [response, response]}]}})),
        )
        .told(json!({})),
        Row::new("page_send_cart", item(json!({"order": {"products": [product], "note": "string"}}))).told(json!({})),
        legacy("page_game_play", "game_play"),
        legacy("page_payment", "payment"),
        legacy("page_checkout_update", "checkout_update"),
        legacy("page_pre_checkout", "pre_checkout"),
    ]
}

fn changes() -> Vec<Row> {
    let from = json!({"id": "CUSTOMER", "name": "string"});
    let post = json!({"verb": "add", "post_id": "string", "created_time": "s"});
    let with = |more: Value| {
        let mut told = post.clone();
        told.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        told
    };
    let comment = json!({"item": "comment", "comment_id": "string", "parent_id": "string", "from": from, "message": "string"});
    let label = json!({"user": {"id": "CUSTOMER"}, "action": "add", "label": {"id": "string", "page_label_name": "string"}});
    let rating = json!({
        "item": "rating", "verb": "add", "recommendation_type": "string", "reviewer_id": "CUSTOMER", "reviewer_name": "string",
        "review_text": "string", "open_graph_story_id": "string", "created_time": "s",
    });
    vec![
        Row::new("page_changes_feed_comment", Golden::Change("feed", with(comment))).acts(json!({"action": "comment", "text": "Nice"})),
        Row::new("page_changes_feed_post", Golden::Change("feed", with(json!({"item": "status", "from": from, "message": "string"}))))
            .acts(json!({"action": "comment", "kind": "post", "text": "Nice"})),
        Row::new(
            "page_changes_feed_reaction",
            Golden::Change("feed", with(json!({"item": "reaction", "reaction_type": "string", "parent_id": "string", "from": from}))),
        )
        .told(json!({})),
        Row::new("page_changes_mention", Golden::Change("mention", with(json!({"item": "post", "message": "string"}))))
            .acts(json!({"action": "comment", "kind": "mention", "text": "Nice"})),
        Row::new("page_changes_inbox_labels", Golden::Change("inbox_labels", label))
            .step(Step::Graph("/$NODE/custom_labels", json!({"page_label_name": "VIP"})))
            .step(Step::Graph("/$ID/label", json!({"user": "$CUSTOMER"}))),
        Row::new("page_changes_ratings", Golden::Change("ratings", rating)).told(json!({})),
        Row::new("page_other_field", Golden::Change("messaging_integrity", json!({"status": "fine", "since": "s"})))
            .told(json!({"field": "messaging_integrity", "value": {"status": "fine", "since": 1_795_000_000}})),
    ]
}
