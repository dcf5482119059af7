//! Whose turn it is.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use link_core::words::ids::{AccountKey, IntentId};

use crate::budget::Priority;

/// Something at the head of its conversation that could be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting<T> {
    /// Of whose account.
    pub account: AccountKey,
    /// The highest priority of what waits behind it, its own included.
    pub priority: Priority,
    /// When it was accepted by us, and its id: of one account the oldest goes first.
    pub since: (DateTime<Utc>, IntentId),
    /// When the account was last served; never is longest ago.
    pub served: Option<DateTime<Utc>>,
    /// What it is to the store.
    pub of: T,
}

/// What goes first, at most `limit` of it, for stores to share: the highest priority; of one priority each account in turn, the one that was
/// served longest ago first; of one account the oldest.
pub fn in_turn<T>(mut waiting: Vec<Waiting<T>>, limit: usize) -> Vec<Waiting<T>> {
    waiting.sort_by_key(|each| (each.priority, each.since));
    let mut rounds: BTreeMap<(AccountKey, Priority), usize> = BTreeMap::new();
    let mut ranked: Vec<(usize, Waiting<T>)> = Vec::with_capacity(waiting.len());
    for each in waiting {
        let round = rounds.entry((each.account.clone(), each.priority)).or_default();
        ranked.push((*round, each));
        *round += 1;
    }
    ranked.sort_by(|(x, a), (y, b)| (a.priority, x, a.served, a.since).cmp(&(b.priority, y, b.served, b.since)));
    ranked.into_iter().take(limit).map(|(_, each)| each).collect()
}
