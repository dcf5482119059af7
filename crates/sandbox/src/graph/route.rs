//! From a path of the Facebook host to what answers it.

use serde_json::{Map, Value};

use super::error::Refusal;
use super::nodes::Scene;
use super::reach::{self, Sender, Use};
use super::{
    Step, accounts, businesses, conversations, labels, linking, media, messages, moderation, nodes, permissions, personas, profile,
    profiles, routing, stickers, templates, uploads, usage, version,
};
use crate::call::Call;
use crate::oauth;
use crate::secret::{hmac_sha256, same};
use crate::tokens::{Bearer, Token};
use crate::webhooks::subscriptions::{self, AppStep};
use crate::world::World;
use crate::world::talk::Platform;

/// What kind of thing an id names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    App,
    Person,
    Business,
    Page,
    Instagram,
    Thread,
    Message,
    Customer,
    Persona,
    Label,
    Comment,
    Media,
}

/// Takes a call as far as it goes without waiting for anybody.
pub(crate) fn step(world: &mut World, call: &Call) -> Result<Step, Refusal> {
    if call.malformed {
        return Err(Refusal::parameter("The body is not valid JSON"));
    }
    version::check(world, call)?;
    let path: Vec<&str> = call.segments.iter().map(String::as_str).collect();
    if path == ["oauth", "access_token"] {
        return oauth::access_token(world, call).map(Step::Done);
    }
    if path.is_empty() {
        return several(world, call);
    }
    one(world, call, &path)
}

/// `/?ids=a,b`: each counts as a call.
fn several(world: &mut World, call: &Call) -> Result<Step, Refusal> {
    let ids = call.list("ids").filter(|ids| !ids.is_empty()).ok_or_else(|| Refusal::path("/"))?;
    if ids.len() > 50 {
        return Err(Refusal::parameter("Too many IDs. Maximum: 50"));
    }
    let mut told = Map::new();
    for id in ids {
        match one(world, call, &[&id])? {
            Step::Done(value) => told.insert(id, value),
            Step::Verify(_) => return Err(Refusal::path("/")),
        };
    }
    Ok(Step::Done(Value::Object(told)))
}

fn one(world: &mut World, call: &Call, path: &[&str]) -> Result<Step, Refusal> {
    let Some((first, rest)) = path.split_first() else { return Err(Refusal::path("/")) };
    let bearer = authenticate(world, call, first)?;
    usage::charge(world, call, &bearer, path)?;
    match path {
        ["debug_token"] => return oauth::debug_token(world, call, &bearer).map(Step::Done),
        ["sticker_packs" | "sticker_search", ..] => return stickers::answer(world, call, &bearer, path).map(Step::Done),
        ["message_template_library"] => return Ok(Step::Done(templates::library())),
        _ => {}
    }
    let id = match (*first, &bearer) {
        ("me", Bearer::App(_) | Bearer::Instagram(_)) => return Err(no_user()),
        ("me", Bearer::User(token)) => token.person.clone(),
        ("me", Bearer::Page(token)) => token.page.clone().unwrap_or_default(),
        (id, _) => id.to_owned(),
    };
    let kind = kind(world, &id).ok_or_else(|| Refusal::missing(call.method.as_str(), &id))?;
    at(world, call, &bearer, &id, kind, rest)
}

pub(crate) fn no_user() -> Refusal {
    Refusal::new(2500, "An active access token must be used to query information about the current user.")
}

fn authenticate(world: &World, call: &Call, first: &str) -> Result<Bearer, Refusal> {
    let Some(text) = call.token.as_deref().filter(|text| !text.is_empty()) else {
        return Err(if first == "me" { no_user() } else { Refusal::new(104, "An access token is required to request this resource.") });
    };
    let bearer = world.bearer(text)?;
    if matches!(bearer, Bearer::Instagram(_)) {
        return Err(Refusal::token(None, "Invalid OAuth access token - Cannot parse access token"));
    }
    let app = world.app_behind(bearer.app());
    if app.is_some_and(|app| app.blocked) {
        return Err(Refusal::blocked());
    }
    let wrong = |sentence: &str| Err(Refusal::new(100, sentence).kind("GraphMethodException"));
    match (call.text("appsecret_proof"), app) {
        (Some(proof), Some(app)) if !is_proof(world, call, &proof, &app.secret, text) => {
            wrong("Invalid appsecret_proof provided in the API argument")
        }
        (None, Some(app)) if app.require_proof && !matches!(bearer, Bearer::App(_)) => {
            wrong("API calls from the server require an appsecret_proof argument")
        }
        _ => Ok(bearer),
    }
}

/// Whether a proof was made of the token, or of the token and a time within the last five minutes.
fn is_proof(world: &World, call: &Call, proof: &str, secret: &str, token: &str) -> bool {
    let made_of = |message: &str| same(proof, &hex::encode(hmac_sha256(secret, message)));
    match call.text("appsecret_time") {
        None => made_of(token),
        Some(time) => {
            let recent = time.parse::<i64>().is_ok_and(|at| (world.now().timestamp() - at).abs() <= 300);
            recent && made_of(&format!("{token}|{time}"))
        }
    }
}

