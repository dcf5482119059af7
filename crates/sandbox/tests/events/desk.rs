//! An app that hears of everything on one road, and does there what a row says.

use std::collections::BTreeMap;

use hmac::{Hmac, KeyInit, Mac};
use link_sandbox::{Controls, Sandbox};
use serde_json::{Value, json};
use sha1::Sha1;
use sha2::Sha256;

use crate::page::RIVAL;
use crate::receiver::{Arrived, Receiver};
use crate::row::{Row, Step};
use crate::stage::{ADA, ADA_IG, INSTAGRAM, PAGE, ROBIN, SECRET, Stage, scopes};

pub(crate) const INSTAGRAM_SECRET: &str = "sandbox-instagram-secret";
const LOGIN_SCOPES: [&str; 3] = ["instagram_business_basic", "instagram_business_manage_messages", "instagram_business_manage_comments"];

/// How an app reaches an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Road {
    Page,
    /// Instagram through the Page.
    Linked,
    /// Instagram by the account's own login.
    Login,
}

impl Road {
    pub(crate) fn object(self) -> &'static str {
        if self == Self::Page { "page" } else { "instagram" }
    }

    pub(crate) fn name(self) -> &'static str {
        if self == Self::Login { "instagram" } else { "facebook" }
    }

    pub(crate) fn account(self) -> &'static str {
        if self == Self::Page { PAGE } else { INSTAGRAM }
    }

    pub(crate) fn customer(self) -> &'static str {
        if self == Self::Page { ADA } else { ADA_IG }
    }

    pub(crate) fn node(self) -> &'static str {
        if self == Self::Login { "me" } else { PAGE }
    }
}

pub(crate) struct Desk {
    pub(crate) stage: Stage,
    pub(crate) receiver: Receiver,
    pub(crate) road: Road,
    pub(crate) secret: &'static str,
    pub(crate) token: String,
    words: BTreeMap<&'static str, String>,
}

impl Desk {
    /// A desk in the usual world.
    pub(crate) async fn on(road: Road) -> Self {
        Self::of(road, &json!({}), None).await
    }

    pub(crate) async fn of(road: Road, quirks: &Value, at: Option<&str>) -> Self {
        let mut seed = link_sandbox::default_seed();
        seed["quirks"] = quirks.clone();
        let at = at.unwrap_or("2026-11-23T12:00:00Z").parse().unwrap();
        let sandbox = Sandbox::builder().seed(seed).at(at).start().await.unwrap();
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let stage = Stage { controls: sandbox.controls(), sandbox, client };
        let secret = if road == Road::Login && quirks["ig_login_webhook_secret"] != "meta" { INSTAGRAM_SECRET } else { SECRET };
        let words = BTreeMap::from([
            ("$ACCOUNT", road.account().to_owned()),
            ("$CUSTOMER", road.customer().to_owned()),
            ("$NODE", road.node().to_owned()),
        ]);
        let receiver = Receiver::start().await;
        let mut desk = Self { stage, receiver, road, secret, token: String::new(), words };
        desk.token = desk.token_of(None).await;
        desk.subscribe().await;
        desk
    }

    pub(crate) fn controls(&self) -> &Controls {
        &self.stage.controls
    }

    pub(crate) async fn catalogue(&self) -> Vec<Value> {
        let url = self.stage.url("/_sandbox/events");
        let told: Value = self.stage.client.get(url).send().await.unwrap().json().await.unwrap();
        told["data"].as_array().unwrap().clone()
    }

    async fn token_of(&self, app: Option<&str>) -> String {
        let mut body = match self.road {
            Road::Login => json!({"instagram": INSTAGRAM, "scopes": LOGIN_SCOPES}),
            _ => json!({"person": ROBIN, "scopes": scopes()}),
        };
        body["app"] = json!(app);
        let told = self.own("tokens", &body).await;
        let token = if self.road == Road::Login { &told["token"] } else { &told["page_tokens"][PAGE] };
        token.as_str().unwrap().to_owned()
    }

    /// Asks for every field that the object has an event for.
    async fn subscribe(&self) {
        let object = self.road.object();
        let mut fields = vec!["messaging_integrity", "standby"];
        if object == "instagram" {
            fields = vec!["share_to_story", "standby", "message_echoes"];
        }
        let catalogue = self.catalogue().await;
        let own = catalogue.iter().filter(|it| it["object"] == object);
        fields.extend(own.filter_map(|it| it["fields"][self.road.name()].as_str()));
        let done = self.stage.subscribe_app(&self.receiver.url, object, &fields.join(",")).await;
        assert_eq!(done, json!({"success": true}), "the app subscribes to {fields:?}");
        let path = format!("/{}/subscribed_apps", self.road.node());
        let wanted = match self.road {
            Road::Page => fields.join(","),
            Road::Linked => "feed".to_owned(),
            Road::Login => "messages,comments".to_owned(),
        };
        let done = self.graph(&self.token, &path, &json!({"subscribed_fields": wanted})).await;
        assert_eq!(done, json!({"success": true}), "the account is subscribed");
    }

