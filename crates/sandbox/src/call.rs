//! A call as the platform understands it, whatever way it was written down.

mod body;
pub(crate) mod masked;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, Method, Uri};
use serde_json::{Map, Value};
use url::form_urlencoded;

use crate::server::Origin;

/// A call: what is asked, of what, with which parameters, by whom.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    /// Whose hosts it came to.
    pub(crate) origin: Origin,
    /// The method after `?method=` had its say.
    pub(crate) method: Method,
    pub(crate) version: Option<String>,
    /// The path without the version.
    pub(crate) segments: Vec<String>,
    pub(crate) params: Map<String, Value>,
    pub(crate) token: Option<String>,
    /// A client's id and secret, sent as HTTP Basic.
    pub(crate) basic: Option<(String, String)>,
    /// The address the caller used, for links in answers.
    pub(crate) base: String,
    /// The body claimed to be JSON and was not.
    pub(crate) malformed: bool,
}

impl Call {
    /// Reads a request.
    pub(crate) fn read(origin: Origin, method: Method, uri: &Uri, headers: &HeaderMap, body: &Bytes) -> Self {
        let mut params = Map::new();
        for (name, value) in form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()) {
            body::put(&mut params, &name, Value::from(value.into_owned()));
        }
        let malformed = body::read(headers, body, &mut params).is_err();
        body::settle(&mut params);
        let (segments, version) = segments(uri.path());
        let host = headers.get(http::header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("127.0.0.1");
        let base = format!("http://{host}");
        // A HEAD is a GET whose body stays behind, which is the server's business.
        let method = if method == Method::HEAD { Method::GET } else { method };
        let mut call = Self { origin, method, version, segments, params, token: None, basic: basic(headers), base, malformed };
        if let Some(method) = call.text("method")
            && let Ok(method) = method.to_uppercase().parse::<Method>()
            && call.method != Method::DELETE
        {
            call.method = method;
        }
        call.token = call.text("access_token").or_else(|| bearer(headers));
        call
    }

    /// Adds the parameters of a query or form.
    pub(crate) fn put_form(params: &mut Map<String, Value>, form: &str) {
        for (name, value) in form_urlencoded::parse(form.as_bytes()) {
            body::put(params, &name, Value::from(value.into_owned()));
        }
        body::settle(params);
    }

    /// A call within this one: what a batch says of it, and the batch's own token where it has none.
    pub(crate) fn part(&self, method: Method, path: &str, params: Map<String, Value>, token: Option<String>) -> Self {
        let path = path.trim_start_matches(&self.base);
        let (segments, version) = segments(path);
        let mut part = Self {
            origin: self.origin,
            method,
            version: version.or_else(|| self.version.clone()),
            segments,
            params,
            token: None,
            basic: None,
            base: self.base.clone(),
            malformed: false,
        };
        for inherited in ["appsecret_proof", "appsecret_time"] {
            if part.text("access_token").is_none()
                && token.is_none()
                && let Some(proof) = self.params.get(inherited)
            {
                part.params.entry(inherited).or_insert_with(|| proof.clone());
            }
        }
        part.token = part.text("access_token").or(token).or_else(|| self.token.clone());
        part
    }

    /// Over TLS, the links in answers lead back over TLS.
    pub(crate) fn came_encrypted(&mut self) {
        if let Some(host) = self.base.strip_prefix("http://") {
            self.base = format!("https://{host}");
        }
    }

    /// The path without the version, as fault patterns see it.
    pub(crate) fn path(&self) -> String {
        format!("/{}", self.segments.join("/"))
    }

    /// A parameter as text.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        match self.params.get(name)? {
            Value::String(text) => Some(text.clone()),
            Value::Null => None,
            other => Some(other.to_string()),
        }
    }

    /// A flag: `true`, `1` or `yes`, as text or not.
    pub(crate) fn flag(&self, name: &str) -> bool {
        self.text(name).is_some_and(|text| matches!(text.to_lowercase().as_str(), "true" | "1" | "yes"))
    }

    /// The `fields` parameter; clients also send it as a JSON array.
    pub(crate) fn fields(&self) -> Option<String> {
        match self.json("fields")? {
            Value::Array(_) => self.list("fields").map(|names| names.join(",")),
            _ => self.text("fields"),
        }
    }

    /// A parameter that must be there.
    pub(crate) fn required(&self, name: &str) -> Result<String, crate::graph::error::Refusal> {
        self.text(name)
            .filter(|text| !text.is_empty())
            .ok_or_else(|| crate::graph::error::Refusal::parameter(&format!("The parameter {name} is required")))
    }

    /// A parameter as JSON, which forms send as text.
    pub(crate) fn json(&self, name: &str) -> Option<Value> {
        let value = self.params.get(name)?;
        match value {
            Value::String(text) => Some(serde_json::from_str(text).unwrap_or_else(|_| value.clone())),
            Value::Null => None,
            other => Some(other.clone()),
        }
    }

    /// A list: a JSON array, or items between commas or spaces.
    pub(crate) fn list(&self, name: &str) -> Option<Vec<String>> {
        let items = match self.json(name)? {
            Value::Array(items) => items.iter().map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned)).collect(),
            Value::String(text) => split(&text),
            other => split(&other.to_string()),
        };
        Some(items)
    }

    /// The parameters as a ledger shows them.
    pub(crate) fn masked(&self) -> Value {
        let mut shown = self.params.clone();
        masked::parameters(&mut shown);
        match self.json("batch") {
            Some(Value::Array(mut items)) => {
                items.iter_mut().for_each(masked::item);
                shown.insert("batch".to_owned(), Value::Array(items));
            }
            Some(_) => drop(shown.insert("batch".to_owned(), Value::from("***"))),
            None => {}
        }
        Value::Object(shown)
    }
}

