//! A frozen sandbox, and the page of it in a browser.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use link_sandbox::{Controls, Sandbox};
use serde_json::{Value, json};
use tempfile::TempDir;
use thirtyfour::error::{WebDriverErrorInner, WebDriverResult};
use thirtyfour::extensions::query::ElementQueryable;
use thirtyfour::{By, Key, WebDriver, WebElement};

use crate::browser::Driver;

pub(crate) const PAGE: &str = "3000000000000001";
pub(crate) const CAFE: &str = "3000000000000002";
pub(crate) const INSTAGRAM: &str = "17841400000000001";
pub(crate) const ROBIN: &str = "2000000000000001";
/// Ada, as the first Page sees her.
pub(crate) const ADA: &str = "4000000000000011";

/// How long something may take to appear; on a machine with much to do a browser is slow.
const PATIENCE: Duration = Duration::from_secs(15);
const GLANCE: Duration = Duration::from_millis(50);

/// What the page is looked at with.
#[derive(Clone, Copy)]
pub(crate) struct Screen {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) dark: bool,
}

impl Screen {
    pub(crate) fn wide() -> Self {
        Self { width: 1440, height: 900, dark: false }
    }

    pub(crate) fn narrow() -> Self {
        Self { width: 390, height: 844, dark: false }
    }
}

pub(crate) struct Stage {
    pub(crate) sandbox: Sandbox,
    pub(crate) controls: Controls,
    pub(crate) client: reqwest::Client,
    pub(crate) browser: WebDriver,
    /// Calls of the page that were meant to be refused; the console tells of each.
    refusals: AtomicUsize,
    _profile: TempDir,
}

impl Stage {
    /// The page with all of the default world in it.
    pub(crate) async fn open(driver: &Driver, screen: Screen) -> Self {
        let sandbox = Sandbox::builder().at("2026-11-23T12:00:00Z".parse().unwrap()).start().await.unwrap();
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let (browser, profile) = driver.open(screen).await;
        let stage = Self { controls: sandbox.controls(), sandbox, client, browser, refusals: AtomicUsize::new(0), _profile: profile };
        stage.browser.goto(format!("{}/", stage.sandbox.facebook())).await.unwrap();
        stage.sees("#link[data-state=live]").await;
        stage.finds("#chat-list [role=option]").await;
        stage
    }

    /// Waits until there is something to see here.
    pub(crate) async fn sees(&self, css: &str) -> WebElement {
        self.shown(css, "is seen", async |it| it.is_displayed().await.is_ok_and(|shown| shown)).await
    }

    /// Waits until there is such an element, in sight or not.
    pub(crate) async fn finds(&self, css: &str) -> WebElement {
        let found = self.browser.query(By::Css(css)).wait(PATIENCE, GLANCE).first().await;
        found.unwrap_or_else(|_| panic!("{css} is nowhere"))
    }

    /// Waits until an element here reads exactly so.
    pub(crate) async fn reads(&self, css: &str, text: &str) -> WebElement {
        self.shown(css, &format!("reads {text:?}"), async |it| it.text().await.is_ok_and(|told| told == text)).await
    }

    async fn shown(&self, css: &str, what: &str, fits: impl AsyncFn(&WebElement) -> bool) -> WebElement {
        let until = tokio::time::Instant::now() + PATIENCE;
        loop {
            let all = self.browser.find_all(By::Css(css)).await.unwrap();
            for it in &all {
                if fits(it).await {
                    return it.clone();
                }
            }
            if tokio::time::Instant::now() > until {
                let mut told = Vec::new();
                for it in &all {
                    told.push(it.text().await.unwrap_or_default());
                }
                panic!("nothing at {css} {what}; there are {told:?}");
            }
            tokio::time::sleep(GLANCE).await;
        }
    }

    /// Waits until there is no such element, or none in sight.
    pub(crate) async fn misses(&self, css: &str) {
        let until = tokio::time::Instant::now() + PATIENCE;
        while self.script(&format!("return [...document.querySelectorAll('{css}')].some((it) => it.checkVisibility())")).await
            == json!(true)
        {
            assert!(tokio::time::Instant::now() < until, "{css} is still there");
            tokio::time::sleep(GLANCE).await;
        }
    }

