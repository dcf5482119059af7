//! What is kept although it is no message: labels, opt-ins, policy notices, and everything unknown.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use link_core::words::ids::{AccountKey, MessageId, MessageKey, ScopedId};
use link_core::words::platform::Road;
use link_core::words::raw::Raw;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

/// One thing that happened and is no message, as it came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Notice {
    /// The account it happened at.
    pub account: AccountKey,
    /// The road it came by.
    pub road: Road,
    /// The person it is about, if told.
    pub peer: Option<ScopedId>,
    /// Its word: `change:feed`, `optin`, `policy_enforcement`, `unknown`, ...
    pub kind: String,
    /// When it happened, or as of when it was told first.
    pub at: DateTime<Utc>,
    /// True if the platform's memory told it without a time: then every telling of it has another one, and none of them counts.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_timeless: bool,
    /// The untouched item.
    pub raw: Raw,
    /// The message it is about, if it names one. When that is taken back, nothing of this is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<MessageId>,
}

impl Notice {
    /// A notice as it came.
    pub const fn new(account: AccountKey, road: Road, peer: Option<ScopedId>, kind: String, at: DateTime<Utc>, raw: Raw) -> Self {
        Self { account, road, peer, kind, at, is_timeless: false, raw, message: None }
    }

    /// About a message.
    #[must_use]
    pub fn about(mut self, message: Option<MessageId>) -> Self {
        self.message = message;
        self
    }

    /// The key of the message it is about.
    pub fn message_key(&self) -> Option<MessageKey> {
        let (account, road) = (self.account.clone(), self.road.clone());
        Some(MessageKey { account, road, id: self.message.clone()? })
    }

    /// True if it is about this message.
    pub(crate) fn is_about(&self, key: &MessageKey) -> bool {
        self.message.as_ref() == Some(&key.id) && self.road == key.road && self.account == key.account
    }

    /// Told by the platform's memory, and without a time.
    #[must_use]
    pub const fn timeless(mut self, is_timeless: bool) -> Self {
        self.is_timeless = is_timeless;
        self
    }

    /// What makes it this one at its account: the same item told twice has the same digest, and is kept once. Owner and account are not in it;
    /// they are a part of the key beside it.
    pub fn digest(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        // What the history tells has an id of its own, and earlier versions did not know of whom it is.
        let told = (!self.is_timeless).then(|| (self.at.to_rfc3339(), self.peer.as_ref().map_or("", ScopedId::as_str)));
        let (at, peer) = told.unwrap_or_default();
        for part in [self.road.as_str(), peer, &self.kind, &at, self.raw.as_str()] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
        hash.finalize().into()
    }
}

/// An object without the members that are tokens: those whose name ends so. The others stay digit by digit, in the order of their names.
pub(crate) fn without_tokens(raw: &Raw) -> Raw {
    let Ok(mut members) = serde_json::from_str::<BTreeMap<String, &RawValue>>(raw.as_str()) else { return raw.clone() };
    let before = members.len();
    members.retain(|name, _| !name.ends_with("_token"));
    let stripped = (members.len() < before).then(|| serde_json::to_string(&members).and_then(Raw::parse).ok()).flatten();
    stripped.unwrap_or_else(|| raw.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_earlier_versions_kept_reads_and_is_the_same_notice() {
        let old = r#"
            {"account":{"owner":"o","account":{"platform":"instagram","id":"1"}},"road":"facebook",
             "peer":null,"kind":"message","at":"2026-11-27T12:00:00Z","raw":{"message":{"id":"m1"}}}"#;
        let old: Notice = serde_json::from_str(old).unwrap();
        assert_eq!(old.message_key(), None);
        let new = old.clone().about(Some(MessageId::new("m1").unwrap()));
        assert_eq!(new.digest(), old.digest(), "what is told once more stands twice");
    }

    #[test]
    fn a_right_to_write_to_somebody_is_not_kept_with_their_opt_in() {
        let raw = Raw::parse(r#"{"type":"one_time","one_time_notif_token":"SECRET","n":12345678901234567890.10}"#).unwrap();
        assert_eq!(without_tokens(&raw).as_str(), r#"{"n":12345678901234567890.10,"type":"one_time"}"#);
        let plain = Raw::parse(r#"{"ref":"shop" }"#).unwrap();
        assert_eq!(without_tokens(&plain), plain, "what has no token is kept as it came");
    }
}
