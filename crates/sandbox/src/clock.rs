//! The sandbox's time: the system's, shifted, or frozen until somebody moves it.

use std::time::Instant;

use chrono::{DateTime, Datelike, SubsecRound, TimeDelta, TimeZone, Utc};

/// Where the world's time stands.
#[derive(Clone, Debug)]
pub(crate) struct Clock {
    frozen: Option<DateTime<Utc>>,
    /// The system's time when it was looked at last.
    seen: DateTime<Utc>,
    ahead: TimeDelta,
}

impl Clock {
    /// The system's clock.
    pub(crate) fn system() -> Self {
        Self { frozen: None, seen: Utc::now().trunc_subsecs(3), ahead: TimeDelta::zero() }
    }

    /// A clock that stands at `at` until it is moved.
    pub(crate) fn frozen(at: DateTime<Utc>) -> Self {
        Self { frozen: Some(at.trunc_subsecs(3)), seen: Utc::now().trunc_subsecs(3), ahead: TimeDelta::zero() }
    }

    /// Looks at the system's time. It is done once for whatever comes in, so that all of it happens at one time: a message is told with the
    /// time under which it is kept.
    pub(crate) fn look(&mut self) {
        self.seen = Utc::now().trunc_subsecs(3);
    }

    /// What time it is in the world, to the millisecond.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.frozen.unwrap_or_else(|| self.seen + self.ahead)
    }

    /// Whether the clock moves by hand only.
    pub(crate) fn is_frozen(&self) -> bool {
        self.frozen.is_some()
    }

    /// How many milliseconds something took that began then; none while the clock stands still.
    pub(crate) fn lasted(&self, began: Instant) -> u64 {
        if self.is_frozen() { 0 } else { u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX) }
    }

    /// Moves the clock forward. `None` when the result would be past [`LAST_YEAR`].
    pub(crate) fn advance(&mut self, by: TimeDelta) -> Option<()> {
        let sensible = |at: &DateTime<Utc>| is_sensible(*at);
        if let Some(at) = self.frozen {
            self.frozen = Some(at.checked_add_signed(by).filter(sensible)?);
        } else {
            let ahead = self.ahead.checked_add(&by)?;
            Utc::now().checked_add_signed(ahead).filter(sensible)?;
            self.ahead = ahead;
        }
        Some(())
    }
}

/// The last year a world can reach: beyond it, times of four digits come to their end.
pub(crate) const LAST_YEAR: i32 = 9_000;

/// Whether a world can stand at this time.
pub(crate) fn is_sensible(at: DateTime<Utc>) -> bool {
    (1970..=LAST_YEAR).contains(&at.year())
}

/// The beginning of a day, on which the platform changed something.
pub(crate) fn day(year: i32, month: u32, day: u32) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(year, month, day, 0, 0, 0).single().unwrap_or_default()
}

/// Reads a span such as `25h`, `90m`, `7d`, `30s`, `250ms` or `1d12h`.
pub(crate) fn span(text: &str) -> Option<TimeDelta> {
    let mut rest = text.trim();
    let mut total = TimeDelta::zero();
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let number: i64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let unit_end = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
        let part = match &rest[..unit_end] {
            "ms" => TimeDelta::try_milliseconds(number),
            "s" => TimeDelta::try_seconds(number),
            "m" => TimeDelta::try_minutes(number),
            "h" => TimeDelta::try_hours(number),
            "d" => TimeDelta::try_days(number),
            _ => None,
        }?;
        total = total.checked_add(&part)?;
        rest = &rest[unit_end..];
    }
    Some(total)
}

/// The way the platform writes a time in an answer.
pub(crate) fn stamp(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%dT%H:%M:%S+0000").to_string()
}

/// The way the sandbox's own calls write a time.
pub(crate) fn rfc3339(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_reads_every_unit_and_refuses_the_rest() {
        assert_eq!(span("1d12h"), Some(TimeDelta::hours(36)));
        assert_eq!(span("250ms"), Some(TimeDelta::milliseconds(250)));
        for wrong in ["", "h", "12", "-1h", "1w", "1h ", "99999999999999999999d", "9223372036854775807d"] {
            if wrong == "1h " {
                assert!(span(wrong).is_some(), "spaces around a span are harmless");
            } else {
                assert_eq!(span(wrong), None, "{wrong:?} is not a span");
            }
        }
    }

    #[test]
    fn a_frozen_clock_moves_by_hand_only() {
        let start = DateTime::UNIX_EPOCH;
        let mut clock = Clock::frozen(start);
        assert_eq!(clock.now(), start);
        assert_eq!(clock.advance(TimeDelta::hours(1)), Some(()));
        assert_eq!(clock.now(), start + TimeDelta::hours(1));
    }
}
