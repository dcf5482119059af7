//! Asking who somebody is, once they wrote.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use link_core::linking::connection::ConnectionKey;
use link_core::words::clock::Clock;
use link_core::words::error::Result;
use link_core::words::event::{Channel, Event, Profile, Said};
use link_core::words::feed::{Feed, FeedQuery, Happening, What};
use link_core::words::gate::{Ask, By};
use link_core::words::ids::{AccountKey, ConversationKey, ScopedId};
use link_core::words::platform::Feature;
use link_core::words::ports::Access;
use link_core::words::rates::RateKind;
use link_core::words::view::View;
use link_core::words::work::{Next, Work};

use crate::apply::apply;
use crate::budget::{Permit, Priority};
use crate::carrier::{Accesses, Carrier};
use crate::checkpoint::Checkpoint;
use crate::piece::Fact;
use crate::queue::{Queue, Told};
use crate::store::MessageStore;

/// The name under which this work keeps its place in the feed.
const READER: &str = "link-kit naming";
/// How many happenings are looked at in one step.
const BATCH: u32 = 100;
/// Somebody who is not shown to us is asked about again after this.
const AGAIN: TimeDelta = TimeDelta::days(1);
/// How many people are remembered as asked about.
const REMEMBERED: usize = 10_000;

/// The work that gives names to people who wrote, where the owner wants that and the permission is there. Without it nobody is asked about
/// and a person is shown by their id.
pub struct Naming {
    checkpoint: Checkpoint,
    feed: Arc<dyn Feed>,
    messages: Arc<dyn MessageStore>,
    accesses: Arc<dyn Accesses>,
    clock: Arc<dyn Clock>,
    asked: Mutex<HashMap<ConversationKey, DateTime<Utc>>>,
    queue: Mutex<Queue<ConversationKey>>,
}

impl Naming {
    /// Over these stores.
    pub fn new(
        checkpoint: Checkpoint,
        feed: Arc<dyn Feed>,
        messages: Arc<dyn MessageStore>,
        accesses: Arc<dyn Accesses>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { checkpoint, feed, messages, accesses, clock, asked: Mutex::default(), queue: Mutex::default() }
    }

    /// Names the person of a happening; answers until when to wait, if the budget says so.
    async fn name(&self, connection: ConnectionKey, peer: &ScopedId) -> Result<Option<DateTime<Utc>>> {
        let conversation = ConversationKey { account: connection.account.clone(), peer: peer.clone() };
        if !self.is_wanted(&conversation, &connection).await? {
            return Ok(None);
        }
        let Ok(carrier) = self.checkpoint.carriers().of(&connection.account.account.platform) else { return Ok(None) };
        let Ok(access) = self.accesses.access(&connection).await? else { return Ok(None) };
        let permit = self.checkpoint.take(&access, RateKind::Profile, Priority::Program, self.clock.now()).await?;
        if let Permit::At(at) = permit {
            return Ok(Some(at));
        }
        if let Some(profile) = self.ask(carrier, &access, &connection, peer).await? {
            self.tell(&connection, peer, profile).await?;
        }
        Ok(None)
    }

    async fn is_wanted(&self, conversation: &ConversationKey, connection: &ConnectionKey) -> Result<bool> {
        let now = self.clock.now();
        if self.asked().get(conversation).is_some_and(|at| now - *at < AGAIN) {
            return Ok(false);
        }
        let view = View::system(conversation.account.owner.clone(), "see whether a person has a name yet");
        let named = self.messages.conversation(&view, conversation).await?.is_none_or(|row| row.state.shown_name().is_some());
        if named || !self.accesses.wanted(connection).await?.is_some_and(|wanted| wanted.profiles) {
            return Ok(false);
        }
        let ask = Ask::new(By::System("show who wrote"), connection.account.clone(), connection.road.clone(), Feature::PROFILES);
        Ok(self.checkpoint.gates_refuse(&ask.towards(conversation.peer.clone())).await?.is_none())
    }

