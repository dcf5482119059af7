//! Templates: cards, buttons and products.

use link_core::words::capabilities::Capabilities;
use link_core::words::outgoing::{Button, Card, Template};
use link_core::words::refusal::{Allowed, Refusal};
use link_core::words::rules::code;

use super::content::{a_text, characters};
use super::{against, files};

pub(super) fn check(template: &Template, capabilities: &Capabilities) -> Result<(), Refusal> {
    let limits = &capabilities.limits;
    match template {
        Template::Generic(cards) => {
            count("cards", cards.len(), 1, limits.cards.most)?;
            cards.iter().try_for_each(|card| self::card(card, capabilities))
        }
        Template::Buttons { text, buttons } => {
            length("the text above buttons", text, limits.button_text)?;
            count("buttons", buttons.len(), 1, limits.buttons.most)?;
            buttons.iter().try_for_each(|button| self::button(button, capabilities))
        }
        Template::Products(products) => count("products", products.len(), 1, limits.products),
        _ => Err(against(code::TEMPLATE, "the platform knows no such template").allowing([a_text(capabilities)]).into()),
    }
}

fn card(card: &Card, capabilities: &Capabilities) -> Result<(), Refusal> {
    let limits = &capabilities.limits;
    length("a card's title", &card.title, limits.cards.title)?;
    card.subtitle.iter().try_for_each(|subtitle| length("a card's subtitle", subtitle, limits.cards.payload))?;
    card.image_url.iter().chain(&card.url).try_for_each(|url| files::address(url))?;
    if card.subtitle.is_none() && card.image_url.is_none() && card.url.is_none() && card.buttons.is_empty() {
        let says = "a card has something besides its title: a line below it, a picture, an address or a button";
        return Err(against(code::TEMPLATE, says).allowing([a_text(capabilities)]).into());
    }
    count("buttons", card.buttons.len(), 0, limits.buttons.most)?;
    card.buttons.iter().try_for_each(|button| self::button(button, capabilities))
}

fn button(button: &Button, capabilities: &Capabilities) -> Result<(), Refusal> {
    let bounds = capabilities.limits.buttons;
    match button {
        Button::Link { title, url } => {
            length("a button's title", title, bounds.title)?;
            files::address(url)
        }
        Button::Postback { title, payload } => {
            length("a button's title", title, bounds.title)?;
            length("a button's payload", payload, bounds.payload)
        }
        Button::Phone { title, number } => {
            length("a button's title", title, bounds.title)?;
            let digits = number.strip_prefix('+').unwrap_or_default();
            let dialled = !digits.is_empty() && digits.chars().all(|digit| digit.is_ascii_digit());
            if dialled {
                return Ok(());
            }
            let instead = Allowed::Like { what: "+ and digits, the country's first".to_owned() };
            Err(against(code::TEMPLATE, "a number to call is + and digits, the country's first").allowing([instead]).into())
        }
        _ => {
            let without = Allowed::Without { what: "this button".to_owned() };
            Err(against(code::TEMPLATE, "the platform knows no such button").allowing([without]).into())
        }
    }
}

fn length(what: &str, text: &str, most: usize) -> Result<(), Refusal> {
    let written = text.chars().count();
    if text.trim().is_empty() || written > most {
        let says = format!("{what} has {written} characters, the platform takes 1 to {most}");
        return Err(against(code::TEMPLATE, says).allowing([characters(what, 1, most)]).into());
    }
    Ok(())
}

fn count(what: &str, told: usize, least: usize, most: usize) -> Result<(), Refusal> {
    if (least..=most).contains(&told) {
        return Ok(());
    }
    let says = format!("there are {told} {what}, the platform takes {least} to {most}");
    let instead = if told > most { Allowed::AtMost { most } } else { Allowed::Like { what: format!("{least} to {most} {what}") } };
    Err(against(code::TEMPLATE, says).allowing([instead]).into())
}
