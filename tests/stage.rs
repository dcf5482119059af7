//! The stage on which the stories play: Meta's side played by the sandbox, a kit on one SQLite file, its router on a loopback port.
//!
//! Time stands still on both sides until a story lets it pass; background work runs only when a story drains or starts it.

#![allow(dead_code, unused_imports, reason = "each story uses a part of the stage")]
#![allow(clippy::unwrap_used, reason = "a stage that cannot be set fails the story")]

mod agree;
mod browser;
mod cable;
mod hand;
pub(crate) mod overheard;
mod patience;
mod wire;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use futures::StreamExt as _;
use link_core::linking::setup::Depth;
use link_core::{AccountId, AccountKey, ConversationKey, MessageKey};
use link_kit::{
    Builder, Happening, Hosts, KeyRing, Link, LinkKit, Message, Meta, Page, PageQuery, Platform, Position, Preferences, Road, Stores,
    Synchronisation, Viewer, What,
};
use link_sandbox::{Controls, Decision, Sandbox};
use link_store_sqlite::{Options, Sqlite};

use serde_json::Value;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection as _, SqliteConnection};

pub(crate) use agree::Agree;
pub(crate) use browser::{Browser, Shown};
pub(crate) use cable::Cable;
pub(crate) use hand::Hand;
pub(crate) use patience::{PATIENCE, until};
pub(crate) use wire::{Mail, sign};

pub(crate) const APP: &str = "1000000000000001";
pub(crate) const APP_SECRET: &str = "sandbox-app-secret";
pub(crate) const INSTAGRAM_APP: &str = "1000000000000002";
pub(crate) const INSTAGRAM_APP_SECRET: &str = "sandbox-instagram-secret";
pub(crate) const VERIFY_TOKEN: &str = "sandbox-verify";
pub(crate) const SEALING_KEY: [u8; 32] = *b"a key for sealing, of 32 letters";
pub(crate) const PAGE: &str = "3000000000000001";
pub(crate) const INSTAGRAM: &str = "17841400000000001";

/// A stage. Dropping it ends everything on it.
pub(crate) struct Stage {
    pub(crate) kit: LinkKit,
    /// The remote control of Meta's side.
    pub(crate) meta: Controls,
    /// The shop's owner, Robin.
    pub(crate) viewer: Viewer,
    /// The kit's clock. [`Stage::pass`] moves it together with the sandbox's.
    pub(crate) clock: Hand,
    /// The stores of the kit, for whoever wants to break them.
    pub(crate) sqlite: Sqlite,
    address: String,
    folder: tempfile::TempDir,
    server: tokio::task::JoinHandle<()>,
    _sandbox: Sandbox,
}

/// How a stage is set.
#[must_use]
pub(crate) struct Setting {
    world: Value,
    options: Options,
    instagram_login: bool,
    built: Box<dyn FnOnce(Builder) -> Builder>,
}

impl Setting {
    /// Meta's side settles a point that its pages leave open like this.
    pub(crate) fn quirk(mut self, name: &str, value: &str) -> Self {
        self.world["quirks"][name] = Value::from(value);
        self
    }

    /// Meta's side throttles at this.
    pub(crate) fn limit(mut self, name: &str, count: u32) -> Self {
        self.world["limits"][name] = Value::from(count);
        self
    }

    /// The file is opened like this.
    pub(crate) fn sqlite(mut self, options: Options) -> Self {
        self.options = options;
        self
    }

    /// The kit also knows the app's Instagram product, so that an account can be linked without a Page.
    pub(crate) const fn instagram_login(mut self) -> Self {
        self.instagram_login = true;
        self
    }

    /// The kit is built with this on top.
    pub(crate) fn built(mut self, with: impl FnOnce(Builder) -> Builder + 'static) -> Self {
        self.built = Box::new(with);
        self
    }

    /// Everything runs; nobody has linked anything.
    pub(crate) async fn open(self) -> Stage {
        let clock = Hand::at("2026-11-23T12:00:00Z");
        let sandbox = Sandbox::builder().seed(self.world).at(clock.time()).start().await.unwrap();
        let meta = sandbox.controls();
        let folder = tempfile::tempdir().unwrap();
        let sqlite = self.options.open(folder.path().join("inbox.db")).await.unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}/meta", listener.local_addr().unwrap());
        let mut builder = builder(&meta, &address, &clock).stores(Stores::from(&sqlite));
        if self.instagram_login {
            builder = builder.meta(app(&meta).with_instagram(INSTAGRAM_APP, INSTAGRAM_APP_SECRET).unwrap());
        }
        let builder = (self.built)(builder);
        let kit = builder.build().await.unwrap();
        let app: axum::Router = axum::Router::new().nest("/meta", kit.router()).layer(axum::middleware::from_fn(browser::session));
        let server = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        let viewer = owner("harbour", "robin");
        Stage { kit, meta, viewer, clock, sqlite, address, folder, server, _sandbox: sandbox }
    }

    /// Robin has linked the Page and its Instagram account. Nothing from before is read.
    pub(crate) async fn linked(self) -> Stage {
        let stage = self.open().await;
        stage.link(&stage.viewer).await;
        stage
    }
}

