//! Conversations and the messages in them.

use std::cmp::Ordering;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::error::Refusal;
use super::fields::{self, Field, picked};
use super::nodes::{Scene, collect, unknown};
use super::paging::{self, Key, Link, Window};
use super::reach::{self, Sender, Use};
use super::{limits, routing};
use crate::call::Call;
use crate::clock::stamp;
use crate::messaging::{shown, window};
use crate::tokens::Bearer;
use crate::world::cast::Page;
use crate::world::settings::{DefaultPlatform, Readable};
use crate::world::talk::{Message, Platform, Road, Thread};
use crate::world::{World, ids};

/// How many messages of an Instagram conversation can be read.
const READABLE: usize = 20;
const MESSAGE: [&str; 2] = ["id", "created_time"];

/// `/{page-id}/conversations` and `/{ig-id}/conversations`.
pub(crate) fn list(world: &mut World, call: &Call, bearer: &Bearer, sender: &Sender) -> Result<Value, Refusal> {
    let told = call.text("platform").map(|told| told.to_lowercase());
    let platforms = platforms(world, sender, told.as_deref())?;
    let mut accounts = Vec::new();
    for platform in platforms {
        let account = reach::account(world, sender, platform, Use::Read)?;
        limits::read(world, &account)?;
        accounts.push(account);
    }
    let scene = Scene::new(world, call, bearer);
    let wanted = scene.fields(&["id", "link", "updated_time"])?;
    let link = Link { call, version: &scene.version, path: format!("/{}/conversations", sender.node), fields: None };
    let peer = call.text("user_id");
    stretch(&scene, sender, &accounts, peer.as_deref(), &Window::of_call(call)?, &wanted, &link)
}

/// The same, expanded from a Page: `conversations.platform(instagram).limit(5){...}`.
pub(super) fn expanded(scene: &Scene<'_>, page: &Page, field: &Field) -> Result<Value, Refusal> {
    let sender = reach::sender(scene.world, scene.bearer, &page.id, "get")?;
    let told = field.arg("platform").map(str::to_lowercase);
    let platforms = platforms(scene.world, &sender, told.as_deref())?;
    let open = platforms.into_iter().map(|platform| reach::account(scene.world, &sender, platform, Use::Read));
    let accounts = open.collect::<Result<Vec<_>, _>>()?;
    let inner = fields::inner(field, &["id", "link", "updated_time"]);
    // The links lead on among the same conversations.
    let mut same = url::form_urlencoded::Serializer::new(String::new());
    for name in ["platform", "user_id"] {
        same.extend_pairs(field.arg(name).map(|value| (name, value)));
    }
    let path = format!("/{}/conversations?{}", page.id, same.finish());
    let link = Link { call: scene.call, version: &scene.version, path, fields: Some(paging::written(&inner)) };
    stretch(scene, &sender, &accounts, field.arg("user_id"), &Window::of_field(field)?, &inner, &link)
}

fn platforms(world: &World, sender: &Sender, told: Option<&str>) -> Result<Vec<Platform>, Refusal> {
    Ok(match (sender.road, told) {
        (Road::Instagram, None | Some("instagram")) | (Road::Facebook, Some("instagram")) => vec![Platform::Instagram],
        (Road::Facebook, None) if world.quirks.default_platform == DefaultPlatform::All => {
            let linked = world.page(&sender.node).and_then(|page| world.linked_account(page)).is_some();
            if linked { vec![Platform::Messenger, Platform::Instagram] } else { vec![Platform::Messenger] }
        }
        (Road::Facebook, None | Some("messenger")) => vec![Platform::Messenger],
        _ => return Err(Refusal::parameter("Param platform must be one of {INSTAGRAM, MESSENGER}")),
    })
}

fn stretch(
    scene: &Scene<'_>,
    sender: &Sender,
    accounts: &[String],
    peer: Option<&str>,
    window: &Window,
    wanted: &[Field],
    link: &Link<'_>,
) -> Result<Value, Refusal> {
    let (world, now) = (scene.world, scene.world.now());
    let reviewed = reach::is_reviewed(world, &sender.token.app);
    let listed = |thread: &&Thread| reviewed && !thread.archived && !is_forgotten_request(thread, now);
    let keyed = |thread: &'_ Thread| Some((thread.updated()?.timestamp_millis(), thread.order));
    let mut found: Vec<(Key, &Thread)> = if let Some(peer) = peer {
        let known = accounts.iter().filter_map(|account| world.thread_with(account, peer));
        known.filter(listed).filter_map(|thread| Some((keyed(thread)?, thread))).collect()
    } else {
        let of_accounts = world.threads.iter().filter(|thread| accounts.contains(&thread.account));
        of_accounts.filter(listed).filter_map(|thread| Some((keyed(thread)?, thread))).collect()
    };
    found.sort_by_key(|(key, _)| std::cmp::Reverse(*key));
    window.cut(found).told(link, |thread| thread_value(scene, sender, thread, wanted))
}

