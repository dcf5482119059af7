//! One day at one account, and what was brought about on it.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use link_kit::{AccountKey, ConversationKey, Feature, Message, MessageKey, Notice};
use serde_json::{Value, json};

use crate::stage::{APP, Stage, whole};

/// A day: Ada is the customer, and every event of the catalogue is ticked off as it happens.
pub(crate) struct Day {
    pub(crate) stage: Stage,
    pub(crate) account: String,
    happened: BTreeSet<String>,
    http: reqwest::Client,
}

impl Day {
    /// The shop is linked with comments, and its own app is the first to get what people write.
    pub(crate) async fn at(account: &str) -> Self {
        let stage = Stage::set().built(|builder| builder.features(&[Feature::COMMENTS])).linked().await;
        let kind = if account.starts_with("178") { "instagram" } else { "pages" };
        stage.meta.seed(&json!({kind: [{"id": account, "default_app": APP}]})).await.unwrap();
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let day = Self { stage, account: account.to_owned(), happened: BTreeSet::new(), http };
        day.stage.pass(TimeDelta::minutes(1)).await;
        day
    }

    async fn post(&self, path: &str, body: &Value) -> Value {
        self.stage.pass(TimeDelta::milliseconds(1_100)).await;
        let answer = self.http.post(format!("{}/_sandbox/{path}", self.stage.meta.facebook())).json(body).send().await.unwrap();
        let answer: Value = answer.json().await.unwrap();
        assert!(answer.get("error").is_none(), "{path}: {answer}");
        answer
    }

    /// Ada writes; the id of the message.
    pub(crate) async fn writes(&mut self, event: &str, mut message: Value) -> String {
        message["to"] = json!(self.account);
        self.happened.insert(event.to_owned());
        self.post("customers/c1/messages", &message).await["mid"].as_str().unwrap_or_default().to_owned()
    }

    /// Ada does something else; the id of what it is about.
    pub(crate) async fn acts(&mut self, event: &str, mut action: Value) -> String {
        action["to"] = json!(self.account);
        self.happened.insert(event.to_owned());
        let answer = self.post("customers/c1/actions", &action).await;
        let id = answer["mid"].as_str().or_else(|| answer["account_linking_token"].as_str());
        id.unwrap_or_default().to_owned()
    }

    /// Something happens that nothing in the sandbox's world causes.
    pub(crate) async fn tells(&mut self, event: &str, mut more: Value) -> String {
        (more["event"], more["to"]) = (json!(event), json!(self.account));
        self.happened.insert(event.to_owned());
        self.post("events", &more).await["mid"].as_str().unwrap_or_default().to_owned()
    }

    /// Somebody of the shop answers in Meta's own app.
    pub(crate) async fn staff(&mut self, event: &str, mut message: Value) -> String {
        message["to"] = json!("c1");
        self.happened.insert(event.to_owned());
        self.post(&format!("staff/{}/messages", self.account), &message).await["mid"].as_str().unwrap_or_default().to_owned()
    }

    /// Ticks off what happened in another way.
    pub(crate) fn saw(&mut self, event: &str) {
        self.happened.insert(event.to_owned());
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.stage.clock.time()
    }

    /// Everything arrives.
    pub(crate) async fn settles(&self) {
        self.stage.settle().await;
        assert_eq!(self.stage.kit.figures().await.unwrap().journal.poisoned, 0, "something could not be applied");
    }

    pub(crate) fn key(&self) -> AccountKey {
        let account = if self.account.starts_with("178") { crate::stage::instagram() } else { crate::stage::page() };
        AccountKey::new(self.stage.viewer.owner.clone(), account)
    }

    /// The messages of the account, by id.
    pub(crate) async fn messages(&self) -> BTreeMap<String, (MessageKey, Message)> {
        let all = self.stage.messages(&self.stage.viewer).await.into_iter();
        all.filter(|(key, _)| key.account == self.key()).map(|(key, message)| (key.id.as_str().to_owned(), (key, message))).collect()
    }

    /// Ada's conversation.
    pub(crate) async fn conversation(&self) -> ConversationKey {
        let (key, message) = self.messages().await.into_values().next().unwrap();
        ConversationKey { account: key.account, peer: message.peer.unwrap() }
    }

    pub(crate) async fn notices(&self) -> Vec<Notice> {
        let all = whole(async |page| self.stage.kit.inbox().notices(&self.stage.viewer, &page).await.unwrap()).await;
        all.into_iter().filter(|notice| notice.account == self.key()).collect()
    }

    /// What the catalogue knows of this account's object by Facebook Login and has not happened, but for what cannot happen today.
    pub(crate) async fn missed(&self, not_today: &[(&str, &str)]) -> Vec<String> {
        let object = if self.account.starts_with("178") { "instagram" } else { "page" };
        let catalogue = self.http.get(format!("{}/_sandbox/events", self.stage.meta.facebook())).send().await.unwrap();
        let catalogue: Value = catalogue.json().await.unwrap();
        let entries = catalogue["data"].as_array().unwrap().iter();
        let here = entries.filter(|it| it["object"] == object && it["roads"].as_array().unwrap().iter().any(|road| road == "facebook"));
        let names: BTreeSet<String> = here.map(|entry| entry["name"].as_str().unwrap().to_owned()).collect();
        for (name, _) in not_today {
            assert!(names.contains(*name) && !self.happened.contains(*name), "{name} is excused for nothing");
        }
        names.into_iter().filter(|name| !self.happened.contains(name) && !not_today.iter().any(|(not, _)| not == name)).collect()
    }
}
