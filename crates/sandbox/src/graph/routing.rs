//! Conversation routing: which app has a conversation, and how it is handed on.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::error::Refusal;
use super::reach::{self, Sender, Use};
use crate::call::Call;
use crate::messaging::write::{PAGE_INBOX, Place};
use crate::webhooks::events::{Audience, Between, Kind};
use crate::world::World;
use crate::world::settings::NotOwner;
use crate::world::talk::{Owner, Platform};

/// How long an app keeps a conversation after the customer's last message.
const KEPT: TimeDelta = TimeDelta::hours(24);
const LONGEST: i64 = 7 * 24 * 3_600;
/// The app id under which Instagram's own inbox has conversations.
const INSTAGRAM_INBOX: u64 = 1_217_981_644_879_628;

impl World {
    /// The app that gets new conversations of an account; `None` while routing is off.
    pub(crate) fn default_app(&self, account: &str) -> Option<&str> {
        match self.page(account) {
            Some(page) => page.default_app.as_deref(),
            None => self.account(account)?.default_app.as_deref(),
        }
    }

    /// The app that has a conversation now.
    fn owner(&self, account: &str, scoped: &str) -> Option<&Owner> {
        let now = self.now();
        self.thread_with(account, scoped).and_then(|thread| thread.owner.as_ref()).filter(|owner| owner.until > now)
    }

    /// Whether an app (by either id) hears of a conversation only in passing.
    pub(crate) fn is_elsewhere(&self, app: &str, between: &Between) -> bool {
        let app = self.app_behind(app).map_or(app, |app| app.id.as_str());
        match self.owner(&between.account, &between.scoped) {
            Some(owner) => owner.app != app,
            None => self.default_app(&between.account).is_some_and(|default| default != app),
        }
    }

    fn give(&mut self, place: &Place, app: &str, until: DateTime<Utc>) {
        let at = self.open_thread(place.platform, &place.account, &place.customer, &place.scoped);
        self.threads[at].owner = Some(Owner { app: app.to_owned(), until });
    }

    /// A person answered in Meta's own inbox, which takes the conversation where routing is on.
    pub(crate) fn inbox_takes(&mut self, place: &Place, app: Option<&str>) {
        if self.default_app(&place.account).is_none() {
            return;
        }
        let app = app.map_or_else(|| inbox(place.platform), str::to_owned);
        let before = self.owner(&place.account, &place.scoped).map(|owner| owner.app.clone());
        let until = self.until(place);
        self.give(place, &app, until);
        if let Some(before) = before.filter(|before| *before != app) {
            self.tell_control("take_thread_control", &before, place, Some(&before), &app, None);
        }
    }

    /// Until when an app keeps a conversation that it just got.
    fn until(&self, place: &Place) -> DateTime<Utc> {
        let opened = self.thread_with(&place.account, &place.scoped).and_then(|thread| thread.opened);
        opened.unwrap_or_else(|| self.now()).max(self.now() - KEPT) + KEPT
    }

    fn tell_control(&mut self, key: &str, to: &str, place: &Place, before: Option<&str>, after: &str, metadata: Option<&str>) {
        let mut told = json!({"previous_owner_app_id": before.map(named), "new_owner_app_id": named(after)});
        if let Some(metadata) = metadata {
            told["metadata"] = json!(metadata);
        }
        self.tell_owner(to, place, key, &told);
    }

    fn tell_owner(&mut self, to: &str, place: &Place, key: &str, told: &Value) {
        let item = json!({
            "sender": {"id": place.scoped},
            "recipient": {"id": place.account},
            "timestamp": self.now().timestamp_millis(),
            key: told,
        });
        let audience = Audience { app: Some(to), road: None };
        self.tell_item_among(&audience, Kind::Handover, &place.between(), &item);
    }
}

fn inbox(platform: Platform) -> String {
    match platform {
        Platform::Messenger => PAGE_INBOX.to_string(),
        Platform::Instagram => INSTAGRAM_INBOX.to_string(),
    }
}

