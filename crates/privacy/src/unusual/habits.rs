//! What is known of an actor.

use std::collections::BTreeMap;
use std::net::IpAddr;

use chrono::{DateTime, Utc};
use link_core::words::activity::Activity;
use link_core::words::view::Origin;

use super::Rules;

const HOUR: i64 = 3600;
/// Verbs of acts after which a token is worth nothing, and after which it is worth something again.
const ENDS: [&str; 3] = ["died", "revoked", "withdrawn"];
const BEGINS: [&str; 2] = ["revived", "subscribed"];

/// What is known of an actor, from their acts; and of an owner's tokens, from the acts of our own work.
///
/// Keep one for each actor of an owner, and one for the owner's own work. Fold the acts in, in the order in which they were recorded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Habits {
    pub(super) first: Option<DateTime<Utc>>,
    last: Option<DateTime<Utc>>,
    places: BTreeMap<String, DateTime<Utc>>,
    devices: BTreeMap<String, DateTime<Utc>>,
    /// Acts in each hour since 1970.
    hours: BTreeMap<i64, u32>,
    ended: BTreeMap<String, DateTime<Utc>>,
}

impl Habits {
    /// Nothing is known.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes an act in, and forgets what is older than the rules remember.
    pub fn fold(&mut self, rules: &Rules, act: &Activity) {
        self.forget(act.at - rules.remembered);
        // Whoever comes back after so long is known as little as somebody new.
        self.first = self.first.filter(|_| !self.hours.is_empty()).or(Some(act.at));
        self.last = self.last.max(Some(act.at));
        if let Some(place) = place(&act.origin) {
            keep_latest(&mut self.places, place, act.at);
        }
        if let Some(device) = act.origin.device.clone() {
            keep_latest(&mut self.devices, device, act.at);
        }
        let count = self.hours.entry(hour(act.at)).or_default();
        *count = count.saturating_add(1);
        self.fold_tokens(act);
    }

    /// When they were last seen.
    pub const fn last_seen(&self) -> Option<DateTime<Utc>> {
        self.last
    }

    fn fold_tokens(&mut self, act: &Activity) {
        let (Some(target), Some((_, verb))) = (&act.target, act.act.split_once('.')) else { return };
        if ENDS.contains(&verb) {
            self.ended.entry(target.clone()).or_insert(act.at);
        } else if BEGINS.contains(&verb) {
            self.ended.remove(target);
        }
    }

    fn forget(&mut self, before: DateTime<Utc>) {
        self.places.retain(|_, seen| *seen >= before);
        self.devices.retain(|_, seen| *seen >= before);
        let first = hour(before);
        self.hours.retain(|hour, _| *hour >= first);
    }

    /// True if something is known of them within what is remembered.
    pub(super) fn known(&self, since: DateTime<Utc>) -> bool {
        self.last.is_some_and(|last| last >= since)
    }

    /// Whether places are known, and this is none of them.
    pub(super) fn is_new_place(&self, place: &str, since: DateTime<Utc>) -> bool {
        is_new(&self.places, place, since)
    }

    pub(super) fn is_new_device(&self, device: &str, since: DateTime<Utc>) -> bool {
        is_new(&self.devices, device, since)
    }

    /// Whether they did anything at this hour of any day.
    pub(super) fn acts_at_hour_of(&self, at: DateTime<Utc>, since: DateTime<Utc>) -> bool {
        let (first, of_day) = (hour(since), hour(at).rem_euclid(24));
        self.hours.range(first..).any(|(hour, _)| hour.rem_euclid(24) == of_day)
    }

    /// How much they did in this hour so far, and twice the median of the hours before it in which they did anything.
    pub(super) fn volume(&self, at: DateTime<Utc>, since: DateTime<Utc>) -> (u32, Option<u32>) {
        let (now, first) = (hour(at), hour(since));
        let mut before: Vec<u32> = self.hours.range(first..now.max(first)).map(|(_, count)| *count).collect();
        before.sort_unstable();
        let middle = before.len() / 2;
        let twice = before.get(middle).map(|upper| {
            let lower = if before.len().is_multiple_of(2) { before[middle - 1] } else { *upper };
            lower.saturating_add(*upper)
        });
        (self.hours.get(&now).copied().unwrap_or_default(), twice)
    }

    /// When the token of this account ended, if it did and no other came since.
    pub(super) fn ended(&self, target: &str) -> Option<DateTime<Utc>> {
        self.ended.get(target).copied()
    }
}

fn is_new(known: &BTreeMap<String, DateTime<Utc>>, one: &str, since: DateTime<Utc>) -> bool {
    known.values().any(|seen| *seen >= since) && known.get(one).is_none_or(|seen| *seen < since)
}

fn keep_latest(known: &mut BTreeMap<String, DateTime<Utc>>, one: String, at: DateTime<Utc>) {
    let seen = known.entry(one).or_insert(at);
    *seen = at.max(*seen);
}

const fn hour(at: DateTime<Utc>) -> i64 {
    at.timestamp().div_euclid(HOUR)
}

/// The embedder's text, or else the network of the address: whoever moves within one comes from the same place.
pub(super) fn place(origin: &Origin) -> Option<String> {
    origin.place.clone().or_else(|| origin.address.map(network))
}

fn network(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            let [a, b, c, _] = address.octets();
            format!("{a}.{b}.{c}.0/24")
        }
        IpAddr::V6(address) => {
            let [a, b, c, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}::/48")
        }
    }
}
