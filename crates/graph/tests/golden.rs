//! One body per event shape of Meta's catalogue, and of what comes beside it, with the events it must become.
//!
//! Of an event only what the shape decides is written down: account and road, nulls, and an `as_of` equal to the event's own time are
//! left out.
#![allow(clippy::unwrap_used, clippy::panic, reason = "these are tests; the lint's own exemption ends at helpers")]

use chrono::DateTime;
use link_core::words::envelope::Item;
use link_core::words::event::{Event, Said};
use link_core::words::ports::{Decoder, Received};
use link_core::words::raw::Raw;
use link_core::{Platform, Road};
use link_graph::decode::Catalogue;
use link_graph::webhook::split;
use proptest::prelude::*;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

const GOLDEN: [&str; 4] = [
    include_str!("golden/page.json"),
    include_str!("golden/instagram.json"),
    include_str!("golden/changes.json"),
    include_str!("golden/odd.json"),
];

#[derive(Deserialize)]
struct Case {
    shape: String,
    body: Box<RawValue>,
    events: Vec<Value>,
}

fn shapes() -> Vec<Case> {
    GOLDEN.iter().flat_map(|shapes| serde_json::from_str::<Vec<Case>>(shapes).unwrap()).collect()
}

fn receive(body: &[u8]) -> Option<Vec<Item>> {
    match split(body, &Road::FACEBOOK, DateTime::UNIX_EPOCH) {
        Received::Items(items) => Some(items),
        Received::Poisoned(_) => None,
    }
}

fn decode(items: &[Item]) -> Vec<Event> {
    items.iter().flat_map(|item| Catalogue.decode(item)).collect()
}

fn outline(event: &Event) -> Value {
    let Value::Object(mut told) = serde_json::to_value(event).unwrap() else { panic!("an event is an object") };
    told.retain(|key, value| !value.is_null() && !matches!(key.as_str(), "account" | "road"));
    if told.get("at").map(|moment| &moment["at"]) == told.get("as_of") {
        told.remove("as_of");
    }
    Value::Object(told)
}

#[test]
fn every_shape_of_the_catalogue_is_understood() {
    let shapes = shapes();
    assert!(shapes.len() > 120, "the catalogue has shrunk to {}", shapes.len());
    for Case { shape, body, events } in shapes {
        let told: Vec<Value> = decode(&receive(body.get().as_bytes()).unwrap()).iter().map(outline).collect();
        assert_eq!(told, events, "{shape}: {}", serde_json::to_string(&told).unwrap());
    }
}

