//! Conversations and the messages in them.

use serde_json::{Value, json};

use super::error::Refusal;
use super::fields::{self, Field, picked};
use super::nodes::{Scene, collect, unknown};
use super::paging::{self, Key, Link, Window};
use super::{route, usage};
use crate::call::Call;
use crate::clock::stamp;
use crate::messaging::{shown, window};
use crate::tokens::{Bearer, Token};
use crate::world::World;
use crate::world::cast::Access;
use crate::world::settings::Readable;
use crate::world::talk::{Message, Platform, Thread};

/// How many messages of an Instagram conversation can be read.
const READABLE: usize = 20;
const MESSAGE: [&str; 2] = ["id", "created_time"];

/// `/{page-id}/conversations`.
pub(crate) fn list(world: &mut World, call: &Call, bearer: &Bearer, token: &Token, page: &str) -> Result<Value, Refusal> {
    let platform = match call.text("platform").map(|told| told.to_lowercase()).as_deref() {
        None | Some("messenger") => Platform::Messenger,
        Some("instagram") => Platform::Instagram,
        Some(_) => return Err(Refusal::parameter("Param platform must be one of {INSTAGRAM, MESSENGER}")),
    };
    let account = readable_account(world, token, page, platform)?;
    usage::charge_read(world, &account)?;
    let scene = Scene::new(world, call, bearer);
    let wanted = scene.fields(match platform {
        Platform::Messenger => &["id", "link", "updated_time"],
        Platform::Instagram => &["id", "updated_time"],
    })?;
    let peer = call.text("user_id");
    let reviewed = is_reviewed(scene.world, token);
    let mut keyed: Vec<(Key, &Thread)> = scene
        .world
        .threads
        .iter()
        .filter(|thread| thread.account == account && reviewed)
        .filter(|thread| peer.as_ref().is_none_or(|peer| *peer == thread.scoped))
        .filter_map(|thread| Some(((thread.updated()?.timestamp_millis(), thread.order), thread)))
        .collect();
    keyed.sort_by_key(|(key, _)| std::cmp::Reverse(*key));
    let link = Link { call, version: &scene.version, path: format!("/{page}/conversations"), fields: None };
    let window = Window::of_call(call)?;
    window.cut(keyed).told(&link, |thread| thread_value(&scene, thread, &wanted))
}

/// `/{conversation-id}` and `/{conversation-id}/messages`.
pub(crate) fn of_thread(world: &mut World, call: &Call, bearer: &Bearer, id: &str, edge: bool) -> Result<Value, Refusal> {
    let missing = || Refusal::missing("get", id);
    let account = world.thread(id).ok_or_else(missing)?.account.clone();
    open(world, bearer, &account, id)?;
    usage::charge_read(world, &account)?;
    let scene = Scene::new(world, call, bearer);
    let thread = scene.world.thread(id).ok_or_else(missing)?;
    if edge {
        let wanted = scene.fields(&MESSAGE)?;
        messages(&scene, thread, &Window::of_call(call)?, &wanted, None)
    } else {
        thread_value(&scene, thread, &scene.fields(&["id", "updated_time"])?)
    }
}

/// `/{message-id}`.
pub(crate) fn of_message(world: &mut World, call: &Call, bearer: &Bearer, id: &str) -> Result<Value, Refusal> {
    let missing = || Refusal::missing("get", id);
    let (thread, _) = world.message(id).ok_or_else(missing)?;
    let account = thread.account.clone();
    open(world, bearer, &account, id)?;
    usage::charge_read(world, &account)?;
    let scene = Scene::new(world, call, bearer);
    let (thread, message) = scene.world.message(id).ok_or_else(missing)?;
    if message.unsent || !is_readable(&scene, thread, thread.depth(id)) {
        return Err(Refusal::new(9_000_001, "(#9000001) The message you requested was deleted."));
    }
    message_value(&scene, thread, message, &scene.fields(&MESSAGE)?)
}

fn open(world: &World, bearer: &Bearer, account: &str, id: &str) -> Result<(), Refusal> {
    let missing = || Refusal::missing("get", id);
    let page = world.page_of(account).ok_or_else(missing)?.id.clone();
    let token = match bearer {
        Bearer::Page(token) if token.page.as_ref() != Some(&page) => return Err(missing()),
        _ => route::page_token(world, bearer, &page, "get")?,
    };
    if !is_reviewed(world, &token) {
        return Err(missing());
    }
    let platform = world.platform_of(account).ok_or_else(missing)?;
    readable_account(world, &token, &page, platform).map(drop)
}