/// The inboxes go by numbers, apps by strings.
fn named(app: &str) -> Value {
    match app.parse::<u64>() {
        Ok(id) if id == PAGE_INBOX || id == INSTAGRAM_INBOX => json!(id),
        _ => json!(app),
    }
}

/// Whether an app may write into a conversation, or another app has it.
pub(super) fn may_write(world: &World, app: &str, place: &Place) -> Result<(), Refusal> {
    if !world.is_elsewhere(app, &place.between()) {
        return Ok(());
    }
    let sentence = "The message cannot be sent because another app is controlling this thread now.";
    Err(match (place.platform, world.quirks.not_owner_error) {
        (Platform::Instagram, _) => Refusal::parameter(sentence).sub(2_534_037),
        (Platform::Messenger, NotOwner::Coded) => Refusal::coded(10, sentence).sub(2_018_300),
        (Platform::Messenger, NotOwner::Bare) => Refusal::coded(2_018_300, sentence),
    })
}

/// An app wrote: where routing is on, the conversation is now its own.
pub(super) fn wrote(world: &mut World, app: &str, place: &Place) {
    let passed = world.owner(&place.account, &place.scoped).is_some();
    if world.default_app(&place.account).is_some() && !passed {
        let until = world.until(place);
        world.give(place, app, until);
    }
}

/// What becomes of a conversation once a message is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum HandOn {
    /// It goes to this app.
    Pass(String),
    /// It goes to nobody.
    Release,
}

/// Reads `thread_control` beside a message.
pub(super) fn inline(call: &Call) -> Result<Option<HandOn>, Refusal> {
    let Some(told) = call.json("thread_control") else { return Ok(None) };
    match told["control_type"].as_str() {
        Some("pass") => {
            let target = text(&told["app_id"]).ok_or_else(|| Refusal::parameter("The parameter thread_control[app_id] is required"))?;
            Ok(Some(HandOn::Pass(target)))
        }
        Some("release") => Ok(Some(HandOn::Release)),
        _ => Err(Refusal::parameter("Param thread_control[control_type] must be one of {pass, release}")),
    }
}

