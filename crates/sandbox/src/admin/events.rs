//! Events that nothing in this world causes by itself, told as the platform tells them.

mod catalogue;
mod items;
mod values;

use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::told::{Failed, Outcome, body};
use crate::messaging::write::Place;
use crate::webhooks::events::{Audience, Between, Kind};
use crate::world::World;
use crate::world::talk::Road;
use catalogue::{EVENTS, Entry, Field};

const EXPECTED: &str = "an event takes {\"to\": account, \"event\": a name from GET events} and, as wanted, customer, app, text, mid, payload, ref, action, field, key, value";

/// What is to be told.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Told {
    to: String,
    event: String,
    /// Whom it concerns; the first customer of the platform when none is named.
    customer: Option<String>,
    /// The only app to hear of it.
    app: Option<String>,
    text: Option<String>,
    mid: Option<String>,
    payload: Option<String>,
    r#ref: Option<String>,
    action: Option<String>,
    /// Of `page_other_field` and `ig_other_field`: the field, and the item's key if it is a messaging item.
    field: Option<String>,
    key: Option<String>,
    /// Replaces what the event says under its key, name by name.
    value: Option<Map<String, Value>>,
}

/// `GET events`: the catalogue.
pub(super) fn list(world: &World) -> Value {
    let told = catalogue::all().map(|entry| {
        let fields = entry.roads.iter().filter_map(|road| Some((road_name(*road), entry.field(*road, &world.quirks)?)));
        let fields: std::collections::BTreeMap<_, _> = fields.collect();
        json!({
            "name": entry.name,
            "object": entry.object,
            "roads": entry.roads,
            "field": entry.roads.first().and_then(|road| entry.field(*road, &world.quirks)),
            "fields": fields,
            "channel": entry.channel,
            "cause": entry.cause,
        })
    });
    json!({"data": told.collect::<Vec<_>>()})
}

fn road_name(road: Road) -> &'static str {
    match road {
        Road::Facebook => "facebook",
        Road::Instagram => "instagram",
    }
}

/// `POST events`.
pub(super) fn tell(world: &mut World, content: &Bytes) -> Outcome {
    let told: Told = body(content, EXPECTED)?;
    let entry = catalogue::all().find(|entry| entry.name == told.event);
    let entry = entry.ok_or_else(|| Failed::missing(format!("there is no event {}; GET events lists them", told.event)))?;
    if entry.cause != EVENTS {
        return Err(Failed::wrong(format!("{} comes of itself: {}", entry.name, entry.cause)));
    }
    let place = place(world, entry, &told)?;
    let app = told.app.as_deref().map(|app| world.app_named(Some(app))).transpose()?;
    let road = match entry.roads {
        [one] => Some(*one),
        _ => None,
    };
    let audience = Audience { app: app.as_deref(), road };
    let mid = match (entry.field, entry.channel) {
        (Field::Of(kind), "messaging") => items::tell(world, &audience, kind, &place, &told)?,
        (Field::Of(kind), _) => {
            values::tell(world, &audience, kind, &place, &told);
            None
        }
        _ => {
            values::other(world, &audience, &place, &told)?;
            None
        }
    };
    Ok(json!({"ok": true, "mid": mid}))
}

fn place(world: &World, entry: &Entry, told: &Told) -> Result<Place, Failed> {
    let platform = world.platform_of(&told.to);
    if platform.is_none() || platform != entry.platform() {
        let sort = if entry.object == "page" { "a Page" } else { "an Instagram account" };
        return Err(Failed::wrong(format!("{} concerns {sort}, and `to` names {}, which is none", entry.name, told.to)));
    }
    if let Some(customer) = &told.customer {
        return world.place(customer, &told.to);
    }
    let first = world.customers.iter().find_map(|customer| world.place(&customer.id, &told.to).ok());
    first.ok_or_else(|| Failed::wrong(format!("nobody in `customers` is on the platform of {}", told.to)))
}

impl Told {
    /// The text, or a usual one.
    fn text(&self, usual: &str) -> String {
        self.text.clone().unwrap_or_else(|| usual.to_owned())
    }

    /// What the event says, with what `value` replaces.
    fn changed(&self, mut usual: Value) -> Value {
        if let (Some(value), Some(fields)) = (&self.value, usual.as_object_mut()) {
            fields.extend(value.clone());
        }
        usual
    }
}
