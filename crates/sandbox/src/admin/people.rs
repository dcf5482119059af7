//! People who run Pages change something outside the app.

use bytes::Bytes;
use serde::Deserialize;
use serde_json::json;

use super::told::{Failed, Outcome, body, needed};
use crate::webhooks::events::{Between, Kind};
use crate::world::World;
use crate::world::cast::{AccountType, Instagram, Page};
use crate::world::talk::Platform;

const EXPECTED: &str = "a person's action takes {\"action\": decline, revoke, change_password, checkpoint, lose_task, message_access_off, unlink_instagram, move_instagram, make_personal, unpublish, restrict, require_two_factor, request_deletion, deauthorise or undo} and, as the action needs, permission, page, instagram, app";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Told {
    action: Action,
    permission: Option<String>,
    page: Option<String>,
    instagram: Option<String>,
    app: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Action {
    Decline,
    Revoke,
    ChangePassword,
    Checkpoint,
    LoseTask,
    MessageAccessOff,
    UnlinkInstagram,
    MoveInstagram,
    MakePersonal,
    Unpublish,
    Restrict,
    RequireTwoFactor,
    RequestDeletion,
    Deauthorise,
    Undo,
}

/// `POST people/{id}/actions`.
pub(super) fn act(world: &mut World, person: &str, content: &Bytes) -> Outcome {
    let told: Told = body(content, EXPECTED)?;
    if world.person(person).is_none() {
        return Err(Failed::missing(format!("there is no person {person} in `people`")));
    }
    if told.action == Action::Undo {
        undo(world, person)?;
        return Ok(json!({"ok": true}));
    }
    own(world, person, &told)?;
    let before = world.snapshot();
    change(world, person, &told)?;
    let before = world.changed_since(before);
    world.undo.entry(person.to_owned()).or_default().push(before);
    Ok(json!({"ok": true}))
}

fn change(world: &mut World, person: &str, told: &Told) -> Result<(), Failed> {
    match told.action {
        Action::Decline | Action::Revoke => withdraw(world, person, told)?,
        Action::ChangePassword if told.instagram.is_some() => change_password(&mut account(world, told)?.passwords),
        Action::Checkpoint | Action::Restrict if told.instagram.is_some() => account(world, told)?.restricted = true,
        Action::ChangePassword => each_person(world, person, |it| change_password(&mut it.passwords)),
        Action::Checkpoint => each_person(world, person, |it| it.checkpointed = true),
        Action::LoseTask => lose_task(world, person, told)?,
        Action::MessageAccessOff => account(world, told)?.message_access = false,
        Action::MakePersonal => account(world, told)?.kind = AccountType::Personal,
        Action::UnlinkInstagram => page(world, told)?.instagram = None,
        Action::MoveInstagram => move_instagram(world, told)?,
        Action::Unpublish => page(world, told)?.published = false,
        Action::RequireTwoFactor => page(world, told)?.two_factor_required = true,
        Action::Restrict => {
            let id = {
                let page = page(world, told)?;
                page.restricted = true;
                page.id.clone()
            };
            policy(world, &id, "block");
        }
        Action::RequestDeletion => {
            let (holder, app) = side(world, person, told)?;
            world.remove_app(&holder, &app);
            let url = world.letter_box(&app).and_then(|(_, deletion)| deletion);
            world.letter(&app, "data_deletion", url, &holder);
        }
        Action::Deauthorise if told.page.is_some() => {
            let app = world.app_named(told.app.as_deref())?;
            let page = page(world, told)?.id.clone();
            world.take_page(&app, &page);
            world.letter_of_page(&app, &page);
        }
        Action::Deauthorise => {
            let (holder, app) = side(world, person, told)?;
            world.remove_app(&holder, &app);
        }
        // Handled before anything changes.
        Action::Undo => {}
    }
    Ok(())
}

/// Tokens remember the number they were made under.
fn change_password(passwords: &mut u32) {
    *passwords = passwords.wrapping_add(1);
}

fn undo(world: &mut World, person: &str) -> Result<(), Failed> {
    let last = world.undo.get_mut(person).and_then(Vec::pop);
    let last = last.ok_or_else(|| Failed::wrong("this person has done nothing that could be undone".to_owned()))?;
    let restricted: Vec<String> = world.pages.iter().filter(|page| page.restricted).map(|page| page.id.clone()).collect();
    world.restore(last);
    for id in restricted {
        if world.page(&id).is_some_and(|page| !page.restricted) {
            policy(world, &id, "unblock");
        }
    }
    Ok(())
}

fn each_person(world: &mut World, id: &str, change: impl FnOnce(&mut crate::world::cast::Person)) {
    if let Some(person) = world.people.iter_mut().find(|it| it.id == id) {
        change(person);
    }
}

fn needs<'a>(name: &str, value: Option<&'a String>) -> Result<&'a str, Failed> {
    needed(name, value, EXPECTED)
}

