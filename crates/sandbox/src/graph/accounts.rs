//! People, Pages and Instagram accounts.

use serde_json::{Value, json};

use super::error::Refusal;
use super::fields::{self, Field};
use super::nodes::{Scene, collect, unknown};
use super::paging::{self, Link, Window};
use crate::tokens::{Bearer, Token};
use crate::world::World;
use crate::world::cast::{AccountType, Instagram, Page};

const LISTED: [&str; 6] = ["access_token", "category", "category_list", "name", "id", "tasks"];

/// Makes the Page tokens that a user token can ask for.
pub(crate) fn mint(world: &mut World, token: &Token) {
    let pages: Vec<String> = world.visible_pages(token).into_iter().map(|page| page.id.clone()).collect();
    for page in pages {
        world.page_token(token, &page);
    }
}

/// `/me`, for a person.
pub(crate) fn person(scene: &Scene<'_>, token: &Token, wanted: &[Field]) -> Result<Value, Refusal> {
    let person = scene.world.person(&token.person).ok_or_else(|| Refusal::missing("get", &token.person))?;
    if let Some(business) = &token.business {
        return system_user(token, business, wanted);
    }
    let mut names = person.name.splitn(2, ' ');
    let (first, last) = (names.next(), names.next());
    collect(wanted, &person.id, |field| match field.name.as_str() {
        "email" if scene.has("email") => Ok(Some(json!(format!("{}@example.org", person.id)))),
        "id" | "email" => Ok(None),
        "name" => Ok(Some(json!(person.name))),
        "first_name" => Ok(first.map(|name| json!(name))),
        "last_name" => Ok(last.map(|name| json!(name))),
        "picture" => Ok(Some(picture(&person.id))),
        "businesses" => super::businesses::expanded(scene, token, field),
        "permissions" => Ok(Some(super::permissions::list(scene.world, token, None, None))),
        "accounts" => {
            let window = Window::of_field(field)?;
            let inner = fields::inner(field, &LISTED);
            pages(scene, token, &window, &inner, Some(paging::written(&inner))).map(Some)
        }
        _ => Err(unknown(field, "User")),
    })
}

/// The id of the user behind a token of a business.
pub(crate) fn system_user_id(business: &str, app: &str) -> String {
    crate::mint::digits(&format!("system-user:{business}:{app}"), 16)
}

/// The user behind a token of a business.
fn system_user(token: &Token, business: &str, wanted: &[Field]) -> Result<Value, Refusal> {
    collect(wanted, &system_user_id(business, &token.app), |field| match field.name.as_str() {
        "id" => Ok(None),
        "name" => Ok(Some(json!("Conversions API System User"))),
        "client_business_id" => Ok(Some(json!(business))),
        _ => Err(unknown(field, "User")),
    })
}

fn picture(id: &str) -> Value {
    json!({"data": {"height": 50, "width": 50, "is_silhouette": false, "url": format!("https://platform-lookaside.fbsbx.com/{id}.jpg")}})
}

/// `/me/accounts`.
pub(crate) fn list(scene: &Scene<'_>, token: &Token) -> Result<Value, Refusal> {
    let window = Window::of_call(scene.call)?;
    pages(scene, token, &window, &scene.fields(&LISTED)?, None)
}

fn pages(scene: &Scene<'_>, token: &Token, window: &Window, wanted: &[Field], written: Option<String>) -> Result<Value, Refusal> {
    if scene.world.is_stale(token) {
        return Err(Refusal::data_access_over());
    }
    let visible = if scene.has("pages_show_list") { scene.world.visible_pages(token) } else { Vec::new() };
    // Pages that a business owns are found through the business only.
    let listed = visible.into_iter().filter(|page| page.business.is_none() || token.business.is_some());
    let keyed = listed.zip(1_i64..).map(|(page, place)| ((-place, 0), page)).collect();
    let link = Link { call: scene.call, version: &scene.version, path: format!("/{}/accounts", token.person), fields: written };
    window.cut(keyed).told(&link, |page| page_value(scene, page, wanted))
}

/// `/{page-id}`.
pub(crate) fn page_node(scene: &Scene<'_>, id: &str) -> Result<Value, Refusal> {
    let token = scene.bearer.token();
    let page = token
        .map(|token| scene.world.visible_pages(token))
        .and_then(|visible| visible.into_iter().find(|page| page.id == id))
        .ok_or_else(|| Refusal::missing("get", id))?;
    if !["pages_read_engagement", "pages_show_list", "pages_manage_metadata", "pages_messaging"].iter().any(|scope| scene.has(scope)) {
        return Err(Refusal::needs_to_read("pages_read_engagement"));
    }
    if token.is_some_and(|token| token.page.is_none() && scene.world.is_stale(token)) {
        return Err(Refusal::data_access_over());
    }
    page_value(scene, page, &scene.fields(&["name", "id"])?)
}

