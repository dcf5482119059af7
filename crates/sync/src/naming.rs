//! Asking who somebody is, once they wrote.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use link_core::linking::connection::ConnectionKey;
use link_core::words::clock::Clock;
use link_core::words::error::Result;
use link_core::words::event::{Channel, Event, Profile, Said};
use link_core::words::feed::{Feed, FeedQuery, Happening, What};
use link_core::words::gate::{Ask, By};
use link_core::words::ids::{AccountKey, ConversationKey, ScopedId};
use link_core::words::platform::{Feature, Road};
use link_core::words::ports::Access;
use link_core::words::rates::RateKind;
use link_core::words::view::View;
use link_core::words::work::{Next, Work};

use crate::apply::apply;
use crate::budget::{Permit, Priority};
use crate::carrier::{Accesses, Carrier};
use crate::checkpoint::Checkpoint;
use crate::piece::Fact;
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
        Self { checkpoint, feed, messages, accesses, clock, asked: Mutex::default() }
    }

    /// Names the person of a happening; answers until when to wait, if the budget says so.
    async fn name(&self, happening: &Happening) -> Result<Option<DateTime<Utc>>> {
        let (What::MessageReceived { peer, road, .. }, Some(account)) = (&happening.what, &happening.account) else { return Ok(None) };
        let account = AccountKey::new(happening.owner.clone(), account.clone());
        let conversation = ConversationKey { account: account.clone(), peer: peer.clone() };
        let connection = ConnectionKey { account, road: road.clone() };
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
            self.tell(&connection, peer, road, profile).await?;
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

    async fn tell(&self, connection: &ConnectionKey, peer: &ScopedId, road: &Road, profile: Profile) -> Result<()> {
        let account = connection.account.account.clone();
        let mut event = Event::new(account, road.clone(), Channel::Answer, self.clock.now(), Said::Profile(profile));
        event.sender = Some(peer.clone());
        apply(&*self.messages, &[Fact::new(connection.account.owner.clone(), None, event)]).await
    }

    fn asked(&self) -> std::sync::MutexGuard<'_, HashMap<ConversationKey, DateTime<Utc>>> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Work for Naming {
    fn name(&self) -> &'static str {
        "naming"
    }

    async fn step(&self) -> Result<Next> {
        let after = self.feed.position(READER).await?;
        let told = self.feed.read(&FeedQuery { after, limit: BATCH }).await?;
        if told.is_empty() {
            return Ok(Next::Idle);
        }
        let mut kept = after;
        for (place, happening) in &told {
            match self.name(happening).await {
                Ok(None) => kept = *place,
                Ok(Some(until)) => {
                    self.feed.keep(READER, kept).await?;
                    return Ok(Next::At(until));
                }
                Err(error) if error.is_retryable() => return Err(error),
                // One owner's broken account keeps nobody else nameless.
                Err(error) => {
                    tracing::warn!(%error, owner = %happening.owner, "somebody could not be named");
                    kept = *place;
                }
            }
        }
        self.feed.keep(READER, kept).await?;
        Ok(Next::Again)
    }
}
