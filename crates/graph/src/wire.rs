//! Shapes that Meta's JSON takes in more than one spelling.

use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::value::RawValue;

/// A text or number that may come as either, or be missing, null or something else, which is then `None` and no error.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Lenient<T>(pub(crate) Option<T>);

impl<'de> Deserialize<'de> for Lenient<String> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(match Value::deserialize(deserializer)? {
            Value::String(text) => Some(text),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        }))
    }
}

impl<'de> Deserialize<'de> for Lenient<i64> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(match Value::deserialize(deserializer)? {
            Value::String(text) => text.trim().parse().ok(),
            Value::Number(number) => number.as_i64(),
            _ => None,
        }))
    }
}

impl<'de> Deserialize<'de> for Lenient<f64> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(match Value::deserialize(deserializer)? {
            Value::String(text) => text.trim().parse().ok(),
            Value::Number(number) => number.as_f64(),
            _ => None,
        }))
    }
}

impl<'de> Deserialize<'de> for Lenient<bool> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(match Value::deserialize(deserializer)? {
            Value::Bool(yes) => Some(yes),
            Value::String(text) => text.parse().ok(),
            _ => None,
        }))
    }
}

/// `{"data": [...]}` inside a node, its items untouched, so that one that does not read spoils no other.
#[derive(Debug, Clone, Default)]
pub(crate) struct List {
    pub(crate) data: Vec<Box<RawValue>>,
}

impl<'de> Deserialize<'de> for List {
    /// Something else than a list is an empty one.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Node {
            data: Vec<Box<RawValue>>,
        }
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        Ok(Self { data: serde_json::from_str::<Node>(raw.get()).map(|node| node.data).unwrap_or_default() })
    }
}

impl List {
    /// The items that read as `T`.
    pub(crate) fn read<'a, T: Deserialize<'a>>(&'a self) -> impl Iterator<Item = T> + 'a {
        self.data.iter().filter_map(|item| serde_json::from_str(item.get()).ok())
    }
}

/// What reads as `T`; anything else is nothing, and no error.
pub(crate) fn if_it_reads<'de, D: Deserializer<'de>, T: DeserializeOwned>(deserializer: D) -> Result<Option<T>, D::Error> {
    let raw = Box::<RawValue>::deserialize(deserializer)?;
    Ok(serde_json::from_str(raw.get()).ok())
}

/// The time that a history item or a list gives: `2026-09-30T12:00:00+0000`, RFC 3339, or Unix seconds.
pub(crate) fn time(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%z")
        .or_else(|_| DateTime::parse_from_rfc3339(text))
        .map(|time| time.to_utc())
        .ok()
        .or_else(|| DateTime::from_timestamp(text.parse().ok()?, 0))
}

/// A time in Unix seconds, of which 0 means never.
pub(crate) fn expiry(seconds: &Lenient<i64>) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(seconds.0.filter(|seconds| *seconds > 0)?, 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_beyond_what_floating_point_holds_keeps_its_digits() {
        let id: Lenient<String> = serde_json::from_str("17841400000000001").unwrap();
        assert_eq!(id.0.as_deref(), Some("17841400000000001"));
        let id: Lenient<String> = serde_json::from_str("\"17841400000000001\"").unwrap();
        assert_eq!(id.0.as_deref(), Some("17841400000000001"));
    }

    #[test]
    fn all_spellings_of_one_instant_are_that_instant() {
        let spellings = ["2026-09-30T12:00:00+0000", "2026-09-30T14:00:00+02:00", "1790769600"];
        for spelling in spellings {
            assert_eq!(time(spelling).unwrap().to_rfc3339(), "2026-09-30T12:00:00+00:00");
        }
        assert_eq!(time("yesterday"), None);
    }
}
