//! How much was called, and when it becomes too much.

mod window;

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

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
    pub(super) fn count(&mut self, key: &str, now: DateTime<Utc>, span: TimeDelta) -> usize {
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

/// What a call counts against: a key, a limit within a span, and the code when it is exceeded.
struct Meter {
    key: String,
    span: TimeDelta,
    limit: Option<u32>,
    code: i64,
    sentence: &'static str,
}

const APP: &str = "Application request limit reached";
const USER: &str = "User request limit reached";
const PAGE: &str = "Page request limit reached";
const PAGES: &str = "There have been too many calls to this Page account. Wait a bit and try again.";
const MESSENGER: &str = "There have been too many calls to this messenger account. Wait a bit and try again.";
const INSTAGRAM: &str = "There have been too many calls to this Instagram account. Wait a bit and try again.";

fn meter(world: &World, bearer: &Bearer, path: &[&str]) -> Meter {
    let limits = &world.limits;
    let platform = |key: String, limit, code, sentence| Meter { key, span: HOUR, limit, code, sentence };
    let business =
        |kind: &'static str, asset: &str, limit, code, sentence| Meter { key: format!("{kind}:{asset}"), span: DAY, limit, code, sentence };
    let first = path.first().copied().unwrap_or_default();
    match bearer {
        Bearer::App(app) if world.page(first).is_some() => platform(format!("page:{first}:{app}"), limits.page_calls_per_hour, 32, PAGE),
        Bearer::App(app) => platform(format!("app:{app}"), limits.app_calls_per_hour, 4, APP),
        Bearer::User(token) if token.business.is_some() && world.page(first).is_some() => {
            business("pages", first, limits.page_calls_per_day, 80_001, PAGES)
        }
        Bearer::User(token) if world.page(first).is_some() => {
            platform(format!("page:{first}:{}", token.person), limits.page_calls_per_hour, 32, PAGE)
        }
        Bearer::User(token) => platform(format!("user:{}", token.person), limits.user_calls_per_hour, 17, USER),
        Bearer::Page(_) if world.account(first).is_some() => {
            business("instagram", first, limits.instagram_calls_per_day, 80_002, INSTAGRAM)
        }
        Bearer::Page(token) => {
            let page = token.page.as_deref().unwrap_or_default();
            if is_messaging(path) {
                business("messenger", page, limits.messaging_calls_per_day, 80_006, MESSENGER)
            } else {
                business("pages", page, limits.page_calls_per_day, 80_001, PAGES)
            }
        }
        Bearer::Instagram(token) => business("instagram", &token.person, limits.instagram_calls_per_day, 80_002, INSTAGRAM),
    }
}

/// Whether a Page's call is about messages.
fn is_messaging(path: &[&str]) -> bool {
    let node = path.first().copied().unwrap_or_default();
    let edge = path.get(1).copied();
    matches!(edge, Some("messages" | "conversations" | "message_attachments" | "thread_owner"))
        || ["t_", "m_", "aWdf"].iter().any(|start| node.starts_with(start))
}

/// Counts a call, and refuses it when there were too many.
pub(crate) fn charge(world: &mut World, call: &Call, bearer: &Bearer, path: &[&str]) -> Result<(), Refusal> {
    let now = world.now();
    let meter = meter(world, bearer, path);
    // A user's call counts against the app as well.
    if matches!(bearer, Bearer::User(_)) {
        let count = world.usage.count(&format!("app:{}", bearer.app()), now, HOUR);
        within(count, world.limits.app_calls_per_hour, || Refusal::coded(4, APP))?;
    }
    let count = world.usage.count(&meter.key, now, meter.span);
    tracing::trace!(path = %call.path(), count, "a call is counted");
    within(count, meter.limit, || Refusal::coded(meter.code, meter.sentence))
}

pub(super) fn within(count: usize, limit: Option<u32>, refusal: impl Fn() -> Refusal) -> Result<(), Refusal> {
    let over = limit.is_some_and(|limit| u32::try_from(count).unwrap_or(u32::MAX) > limit);
    if over { Err(refusal()) } else { Ok(()) }
}

/// The usage headers of an answer.
pub(crate) fn headers(world: &World, call: &Call) -> Vec<(&'static str, String)> {
    let Some(bearer) = call.token.as_deref().and_then(|token| world.bearer(token).ok()) else { return Vec::new() };
    let path: Vec<&str> = call.segments.iter().map(String::as_str).collect();
    let told = match &bearer {
        Bearer::App(_) | Bearer::User(_) => {
            let share = share(world, &format!("app:{}", bearer.app()), HOUR, world.limits.app_calls_per_hour);
            let mut told = vec![("x-app-usage", plain(share))];
            let meter = meter(world, &bearer, &path);
            if meter.code == 80_001 {
                let page = path.first().map(ToString::to_string).unwrap_or_default();
                told.push(("x-business-use-case-usage", business(world, &[("pages", page, meter.limit)])));
            }
            if meter.code == 32 {
                told.push(("x-page-usage", plain(self::share(world, &meter.key, meter.span, meter.limit))));
            }
            told
        }
        Bearer::Page(token) => {
            let page = token.page.clone().unwrap_or_default();
            let linked = world.page(&page).and_then(|page| page.instagram.clone()).unwrap_or_default();
            let kinds = [
                ("messenger", page.clone(), world.limits.messaging_calls_per_day),
                ("pages", page, world.limits.page_calls_per_day),
                ("instagram", linked, world.limits.instagram_calls_per_day),
            ];
            vec![("x-business-use-case-usage", business(world, &kinds))]
        }
        Bearer::Instagram(token) => {
            let kinds = [("instagram", token.person.clone(), world.limits.instagram_calls_per_day)];
            vec![("x-business-use-case-usage", business(world, &kinds))]
        }
    };
    told.into_iter().filter(|(_, value)| value != "{}").collect()
}

/// The headers of a throttling that a fault told of: all is used up, for so many minutes.
pub(crate) fn exhausted(world: &World, call: &Call, code: i64, minutes: u64) -> Vec<(&'static str, String)> {
    let kind = match code {
        80_001 => "pages",
        80_002 => "instagram",
        80_006 => "messenger",
        32 => return vec![("x-app-usage", plain(100)), ("x-page-usage", plain(100))],
        80_000..=80_014 => "ads_management",
        _ => return vec![("x-app-usage", plain(100))],
    };
    let bearer = call.token.as_deref().and_then(|token| world.bearer(token).ok());
    let token = bearer.as_ref().and_then(Bearer::token);
    let asset = token.map_or("0", |token| token.page.as_deref().unwrap_or(&token.person));
    let told = json!({
        "type": kind, "call_count": 100, "total_cputime": 100, "total_time": 100, "estimated_time_to_regain_access": minutes,
    });
    vec![("x-business-use-case-usage", json!({asset: [told]}).to_string())]
}

fn plain(share: u64) -> String {
    json!({"call_count": share, "total_time": share, "total_cputime": share}).to_string()
}

fn share(world: &World, key: &str, span: TimeDelta, limit: Option<u32>) -> u64 {
    percent(world.usage.known(key, world.now(), span), limit)
}

/// What each kind of business use has come to, by asset.
fn business(world: &World, kinds: &[(&'static str, String, Option<u32>)]) -> String {
    let now = world.now();
    let mut assets: serde_json::Map<String, Value> = serde_json::Map::new();
    for (kind, asset, limit) in kinds {
        let key = format!("{kind}:{asset}");
        if world.usage.known(&key, now, DAY) == 0 {
            continue;
        }
        let share = share(world, &key, DAY, *limit);
        let wait = if share > 100 { world.usage.minutes_left(&key, now, DAY) } else { 0 };
        let told = json!({
            "type": kind,
            "call_count": share,
            "total_cputime": share,
            "total_time": share,
            "estimated_time_to_regain_access": wait,
        });
        if let Value::Array(all) = assets.entry(asset.clone()).or_insert_with(|| json!([])) {
            all.push(told);
        }
    }
    Value::Object(assets).to_string()
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
