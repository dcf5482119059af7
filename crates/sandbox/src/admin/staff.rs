//! The owner answers in Meta's own app.

use bytes::Bytes;
use serde::Deserialize;
use serde_json::json;

use super::told::{Failed, Outcome, body};
use crate::messaging::write::Author;
use crate::world::World;

const EXPECTED: &str = "a staff message takes {\"to\": customer, \"text\": ..., \"app_id\": string or null, \"reply_to\": mid}";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Told {
    to: String,
    text: String,
    app_id: Option<String>,
    /// A message of the conversation that is quoted.
    reply_to: Option<String>,
}

/// `POST staff/{account}/messages`.
pub(super) fn write(world: &mut World, account: &str, content: &Bytes) -> Outcome {
    let told: Told = body(content, EXPECTED)?;
    if told.text.is_empty() {
        return Err(Failed::wrong(EXPECTED.to_owned()));
    }
    let place = world.place(&told.to, account)?;
    if world.thread_with(&place.account, &place.scoped).is_none() {
        return Err(Failed::wrong(format!("customer {} has not written to {account} yet", told.to)));
    }
    let quotable = |mid: &String| world.thread_with(&place.account, &place.scoped).is_some_and(|thread| thread.message(mid).is_some());
    if let Some(mid) = told.reply_to.as_ref().filter(|mid| !quotable(mid)) {
        return Err(Failed::missing(format!("`reply_to` names {mid}, which is no message of this conversation")));
    }
    let mut message = world.blank(&place, false);
    message.text = Some(told.text);
    message.reply_to = told.reply_to;
    let app = told.app_id.clone();
    let mid = world.account_writes(&place, message, &Author::Staff { app: told.app_id });
    world.inbox_takes(&place, app.as_deref());
    Ok(json!({"mid": mid}))
}
