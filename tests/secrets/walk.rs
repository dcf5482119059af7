//! The whole story, with everything that can go wrong in it.

use std::path::Path;
use std::sync::Arc;

use chrono::TimeDelta;
use futures::StreamExt as _;
use link_core::Secret;
use link_core::linking::credential::{CredentialStore as _, SealedOtherwise};
use link_kit::{
    Builder, ConnectionKey, Health, Hosts, IntentQuery, IntentState, KeyRing, LinkKit, Meta, PageQuery, Position, Problem, Road, Stores,
    What,
};
use link_sandbox::{Decision, PersonAction};
use serde_json::json;

use crate::finds::{Hidden, Shown, after};
use crate::stage::{
    self, APP, APP_SECRET, Browser, Hand, INSTAGRAM, Mail, PAGE, SEALING_KEY, Stage, VERIFY_TOKEN, conversation, overheard,
};
use crate::tap::Tap;

const ROBIN: &str = "2000000000000001";
const ADA: &str = "4000000000000011";
const OLD_SECRET: &str = "the-secret-before-this-one";
const OLD_KEY: [u8; 32] = *b"the key for sealing before this1";
const NEWEST_KEY: [u8; 32] = *b"the key for sealing after this 1";

/// The story and what was seen of it.
pub(crate) struct Walk {
    pub(crate) stage: Stage,
    pub(crate) browser: Browser,
    pub(crate) shown: Shown,
    pub(crate) hidden: Vec<Hidden>,
    pub(crate) taps: [Tap; 2],
}

impl Walk {
    pub(crate) async fn begin() -> Self {
        overheard::listen();
        let mut taps = [Tap::new().await, Tap::new().await];
        let mut shown = Shown::default();
        let meta = Meta::new(APP, APP_SECRET, VERIFY_TOKEN).unwrap().at(Hosts::two(taps[0].origin(), taps[1].origin()).unwrap());
        let meta = meta.with_older_secret(OLD_SECRET);
        let keys = || KeyRing::new("old", OLD_KEY).rotated("new", SEALING_KEY);
        shown.value("Meta", &meta);
        shown.value("KeyRing", &keys());
        shown.value("LaneKey", &keys().lane_keys());
        shown.value("Wiring", &meta.clone().wire(Arc::new(Hand::at("2026-11-23T12:00:00Z"))).unwrap());
        shown.value("Builder", &LinkKit::builder().meta(meta.clone()).keys(keys()).public_url("http://127.0.0.1/meta"));
        let built = move |builder: Builder| builder.meta(meta).keys(keys());
        let stage = Stage::set().built(built).open().await;
        taps[0].plug_into(stage.meta.facebook());
        taps[1].plug_into(stage.meta.instagram());
        let hidden = [
            Hidden::new("the app secret", APP_SECRET),
            Hidden::new("the older app secret", OLD_SECRET),
            Hidden::new("the verify token", VERIFY_TOKEN),
            Hidden::new("the sealing key", SEALING_KEY),
            Hidden::new("the older sealing key", OLD_KEY),
            Hidden::new("the newest sealing key", NEWEST_KEY),
        ];
        let browser = Browser::of(&stage.viewer);
        Self { stage, browser, shown, hidden: hidden.into(), taps }
    }

    /// A browser asks for something of ours.
    pub(crate) async fn get(&mut self, name: &str, address: &str) -> stage::Shown {
        let shown = self.browser.get(address).await;
        self.shown.value(&format!("the answer to {name}"), &shown.body);
        shown
    }

    /// Opens the dialog of a new setup, in a browser; its address, which holds the state.
    pub(crate) async fn open_dialog(&mut self) -> String {
        let address = format!("{}/oauth/facebook/start", self.stage.address());
        let dialog = self.get("the start of a sign-in", &address).await.location.unwrap();
        self.hide_from("state", &dialog);
        dialog
    }

    /// Signs in at the dialog; the address the browser comes back to, which holds state and code.
    pub(crate) async fn consent(&mut self, dialog: &str) -> String {
        let came_back = self.stage.meta.sign_in(dialog, &Decision::allow()).await.unwrap();
        self.hide_from("code", &came_back);
        came_back
    }

    fn hide_from(&mut self, name: &str, address: &str) {
        let address = url::Url::parse(address).unwrap();
        let (_, value) = address.query_pairs().find(|(key, _)| key == name).unwrap();
        assert!(value.len() >= 40, "{name} is no secret");
        self.hidden.push(Hidden::new(name, value.as_bytes()));
    }

    pub(crate) fn problem(&mut self, name: &str, problem: &Problem) {
        self.shown.error(name, problem);
        self.shown.value(name, &(problem.code(), problem.remedy()));
    }

