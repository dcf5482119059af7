//! `/me/permissions`.

use serde_json::{Value, json};

use super::error::Refusal;
use super::reach::Sender;
use crate::call::Call;
use crate::dialog;
use crate::tokens::{Bearer, Token};
use crate::world::World;
use crate::world::cast::Access;

/// Reads, or withdraws one permission or all.
pub(crate) fn answer(world: &mut World, call: &Call, token: &Token, named: Option<&str>) -> Result<Value, Refusal> {
    let named = named.map(str::to_owned).or_else(|| call.text("permission"));
    match call.method.as_str() {
        "GET" => Ok(list(world, token, named.as_deref(), call.text("status").as_deref())),
        "DELETE" => {
            match named {
                Some(permission) => withdraw(world, token, &permission)?,
                None => {
                    world.remove_app(&token.person, &token.app);
                }
            }
            Ok(json!({"success": true}))
        }
        method => Err(Refusal::missing(method, &token.person)),
    }
}

/// `/{app-id}/permissions`: what app review came to.
pub(crate) fn of_app(world: &World, bearer: &Bearer, id: &str) -> Result<Value, Refusal> {
    let app = match bearer {
        Bearer::App(own) if own == id => world.app(id),
        _ => None,
    };
    let app = app.ok_or_else(|| Refusal::missing("get", id))?;
    let status = match app.access {
        Access::Advanced => "live",
        Access::Standard => "unapproved",
    };
    let data: Vec<_> = dialog::KNOWN.iter().map(|name| json!({"permission": name, "status": status})).collect();
    Ok(json!({"data": data}))
}

/// `/{page}/messaging_feature_review`: what app review came to for messaging.
pub(super) fn review(world: &World, sender: &Sender) -> Value {
    let app = world.app_behind(&sender.token.app);
    let human_agent = app.is_some_and(|app| app.human_agent);
    let status = if human_agent { "APPROVED" } else { "REJECTED" };
    json!({"data": [{"feature": "human_agent", "status": status}]})
}

/// Every permission the person was asked for, and what came of it.
pub(super) fn list(world: &World, token: &Token, named: Option<&str>, status: Option<&str>) -> Value {
    let over = world.is_stale(token);
    let all = world.grant(&token.person, &token.app).into_iter().flat_map(|grant| &grant.permissions);
    let told = |granted: bool| match granted {
        true if over => "expired",
        true => "granted",
        false => "declined",
    };
    let data: Vec<_> = all
        .map(|(name, granted)| (name, told(*granted)))
        .filter(|(name, _)| named.is_none_or(|named| named == name.as_str()))
        .filter(|(_, told)| status.is_none_or(|status| status == *told))
        .map(|(name, told)| json!({"permission": name, "status": told}))
        .collect();
    json!({"data": data})
}

fn withdraw(world: &mut World, token: &Token, permission: &str) -> Result<(), Refusal> {
    if permission == "public_profile" {
        return Err(Refusal::parameter("The permission public_profile cannot be revoked"));
    }
    if !world.decline(&token.person, &token.app, permission) {
        return Err(Refusal::parameter("The permission was not granted"));
    }
    world.tell_permission(&token.app, &token.person, permission, "revoked");
    Ok(())
}

impl World {
    /// Turns a permission that a person was asked for into a declined one; whether there was such a permission.
    pub(crate) fn decline(&mut self, person: &str, app: &str, permission: &str) -> bool {
        let grant = self.grants.iter_mut().find(|grant| grant.person == person && grant.app == app);
        let known = grant.and_then(|grant| grant.permissions.get_mut(permission));
        known.map(|granted| *granted = false).is_some()
    }

    /// Takes a Page from an app, whoever gave it.
    pub(crate) fn take_page(&mut self, app: &str, page: &str) {
        let pages: Vec<String> = self.pages.iter().map(|it| it.id.clone()).collect();
        for grant in self.grants.iter_mut().filter(|grant| grant.app == app) {
            grant.pages.get_or_insert_with(|| pages.iter().cloned().collect()).remove(page);
        }
        self.uninstall(app, page);
    }

    /// Removes an app from a person's account: its tokens die, and it hears no more of the Pages that nobody else
    /// gave it. Whether it was there.
    pub(crate) fn remove_app(&mut self, person: &str, app: &str) -> bool {
        let before = self.grants.len();
        self.grants.retain(|grant| grant.person != person || grant.app != app);
        if self.grants.len() == before {
            return false;
        }
        let others: Vec<&str> = self.grants.iter().filter(|grant| grant.app == app).map(|grant| grant.person.as_str()).collect();
        let pages = self.pages.iter().filter(|page| others.iter().any(|person| page.tasks_of(person).is_some()));
        // On the road without Pages, who grants is the account itself.
        let keeps: Vec<String> = pages.map(|page| page.id.as_str()).chain(others.iter().copied()).map(str::to_owned).collect();
        self.installed.retain(|it| it.app != app || (it.asset != person && keeps.contains(&it.asset)));
        self.tell_permission(app, person, "connected", "revoked");
        let url = self.letter_box(app).and_then(|(removed, _)| removed);
        self.letter(app, "deauthorize", url, person);
        true
    }
}
