//! `POST /{page-id}/messages`: the Send API of both platforms.

use serde_json::{Value, json};

use super::error::Refusal;
use super::{route, usage};
use crate::call::Call;
use crate::messaging::outgoing;
use crate::messaging::window;
use crate::messaging::write::{Author, Place};
use crate::tokens::Token;
use crate::world::World;
use crate::world::cast::Access;
use crate::world::talk::{Platform, Reaction, Thread};

/// To whom, after everything that can be wrong with that.
struct Recipient {
    place: Place,
    /// A comment that is answered in private.
    comment: Option<String>,
}

/// Sends a message, a reaction or a sign of life.
pub(crate) fn send(world: &mut World, call: &Call, token: &Token, page: &str) -> Result<Value, Refusal> {
    let recipient = recipient(world, call, page)?;
    let place = &recipient.place;
    permitted(world, token, page, place.platform)?;
    route::messaging_open(world, page, place.platform)?;
    if world.page(page).is_some_and(|page| page.restricted) {
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
    let tag = tag(call, place.platform)?;
    let content = message.map(|message| outgoing::read(&message, place.platform)).transpose()?;
    reachable(world, token, &recipient, tag)?;
    usage::charge_send(world, &place.account, place.platform == Platform::Instagram)?;
    let Some(content) = content else {
        act(world, call, place, &action.unwrap_or_default())?;
        return Ok(json!({"recipient_id": place.scoped}));
    };
    let mut message = world.blank(place, false);
    message.reply_to = quoted(world, call, place)?;
    message.text = content.text;
    message.attachments = content.attachments;
    let author = Author::App { id: token.app.clone(), metadata: content.metadata };
    let mid = world.account_writes(place, message, &author);
    if let Some(comment) = recipient.comment
        && let Some(comment) = world.comments.iter_mut().find(|it| it.id == comment)
    {
        comment.answered = true;
    }
    Ok(json!({"recipient_id": place.scoped, "message_id": mid}))
}

fn recipient(world: &World, call: &Call, page: &str) -> Result<Recipient, Refusal> {
    let told = call.json("recipient").ok_or_else(|| Refusal::parameter("The parameter recipient is required"))?;
    let text = |name: &str| match &told[name] {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    let linked = world.page(page).and_then(|page| page.instagram.clone());
    if let Some(id) = text("comment_id") {
        let comment = world
            .comments
            .iter()
            .find(|it| it.id == id)
            .filter(|it| it.account == page || Some(&it.account) == linked.as_ref())
            .ok_or_else(|| Refusal::parameter("The comment cannot be replied to.").sub(2_534_025))?;
        let place = place(world, &comment.account, &comment.customer)?;
        return Ok(Recipient { place, comment: Some(id) });
    }
    let id = text("id").ok_or_else(|| Refusal::parameter("Param recipient must have one of id, comment_id"))?;
    let known = [Some(page.to_owned()), linked].into_iter().flatten().find_map(|account| world.thread_with(&account, &id));
    if let Some(thread) = known {
        return Ok(Recipient { place: of_thread(thread), comment: None });
    }
    let on_instagram = call.text("platform").is_some_and(|it| it.eq_ignore_ascii_case("instagram"))
        || world.threads.iter().any(|it| it.scoped == id && it.platform == Platform::Instagram);
    let unlinked = world.page(page).is_some_and(|page| world.linked_account(page).is_none());
    Err(if on_instagram && unlinked {
        Refusal::parameter("No Instagram account is linked to the Page.").sub(2_534_013)
    } else if on_instagram {
        Refusal::parameter("No matching Instagram user").sub(2_534_014)
    } else {
        Refusal::parameter("No matching user found").sub(2_018_001)
    })
}

fn of_thread(thread: &Thread) -> Place {
    Place { platform: thread.platform, account: thread.account.clone(), customer: thread.customer.clone(), scoped: thread.scoped.clone() }
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

fn permitted(world: &World, token: &Token, page: &str, platform: Platform) -> Result<(), Refusal> {
    let scopes: &[&str] = match platform {
        Platform::Messenger => &["pages_messaging"],
        Platform::Instagram => &["instagram_basic", "instagram_manage_messages"],
    };
    for scope in scopes {
        if !world.has(token, scope) {
            return Err(Refusal::needs_to_write(scope));
        }
    }
    let task =
        world.page(page).and_then(|page| page.tasks_of(&token.person)).is_some_and(|tasks| tasks.iter().any(|task| task == "MESSAGING"));
    if task { Ok(()) } else { Err(Refusal::coded(200, "The person cannot perform the task MESSAGING on the Page")) }
}

/// Whether the human agent's longer window is asked for.
fn tag(call: &Call, platform: Platform) -> Result<bool, Refusal> {
    let kind = call.text("messaging_type");
    match kind.as_deref() {
        None | Some("RESPONSE" | "UPDATE" | "MESSAGE_TAG") => {}
        Some("UTILITY") if platform == Platform::Messenger => {
            return Err(Refusal::parameter("A UTILITY message needs a message template"));
        }
        Some(_) => {
            let sentence = "Param messaging_type must be one of {RESPONSE, UPDATE, MESSAGE_TAG, UTILITY}";
            return Err(Refusal::parameter(sentence));
        }
    }
    match call.text("tag").as_deref() {
        None if kind.as_deref() == Some("MESSAGE_TAG") => Err(Refusal::parameter("The parameter tag is required")),
        None => Ok(false),
        Some("HUMAN_AGENT") => Ok(true),
        Some("ACCOUNT_UPDATE" | "CONFIRMED_EVENT_UPDATE" | "POST_PURCHASE_UPDATE") => {
            Err(Refusal::parameter("The message tag is no longer supported"))
        }
        Some(_) => Err(Refusal::parameter("Param tag must be one of {HUMAN_AGENT}")),
    }
}

fn reachable(world: &World, token: &Token, recipient: &Recipient, human_agent: bool) -> Result<(), Refusal> {
    let place = &recipient.place;
    let app = world.app(&token.app);
    if app.is_some_and(|app| app.access == Access::Standard) {
        let sentence = "Cannot message users who are not admins, developers or testers of the app until pages_messaging permission is reviewed and the app is live.";
        return Err(Refusal::coded(200, sentence).sub(2_018_028));
    }
    if let Some(id) = &recipient.comment {
        return private_reply(world, id, place.platform);
    }
    let Some(thread) = world.thread_with(&place.account, &place.scoped) else { return Ok(()) };
    if thread.blocked {
        return Err(Refusal::coded(551, "This person isn't available right now.").sub(1_545_041));
    }
    let now = world.now();
    let open = if human_agent && app.is_some_and(|app| app.human_agent) {
        window::is_open_for_people(thread, now)
    } else {
        window::is_open(thread, now)
    };
    if open {
        return Ok(());
    }
    let refusal = Refusal::coded(10, "This message is sent outside of allowed window.");
    Err(match place.platform {
        Platform::Messenger => refusal.sub(2_018_278),
        Platform::Instagram => refusal.sub(2_534_022),
    })
}

fn private_reply(world: &World, id: &str, platform: Platform) -> Result<(), Refusal> {
    let comment = world.comments.iter().find(|it| it.id == id);
    let fresh = comment.is_some_and(|it| world.now() - it.at < chrono::TimeDelta::days(7));
    let answered = comment.is_some_and(|it| it.answered);
    match platform {
        Platform::Messenger if answered => Err(Refusal::coded(10_900, "Activity already replied to.")),
        Platform::Messenger if !fresh => Err(Refusal::coded(10_903, "This user cannot reply to this activity.")),
        Platform::Instagram if answered || !fresh => Err(Refusal::parameter("The comment is invalid for messaging.").sub(2_534_025)),
        _ => Ok(()),
    }
}

fn quoted(world: &World, call: &Call, place: &Place) -> Result<Option<String>, Refusal> {
    let Some(told) = call.json("reply_to") else { return Ok(None) };
    let mid = told["mid"].as_str().unwrap_or_default();
    let known = world.thread_with(&place.account, &place.scoped).and_then(|thread| thread.message(mid));
    match known {
        Some(message) => Ok(Some(message.mid.clone())),
        None => Err(Refusal::parameter("Param reply_to[mid] is not a message of this conversation")),
    }
}

fn act(world: &mut World, call: &Call, place: &Place, action: &str) -> Result<(), Refusal> {
    let action = action.to_lowercase();
    match action.as_str() {
        "typing_on" | "typing_off" | "mark_seen" => return Ok(()),
        "react" | "unreact" => {}
        _ => {
            let sentence = "Param sender_action must be one of {TYPING_ON, TYPING_OFF, MARK_SEEN, REACT, UNREACT}";
            return Err(Refusal::parameter(sentence));
        }
    }
    let payload = call.json("payload").unwrap_or_default();
    let mid = payload["message_id"].as_str().unwrap_or_default();
    let message = world
        .thread_with_mut(&place.account, &place.scoped)
        .and_then(|thread| thread.message_mut(mid))
        .ok_or_else(|| Refusal::parameter("Param payload[message_id] is not a message of this conversation"))?;
    let emoji = match payload["reaction"].as_str() {
        Some("love") => "❤",
        Some(told) => told,
        None if action == "react" => return Err(Refusal::parameter("The parameter payload[reaction] is required")),
        None => "",
    };
    message.reactions.retain(|reaction| reaction.inbound);
    if action == "react" {
        message.reactions.push(Reaction { inbound: false, emoji: emoji.to_owned() });
    }
    Ok(())
}
