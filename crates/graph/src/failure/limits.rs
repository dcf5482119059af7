//! Codes of throttling.
//!
//! From Meta's page on rate limits (October 2025) and the error codes of messaging (June 2026). How long to wait stands in headers.

use link_core::ErrorKind::Throttled;
use link_core::Who::{Developer, Owner, Platform};
use link_core::words::rates::Stops;

use super::row::On::{Code, Number, Pair, Range};
use super::row::Row;

const WAIT: &str = "wait; calling on while throttled prolongs it";

/// Codes that say: too much, and of what.
pub const LIMITS: &[Row] = &[
    Row::new(Code(4), Throttled, Platform, WAIT).stops(Stops::App),
    Row::new(Code(17), Throttled, Platform, WAIT).stops(Stops::Person),
    Row::new(Code(32), Throttled, Platform, WAIT).stops(Stops::Asset),
    Row::new(Code(341), Throttled, Platform, WAIT).stops(Stops::App),
    Row::new(Code(613), Throttled, Platform, WAIT).stops(Stops::Kind),
    Row::new(Pair(613, 1996), Throttled, Developer, "wait long, and look for a loop: the calls come in bursts").stops(Stops::Kind),
    Row::new(Pair(613, 2_534_040), Throttled, Platform, WAIT).stops(Stops::Kind),
    Row::new(Pair(613, 2_018_338), Throttled, Owner, "use the human agent tag only for answers that a person wrote").stops(Stops::Message),
    Row::new(Number(2_018_354), Throttled, Platform, "wait: the limit of marketing messages is reached").stops(Stops::Message),
    Row::new(Number(2_018_352), Throttled, Platform, "wait: the limit of marketing messages is reached").stops(Stops::Message),
    Row::new(Code(80_001), Throttled, Platform, WAIT).stops(Stops::Asset),
    Row::new(Code(80_002), Throttled, Platform, WAIT).stops(Stops::Account),
    Row::new(Code(80_006), Throttled, Platform, WAIT).stops(Stops::Account),
    Row::new(Range(80_000, 80_014), Throttled, Platform, WAIT).stops(Stops::Account),
];
