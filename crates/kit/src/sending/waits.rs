//! How long wait those that wait already.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use link_core::words::ids::AccountKey;
use link_core::words::platform::Road;
use link_core::words::rates::RateKind;
use link_sync::{Intent, IntentState, Priority};

use crate::inbox::Inbox;
use crate::problem::Problem;

impl Inbox {
    /// Tells those that wait when they are sent at the earliest: what is throttled since they were accepted holds them up too, and nobody touches
    /// their rows for it.
    pub(crate) async fn tell_waits<'a>(&self, intents: impl Iterator<Item = &'a mut Intent> + Send) -> Result<(), Problem> {
        let now = self.0.their_clock.now();
        let mut asked: BTreeMap<(AccountKey, Road, RateKind, Priority), Option<DateTime<Utc>>> = BTreeMap::new();
        for intent in intents.filter(|intent| matches!(intent.state, IntentState::Queued)) {
            let alike = (intent.account.clone(), intent.road.clone(), intent.rate(), intent.priority);
            let until = match asked.get(&alike) {
                Some(until) => *until,
                None => *asked.entry(alike).or_insert(self.0.checkpoint.holds_up(intent, now).await?),
            };
            intent.available_at = until.map_or(intent.available_at, |until| intent.available_at.max(until));
        }
        Ok(())
    }
}
