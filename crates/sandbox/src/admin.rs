//! `/_sandbox/`: the sandbox's own calls.

mod actions;
mod comments;
mod customers;
mod events;
mod linking;
mod optins;
mod people;
mod staff;
mod told;

use std::sync::Arc;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::request::Parts;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::call::decoded;
use crate::clock::{rfc3339, span};
use crate::reply::Reply;
use crate::server::Shared;
use crate::world::World;
use crate::world::state;
use crate::{dialog, instagram};
use told::{Failed, Outcome, body};

/// Answers one of the sandbox's own calls.
pub(crate) fn answer(shared: &Arc<Shared>, parts: &Parts, content: &Bytes) -> Reply {
    let path: Vec<String> = parts.uri.path().split('/').filter(|segment| !segment.is_empty()).skip(1).map(decoded).collect();
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    let method = if parts.method == http::Method::HEAD { "GET" } else { parts.method.as_str() };
    let query = parts.uri.query().unwrap_or_default();
    let host = parts.headers.get(http::header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("127.0.0.1");
    let base = format!("http://{host}");
    let told = match (method, path.as_slice()) {
        ("GET", ["calls"]) => stretch(query).map(|(after, limit)| shared.world().calls.page(after, limit)),
        ("GET", ["deliveries"]) => stretch(query).map(|(after, limit)| shared.world().deliveries.page(after, limit)),
        _ => step(shared, method, &path, content, &base).map(|told| told.to_string()),
    };
    match told {
        Ok(told) => Reply::written(200, told),
        Err(Failed { status, sentence }) => Reply::json(status, &json!({"error": sentence})),
    }
}

fn step(shared: &Arc<Shared>, method: &str, path: &[&str], content: &Bytes, base: &str) -> Outcome {
    let mut world = shared.world();
    let world = &mut *world;
    match (method, path) {
        ("GET", ["state"]) => Ok(state::told(world)),
        ("GET", ["undelivered"]) => Ok(json!({"undelivered": world.queue.len()})),
        ("POST", ["redeliver"]) => Ok(json!({"redelivered": world.try_again()})),
        ("POST", ["reset"]) => {
            let generation = world.generation + 1;
            *world = World::from_seed(&shared.seed, shared.at).map_err(|error| Failed::wrong(error.to_string()))?;
            world.generation = generation;
            Ok(json!({"ok": true}))
        }
        ("POST", ["seed"]) => seed(world, content),
        ("POST", ["tokens"]) => tokens(world, content),
        ("GET", ["clock"]) => Ok(clock(world)),
        ("POST", ["clock"]) => set_clock(world, content),
        ("POST", ["customers", id, "messages"]) => customers::write(world, id, content),
        ("POST", ["customers", id, "actions"]) => actions::act(world, id, content, base),
        ("POST", ["staff", account, "messages"]) => staff::write(world, account, content),
        ("POST", ["staff", account, "actions"]) => staff::act(world, account, content),
        ("POST", ["people", id, "actions"]) => people::act(world, id, content),
        ("GET", ["events"]) => Ok(events::list(world)),
        ("POST", ["events"]) => events::tell(world, content),
        ("POST", ["faults"]) => plant(world, content),
        ("GET", ["faults"]) => Ok(world.faults.list()),
        ("DELETE", ["faults", rest @ ..]) => remove_faults(world, rest),
        _ => Err(Failed::missing(format!(
            "there is no {method} /_sandbox/{}; there are tokens, state, reset, seed, customers, staff, people, events, clock, faults, calls, deliveries, undelivered and redeliver",
            path.join("/")
        ))),
    }
}

fn seed(world: &mut World, content: &Bytes) -> Outcome {
    let told: Value =
        body(content, "a seed is a JSON object with clock, quirks, limits, apps, people, pages, instagram, customers, conversations")?;
    world.add(&told).map_err(|error| Failed::wrong(error.to_string()))?;
    Ok(json!({"ok": true}))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ToldTokens {
    person: Option<String>,
    instagram: Option<String>,
    scopes: Vec<String>,
    road: Option<String>,
    app: Option<String>,
}

fn tokens(world: &mut World, content: &Bytes) -> Outcome {
    let told: ToldTokens =
        body(content, "tokens take {\"person\" or \"instagram\": id, \"scopes\": [...], \"road\": \"facebook\" or \"instagram\"}")?;
    let app = world.app_named(told.app.as_deref())?;
    match (told.person.clone(), told.instagram.clone(), told.road.as_deref()) {
        (Some(person), None, None | Some("facebook")) => person_tokens(world, &told, &person, &app),
        (None, Some(account), None | Some("instagram")) => instagram_token(world, &told, &account, &app),
        _ => Err(Failed::wrong("the road \"facebook\" takes a person, the road \"instagram\" an Instagram account".to_owned())),
    }
}

fn person_tokens(world: &mut World, told: &ToldTokens, person: &str, app: &str) -> Outcome {
    if world.person(person).is_none() {
        return Err(Failed::missing("tokens take the id of a person in `people`".to_owned()));
    }
    known_scopes(&told.scopes, &dialog::KNOWN)?;
    let decided = told.scopes.iter().map(|scope| (scope.clone(), true)).collect();
    world.record_login(person, app, &decided, None);
    let user = world.user_token(person, app, true, Value::Null);
    let user = user.ok_or_else(|| Failed::wrong("the person has granted the app nothing".to_owned()))?;
    let mut pages = serde_json::Map::new();
    let visible: Vec<String> = world.visible_pages(&user).iter().map(|page| page.id.clone()).collect();
    for page in visible {
        if let Some(token) = world.page_token(&user, &page) {
            pages.insert(page, json!(token.value));
        }
    }
    Ok(json!({"user_token": user.value, "page_tokens": pages}))
}

fn instagram_token(world: &mut World, told: &ToldTokens, account: &str, app: &str) -> Outcome {
    if world.account(account).is_none_or(|account| !account.is_professional()) {
        return Err(Failed::missing("tokens take the id of a professional account in `instagram`".to_owned()));
    }
    let product = world.app(app).and_then(|app| app.instagram.as_ref()).map(|product| product.id.clone());
    let product = product.ok_or_else(|| Failed::wrong("the app has no `instagram_app`".to_owned()))?;
    known_scopes(&told.scopes, &instagram::dialog::KNOWN)?;
    let decided = told.scopes.iter().map(|scope| (scope.clone(), true)).collect();
    world.record_login(account, &product, &decided, None);
    let token = world.instagram_token(account, &product, true);
    let token = token.ok_or_else(|| Failed::wrong("the account has granted the app nothing".to_owned()))?;
    Ok(json!({"token": token.value}))
}

fn known_scopes(told: &[String], known: &[&str]) -> Result<(), Failed> {
    match told.iter().find(|scope| !known.contains(&scope.as_str())) {
        None => Ok(()),
        Some(scope) => Err(Failed::wrong(format!("{scope} is no permission of this road; there are {}", known.join(", ")))),
    }
}

fn clock(world: &World) -> Value {
    json!({"now": rfc3339(world.now()), "frozen": world.clock.is_frozen()})
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ToldClock {
    advance: Option<String>,
    set: Option<DateTime<Utc>>,
}

fn set_clock(world: &mut World, content: &Bytes) -> Outcome {
    let expected = "the clock takes {\"advance\": \"25h\"} or {\"set\": RFC 3339 time}";
    let told: ToldClock = body(content, expected)?;
    let by = match (told.advance, told.set) {
        (Some(text), None) => span(&text).ok_or_else(|| Failed::wrong(expected.to_owned()))?,
        (None, Some(at)) if at >= world.now() => at - world.now(),
        (None, Some(_)) => return Err(Failed::wrong("the clock only goes forward".to_owned())),
        _ => return Err(Failed::wrong(expected.to_owned())),
    };
    let far = chrono::TimeDelta::days(36_500);
    if by > far || world.clock.advance(by).is_none() {
        return Err(Failed::wrong("the clock goes at most a hundred years forward at once, and to the year 9000".to_owned()));
    }
    Ok(clock(world))
}

fn plant(world: &mut World, content: &Bytes) -> Outcome {
    let told: Value = body(content, "a fault is a JSON object")?;
    if let Some(customer) = told["webhook"]["customer"].as_str().filter(|id| world.customer(id).is_none()) {
        return Err(Failed::missing(format!("there is no customer {customer} in `customers`")));
    }
    let id = world.faults.plant(told).map_err(Failed::wrong)?;
    Ok(json!({"id": id.to_string()}))
}

fn remove_faults(world: &mut World, rest: &[&str]) -> Outcome {
    match rest {
        [] => world.faults.clear(),
        [id] => {
            let removed = id.parse().is_ok_and(|id| world.faults.remove(id));
            if !removed {
                return Err(Failed::missing(format!("there is no fault {id}")));
            }
        }
        _ => return Err(Failed::missing("DELETE faults, or faults/{id}".to_owned())),
    }
    world.release_held();
    Ok(json!({"ok": true}))
}

fn stretch(query: &str) -> Result<(u64, usize), Failed> {
    let (mut after, mut limit) = (0, 100);
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        let wrong = || Failed::wrong("ledgers take after=NUMBER and limit=NUMBER".to_owned());
        match name.as_ref() {
            "after" => after = value.parse().map_err(|_| wrong())?,
            "limit" => limit = value.parse().map_err(|_| wrong())?,
            _ => return Err(wrong()),
        }
    }
    Ok((after, limit))
}
