//! `/{page}/moderate_conversations`: blocking, banning and moving to spam.

use serde_json::{Value, json};

use super::error::Refusal;
use super::reach::{self, Sender, Use};
use crate::call::Call;
use crate::messaging::write::Place;
use crate::world::World;
use crate::world::talk::{Platform, Road};

const PEOPLE: usize = 10;
const ACTIONS: usize = 2;
const KNOWN: [&str; 5] = ["block_user", "unblock_user", "ban_user", "unban_user", "move_to_spam"];

/// Does to each named customer what is asked.
pub(super) fn answer(world: &mut World, call: &Call, sender: &Sender) -> Result<Value, Refusal> {
    let wrong = |sentence: &str| Refusal::parameter(sentence);
    let people = call.json("user_ids").and_then(|it| it.as_array().cloned()).unwrap_or_default();
    let actions = call.list("actions").unwrap_or_default();
    if people.is_empty() || people.len() > PEOPLE {
        return Err(wrong("Param user_ids must name 1 to 10 people"));
    }
    if actions.is_empty() || actions.len() > ACTIONS || actions.iter().any(|action| !KNOWN.contains(&action.as_str())) {
        return Err(wrong("Param actions must be one or two of {block_user, unblock_user, ban_user, unban_user, move_to_spam}"));
    }
    let places = people.iter().map(|person| place(world, sender, person)).collect::<Result<Vec<_>, _>>()?;
    for place in &places {
        reach::account(world, sender, place.platform, Use::Write)?;
        let instagram = place.platform == Platform::Instagram || sender.road == Road::Instagram;
        if instagram && actions.iter().any(|action| action.ends_with("ban_user")) {
            return Err(wrong("Instagram knows block_user, unblock_user and move_to_spam only"));
        }
    }
    for place in &places {
        let Some(thread) = world.thread_with_mut(&place.account, &place.scoped) else { continue };
        for action in &actions {
            match action.as_str() {
                "block_user" | "ban_user" => thread.blocked = true,
                "unblock_user" | "unban_user" => thread.blocked = false,
                _ => thread.archived = true,
            }
        }
    }
    let told = places.iter().map(|place| json!({"user_id": place.scoped, "result": "success"}));
    Ok(json!({"result": told.collect::<Vec<_>>()}))
}

fn place(world: &World, sender: &Sender, told: &Value) -> Result<Place, Refusal> {
    let id = told["id"].as_str().map(str::to_owned).or_else(|| told["id"].as_u64().map(|id| id.to_string())).unwrap_or_default();
    sender.conversation(world, &id)
}