/// Who writes on Instagram for the first time lands among the requests, until the account answers. Requests that
/// nothing happened to for thirty days are not told.
fn is_forgotten_request(thread: &Thread, now: DateTime<Utc>) -> bool {
    let rested = thread.updated().is_some_and(|at| now - at >= TimeDelta::days(30));
    rested && thread.platform == Platform::Instagram && thread.messages.iter().all(|message| message.inbound)
}

/// `/{conversation-id}` and `/{conversation-id}/messages`.
pub(crate) fn of_thread(world: &mut World, call: &Call, bearer: &Bearer, id: &str, edge: bool) -> Result<Value, Refusal> {
    let missing = || Refusal::missing("get", id);
    let account = world.thread(id).ok_or_else(missing)?.account.clone();
    let sender = open(world, bearer, &account, id)?;
    limits::read(world, &account)?;
    let scene = Scene::new(world, call, bearer);
    let thread = scene.world.thread(id).ok_or_else(missing)?;
    if edge {
        let wanted = scene.fields(&MESSAGE)?;
        messages(&scene, &sender, thread, &Window::of_call(call)?, &wanted, None)
    } else {
        thread_value(&scene, &sender, thread, &scene.fields(&["id", "updated_time"])?)
    }
}

/// `/{message-id}`, and `/{message-id}/attachments`.
pub(crate) fn of_message(world: &mut World, call: &Call, bearer: &Bearer, id: &str, edge: Option<&str>) -> Result<Value, Refusal> {
    let missing = || Refusal::missing("get", id);
    let (thread, _) = world.message(id).ok_or_else(missing)?;
    let account = thread.account.clone();
    let sender = open(world, bearer, &account, id)?;
    limits::read(world, &account)?;
    let scene = Scene::new(world, call, bearer);
    let (thread, message) = scene.world.message(id).ok_or_else(missing)?;
    let place = scene.world.index.message(id).map_or(0, |(_, place)| place);
    if message.unsent || place < readable_from(&scene, thread) {
        return Err(Refusal::new(9_000_001, "(#9000001) The message you requested was deleted."));
    }
    match edge {
        None => message_value(&sender, thread, &shown::parties(scene.world, thread), message, &scene.fields(&MESSAGE)?),
        Some("attachments") => Ok(shown::attachments(message).unwrap_or_else(|| json!({"data": []}))),
        Some(edge) => Err(Refusal::path(&format!("/{edge}"))),
    }
}

/// The caller as somebody who reads this account's conversations; what is not the caller's own is not there.
fn open(world: &World, bearer: &Bearer, account: &str, id: &str) -> Result<Sender, Refusal> {
    let missing = || Refusal::missing("get", id);
    let node = match bearer {
        Bearer::Instagram(_) => account.to_owned(),
        _ => world.page_of(account).ok_or_else(missing)?.id.clone(),
    };
    let sender = reach::sender(world, bearer, &node, "get").map_err(|refusal| if refusal.code == 100 { missing() } else { refusal })?;
    if !reach::is_reviewed(world, &sender.token.app) {
        return Err(missing());
    }
    let platform = world.platform_of(account).ok_or_else(missing)?;
    reach::account(world, &sender, platform, Use::Read)?;
    Ok(sender)
}

/// The place from which on messages of a conversation can be read.
fn readable_from(scene: &Scene<'_>, thread: &Thread) -> usize {
    let limited = thread.platform == Platform::Instagram || scene.world.quirks.messenger_readable == Readable::Twenty;
    if limited { thread.place_of_newest(READABLE) } else { 0 }
}

