//! How much was called, and when it becomes too much.

mod window;

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

use super::error::Refusal;
use crate::call::Call;
use crate::tokens::Bearer;
use crate::world::World;
use window::Window;

/// Calls of the recent past, by what they count against. A key is always counted with the same span.
#[derive(Clone, Debug, Default)]
pub(crate) struct Usage {
    calls: BTreeMap<String, Window>,
}

impl Usage {
    /// Counts a call and tells how many there are within `span`.
    fn count(&mut self, key: &str, now: DateTime<Utc>, span: TimeDelta) -> usize {
        match self.calls.get_mut(key) {
            Some(window) => window.count(now, span),
            None => self.calls.entry(key.to_owned()).or_default().count(now, span),
        }
    }

    fn known(&self, key: &str, now: DateTime<Utc>, span: TimeDelta) -> usize {
        self.calls.get(key).map_or(0, |window| window.known(now, span))
    }

    /// Minutes until the oldest counted call no longer counts.
    fn minutes_left(&self, key: &str, now: DateTime<Utc>, span: TimeDelta) -> i64 {
        let oldest = self.calls.get(key).and_then(Window::oldest);
        oldest.map_or(0, |oldest| 1 + (oldest + span - now).num_minutes())
    }
}

const HOUR: TimeDelta = TimeDelta::hours(1);
const DAY: TimeDelta = TimeDelta::days(1);
const SECOND: TimeDelta = TimeDelta::seconds(1);

/// What a Page's call counts as.
fn is_messaging(call: &Call) -> bool {
    let edge = call.segments.get(1).map(String::as_str);
    let node = call.segments.first().map_or("", String::as_str);
    matches!(edge, Some("messages" | "conversations")) || ["t_", "m_", "aWdf"].iter().any(|start| node.starts_with(start))
}

/// Counts a call, and refuses it when there were too many.
pub(crate) fn charge(world: &mut World, call: &Call, bearer: &Bearer) -> Result<(), Refusal> {
    let now = world.now();
    let limits = world.limits.clone();
    let Bearer::Page(token) = bearer else {
        let count = world.usage.count(&format!("app:{}", bearer.app()), now, HOUR);
        return within(count, limits.app_calls_per_hour, || Refusal::coded(4, "Application request limit reached"));
    };
    let page = token.page.clone().unwrap_or_default();
    if is_messaging(call) {
        let count = world.usage.count(&format!("messenger:{page}"), now, DAY);
        within(count, limits.messaging_calls_per_day, || {
            Refusal::coded(80_006, "There have been too many calls to this messenger account. Wait a bit and try again.")
        })
    } else {
        let count = world.usage.count(&format!("pages:{page}"), now, DAY);
        within(count, limits.page_calls_per_day, || {
            Refusal::coded(80_001, "There have been too many calls to this Page account. Wait a bit and try again.")
        })
    }
}

/// Counts a send against the account's limit per second.
pub(crate) fn charge_send(world: &mut World, account: &str, instagram: bool) -> Result<(), Refusal> {
    let now = world.now();
    let count = world.usage.count(&format!("send:{account}"), now, SECOND);
    within(count, world.limits.sends_per_second, || {
        let refusal = Refusal::coded(613, "Calls to this api have exceeded the rate limit.");
        if instagram { refusal.sub(2_534_040) } else { refusal }
    })
}

/// Counts a read of conversations against the account's limit per second.
pub(crate) fn charge_read(world: &mut World, account: &str) -> Result<(), Refusal> {
    let now = world.now();
    let count = world.usage.count(&format!("read:{account}"), now, SECOND);
    within(count, world.limits.conversations_per_second, || Refusal::coded(613, "Calls to this api have exceeded the rate limit."))
}

fn within(count: usize, limit: Option<u32>, refusal: impl Fn() -> Refusal) -> Result<(), Refusal> {
    let over = limit.is_some_and(|limit| u32::try_from(count).unwrap_or(u32::MAX) > limit);
    if over { Err(refusal()) } else { Ok(()) }
}

/// The usage headers of an answer.
pub(crate) fn headers(world: &World, call: &Call) -> Option<(&'static str, String)> {
    let bearer = world.bearer(call.token.as_deref()?).ok()?;
    let now = world.now();
    let Bearer::Page(token) = &bearer else {
        let count = world.usage.known(&format!("app:{}", bearer.app()), now, HOUR);
        let share = percent(count, world.limits.app_calls_per_hour);
        let told = json!({"call_count": share, "total_time": share, "total_cputime": share});
        return Some(("x-app-usage", told.to_string()));
    };
    let page = token.page.as_deref().unwrap_or_default();
    let kinds = [("messenger", world.limits.messaging_calls_per_day), ("pages", world.limits.page_calls_per_day)];
    let told: Vec<_> = kinds
        .into_iter()
        .filter_map(|(kind, limit)| {
            let key = format!("{kind}:{page}");
            let count = world.usage.known(&key, now, DAY);
            let share = percent(count, limit);
            let wait = if share > 100 { world.usage.minutes_left(&key, now, DAY) } else { 0 };
            (count > 0).then(|| {
                json!({
                    "type": kind,
                    "call_count": share,
                    "total_cputime": share,
                    "total_time": share,
                    "estimated_time_to_regain_access": wait,
                })
            })
        })
        .collect();
    Some(("x-business-use-case-usage", json!({ page: told }).to_string()))
}

/// A share in whole percent, rounded up so that any use is seen.
fn percent(count: usize, limit: Option<u32>) -> u64 {
    let count = u64::try_from(count).unwrap_or(u64::MAX);
    match limit {
        None => 0,
        Some(0) => 101,
        Some(limit) => (count.saturating_mul(100)).div_ceil(u64::from(limit)),
    }
}
