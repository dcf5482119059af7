//! Customers sign in at the app's own site from within Messenger, and out again.

use serde_json::{Value, json};

use super::actions::Told;
use super::told::{Failed, Outcome};
use crate::messaging::linking;
use crate::messaging::write::Place;
use crate::webhooks::events::Kind;
use crate::world::World;
use crate::world::talk::Platform;

/// Without a `payload` the customer opens the app's login, with one comes back from there with that code. `base` is
/// where the sandbox was called.
pub(super) fn link(world: &mut World, place: &Place, told: &Told, base: &str) -> Outcome {
    on_messenger(place)?;
    match told.payload.as_deref() {
        None => Ok(open(world, place, base)),
        Some("") => Err(Failed::wrong("`payload` is the authorization code that the app's login ended in".to_owned())),
        Some(code) => {
            let gone = "the customer has opened no login within the last five minutes: link_account without payload";
            let token = linking::opened(world, place).ok_or_else(|| Failed::wrong(gone.to_owned()))?;
            linking::finish(world, &token, Some(code));
            Ok(json!({"ok": true, "mid": null}))
        }
    }
}

fn open(world: &mut World, place: &Place, base: &str) -> Value {
    let token = linking::open(world, place);
    let back = format!("{base}/messenger_platform/account_linking/?account_linking_token={token}");
    let login = world.belongings.profiles.get(&place.account).and_then(|profile| profile.get("account_linking_url"));
    let login = login.and_then(Value::as_str).and_then(|login| url::Url::parse(login).ok()).map(|mut login| {
        login.query_pairs_mut().append_pair("account_linking_token", &token).append_pair("redirect_uri", &back);
        login.to_string()
    });
    json!({"ok": true, "mid": null, "account_linking_token": token, "redirect_uri": back, "url": login})
}

/// The customer signs out with the button for it.
pub(super) fn unlink(world: &mut World, place: &Place) -> Result<(), Failed> {
    on_messenger(place)?;
    world.tell(Kind::AccountLinking, &place.between(), "account_linking", &json!({"status": "unlinked"}));
    Ok(())
}

fn on_messenger(place: &Place) -> Result<(), Failed> {
    match place.platform {
        Platform::Messenger => Ok(()),
        Platform::Instagram => Err(Failed::wrong("accounts are linked on Messenger only".to_owned())),
    }
}