#[test]
fn events_read_back_as_they_were_written() {
    for shape in shapes() {
        for event in decode(&receive(shape.body.get().as_bytes()).unwrap()) {
            let written = serde_json::to_string(&event).unwrap();
            let read: Event = serde_json::from_str(&written).unwrap();
            assert_eq!(serde_json::to_string(&read).unwrap(), written.replace(r#"{"raw":null}"#, "{}"), "{}", shape.shape);
        }
    }
}

#[test]
fn an_event_names_account_platform_and_road() {
    let body = r#"{"object":"instagram","entry":[{"id":17841466000000007,"messaging":[{"read":{"mid":"m"}}]}]}"#;
    let Received::Items(items) = split(body.as_bytes(), &Road::INSTAGRAM, DateTime::UNIX_EPOCH) else { panic!() };
    let events = decode(&items);
    assert_eq!(events[0].account.to_string(), "instagram:17841466000000007");
    assert_eq!((&events[0].road, &items[0].platform), (&Road::INSTAGRAM, &Platform::INSTAGRAM));
}

/// Puts a key that nobody knows into every object of a value and answers how many.
fn salt(value: &mut Value, count: &mut usize) {
    match value {
        Value::Object(members) => {
            members.values_mut().for_each(|member| salt(member, count));
            members.insert(format!("novel_{count}"), Value::from(true));
            *count += 1;
        }
        Value::Array(elements) => elements.iter_mut().for_each(|element| salt(element, count)),
        _ => {}
    }
}

#[test]
fn keys_nobody_knows_are_kept_wherever_they_stand() {
    let mut kept = 0;
    for shape in shapes() {
        for mut item in receive(shape.body.get().as_bytes()).unwrap() {
            let Ok(mut body) = serde_json::from_str::<Value>(item.body.as_str()) else { continue };
            let mut count = 0;
            salt(&mut body, &mut count);
            item.body = Raw::parse(body.to_string()).unwrap();
            for event in Catalogue.decode(&item).iter().filter(|event| !matches!(event.said, Said::Unsent(_))) {
                let told = serde_json::to_string(event).unwrap();
                for novel in 0..count {
                    assert!(told.contains(&format!("\"novel_{novel}\"")), "{}: {told}", shape.shape);
                    kept += 1;
                }
            }
        }
    }
    assert!(kept > 400, "only {kept}");
}

/// How many things a body lists, counted by a parser that knows nothing of ours.
fn listed(body: &Value) -> usize {
    let Some(entries) = body.get("entry").and_then(Value::as_array) else {
        return body.get("entry").is_some_and(|entry| !entry.is_null()).into();
    };
    entries.iter().map(things).sum()
}

fn things(entry: &Value) -> usize {
    let lists = ["messaging", "standby", "changes"].map(|list| entry.get(list).filter(|list| !list.is_null()));
    let flat = ["field", "value"].iter().any(|key| entry.get(key).is_some_and(|value| !value.is_null()));
    let bare = !flat && lists.iter().all(Option::is_none);
    lists.into_iter().flatten().map(|list| list.as_array().map_or(1, Vec::len)).sum::<usize>() + usize::from(flat) + usize::from(bare)
}

/// Holds for whatever comes: nothing panics, nothing listed is lost, and an unknown thing is kept as it came.
fn nothing_is_lost(body: &[u8]) {
    let Some(items) = receive(body) else { return };
    if let Ok(parsed) = serde_json::from_slice::<Value>(body) {
        assert_eq!(items.len(), listed(&parsed), "{parsed}");
    }
    for item in &items {
        let events = Catalogue.decode(item);
        assert!(!events.is_empty());
        assert_eq!(events, Catalogue.decode(item), "the same for the same item");
        assert!(body.windows(item.body.as_str().len()).any(|part| part == item.body.as_str().as_bytes()) || is_assembled(item));
    }
}

/// The flat form is put together from parts of its entry.
fn is_assembled(item: &Item) -> bool {
    item.body.as_str().starts_with(r#"{"field":"#) || item.body.as_str().starts_with(r#"{"value":"#)
}

fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,6}".prop_map(Value::from),
        Just(Value::from("17841466000000007")),
        Just(Value::from("2027-01-29T14:56:07+0000")),
    ];
    let key = prop::sample::select(vec![
        "id",
        "time",
        "timestamp",
        "messaging",
        "standby",
        "changes",
        "field",
        "value",
        "sender",
        "recipient",
        "message",
        "mid",
        "text",
        "attachments",
        "payload",
        "type",
        "url",
        "reply_to",
        "story",
        "quick_reply",
        "is_echo",
        "is_deleted",
        "read",
        "watermark",
        "mids",
        "reaction",
        "postback",
        "referral",
        "optin",
        "user_ref",
        "order",
        "message_edit",
        "other",
    ]);
    leaf.prop_recursive(6, 48, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((key.clone(), inner), 0..5)
                .prop_map(|members| members.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()),
        ]
    })
}

proptest! {
    #[test]
    fn arbitrary_entries_lose_nothing(entry in json(), object in "page|instagram|[a-z ]{0,3}") {
        nothing_is_lost(serde_json::json!({ "object": object, "entry": entry }).to_string().as_bytes());
    }

    #[test]
    fn arbitrary_items_lose_nothing(things in prop::collection::vec(json(), 0..4), list in "messaging|standby|changes") {
        let body = serde_json::json!({ "object": "page", "entry": [{ "id": 1, "time": 1_801_234_567, list: things }] });
        nothing_is_lost(body.to_string().as_bytes());
    }

    #[test]
    fn arbitrary_bytes_do_no_harm(body in prop::collection::vec(any::<u8>(), 0..200)) {
        nothing_is_lost(&body);
    }

    #[test]
    fn golden_bodies_with_damage_lose_nothing(
        which in any::<prop::sample::Index>(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..3_u8), 1..6),
    ) {
        let shapes = shapes();
        let mut body = which.get(&shapes).body.get().as_bytes().to_vec();
        for (at, byte, how) in damage {
            let at = at.index(body.len());
            match how {
                0 => body[at] = byte,
                1 => body.insert(at, b"{}[]\",:0n\\"[usize::from(byte) % 10]),
                _ => { body.remove(at); }
            }
        }
        nothing_is_lost(&body);
    }
}
