//! Finding the refusal in an answer.

use serde::Deserialize;

use super::Failure;
use crate::wire::Lenient;

/// What an answer says of an error, in all the shapes that Meta uses.
#[derive(Deserialize)]
struct Shape {
    error: Option<Told>,
    error_type: Option<serde_json::Value>,
    #[serde(default)]
    code: Lenient<i64>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Told {
    Object(Box<Fields>),
    Text(#[expect(dead_code, reason = "only that it is there matters")] serde_json::Value),
}

/// The error object of the Graph API, of which everything may be missing.
#[derive(Default, Deserialize)]
pub(crate) struct Fields {
    #[serde(default)]
    code: Lenient<i64>,
    #[serde(default)]
    error_subcode: Lenient<i64>,
    /// As `debug_token` spells it.
    #[serde(default)]
    subcode: Lenient<i64>,
    #[serde(default)]
    is_transient: Lenient<bool>,
    #[serde(default)]
    fbtrace_id: Lenient<String>,
}

impl Fields {
    pub(crate) fn into_failure(self, status: u16) -> Failure {
        Failure {
            status,
            code: self.code.0,
            subcode: self.error_subcode.0.or(self.subcode.0),
            trace: self.fbtrace_id.0.filter(|trace| is_trace(trace)),
            transient: self.is_transient.0.unwrap_or_default(),
            retry_after: None,
        }
    }
}

impl Failure {
    /// The refusal in an answer; `None` if it is a success. A top-level error counts even under status 200.
    pub(crate) fn find(status: u16, body: &[u8]) -> Option<Self> {
        let success = (200..300).contains(&status);
        match serde_json::from_slice::<Shape>(body) {
            Ok(Shape { error: Some(Told::Object(fields)), .. }) => Some(fields.into_failure(status)),
            Ok(Shape { error: Some(Told::Text(_)), .. }) => Some(Self::new(status)),
            // The code beside `error_type` repeats the HTTP status; taken for a code of the Graph API it would mean something else.
            Ok(Shape { error_type: Some(_), code, .. }) => {
                let code = code.0.filter(|code| !(400..600).contains(code));
                Some(Self { code, ..Self::new(status) })
            }
            _ if success => None,
            _ => Some(Self::new(status)),
        }
    }
}

/// A trace id goes into logs and errors, so it is taken only if it looks like one.
fn is_trace(trace: &str) -> bool {
    (1..=64).contains(&trace.len()) && trace.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '/' | '+' | '='))
}
