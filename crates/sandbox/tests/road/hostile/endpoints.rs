//! Every endpoint that takes parameters.

use serde_json::{Value, json};

use crate::instagram_login::{PRODUCT, PRODUCT_SECRET};
use crate::stage::{ADA, ADA_IG, APP, INSTAGRAM, PAGE, SECRET};

/// An endpoint, with a call to it that works; each of its parameters is then made wrong in turn.
pub(super) type Endpoint = (bool, &'static str, String, Value);

pub(super) fn endpoints(label: &str) -> Vec<Endpoint> {
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
        facebook("POST", &format!("/{label}/label"), json!({"user": ADA})),
        facebook("DELETE", &format!("/{label}/label"), json!({"user": ADA})),
        facebook("GET", &format!("/{label}"), json!({"fields": "name"})),
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
