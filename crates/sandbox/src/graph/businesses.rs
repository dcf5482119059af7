//! Business portfolios: the Pages they own, and tokens of their own.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::accounts;
use super::error::Refusal;
use super::fields::{self, Field};
use super::nodes::{Scene, collect, unknown};
use super::paging::{self, Link, Window};
use crate::call::Call;
use crate::secret::{hmac_sha256, same};
use crate::tokens::{Bearer, LONG, Token};
use crate::world::World;
use crate::world::cast::Business;

impl World {
    /// Businesses that a token's holder belongs to.
    fn businesses_of(&self, token: &Token) -> Vec<&Business> {
        let of = |business: &&Business| match &token.business {
            Some(own) => business.id == *own,
            None => business.people.contains(&token.person),
        };
        self.businesses.iter().filter(of).collect()
    }

    /// The business that a login for a business's own token is bound to.
    pub(crate) fn business_behind(&self, person: &str) -> String {
        let own = self.businesses.iter().find(|business| business.people.iter().any(|it| it == person));
        own.map_or_else(|| crate::mint::digits(&format!("business:{person}"), 16), |business| business.id.clone())
    }
}

/// `/me/businesses`.
pub(super) fn list(scene: &Scene<'_>, token: &Token) -> Result<Value, Refusal> {
    if !scene.has("business_management") {
        return Err(Refusal::needs_to_read("business_management"));
    }
    let wanted = scene.fields(&["id", "name"])?;
    businesses(scene, token, &Window::of_call(scene.call)?, &wanted, None)
}

/// The same, expanded from `/me`.
pub(super) fn expanded(scene: &Scene<'_>, token: &Token, field: &Field) -> Result<Option<Value>, Refusal> {
    if !scene.has("business_management") {
        return Ok(None);
    }
    let inner = fields::inner(field, &["id", "name"]);
    businesses(scene, token, &Window::of_field(field)?, &inner, Some(paging::written(&inner))).map(Some)
}

fn businesses(scene: &Scene<'_>, token: &Token, window: &Window, wanted: &[Field], written: Option<String>) -> Result<Value, Refusal> {
    let keyed = scene.world.businesses_of(token).into_iter().zip(1_i64..).map(|(business, place)| ((-place, 0), business)).collect();
    let link = Link { call: scene.call, version: &scene.version, path: format!("/{}/businesses", token.person), fields: written };
    window.cut(keyed).told(&link, |business| value(scene, token, business, wanted))
}

/// `/{business}`.
pub(super) fn node(scene: &Scene<'_>, token: &Token, id: &str) -> Result<Value, Refusal> {
    value(scene, token, own(scene, token, id)?, &scene.fields(&["id", "name"])?)
}

fn own<'a>(scene: &Scene<'a>, token: &Token, id: &str) -> Result<&'a Business, Refusal> {
    let business = scene.world.businesses_of(token).into_iter().find(|business| business.id == id);
    let business = business.ok_or_else(|| Refusal::missing("get", id))?;
    if scene.has("business_management") { Ok(business) } else { Err(Refusal::needs_to_read("business_management")) }
}

fn value(scene: &Scene<'_>, token: &Token, business: &Business, wanted: &[Field]) -> Result<Value, Refusal> {
    collect(wanted, &business.id, |field| match field.name.as_str() {
        "id" => Ok(None),
        "name" => Ok(Some(json!(business.name))),
        "verification_status" => Ok(Some(json!(business.verification_status))),
        "two_factor_type" => Ok(Some(json!(business.two_factor_type))),
        "owned_pages" | "client_pages" => pages_of(scene, token, business, field.name == "client_pages", field).map(Some),
        _ => Err(unknown(field, "Business")),
    })
}

fn pages_of(scene: &Scene<'_>, token: &Token, business: &Business, client: bool, field: &Field) -> Result<Value, Refusal> {
    let inner = fields::inner(field, &["id", "name"]);
    let written = Some(paging::written(&inner));
    pages(scene, token, business, client, &Window::of_field(field)?, &inner, written)
}

