//! What the platform allows to be sent: tags, windows, private replies, notification tokens.

use chrono::TimeDelta;

use super::window;
use super::write::Place;
use crate::call::Call;
use crate::clock::day;
use crate::graph::error::Refusal;
use crate::graph::reach::Sender;
use crate::world::World;
use crate::world::settings::BlockedError;
use crate::world::talk::Platform;

/// What a message claims to be, where that changes when it may be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tag {
    None,
    HumanAgent,
    CustomerFeedback,
    Utility,
    /// One of those that have ended, while it had not.
    Former,
}

/// Tags that have ended, on this day.
const ENDED: [&str; 3] = ["ACCOUNT_UPDATE", "CONFIRMED_EVENT_UPDATE", "POST_PURCHASE_UPDATE"];

/// Reads `messaging_type` and `tag`.
pub(crate) fn tag(world: &World, call: &Call, sender: &Sender, platform: Platform) -> Result<Tag, Refusal> {
    let kind = call.text("messaging_type").map(|kind| kind.to_uppercase());
    match kind.as_deref() {
        None | Some("RESPONSE" | "UPDATE" | "MESSAGE_TAG") => {}
        Some("UTILITY") if platform == Platform::Messenger => {
            let scopes = ["pages_utility_messaging", "page_utility_messaging"];
            let may = scopes.iter().any(|scope| world.has(&sender.token, scope));
            return if may { Ok(Tag::Utility) } else { Err(Refusal::needs_to_write("pages_utility_messaging")) };
        }
        Some(_) => {
            let sentence = "Param messaging_type must be one of {RESPONSE, UPDATE, MESSAGE_TAG, UTILITY}";
            return Err(Refusal::parameter(sentence));
        }
    }
    let tagged = call.text("tag");
    if platform == Platform::Messenger && tagged.is_some() && matches!(kind.as_deref(), Some("RESPONSE" | "UPDATE")) {
        return Err(Refusal::parameter("The parameter tag goes with messaging_type MESSAGE_TAG only"));
    }
    match tagged.as_deref() {
        None if kind.as_deref() == Some("MESSAGE_TAG") => Err(Refusal::parameter("The parameter tag is required")),
        None => Ok(Tag::None),
        Some("HUMAN_AGENT") => Ok(Tag::HumanAgent),
        Some("CUSTOMER_FEEDBACK") if platform == Platform::Messenger => Ok(Tag::CustomerFeedback),
        Some(old) if ENDED.contains(&old) && platform == Platform::Messenger && world.now() < day(2026, 4, 27) => Ok(Tag::Former),
        Some(old) if ENDED.contains(&old) => Err(Refusal::parameter("The message tag is no longer supported")),
        Some(_) => Err(Refusal::parameter("Param tag must be one of {HUMAN_AGENT}")),
    }
}

/// Whether owner and customer leave the conversation open at all.
pub(crate) fn open_to_the_account(world: &World, place: &Place) -> Result<(), Refusal> {
    let Some(thread) = world.thread_with(&place.account, &place.scoped) else { return Ok(()) };
    if thread.archived {
        return Err(Refusal::new(2_534_001, "The thread was archived or deleted by its owner."));
    }
    if thread.blocked {
        let code = if world.quirks.blocked_error == BlockedError::Permission { 200 } else { 551 };
        return Err(Refusal::coded(code, "This person isn't available right now.").sub(1_545_041));
    }
    Ok(())
}

/// Whether the conversation's window is open for such a message.
pub(crate) fn window(world: &World, sender: &Sender, place: &Place, tag: Tag) -> Result<(), Refusal> {
    let Some(thread) = world.thread_with(&place.account, &place.scoped) else { return Ok(()) };
    let now = world.now();
    let approved = world.app_behind(&sender.token.app).is_some_and(|app| app.human_agent);
    let open = match tag {
        Tag::Utility | Tag::Former => true,
        Tag::CustomerFeedback => window::is_open_for_people(thread, now),
        Tag::HumanAgent if approved => window::is_open_for_people(thread, now),
        Tag::HumanAgent | Tag::None => window::is_open(thread, now),
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

/// Whether a comment or post may still be answered in private: once, within seven days.
pub(crate) fn private_reply(world: &World, id: &str, platform: Platform) -> Result<(), Refusal> {
    let comment = world.comments.iter().find(|it| it.id == id);
    let fresh = comment.is_some_and(|it| world.now() - it.at < TimeDelta::days(7));
    let answered = comment.is_some_and(|it| it.answered);
    match platform {
        Platform::Messenger if answered => Err(Refusal::coded(10_900, "Activity already replied to.")),
        Platform::Messenger if !fresh => Err(Refusal::coded(10_903, "This user cannot reply to this activity.")),
        Platform::Instagram if answered || !fresh => Err(Refusal::parameter("The comment is invalid for messaging.").sub(2_534_025)),
        _ => Ok(()),
    }
}

/// Whether an opt-in's token still holds: a single notification for a year, recurring ones until they were ended.
pub(crate) fn notification(world: &World, token: &str) -> Result<(), Refusal> {
    let Some(optin) = world.optins.get(token) else { return Err(Refusal::parameter("The notification token is not valid.")) };
    let ended = optin.recurring && world.now() >= day(2026, 2, 10);
    let over = world.now() - optin.at >= TimeDelta::days(365);
    if ended {
        return Err(Refusal::parameter("Recurring notifications are no longer supported"));
    }
    if over { Err(Refusal::parameter("The notification token has expired.")) } else { Ok(()) }
}
