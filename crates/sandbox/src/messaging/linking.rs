//! The walk of a customer from Messenger to an app's own login and back.

use chrono::TimeDelta;
use serde_json::json;

use super::write::Place;
use crate::call::Call;
use crate::dialog::page;
use crate::reply::Reply;
use crate::webhooks::events::{Between, Kind};
use crate::world::World;
use crate::world::belongings::Linking;
use crate::world::talk::Platform;

/// How long the customer has for it.
const LIFE: TimeDelta = TimeDelta::minutes(5);

/// The customer leaves for the app's login, under the token that is returned.
pub(crate) fn open(world: &mut World, place: &Place) -> String {
    let token = world.mint.letters("account linking", 32);
    let expires = world.now() + LIFE;
    let linking = Linking { page: place.account.clone(), scoped: place.scoped.clone(), expires };
    world.belongings.linking.insert(token.clone(), linking);
    token
}

/// The token under which a customer is away, if that is still so.
pub(crate) fn opened(world: &World, place: &Place) -> Option<String> {
    let now = world.now();
    let own = |it: &Linking| it.page == place.account && it.scoped == place.scoped && it.expires > now;
    world.belongings.linking.iter().find(|(_, it)| own(it)).map(|(token, _)| token.clone())
}

/// The customer is back: with a code the accounts are linked, without one nothing came of it. Whether they are linked.
pub(crate) fn finish(world: &mut World, token: &str, code: Option<&str>) -> bool {
    let now = world.now();
    let linking = world.belongings.linking.remove(token).filter(|it| it.expires > now);
    let (Some(linking), Some(code)) = (linking, code) else { return false };
    let between = Between { platform: Platform::Messenger, account: linking.page, scoped: linking.scoped };
    let event = json!({"status": "linked", "authorization_code": code});
    world.tell(Kind::AccountLinking, &between, "account_linking", &event);
    true
}

/// `/messenger_platform/account_linking`: where the app's login sends the customer back to.
pub(crate) fn returned(world: &mut World, call: &Call) -> Reply {
    let token = call.text("account_linking_token").unwrap_or_default();
    let code = call.text("authorization_code").filter(|code| !code.is_empty());
    let (status, sentence) = if finish(world, &token, code.as_deref()) {
        (200, "Your accounts are linked. You can go back to the conversation.")
    } else {
        (400, "Your accounts are not linked: there was no code, or it came too late.")
    };
    Reply::html(status, page::whole("Account linking", &format!("<h1>Account linking</h1><p>{sentence}</p>")))
}
