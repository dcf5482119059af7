//! What is kept although it is no message: comments, labels, opt-ins, policy notices, and everything unknown.

use chrono::{DateTime, Utc};
use link_core::words::ids::{AccountKey, ScopedId};
use link_core::words::platform::Road;
use link_core::words::raw::Raw;
use serde::{Deserialize, Serialize};
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
    /// When it happened, or as of when it was told.
    pub at: DateTime<Utc>,
    /// The untouched item.
    pub raw: Raw,
}

impl Notice {
    /// A notice as it came.
    pub const fn new(account: AccountKey, road: Road, peer: Option<ScopedId>, kind: String, at: DateTime<Utc>, raw: Raw) -> Self {
        Self { account, road, peer, kind, at, raw }
    }

    /// What makes it this one at its account: the same item told twice has the same digest, and is kept once. Owner and account are not in it;
    /// they are a part of the key beside it.
    pub fn digest(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        for part in
            [self.road.as_str(), self.peer.as_ref().map_or("", ScopedId::as_str), &self.kind, &self.at.to_rfc3339(), self.raw.as_str()]
        {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
        hash.finalize().into()
    }
}
