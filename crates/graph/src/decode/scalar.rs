//! Strings, ids and flags as the wire has them.

use std::borrow::Cow;
use std::fmt;

use link_core::words::ids::MAX_ID_BYTES;
use serde::de::{self, Deserialize, Deserializer, Visitor};
use serde_json::value::RawValue;

/// A JSON string. Meta cuts texts between the halves of an emoji; such a half becomes U+FFFD instead of failing the item.
pub(crate) struct Text<'a>(pub(crate) Cow<'a, str>);

impl<'de> Deserialize<'de> for Text<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_bytes(Bytes)
    }
}

struct Bytes;

impl<'de> Visitor<'de> for Bytes {
    type Value = Text<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_borrowed_bytes<E: de::Error>(self, bytes: &'de [u8]) -> Result<Text<'de>, E> {
        Ok(Text(std::str::from_utf8(bytes).map_or_else(|_| Cow::Owned(mend(bytes)), Cow::Borrowed)))
    }

    fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<Text<'de>, E> {
        Ok(Text(Cow::Owned(mend(bytes))))
    }
}

/// Puts U+FFFD where the parser wrote half of a surrogate pair: both are three bytes long.
fn mend(bytes: &[u8]) -> String {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return text.to_owned();
    }
    let mut bytes = bytes.to_vec();
    for at in 0..bytes.len().saturating_sub(2) {
        if bytes[at] == 0xED && bytes[at + 1] >= 0xA0 {
            bytes[at..at + 3].copy_from_slice("\u{fffd}".as_bytes());
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A string; `None` if the value is none.
pub(crate) fn text(value: &RawValue) -> Option<String> {
    borrowed(value).map(Cow::into_owned)
}

/// A string, borrowed where nothing in it is escaped.
pub(crate) fn borrowed(value: &RawValue) -> Option<Cow<'_, str>> {
    serde_json::from_str(value.get()).ok().map(|Text(text)| text)
}

/// An id of some kind, from a string or from the digits of a whole number.
pub(crate) fn id<T: TryFrom<String>>(value: &RawValue) -> Option<T> {
    let digits = text(value).or_else(|| whole(value.get()))?;
    T::try_from(digits).ok()
}

/// The digits of a JSON number without a fraction, however it is written: `17841400000000001`, `1.045e14`, `7.0`.
/// Never by way of a float, which has no room for them.
fn whole(number: &str) -> Option<String> {
    if !number.starts_with(|c: char| c == '-' || c.is_ascii_digit()) {
        return None;
    }
    let (sign, number) = number.strip_prefix('-').map_or(("", number), |number| ("-", number));
    let (mantissa, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
    let (integer, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let mut digits = [integer, fraction].concat();
    let point = i64::try_from(integer.len()).ok()?.checked_add(exponent.parse().ok()?)?;
    let point = usize::try_from(point).ok().filter(|&point| point > 0 && point <= MAX_ID_BYTES)?;
    if point < digits.len() && digits.split_off(point).bytes().any(|digit| digit != b'0') {
        return None;
    }
    digits.extend(std::iter::repeat_n('0', point.saturating_sub(digits.len())));
    let digits = digits.trim_start_matches('0');
    Some(if digits.is_empty() { "0".to_owned() } else { [sign, digits].concat() })
}

/// True or false as somebody might write it; `None` for what is neither.
pub(crate) fn flag(value: &RawValue) -> Option<bool> {
    match value.get() {
        "true" => Some(true),
        "false" => Some(false),
        number if number.starts_with(|c: char| c == '-' || c.is_ascii_digit()) => number.parse::<f64>().ok().map(|number| number != 0.0),
        _ => borrowed(value).map(|text| !matches!(text.to_ascii_lowercase().as_str(), "" | "0" | "false" | "no" | "null")),
    }
}

/// A small whole number, from a number or a string.
pub(crate) fn count(value: &RawValue) -> Option<u32> {
    text(value).or_else(|| whole(value.get()))?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(json: &str) -> &RawValue {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn an_id_keeps_every_digit_however_it_is_written() {
        let id = |json| id::<String>(value(json));
        for (json, digits) in [
            (r#""17841400000000001""#, "17841400000000001"),
            ("17841400000000001", "17841400000000001"),
            ("17841400000000001.0", "17841400000000001"),
            ("1.7841400000000001e16", "17841400000000001"),
            ("1.045E+14", "104500000000000"),
            ("18446744073709551617", "18446744073709551617"),
            ("1200e-2", "12"),
            ("0.0", "0"),
            ("-5", "-5"),
        ] {
            assert_eq!(id(json).as_deref(), Some(digits), "{json}");
        }
        for json in ["1.5", "1e-3", "1e999999", "1e99999999999999999999", "true", "[]", r#"{"id":1}"#] {
            assert_eq!(id(json), None, "{json}");
        }
    }

    #[test]
    fn half_an_emoji_does_not_cost_the_text() {
        assert_eq!(text(value(r#""a\ud83db""#)).unwrap(), "a\u{fffd}b");
        assert_eq!(text(value(r#""\ude00\ud83d""#)).unwrap(), "\u{fffd}\u{fffd}");
        assert_eq!(text(value(r#""\ud83d\ude00 \u00ed\ud7ff""#)).unwrap(), "\u{1f600} \u{ed}\u{d7ff}");
        assert_eq!(text(value("1")), None);
    }

    #[test]
    fn a_flag_may_be_a_word_or_a_number() {
        for json in ["true", "1", r#""true""#, r#""1""#, r#""TRUE""#] {
            assert_eq!(flag(value(json)), Some(true), "{json}");
        }
        for json in ["false", "0", "0.0", r#""false""#, r#""0""#, r#""""#] {
            assert_eq!(flag(value(json)), Some(false), "{json}");
        }
        assert_eq!(flag(value("{}")), None);
    }
}
