//! The Facebook login dialog.

pub(crate) mod page;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};
use url::Url;

use crate::call::{Call, split};
use crate::reply::Reply;
use crate::tokens::{CODE, Code, SHORT};
use crate::world::World;
use crate::world::cast::{App, ConfiguredToken};

/// Permissions that the dialog knows.
pub(crate) const KNOWN: [&str; 30] = [
    "ads_management",
    "ads_read",
    "business_management",
    "catalog_management",
    "email",
    "instagram_basic",
    "instagram_content_publish",
    "instagram_creator_marketplace_messaging",
    "instagram_manage_comments",
    "instagram_manage_engagement",
    "instagram_manage_insights",
    "instagram_manage_messages",
    "leads_retrieval",
    "marketing_messages_messenger",
    "openid",
    "page_utility_messaging",
    "pages_manage_ads",
    "pages_manage_engagement",
    "pages_manage_metadata",
    "pages_manage_posts",
    "pages_messaging",
    "pages_read_engagement",
    "pages_read_user_content",
    "pages_show_list",
    "pages_user_gender",
    "pages_user_locale",
    "pages_user_timezone",
    "pages_utility_messaging",
    "public_profile",
    "read_insights",
];

/// What an app asks for.
#[derive(Debug)]
struct Asked {
    app: String,
    app_name: String,
    redirect: Url,
    redirect_text: String,
    state: Option<String>,
    scopes: Vec<String>,
    /// From a configuration: everything or nothing.
    whole: bool,
    again: bool,
    /// The password is asked for once more.
    reauthenticate: bool,
    response_type: String,
    configuration: Option<String>,
    challenge: Option<(String, String)>,
    metadata: Value,
}

/// `GET` shows the page, `POST` is the page's form.
pub(crate) fn answer(world: &mut World, call: &Call) -> Reply {
    let asked = match asked(world, call) {
        Ok(asked) => asked,
        Err(sentence) => return page::error(&sentence),
    };
    match call.method.as_str() {
        "GET" | "HEAD" => page::form(world, &asked),
        "POST" => decide(world, call, &asked).unwrap_or_else(|sentence| page::error(&sentence)),
        _ => page::error("This page can be read and submitted."),
    }
}

fn asked(world: &World, call: &Call) -> Result<Asked, String> {
    let id = call.text("client_id").unwrap_or_default();
    let app = world.app(&id).ok_or_else(|| "Invalid App ID: The provided app ID does not look like a valid app ID.".to_owned())?;
    let redirect_text = call.text("redirect_uri").unwrap_or_default();
    let redirect = allowed(app, &redirect_text).ok_or_else(|| {
        "URL Blocked: This redirect failed because the redirect URI is not white-listed in the app's client OAuth settings.".to_owned()
    })?;
    let (scopes, whole) = match call.text("config_id") {
        Some(config) => {
            let config = app.configurations.iter().find(|it| it.id == config);
            let config = config.ok_or_else(|| "Invalid configuration: the app has no such configuration.".to_owned())?;
            (config.scopes.clone(), true)
        }
        None => (call.list("scope").unwrap_or_default(), false),
    };
    let invalid: Vec<_> = scopes.iter().filter(|scope| !KNOWN.contains(&scope.as_str())).map(String::as_str).collect();
    if !invalid.is_empty() {
        return Err(format!("Invalid Scopes: {}. This message is only shown to developers.", invalid.join(", ")));
    }
    let auth = call.list("auth_type").unwrap_or_default();
    let response_type = call.text("response_type").unwrap_or_else(|| "code".to_owned());
    let of_business = |id: &String| app.configurations.iter().any(|it| it.id == *id && it.token == ConfiguredToken::SystemUser);
    if call.text("config_id").as_ref().is_some_and(of_business) && split(&response_type).iter().any(|it| it == "token") {
        return Err("Invalid response_type: a token of the business comes by code only.".to_owned());
    }
    Ok(Asked {
        app: id,
        app_name: app.name.clone(),
        redirect,
        redirect_text,
        state: call.text("state"),
        scopes,
        whole,
        again: auth.iter().any(|it| it == "rerequest"),
        reauthenticate: auth.iter().any(|it| it == "reauthenticate"),
        configuration: call.text("config_id"),
        challenge: challenge(call)?,
        metadata: metadata(call),
        response_type,
    })
}

/// The challenge of a proof key.
fn challenge(call: &Call) -> Result<Option<(String, String)>, String> {
    let Some(challenge) = call.text("code_challenge") else { return Ok(None) };
    match call.text("code_challenge_method").as_deref() {
        None | Some("plain") => Ok(Some((challenge, "plain".to_owned()))),
        Some("S256") => Ok(Some((challenge, "S256".to_owned()))),
        Some(_) => Err("Invalid parameter: code_challenge_method is S256 or plain.".to_owned()),
    }
}

/// What `debug_token` later tells of the login.
fn metadata(call: &Call) -> Value {
    let named = [("auth_type", call.text("auth_type")), ("auth_nonce", call.text("auth_nonce"))];
    let told: Map<String, Value> = named.into_iter().filter_map(|(name, text)| Some((name.to_owned(), json!(text?)))).collect();
    if told.is_empty() { Value::Null } else { Value::Object(told) }
}