/// What an id names, by the ids of the road through Pages.
pub(crate) fn kind(world: &World, id: &str) -> Option<Kind> {
    let belongings = &world.belongings;
    Some(if world.app_behind(id).is_some() {
        Kind::App
    } else if world.person(id).is_some() {
        Kind::Person
    } else if world.page(id).is_some() {
        Kind::Page
    } else if world.account(id).is_some() {
        Kind::Instagram
    } else if world.index.thread(id).is_some() {
        Kind::Thread
    } else if world.index.message(id).is_some() {
        Kind::Message
    } else if world.index.knows(id) {
        Kind::Customer
    } else if world.business(id).is_some() {
        Kind::Business
    } else if belongings.personas.contains_key(id) {
        Kind::Persona
    } else if belongings.labels.contains_key(id) {
        Kind::Label
    } else if world.comments.iter().any(|comment| comment.id == id) {
        Kind::Comment
    } else if media_owner(world, id).is_some() {
        Kind::Media
    } else {
        return None;
    })
}

/// The account that published something.
pub(crate) fn media_owner(world: &World, id: &str) -> Option<String> {
    if !id.starts_with("179") && !id.starts_with("180") {
        return None;
    }
    let now = world.now();
    let published = |account: &&crate::world::cast::Instagram| media::of(&account.id, now).iter().any(|media| media.id == id);
    world.instagram.iter().find(published).map(|account| account.id.clone())
}

fn at(world: &mut World, call: &Call, bearer: &Bearer, id: &str, kind: Kind, rest: &[&str]) -> Result<Step, Refusal> {
    let method = call.method.as_str();
    let done = match (kind, method, rest) {
        (Kind::App, _, ["subscriptions"]) => {
            return subscriptions::of_app(world, call, id, bearer).map(|step| match step {
                AppStep::Done(body) => Step::Done(body),
                AppStep::Verify(handshake) => Step::Verify(handshake),
            });
        }
        (Kind::App, "GET", ["permissions"]) => permissions::of_app(world, bearer, id),
        (Kind::App, "GET", []) => nodes::app(world, call, bearer, id),
        // Who somebody is to another app or Page is told within one business only, and no two of them share one here.
        (Kind::Person | Kind::Customer, "GET", ["ids_for_apps" | "ids_for_pages" | "ids_for_business"]) => {
            Ok(serde_json::json!({"data": []}))
        }
        (Kind::Person, ..) => {
            let token = own(bearer, id, method)?;
            of_person(world, call, bearer, &token, rest)
        }
        (Kind::Business, ..) => of_business(world, call, bearer, id, rest),
        (Kind::Page, "GET", []) => {
            if let Bearer::User(token) = bearer {
                accounts::mint(world, token);
            }
            accounts::page_node(&Scene::new(world, call, bearer), id)
        }
        (Kind::Page, _, [edge]) => {
            let sender = reach::sender(world, bearer, id, method)?;
            if *edge == "subscribed_apps" {
                subscriptions::of_page(world, call, id, &sender.token)
            } else {
                messaging(world, call, bearer, &sender, edge)
            }
        }
        (Kind::Instagram, "GET", _) => of_instagram(world, call, bearer, id, rest),
        (Kind::Thread, "GET", [] | ["messages"]) => conversations::of_thread(world, call, bearer, id, !rest.is_empty()),
        (Kind::Message, "GET", [] | [_]) => conversations::of_message(world, call, bearer, id, rest.first().copied()),
        (Kind::Customer, "GET", []) => profiles::answer(&Scene::new(world, call, bearer), id),
        (Kind::Customer | Kind::Persona | Kind::Label, ..) => kept(world, call, bearer, id, kind, rest),
        (Kind::Comment, "GET", []) => nodes::comment(&Scene::new(world, call, bearer), id),
        (Kind::Media, "GET", []) => {
            let scene = Scene::new(world, call, bearer);
            let owner = media_owner(scene.world, id).ok_or_else(|| Refusal::missing(method, id))?;
            accounts::reachable(&scene, &owner)?;
            media::node(&scene, &owner, id)
        }
        (_, "GET", [edge, ..]) => Err(Refusal::path(&format!("/{edge}"))),
        _ => Err(Refusal::missing(method, id)),
    };
    done.map(Step::Done)
}

/// The user token, if `id` is its own person.
fn own(bearer: &Bearer, id: &str, method: &str) -> Result<Token, Refusal> {
    match bearer {
        Bearer::User(token) if token.person == id => Ok(token.clone()),
        _ => Err(Refusal::missing(method, id)),
    }
}

fn of_person(world: &mut World, call: &Call, bearer: &Bearer, token: &Token, rest: &[&str]) -> Result<Value, Refusal> {
    match (call.method.as_str(), rest) {
        (_, ["permissions"] | ["permissions", _]) => permissions::answer(world, call, token, rest.get(1).copied()),
        ("GET", [] | ["accounts" | "businesses"]) => {
            accounts::mint(world, token);
            let scene = Scene::new(world, call, bearer);
            match rest {
                [] => accounts::person(&scene, token, &scene.fields(&["name", "id"])?),
                ["accounts"] => accounts::list(&scene, token),
                _ => businesses::list(&scene, token),
            }
        }
        ("GET", [edge, ..]) => Err(Refusal::path(&format!("/{edge}"))),
        (method, _) => Err(Refusal::missing(method, &token.person)),
    }
}

