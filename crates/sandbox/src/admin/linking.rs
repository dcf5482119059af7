//! Customers sign in at the app's own site from within Messenger, and out again.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::actions::Told;
use super::told::{Failed, Outcome};
use crate::messaging::write::Place;
use crate::webhooks::events::Kind;
use crate::world::World;
use crate::world::belongings::Linking;
use crate::world::talk::Platform;

/// How long the customer has for it.
const LIFE: TimeDelta = TimeDelta::minutes(5);
/// Where Messenger wants the customer back.
const BACK: &str = "https://www.facebook.com/messenger_platform/account_linking/";

/// Without a `payload` the customer opens the app's login, with one comes back from there with that code.
pub(super) fn link(world: &mut World, place: &Place, told: &Told) -> Outcome {
    on_messenger(place)?;
    match told.payload.as_deref() {
        None => Ok(open(world, place)),
        Some("") => Err(Failed::wrong("`payload` is the authorization code that the app's login ended in".to_owned())),
        Some(code) => finish(world, place, code),
    }
}

fn open(world: &mut World, place: &Place) -> Value {
    let token = world.mint.letters("account linking", 32);
    let expires = world.now() + LIFE;
    let linking = Linking { page: place.account.clone(), scoped: place.scoped.clone(), expires };
    world.belongings.linking.insert(token.clone(), linking);
    let back = format!("{BACK}?account_linking_token={token}");
    let login = world.belongings.profiles.get(&place.account).and_then(|profile| profile.get("account_linking_url"));
    let login = login.and_then(Value::as_str).and_then(|login| url::Url::parse(login).ok()).map(|mut login| {
        login.query_pairs_mut().append_pair("account_linking_token", &token).append_pair("redirect_uri", &back);
        login.to_string()
    });
    json!({"ok": true, "mid": null, "account_linking_token": token, "redirect_uri": back, "url": login})
}

fn finish(world: &mut World, place: &Place, code: &str) -> Outcome {
    let now = world.now();
    let own = |it: &Linking| it.page == place.account && it.scoped == place.scoped;
    let open = world.belongings.linking.values().any(|it| own(it) && it.expires > now);
    world.belongings.linking.retain(|_, it| !own(it) && it.expires > now);
    if !open {
        return Err(Failed::wrong(
            "the customer has opened no login within the last five minutes: link_account without payload".to_owned(),
        ));
    }
    let event = json!({"status": "linked", "authorization_code": code});
    world.tell(Kind::AccountLinking, &place.between(), "account_linking", &event);
    Ok(json!({"ok": true, "mid": null}))
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
