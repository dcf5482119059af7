//! Who hears what: an app's callbacks, and the Pages an app is installed on.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::fields;
use super::handshake::Handshake;
use crate::call::Call;
use crate::graph::error::Refusal;
use crate::tokens::{Bearer, Token};
use crate::world::World;
use crate::world::settings::LoginSecret;
use crate::world::talk::Road;

/// An app's callback for one kind of object.
#[derive(Clone, Debug)]
pub(crate) struct Callback {
    pub(crate) app: String,
    pub(crate) object: String,
    pub(crate) url: String,
    pub(crate) fields: BTreeSet<String>,
}

/// An app that hears of a Page, or of an Instagram account on its own road.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Installed {
    /// The app's id, or that of its Instagram product.
    pub(crate) app: String,
    pub(crate) road: Road,
    /// The Page's or account's id.
    pub(crate) asset: String,
    pub(crate) fields: BTreeSet<String>,
}

/// What a call to `/{app}/subscriptions` leads to.
pub(crate) enum AppStep {
    Done(Value),
    /// The callback has to answer before anything is kept.
    Verify(Box<Handshake>),
}

/// `/{app}/subscriptions`.
pub(crate) fn of_app(world: &mut World, call: &Call, app: &str, bearer: &Bearer) -> Result<AppStep, Refusal> {
    if !matches!(bearer, Bearer::App(own) if own == app) {
        return Err(Refusal::new(15, "(#15) This method must be called with an app access_token."));
    }
    match call.method.as_str() {
        "GET" => Ok(AppStep::Done(world.callbacks_of(app))),
        "POST" => prepare(world, call, app).map(|handshake| AppStep::Verify(Box::new(handshake))),
        "DELETE" => {
            world.drop_callback(call, app);
            Ok(AppStep::Done(json!({"success": true})))
        }
        _ => Err(Refusal::missing(call.method.as_str(), app)),
    }
}

fn prepare(world: &mut World, call: &Call, app: &str) -> Result<Handshake, Refusal> {
    let object = call.required("object")?;
    if !fields::is_object(&object) {
        return Err(Refusal::parameter("Param object must be one of {page, instagram, permissions, user}"));
    }
    let url = call.required("callback_url")?;
    let parsed = url::Url::parse(&url).ok();
    if !parsed.is_some_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host()) {
        return Err(Refusal::parameter("Param callback_url must be a valid URL"));
    }
    let told = call.list("fields").unwrap_or_default();
    for field in &told {
        if !fields::on_object(&object, field) {
            return Err(Refusal::parameter(&format!("Param fields: '{field}' is not a field of '{object}'")));
        }
    }
    Ok(Handshake {
        callback: Callback { app: app.to_owned(), object, url, fields: told.into_iter().collect() },
        verify_token: call.required("verify_token")?,
        challenge: world.mint.digits("challenge", 10),
    })
}

/// `/{page}/subscribed_apps`.
pub(crate) fn of_page(world: &mut World, call: &Call, page: &str, token: &Token) -> Result<Value, Refusal> {
    if !world.has(token, "pages_manage_metadata") {
        return Err(Refusal::needs_to_write("pages_manage_metadata"));
    }
    let app = token.app.clone();
    match call.method.as_str() {
        "GET" => Ok(world.installed_on(page)),
        "POST" => {
            let told = call.list("subscribed_fields").filter(|told| !told.is_empty());
            let told = told.ok_or_else(|| Refusal::parameter("The parameter subscribed_fields is required."))?;
            for (place, field) in told.iter().enumerate() {
                if !fields::on_page(field) {
                    return Err(Refusal::parameter(&format!(
                        "Param subscribed_fields[{place}] must be a field of the Page object, got \"{field}\"."
                    )));
                }
            }
            let messaging = told.iter().any(|field| field.starts_with("messag"));
            let allowed = ["pages_messaging", "instagram_manage_messages"];
            if messaging && !allowed.iter().any(|scope| world.has(token, scope)) {
                return Err(Refusal::needs_to_write("pages_messaging"));
            }
            world.uninstall(&app, page);
            world.installed.push(Installed { app, road: Road::Facebook, asset: page.to_owned(), fields: told.into_iter().collect() });
            Ok(json!({"success": true}))
        }
        "DELETE" => {
            world.uninstall(&app, page);
            Ok(json!({"success": true}))
        }
        _ => Err(Refusal::missing(call.method.as_str(), page)),
    }
}