    /// Customers write and are answered, in every way that an answer can fail.
    pub(crate) async fn talk(&mut self) {
        let (viewer, kit) = (self.stage.viewer.clone(), self.stage.kit.clone());
        let mut alerts = kit.alerts(&viewer);
        self.stage.meta.customer_writes("c1", PAGE, "Is the shop open?").await.unwrap();
        self.stage.meta.customer_writes("c5", INSTAGRAM, "Do you ship?").await.unwrap();
        self.stage.settle().await;
        let alert = tokio::time::timeout(stage::PATIENCE, alerts.next()).await.unwrap().unwrap().unwrap();
        self.shown.value("an alert", &alert);
        let key = conversation(&viewer, stage::page(), ADA);
        for (name, fault) in [
            ("sent", None),
            ("lost", Some(json!({"drop": true}))),
            ("cut", Some(json!({"cut_body": true}))),
            ("refused", Some(json!({"answer": {"status": 400, "code": 551}}))),
            ("throttled", Some(json!({"answer": {"status": 400, "code": 613}}))),
            ("broken", Some(json!({"answer": {"status": 500, "code": 2}}))),
        ] {
            if let Some(mut fault) = fault {
                fault["match"] = json!({"method": "POST", "path": "/*/messages"});
                self.stage.meta.fault(fault).await.unwrap();
            }
            self.shown.value("an intent", &kit.inbox().answer(&viewer, &key, "From ten to four.", name).await.unwrap());
            self.stage.settle().await;
            self.shown.value("intents", &kit.inbox().intents(&viewer, &IntentQuery::all(PageQuery::default())).await.unwrap());
            self.stage.pass(TimeDelta::minutes(10)).await;
        }
        self.stage.meta.clear_faults().await.unwrap();
        self.stage.pass(TimeDelta::hours(30)).await;
        let problem = kit.inbox().answer(&viewer, &key, "Too late.", "late").await.unwrap_err();
        self.problem("a closed window", &problem);
    }

    /// The token dies; and somebody knocks who does not know the secret.
    pub(crate) async fn lose_the_token(&mut self) {
        let (viewer, kit) = (self.stage.viewer.clone(), self.stage.kit.clone());
        self.stage.meta.customer_writes("c1", PAGE, "Hello?").await.unwrap();
        self.stage.settle().await;
        self.stage.meta.person_acts(ROBIN, &PersonAction::ChangePassword).await.unwrap();
        let key = conversation(&viewer, stage::page(), ADA);
        let intent = kit.inbox().answer(&viewer, &key, "I am here.", "dead").await.unwrap();
        self.stage.settle().await;
        let failed = kit.inbox().intent(&viewer, intent.id).await.unwrap().unwrap();
        assert!(matches!(failed.state, IntentState::Failed { .. }), "{failed:?}");
        self.shown.value("a dead intent", &failed);
        let connections = kit.linking().connections(&viewer).await.unwrap();
        assert!(connections.iter().any(|connection| matches!(connection.health, Health::Dead { .. })), "{connections:?}");
        let problem = kit.inbox().answer(&viewer, &key, "And now?", "disconnected").await.unwrap_err();
        self.problem("a dead connection", &problem);

        let mail = Mail::to(self.stage.webhook());
        for letter in [mail.letter("{}"), mail.letter("{}").header("x-hub-signature-256", stage::sign("guessed", b"{}"))] {
            self.shown.value("the answer to a stranger", &mail.answer(letter).await);
        }
        let wrong = [("hub.mode", "subscribe"), ("hub.challenge", "7"), ("hub.verify_token", "guessed")];
        self.shown.value("the answer to a wrong handshake", &mail.ask(&wrong).await);
    }

    /// The keys change, and every token is sealed anew.
    pub(crate) async fn rotate(&mut self) {
        let keys = KeyRing::new("old", OLD_KEY).rotated("new", SEALING_KEY).rotated("newest", NEWEST_KEY);
        let credentials = self.stage.sqlite.credentials();
        let wanted = SealedOtherwise { key_id: "newest".to_owned(), after: None, limit: 100 };
        let before = credentials.sealed_otherwise(&wanted).await.unwrap();
        assert!(before.len() >= 3, "{before:?}");
        let kit = stage::builder(&self.stage.meta, self.stage.address(), &self.stage.clock).keys(keys).sqlite(self.stage.database());
        let kit = kit.build().await.unwrap();
        kit.drain().await.unwrap();
        assert!(credentials.sealed_otherwise(&wanted).await.unwrap().is_empty(), "a token is still sealed with the key before");
        self.shown.value("a kit after a rotation", &kit);
        for key in &before {
            self.shown.value("a sealed token", &(key, credentials.get(key).await.unwrap()));
        }
        // The kit that was not told of the new key cannot open anything, and says so.
        self.shown.text("an unknown key", format!("{:?}", self.stage.kit.drain().await));
    }