fn readable_account(world: &World, token: &Token, page: &str, platform: Platform) -> Result<String, Refusal> {
    let scopes = match platform {
        Platform::Messenger => ["pages_messaging", "pages_manage_metadata", "pages_read_engagement"],
        Platform::Instagram => ["instagram_basic", "instagram_manage_messages", "pages_manage_metadata"],
    };
    for scope in scopes {
        if !world.has(token, scope) {
            return Err(Refusal::needs_to_read(scope));
        }
    }
    route::messaging_open(world, page, platform)
}

/// Before its review an app sees people with a role on it only, and customers have none.
fn is_reviewed(world: &World, token: &Token) -> bool {
    world.app(&token.app).is_some_and(|app| app.access == Access::Advanced)
}

fn is_readable(scene: &Scene<'_>, thread: &Thread, depth: Option<usize>) -> bool {
    let limited = thread.platform == Platform::Instagram || scene.world.quirks.messenger_readable == Readable::Twenty;
    depth.is_some_and(|depth| !limited || depth < READABLE)
}

fn thread_value(scene: &Scene<'_>, thread: &Thread, wanted: &[Field]) -> Result<Value, Refusal> {
    collect(wanted, &thread.id, |field| {
        let value = match field.name.as_str() {
            "updated_time" => thread.updated().map(|at| json!(stamp(at))),
            "participants" => Some(json!({"data": shown::participants(scene.world, thread)})),
            "messages" => {
                let inner = fields::inner(field, &MESSAGE);
                let written = paging::written(&inner);
                let told = messages(scene, thread, &Window::of_field(field)?, &inner, Some(written))?;
                return Ok(Some(told));
            }
            "link" | "senders" | "message_count" | "snippet" | "can_reply" | "is_subscribed" if thread.platform == Platform::Messenger => {
                page_field(scene, thread, &field.name)
            }
            // The owner is told only where conversation routing is on.
            "id" | "is_owner" => None,
            _ => return Err(unknown(field, "UnifiedThread")),
        };
        Ok(value.map(|value| picked(value, &field.inner)))
    })
}

fn page_field(scene: &Scene<'_>, thread: &Thread, name: &str) -> Option<Value> {
    Some(match name {
        "link" => json!(format!("/{}/inbox/?selected_item_id={}", thread.account, thread.scoped)),
        "senders" => json!({"data": shown::participants(scene.world, thread)}),
        "message_count" => json!(thread.newest_first().count()),
        "snippet" => json!(thread.newest_first().next()?.text.clone().unwrap_or_default()),
        "can_reply" => json!(window::is_open(thread, scene.world.now()) && !thread.blocked),
        _ => json!(true),
    })
}

fn messages(scene: &Scene<'_>, thread: &Thread, window: &Window, wanted: &[Field], written: Option<String>) -> Result<Value, Refusal> {
    let last = thread.messages.len();
    let keyed: Vec<(Key, (usize, &Message))> = thread
        .messages
        .iter()
        .enumerate()
        .rev()
        .filter(|(_, message)| !message.unsent)
        .enumerate()
        .map(|(depth, (place, message))| {
            let place = u64::try_from(place.min(last)).unwrap_or(u64::MAX);
            ((0, place), (depth, message))
        })
        .collect();
    let link = Link { call: scene.call, version: &scene.version, path: format!("/{}/messages", thread.id), fields: written };
    window.cut(keyed).told(&link, |(depth, message)| {
        if is_readable(scene, thread, Some(depth)) {
            message_value(scene, thread, message, wanted)
        } else {
            Ok(json!({"id": message.mid, "created_time": stamp(message.at)}))
        }
    })
}

fn message_value(scene: &Scene<'_>, thread: &Thread, message: &Message, wanted: &[Field]) -> Result<Value, Refusal> {
    let (customer, account) = shown::parties(scene.world, thread);
    let (from, to) = if message.inbound { (customer, account) } else { (account, customer) };
    collect(wanted, &message.mid, |field| {
        let value = match field.name.as_str() {
            "created_time" => Some(json!(stamp(message.at))),
            "from" => Some(from.clone()),
            "to" => Some(json!({"data": [to.clone()]})),
            "message" => Some(json!(message.text.clone().unwrap_or_default())),
            "attachments" => shown::attachments(message),
            "shares" => shown::shares(message),
            "story" => shown::story(message),
            "reactions" => shown::reactions(scene.world, thread, message),
            "reply_to" => shown::reply_to(thread, message),
            "sticker" => shown::sticker(message),
            "tags" if thread.platform == Platform::Messenger => Some(shown::tags(message)),
            "id" | "is_unsupported" | "tags" => None,
            _ => return Err(unknown(field, "Message")),
        };
        Ok(value.map(|value| picked(value, &field.inner)))
    })
}
