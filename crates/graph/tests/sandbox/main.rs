//! Whole walks by both roads, with an emulator of Meta on the other side.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "these are tests; the lint's own exemption ends at helpers")]

mod login;
mod pages;
mod talk;

use link_core::words::ports::{Access, DialogAnswer, DialogAsk, Grants, SignedIn};
use link_core::{Result, Road, Scope, Secret};
use link_graph::{App, Client, Dialect, FacebookLogin, Hosts, InstagramLogin, Talk};
use link_sandbox::{Controls, Decision, Sandbox};
use serde_json::Value;

const PAGE: &str = "3000000000000001";
const CAFE: &str = "3000000000000002";
const INSTAGRAM: &str = "17841400000000001";
const ROBIN: &str = "2000000000000001";
const INSTAGRAM_APP: &str = "1000000000000002";
const BACK: &str = "http://localhost:9/back";
const PAGE_SCOPES: &[&str] = &["pages_show_list", "pages_read_engagement", "pages_manage_metadata", "pages_messaging", "instagram_basic"];
const LOGIN_SCOPES: &[&str] = &["instagram_business_basic", "instagram_business_manage_messages"];

/// Meta's side, and the two apps that this program is to it.
struct Stage {
    meta: Controls,
    facebook: Client,
    instagram: Client,
    _sandbox: Sandbox,
}

impl Stage {
    async fn open() -> Self {
        Self::with(|_| {}).await
    }

    /// A point that Meta's pages leave open is settled like this.
    async fn quirk(name: &str, value: &str) -> Self {
        Self::with(|world| world["quirks"][name] = Value::from(value)).await
    }

    async fn with(change: impl FnOnce(&mut Value)) -> Self {
        let mut world = link_sandbox::default_seed();
        change(&mut world);
        let at = "2026-11-23T12:00:00Z".parse().unwrap();
        let sandbox = Sandbox::builder().seed(world).at(at).start().await.unwrap();
        let client = |id: &str, secret: &str| {
            let hosts = Hosts::two(&sandbox.facebook(), &sandbox.instagram()).unwrap();
            Client::builder(App::new(id.parse().unwrap(), Secret::new(secret))).hosts(hosts).build().unwrap()
        };
        let facebook = client("1000000000000001", "sandbox-app-secret");
        let instagram = client(INSTAGRAM_APP, "sandbox-instagram-secret");
        Self { meta: sandbox.controls(), facebook, instagram, _sandbox: sandbox }
    }

    fn login(&self) -> InstagramLogin {
        InstagramLogin::new(self.instagram.clone())
    }

    /// Instagram, by its own road.
    fn talk(&self) -> Talk {
        Talk::by_instagram_login(self.instagram.clone(), Dialect::INSTAGRAM)
    }

    /// The code that a walk through the dialog ends in.
    async fn code(&self, login: &dyn Grants, scopes: &[&'static str], decision: &Decision) -> Secret {
        let scopes = scopes.iter().copied().map(Scope::known).collect();
        let dialog = login.dialog(&DialogAsk::new(Secret::new("state-1"), BACK, scopes)).unwrap();
        let back = self.meta.sign_in(&dialog, decision).await.unwrap();
        match login.answer(&back) {
            DialogAnswer::Code { code, state } if state.expose() == "state-1" => code,
            other => panic!("{other:?}"),
        }
    }

    async fn sign_in(&self, scopes: &[&'static str]) -> Result<SignedIn> {
        let login = self.login();
        let code = self.code(&login, scopes, &Decision::allow().instagram(INSTAGRAM)).await;
        login.exchange(&code, BACK).await
    }

    /// The token of somebody who let the app in with these permissions, for these Pages.
    async fn facebook_token(&self, scopes: &[&'static str], decision: &Decision) -> Secret {
        let login = FacebookLogin::new(self.facebook.clone());
        let code = self.code(&login, scopes, decision).await;
        login.exchange(&code, BACK).await.unwrap().token
    }

    /// Access to the account that signed in by itself.
    async fn access(&self) -> Access {
        let token = self.sign_in(LOGIN_SCOPES).await.unwrap().token;
        Access::new(format!("instagram:{INSTAGRAM}").parse().unwrap(), Road::INSTAGRAM, token)
    }
}
