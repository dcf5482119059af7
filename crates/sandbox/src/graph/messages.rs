//! `POST /{page-id}/messages` and `/{ig-id}/messages`: the Send API of both platforms and both roads.

use serde_json::{Value, json};

use super::error::Refusal;
use super::reach::{self, Sender, Use};
use super::recipient::{self, Recipient, Right};
use super::{limits, routing, uploads};
use crate::call::Call;
use crate::messaging::outgoing::{self, Outgoing};
use crate::messaging::write::{Author, Place};
use crate::messaging::{policy, reactions};
use crate::world::World;
use crate::world::ids;
use crate::world::settings::LoginReply;
use crate::world::talk::{Platform, Road};

/// Sends a message, a reaction or a sign of life.
pub(crate) fn send(world: &mut World, call: &Call, sender: &Sender) -> Result<Value, Refusal> {
    let recipient = recipient::read(world, call, sender)?;
    let place = recipient.place.clone();
    reach::account(world, sender, place.platform, Use::Write)?;
    if world.page_of(&place.account).is_some_and(|page| page.restricted && sender.road == Road::Facebook) {
        return Err(Refusal::coded(10, "The Page is temporarily restricted from sending messages.").sub(1_893_063));
    }
    let message = call.json("message");
    let action = call.text("sender_action");
    match (&message, &action) {
        (Some(_), Some(_)) => {
            let sentence = "Param sender_action cannot be used with param message.";
            return Err(Refusal::parameter(sentence).sub(2_018_014));
        }
        (None, None) => return Err(Refusal::parameter("The parameter message is required")),
        _ => {}
    }
    let tag = policy::tag(world, call, sender, place.platform)?;
    let content = match message {
        None => None,
        Some(message) => {
            let message = uploads::inline(world, call, &message, &place.account)?;
            Some(outgoing::read(world, &message, &place, sender.road, tag)?)
        }
    };
    reachable(world, sender, &recipient, tag)?;
    routing::may_write(world, &sender.app(world), &place)?;
    let Some(content) = content else {
        limits::send(world, &place.account, place.platform, false)?;
        reactions::act(world, call, sender, &place, &action.unwrap_or_default())?;
        let known = !matches!(recipient.right, Right::Checkbox(_));
        return Ok(if known { json!({"recipient_id": place.scoped}) } else { json!({}) });
    };
    limits::send(world, &place.account, place.platform, content.is_heavy())?;
    if matches!(recipient.right, Right::Comment(_)) {
        limits::private_reply(world, &place.account)?;
    }
    let handed_on = routing::inline(call)?;
    let told = deliver(world, call, sender, &recipient, content)?;
    // The message is the last thing that the app says while the conversation is its own.
    if let Some(control) = handed_on {
        routing::hand_on(world, &sender.app(world), &place, &control);
    }
    Ok(told)
}

fn deliver(world: &mut World, call: &Call, sender: &Sender, recipient: &Recipient, content: Outgoing) -> Result<Value, Refusal> {
    let place = &recipient.place;
    let reply_to = quoted(world, call, sender, place)?;
    let persona = persona(world, call, sender, place.platform)?;
    let mut message = world.blank(place, false);
    message.reply_to = reply_to;
    message.persona = persona;
    message.text = content.text;
    message.attachments = content.attachments;
    message.quick_replies = content.quick_replies;
    let app = sender.app(world);
    let author = Author::App { id: app.clone(), metadata: content.metadata };
    let mid = world.account_writes(place, message, &author);
    routing::wrote(world, &app, place);
    let mut told = json!({"recipient_id": place.scoped, "message_id": ids::told(sender.road, &mid, &place.account)});
    match &recipient.right {
        Right::Comment(id) => {
            if let Some(comment) = world.comments.iter_mut().find(|it| it.id == *id) {
                comment.answered = true;
            }
        }
        Right::Token(token) => {
            world.optins.retain(|known, optin| known != token || optin.recurring);
        }
        Right::Checkbox(reference) => {
            world.checkboxes.remove(&(place.account.clone(), reference.clone()));
            told.as_object_mut().and_then(|told| told.remove("recipient_id"));
        }
        Right::Window => {}
    }
    if let Some(id) = uploads::keep_sent(world, call, place) {
        told["attachment_id"] = json!(id);
    }
    Ok(told)
}

fn reachable(world: &World, sender: &Sender, recipient: &Recipient, tag: policy::Tag) -> Result<(), Refusal> {
    if !reach::is_reviewed(world, &sender.token.app) {
        let sentence = "Cannot message users who are not admins, developers or testers of the app until pages_messaging permission is reviewed and the app is live.";
        return Err(Refusal::coded(200, sentence).sub(2_018_028));
    }
    let place = &recipient.place;
    policy::open_to_the_account(world, place)?;
    match &recipient.right {
        Right::Comment(id) => {
            reach::private_reply(world, sender, place.platform)?;
            policy::private_reply(world, id, place.platform)
        }
        Right::Token(token) => policy::notification(world, token),
        Right::Checkbox(_) => Ok(()),
        Right::Window => policy::window(world, sender, place, tag),
    }
}

fn quoted(world: &World, call: &Call, sender: &Sender, place: &Place) -> Result<Option<String>, Refusal> {
    let Some(told) = call.json("reply_to") else { return Ok(None) };
    if sender.road == Road::Instagram && world.quirks.ig_login_reply_to == LoginReply::Refused {
        return Err(Refusal::parameter("Param reply_to is not supported"));
    }
    let mid = ids::meant(sender.road, told["mid"].as_str().unwrap_or_default(), &place.account);
    let known = world.thread_with(&place.account, &place.scoped).zip(mid).and_then(|(thread, mid)| thread.message(&mid));
    match known {
        Some(message) => Ok(Some(message.mid.clone())),
        None => Err(Refusal::parameter("Param reply_to[mid] is not a message of this conversation")),
    }
}

fn persona(world: &World, call: &Call, sender: &Sender, platform: Platform) -> Result<Option<String>, Refusal> {
    let Some(id) = call.text("persona_id") else { return Ok(None) };
    if platform == Platform::Instagram {
        return Err(Refusal::parameter("Param persona_id is not supported on Instagram"));
    }
    let known = world.belongings.personas.get(&id).is_some_and(|persona| persona.page == sender.node);
    if known { Ok(Some(id)) } else { Err(Refusal::parameter("Param persona_id must be a persona of the Page")) }
}
