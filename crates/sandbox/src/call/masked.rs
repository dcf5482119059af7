//! Parameters without what is secret in them.

use serde_json::{Map, Value};

use crate::secret::mask;

const SECRETS: [&str; 16] = [
    "access_token",
    "account_linking_token",
    "appsecret_proof",
    "authorization_code",
    "client_secret",
    "code",
    "code_challenge",
    "code_verifier",
    "fb_exchange_token",
    "hub.verify_token",
    "input_token",
    "notification_messages_token",
    "one_time_notif_token",
    "signed_request",
    "state",
    "verify_token",
];

/// Masks what is secret among parameters.
pub(super) fn parameters(shown: &mut Map<String, Value>) {
    for name in SECRETS {
        if let Some(secret) = shown.get_mut(name) {
            *secret = Value::from(mask(secret.as_str().unwrap_or_default()));
        }
    }
    match shown.get_mut("recipient") {
        Some(Value::Object(recipient)) => parameters(recipient),
        Some(Value::String(text)) if text.contains("_token") => *text = mask(text),
        _ => {}
    }
}

/// Masks what is secret in one of a batch's calls: beside it, in its address and in its body.
pub(super) fn item(shown: &mut Value) {
    let Value::Object(fields) = shown else { return };
    parameters(fields);
    if let Some(Value::String(url)) = fields.get_mut("relative_url")
        && let Some((path, query)) = url.split_once('?')
    {
        *url = format!("{path}?{}", pairs(query));
    }
    match fields.get_mut("body") {
        Some(Value::String(text)) if text.contains('=') => *text = pairs(text),
        Some(Value::String(text)) => *text = mask(text),
        Some(Value::Object(inside)) => parameters(inside),
        _ => {}
    }
}

/// Masks within `name=value&name=value`. Names may be written with percent signs.
fn pairs(text: &str) -> String {
    let told = text.split('&').map(|pair| match pair.split_once('=') {
        Some((name, secret)) if is_secret(name) => format!("{name}={}", mask(secret)),
        _ => pair.to_owned(),
    });
    told.collect::<Vec<_>>().join("&")
}

fn is_secret(written: &str) -> bool {
    url::form_urlencoded::parse(written.as_bytes()).next().is_some_and(|(name, _)| SECRETS.contains(&name.as_ref()))
}