    /// One of the sandbox's own calls, which has to succeed.
    pub(crate) async fn own(&self, path: &str, body: &Value) -> Value {
        let (status, told) = self.try_own(path, body).await;
        assert_eq!(status, 200, "{path} {body} answers {told}");
        told
    }

    /// The same, whatever it answers.
    pub(crate) async fn try_own(&self, path: &str, body: &Value) -> (u16, Value) {
        let url = self.stage.url(&format!("/_sandbox/{path}"));
        let answer = self.stage.client.post(url).json(body).send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    /// A call of an app, which has to succeed.
    pub(crate) async fn graph(&self, token: &str, path: &str, body: &Value) -> Value {
        let host = if self.road == Road::Login { self.stage.sandbox.instagram() } else { self.stage.sandbox.facebook() };
        let answer = self.stage.client.post(format!("{host}/v26.0{path}")).bearer_auth(token).json(body).send().await.unwrap();
        let told: Value = answer.json().await.unwrap();
        assert!(told["error"].is_null(), "{path} {body} answers {told}");
        told
    }

    /// The customer and the account have just written.
    pub(crate) async fn begin(&mut self) {
        let written = self.controls().customer_writes("c1", self.road.account(), "Before").await.unwrap();
        let answered = self.controls().staff_writes(self.road.account(), "c1", "Before").await.unwrap();
        self.words.insert("$IN", written.mid);
        self.words.insert("$OUT", answered);
        self.arrived().await;
    }

    /// Does what the row says, and returns what arrives.
    pub(crate) async fn play(&mut self, row: &Row) -> Vec<Arrived> {
        for step in &row.steps {
            match step {
                Step::Own(path, body) => {
                    let (path, body) = self.filled(path, body);
                    self.own(&path, &body).await;
                }
                Step::Graph(path, body) => {
                    let (path, body) = self.filled(path, body);
                    let told = self.graph(&self.token, &path, &body).await;
                    if let Some(id) = told["id"].as_str() {
                        self.words.insert("$ID", id.to_owned());
                    }
                }
                Step::Rival(path, body) => {
                    let (path, body) = self.filled(path, body);
                    let token = self.rival().await;
                    self.graph(&token, &path, &body).await;
                }
            }
        }
        self.arrived().await
    }

    /// Another app that reaches the account; its token there.
    pub(crate) async fn rival(&self) -> String {
        let product = json!({"id": "1000000000000008", "secret": "rival"});
        let app = json!({"id": RIVAL, "name": "Rival", "secret": "rival", "instagram_app": product});
        self.own("seed", &json!({"apps": [app]})).await;
        self.token_of(Some(RIVAL)).await
    }

    fn filled(&self, path: &str, body: &Value) -> (String, Value) {
        let (mut path, mut body) = (path.to_owned(), body.to_string());
        for (word, value) in &self.words {
            path = path.replace(word, value);
            body = body.replace(word, value);
        }
        (path, serde_json::from_str(&body).unwrap())
    }

    /// Everything that is under way has arrived; each notification is signed twice, over the very bytes.
    pub(crate) async fn arrived(&self) -> Vec<Arrived> {
        while self.controls().undelivered().await.unwrap() != 0 {
            tokio::task::yield_now().await;
        }
        let mut all = Vec::new();
        while !self.receiver.is_empty().await {
            let arrived = self.receiver.next().await;
            self.check(&arrived);
            all.push(arrived);
        }
        all
    }

    fn check(&self, arrived: &Arrived) {
        let mut sha256 = Hmac::<Sha256>::new_from_slice(self.secret.as_bytes()).unwrap();
        sha256.update(&arrived.body);
        let mut sha1 = Hmac::<Sha1>::new_from_slice(self.secret.as_bytes()).unwrap();
        sha1.update(&arrived.body);
        assert_eq!(arrived.headers["x-hub-signature-256"], format!("sha256={}", hex::encode(sha256.finalize().into_bytes())));
        assert_eq!(arrived.headers["x-hub-signature"], format!("sha1={}", hex::encode(sha1.finalize().into_bytes())));
    }

    /// The field under which a notification went out.
    pub(crate) async fn field_of(&self, arrived: &Arrived) -> String {
        let ledger = self.controls().deliveries(0).await.unwrap();
        let text = String::from_utf8(arrived.body.to_vec()).unwrap();
        let entry = ledger.data.iter().rev().find(|it| it["body"] == text).unwrap();
        entry["field"].as_str().unwrap().to_owned()
    }
}
