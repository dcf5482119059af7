//! Messaging items.

use serde_json::{Value, json};

use super::{Audience, Between, Failed, Kind, Place, Told, World};

const LEAD_APP: u64 = 413_038_776_280_800;
const PICTURE: &str = "https://scontent.xx.fbcdn.net/v/ad";
const LEGACY: &str = "A legacy event, which nobody has subscribed to for years.";

/// Tells it; returns the id of the message that was written with it.
pub(super) fn tell(world: &mut World, audience: &Audience<'_>, kind: Kind, place: &Place, told: &Told) -> Result<Option<String>, Failed> {
    let mid = match kind {
        Kind::Message => Some(written(world, place, told)),
        Kind::Postback | Kind::ResponseFeedback => Some(concerned(world, place, told)),
        _ => None,
    };
    let mut item = match mid.as_deref() {
        Some(mid) if kind == Kind::Message => message(told, mid),
        Some(mid) => about(told, kind, mid),
        None => apart(told, kind)?,
    };
    frame(world, place, told, &mut item);
    // A person known by a checkbox alone has no conversation that another app could have.
    let scoped = if has_sender(&told.event) { place.scoped.clone() } else { String::new() };
    let between = Between { platform: place.platform, account: place.account.clone(), scoped };
    world.tell_item_among(audience, kind, &between, &item);
    Ok(mid)
}

/// Writes the message into its conversation, unless it is one that is there already.
fn written(world: &mut World, place: &Place, told: &Told) -> String {
    if let Some(mid) = &told.mid {
        return mid.clone();
    }
    let mut message = world.blank(place, true);
    let mid = message.mid.clone();
    // What an account writes to itself is in no conversation with a customer.
    if told.event != "ig_message_self_test" {
        message.text = Some(told.text(usual_text(&told.event)));
        world.keep(place, message);
    }
    mid
}

/// The message that is meant: the one named, the account's last one, or one that nobody kept.
fn concerned(world: &mut World, place: &Place, told: &Told) -> String {
    let last = world.thread_with(&place.account, &place.scoped).and_then(|thread| thread.newest_first().find(|it| !it.inbound));
    let mid = told.mid.clone().or_else(|| last.filter(|_| told.event != "page_postback_user_ref").map(|it| it.mid.clone()));
    mid.unwrap_or_else(|| world.new_mid(place.platform, &place.account, &place.scoped))
}

fn usual_text(event: &str) -> &'static str {
    match event {
        "page_message_commands" => "look up opening hours",
        "page_message_lead_summary" => "Lead summary: town, Lisbon",
        _ => "Good morning",
    }
}

fn message(told: &Told, mid: &str) -> Value {
    let text = told.text(usual_text(&told.event));
    let mut message = json!({"mid": mid, "text": text});
    let mut beside = json!({});
    match told.event.as_str() {
        "page_message_fallback_legacy" => {
            message = json!({"mid": mid, "attachments": [
                {"type": "fallback", "title": text, "url": "https://www.facebook.com/", "payload": null},
            ]});
        }
        "page_message_shop_referral" => {
            let product = told.payload.as_deref().unwrap_or("7700000000000001");
            message["referral"] = json!({"product": {"id": product}});
        }
        "page_message_commands" => message["commands"] = json!([{"name": told.payload.as_deref().unwrap_or("hours")}]),
        "page_message_prior_message" => {
            beside["prior_message"] = json!({"source": "checkbox_plugin", "identifier": reference(told)});
        }
        "page_message_lead_summary" => {
            beside["hop_context"] = json!({"app_id": LEAD_APP, "metadata": "messenger_lead_gen_complete"});
        }
        "ig_message_self_test" => message["is_self"] = json!(true),
        _ => {}
    }
    beside["message"] = told.changed(message);
    beside
}

fn reference(told: &Told) -> &str {
    told.r#ref.as_deref().unwrap_or("visitor-1")
}

/// Items that name a message.
fn about(told: &Told, kind: Kind, mid: &str) -> Value {
    if kind == Kind::Postback {
        let payload = told.payload.as_deref().unwrap_or("START");
        return json!({"postback": told.changed(json!({"mid": mid, "title": told.text("Start"), "payload": payload}))});
    }
    let feedback = told.text("Good response");
    json!({"response_feedback": told.changed(json!({"feedback": feedback, "mid": mid}))})
}

