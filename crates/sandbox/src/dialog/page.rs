//! What a person sees of the login dialog.

use std::fmt::Write;

use super::{Asked, open_scopes};
use crate::reply::Reply;
use crate::world::World;

const STYLE: &str = "body{font:1rem/1.5 system-ui,sans-serif;max-width:34rem;margin:2rem auto;padding:0 1rem;color:#1c1e21}\
fieldset{border:1px solid #8a8d91;border-radius:.5rem;margin:0 0 1rem}label{display:block;padding:.25rem 0}\
button{font:inherit;padding:.5rem 1.25rem;border-radius:.5rem;border:1px solid #0a66c2;background:#0a66c2;color:#fff;margin-right:.5rem}\
button.no{background:#fff;color:#1c1e21;border-color:#8a8d91}small{color:#4b4f56}";

/// The error page, which sends nobody anywhere.
pub(crate) fn error(sentence: &str) -> Reply {
    let body = format!("<h1>Sorry, something went wrong</h1><p role=\"alert\">{}</p>", text(sentence));
    Reply::html(400, whole("Error", &body))
}

/// The dialog: who signs in, what is allowed, on which Pages.
pub(super) fn form(world: &World, asked: &Asked) -> Reply {
    let mut body = format!("<h1>{} would like to connect</h1><form method=\"post\">", text(&asked.app_name));
    if asked.reauthenticate {
        body.push_str("<p role=\"note\">Please enter your password again. In the sandbox, going on is enough.</p>");
    }
    // Writing to a string cannot fail.
    people(world, &mut body).ok();
    scopes(world, asked, &mut body).ok();
    pages(world, &mut body).ok();
    body.push_str(
        "<button name=\"sandbox_decision\" value=\"allow\">Continue</button>\
         <button class=\"no\" name=\"sandbox_decision\" value=\"deny\">Cancel</button></form>\
         <p><small>This is a sandbox on your own machine, not Facebook.</small></p>",
    );
    Reply::html(200, whole("Log in", &body))
}

fn people(world: &World, body: &mut String) -> std::fmt::Result {
    body.push_str("<fieldset><legend>Continue as</legend><label>Person <select name=\"sandbox_person\">");
    for person in &world.people {
        write!(body, "<option value=\"{}\">{}</option>", text(&person.id), text(&person.name))?;
    }
    body.push_str("</select></label></fieldset>");
    Ok(())
}

fn scopes(world: &World, asked: &Asked, body: &mut String) -> std::fmt::Result {
    let first = world.people.first().map(|person| person.id.as_str()).unwrap_or_default();
    body.push_str("<fieldset><legend>What it may do</legend>");
    body.push_str("<input type=\"hidden\" name=\"sandbox_scopes\" value=\"public_profile\">");
    for scope in open_scopes(world, asked, first) {
        tick(body, "sandbox_scopes", &scope, &scope)?;
    }
    if asked.whole {
        body.push_str("<p><small>All of these belong together: without one of them nothing is allowed.</small></p>");
    }
    body.push_str("</fieldset>");
    Ok(())
}

fn pages(world: &World, body: &mut String) -> std::fmt::Result {
    body.push_str("<fieldset><legend>Which Pages</legend><input type=\"hidden\" name=\"sandbox_pages\" value=\"\">");
    tick(body, "sandbox_all_pages", "1", "All Pages, also those still to come; or only:")?;
    for page in &world.pages {
        tick(body, "sandbox_pages", &page.id, &page.name)?;
    }
    body.push_str("</fieldset>");
    Ok(())
}

pub(crate) fn tick(body: &mut String, name: &str, value: &str, label: &str) -> std::fmt::Result {
    write!(body, "<label><input type=\"checkbox\" checked name=\"{name}\" value=\"{}\"> {}</label>", text(value), text(label))
}

pub(crate) fn whole(title: &str, body: &str) -> String {
    format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>{title}</title><style>{STYLE}</style><main>{body}</main></html>"
    )
}

pub(crate) fn text(raw: &str) -> String {
    raw.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
