//! Answers, before they are bytes.

use axum::body::Body;
use chrono::{DateTime, Utc};
use http::{HeaderName, HeaderValue, Response, StatusCode};
use serde_json::Value;

/// An answer.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: String,
}

impl Reply {
    /// JSON as the platform writes it: ASCII, slashes escaped.
    pub(crate) fn graph(status: u16, body: &Value) -> Self {
        Self { status, headers: vec![("content-type", "application/json; charset=UTF-8".to_owned())], body: escaped(body) }
    }

    /// JSON as anybody writes it.
    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self::written(status, body.to_string())
    }

    /// JSON that is written already.
    pub(crate) fn written(status: u16, body: String) -> Self {
        Self { status, headers: vec![("content-type", "application/json".to_owned())], body }
    }

    /// A page for a browser.
    pub(crate) fn html(status: u16, body: String) -> Self {
        Self { status, headers: vec![("content-type", "text/html; charset=utf-8".to_owned())], body }
    }

    /// Sends the browser elsewhere.
    pub(crate) fn redirect(to: String) -> Self {
        Self { status: 302, headers: vec![("location", to)], body: String::new() }
    }

    /// Adds a header.
    #[must_use]
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The answer as bytes, dated by the world's clock.
    pub(crate) fn into_response(self, at: DateTime<Utc>) -> Response<Body> {
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() = StatusCode::from_u16(self.status).unwrap_or(StatusCode::BAD_REQUEST);
        let date = at.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
        for (name, value) in self.headers.into_iter().chain([("date", date)]) {
            if let Ok(value) = HeaderValue::from_str(&value) {
                response.headers_mut().insert(HeaderName::from_static(name), value);
            }
        }
        response
    }
}

/// JSON in ASCII, with `\/` for a slash and `\uXXXX` in lower case for all that is not ASCII.
pub(crate) fn escaped(body: &Value) -> String {
    use std::fmt::Write;
    let mut ascii = String::new();
    for letter in body.to_string().chars() {
        if letter == '/' {
            ascii.push_str("\\/");
        } else if letter.is_ascii() {
            ascii.push(letter);
        } else {
            let mut units = [0; 2];
            for unit in letter.encode_utf16(&mut units) {
                // Writing to a string cannot fail.
                write!(ascii, "\\u{unit:04x}").ok();
            }
        }
    }
    ascii
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn escaping_changes_the_letters_and_not_the_meaning() {
        let body = json!({"text": "é 🎉 \"/\\ \u{7f}"});
        let text = escaped(&body);
        assert!(text.is_ascii());
        assert!(text.contains(r"\u00e9 \ud83c\udf89") && text.contains(r"\/"));
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), body);
    }
}