/// Items that name none.
fn apart(told: &Told, kind: Kind) -> Result<Value, Failed> {
    let (key, value) = match kind {
        Kind::Referral => return Ok(lead(told)),
        Kind::Handover => ("app_roles", json!({(told.payload.as_deref().unwrap_or("1000000000000001")): ["primary_receiver"]})),
        Kind::Policy => ("policy_enforcement", policy(told)?),
        Kind::Feedback => ("messaging_feedback", feedback(told)),
        Kind::Information => ("messaging_customer_information", information(told)),
        Kind::Cart => ("order", cart(told)),
        Kind::Optin => ("optin", optin(told)),
        Kind::GamePlay => ("game_play", json!({"about": LEGACY, "payload": told.payload})),
        Kind::Payment => ("payment", json!({"about": LEGACY, "payload": told.payload})),
        Kind::Checkout => ("checkout_update", json!({"about": LEGACY, "payload": told.payload})),
        _ => ("pre_checkout", json!({"about": LEGACY, "payload": told.payload})),
    };
    Ok(json!({key: told.changed(value)}))
}

fn lead(told: &Told) -> Value {
    let referral = json!({
        "source": "ADS", "type": "LEAD_COMPLETE", "ad_id": "6400000000000001",
        "ads_context_data": {"ad_title": "An ad", "post_id": "5600000000000001", "photo_url": PICTURE},
    });
    let answer = told.text("Lisbon");
    json!({"referral": told.changed(referral), "lead": {"data": [{"question": "Which town?", "answer": answer}]}})
}

fn policy(told: &Told) -> Result<Value, Failed> {
    let action = told.action.as_deref().unwrap_or("warning");
    if !matches!(action, "warning" | "block" | "unblock") {
        return Err(Failed::wrong("`action` of a policy's enforcement is warning, block or unblock".to_owned()));
    }
    let mut value = json!({"action": action});
    if action != "unblock" {
        value["reason"] = json!(told.text("The account does not comply with the messaging policy."));
    }
    Ok(value)
}

fn feedback(told: &Told) -> Value {
    json!({"feedback_screens": [{"screen_id": 0, "questions": {"visit": {
        "type": "csat", "payload": told.payload.as_deref().unwrap_or("4"),
        "follow_up": {"type": "free_form", "payload": told.text("All was well")},
    }}}]})
}

fn information(told: &Told) -> Value {
    json!({"screens": [{"screen_id": "Where to", "responses": [
        {"key": "country", "value": "PT"},
        {"key": "city", "value": told.text("Lisbon")},
    ]}]})
}

fn cart(told: &Told) -> Value {
    json!({
        "products": [{"id": 771, "retailer_id": "sku-7", "name": "Notebook", "unit_price": 8, "currency": "EUR", "quantity": 2}],
        "note": told.text("No wrapping"),
    })
}

fn optin(told: &Told) -> Value {
    json!({
        "type": "notification_messages", "payload": told.payload.as_deref().unwrap_or_default(), "title": told.text("Updates"),
        "notification_messages_token": "sandbox-notification-token", "notification_messages_timezone": "Europe/Lisbon",
        "token_expiry_timestamp": "1830000000000", "user_token_status": "NOT_REFRESHED",
    })
}

/// Whether the item says from whom.
fn has_sender(event: &str) -> bool {
    !matches!(event, "page_app_roles" | "page_policy_warning" | "ig_policy_enforcement" | "page_postback_user_ref")
}

/// Between whom, and when: not every item says so, nor in the same way.
fn frame(world: &World, place: &Place, told: &Told, item: &mut Value) {
    let now = world.now();
    item["recipient"] = json!({"id": place.account});
    if has_sender(&told.event) {
        item["sender"] = json!({"id": place.scoped});
    }
    match told.event.as_str() {
        "page_message_lead_summary" | "page_referral_lead_complete" => item["timestamp"] = json!(now.timestamp()),
        "page_messaging_feedback" => {}
        "page_postback_user_ref" => {
            item["sender"] = json!({"user_ref": reference(told)});
            item["timestamp"] = json!(now.timestamp_millis().to_string());
        }
        "ig_message_self_test" => {
            item["sender"] = json!({"id": place.account});
            item["timestamp"] = json!(now.timestamp_millis());
        }
        _ => item["timestamp"] = json!(now.timestamp_millis()),
    }
}