impl Stage {
    pub(crate) fn set() -> Setting {
        Setting { world: link_sandbox::default_seed(), options: Options::new(), instagram_login: false, built: Box::new(|builder| builder) }
    }

    /// [`Setting::open`] with nothing special.
    pub(crate) async fn open() -> Self {
        Self::set().open().await
    }

    /// [`Setting::linked`] with nothing special.
    pub(crate) async fn linked() -> Self {
        Self::set().linked().await
    }

    /// Somebody signs in, walks the four stages and confirms; both accounts are subscribed, nothing from before is read.
    pub(crate) async fn link(&self, viewer: &Viewer) -> Link {
        self.link_reading(viewer, Synchronisation::default().history(Depth::Nothing).profiles(false)).await
    }

    /// The same, reading this from before.
    pub(crate) async fn link_reading(&self, viewer: &Viewer, from_before: Synchronisation) -> Link {
        let linking = self.kit.linking();
        let setup = linking.begin(viewer).await.unwrap().id;
        let dialog = linking.dialog(viewer, setup, &Road::FACEBOOK, None).await.unwrap();
        let came_back = self.meta.sign_in(&dialog, &Decision::allow()).await.unwrap();
        linking.signed_in(viewer, &came_back).await.unwrap();
        linking.choose(viewer, setup, vec![page(), instagram()]).await.unwrap();
        linking.prefer(viewer, setup, Preferences::default()).await.unwrap();
        linking.synchronise(viewer, setup, from_before).await.unwrap();
        linking.agree(viewer, setup).await.unwrap().link
    }

    /// Somebody links the Instagram account by Instagram Login, without a Page or beside it.
    pub(crate) async fn link_by_instagram(&self, viewer: &Viewer) -> Link {
        let linking = self.kit.linking();
        let setup = linking.begin(viewer).await.unwrap().id;
        let dialog = linking.dialog(viewer, setup, &Road::INSTAGRAM, None).await.unwrap();
        let came_back = self.meta.sign_in(&dialog, &Decision::allow().instagram(INSTAGRAM)).await.unwrap();
        linking.signed_in(viewer, &came_back).await.unwrap();
        linking.choose(viewer, setup, vec![instagram()]).await.unwrap();
        linking.prefer(viewer, setup, Preferences::default()).await.unwrap();
        linking.synchronise(viewer, setup, Synchronisation::default()).await.unwrap();
        linking.agree(viewer, setup).await.unwrap().link
    }

    /// Where the kit's handlers are, from outside.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Where deliveries are posted to.
    pub(crate) fn webhook(&self) -> String {
        format!("{}/webhook", self.address)
    }

    /// The file.
    pub(crate) fn database(&self) -> PathBuf {
        self.folder.path().join("inbox.db")
    }

    /// The tables that hold anything of anybody, with their number of rows. That the program lives is nobody's.
    pub(crate) async fn filled_tables(&self) -> BTreeMap<String, i64> {
        let mut filled = BTreeMap::new();
        for table in self.column("SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'lk_%' AND name <> 'lk_alive'").await {
            let count = self.column(format!("SELECT CAST(count(*) AS TEXT) FROM {table}")).await;
            filled.insert(table, count[0].parse().unwrap());
        }
        filled.retain(|_, count| *count > 0);
        filled
    }

    /// Whom the sealed tokens in the file stand for.
    pub(crate) async fn holders(&self) -> Vec<String> {
        self.column("SELECT holder FROM lk_credential ORDER BY holder").await
    }

    /// A column of text, read from the file by nobody of ours.
    pub(crate) async fn column(&self, sql: impl Into<String>) -> Vec<String> {
        let options = SqliteConnectOptions::new().filename(self.database()).read_only(true);
        let mut file = SqliteConnection::connect_with(&options).await.unwrap();
        let rows = sqlx::query_scalar(sqlx::AssertSqlSafe(sql.into())).fetch_all(&mut file).await.unwrap();
        file.close().await.unwrap();
        rows
    }

