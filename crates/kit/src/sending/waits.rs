//! How long wait those that wait already.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use chrono::{DateTime, Utc};
use link_core::words::ids::{AccountKey, ConversationKey};
use link_core::words::page::PageQuery;
use link_core::words::platform::Road;
use link_core::words::rates::RateKind;
use link_core::words::view::View;
use link_sync::{Intent, IntentQuery, IntentState, Priority};

use crate::inbox::Inbox;
use crate::problem::Problem;

/// Most open intents of one conversation that are looked at for those that go before another.
const LINE: u32 = 100;

/// Until when those are held up that are alike, once it was asked.
type Asked = BTreeMap<(AccountKey, Road, RateKind, Priority), Option<DateTime<Utc>>>;

impl Inbox {
    /// Tells those that wait when they are sent at the earliest: what is throttled since they were accepted holds them up too, and so does whatever
    /// goes before them in their conversation, and nobody touches their rows for it.
    pub(crate) async fn tell_waits<'a>(&self, intents: impl Iterator<Item = &'a mut Intent> + Send) -> Result<(), Problem> {
        let (mut asked, mut lines) = (Asked::new(), BTreeMap::new());
        for intent in intents.filter(|intent| matches!(intent.state, IntentState::Queued)) {
            let line = match lines.entry(intent.conversation()) {
                Entry::Occupied(line) => line.into_mut(),
                Entry::Vacant(line) => {
                    let read = self.line(line.key()).await;
                    line.insert(read)
                }
            };
            let mut until = self.earliest(intent, &mut asked).await?;
            for ahead in line.iter().filter(|other| other.goes_before(intent)) {
                until = until.max(self.earliest(ahead, &mut asked).await?);
            }
            intent.available_at = until;
        }
        Ok(())
    }

    /// Until when something new of this priority would wait for what goes before it in its conversation; `None` if for nothing. What is in less of a
    /// hurry would be hurried by it, and waits as if it were in as much.
    pub(super) async fn behind_others(&self, key: &ConversationKey, priority: Priority) -> Result<Option<DateTime<Utc>>, Problem> {
        let (mut asked, mut last) = (Asked::new(), None);
        for mut ahead in self.line(key).await.into_iter().filter(Intent::holds_the_line) {
            if ahead.priority > priority {
                (ahead.priority, ahead.available_at) = (priority, self.0.their_clock.now());
            }
            last = last.max(Some(self.earliest(&ahead, &mut asked).await?));
        }
        Ok(last.filter(|at| *at > self.0.their_clock.now()))
    }

    /// When an intent could leave if nothing went before it.
    async fn earliest(&self, intent: &Intent, asked: &mut Asked) -> Result<DateTime<Utc>, Problem> {
        let alike = (intent.account.clone(), intent.road.clone(), intent.rate(), intent.priority);
        let until = match asked.get(&alike) {
            Some(until) => *until,
            None => *asked.entry(alike).or_insert(self.0.checkpoint.holds_up(intent, self.0.their_clock.now()).await?),
        };
        Ok(until.map_or(intent.available_at, |until| intent.available_at.max(until)))
    }

    /// What is open of a conversation, on our own behalf. A wait is told for the sake of whoever asks for something else: if it cannot be read, that is
    /// answered all the same.
    async fn line(&self, key: &ConversationKey) -> Vec<Intent> {
        let system = View::system(key.account.owner.clone(), "tell how long something waits for what goes before it");
        let query = IntentQuery::all(PageQuery::first(LINE)).of(key.clone()).open();
        match self.0.stores.outbox.intents(&system, &query).await {
            Ok(line) => line.items,
            Err(error) => {
                tracing::warn!(%error, account = %key.account.account, "what goes before a message could not be read; its wait is told without");
                Vec::new()
            }
        }
    }
}