    /// What the platform tells. That it tells nothing, or fails, is no reason to hold anything up: a name is an ornament.
    async fn ask(&self, carrier: &Carrier, access: &Access, connection: &ConnectionKey, peer: &ScopedId) -> Result<Option<Profile>> {
        let conversation = ConversationKey { account: connection.account.clone(), peer: peer.clone() };
        {
            let mut asked = self.asked();
            if asked.len() >= REMEMBERED {
                asked.clear();
            }
            asked.insert(conversation, self.clock.now());
        }
        match carrier.profiles.profile(access, peer).await {
            Ok(profile) => Ok(profile),
            Err(error) => {
                tracing::info!(%error, account = %connection.account.account, "a person's name could not be read");
                self.checkpoint.heed(access, RateKind::Profile, &error, self.clock.now()).await;
                self.accesses.failed(connection, access.generation, &error).await?;
                Ok(None)
            }
        }
    }

    async fn tell(&self, connection: &ConnectionKey, peer: &ScopedId, profile: Profile) -> Result<()> {
        let account = connection.account.account.clone();
        let mut event = Event::new(account, connection.road.clone(), Channel::Answer, self.clock.now(), Said::Profile(profile));
        event.sender = Some(peer.clone());
        apply(&*self.messages, &[Fact::new(connection.account.owner.clone(), None, event)]).await
    }

    /// Names whom these happenings tell of. Whoever waits for an account's budget keeps nobody of another account waiting.
    async fn name_all(&self, told: Vec<Told>) -> Result<()> {
        let mut resting: BTreeMap<ConnectionKey, DateTime<Utc>> = BTreeMap::new();
        for told in told {
            let Some((connection, peer)) = wrote(&told.2) else { continue };
            let until = match resting.get(&connection) {
                Some(until) => Some(*until),
                None => match self.name(connection.clone(), peer).await {
                    // One owner's broken account keeps nobody else nameless.
                    Err(error) if !error.is_retryable() => {
                        tracing::warn!(%error, owner = %told.2.owner, "somebody could not be named");
                        None
                    }
                    named => named?,
                },
            };
            if let Some(until) = until {
                // Whoever writes a thousand messages is one person without a name.
                let person = ConversationKey { account: connection.account.clone(), peer: peer.clone() };
                resting.insert(connection, until);
                self.queue().wait(person, told, until);
            }
        }
        Ok(())
    }

    fn asked(&self) -> MutexGuard<'_, HashMap<ConversationKey, DateTime<Utc>>> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was taken out of the queue and not named is read again, from the place that is kept.
    fn forget(&self) {
        *self.queue() = Queue::default();
    }

    fn queue(&self) -> MutexGuard<'_, Queue<ConversationKey>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Who wrote by which connection, if that is what happened.
fn wrote(happening: &Happening) -> Option<(ConnectionKey, &ScopedId)> {
    let (What::MessageReceived { peer, road, .. }, Some(account)) = (&happening.what, &happening.account) else { return None };
    let account = AccountKey::new(happening.owner.clone(), account.clone());
    Some((ConnectionKey { account, road: road.clone() }, peer))
}

#[async_trait]
impl Work for Naming {
    fn name(&self) -> &'static str {
        "naming"
    }

    async fn step(&self) -> Result<Next> {
        let kept = self.feed.position(READER).await?;
        let mut told = self.queue().due(self.clock.now());
        let after = self.queue().after(kept);
        if let Some(after) = after {
            let news = self.feed.read(&FeedQuery { after, limit: BATCH }).await;
            let news = news.inspect_err(|_| self.forget())?;
            told.extend(self.queue().read(after, news));
        }
        if told.is_empty() {
            return Ok(self.queue().next().map_or(Next::Idle, Next::At));
        }
        self.name_all(told).await.inspect_err(|_| self.forget())?;
        let done = self.queue().done();
        self.feed.keep(READER, done).await?;
        Ok(Next::Again)
    }
}
