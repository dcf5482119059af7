//! Until when a version of the Graph API can be called.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use crate::client::Version;

/// How long before its end a version is told of.
pub(super) const AHEAD: TimeDelta = TimeDelta::days(90);

/// Versions with the first day on which they are gone, from Meta's table of versions as of 23 November 2026. Newer ones have no date yet.
const ENDS: [(u16, (i32, u32, u32)); 7] = [
    (19, (2026, 5, 21)),
    (20, (2026, 9, 24)),
    (21, (2027, 1, 21)),
    (22, (2027, 5, 20)),
    (23, (2027, 10, 8)),
    (24, (2028, 2, 18)),
    (25, (2028, 7, 29)),
];

/// When a version ends; `None` if no date is known.
pub(super) fn end(version: Version) -> Option<DateTime<Utc>> {
    let oldest = ENDS[0].0;
    let (_, (year, month, day)) = ENDS.iter().find(|(major, _)| *major == version.major.max(oldest))?;
    NaiveDate::from_ymd_opt(*year, *month, *day).and_then(|day| day.and_hms_opt(0, 0, 0)).map(|end| end.and_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_has_no_end_and_what_is_older_than_the_table_has_ended() {
        assert_eq!(end(Version::V26_0), None);
        assert_eq!(end(Version::new(21, 0)).unwrap().to_rfc3339(), "2027-01-21T00:00:00+00:00");
        assert_eq!(end(Version::new(12, 0)), end(Version::new(19, 0)));
    }
}
