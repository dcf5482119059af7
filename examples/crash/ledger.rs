//! The driver's own ledger: every message that was written, and every answer that was asked for.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use link_sandbox::Controls;
use serde_json::Value;

use crate::Result;
use crate::embedder::Wanted;

/// A message, as the platform has it at the end.
#[derive(Clone, Debug)]
pub(crate) struct Said {
    pub(crate) account: String,
    pub(crate) peer: String,
    pub(crate) text: String,
    /// Pictures that came with it.
    pub(crate) pictures: usize,
    /// When it was written, by the platform's clock: it is told of all of them at the end.
    pub(crate) at: Option<DateTime<Utc>>,
    /// By the customer.
    pub(crate) inbound: bool,
    pub(crate) unsent: bool,
    pub(crate) edits: u32,
    /// The customer's reaction to it.
    pub(crate) reaction: Option<String>,
}

impl Said {
    pub(crate) const fn new(account: String, peer: String, text: String, inbound: bool) -> Self {
        Self { account, peer, text, pictures: 0, at: None, inbound, unsent: false, edits: 0, reaction: None }
    }

    #[must_use]
    pub(crate) const fn with_pictures(mut self, pictures: usize) -> Self {
        self.pictures = pictures;
        self
    }
}

/// An answer that was asked for.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) wanted: Wanted,
    /// What the embedder said, if it was heard.
    pub(crate) said: Option<TakenOn>,
}

/// Whether an answer is taken on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TakenOn {
    Yes,
    /// It does not know the customer, or not yet that the customer wrote.
    No,
}

/// Everything that was done.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    /// Messages by id.
    pub(crate) said: BTreeMap<String, Said>,
    /// Answers by key.
    pub(crate) asked: BTreeMap<String, Asked>,
    /// Calls that send something and were planned to go wrong.
    pub(crate) spoilt: usize,
}

impl Ledger {
    /// What was written before anybody linked anything, which nobody is told of.
    pub(crate) fn from_before(world: &Value) -> Self {
        let mut ledger = Self::default();
        ledger.complete(world);
        ledger
    }

    /// Adds the answers that reached the platform, which it lists under ids that only it knows, and when everything was written. Its memory
    /// must be the ledger's: another text, other pictures, somebody who wrote what nobody asked for, or the same answer twice, is a line of
    /// what is returned.
    pub(crate) fn complete(&mut self, world: &Value) -> Vec<String> {
        let mut wrong = Vec::new();
        let mut answered: BTreeMap<String, String> = BTreeMap::new();
        let keys: BTreeMap<String, String> = self.asked.iter().map(|(key, asked)| (asked.wanted.text.clone(), key.clone())).collect();
        for conversation in world["conversations"].as_array().into_iter().flatten() {
            for message in conversation["messages"].as_array().into_iter().flatten() {
                let told = |name: &str| message[name].as_str().unwrap_or_default().to_owned();
                let (mid, text, at) = (told("mid"), told("text"), told("at").parse().ok());
                let pictures = message["attachments"].as_array().map_or(0, Vec::len);
                if let Some(said) = self.said.get_mut(&mid) {
                    said.at = at;
                    if (&said.text, said.pictures, Some(said.unsent)) != (&text, pictures, message["unsent"].as_bool()) {
                        wrong.push(format!("the ledger is wrong about {mid}"));
                    }
                    continue;
                }
                match keys.get(&text) {
                    Some(key) if answered.insert(key.clone(), mid.clone()).is_some() => wrong.push(format!("answer {key} was sent twice")),
                    Some(_) => {}
                    None => wrong.push(format!("nobody asked for {mid}: {text:?}")),
                }
                let of = |name: &str| conversation[name].as_str().unwrap_or_default().to_owned();
                let said = Said::new(of("account"), of("scoped_id"), text, told("from") == "customer");
                self.said.insert(mid, Said { at, ..said.with_pictures(pictures) });
            }
        }
        wrong
    }
}

/// Which messages the embedder acknowledged, whatever became of them afterwards.
pub(crate) async fn acknowledged(meta: &Controls) -> Result<BTreeSet<String>> {
    let (mut after, mut mids) = (0, BTreeSet::new());
    loop {
        let page = meta.deliveries(after).await?;
        if page.data.is_empty() {
            return Ok(mids);
        }
        after = page.next;
        for delivery in page.data.iter().filter(|it| it["status"] == 200) {
            let body: Value = serde_json::from_str(delivery["body"].as_str().unwrap_or_default()).unwrap_or_default();
            let entries = body["entry"].as_array().into_iter().flatten();
            let items = entries.flat_map(|entry| entry["messaging"].as_array().into_iter().flatten());
            let messages = items.map(|item| &item["message"]).filter(|message| message["is_deleted"] != true);
            mids.extend(messages.filter_map(|message| message["mid"].as_str().map(str::to_owned)));
        }
    }
}