    /// Another kit on the same file, with another app or other keys.
    pub(crate) async fn kit_with(&self, meta: Meta, keys: KeyRing) -> LinkKit {
        let hosts = Hosts::two(self.meta.facebook(), self.meta.instagram()).unwrap();
        let builder = LinkKit::builder().meta(meta.at(hosts)).public_url(&self.address).keys(keys).clock(Arc::new(self.clock.clone()));
        builder.sqlite(self.database()).build().await.unwrap()
    }

    /// Writes into the file, by nobody of ours.
    pub(crate) async fn write(&self, sql: impl Into<String>) {
        let mut file = SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(self.database())).await.unwrap();
        sqlx::query(sqlx::AssertSqlSafe(sql.into())).execute(&mut file).await.unwrap();
        file.close().await.unwrap();
    }

    /// The permissions that the ledger says were taken back.
    pub(crate) async fn revoked(&self) -> Vec<String> {
        self.column("SELECT body FROM lk_ledger WHERE body LIKE '%revoked%' ORDER BY n").await
    }

    /// Removes the sealed tokens of holders that begin so, by nobody of ours.
    pub(crate) async fn forget_token(&self, holder: &str) {
        let mut file = SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(self.database())).await.unwrap();
        let delete = sqlx::query("DELETE FROM lk_credential WHERE holder LIKE ? || '%'").bind(holder);
        assert!(delete.execute(&mut file).await.unwrap().rows_affected() > 0);
        file.close().await.unwrap();
    }

    /// A token of the Page that somebody else than the kit uses.
    pub(crate) async fn page_token(&self) -> String {
        let scopes = ["pages_show_list", "pages_manage_metadata", "pages_messaging", "pages_read_engagement"];
        self.meta.tokens("2000000000000001", &scopes).await.unwrap().page_tokens[PAGE].clone()
    }

    /// Calls the platform beside the kit; it must answer without an error.
    pub(crate) async fn call(&self, method: &str, path: &str, token: &str, body: &Value) -> Value {
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let mut call = http.request(method.parse().unwrap(), format!("{}{path}", self.meta.facebook())).bearer_auth(token);
        if !body.is_null() {
            call = call.json(body);
        }
        let answer: Value = call.send().await.unwrap().json().await.unwrap();
        assert!(answer.get("error").is_none(), "{answer}");
        answer
    }

    /// The fields of an object that the app is subscribed to, with commas between them.
    pub(crate) async fn announced(&self, object: &str) -> String {
        let told = self.call("GET", &format!("/{APP}/subscriptions"), &format!("{APP}|{APP_SECRET}"), &Value::Null).await;
        let of_object = told["data"].as_array().unwrap().iter().find(|it| it["object"] == object).unwrap();
        let names: Vec<_> = of_object["fields"].as_array().unwrap().iter().map(|field| field["name"].as_str().unwrap()).collect();
        names.join(",")
    }

    /// The place of the newest happening.
    pub(crate) async fn sqlite_end(&self) -> Position {
        use link_core::words::feed::Feed as _;
        self.sqlite.feed().end().await.unwrap()
    }

    /// Another kit on the same file, as after a restart or in a second process; nobody serves it.
    pub(crate) async fn another_kit(&self) -> LinkKit {
        builder(&self.meta, &self.address, &self.clock).sqlite(self.database()).build().await.unwrap()
    }

    /// Time passes, on both sides.
    pub(crate) async fn pass(&self, span: TimeDelta) {
        self.clock.pass(span);
        self.meta.advance(&format!("{}ms", span.num_milliseconds())).await.unwrap();
    }

    /// Waits until so many envelopes were kept since the start, then does all background work.
    pub(crate) async fn after_receiving(&self, envelopes: u64) {
        until("the deliveries to arrive", async || {
            let kept = self.kit.figures().await.unwrap().kept;
            (kept >= envelopes).then_some(())
        })
        .await;
        self.kit.drain().await.unwrap();
    }

    /// Meta tells the app nothing more about an object.
    pub(crate) async fn unsubscribe_from(&self, object: &str) {
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let address = format!("{}/v26.0/{APP}/subscriptions", self.meta.facebook());
        let query = [("object", object), ("access_token", &format!("{APP}|{APP_SECRET}"))];
        http.delete(address).query(&query).send().await.unwrap().error_for_status().unwrap();
    }

    /// Everything that is on its way in arrives, and everything that this leaves to do is done, until nothing moves any more. What a fault
    /// holds back for later is waited for: let that time pass first.
    pub(crate) async fn settle(&self) {
        loop {
            until("the deliveries to arrive", async || (self.undelivered().await == 0).then_some(())).await;
            self.kit.drain().await.unwrap();
            if self.undelivered().await == 0 && self.kit.figures().await.unwrap().journal.open == 0 {
                return;
            }
        }
    }

    /// How many deliveries Meta's side still has to make.
    pub(crate) async fn undelivered(&self) -> u64 {
        self.meta.undelivered().await.unwrap()
    }

    /// The calls that were made to a path with this end, oldest first.
    pub(crate) async fn calls(&self, method: &str, end: &str) -> Vec<Value> {
        let mut calls = self.meta.calls(0).await.unwrap().data;
        calls.retain(|call| call["method"] == method && call["path"].as_str().unwrap().ends_with(end));
        calls
    }

    /// Every message that somebody may see, over all conversations, oldest first.
    pub(crate) async fn messages(&self, viewer: &Viewer) -> Vec<(MessageKey, Message)> {
        messages(&self.kit, viewer).await
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// The owner of a shop, in person.
pub(crate) fn owner(owner: &str, actor: &str) -> Viewer {
    Viewer::owner(owner.parse().unwrap(), actor.parse().unwrap())
}

pub(crate) fn page() -> AccountId {
    AccountId::new(Platform::MESSENGER, PAGE.parse().unwrap())
}

pub(crate) fn instagram() -> AccountId {
    AccountId::new(Platform::INSTAGRAM, INSTAGRAM.parse().unwrap())
}

/// The conversation of an account of a viewer's owner with a person.
pub(crate) fn conversation(viewer: &Viewer, account: AccountId, peer: &str) -> ConversationKey {
    ConversationKey { account: AccountKey::new(viewer.owner.clone(), account), peer: peer.parse().unwrap() }
}

/// The app at Meta's side.
pub(crate) fn app(meta: &Controls) -> Meta {
    let hosts = Hosts::two(meta.facebook(), meta.instagram()).unwrap();
    Meta::new(APP, APP_SECRET, VERIFY_TOKEN).unwrap().at(hosts)
}

/// The stage's kit before its stores are named. Accounts are not compared by schedule: a story that lets days pass would be told of it.
pub(crate) fn builder(meta: &Controls, address: &str, clock: &Hand) -> Builder {
    let keys = KeyRing::new("stage", SEALING_KEY);
    LinkKit::builder().meta(app(meta)).public_url(address).keys(keys).clock(Arc::new(clock.clone())).reconcile_every(Duration::ZERO)
}

/// Every message that somebody may see in a kit, over all conversations, oldest first.
pub(crate) async fn messages(kit: &LinkKit, viewer: &Viewer) -> Vec<(MessageKey, Message)> {
    let mut found = Vec::new();
    let conversations = whole(async |page| kit.inbox().conversations(viewer, &page).await.unwrap()).await;
    for conversation in conversations {
        let rows = whole(async |page| kit.inbox().timeline(viewer, &conversation.key, &page).await.unwrap().messages).await;
        found.extend(rows.into_iter().map(|row| (row.key, row.state)));
    }
    found.sort_by_key(|(key, message)| (message.at.map(|moment| moment.at), key.clone()));
    found
}

/// All pages of something.
pub(crate) async fn whole<T>(read: impl AsyncFn(PageQuery) -> Page<T>) -> Vec<T> {
    let mut all = Vec::new();
    let mut next = None;
    loop {
        let mut query = PageQuery::first(200);
        query.after = next;
        let page = read(query).await;
        all.extend(page.items);
        next = page.next;
        if next.is_none() {
            return all;
        }
    }
}

/// What somebody is told after a place in the feed, up to a setup of theirs that is begun for this and ends it.
pub(crate) async fn told(kit: &LinkKit, viewer: &Viewer, after: Position) -> Vec<Happening> {
    let last = kit.linking().begin(viewer).await.unwrap().id;
    let mut news = Box::pin(kit.news_after(viewer, after));
    let mut told = Vec::new();
    loop {
        let next = tokio::time::timeout(PATIENCE, news.next()).await.unwrap();
        let (_, happening) = next.unwrap().unwrap();
        if matches!(happening.what, What::SetupChanged { setup, .. } if setup == last) {
            kit.linking().cancel(viewer, last).await.unwrap();
            return told;
        }
        told.push(happening);
    }
}