pub(super) fn page_value(scene: &Scene<'_>, page: &Page, wanted: &[Field]) -> Result<Value, Refusal> {
    let tasks = scene.bearer.token().and_then(|token| page.tasks_of(&token.person));
    collect(wanted, &page.id, |field| {
        Ok(Some(match field.name.as_str() {
            "id" | "username" | "about" | "phone" | "emails" | "website" | "user_access_expire_time" => return Ok(None),
            "name" => json!(page.name),
            "category" => json!(page.category),
            "category_list" => json!([{"id": crate::mint::digits(&page.category, 15), "name": page.category}]),
            "link" => json!(format!("https://www.facebook.com/{}", page.id)),
            "is_published" => json!(page.published),
            "tasks" => json!(tasks),
            "access_token" => match own_token(scene, page) {
                Some(token) => json!(token),
                None => return Ok(None),
            },
            "is_webhooks_subscribed" => {
                let app = scene.bearer.app();
                json!(scene.world.installed.iter().any(|it| it.app == app && it.asset == page.id))
            }
            "messaging_feature_status" => super::routing::status(scene.world, &page.id),
            "verification_status" => json!(page.verification_status),
            "business" => match page.business.as_deref().and_then(|id| scene.world.business(id)) {
                Some(business) => json!({"id": business.id, "name": business.name}),
                None => return Ok(None),
            },
            "has_transitioned_to_new_page_experience" | "is_messenger_platform_bot" => json!(true),
            "has_added_app" => {
                let app = scene.bearer.app();
                json!(scene.world.installed.iter().any(|it| it.app == app && it.asset == page.id))
            }
            "does_viewer_have_page_permission_link_ig" => json!(tasks.is_some_and(|tasks| tasks.iter().any(|task| task == "MANAGE"))),
            "fan_count" | "followers_count" => json!(240),
            "picture" => picture(&page.id),
            "conversations" => return super::conversations::expanded(scene, page, field).map(Some),
            "recipient" => match super::linking::recipient(scene.world, scene.call, &page.id)? {
                Some(recipient) => recipient,
                None => return Ok(None),
            },
            "instagram_business_account" | "connected_instagram_account" => {
                return linked(scene, page, field);
            }
            _ => return Err(unknown(field, "Page")),
        }))
    })
}

fn own_token(scene: &Scene<'_>, page: &Page) -> Option<String> {
    let user = match scene.bearer {
        Bearer::App(_) | Bearer::Instagram(_) => return None,
        Bearer::Page(token) => return Some(token.value.clone()),
        Bearer::User(token) => token,
    };
    scene.world.known_page_token(user, &page.id).map(|token| token.value.clone())
}

fn linked(scene: &Scene<'_>, page: &Page, field: &Field) -> Result<Option<Value>, Refusal> {
    let account = match field.name.as_str() {
        "instagram_business_account" => scene.world.linked_account(page),
        _ => page.instagram.as_deref().and_then(|id| scene.world.account(id)),
    };
    match account.filter(|_| scene.has("instagram_basic")) {
        Some(account) => account_value(account, &field.inner).map(Some),
        None => Ok(None),
    }
}

/// `/{ig-user-id}`.
pub(crate) fn instagram_node(scene: &Scene<'_>, id: &str) -> Result<Value, Refusal> {
    account_value(reachable(scene, id)?, &scene.fields(&["id"])?)
}

/// An Instagram account that the caller reaches through a Page.
pub(super) fn reachable<'a>(scene: &Scene<'a>, id: &str) -> Result<&'a Instagram, Refusal> {
    let visible = scene.bearer.token().map(|token| scene.world.visible_pages(token)).unwrap_or_default();
    let account = visible
        .into_iter()
        .filter_map(|page| scene.world.linked_account(page))
        .find(|account| account.id == id)
        .ok_or_else(|| Refusal::missing("get", id))?;
    for scope in ["instagram_basic", "pages_read_engagement"] {
        if !scene.has(scope) {
            return Err(Refusal::needs_to_read(scope));
        }
    }
    Ok(account)
}

pub(super) fn account_value(account: &Instagram, wanted: &[Field]) -> Result<Value, Refusal> {
    collect(wanted, &account.id, |field| account_field(account, field))
}

/// What both hosts tell of an account.
pub(crate) fn account_field(account: &Instagram, field: &Field) -> Result<Option<Value>, Refusal> {
    Ok(Some(match field.name.as_str() {
        "id" | "biography" | "website" => return Ok(None),
        "username" => json!(account.username),
        "name" => json!(account.name),
        "account_type" => json!(match account.kind {
            AccountType::Business => "BUSINESS",
            AccountType::Creator => "MEDIA_CREATOR",
            AccountType::Personal => "PERSONAL",
        }),
        "profile_picture_url" => json!(format!("https://scontent.cdninstagram.com/{}.jpg", account.id)),
        "has_profile_pic" | "is_published" => json!(true),
        "followers_count" => json!(120),
        "follows_count" => json!(40),
        "media_count" => json!(2),
        _ => return Err(unknown(field, "IGUser")),
    }))
}