/// A path's segments, and the version before them.
fn segments(path: &str) -> (Vec<String>, Option<String>) {
    let mut segments: Vec<String> = path.split('/').filter(|segment| !segment.is_empty()).map(decoded).collect();
    let version = segments.first().filter(|first| is_version(first)).cloned();
    if version.is_some() {
        segments.remove(0);
    }
    (segments, version)
}

/// Items between commas or white space.
pub(crate) fn split(text: &str) -> Vec<String> {
    text.split([',', ' ', '\n']).filter(|item| !item.is_empty()).map(str::to_owned).collect()
}

fn bearer(headers: &HeaderMap) -> Option<String> {
    let told = headers.get(http::header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = told.split_once(' ')?;
    (scheme.eq_ignore_ascii_case("bearer") || scheme.eq_ignore_ascii_case("oauth")).then(|| token.trim().to_owned())
}

fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    let told = headers.get(http::header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, credentials) = told.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let plain = String::from_utf8(STANDARD.decode(credentials.trim()).ok()?).ok()?;
    let (id, secret) = plain.split_once(':')?;
    Some((unescaped(id), unescaped(secret)))
}

/// OAuth writes both halves of HTTP Basic as a form would.
fn unescaped(text: &str) -> String {
    form_urlencoded::parse(format!("x={text}").as_bytes()).next().map_or_else(String::new, |(_, value)| value.into_owned())
}

/// A segment of a path without its percent signs.
pub(crate) fn decoded(segment: &str) -> String {
    // A plus sign is a plus sign in a path.
    let segment = segment.replace('+', "%2B");
    form_urlencoded::parse(segment.as_bytes())
        .next()
        .map_or_else(String::new, |(name, value)| if value.is_empty() { name.into_owned() } else { format!("{name}={value}") })
}

/// Whether a path's first part is a version, such as `v26.0`.
pub(crate) fn is_version(segment: &str) -> bool {
    segment.strip_prefix('v').is_some_and(|rest| {
        let mut parts = rest.splitn(2, '.');
        let number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        parts.next().is_some_and(number) && parts.next().is_none_or(number)
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn call(uri: &str, content_type: &str, body: &str) -> Call {
        let mut headers = HeaderMap::new();
        headers.insert("content-type", content_type.parse().unwrap());
        Call::read(Origin::Facebook, Method::POST, &uri.parse().unwrap(), &headers, &Bytes::copy_from_slice(body.as_bytes()))
    }

    #[test]
    fn every_way_of_writing_a_body_says_the_same() {
        let form = "application/x-www-form-urlencoded";
        let multipart = "--x\r\nContent-Disposition: form-data; name=\"recipient\"\r\n\r\n{\"id\":\"1\"}\r\n--x--\r\n";
        for (content_type, body) in [
            ("application/json", r#"{"recipient":{"id":"1"}}"#),
            (form, "recipient=%7B%22id%22%3A%221%22%7D"),
            (form, "recipient[id]=1"),
            ("multipart/form-data; boundary=x", multipart),
        ] {
            let call = call("/v26.0/me/messages/", content_type, body);
            assert_eq!(call.json("recipient"), Some(json!({"id": "1"})), "{content_type}: {body}");
            assert_eq!((call.version.as_deref(), call.path().as_str()), (Some("v26.0"), "/me/messages"));
        }
    }

    #[test]
    fn the_method_parameter_wins_and_secrets_are_masked() {
        let call = call("/me/permissions?method=delete&access_token=EAAabcdefghijklmnopqrst", "text/plain", "");
        assert_eq!(call.method, Method::DELETE);
        assert_eq!(call.masked()["access_token"], "EAAa***qrst");
    }

    #[test]
    fn nonsense_is_read_without_a_crash() {
        for body in ["{", "[1]", "a[b=c", "a[]=1&a[]=2", "a=1&a[b]=2", "%ff%fe=%"] {
            call("/v/%zz//v1.x?&&=", "application/x-www-form-urlencoded", body);
            call("/", "application/json", body);
            call("/", "multipart/form-data", body);
        }
        assert!(call("/", "application/json", "{").malformed);
    }

    #[test]
    fn bracketed_lists_keep_their_order() {
        let call = call("/", "application/x-www-form-urlencoded", "m[q][1][t]=b&m[q][0][t]=a");
        assert_eq!(call.json("m"), Some(json!({"q": [{"t": "a"}, {"t": "b"}]})));
    }
}
