//! Times as the wire has them.

use chrono::{DateTime, Datelike, Utc};
use link_core::words::moment::Moment;
use serde_json::value::RawValue;

use super::scalar::borrowed;

/// Numbers below this are seconds: as milliseconds they would lie before March 1973.
const FIRST_MILLISECOND: i64 = 100_000_000_000;

/// A time in milliseconds or seconds, as a number or a string, or in ISO 8601 with an offset, with or without its colon.
pub(crate) fn moment(value: &RawValue) -> Option<Moment> {
    match borrowed(value) {
        Some(text) => number(text.trim()).or_else(|| iso(text.trim())),
        None => number(value.get()),
    }
}

/// A time of which only the instant is known any more: whole seconds are taken for coarse.
pub(crate) fn plain(at: DateTime<Utc>) -> Moment {
    Moment { at, exact: at.timestamp_subsec_millis() != 0 }
}

fn number(text: &str) -> Option<Moment> {
    if !text.starts_with(|c: char| c == '-' || c.is_ascii_digit()) {
        return None;
    }
    if let Ok(number) = text.parse::<i64>() {
        let exact = number.unsigned_abs() >= FIRST_MILLISECOND.unsigned_abs();
        return at_millis(if exact { number } else { number * 1000 }).map(|at| Moment { at, exact });
    }
    let number = text.parse::<f64>().ok()?;
    #[expect(clippy::cast_precision_loss, reason = "the bound is far below 2^53")]
    let millis = if number.abs() < FIRST_MILLISECOND as f64 { number * 1000.0 } else { number };
    #[expect(clippy::cast_possible_truncation, reason = "a cast saturates, and the ends of i64 are no time")]
    at_millis(millis.round() as i64).map(plain)
}

fn iso(text: &str) -> Option<Moment> {
    let at = DateTime::parse_from_rfc3339(text).or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f%#z")).ok()?;
    at_millis(at.timestamp_millis()).map(|at| Moment { at, exact: text.contains('.') })
}

fn at_millis(millis: i64) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_millis(millis).filter(|at| (0..=9999).contains(&at.year()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Option<Moment> {
        moment(serde_json::from_str(json).unwrap())
    }

    #[test]
    fn one_instant_has_many_notations() {
        let at = DateTime::from_timestamp_millis(1_790_000_000_000).unwrap();
        for json in ["1790000000000", r#""1790000000000""#, "1790000000000.0", "1.79e12"] {
            assert_eq!(read(json).unwrap().at, at, "{json}");
        }
        for json in [
            "1790000000",
            r#""1790000000""#,
            r#""2026-09-21T14:13:20+0000""#,
            r#""2026-09-21T14:13:20+00:00""#,
            r#""2026-09-21T14:13:20Z""#,
            r#""2026-09-21T16:13:20+0200""#,
            r#""2026-09-21T07:13:20-07""#,
        ] {
            assert_eq!(read(json), Some(Moment::coarse(at)), "{json}");
        }
        assert_eq!(read("1790000000000"), Some(Moment::exact(at)));
        let later = DateTime::from_timestamp_millis(1_790_000_000_123).unwrap();
        for json in ["1790000000123", r#""2026-09-21T14:13:20.123+0000""#, "1790000000.123"] {
            assert_eq!(read(json), Some(Moment::exact(later)), "{json}");
        }
    }

    #[test]
    fn what_is_no_time_is_none() {
        for json in [
            "true",
            "[]",
            r#""""#,
            r#""soon""#,
            r#""2026-09-21T14:13:20""#,
            r#""inf""#,
            "1e400",
            "9223372036854775807",
            "-9223372036854775808",
            "1790000000000000000000",
        ] {
            assert_eq!(read(json), None, "{json}");
        }
    }

    #[test]
    fn seconds_end_where_milliseconds_begin() {
        assert_eq!(read("99999999999").unwrap().at.timestamp(), 99_999_999_999);
        assert_eq!(read("100000000000").unwrap().at.timestamp(), 100_000_000);
    }
}