fn of_business(world: &mut World, call: &Call, bearer: &Bearer, id: &str, rest: &[&str]) -> Result<Value, Refusal> {
    let method = call.method.as_str();
    let Bearer::User(token) = bearer else { return Err(Refusal::missing(method, id)) };
    if (method, rest) == ("POST", &["system_user_access_tokens"]) {
        return businesses::token(world, call, bearer, id);
    }
    accounts::mint(world, token);
    let scene = Scene::new(world, call, bearer);
    match (method, rest) {
        ("GET", []) => businesses::node(&scene, token, id),
        ("GET", ["owned_pages"]) => businesses::edge(&scene, token, id, false),
        ("GET", ["client_pages"]) => businesses::edge(&scene, token, id, true),
        ("GET", ["owned_instagram_accounts" | "instagram_business_accounts" | "client_instagram_assets" | "owned_instagram_assets"]) => {
            businesses::instagram(&scene, token, id)
        }
        ("GET", [edge, ..]) => Err(Refusal::path(&format!("/{edge}"))),
        _ => Err(Refusal::missing(method, id)),
    }
}

fn of_instagram(world: &World, call: &Call, bearer: &Bearer, id: &str, rest: &[&str]) -> Result<Value, Refusal> {
    let scene = Scene::new(world, call, bearer);
    match rest {
        [] => accounts::instagram_node(&scene, id),
        ["media" | "stories"] => {
            accounts::reachable(&scene, id)?;
            media::list(&scene, id, rest == ["stories"])
        }
        [edge, ..] => Err(Refusal::path(&format!("/{edge}"))),
    }
}

/// Edges about messages, the same for a Page and for an Instagram account on its own road.
pub(crate) fn messaging(world: &mut World, call: &Call, bearer: &Bearer, sender: &Sender, edge: &str) -> Result<Value, Refusal> {
    match (call.method.as_str(), edge) {
        ("POST", "messages") => messages::send(world, call, sender),
        ("GET", "conversations") => conversations::list(world, call, bearer, sender),
        ("POST", "message_attachments" | "messageattachments") => uploads::upload(world, call, sender),
        (_, "messenger_profile") => profile::answer(world, call, sender),
        (_, "custom_user_settings") => profile::menu_of_customer(world, call, sender),
        ("POST", "personas") => personas::create(world, call, sender),
        ("GET", "personas") => personas::list(&Scene::new(world, call, bearer), sender),
        ("POST", "custom_labels") => labels::create(world, call, sender),
        ("GET", "custom_labels") => labels::list(&Scene::new(world, call, bearer), sender, None),
        ("POST", "moderate_conversations") => moderation::answer(world, call, sender),
        ("POST", "unlink_accounts") => linking::unlink(world, call, sender),
        (_, "message_templates") => templates::answer(world, call, sender),
        (
            "POST",
            "pass_thread_control" | "take_thread_control" | "request_thread_control" | "release_thread_control" | "extend_thread_control",
        ) => routing::edge(world, call, sender, edge),
        ("GET", "thread_owner") => routing::thread_owner(world, call, sender),
        ("GET", "messaging_feature_review") => Ok(permissions::review(world, sender)),
        ("GET", edge) => Err(Refusal::path(&format!("/{edge}"))),
        (method, _) => Err(Refusal::missing(method, &sender.node)),
    }
}

/// What a Page keeps: personas, labels, the labels of a customer.
fn kept(world: &mut World, call: &Call, bearer: &Bearer, id: &str, kind: Kind, rest: &[&str]) -> Result<Value, Refusal> {
    let method = call.method.as_str();
    let Bearer::Page(token) = bearer else { return Err(Refusal::missing(method, id)) };
    let sender = reach::sender(world, bearer, token.page.as_deref().unwrap_or_default(), method)?;
    reach::account(world, &sender, Platform::Messenger, Use::Write)?;
    match (kind, method, rest) {
        (Kind::Persona, "GET", []) => personas::node(&Scene::new(world, call, bearer), &sender, id),
        (Kind::Persona, "DELETE", []) => personas::delete(world, &sender, id),
        (Kind::Label, "GET", []) => labels::node(&Scene::new(world, call, bearer), &sender, id),
        (Kind::Label, "DELETE", []) => labels::delete(world, &sender, id),
        (Kind::Label, "POST" | "DELETE", ["label"]) => labels::stick(world, call, &sender, id),
        (Kind::Customer, "GET", ["custom_labels"]) => labels::list(&Scene::new(world, call, bearer), &sender, Some(id)),
        (_, "GET", [edge, ..]) => Err(Refusal::path(&format!("/{edge}"))),
        _ => Err(Refusal::missing(method, id)),
    }
}
