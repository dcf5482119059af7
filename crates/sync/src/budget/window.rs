//! The calls of a sliding window.

use std::collections::VecDeque;

use chrono::{DateTime, TimeDelta, Utc};
use link_core::words::rates::RateRule;

/// The most that a window is taken to be longer than the platform says.
const MARGIN: TimeDelta = TimeDelta::milliseconds(50);

/// The times of the latest calls, as many as a rule allows within its span.
///
/// In no stretch of a rule's span are there ever more calls than its count: a call is let through once the one that many places before it is
/// older than the span. The span is taken a twentieth longer, fifty milliseconds at most, because a slow call and a quick one after it reach
/// the platform nearer to each other than they left.
#[derive(Debug, Clone, Default)]
pub(super) struct Window {
    calls: VecDeque<DateTime<Utc>>,
}

impl Window {
    /// A call that seems to lie ahead was made by a clock that is right by now: it was made before this, whatever that clock said. From now on it
    /// ages like any other.
    pub(super) fn set_back(&mut self, now: DateTime<Utc>) {
        self.calls.iter_mut().for_each(|call| *call = (*call).min(now));
    }

    /// When a call may be made before which `behind` others are made from `now` on; `None` if the rule allows none at all.
    pub(super) fn free_at(&self, rule: &RateRule, now: DateTime<Utc>, behind: u64) -> Option<DateTime<Utc>> {
        let (count, span) = (u64::from(rule.count), span(rule));
        if count == 0 {
            return None;
        }
        let counted: Vec<_> = self.calls.iter().copied().filter(|call| *call + span > now).collect();
        let Some(over) = (counted.len() as u64 + behind).checked_sub(count) else { return Some(now) };
        // The slots that are free now are taken at once, and from then on each is free again a span after it was taken.
        let taken = usize::try_from(over % count).ok().and_then(|place| counted.get(place)).map_or(now, |call| *call);
        let rounds = i32::try_from(over / count).ok().and_then(|rounds| rounds.checked_add(1)).unwrap_or(i32::MAX);
        Some(span.checked_mul(rounds).and_then(|wait| taken.checked_add_signed(wait)).unwrap_or(DateTime::<Utc>::MAX_UTC))
    }

    /// A call is made.
    pub(super) fn note(&mut self, rule: &RateRule, now: DateTime<Utc>) {
        self.set_back(now);
        self.calls.push_back(now);
        while self.calls.len() > rule.count as usize {
            self.calls.pop_front();
        }
    }
}

fn span(rule: &RateRule) -> TimeDelta {
    let told = TimeDelta::seconds(i64::from(rule.per_seconds));
    told + (told / 20).min(MARGIN)
}
