//! The dialog in which an Instagram account lets an app in.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::Value;
use url::Url;

use crate::call::{Call, split};
use crate::dialog::{self, page};
use crate::reply::Reply;
use crate::tokens::{Code, INSTAGRAM_CODE};
use crate::world::World;

/// Permissions that this dialog knows.
pub(crate) const KNOWN: [&str; 5] = [
    "instagram_business_basic",
    "instagram_business_content_publish",
    "instagram_business_manage_comments",
    "instagram_business_manage_insights",
    "instagram_business_manage_messages",
];
const BASIC: &str = KNOWN[0];

struct Asked {
    /// The id of the app's Instagram product.
    app: String,
    name: String,
    redirect: Url,
    redirect_text: String,
    state: Option<String>,
    scopes: Vec<String>,
    reauthenticate: bool,
}

/// `GET` shows the page, `POST` is the page's form.
pub(crate) fn answer(world: &mut World, call: &Call) -> Reply {
    let asked = match asked(world, call) {
        Ok(asked) => asked,
        Err(sentence) => return page::error(&sentence),
    };
    match call.method.as_str() {
        "GET" | "HEAD" => form(world, &asked),
        "POST" => decide(world, call, &asked).unwrap_or_else(|sentence| page::error(&sentence)),
        _ => page::error("This page can be read and submitted."),
    }
}

fn asked(world: &World, call: &Call) -> Result<Asked, String> {
    let id = call.text("client_id").unwrap_or_default();
    let app = world.instagram_app(&id).ok_or("Invalid platform app: client_id is the id of the app's Instagram product.")?;
    let redirect_text = call.text("redirect_uri").unwrap_or_default();
    let redirect = dialog::allowed(app, &redirect_text).ok_or("Invalid redirect_uri")?;
    if call.text("response_type").as_deref() != Some("code") {
        return Err("Invalid response_type: it must be code".to_owned());
    }
    let scopes = call.list("scope").unwrap_or_default();
    let invalid: Vec<_> = scopes.iter().filter(|scope| !KNOWN.contains(&scope.as_str())).map(String::as_str).collect();
    if !invalid.is_empty() {
        return Err(format!("Invalid scope: {}", invalid.join(", ")));
    }
    if !scopes.iter().any(|scope| scope == BASIC) {
        return Err(format!("Invalid scope: {BASIC} is always needed"));
    }
    Ok(Asked {
        app: id,
        name: app.name.clone(),
        redirect,
        redirect_text,
        state: call.text("state"),
        scopes,
        reauthenticate: call.flag("force_reauth"),
    })
}

fn form(world: &World, asked: &Asked) -> Reply {
    let mut body = format!("<h1>{} asks for your Instagram account</h1><form method=\"post\">", page::text(&asked.name));
    if asked.reauthenticate {
        body.push_str("<p role=\"note\">Please enter your password again. In the sandbox, going on is enough.</p>");
    }
    body.push_str("<fieldset><legend>Continue as</legend><label>Account <select name=\"sandbox_instagram\">");
    for account in world.instagram.iter().filter(|account| account.is_professional()) {
        let (id, name) = (page::text(&account.id), page::text(&account.username));
        // Writing to a string cannot fail.
        write!(body, "<option value=\"{id}\">{name}</option>").ok();
    }
    body.push_str("</select></label></fieldset><fieldset><legend>What it may do</legend>");
    write!(body, "<input type=\"hidden\" name=\"sandbox_scopes\" value=\"{BASIC}\">").ok();
    for scope in asked.scopes.iter().filter(|scope| *scope != BASIC) {
        page::tick(&mut body, "sandbox_scopes", scope, scope).ok();
    }
    body.push_str(
        "</fieldset><button name=\"sandbox_decision\" value=\"allow\">Allow</button>\
         <button class=\"no\" name=\"sandbox_decision\" value=\"deny\">Cancel</button></form>\
         <p><small>This is a sandbox on your own machine, not Instagram.</small></p>",
    );
    Reply::html(200, page::whole("Log in", &body))
}

fn decide(world: &mut World, call: &Call, asked: &Asked) -> Result<Reply, String> {
    let first = || world.instagram.iter().find(|account| account.is_professional()).map(|account| account.id.clone());
    let id = call.text("sandbox_instagram").or_else(first).unwrap_or_default();
    let account = world.account(&id).ok_or("sandbox_instagram names no account of this world.")?;
    if !account.is_professional() {
        return Err("Your account must be a professional account to use this app.".to_owned());
    }
    match call.text("sandbox_decision").as_deref() {
        Some("deny") => return Ok(refused(asked)),
        None | Some("allow") => {}
        Some(_) => return Err("sandbox_decision is `allow` or `deny`.".to_owned()),
    }
    let ticked = call.text("sandbox_scopes").map_or_else(|| asked.scopes.clone(), |told| split(&told));
    let decided: BTreeMap<String, bool> =
        asked.scopes.iter().map(|scope| (scope.clone(), scope == BASIC || ticked.contains(scope))).collect();
    world.record_login(&id, &asked.app, &decided, None);
    let code = format!("AQ{}", world.mint.letters("instagram code", 120));
    let expires = world.now() + INSTAGRAM_CODE;
    world.keep_code(
        code.clone(),
        Code {
            app: asked.app.clone(),
            person: id,
            redirect_uri: asked.redirect_text.clone(),
            expires,
            used: false,
            configuration: None,
            challenge: None,
            metadata: Value::Null,
        },
    );
    let pairs = [Some(("code", code)), asked.state.clone().map(|state| ("state", state))];
    Ok(back(asked, pairs.into_iter().flatten()))
}

fn refused(asked: &Asked) -> Reply {
    let mut pairs = vec![
        ("error", "access_denied".to_owned()),
        ("error_reason", "user_denied".to_owned()),
        ("error_description", "The user denied your request.".to_owned()),
    ];
    pairs.extend(asked.state.clone().map(|state| ("state", state)));
    back(asked, pairs)
}

fn back(asked: &Asked, pairs: impl IntoIterator<Item = (&'static str, String)>) -> Reply {
    let mut url = asked.redirect.clone();
    url.query_pairs_mut().extend_pairs(pairs);
    url.set_fragment(Some("_"));
    Reply::redirect(url.to_string())
}