pub(crate) fn allowed(app: &App, uri: &str) -> Option<Url> {
    let url = Url::parse(uri).ok()?;
    let listed = app.redirect_uris.iter().any(|listed| listed == uri);
    let local = app.redirect_uris.iter().any(|listed| listed == "loopback") && is_loopback(&url);
    (listed || local).then_some(url)
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

/// What is really asked of a person: a permission that was declined is only asked again on `rerequest`.
fn open_scopes(world: &World, asked: &Asked, person: &str) -> Vec<String> {
    let declined =
        |scope: &String| world.grant(person, &asked.app).and_then(|grant| grant.permissions.get(scope)).is_some_and(|granted| !granted);
    asked
        .scopes
        .iter()
        .filter(|scope| *scope != "public_profile")
        .filter(|scope| asked.whole || asked.again || !declined(scope))
        .cloned()
        .collect()
}

fn decide(world: &mut World, call: &Call, asked: &Asked) -> Result<Reply, String> {
    let person = call
        .text("sandbox_person")
        .or_else(|| world.people.first().map(|person| person.id.clone()))
        .filter(|id| world.person(id).is_some())
        .ok_or_else(|| "sandbox_person names nobody in this world.".to_owned())?;
    let decision = call.text("sandbox_decision").unwrap_or_else(|| "allow".to_owned());
    let open = open_scopes(world, asked, &person);
    let ticked = match call.text("sandbox_scopes") {
        Some(told) => split(&told),
        None => open.clone(),
    };
    if let Some(unknown) = ticked.iter().find(|scope| !KNOWN.contains(&scope.as_str())) {
        return Err(format!("sandbox_scopes names {unknown}, which is no permission."));
    }
    let all_or_nothing = asked.whole && open.iter().any(|scope| !ticked.contains(scope));
    match decision.as_str() {
        "deny" => return Ok(refused(asked)),
        "allow" if all_or_nothing => return Ok(refused(asked)),
        "allow" => {}
        _ => return Err("sandbox_decision is `allow` or `deny`.".to_owned()),
    }
    let decided: BTreeMap<String, bool> = open
        .into_iter()
        .map(|scope| {
            let granted = ticked.contains(&scope);
            (scope, granted)
        })
        .collect();
    let pages = match call.text("sandbox_pages").filter(|_| call.text("sandbox_all_pages").is_none()) {
        Some(told) => Some(chosen(world, &person, &split(&told))?),
        None => None,
    };
    let first = world.grant(&person, &asked.app).is_none();
    world.record_login(&person, &asked.app, &decided, pages);
    for (scope, granted) in &decided {
        if *granted {
            world.tell_permission(&asked.app, &person, scope, "granted");
        }
    }
    if first {
        world.tell_permission(&asked.app, &person, "connected", "granted");
    }
    Ok(accepted(world, asked, &person))
}

fn chosen(world: &World, person: &str, told: &[String]) -> Result<BTreeSet<String>, String> {
    if let Some(unknown) = told.iter().find(|id| world.page(id).is_none()) {
        return Err(format!("sandbox_pages names {unknown}, which is no Page."));
    }
    let own = told.iter().filter(|id| world.page(id).is_some_and(|page| page.tasks_of(person).is_some()));
    Ok(own.cloned().collect())
}

fn refused(asked: &Asked) -> Reply {
    let mut pairs = vec![
        ("error", "access_denied".to_owned()),
        ("error_code", "200".to_owned()),
        ("error_description", "Permissions error".to_owned()),
        ("error_reason", "user_denied".to_owned()),
    ];
    pairs.extend(asked.state.clone().map(|state| ("state", state)));
    back(asked, &pairs, &[])
}

fn accepted(world: &mut World, asked: &Asked, person: &str) -> Reply {
    let wanted = split(&asked.response_type);
    let (mut query, mut fragment) = (Vec::new(), Vec::new());
    if wanted.iter().any(|it| it == "token")
        && let Some(token) = world.user_token(person, &asked.app, false, asked.metadata.clone())
    {
        fragment.push(("access_token", token.value));
        fragment.push(("expires_in", SHORT.num_seconds().to_string()));
    }
    if fragment.is_empty() || wanted.iter().any(|it| it == "code") {
        query.push(("code", new_code(world, asked, person)));
    }
    if wanted.iter().any(|it| it == "granted_scopes") {
        let (granted, denied) = answered(world, asked, person);
        query.push(("granted_scopes", granted));
        query.push(("denied_scopes", denied));
    }
    if let Some(state) = asked.state.clone() {
        let home = if query.is_empty() { &mut fragment } else { &mut query };
        home.push(("state", state));
    }
    back(asked, &query, &fragment)
}

fn new_code(world: &mut World, asked: &Asked, person: &str) -> String {
    let code = format!("AQ{}", world.mint.letters("code", 120));
    let expires = world.now() + CODE;
    world.keep_code(
        code.clone(),
        Code {
            app: asked.app.clone(),
            person: person.to_owned(),
            redirect_uri: asked.redirect_text.clone(),
            expires,
            used: false,
            configuration: asked.configuration.clone(),
            challenge: asked.challenge.clone(),
            metadata: asked.metadata.clone(),
        },
    );
    code
}

fn answered(world: &World, asked: &Asked, person: &str) -> (String, String) {
    let permissions = world.grant(person, &asked.app).map(|grant| grant.permissions.clone()).unwrap_or_default();
    let of = |wanted: bool| {
        let names: Vec<_> = permissions.iter().filter(|(_, granted)| **granted == wanted).map(|(name, _)| name.as_str()).collect();
        names.join(",")
    };
    (of(true), of(false))
}

fn back(asked: &Asked, query: &[(&str, String)], fragment: &[(&str, String)]) -> Reply {
    let mut url = asked.redirect.clone();
    if !query.is_empty() {
        url.query_pairs_mut().extend_pairs(query);
    }
    let fragment = if fragment.is_empty() {
        "_=_".to_owned()
    } else {
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fragment).finish()
    };
    url.set_fragment(Some(&fragment));
    Reply::redirect(url.to_string())
}
