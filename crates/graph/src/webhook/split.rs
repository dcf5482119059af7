//! A body becomes items.

use chrono::{DateTime, Utc};
use link_core::words::envelope::{Item, Poisoned};
use link_core::words::event::Channel;
use link_core::words::ids::{ExternalId, ScopedId};
use link_core::words::ports::Received;
use link_core::words::raw::Raw;
use link_core::{Platform, Road};
use serde_json::value::RawValue;

use super::nesting::is_deeper_than;
use crate::decode::object::{Leftovers, Object, elements};
use crate::decode::scalar::{id, text};
use crate::decode::time::moment;

/// Deeper bodies are no deliveries; parsers downstream recurse.
const MAX_DEPTH: usize = 128;

/// The arrays of an entry, in the order in which their items are told.
const LISTS: [(&str, Channel); 3] = [("messaging", Channel::Messaging), ("standby", Channel::Standby), ("changes", Channel::Changes)];

/// Splits a body that is known to be genuine. Total: one bad item does not spoil its batch, and what is no delivery at all
/// (no JSON object in UTF-8, no `object`, nested deeper than 128) is [`Received::Poisoned`].
///
/// Order within an entry: `messaging`, `standby`, `changes`, then the flat `field` and `value`. A list that is no array, and an entry
/// that is no object, become one item each; an entry without any list becomes one item of [`Channel::Entry`].
pub fn split(body: &[u8], road: &Road, received_at: DateTime<Utc>) -> Received {
    let poisoned = |reason| Received::Poisoned(Poisoned { received_at, road: road.clone(), reason, body: body.to_vec() });
    let Ok(json) = std::str::from_utf8(body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body)) else {
        return poisoned("the body is not UTF-8");
    };
    if is_deeper_than(MAX_DEPTH, json) {
        return poisoned("the body is nested too deeply");
    }
    let parcel: Object<'_> = match serde_json::from_str(json) {
        Ok(parcel) => parcel,
        Err(error) if error.is_data() => return poisoned("the body is no JSON object"),
        Err(_) => return poisoned("the body is no JSON"),
    };
    let Some(object) = parcel.get("object").and_then(text) else {
        return poisoned("the body does not say which object it is about");
    };
    let grants = object == "permissions";
    let mut splitter = Splitter { platform: platform(&object), grants, road, received_at, items: Vec::new() };
    if let Some(entries) = parcel.get("entry") {
        match elements(entries) {
            Some(entries) => entries.into_iter().for_each(|entry| splitter.entry(entry)),
            None => splitter.push(&Entry::default(), Channel::Entry, entries),
        }
    }
    Received::Items(splitter.items)
}

/// The platform that an object of Meta's belongs to; an object nobody has heard of is its own.
fn platform(object: &str) -> Platform {
    match object {
        "page" | "user" | "permissions" => Platform::MESSENGER,
        "instagram" => Platform::INSTAGRAM,
        other => Platform::new(other).or_else(|_| Platform::new(as_word(other))).unwrap_or(Platform::known("unknown")),
    }
}

fn as_word(object: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.') { c } else { '_' };
    object.chars().take(64).map(plain).collect()
}

struct Splitter<'a> {
    platform: Platform,
    /// The object tells of people's consents: its entries name people where others name accounts.
    grants: bool,
    road: &'a Road,
    received_at: DateTime<Utc>,
    items: Vec<Item>,
}

#[derive(Default)]
struct Entry {
    account: Option<ExternalId>,
    at: Option<DateTime<Utc>>,
}

impl Splitter<'_> {
    fn entry(&mut self, value: &RawValue) {
        let Some(object) = Object::read(value) else {
            return self.push(&Entry::default(), Channel::Entry, value);
        };
        let entry = Entry { account: object.get("id").and_then(id), at: object.get("time").and_then(moment).map(|time| time.at) };
        for (list, channel) in LISTS {
            let Some(things) = object.get(list) else { continue };
            match elements(things) {
                Some(things) => things.into_iter().for_each(|thing| self.push(&entry, channel, thing)),
                None => self.push(&entry, channel, things),
            }
        }
        if is_flat(&object) {
            if let Some(change) = flat(&object) {
                self.push_raw(&entry, Channel::Changes, change);
            }
        } else if is_bare(&object) {
            self.push(&entry, Channel::Entry, value);
        }
    }

    fn push(&mut self, entry: &Entry, channel: Channel, value: &RawValue) {
        self.push_raw(entry, channel, Raw::from_value(value));
    }

    fn push_raw(&mut self, entry: &Entry, channel: Channel, body: Raw) {
        let glance = Glance::at(&body, channel, entry.account.as_ref());
        let as_of = glance.at.or(entry.at).unwrap_or(self.received_at);
        let channel = if self.grants && channel == Channel::Changes { Channel::Grants } else { channel };
        let mut item = Item::new(self.platform.clone(), self.road.clone(), channel, as_of, body);
        item.account.clone_from(&entry.account);
        item.peer = glance.peer;
        item.entry_at = entry.at;
        self.items.push(item);
    }
}

/// What decides lane and age of an item, read without understanding it.
#[derive(Default)]
struct Glance {
    peer: Option<ScopedId>,
    at: Option<DateTime<Utc>>,
}

impl Glance {
    fn at(body: &Raw, channel: Channel, account: Option<&ExternalId>) -> Self {
        let Some(object) = Some(body.as_str()).filter(|_| channel != Channel::Entry).and_then(Object::parse) else {
            return Self::default();
        };
        let inner = object.get("value").filter(|_| channel == Channel::Changes).and_then(Object::read);
        let time = |object: &Object<'_>, key| object.get(key).and_then(moment).map(|time| time.at);
        let at = time(&object, "timestamp")
            .or_else(|| inner.as_ref().and_then(|inner| time(inner, "timestamp").or_else(|| time(inner, "created_time"))));
        Self { peer: peer(inner.as_ref().unwrap_or(&object), account), at }
    }
}

/// Whoever of sender, recipient and author is not the account.
fn peer(object: &Object<'_>, account: Option<&ExternalId>) -> Option<ScopedId> {
    let party = |key| object.get(key).and_then(Object::read).and_then(|party| party.get("id").and_then(id::<ScopedId>));
    let is_other = |id: &ScopedId| account.is_none_or(|account| account.as_str() != id.as_str());
    ["sender", "recipient", "from"].into_iter().find_map(|key| party(key).filter(is_other))
}

/// True if an entry has neither a list nor the flat form.
pub(crate) fn is_bare(entry: &Object<'_>) -> bool {
    !is_flat(entry) && LISTS.iter().all(|(list, _)| entry.get(list).is_none())
}

fn is_flat(entry: &Object<'_>) -> bool {
    entry.get("field").is_some() || entry.get("value").is_some()
}

/// The flat form as the element that `changes` would have, with whatever else stood beside it.
fn flat(entry: &Object<'_>) -> Option<Raw> {
    let mut change = Leftovers::default();
    for key in ["field", "value"] {
        if let Some(value) = entry.get(key) {
            change.add(key, value.get());
        }
    }
    let taken = |key: &str| matches!(key, "id" | "time" | "field" | "value") || LISTS.iter().any(|(list, _)| *list == key);
    for (key, value) in entry.members().filter(|(key, _)| !taken(key)) {
        change.add(key, value.get());
    }
    change.into_raw()
}

#[cfg(test)]
mod tests;
