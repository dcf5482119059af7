//! Templates: which kinds each platform takes, and how much goes into them.

use serde_json::{Value, json};

use super::outgoing::invalid;
use super::policy::Tag;
use super::write::Place;
use crate::graph::error::Refusal;
use crate::world::World;
use crate::world::talk::Platform;

const BUTTON_TEXT: usize = 640;
const BUTTONS: usize = 3;
const BUTTON_TITLE: usize = 20;
const BUTTON_PAYLOAD: usize = 1_000;
const ELEMENTS: usize = 10;
const ELEMENT_TEXT: usize = 80;

const MESSENGER: [&str; 12] = [
    "button",
    "generic",
    "media",
    "receipt",
    "product",
    "coupon",
    "customer_feedback",
    "customer_information",
    "image_grid",
    "notification_messages",
    "one_time_notif_req",
    "structured_information",
];
const INSTAGRAM: [&str; 3] = ["button", "generic", "product"];
const MESSENGER_BUTTONS: [&str; 7] = ["web_url", "postback", "phone_number", "account_link", "account_unlink", "game_play", "audio_call"];
const INSTAGRAM_BUTTONS: [&str; 2] = ["web_url", "postback"];

/// A template that can be sent, as an attachment.
pub(super) fn read(payload: &Value, platform: Platform, tag: Tag) -> Result<Value, Refusal> {
    let kind = payload["template_type"].as_str().ok_or_else(|| invalid(platform, "Param template_type is required"))?;
    let known: &[&str] = match platform {
        Platform::Messenger => &MESSENGER,
        Platform::Instagram => &INSTAGRAM,
    };
    if !known.contains(&kind) {
        return Err(invalid(platform, &format!("The template type {kind} is not supported")));
    }
    if tag == Tag::CustomerFeedback && kind != "customer_feedback" {
        return Err(invalid(platform, "The tag CUSTOMER_FEEDBACK goes with the customer_feedback template only"));
    }
    match kind {
        "button" => {
            let text = payload["text"].as_str().unwrap_or_default().chars().count();
            if text == 0 || text > BUTTON_TEXT {
                return Err(invalid(platform, "A button template's text has 1 to 640 characters"));
            }
            buttons(&payload["buttons"], platform, 1)?;
        }
        "generic" => elements(&payload["elements"], platform)?,
        "media" if count(&payload["elements"]) != 1 => return Err(invalid(platform, "A media template has one element")),
        "image_grid" if !(2..=6).contains(&count(&payload["elements"])) => {
            return Err(invalid(platform, "An image grid has 2 to 6 images"));
        }
        "product" if !(1..=ELEMENTS).contains(&count(&payload["elements"])) => {
            return Err(invalid(platform, "A product template has 1 to 10 products"));
        }
        _ => {}
    }
    Ok(json!({"type": "template", "payload": payload}))
}

fn count(list: &Value) -> usize {
    list.as_array().map_or(0, Vec::len)
}

fn elements(told: &Value, platform: Platform) -> Result<(), Refusal> {
    let elements = told.as_array().map(Vec::as_slice).unwrap_or_default();
    if elements.is_empty() || elements.len() > ELEMENTS {
        return Err(invalid(platform, "A generic template has 1 to 10 elements"));
    }
    for element in elements {
        let length = |name: &str| element[name].as_str().unwrap_or_default().chars().count();
        if length("title") == 0 || length("title") > ELEMENT_TEXT || length("subtitle") > ELEMENT_TEXT {
            return Err(invalid(platform, "An element has a title, and title and subtitle have at most 80 characters"));
        }
        let is_there = |name: &str| match &element[name] {
            Value::String(text) => !text.is_empty(),
            Value::Array(list) => !list.is_empty(),
            told => told.is_object(),
        };
        if !["subtitle", "image_url", "default_action", "buttons"].into_iter().any(is_there) {
            return Err(invalid(platform, "An element has something besides its title"));
        }
        buttons(&element["buttons"], platform, 0)?;
    }
    Ok(())
}

fn buttons(told: &Value, platform: Platform, least: usize) -> Result<(), Refusal> {
    let buttons = told.as_array().map(Vec::as_slice).unwrap_or_default();
    if buttons.len() < least || buttons.len() > BUTTONS {
        return Err(invalid(platform, "There are at most 3 buttons, and a button template has at least one"));
    }
    let known: &[&str] = match platform {
        Platform::Messenger => &MESSENGER_BUTTONS,
        Platform::Instagram => &INSTAGRAM_BUTTONS,
    };
    for button in buttons {
        let kind = button["type"].as_str().unwrap_or_default();
        let length = |name: &str| button[name].as_str().unwrap_or_default().chars().count();
        let titled = !matches!(kind, "account_link" | "account_unlink");
        let title = length("title");
        if !known.contains(&kind) {
            return Err(invalid(platform, &format!("The button type \"{kind}\" is not supported")));
        }
        if (titled && title == 0) || title > BUTTON_TITLE || length("payload") > BUTTON_PAYLOAD {
            return Err(invalid(platform, "A button's title has 1 to 20 characters, its payload at most 1000"));
        }
        if matches!(kind, "web_url" | "account_link") && url::Url::parse(button["url"].as_str().unwrap_or_default()).is_err() {
            return Err(invalid(platform, "A button that opens a page has a valid url"));
        }
    }
    Ok(())
}

/// A utility message: a template that the platform has approved before.
pub(super) fn utility(world: &World, told: &Value, place: &Place, tag: Tag) -> Result<Value, Refusal> {
    if tag != Tag::Utility {
        return Err(Refusal::parameter("A message template goes with messaging_type UTILITY only"));
    }
    let name = told["name"].as_str().unwrap_or_default();
    let known = world.belongings.templates.values().any(|it| it.page == place.account && it.name == name);
    if !known {
        return Err(Refusal::parameter("The message template does not exist"));
    }
    Ok(
        json!({"type": "template", "payload": {"template_type": "utility", "name": name, "language": told["language"], "components": told["components"]}}),
    )
}
