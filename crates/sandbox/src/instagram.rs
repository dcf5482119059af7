//! Instagram's hosts: the login of an account without a Page, and the Graph API behind it.

pub(crate) mod dialog;
pub(crate) mod me;
pub(crate) mod oauth;

use crate::call::Call;
use crate::graph::error::Refusal;
use crate::graph::nodes::{self, Scene};
use crate::graph::reach::{self, Sender};
use crate::graph::route::{self, Kind};
use crate::graph::{Step, conversations, media, profiles, usage, version};
use crate::tokens::{Bearer, Token};
use crate::webhooks::subscriptions;
use crate::world::talk::Road;
use crate::world::{World, ids};

/// Edges that a Page has and an account without one has not.
const MESSENGER_ONLY: [&str; 5] = ["personas", "custom_labels", "message_templates", "custom_user_settings", "unlink_accounts"];

/// Takes a call of `graph.instagram.com` as far as it goes.
pub(crate) fn step(world: &mut World, call: &Call) -> Result<Step, Refusal> {
    if call.malformed {
        return Err(Refusal::parameter("The body is not valid JSON"));
    }
    version::check(world, call)?;
    let path: Vec<&str> = call.segments.iter().map(String::as_str).collect();
    let done = match path.as_slice() {
        [] => Err(Refusal::path("/")),
        ["access_token"] => oauth::exchange(world, call),
        ["refresh_access_token"] => oauth::refresh(world, call),
        _ => graph(world, call, &path),
    };
    done.map(Step::Done)
}

fn graph(world: &mut World, call: &Call, path: &[&str]) -> Result<serde_json::Value, Refusal> {
    let (first, rest) = path.split_first().ok_or_else(|| Refusal::path("/"))?;
    let token = authenticate(world, call)?;
    let bearer = Bearer::Instagram(token.clone());
    usage::charge(world, call, &bearer, path)?;
    if !world.has(&token, "instagram_business_basic") {
        return Err(Refusal::needs_to_read("instagram_business_basic"));
    }
    let own = [token.person.clone(), ids::app_scoped(&token.person), "me".to_owned()];
    if own.iter().any(|id| id == first) {
        return of_account(world, call, &bearer, &token, rest);
    }
    let method = call.method.as_str();
    let missing = || Refusal::missing(method, first);
    let meant = ids::meant(Road::Instagram, first, &token.person);
    let id = meant.as_deref().unwrap_or(first);
    let kind = route::kind(world, id).ok_or_else(missing)?;
    // A conversation or message is known here by this road's own id only.
    if matches!(kind, Kind::Thread | Kind::Message) && meant.is_none() {
        return Err(missing());
    }
    match (kind, method, rest) {
        (Kind::Thread, "GET", [] | ["messages"]) => conversations::of_thread(world, call, &bearer, id, !rest.is_empty()),
        (Kind::Message, "GET", [] | [_]) => conversations::of_message(world, call, &bearer, id, rest.first().copied()),
        (Kind::Customer, "GET", []) => profiles::answer(&Scene::new(world, call, &bearer), id),
        (Kind::Comment, "GET", []) => nodes::comment(&Scene::new(world, call, &bearer), id),
        (Kind::Media, "GET", []) => media::node(&Scene::new(world, call, &bearer), &token.person, id),
        (_, "GET", [edge, ..]) => Err(Refusal::path(&format!("/{edge}"))),
        _ => Err(missing()),
    }
}

fn authenticate(world: &World, call: &Call) -> Result<Token, Refusal> {
    let text = call.token.as_deref().filter(|text| !text.is_empty());
    let text = text.ok_or_else(|| Refusal::token(None, "Invalid OAuth access token - Cannot parse access token"))?;
    match world.bearer(text)? {
        Bearer::Instagram(token) if world.app_behind(&token.app).is_some_and(|app| app.blocked) => Err(Refusal::blocked()),
        Bearer::Instagram(token) => Ok(token),
        _ => Err(Refusal::token(None, "Invalid OAuth access token - Cannot parse access token")),
    }
}

fn of_account(world: &mut World, call: &Call, bearer: &Bearer, token: &Token, rest: &[&str]) -> Result<serde_json::Value, Refusal> {
    let account = token.person.clone();
    let method = call.method.as_str();
    match (method, rest) {
        ("GET", []) => me::answer(&Scene::new(world, call, bearer), token),
        (_, ["subscribed_apps"]) => subscriptions::of_account(world, call, token),
        ("GET", ["media" | "stories"]) => media::list(&Scene::new(world, call, bearer), &account, rest == ["stories"]),
        (_, [edge]) if MESSENGER_ONLY.contains(edge) && method == "GET" => Err(Refusal::path(&format!("/{edge}"))),
        (_, [edge]) if MESSENGER_ONLY.contains(edge) => Err(Refusal::missing(method, &account)),
        (_, [edge]) => {
            let sender: Sender = reach::sender(world, bearer, &account, method)?;
            route::messaging(world, call, bearer, &sender, edge)
        }
        ("GET", [edge, ..]) => Err(Refusal::path(&format!("/{edge}"))),
        _ => Err(Refusal::missing(method, &account)),
    }
}
