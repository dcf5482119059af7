//! Parameters without what is secret in them.

use serde_json::{Map, Value};

use crate::secret::mask;

const SECRETS: [&str; 20] = [
    "access_token",
    "account_linking_token",
    "appsecret_proof",
    "authorization_code",
    "client_assertion",
    "client_secret",
    "code",
    "code_challenge",
    "code_verifier",
    "fb_exchange_token",
    "hub.verify_token",
    "input_token",
    "notification_messages_token",
    "one_time_notif_token",
    "password",
    "refresh_token",
    "signed_request",
    "state",
    "token",
    "verify_token",
];
/// How the platform's tokens begin, and from which length on a word that begins so is one.
const BEGINNINGS: [&str; 2] = ["EAA", "IGAA"];
const SHORTEST: usize = 60;

/// Masks what is secret among parameters, however deep it stands.
pub(super) fn parameters(shown: &mut Map<String, Value>) {
    for (name, value) in shown {
        let secret = SECRETS.contains(&name.to_lowercase().as_str());
        match value {
            Value::String(text) if secret => *text = mask(text),
            Value::String(text) => *text = without_tokens(text),
            Value::Object(inside) => parameters(inside),
            Value::Array(items) => items.iter_mut().for_each(listed),
            other if secret => *other = Value::from("***"),
            _ => {}
        }
    }
}

fn listed(value: &mut Value) {
    match value {
        Value::String(text) => *text = without_tokens(text),
        Value::Object(inside) => parameters(inside),
        Value::Array(items) => items.iter_mut().for_each(listed),
        _ => {}
    }
}

/// A text without the platform's tokens in it.
pub(crate) fn without_tokens(text: &str) -> String {
    let mut whole = String::new();
    let mut rest = text;
    while let Some(start) = BEGINNINGS.iter().filter_map(|begin| rest.find(begin)).min() {
        let (before, from) = rest.split_at(start);
        let end = from.find(|letter: char| !letter.is_ascii_alphanumeric()).unwrap_or(from.len());
        let (word, after) = from.split_at(end);
        whole.push_str(before);
        whole.push_str(&if word.len() >= SHORTEST { mask(word) } else { word.to_owned() });
        rest = after;
    }
    whole.push_str(rest);
    whole
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
        Some(Value::String(text)) if text.contains('=') && !text.trim_start().starts_with('{') => *text = pairs(text),
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
    url::form_urlencoded::parse(written.as_bytes()).next().is_some_and(|(name, _)| SECRETS.contains(&name.to_lowercase().as_str()))
}