/// `/{business}/owned_pages` and `/{business}/client_pages`.
pub(super) fn edge(scene: &Scene<'_>, token: &Token, id: &str, client: bool) -> Result<Value, Refusal> {
    let business = own(scene, token, id)?;
    pages(scene, token, business, client, &Window::of_call(scene.call)?, &scene.fields(&["id", "name"])?, None)
}

fn pages(
    scene: &Scene<'_>,
    token: &Token,
    business: &Business,
    client: bool,
    window: &Window,
    wanted: &[Field],
    written: Option<String>,
) -> Result<Value, Refusal> {
    let visible = scene.world.visible_pages(token).into_iter();
    let keyed = visible
        .filter(|page| page.business.as_ref() == Some(&business.id) && page.client == client)
        .zip(1_i64..)
        .map(|(page, place)| ((-place, 0), page))
        .collect();
    let edge = if client { "client_pages" } else { "owned_pages" };
    let link = Link { call: scene.call, version: &scene.version, path: format!("/{}/{edge}", business.id), fields: written };
    window.cut(keyed).told(&link, |page| accounts::page_value(scene, page, wanted))
}

/// `/{business}/{kind of Instagram accounts}`.
pub(super) fn instagram(scene: &Scene<'_>, token: &Token, id: &str) -> Result<Value, Refusal> {
    let business = own(scene, token, id)?;
    let linked = scene.world.visible_pages(token).into_iter().filter(|page| page.business.as_ref() == Some(&business.id));
    let keyed = linked.filter_map(|page| scene.world.linked_account(page)).zip(1_i64..).map(|(it, place)| ((-place, 0), it)).collect();
    let link = Link { call: scene.call, version: &scene.version, path: format!("/{id}/instagram_business_accounts"), fields: None };
    let wanted = scene.fields(&["id"])?;
    Window::of_call(scene.call)?.cut(keyed).told(&link, |account| accounts::account_value(account, &wanted))
}

/// `POST /{business}/system_user_access_tokens`: a narrower token of the business, or the one that is there.
pub(super) fn token(world: &mut World, call: &Call, bearer: &Bearer, id: &str) -> Result<Value, Refusal> {
    let Bearer::User(user) = bearer else { return Err(Refusal::missing("post", id)) };
    let belongs = world.businesses_of(user).iter().any(|business| business.id == id) || user.business.as_deref() == Some(id);
    if !belongs {
        return Err(Refusal::missing("post", id));
    }
    let secret = world.app(&user.app).map(|app| app.secret.clone()).unwrap_or_default();
    let proof = hex::encode(hmac_sha256(&secret, &user.value));
    if !call.text("appsecret_proof").is_some_and(|told| same(&told, &proof)) {
        let sentence = "API calls from the server require an appsecret_proof argument";
        return Err(Refusal::new(100, sentence).kind("GraphMethodException"));
    }
    if !world.has(user, "business_management") {
        return Err(Refusal::needs_to_write("business_management"));
    }
    if call.flag("fetch_only") {
        let of_business = |token: &&Token| token.business.as_deref() == Some(id) && token.page.is_none() && token.app == user.app;
        let known = world.tokens.values().filter(of_business).find(|token| world.flaw(token).is_none());
        let known = known.ok_or_else(|| Refusal::parameter("There is no token that could be fetched"))?;
        return Ok(json!({"access_token": known.value}));
    }
    let scopes: Option<BTreeSet<String>> = call.list("scope").map(|scopes| scopes.into_iter().collect());
    let expires = call.flag("set_token_expires_in_60_days").then(|| world.now() + LONG);
    let token = world.business_token(&user.person, &user.app, id, expires, scopes);
    let token = token.ok_or_else(|| Refusal::token(Some(458), "The person has not authorized the application."))?;
    Ok(json!({"access_token": token.value}))
}