/// Does what `thread_control` asked for.
pub(super) fn hand_on(world: &mut World, app: &str, place: &Place, control: &HandOn) {
    match control {
        HandOn::Pass(target) => pass(world, place, target, None),
        HandOn::Release => release(world, app, place),
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn pass(world: &mut World, place: &Place, target: &str, metadata: Option<&str>) {
    let before = world.owner(&place.account, &place.scoped).map(|owner| owner.app.clone());
    let until = world.until(place);
    world.give(place, target, until);
    world.tell_control("pass_thread_control", target, place, before.as_deref(), target, metadata);
}

/// The conversation goes back to nobody; no one is told.
fn release(world: &mut World, app: &str, place: &Place) {
    if let Some(thread) = world.thread_with_mut(&place.account, &place.scoped)
        && thread.owner.as_ref().is_some_and(|owner| owner.app == app)
    {
        thread.owner = None;
    }
}

/// `/{page}/pass_thread_control` and its siblings.
pub(super) fn edge(world: &mut World, call: &Call, sender: &Sender, edge: &str) -> Result<Value, Refusal> {
    let told = call.json("recipient").ok_or_else(|| Refusal::parameter("The parameter recipient is required"))?;
    let id = text(&told["id"]).ok_or_else(|| Refusal::parameter("Param recipient must have an id"))?;
    let place = sender.conversation(world, &id)?;
    reach::account(world, sender, place.platform, Use::Write)?;
    let app = sender.app(world);
    let owner = world.owner(&place.account, &place.scoped).map(|owner| owner.app.clone());
    let routed = world.default_app(&place.account).map(str::to_owned);
    let mine = owner.as_deref().or(routed.as_deref()).is_none_or(|owner| owner == app);
    let metadata = call.text("metadata");
    let refused = |sentence: &str| Err(Refusal::parameter(sentence).sub(2_018_321));
    match edge {
        "pass_thread_control" if !mine => return may_write(world, &app, &place).map(|()| json!({"success": true})),
        "pass_thread_control" => {
            let target = call.text("target_app_id").or(routed);
            let target = target.ok_or_else(|| Refusal::parameter("The parameter target_app_id is required"))?;
            pass(world, &place, &target, metadata.as_deref());
        }
        "release_thread_control" if owner.as_deref() != Some(app.as_str()) => return refused("The app does not control the thread"),
        "release_thread_control" => release(world, &app, &place),
        "take_thread_control" => {
            let may = routed.as_deref() == Some(app.as_str()) || world.page(&sender.node).is_none_or(|page| page.takeover);
            if routed.is_none() || !may {
                return refused("The app is not allowed to take thread control");
            }
            let until = world.until(&place);
            world.give(&place, &app, until);
            if let Some(before) = owner.filter(|before| *before != app) {
                world.tell_control("take_thread_control", &before, &place, Some(&before), &app, metadata.as_deref());
            }
        }
        "request_thread_control" => request(world, &place, &app, owner.or(routed), metadata.as_deref()),
        _ => {
            if owner.as_deref() != Some(app.as_str()) {
                return refused("The app does not control the thread");
            }
            let seconds = call.text("duration").and_then(|text| text.parse::<i64>().ok()).filter(|it| (1..=LONGEST).contains(it));
            let seconds = seconds.ok_or_else(|| Refusal::parameter("Param duration must be from 1 to 604800 seconds"))?;
            let until = world.now() + TimeDelta::seconds(seconds);
            world.give(&place, &app, until);
        }
    }
    Ok(json!({"success": true}))
}

/// Asks whoever has the conversation; where nobody has, the first caller gets it.
fn request(world: &mut World, place: &Place, app: &str, owner: Option<String>, metadata: Option<&str>) {
    match owner {
        None => {
            let until = world.until(place);
            world.give(place, app, until);
        }
        Some(owner) => {
            let number = app.parse::<u64>().map_or_else(|_| json!(app), |id| json!(id));
            let mut told = json!({"requested_owner_app_id": number});
            if let Some(metadata) = metadata {
                told["metadata"] = json!(metadata);
            }
            world.tell_owner(&owner, place, "request_thread_control", &told);
        }
    }
}

/// `/{page}/thread_owner`: the app is told to the owner and the default app only.
pub(super) fn thread_owner(world: &World, call: &Call, sender: &Sender) -> Result<Value, Refusal> {
    let place = sender.conversation(world, &call.required("recipient")?)?;
    reach::account(world, sender, place.platform, Use::Read)?;
    let app = sender.app(world);
    let default = world.default_app(&place.account);
    let told = match (world.owner(&place.account, &place.scoped), default) {
        (Some(owner), _) if owner.app == app || default == Some(app.as_str()) => {
            json!({"app_id": owner.app, "expiration": owner.until.timestamp()})
        }
        (Some(owner), _) => json!({"expiration": owner.until.timestamp()}),
        (None, Some(default)) if default == app => json!({"app_id": default}),
        (None, _) => return Ok(json!({"data": []})),
    };
    Ok(json!({"data": [{"thread_owner": told}]}))
}

/// Whether conversation routing is on, which decides what conversations tell of their owner.
pub(super) fn is_owner(world: &World, sender: &Sender, account: &str, scoped: &str) -> Option<bool> {
    let default = world.default_app(account)?;
    let app = sender.app(world);
    Some(world.owner(account, scoped).map_or(default, |owner| owner.app.as_str()) == app)
}

/// `messaging_feature_status`.
pub(super) fn status(world: &World, page: &str) -> Value {
    let routed = world.default_app(page).is_some();
    let linked = world.page(page).and_then(|page| world.linked_account(page)).map(|account| account.id.clone());
    let instagram = linked.is_some_and(|id| world.default_app(&id).is_some());
    json!({"hop_v2": routed, "msgr_multi_app": routed, "ig_multi_app": instagram})
}
