//! Customers opt in.

use chrono::TimeDelta;
use serde_json::json;

use super::actions::{EXPECTED, Told, needs};
use super::told::Failed;
use crate::messaging::write::Place;
use crate::webhooks::events::Kind;
use crate::world::World;
use crate::world::belongings::Optin;
use crate::world::talk::Platform;

/// A customer agrees to be told more, or ticks a checkbox.
pub(super) fn tick(world: &mut World, place: &Place, told: &Told) -> Result<(), Failed> {
    if place.platform == Platform::Instagram {
        return Err(Failed::wrong("an opt-in exists on Messenger only".to_owned()));
    }
    let now = world.now();
    let kind = told.kind.as_deref();
    if kind == Some("user_ref") {
        return checkbox(world, place, told);
    }
    let event = match kind {
        None => json!({"ref": needs("ref", told.r#ref.as_ref())?}),
        Some("one_time_notif_req") => {
            let token = notification(world, place, false);
            json!({"type": "one_time_notif_req", "payload": told.payload.as_deref().unwrap_or_default(), "one_time_notif_token": token})
        }
        Some("notification_messages") => {
            let token = notification(world, place, true);
            let expires = (now + TimeDelta::days(270)).timestamp_millis();
            json!({
                "type": "notification_messages", "payload": told.payload.as_deref().unwrap_or_default(),
                "title": told.title.as_deref().unwrap_or("Updates"),
                "notification_messages_token": token, "notification_messages_timezone": "Europe/Lisbon",
                "token_expiry_timestamp": expires.to_string(), "user_token_status": "NOT_REFRESHED",
            })
        }
        Some(_) => {
            return Err(Failed::wrong(format!("an opt-in's kind is user_ref, one_time_notif_req or notification_messages; {EXPECTED}")));
        }
    };
    let at = world.open_thread(place.platform, &place.account, &place.customer, &place.scoped);
    world.threads[at].opened = Some(now);
    world.threads[at].consented = true;
    world.tell(Kind::Optin, &place.between(), "optin", &event);
    Ok(())
}

fn notification(world: &mut World, place: &Place, recurring: bool) -> String {
    let token = world.mint.letters("notification", 24);
    let at = world.now();
    let optin = Optin { account: place.account.clone(), customer: place.customer.clone(), recurring, at };
    world.optins.insert(token.clone(), optin);
    token
}

/// A ticked checkbox: the site knows a reference, and nobody knows the customer yet.
fn checkbox(world: &mut World, place: &Place, told: &Told) -> Result<(), Failed> {
    let reference = needs("ref", told.r#ref.as_ref())?;
    let user = told.payload.clone().unwrap_or_else(|| reference.to_owned());
    world.checkboxes.insert((place.account.clone(), user.clone()), place.customer.clone());
    let item = json!({
        "recipient": {"id": place.account},
        "timestamp": world.now().timestamp_millis(),
        "optin": {"ref": reference, "user_ref": user},
    });
    world.tell_item(Kind::Optin, &place.between(), &item);
    Ok(())
}