fn page<'w>(world: &'w mut World, told: &Told) -> Result<&'w mut Page, Failed> {
    let id = needs("page", told.page.as_ref())?;
    world.pages.iter_mut().find(|page| page.id == id).ok_or_else(|| Failed::missing(format!("there is no Page {id} in `pages`")))
}

/// What is not a person's own cannot be changed by that person.
fn own(world: &World, person: &str, told: &Told) -> Result<(), Failed> {
    let page = told.page.as_deref().and_then(|id| world.page(id));
    if page.is_some_and(|page| page.tasks_of(person).is_none()) {
        return Err(Failed::wrong(format!("person {person} has no role on that Page")));
    }
    let account = told.instagram.as_deref().and_then(|id| world.account(id));
    if account.and_then(|account| account.owner.as_ref()).is_some_and(|owner| owner != person) {
        return Err(Failed::wrong(format!("that account is not person {person}'s")));
    }
    Ok(())
}

fn account<'w>(world: &'w mut World, told: &Told) -> Result<&'w mut Instagram, Failed> {
    let id = needs("instagram", told.instagram.as_ref())?;
    world
        .instagram
        .iter_mut()
        .find(|account| account.id == id)
        .ok_or_else(|| Failed::missing(format!("there is no account {id} in `instagram`")))
}

fn withdraw(world: &mut World, person: &str, told: &Told) -> Result<(), Failed> {
    let permission = needs("permission", told.permission.as_ref())?;
    let (holder, app) = side(world, person, told)?;
    if !world.decline(&holder, &app, permission) {
        return Err(Failed::wrong(format!("{holder} was never asked for {permission}")));
    }
    if told.action == Action::Revoke {
        world.tell_permission(&app, &holder, permission, "revoked");
    }
    Ok(())
}

/// Whose grant to which app is meant: the person's, or with `instagram` named that account's own on its road.
fn side(world: &mut World, person: &str, told: &Told) -> Result<(String, String), Failed> {
    let app = world.app_named(told.app.as_deref())?;
    if told.instagram.is_none() {
        return Ok((person.to_owned(), app));
    }
    let account = account(world, told)?.id.clone();
    let product = world.app(&app).and_then(|app| app.instagram.as_ref()).map(|product| product.id.clone());
    let product = product.ok_or_else(|| Failed::wrong("the app has no `instagram_app`".to_owned()))?;
    Ok((account, product))
}

fn lose_task(world: &mut World, person: &str, told: &Told) -> Result<(), Failed> {
    let page = page(world, told)?;
    match &told.permission {
        None => page.admins.retain(|admin| admin.person != person),
        Some(task) => {
            for admin in page.admins.iter_mut().filter(|admin| admin.person == person) {
                admin.tasks.retain(|it| it != task);
            }
        }
    }
    Ok(())
}

fn move_instagram(world: &mut World, told: &Told) -> Result<(), Failed> {
    let id = account(world, told)?.id.clone();
    let target = page(world, told)?.id.clone();
    for page in &mut world.pages {
        if page.id == target {
            page.instagram = Some(id.clone());
        } else if page.instagram.as_ref() == Some(&id) {
            page.instagram = None;
        }
    }
    Ok(())
}

fn policy(world: &mut World, page: &str, action: &str) {
    let mut told = json!({"action": action});
    if action == "block" {
        told["reason"] = json!("The Page does not comply with the messaging policy.");
    }
    let item = json!({
        "recipient": {"id": page},
        "timestamp": world.now().timestamp_millis(),
        "policy_enforcement": told,
    });
    let between = Between { platform: Platform::Messenger, account: page.to_owned(), scoped: String::new() };
    world.tell_item(Kind::Policy, &between, &item);
}
