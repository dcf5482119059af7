//! Changes, and whatever has no shape of its own.

use serde_json::{Value, json};

use super::{Audience, Failed, Kind, Place, Told, World};

/// Tells a change.
pub(super) fn tell(world: &mut World, audience: &Audience<'_>, kind: Kind, place: &Place, told: &Told) {
    let value = match kind {
        Kind::Message => return test(world, audience, place, told),
        Kind::StoryInsights => insights(),
        Kind::Rating => rating(world, place, told),
        _ => reaction(world, place, told),
    };
    world.tell_change(audience, kind, place.platform, &place.account, &told.changed(value));
}

/// What the app's dashboard sends as a test: about nobody, and in seconds.
fn test(world: &mut World, audience: &Audience<'_>, place: &Place, told: &Told) {
    let now = world.now().timestamp();
    let value = told.changed(json!({
        "sender": {"id": "100"},
        "recipient": {"id": "200"},
        "timestamp": now.to_string(),
        "message": {"mid": told.mid.as_deref().unwrap_or("test_mid"), "text": told.text("test_text")},
    }));
    let entry = json!({"id": "0", "time": now, "changes": [{"field": "messages", "value": value}]});
    world.tell_entry(audience, "messages", place.platform, &place.account, &entry);
}

fn insights() -> Value {
    json!({
        "media_id": "18030000000000001", "impressions": 120, "reach": 95, "taps_forward": 12, "taps_back": -1, "exits": 7, "replies": -1,
    })
}

fn name(world: &World, place: &Place) -> Option<String> {
    world.customer(&place.customer).map(crate::world::cast::Customer::name)
}

fn reaction(world: &World, place: &Place, told: &Told) -> Value {
    let post = format!("{}_901", place.account);
    json!({
        "item": "reaction", "verb": told.action.as_deref().unwrap_or("add"), "reaction_type": told.payload.as_deref().unwrap_or("love"),
        "post_id": post, "parent_id": post, "from": {"id": place.scoped, "name": name(world, place)},
        "created_time": world.now().timestamp(),
    })
}

fn rating(world: &World, place: &Place, told: &Told) -> Value {
    json!({
        "item": "rating", "verb": told.action.as_deref().unwrap_or("add"), "recommendation_type": "POSITIVE",
        "reviewer_id": place.scoped, "reviewer_name": name(world, place), "review_text": told.text("A lovely shop"),
        "open_graph_story_id": format!("{}_902", place.account), "created_time": world.now().timestamp(),
    })
}

/// Any field with any value: for what has no shape that anybody has written down. With a `key` it is a messaging item,
/// without one a change.
pub(super) fn other(world: &mut World, audience: &Audience<'_>, place: &Place, told: &Told) -> Result<(), Failed> {
    let wrong = || Failed::wrong(format!("{} takes `field` and `value`, and `key` if it is a messaging item", told.event));
    let field = told.field.as_deref().ok_or_else(wrong)?;
    let value = told.value.as_ref().ok_or_else(wrong)?;
    if !crate::webhooks::fields::on_object(place.platform.object(), field) {
        return Err(Failed::wrong(format!("{field} is no field of the object {}", place.platform.object())));
    }
    let now = world.now();
    let entry = match told.key.as_deref() {
        None => json!({"id": place.account, "time": now.timestamp(), "changes": [{"field": field, "value": value}]}),
        Some("") => return Err(wrong()),
        Some(key) => json!({"id": place.account, "time": now.timestamp_millis(), "messaging": [{
            "sender": {"id": place.scoped}, "recipient": {"id": place.account}, "timestamp": now.timestamp_millis(), key: value,
        }]}),
    };
    world.tell_entry(audience, field, place.platform, &place.account, &entry);
    Ok(())
}
