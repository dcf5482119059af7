//! Parameters without what is secret in them.

use serde_json::{Map, Value};

use crate::secret::mask;

const SECRETS: [&str; 13] = [
    "access_token",
    "account_linking_token",
    "appsecret_proof",
    "client_secret",
    "code",
    "code_challenge",
    "code_verifier",
    "fb_exchange_token",
    "hub.verify_token",
    "input_token",
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
}

/// Masks what is secret in one of a batch's calls: beside it, in its address and in its body.
pub(super) fn item(shown: &mut Value) {
    let Value::Object(fields) = shown else { return };
    parameters(fields);
    for name in ["relative_url", "body"] {
        match fields.get_mut(name) {
            Some(Value::String(text)) => *text = pairs(text),
            Some(Value::Object(inside)) => parameters(inside),
            _ => {}
        }
    }
}

/// Masks within `path?name=value&name=value`.
fn pairs(text: &str) -> String {
    let start = text.find('?').map_or(0, |place| place + 1);
    let told = text[start..].split('&').map(|pair| match pair.split_once('=') {
        Some((name, secret)) if SECRETS.contains(&name) => format!("{name}={}", mask(secret)),
        _ => pair.to_owned(),
    });
    format!("{}{}", &text[..start], told.collect::<Vec<_>>().join("&"))
}
