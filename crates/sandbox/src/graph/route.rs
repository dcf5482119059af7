//! From a path to what answers it.

use super::error::Refusal;
use super::nodes::Scene;
use super::{Step, accounts, conversations, fields, messages, nodes, permissions, profiles, usage, version};
use crate::call::Call;
use crate::oauth;
use crate::tokens::{Bearer, Token, hmac_sha256, same};
use crate::webhooks::subscriptions::{self, AppStep};
use crate::world::World;
use crate::world::talk::Platform;

/// What kind of thing an id names.
#[derive(Debug)]
enum Kind {
    App,
    Person,
    Page,
    Instagram,
    Thread,
    Message,
    Customer,
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
    let Some((first, rest)) = path.split_first() else {
        return Err(Refusal::path("/"));
    };
    let bearer = authenticate(world, call, first)?;
    usage::charge(world, call, &bearer)?;
    if path == ["debug_token"] {
        return oauth::debug_token(world, call, &bearer).map(Step::Done);
    }
    let id = match (*first, &bearer) {
        ("me", Bearer::App(_)) => return Err(no_user()),
        ("me", Bearer::User(token)) => token.person.clone(),
        ("me", Bearer::Page(token)) => token.page.clone().unwrap_or_default(),
        (id, _) => id.to_owned(),
    };
    let kind = kind(world, &id).ok_or_else(|| Refusal::missing(call.method.as_str(), &id))?;
    at(world, call, &bearer, &id, &kind, rest)
}

fn no_user() -> Refusal {
    Refusal::new(2500, "An active access token must be used to query information about the current user.")
}

fn authenticate(world: &World, call: &Call, first: &str) -> Result<Bearer, Refusal> {
    let Some(text) = call.token.as_deref().filter(|text| !text.is_empty()) else {
        return Err(if first == "me" { no_user() } else { Refusal::new(104, "An access token is required to request this resource.") });
    };
    let bearer = world.bearer(text)?;
    let app = world.app(bearer.app());
    let wrong = |sentence: &str| Err(Refusal::new(100, sentence).kind("GraphMethodException"));
    match (call.text("appsecret_proof"), app) {
        (Some(proof), Some(app)) if !same(&proof, &hex::encode(hmac_sha256(&app.secret, text))) => {
            wrong("Invalid appsecret_proof provided in the API argument")
        }
        (None, Some(app)) if app.require_proof && !matches!(bearer, Bearer::App(_)) => {
            wrong("API calls from the server require an appsecret_proof argument")
        }
        _ => Ok(bearer),
    }
}

fn kind(world: &World, id: &str) -> Option<Kind> {
    if world.app(id).is_some() {
        Some(Kind::App)
    } else if world.person(id).is_some() {
        Some(Kind::Person)
    } else if world.page(id).is_some() {
        Some(Kind::Page)
    } else if world.account(id).is_some() {
        Some(Kind::Instagram)
    } else if world.thread(id).is_some() {
        Some(Kind::Thread)
    } else if world.message(id).is_some() {
        Some(Kind::Message)
    } else if world.threads.iter().any(|thread| thread.scoped == id) {
        Some(Kind::Customer)
    } else {
        None
    }
}

fn at(world: &mut World, call: &Call, bearer: &Bearer, id: &str, kind: &Kind, rest: &[&str]) -> Result<Step, Refusal> {
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
        (Kind::Person, _, ["permissions", ..]) => {
            let token = own(bearer, id, method)?;
            permissions::answer(world, call, &token, rest.get(1).copied())
        }
        (Kind::Person, "GET", [] | ["accounts"]) => {
            let token = own(bearer, id, method)?;
            accounts::mint(world, &token);
            let scene = Scene::new(world, call, bearer);
            if rest.is_empty() {
                accounts::person(&scene, &token, &fields::wanted(call.text("fields").as_deref(), &["name", "id"])?)
            } else {
                accounts::list(&scene, &token)
            }
        }
        (Kind::Page, "GET", []) => {
            if let Bearer::User(token) = bearer {
                accounts::mint(world, token);
            }
            accounts::page_node(&Scene::new(world, call, bearer), id)
        }
        (Kind::Page, _, ["subscribed_apps"]) => {
            let token = page_token(world, bearer, id, method)?;
            subscriptions::of_page(world, call, id, &token)
        }
        (Kind::Page, "POST", ["messages"]) => {
            let token = page_token(world, bearer, id, method)?;
            messages::send(world, call, &token, id)
        }
        (Kind::Page, "GET", ["conversations"]) => {
            let token = page_token(world, bearer, id, method)?;
            conversations::list(world, call, bearer, &token, id)
        }
        (Kind::Instagram, "GET", []) => accounts::instagram_node(&Scene::new(world, call, bearer), id),
        (Kind::Thread, "GET", [] | ["messages"]) => conversations::of_thread(world, call, bearer, id, !rest.is_empty()),
        (Kind::Message, "GET", []) => conversations::of_message(world, call, bearer, id),
        (Kind::Customer, "GET", []) => profiles::answer(&Scene::new(world, call, bearer), id),
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

/// The Page token, if it is this Page's and the person still lets the app have the Page.
pub(super) fn page_token(world: &World, bearer: &Bearer, page: &str, method: &str) -> Result<Token, Refusal> {
    match bearer {
        Bearer::Page(token) if token.page.as_deref() == Some(page) => {
            let visible = world.visible_pages(token).iter().any(|it| it.id == page);
            if visible { Ok(token.clone()) } else { Err(Refusal::coded(200, "Permissions error")) }
        }
        Bearer::Page(_) => Err(Refusal::missing(method, page)),
        Bearer::User(_) | Bearer::App(_) => Err(Refusal::token(None, "(#190) This method must be called with a Page Access Token")),
    }
}

/// Why messages of a platform cannot be used through a Page, if they cannot.
pub(super) fn messaging_open(world: &World, page: &str, platform: Platform) -> Result<String, Refusal> {
    let known = world.page(page).ok_or_else(|| Refusal::missing("get", page))?;
    if platform == Platform::Messenger {
        return Ok(known.id.clone());
    }
    let account =
        world.linked_account(known).ok_or_else(|| Refusal::parameter("No Instagram account is linked to the Page.").sub(2_534_013))?;
    if known.two_factor_required {
        let sentence = "Cannot verify the connection between the Instagram account, the logged in user and the Page.";
        return Err(Refusal::coded(10, sentence).sub(2_534_077));
    }
    if !account.message_access {
        let sentence = "The Instagram account owner has disabled access to instagram direct messages.";
        return Err(Refusal::coded(200, sentence).sub(2_534_041));
    }
    Ok(account.id.clone())
}
