//! Files: uploaded ahead to be sent by their id, or together with the message.

use serde_json::{Value, json};

use super::error::Refusal;
use super::reach::{self, Sender, Use};
use crate::call::Call;
use crate::messaging::outgoing::{by_address, fits};
use crate::messaging::write::Place;
use crate::world::World;
use crate::world::belongings::File;
use crate::world::talk::{Platform, Road};

const LARGEST: u64 = 25 * 1024 * 1024;
const LARGEST_PICTURE: u64 = 8 * 1024 * 1024;
const KINDS: [&str; 4] = ["image", "video", "audio", "file"];

/// `/{page}/message_attachments` and `/{ig-id}/message_attachments`.
pub(super) fn upload(world: &mut World, call: &Call, sender: &Sender) -> Result<Value, Refusal> {
    let on_instagram = call.text("platform").is_some_and(|it| it.eq_ignore_ascii_case("instagram"));
    let platform = if on_instagram || sender.road == Road::Instagram { Platform::Instagram } else { Platform::Messenger };
    let account = reach::account(world, sender, platform, Use::Write)?;
    let message = call.json("message").ok_or_else(|| Refusal::parameter("The parameter message is required"))?;
    let attachment = &message["attachment"];
    let kind = kind(attachment)?;
    let url = match file(call) {
        Some(file) => received(world, file, &kind, platform)?,
        None => by_address(&kind, &attachment["payload"], platform)?,
    };
    Ok(json!({"attachment_id": keep(world, &account, &kind, url)}))
}

fn kind(attachment: &Value) -> Result<String, Refusal> {
    let kind = attachment["type"].as_str().map(str::to_lowercase).filter(|kind| KINDS.contains(&kind.as_str()));
    kind.ok_or_else(|| Refusal::parameter("Param message[attachment][type] must be one of {IMAGE, VIDEO, AUDIO, FILE}"))
}

fn keep(world: &mut World, account: &str, kind: &str, url: String) -> String {
    let id = world.mint.digits("attachment", 16);
    let file = File { account: account.to_owned(), kind: kind.to_owned(), url, at: world.now() };
    world.belongings.files.insert(id.clone(), file);
    id
}

/// The file that came with a call.
fn file(call: &Call) -> Option<&Value> {
    let named = call.params.get("filedata");
    named.or_else(|| call.params.values().find(|value| value.get("filename").is_some())).filter(|it| it.get("filename").is_some())
}

/// Judges a file that came with the call and gives it an address.
fn received(world: &mut World, file: &Value, kind: &str, platform: Platform) -> Result<String, Refusal> {
    let name = file["filename"].as_str().unwrap_or_default();
    let size = file["size"].as_u64().unwrap_or_default();
    let most = if platform == Platform::Instagram && kind == "image" { LARGEST_PICTURE } else { LARGEST };
    if size == 0 {
        return Err(Refusal::parameter("The attachment is empty").sub(2_018_047));
    }
    if size > most {
        return Err(Refusal::parameter("The attachment is larger than the allowed size").sub(2_018_109));
    }
    if platform == Platform::Instagram && !name.is_ascii() {
        return Err(Refusal::parameter("The file's name must be ASCII").sub(2_534_015));
    }
    let typed = file["content_type"].as_str().unwrap_or_default();
    let foreign = ["image/", "audio/", "video/"].iter().any(|start| typed.starts_with(start) && !typed.starts_with(kind));
    let mismatch = match kind {
        "file" => false,
        "audio" => !typed.starts_with("audio/"),
        _ => foreign,
    };
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_lowercase());
    if mismatch || ending.is_some_and(|ending| !fits(kind, &ending, platform)) {
        return Err(Refusal::parameter("The attachment type does not match the type of the file").sub(2_018_047));
    }
    let asset = world.mint.digits("asset", 17);
    Ok(match platform {
        Platform::Messenger => format!("https://scontent.xx.fbcdn.net/v/{asset}"),
        Platform::Instagram => format!("https://lookaside.fbsbx.com/ig_messaging_cdn/?asset_id={asset}&signature=sandbox"),
    })
}

/// A message whose file comes with it reads as if the file had been at an address.
pub(super) fn inline(world: &mut World, call: &Call, message: &Value, account: &str) -> Result<Value, Refusal> {
    let attachment = &message["attachment"];
    let (Some(file), true) = (file(call), attachment.is_object()) else { return Ok(message.clone()) };
    let platform = world.platform_of(account).unwrap_or(Platform::Messenger);
    let url = received(world, file, &kind(attachment)?, platform)?;
    let mut message = message.clone();
    if !message["attachment"]["payload"].is_object() {
        message["attachment"]["payload"] = json!({});
    }
    message["attachment"]["payload"]["url"] = json!(url);
    Ok(message)
}

/// The id under which a message's file can be sent again, if the message asked for one.
pub(super) fn keep_sent(world: &mut World, call: &Call, place: &Place) -> Option<String> {
    let message = call.json("message")?;
    let payload = &message["attachment"]["payload"];
    let wanted = match &payload["is_reusable"] {
        Value::Bool(wanted) => *wanted,
        Value::String(text) => text == "true",
        _ => false,
    };
    if !wanted || payload.get("attachment_id").is_some() {
        return None;
    }
    let kind = kind(&message["attachment"]).ok()?;
    let newest = world.thread_with(&place.account, &place.scoped)?.messages.last()?;
    let url = newest.attachments.first()?["payload"]["url"].as_str()?.to_owned();
    Some(keep(world, &place.account, &kind, url))
}
