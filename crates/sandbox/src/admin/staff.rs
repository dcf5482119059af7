//! The owner works in Meta's own app: answers, reacts, takes back.

use bytes::Bytes;
use serde::Deserialize;
use serde_json::json;

use super::told::{Failed, Outcome, body, needed};
use crate::messaging::attached::{self, Attached};
use crate::messaging::write::{Author, Place};
use crate::world::World;
use crate::world::settings::AccountUnsend;
use crate::world::talk::{Message, Reaction};

const EXPECTED: &str =
    "a staff message takes {\"to\": customer, \"text\" or \"attachments\": ..., \"app_id\": string or null, \"reply_to\": mid}";
const ACTIONS: &str = "a staff action takes {\"to\": customer, \"action\": react, unreact or unsend, \"mid\"} and, to react, emoji";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Told {
    to: String,
    #[serde(default)]
    text: String,
    #[serde(default)]
    attachments: Vec<Attached>,
    app_id: Option<String>,
    /// A message of the conversation that is quoted.
    reply_to: Option<String>,
}

/// `POST staff/{account}/messages`.
pub(super) fn write(world: &mut World, account: &str, content: &Bytes) -> Outcome {
    let told: Told = body(content, EXPECTED)?;
    let place = world.place(&told.to, account)?;
    let attachments = attached::told(&told.attachments, place.platform).map_err(Failed::wrong)?;
    if told.text.is_empty() && attachments.is_empty() {
        return Err(Failed::wrong(EXPECTED.to_owned()));
    }
    if world.thread_with(&place.account, &place.scoped).is_none() {
        return Err(Failed::wrong(format!("customer {} has not written to {account} yet", told.to)));
    }
    let quotable = |mid: &String| world.thread_with(&place.account, &place.scoped).is_some_and(|thread| thread.message(mid).is_some());
    if let Some(mid) = told.reply_to.as_ref().filter(|mid| !quotable(mid)) {
        return Err(Failed::missing(format!("`reply_to` names {mid}, which is no message of this conversation")));
    }
    let mut message = world.blank(&place, false);
    message.text = (!told.text.is_empty()).then_some(told.text);
    message.attachments = attachments;
    message.reply_to = told.reply_to;
    let app = told.app_id.clone();
    let mid = world.account_writes(&place, message, &Author::Staff { app: told.app_id });
    world.inbox_takes(&place, app.as_deref());
    Ok(json!({"mid": mid}))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ToldAction {
    to: String,
    action: Action,
    mid: Option<String>,
    emoji: Option<String>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Action {
    React,
    Unreact,
    Unsend,
}

/// `POST staff/{account}/actions`.
pub(super) fn act(world: &mut World, account: &str, content: &Bytes) -> Outcome {
    let told: ToldAction = body(content, ACTIONS)?;
    let place = world.place(&told.to, account)?;
    let mid = needed("mid", told.mid.as_ref(), ACTIONS)?;
    let message = message(world, &place, mid)?;
    match told.action {
        // The account's own reactions are told to nobody; history shows them.
        Action::React | Action::Unreact => {
            message.reactions.retain(|reaction| reaction.inbound);
            if matches!(told.action, Action::React) {
                let emoji = told.emoji.unwrap_or_else(|| "❤️".to_owned());
                message.reactions.push(Reaction { inbound: false, emoji });
            }
        }
        Action::Unsend if message.inbound => return Err(Failed::wrong(format!("{mid} was not written by the account"))),
        Action::Unsend => unsend(world, &place, mid),
    }
    Ok(json!({"ok": true, "mid": mid}))
}

fn message<'w>(world: &'w mut World, place: &Place, mid: &str) -> Result<&'w mut Message, Failed> {
    world
        .thread_with_mut(&place.account, &place.scoped)
        .and_then(|thread| thread.message_mut(mid))
        .ok_or_else(|| Failed::missing(format!("`mid` names {mid}, which is no message of this conversation")))
}

fn unsend(world: &mut World, place: &Place, mid: &str) {
    if let Some(thread) = world.thread_with_mut(&place.account, &place.scoped) {
        thread.take_back(mid);
    }
    if world.quirks.account_unsend == AccountUnsend::Told {
        world.tell_echo(&place.between(), &json!({"mid": mid, "is_echo": true, "is_deleted": true}));
    }
}