/// `/{ig-user-id}/subscribed_apps`, on the Instagram host: an account gets every field that the app asked for.
pub(crate) fn of_account(world: &mut World, call: &Call, token: &Token) -> Result<Value, Refusal> {
    let (app, account) = (token.app.clone(), token.person.clone());
    match call.method.as_str() {
        "GET" => Ok(world.installed_on_account(&app, &account)),
        "POST" => {
            let told = call.list("subscribed_fields").filter(|told| !told.is_empty());
            let told = told.ok_or_else(|| Refusal::parameter("The parameter subscribed_fields is required."))?;
            if let Some((place, field)) = told.iter().enumerate().find(|(_, field)| !fields::on_login(field)) {
                return Err(Refusal::parameter(&format!(
                    "Param subscribed_fields[{place}] must be a field of the Instagram object, got \"{field}\"."
                )));
            }
            let needed = |field: &String| {
                if field.contains("comment") { "instagram_business_manage_comments" } else { "instagram_business_manage_messages" }
            };
            if let Some(lacking) = told.iter().map(needed).find(|scope| !world.has(token, scope)) {
                return Err(Refusal::needs_to_write(lacking));
            }
            world.uninstall(&app, &account);
            world.installed.push(Installed { app, road: Road::Instagram, asset: account, fields: told.into_iter().collect() });
            Ok(json!({"success": true}))
        }
        "DELETE" => {
            world.uninstall(&app, &account);
            Ok(json!({"success": true}))
        }
        _ => Err(Refusal::missing(call.method.as_str(), &account)),
    }
}

impl World {
    /// The callback that an app hears of a kind of object through. The Instagram product has one of its own, or its
    /// app's.
    pub(crate) fn callback(&self, app: &str, object: &str) -> Option<&Callback> {
        let of = |id: &str| self.callbacks.iter().find(|it| it.app == id && it.object == object);
        of(app).or_else(|| of(&self.instagram_app(app)?.id))
    }

    /// The secret that signs what an app hears.
    pub(crate) fn webhook_secret(&self, app: &str) -> Option<String> {
        let behind = self.app_behind(app)?;
        let product = behind.instagram.as_ref().filter(|product| product.id == app && behind.id != app);
        Some(match product {
            Some(product) if self.quirks.ig_login_webhook_secret == LoginSecret::Instagram => product.secret.clone(),
            _ => behind.secret.clone(),
        })
    }

    /// An app hears of a Page or account no more.
    pub(crate) fn uninstall(&mut self, app: &str, asset: &str) {
        self.installed.retain(|it| it.app != app || it.asset != asset);
    }

    fn installed_on_account(&self, app: &str, account: &str) -> Value {
        let told = self.installed.iter().filter(|it| it.asset == account && it.app == app).map(|it| {
            let fields = self.callback(app, "instagram").map_or_else(|| it.fields.clone(), |callback| callback.fields.clone());
            json!({"app_id": it.app, "subscribed_fields": fields})
        });
        json!({"data": told.collect::<Vec<_>>()})
    }

    /// Keeps a callback that answered; it replaces the one for the same object.
    pub(crate) fn keep_callback(&mut self, callback: Callback) {
        self.callbacks.retain(|it| it.app != callback.app || it.object != callback.object);
        self.callbacks.push(callback);
    }

    fn drop_callback(&mut self, call: &Call, app: &str) {
        let object = call.text("object");
        let told = call.list("fields");
        let hit = |it: &Callback| it.app == app && object.as_ref().is_none_or(|object| *object == it.object);
        match told {
            None => self.callbacks.retain(|it| !hit(it)),
            Some(told) => {
                for callback in self.callbacks.iter_mut().filter(|it| hit(it)) {
                    callback.fields.retain(|field| !told.contains(field));
                }
                self.callbacks.retain(|it| !hit(it) || !it.fields.is_empty());
            }
        }
    }

    fn callbacks_of(&self, app: &str) -> Value {
        let version = crate::graph::version::NEWEST;
        let all = self.callbacks.iter().filter(|it| it.app == app).map(|it| {
            let fields = it.fields.iter().map(|field| json!({"name": field, "version": version}));
            json!({
                "object": it.object,
                "callback_url": it.url,
                "active": true,
                "fields": fields.collect::<Vec<_>>(),
            })
        });
        json!({"data": all.collect::<Vec<_>>()})
    }

    fn installed_on(&self, page: &str) -> Value {
        let all = self.installed.iter().filter(|it| it.asset == page && it.road == Road::Facebook).map(|it| {
            json!({
                "id": it.app,
                "name": self.app(&it.app).map(|app| &app.name),
                "link": format!("https://www.facebook.com/games/?app_id={}", it.app),
                "category": "Business",
                "subscribed_fields": it.fields,
            })
        });
        json!({"data": all.collect::<Vec<_>>()})
    }
}
