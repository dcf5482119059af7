//! Limits of single endpoints, as opposed to the hourly and daily ones of [`usage`](super::usage).

use chrono::TimeDelta;

use super::error::Refusal;
use super::usage::within;
use crate::world::World;
use crate::world::talk::Platform;

const SECOND: TimeDelta = TimeDelta::seconds(1);
const HOUR: TimeDelta = TimeDelta::hours(1);
const TEN_MINUTES: TimeDelta = TimeDelta::minutes(10);

fn exceeded() -> Refusal {
    Refusal::coded(613, "Calls to this api have exceeded the rate limit.")
}

/// Counts a send against the account's limit per second; sound and film have a lower one.
pub(super) fn send(world: &mut World, account: &str, platform: Platform, heavy: bool) -> Result<(), Refusal> {
    let now = world.now();
    let told = || if platform == Platform::Instagram { exceeded().sub(2_534_040) } else { exceeded() };
    if heavy {
        let count = world.usage.count(&format!("heavy:{account}"), now, SECOND);
        within(count, world.limits.heavy_sends_per_second, told)?;
    }
    let count = world.usage.count(&format!("send:{account}"), now, SECOND);
    within(count, world.limits.sends_per_second, told)
}

/// Counts a private reply against the account's limit per hour.
pub(super) fn private_reply(world: &mut World, account: &str) -> Result<(), Refusal> {
    let now = world.now();
    let count = world.usage.count(&format!("private:{account}"), now, HOUR);
    within(count, world.limits.private_replies_per_hour, exceeded)
}

/// Counts a read of conversations against the account's limit per second.
pub(super) fn read(world: &mut World, account: &str) -> Result<(), Refusal> {
    let now = world.now();
    let count = world.usage.count(&format!("read:{account}"), now, SECOND);
    within(count, world.limits.conversations_per_second, exceeded)
}

/// Counts a call to the Messenger profile against the Page's limit in ten minutes.
pub(super) fn profile(world: &mut World, account: &str) -> Result<(), Refusal> {
    let now = world.now();
    let count = world.usage.count(&format!("profile:{account}"), now, TEN_MINUTES);
    within(count, world.limits.profile_calls_per_ten_minutes, exceeded)
}
