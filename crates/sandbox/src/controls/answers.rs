//! What the sandbox answers to its controls.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

/// A message that a customer wrote.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Written {
    /// The message's id. Absent when only a link with a `ref` was followed.
    #[serde(default)]
    pub mid: String,
    /// The conversation's id.
    pub conversation: String,
    /// When it was written (RFC 3339).
    pub at: String,
}

/// Tokens of the Facebook road.
#[derive(Clone, Debug, Deserialize)]
#[non_exhaustive]
pub struct Tokens {
    /// A long-lived user token.
    pub user_token: String,
    /// A token that does not expire for each Page, by Page id.
    pub page_tokens: BTreeMap<String, String>,
}

/// A stretch of a ledger.
#[derive(Clone, Debug, Deserialize)]
#[non_exhaustive]
pub struct Ledger {
    /// The entries, oldest first.
    pub data: Vec<Value>,
    /// The number to read on after.
    pub next: u64,
    /// How many entries after the number that was read on from are there no more, because a ledger keeps only so many.
    #[serde(default)]
    pub lost: u64,
}
