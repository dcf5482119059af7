//! To whom a message goes.

use serde_json::Value;

use super::error::Refusal;
use super::reach::Sender;
use crate::call::Call;
use crate::messaging::write::Place;
use crate::world::World;
use crate::world::talk::{Platform, Road};

/// Why the account may write at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Right {
    /// The messaging window of a conversation.
    Window,
    /// A comment or post that may be answered in private, once.
    Comment(String),
    /// A token of an opt-in, which is good for one message.
    Token(String),
    /// A checkbox was ticked: nobody is known yet, and one message may be sent.
    Checkbox(String),
}

/// A customer of one of the sender's accounts.
#[derive(Clone, Debug)]
pub(super) struct Recipient {
    pub(super) place: Place,
    pub(super) right: Right,
}

const FORMS: [&str; 6] = ["id", "comment_id", "post_id", "user_ref", "one_time_notif_token", "notification_messages_token"];

/// Reads the `recipient` parameter.
pub(super) fn read(world: &World, call: &Call, sender: &Sender) -> Result<Recipient, Refusal> {
    let told = call.json("recipient").ok_or_else(|| Refusal::parameter("The parameter recipient is required"))?;
    let Value::Object(fields) = &told else {
        return Err(Refusal::parameter("Param recipient must be a JSON object."));
    };
    let given: Vec<&str> = FORMS.into_iter().filter(|form| fields.contains_key(*form)).collect();
    let [form] = given.as_slice() else {
        return Err(match given.len() {
            0 if fields.contains_key("phone_number") => Refusal::coded(10, "Customer matching by phone number is no longer available."),
            0 => Refusal::parameter("Param recipient must have one of id, comment_id, post_id, user_ref"),
            _ => Refusal::parameter("Param recipient must have exactly one key"),
        });
    };
    let text = match &told[*form] {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return Err(Refusal::parameter(&format!("Param recipient[{form}] must be a string"))),
    };
    match *form {
        "comment_id" | "post_id" => of_comment(world, sender, &text),
        "user_ref" => of_checkbox(world, sender, &text),
        "one_time_notif_token" | "notification_messages_token" => of_token(world, sender, &text),
        _ => of_customer(world, call, sender, &text),
    }
}

fn of_customer(world: &World, call: &Call, sender: &Sender, id: &str) -> Result<Recipient, Refusal> {
    if let Some(thread) = sender.thread(world, id) {
        return Ok(Recipient { place: Place::of(thread), right: Right::Window });
    }
    let on_instagram = sender.road == Road::Instagram
        || call.text("platform").is_some_and(|it| it.eq_ignore_ascii_case("instagram"))
        || world.threads.iter().any(|it| it.scoped == id && it.platform == Platform::Instagram);
    let unlinked = world.page(&sender.node).is_some_and(|page| world.linked_account(page).is_none());
    Err(if on_instagram && unlinked {
        Refusal::parameter("No Instagram account is linked to the Page.").sub(2_534_013)
    } else if on_instagram {
        Refusal::parameter("No matching Instagram user").sub(2_534_014)
    } else {
        Refusal::parameter("No matching user found").sub(2_018_001)
    })
}

fn of_comment(world: &World, sender: &Sender, id: &str) -> Result<Recipient, Refusal> {
    let accounts = sender.accounts(world);
    let comment = world
        .comments
        .iter()
        .find(|it| it.id == id && accounts.contains(&it.account))
        .ok_or_else(|| Refusal::parameter("The comment cannot be replied to.").sub(2_534_025))?;
    let place = place(world, &comment.account, &comment.customer)?;
    Ok(Recipient { place, right: Right::Comment(id.to_owned()) })
}

fn of_checkbox(world: &World, sender: &Sender, id: &str) -> Result<Recipient, Refusal> {
    let missing = || Refusal::parameter("No matching user found").sub(2_018_001);
    let customer = world.checkboxes.get(&(sender.node.clone(), id.to_owned())).ok_or_else(missing)?;
    Ok(Recipient { place: place(world, &sender.node, customer)?, right: Right::Checkbox(id.to_owned()) })
}

fn of_token(world: &World, sender: &Sender, token: &str) -> Result<Recipient, Refusal> {
    let optin = world.optins.get(token).filter(|optin| optin.account == sender.node);
    let optin = optin.ok_or_else(|| Refusal::parameter("The notification token is not valid."))?;
    Ok(Recipient { place: place(world, &optin.account, &optin.customer)?, right: Right::Token(token.to_owned()) })
}

fn place(world: &World, account: &str, customer: &str) -> Result<Place, Refusal> {
    let missing = || Refusal::parameter("No matching user found").sub(2_018_001);
    Ok(Place {
        platform: world.platform_of(account).ok_or_else(missing)?,
        account: account.to_owned(),
        customer: customer.to_owned(),
        scoped: world.scoped_id(account, customer).ok_or_else(missing)?,
    })
}