    /// Does something with what is there. What was redrawn between the look and the act is looked up once more; any other failure is one.
    async fn with(&self, css: &str, act: impl AsyncFn(WebElement) -> WebDriverResult<()>) {
        match act(self.sees(css).await).await {
            Err(error) if matches!(*error, WebDriverErrorInner::StaleElementReference(_)) => act(self.sees(css).await).await.unwrap(),
            done => done.unwrap(),
        }
    }

    pub(crate) async fn click(&self, css: &str) {
        self.with(css, async |it| it.click().await).await;
    }

    pub(crate) async fn write(&self, css: &str, text: &str) {
        let write = async |field: WebElement| {
            field.clear().await?;
            field.send_keys(text).await
        };
        self.with(css, write).await;
    }

    pub(crate) async fn choose(&self, css: &str, value: &str) {
        self.click(&format!("{css} option[value='{value}']")).await;
    }

    /// Presses a key wherever the focus is.
    pub(crate) async fn press(&self, key: Key) {
        self.browser.action_chain().send_keys(key).perform().await.unwrap();
    }

    /// Types wherever the focus is.
    pub(crate) async fn types(&self, text: &str) {
        self.browser.action_chain().send_keys(text).perform().await.unwrap();
    }

    /// The id of what has the focus.
    pub(crate) async fn focus(&self) -> String {
        self.script("return document.activeElement.id || document.activeElement.className").await.as_str().unwrap().to_owned()
    }

    pub(crate) async fn script(&self, script: &str) -> Value {
        self.browser.execute(script, vec![]).await.unwrap().json().clone()
    }

    /// Chooses from the menu of a message on the customer's phone.
    pub(crate) async fn on_message(&self, text: &str, entry: &str) {
        let bubble = self.reads("#customer-messages .bubble", text).await;
        let more = bubble.find(By::XPath("ancestor::li//button[contains(@class,'more')]")).await.unwrap();
        more.scroll_into_view().await.unwrap();
        more.click().await.unwrap();
        self.reads("[role=menu] [role=menuitem]", entry).await.click().await.unwrap();
        self.misses("[role=menu]").await;
    }

    /// The token of the first Page, after everything was allowed.
    pub(crate) async fn page_token(&self) -> String {
        let scopes = [
            "pages_show_list",
            "pages_read_engagement",
            "pages_manage_metadata",
            "pages_messaging",
            "instagram_basic",
            "instagram_manage_messages",
            "instagram_manage_comments",
        ];
        self.controls.tokens(ROBIN, &scopes).await.unwrap().page_tokens[PAGE].clone()
    }

    pub(crate) async fn post(&self, path: &str, token: &str, body: &Value) -> Value {
        let request = self.client.post(format!("{}{path}", self.sandbox.facebook())).bearer_auth(token).json(body);
        request.send().await.unwrap().json().await.unwrap()
    }

    /// What the business's app sends to Ada.
    pub(crate) async fn app_answers(&self, token: &str, message: Value) -> Value {
        let body = json!({"recipient": {"id": ADA}, "messaging_type": "RESPONSE", "message": message});
        self.post("/v26.0/me/messages", token, &body).await
    }

    /// Waits until the sandbox has refused what was asked here, and the page says why.
    pub(crate) async fn is_refused(&self, css: &str) -> String {
        let told = self.sees(&format!("{css}.wrong")).await.text().await.unwrap();
        self.refusals.fetch_add(1, Ordering::SeqCst);
        told
    }

    /// The console is empty, nothing broke the policy, and nothing came from elsewhere.
    pub(crate) async fn is_clean(&self) {
        let log = self.browser.browser_log().await.unwrap();
        let is_refusal = |message: &str| message.contains("/_sandbox/") && message.contains("status of 400");
        let (refused, told): (Vec<_>, Vec<_>) = log.iter().map(|entry| &entry.message).partition(|message| is_refusal(message));
        assert_eq!(refused.len(), self.refusals.load(Ordering::SeqCst), "only what was meant to be is refused: {refused:?}");
        assert!(told.is_empty(), "the console says {told:?}");
        let loaded = self.script("return performance.getEntriesByType('resource').map((it) => it.name)").await;
        let origin = format!("{}/_sandbox/", self.sandbox.facebook());
        let foreign: Vec<_> =
            loaded.as_array().unwrap().iter().filter(|it| it.as_str().is_none_or(|name| !name.starts_with(&origin))).collect();
        assert!(foreign.is_empty(), "the page asks elsewhere: {foreign:?}");
    }

    pub(crate) async fn close(&self) {
        self.browser.clone().quit().await.unwrap();
    }
}
