//! What a Page or account shows before anybody writes: greeting, menu, ice breakers.

use serde_json::{Map, Value, json};

use super::error::Refusal;
use super::limits;
use super::reach::{self, Sender, Use};
use crate::call::Call;
use crate::world::World;
use crate::world::talk::{Platform, Road};

const MESSENGER: [&str; 9] = [
    "account_linking_url",
    "commands",
    "get_started",
    "greeting",
    "ice_breakers",
    "persistent_menu",
    "subject_to_new_eu_privacy_rules",
    "whitelisted_domains",
    "home_url",
];
const INSTAGRAM: [&str; 2] = ["ice_breakers", "persistent_menu"];
const ICE_BREAKERS: usize = 4;
const MENU: usize = 20;
const MENU_TITLE: usize = 30;

fn platform(call: &Call, sender: &Sender) -> Platform {
    let named = call.text("platform").is_some_and(|it| it.eq_ignore_ascii_case("instagram"));
    if named || sender.road == Road::Instagram { Platform::Instagram } else { Platform::Messenger }
}

/// `/{page}/messenger_profile` and `/{ig-id}/messenger_profile`.
pub(super) fn answer(world: &mut World, call: &Call, sender: &Sender) -> Result<Value, Refusal> {
    let platform = platform(call, sender);
    let account = reach::account(world, sender, platform, Use::Write)?;
    limits::profile(world, &account)?;
    let known: &[&str] = match platform {
        Platform::Messenger => &MESSENGER,
        Platform::Instagram => &INSTAGRAM,
    };
    match call.method.as_str() {
        "GET" => Ok(read(world, call, &account, known)),
        "POST" => set(world, call, &account, known),
        "DELETE" => {
            let fields = call.list("fields").filter(|fields| !fields.is_empty());
            let fields = fields.ok_or_else(|| Refusal::parameter("The parameter fields is required"))?;
            check(&fields, known)?;
            let profile = world.belongings.profiles.entry(account).or_default();
            let menu = profile.contains_key("persistent_menu") && !fields.iter().any(|field| field == "persistent_menu");
            if menu && fields.iter().any(|field| field == "get_started") {
                return Err(Refusal::parameter("A persistent menu needs a get started button"));
            }
            profile.retain(|name, _| !fields.contains(name));
            Ok(json!({"result": "success"}))
        }
        method => Err(Refusal::missing(method, &sender.node)),
    }
}

fn check(fields: &[String], known: &[&str]) -> Result<(), Refusal> {
    match fields.iter().find(|field| !known.contains(&field.as_str())) {
        None => Ok(()),
        Some(field) => Err(Refusal::parameter(&format!("Param fields: \"{field}\" is not a property of the messenger profile"))),
    }
}

fn read(world: &World, call: &Call, account: &str, known: &[&str]) -> Value {
    let wanted = call.list("fields").unwrap_or_else(|| known.iter().map(|name| (*name).to_owned()).collect());
    let empty = Map::new();
    let profile = world.belongings.profiles.get(account).unwrap_or(&empty);
    let told: Map<String, Value> =
        profile.iter().filter(|(name, _)| wanted.contains(name)).map(|(name, value)| (name.clone(), value.clone())).collect();
    if told.is_empty() { json!({"data": []}) } else { json!({"data": [told]}) }
}

fn set(world: &mut World, call: &Call, account: &str, known: &[&str]) -> Result<Value, Refusal> {
    let told: Vec<(&str, Value)> = known.iter().filter_map(|name| Some((*name, call.json(name)?))).collect();
    if told.is_empty() {
        return Err(Refusal::parameter(&format!("The call must set one of {}", known.join(", "))));
    }
    let profile = world.belongings.profiles.get(account);
    let started = profile.is_some_and(|it| it.contains_key("get_started")) || told.iter().any(|(name, _)| *name == "get_started");
    for (name, value) in &told {
        valid(name, value, started || known.len() == INSTAGRAM.len())?;
    }
    let profile = world.belongings.profiles.entry(account.to_owned()).or_default();
    profile.extend(told.into_iter().map(|(name, value)| (name.to_owned(), value)));
    Ok(json!({"result": "success"}))
}

