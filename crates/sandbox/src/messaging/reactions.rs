//! Sender actions: typing, having seen, reacting.

use super::write::Place;
use crate::call::Call;
use crate::graph::error::Refusal;
use crate::graph::reach::Sender;
use crate::world::settings::LinkedReactions;
use crate::world::talk::{Platform, Reaction, Road};
use crate::world::{World, ids};

/// Does what `sender_action` names.
pub(crate) fn act(world: &mut World, call: &Call, sender: &Sender, place: &Place, action: &str) -> Result<(), Refusal> {
    let action = action.to_lowercase();
    match action.as_str() {
        "typing_on" | "typing_off" | "mark_seen" => {
            sign_of_life(world, place, &action);
            return Ok(());
        }
        "react" | "unreact" => {}
        _ => {
            let sentence = "Param sender_action must be one of {TYPING_ON, TYPING_OFF, MARK_SEEN, REACT, UNREACT}";
            return Err(Refusal::parameter(sentence));
        }
    }
    let payload = call.json("payload").unwrap_or_default();
    let emoji = emoji(world, sender, place, &action, payload["reaction"].as_str())?;
    let mid = ids::meant(sender.road, payload["message_id"].as_str().unwrap_or_default(), &place.account).unwrap_or_default();
    let message = world
        .thread_with_mut(&place.account, &place.scoped)
        .and_then(|thread| thread.message_mut(&mid))
        .ok_or_else(|| Refusal::parameter("Param payload[message_id] is not a message of this conversation"))?;
    message.reactions.retain(|reaction| reaction.inbound);
    if action == "react" {
        message.reactions.push(Reaction { inbound: false, emoji });
    }
    Ok(())
}

/// The customer sees it, and whoever looks at the world; nobody is told.
fn sign_of_life(world: &mut World, place: &Place, action: &str) {
    let now = world.now();
    let Some(thread) = world.thread_with_mut(&place.account, &place.scoped) else { return };
    match action {
        "typing_on" => thread.typing = Some(now),
        "typing_off" => thread.typing = None,
        _ => thread.seen_by_account = Some(now),
    }
}

fn emoji(world: &World, sender: &Sender, place: &Place, action: &str, told: Option<&str>) -> Result<String, Refusal> {
    let love_only =
        place.platform == Platform::Instagram && sender.road == Road::Facebook && world.quirks.ig_linked_reactions == LinkedReactions::Love;
    match told {
        _ if action == "unreact" => Ok(String::new()),
        Some("love") => Ok("❤".to_owned()),
        Some(_) if love_only => Err(Refusal::parameter("Param payload[reaction] must be one of {love}")),
        Some(told) => Ok(told.to_owned()),
        None => Err(Refusal::parameter("The parameter payload[reaction] is required")),
    }
}