fn thread_value(scene: &Scene<'_>, sender: &Sender, thread: &Thread, wanted: &[Field]) -> Result<Value, Refusal> {
    collect(wanted, &ids::told(sender.road, &thread.id, &thread.account), |field| {
        let value = match field.name.as_str() {
            "updated_time" => thread.updated().map(|at| json!(stamp(at))),
            "participants" => Some(json!({"data": shown::participants(scene.world, thread)})),
            "messages" => {
                let inner = fields::inner(field, &MESSAGE);
                let written = paging::written(&inner);
                let told = messages(scene, sender, thread, &Window::of_field(field)?, &inner, Some(written))?;
                return Ok(Some(told));
            }
            "link" | "senders" | "message_count" | "unread_count" | "snippet" | "can_reply" | "is_subscribed" | "scoped_thread_key"
            | "folder"
                if thread.platform == Platform::Messenger =>
            {
                page_field(scene, thread, &field.name)
            }
            // The owner is told only where conversation routing is on.
            "is_owner" => routing::is_owner(scene.world, sender, &thread.account, &thread.scoped).map(|own| json!(own)),
            "id" | "link" | "name" | "former_participants" | "wallpaper" | "linked_group" => None,
            _ => return Err(unknown(field, "UnifiedThread")),
        };
        Ok(value.map(|value| picked(value, &field.inner)))
    })
}

fn page_field(scene: &Scene<'_>, thread: &Thread, name: &str) -> Option<Value> {
    Some(match name {
        "link" => json!(format!("/{}/inbox/?selected_item_id={}", thread.account, thread.scoped)),
        "senders" => json!({"data": shown::participants(scene.world, thread)}),
        "message_count" => json!(thread.count()),
        "snippet" => json!(thread.newest_first().next()?.text.clone().unwrap_or_default()),
        "unread_count" => json!(thread.newest_first().take_while(|message| message.inbound).count()),
        "scoped_thread_key" => json!(format!("t_{}", thread.scoped)),
        "folder" => json!("inbox"),
        "can_reply" => json!(window::is_open(thread, scene.world.now()) && !thread.blocked),
        _ => json!(true),
    })
}

fn messages(
    scene: &Scene<'_>,
    sender: &Sender,
    thread: &Thread,
    window: &Window,
    wanted: &[Field],
    written: Option<String>,
) -> Result<Value, Refusal> {
    let place = |key: Key| match key.0.cmp(&0) {
        Ordering::Less => 0,
        Ordering::Equal => usize::try_from(key.1).unwrap_or(usize::MAX),
        Ordering::Greater => usize::MAX,
    };
    let all = || thread.messages.iter().enumerate();
    let down = |below: Option<Key>| {
        let end = below.map_or(usize::MAX, place).min(thread.messages.len());
        all().take(end).rev().filter(|(_, message)| !message.unsent).map(at_place)
    };
    let up = |from: Key| all().skip(place(from)).filter(|(_, message)| !message.unsent).map(at_place);
    let id = ids::told(sender.road, &thread.id, &thread.account);
    let link = Link { call: scene.call, version: &scene.version, path: format!("/{id}/messages"), fields: written };
    let (readable, parties) = (readable_from(scene, thread), shown::parties(scene.world, thread));
    window.walk(down, up).told(&link, |(place, message)| {
        if place >= readable {
            message_value(sender, thread, &parties, message, wanted)
        } else {
            let id = ids::told(sender.road, &message.mid, &thread.account);
            Ok(json!({"id": id, "created_time": stamp(message.at)}))
        }
    })
}

/// A conversation's messages never change their places.
fn at_place((place, message): (usize, &Message)) -> (Key, (usize, &Message)) {
    ((0, place as u64), (place, message))
}

fn message_value(
    sender: &Sender,
    thread: &Thread,
    (customer, account): &(Value, Value),
    message: &Message,
    wanted: &[Field],
) -> Result<Value, Refusal> {
    let (from, to) = if message.inbound { (customer, account) } else { (account, customer) };
    collect(wanted, &ids::told(sender.road, &message.mid, &thread.account), |field| {
        let value = match field.name.as_str() {
            "created_time" => Some(json!(stamp(message.at))),
            "from" => Some(from.clone()),
            "to" => Some(json!({"data": [to.clone()]})),
            "message" => Some(json!(message.text.clone().unwrap_or_default())),
            "attachments" => shown::attachments(message),
            "shares" => shown::shares(message),
            "story" => shown::story(message),
            "reactions" => shown::reactions(customer, account, message),
            "reply_to" => shown::reply_to(thread, message).map(|mut told| {
                ids::retold(sender.road, &mut told, &thread.account);
                told
            }),
            "is_unsupported" => message.unsupported.then(|| json!(true)),
            "sticker" if thread.platform == Platform::Messenger => shown::sticker(message),
            "tags" if thread.platform == Platform::Messenger => Some(shown::tags(message)),
            "id" | "sticker" | "tags" => None,
            _ => return Err(unknown(field, "Message")),
        };
        Ok(value.map(|value| picked(value, &field.inner)))
    })
}
