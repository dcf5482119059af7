//! Bodies: JSON, forms (plain, or with brackets), multipart.

use bytes::Bytes;
use http::HeaderMap;
use serde_json::{Map, Value, json};
use url::form_urlencoded;

/// The body is not what its content type says.
#[derive(Debug)]
pub(super) struct Malformed;

/// Adds a body's parameters.
pub(super) fn read(headers: &HeaderMap, body: &Bytes, params: &mut Map<String, Value>) -> Result<(), Malformed> {
    if body.is_empty() {
        return Ok(());
    }
    let content_type = headers.get(http::header::CONTENT_TYPE).and_then(|it| it.to_str().ok()).unwrap_or_default();
    let media = content_type.split(';').next().unwrap_or_default().trim().to_lowercase();
    if media == "multipart/form-data" {
        let boundary = content_type
            .split(';')
            .filter_map(|part| part.trim().split_once('='))
            .find(|(name, _)| name.eq_ignore_ascii_case("boundary"))
            .map(|(_, boundary)| boundary.trim_matches('"'))
            .filter(|boundary| !boundary.is_empty())
            .ok_or(Malformed)?;
        multipart(body, boundary, params);
        return Ok(());
    }
    if media == "application/json" || media.ends_with("+json") || body.trim_ascii_start().starts_with(b"{") {
        return match serde_json::from_slice(body) {
            Ok(Value::Object(told)) => {
                params.extend(told);
                Ok(())
            }
            _ => Err(Malformed),
        };
    }
    for (name, value) in form_urlencoded::parse(body) {
        put(params, &name, Value::from(value.into_owned()));
    }
    Ok(())
}

/// Puts a value where a name such as `recipient[id]` says. A plain name that comes twice becomes a list between commas.
pub(super) fn put(params: &mut Map<String, Value>, name: &str, value: Value) {
    let Some((first, rest)) = name.split_once('[').filter(|(first, _)| !first.is_empty()) else {
        match params.get_mut(name) {
            Some(Value::String(known)) if name.starts_with("sandbox_") => {
                known.push(',');
                known.push_str(value.as_str().unwrap_or_default());
            }
            _ => {
                params.insert(name.to_owned(), value);
            }
        }
        return;
    };
    let mut place = params.entry(first.to_owned()).or_insert_with(|| json!({}));
    let keys: Vec<&str> = rest.split('[').map(|key| key.trim_end_matches(']')).collect();
    for key in keys.into_iter().take(16) {
        if !place.is_object() {
            *place = json!({});
        }
        let Value::Object(inside) = place else { return };
        let key = if key.is_empty() { inside.len().to_string() } else { key.to_owned() };
        place = inside.entry(key).or_insert_with(|| json!({}));
    }
    *place = value;
}

/// Objects whose keys are 0, 1, 2... were lists.
pub(super) fn settle(params: &mut Map<String, Value>) {
    params.values_mut().for_each(listed);
}

fn listed(value: &mut Value) {
    let Value::Object(inside) = value else { return };
    inside.values_mut().for_each(listed);
    let whole = (0..inside.len()).map(|place| inside.get(&place.to_string()).cloned()).collect::<Option<Vec<_>>>();
    if let Some(items) = whole.filter(|items| !items.is_empty()) {
        *value = Value::Array(items);
    }
}

fn multipart(body: &[u8], boundary: &str, params: &mut Map<String, Value>) {
    let fence = format!("--{boundary}");
    for part in pieces(body, fence.as_bytes()).into_iter().skip(1) {
        let Some(split) = find(part, b"\r\n\r\n") else { continue };
        let head = String::from_utf8_lossy(&part[..split]);
        let content = &part[split + 4..];
        let content = content.strip_suffix(b"\r\n").unwrap_or(content);
        let Some(name) = attribute(&head, "name") else { continue };
        let value = match attribute(&head, "filename") {
            Some(file) => json!({"filename": file, "size": content.len(), "content_type": content_type(&head)}),
            None => Value::from(String::from_utf8_lossy(content).into_owned()),
        };
        put(params, &name, value);
    }
}

fn content_type(head: &str) -> Option<&str> {
    let told = head.lines().filter_map(|line| line.split_once(':'));
    told.into_iter().find(|(name, _)| name.trim().eq_ignore_ascii_case("content-type")).map(|(_, value)| value.trim())
}

fn attribute(head: &str, name: &str) -> Option<String> {
    let start = head.find(&format!("; {name}=\""))? + name.len() + 4;
    let end = head[start..].find('"')?;
    Some(head[start..start + end].to_owned())
}

fn find(inside: &[u8], what: &[u8]) -> Option<usize> {
    inside.windows(what.len()).position(|window| window == what)
}

fn pieces<'a>(mut body: &'a [u8], fence: &[u8]) -> Vec<&'a [u8]> {
    let mut pieces = Vec::new();
    while let Some(at) = find(body, fence) {
        pieces.push(&body[..at]);
        body = &body[at + fence.len()..];
    }
    pieces.push(body);
    pieces
}