fn valid(name: &str, value: &Value, started: bool) -> Result<(), Refusal> {
    let wrong = |sentence: &str| Err(Refusal::parameter(&format!("Param {name}: {sentence}")));
    let items = value.as_array().map(Vec::as_slice);
    match name {
        "get_started" if !value["payload"].is_string() => wrong("has a payload"),
        "greeting" if items.is_none_or(|it| !has_default(it)) => wrong("has an entry for the default locale"),
        "ice_breakers" => ice_breakers(items).map_or(Ok(()), wrong),
        "persistent_menu" if items.is_none_or(|it| !has_default(it)) => wrong("has an entry for the default locale"),
        "persistent_menu" if !started => wrong("needs a get started button"),
        "persistent_menu" => menu(items.unwrap_or_default()).map_or(Ok(()), wrong),
        "whitelisted_domains" if items.is_none() && !value.is_string() => wrong("is a list of domains"),
        "account_linking_url" if !value.as_str().is_some_and(|it| it.starts_with("https://") || it.starts_with("http://127.0.0.1")) => {
            wrong("is an https address")
        }
        "commands" if items.is_none() => wrong("is a list"),
        "subject_to_new_eu_privacy_rules" => wrong("can only be read"),
        _ => Ok(()),
    }
}

fn has_default(items: &[Value]) -> bool {
    items.iter().any(|item| item["locale"] == "default")
}

/// The former flat form, or one list of questions per locale. `None` when it is right.
fn ice_breakers(items: Option<&[Value]>) -> Option<&'static str> {
    let Some(items) = items else { return Some("is a list") };
    let question = |it: &Value| it["question"].is_string() && it["payload"].is_string();
    let flat = items.iter().all(|it| it.get("call_to_actions").is_none());
    if flat {
        let right = !items.is_empty() && items.len() <= ICE_BREAKERS && items.iter().all(question);
        return (!right).then_some("has 1 to 4 questions, each with a payload");
    }
    if !has_default(items) {
        return Some("has an entry for the default locale");
    }
    let lists = items.iter().map(|it| it["call_to_actions"].as_array().map(Vec::as_slice).unwrap_or_default());
    let right = lists.into_iter().all(|it| !it.is_empty() && it.len() <= ICE_BREAKERS && it.iter().all(question));
    (!right).then_some("has 1 to 4 questions, each with a payload")
}

fn menu(items: &[Value]) -> Option<&'static str> {
    for item in items {
        let actions = item["call_to_actions"].as_array().map(Vec::as_slice).unwrap_or_default();
        if actions.len() > MENU {
            return Some("has at most 20 items");
        }
        for action in actions {
            let title = action["title"].as_str().unwrap_or_default().chars().count();
            let kind = action["type"].as_str().unwrap_or_default();
            if title == 0 || title > MENU_TITLE || !matches!(kind, "postback" | "web_url" | "nested") {
                return Some("has items of type postback or web_url with a title of 1 to 30 characters");
            }
        }
    }
    None
}

/// `/{page}/custom_user_settings`: a menu for one customer, on Messenger.
pub(super) fn menu_of_customer(world: &mut World, call: &Call, sender: &Sender) -> Result<Value, Refusal> {
    let page = reach::account(world, sender, Platform::Messenger, Use::Write)?;
    let scoped = call.required("psid")?;
    if world.thread_with(&page, &scoped).is_none() {
        return Err(Refusal::parameter("No matching user found").sub(2_018_001));
    }
    let key = (page, scoped);
    match call.method.as_str() {
        "GET" => Ok(match world.belongings.menus.get(&key) {
            Some(menu) => json!({"data": [{"user_level_persistent_menu": menu}]}),
            None => json!({"data": []}),
        }),
        "POST" => {
            let told = call.json("persistent_menu").ok_or_else(|| Refusal::parameter("The parameter persistent_menu is required"))?;
            valid("persistent_menu", &told, true)?;
            world.belongings.menus.insert(key, told);
            Ok(json!({"result": "success"}))
        }
        "DELETE" => {
            world.belongings.menus.remove(&key);
            Ok(json!({"result": "success"}))
        }
        method => Err(Refusal::missing(method, &sender.node)),
    }
}