    /// Somebody looks at everything there is.
    pub(crate) async fn look_around(&mut self) {
        let (viewer, kit) = (self.stage.viewer.clone(), self.stage.kit.clone());
        let (linking, inbox, page) = (kit.linking(), kit.inbox(), PageQuery::first(500));
        self.shown.value("the kit", &(&kit, &linking, &inbox, &self.stage.sqlite, Stores::from(&self.stage.sqlite)));
        self.shown.value("the figures", &kit.figures().await.unwrap());
        let links = linking.links(&viewer).await.unwrap();
        self.shown.value("a plan of unlinking", &linking.plan_unlink(&viewer, links[0].id, None).await.unwrap());
        self.shown.value("links", &links);
        self.shown.value("setups", &linking.setups(&viewer).await.unwrap());
        let connections = linking.connections(&viewer).await.unwrap();
        for connection in &connections {
            let key: &ConnectionKey = &connection.key;
            self.shown.value("features", &linking.features(&viewer, key).await.unwrap());
        }
        self.shown.value("connections", &connections);
        let conversations = inbox.conversations(&viewer, &page).await.unwrap().items;
        assert!(conversations.len() >= 7, "the history was read");
        for conversation in &conversations {
            self.shown.value("a timeline", &inbox.timeline(&viewer, &conversation.key, &page).await.unwrap());
        }
        self.shown.value("conversations", &conversations);
        self.shown.value("people", &inbox.people(&viewer, &page).await.unwrap());
        self.shown.value("notices", &inbox.notices(&viewer, &page).await.unwrap());
        self.shown.value("backfills", &inbox.backfills(&viewer).await.unwrap());
        self.shown.value("intents", &inbox.intents(&viewer, &IntentQuery::all(page.clone())).await.unwrap());
        self.shown.value("the activity log", &kit.activity(&viewer, &page).await.unwrap());
        let told = stage::told(&kit, &viewer, Position(0)).await;
        assert!(told.iter().any(|happening| matches!(happening.what, What::CredentialDead { .. })));
        self.shown.value("the news", &told);
        self.shown.value("a secret", &Secret::new(APP_SECRET));
        let mut files = String::new();
        for file in ["inbox.db", "inbox.db-wal", "inbox.db-shm"] {
            let contents = contents(&self.stage.database().with_file_name(file));
            files.push_str(&contents);
            self.shown.text(file, contents);
        }
        assert!(files.contains("Is the shop open?"), "nobody looked into the file");
    }

    /// The store is gone, and everybody is told so.
    pub(crate) async fn lose_the_store(&mut self) {
        let (viewer, kit) = (self.stage.viewer.clone(), self.stage.kit.clone());
        let setup = kit.linking().begin(&viewer).await.unwrap().id;
        let dialog = self.open_dialog().await;
        let came_back = self.consent(&dialog).await;
        self.stage.sqlite.clone().close().await;
        let linking = kit.linking();
        let problems = [
            linking.signed_in(&viewer, &came_back).await.map(drop),
            linking.dialog(&viewer, setup, &Road::FACEBOOK, None).await.map(drop),
            kit.inbox().people(&viewer, &PageQuery::default()).await.map(drop),
        ];
        for problem in problems {
            self.problem("a closed store", &problem.unwrap_err());
        }
        self.get("a sign-in without a store", &came_back).await;
        self.shown.error("draining without a store", &kit.drain().await.unwrap_err());
        let body = json!({"object": "page", "entry": [{"id": PAGE, "time": 1, "messaging": [{}]}]}).to_string();
        let answer = Mail::to(self.stage.webhook()).post(body).await;
        assert_eq!(answer.0, 503);
        self.shown.value("a delivery without a store", &answer);
    }

    /// The tokens and proofs that went over the wire.
    pub(crate) fn harvest(&mut self) -> (usize, usize) {
        let wire: String = self.taps.iter().map(Tap::noted).collect();
        let tokens: Vec<_> = after(&wire, "EAA").into_iter().filter(|rest| rest.len() > 100).map(|rest| format!("EAA{rest}")).collect();
        let proofs: Vec<_> = after(&wire, "appsecret_proof=").into_iter().filter(|proof| proof.len() == 64).map(str::to_owned).collect();
        for (number, token) in tokens.iter().enumerate() {
            self.hidden.push(Hidden::new(format!("token {number}"), token));
        }
        for (number, proof) in proofs.iter().enumerate() {
            self.hidden.push(Hidden::new(format!("proof {number}"), proof));
        }
        let unseen: Vec<_> = self.hidden.iter().filter(|hidden| hidden.is_in(&wire)).collect();
        assert!(unseen.len() > tokens.len() + proofs.len(), "the eyes do not even find what went over the wire");
        (tokens.len(), proofs.len())
    }
}

/// A file, as text as far as it is text.
pub(crate) fn contents(file: &Path) -> String {
    String::from_utf8_lossy(&std::fs::read(file).unwrap()).into_owned()
}
