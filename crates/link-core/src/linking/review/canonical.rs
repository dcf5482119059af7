//! The digest of a review, which does not depend on the order in which JSON is written.

use std::fmt::Write as _;

use hmac::digest::Digest;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::Sha256;

use crate::words::ids::InvalidId;

/// The SHA-256 of a review's canonical JSON (members sorted by name, no blanks), in lowercase hex: what somebody agrees to, by name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ReviewDigest(String);

impl ReviewDigest {
    /// The digest of anything that can be written as JSON.
    pub(super) fn of(value: &impl Serialize) -> Self {
        // Only a map with other keys than strings, or a number that JSON has not, cannot be written; there is neither in a review.
        let value = serde_json::to_value(value).unwrap_or_default();
        let mut text = String::new();
        write(&value, &mut text);
        let mut hex = String::with_capacity(64);
        for byte in Sha256::digest(text.as_bytes()) {
            // Writing to a String cannot fail.
            write!(hex, "{byte:02x}").unwrap_or_default();
        }
        Self(hex)
    }

    /// The digest in hex.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for ReviewDigest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::str::FromStr for ReviewDigest {
    type Err = InvalidId;

    /// Reads 64 digits of lowercase hex, as a form or a button sends them back.
    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let fits = text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if fits { Ok(Self(text.to_owned())) } else { Err(InvalidId::of("ReviewDigest")) }
    }
}

impl TryFrom<String> for ReviewDigest {
    type Error = InvalidId;

    fn try_from(text: String) -> Result<Self, InvalidId> {
        text.parse()
    }
}

impl From<ReviewDigest> for String {
    fn from(digest: ReviewDigest) -> Self {
        digest.0
    }
}

fn write(value: &Value, text: &mut String) {
    match value {
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by_key(|(name, _)| *name);
            list(text, ['{', '}'], members, |(name, value), text| {
                text.push_str(&Value::from(name.as_str()).to_string());
                text.push(':');
                write(value, text);
            });
        }
        Value::Array(items) => list(text, ['[', ']'], items, write),
        other => text.push_str(&other.to_string()),
    }
}

fn list<T>(text: &mut String, [open, close]: [char; 2], items: impl IntoIterator<Item = T>, each: impl Fn(T, &mut String)) {
    text.push(open);
    for (n, item) in items.into_iter().enumerate() {
        if n > 0 {
            text.push(',');
        }
        each(item, text);
    }
    text.push(close);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> ReviewDigest {
        ReviewDigest::of(&serde_json::from_str::<Value>(text).unwrap())
    }

    #[test]
    fn the_order_of_members_does_not_change_what_was_agreed_to_and_any_value_does() {
        let one = read(r#"{"b": [1, {"y": null, "x": "\"q\""}], "a": true}"#);
        assert_eq!(one, read(r#"{"a":true,"b":[1,{"x":"\"q\"","y":null}]}"#));
        assert_ne!(one, read(r#"{"a":true,"b":[1,{"x":"\"q\"","y":0}]}"#));
        // The SHA-256 of `{"a":[1,2],"b":{}}`, so that a digest which somebody was shown stays good over versions of this program.
        let expected = format!("{:x?}", Sha256::digest(br#"{"a":[1,2],"b":{}}"#).to_vec());
        let bytes: Vec<_> =
            (0..32).map(|n| u8::from_str_radix(&read(r#"{"b":{},"a":[1,2]}"#).as_str()[2 * n..2 * n + 2], 16).unwrap()).collect();
        assert_eq!(format!("{bytes:x?}"), expected);
    }

    #[test]
    fn a_digest_comes_back_from_a_form_and_nothing_else_does() {
        let digest = read("{}");
        assert_eq!(digest.to_string().parse::<ReviewDigest>().unwrap(), digest);
        assert!("".parse::<ReviewDigest>().is_err() && digest.to_string().to_uppercase().parse::<ReviewDigest>().is_err());
    }
}
