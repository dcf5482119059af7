//! Versions of the Graph API, and when they end.

use chrono::{NaiveDate, NaiveTime};

use super::error::Refusal;
use crate::call::Call;
use crate::world::World;
use crate::world::settings::{ExpiredVersion, UnknownVersion};

/// The newest version.
pub(crate) const NEWEST: &str = "v26.0";

/// Year, month and day.
type Day = (i32, u32, u32);

/// Versions with the first day on which they are gone.
const ENDS: [(u32, Option<Day>); 8] = [
    (19, Some((2026, 5, 21))),
    (20, Some((2026, 9, 24))),
    (21, Some((2027, 1, 21))),
    (22, Some((2027, 5, 20))),
    (23, Some((2027, 10, 8))),
    (24, Some((2028, 2, 18))),
    (25, Some((2028, 7, 29))),
    (26, None),
];

fn number(version: &str) -> Option<u32> {
    version.trim_start_matches('v').split('.').next()?.parse().ok()
}

fn lives(world: &World, end: Option<Day>) -> bool {
    let end = end.and_then(|(year, month, day)| NaiveDate::from_ymd_opt(year, month, day));
    end.is_none_or(|end| world.now() < end.and_time(NaiveTime::MIN).and_utc())
}

/// The version that answers: the one asked for, or the next that still lives.
pub(crate) fn served(world: &World, call: &Call) -> String {
    let asked = call.version.as_deref().and_then(number).unwrap_or(0);
    ENDS.iter()
        .find(|(number, end)| *number >= asked && lives(world, *end))
        .map_or_else(|| NEWEST.to_owned(), |(number, _)| format!("v{number}.0"))
}

/// Refuses versions that do not exist yet and, where the world says so, those that are gone.
pub(crate) fn check(world: &World, call: &Call) -> Result<(), Refusal> {
    let Some(version) = &call.version else { return Ok(()) };
    let newest = ENDS[ENDS.len() - 1].0;
    let unknown = || Refusal::path(&format!("/{version}{}", call.path()));
    let asked = number(version).ok_or_else(unknown)?;
    if asked > newest {
        let refused = world.quirks.unknown_version == UnknownVersion::Refused;
        return if refused { Err(unknown()) } else { Ok(()) };
    }
    let served = number(&served(world, call));
    if world.quirks.expired_version == ExpiredVersion::Refused && served != Some(asked) {
        let sentence = format!("(#2635) You are calling a deprecated version of the API. Please update to the latest version: {NEWEST}.");
        return Err(Refusal::new(2635, sentence));
    }
    Ok(())
}
