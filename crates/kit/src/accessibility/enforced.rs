//! What the platform does to accounts for its policies, as findings.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use link_core::Result;
use link_core::linking::accessibility::{FindingStore, examined};
use link_core::linking::causes::{POLICY_ENFORCED, POLICY_WARNED, WARNED};
use link_core::linking::store::LinkStore;
use link_core::words::clock::Clock;
use link_core::words::feed::{Feed, FeedQuery, Happening, What};
use link_core::words::finding::{Cause, Check};
use link_core::words::ids::AccountKey;
use link_core::words::page::PageQuery;
use link_core::words::view::View;
use link_core::words::work::{Next, Work};
use link_sync::{Intent, IntentQuery, IntentState, MessageStore, Outbox};

/// The name under which this work keeps its place in the feed.
const READER: &str = "link-kit enforcement";
/// How many happenings are looked at in one step.
const BATCH: u32 = 500;
/// How many wishes are looked through for one that the platform took.
const WISHES: u32 = 200;
/// What left so soon after a block was told may have been taken before it was enforced.
const UNDER_WAY: TimeDelta = TimeDelta::minutes(10);

/// What the platform said of accounts, and what it took from them since.
#[derive(Clone)]
pub(crate) struct Enforced {
    pub(crate) messages: Arc<dyn MessageStore>,
    pub(crate) outbox: Arc<dyn Outbox>,
    /// The platform's: what it said is as of its own time.
    pub(crate) clock: Arc<dyn Clock>,
}

impl Enforced {
    /// What the platform holds against an account, looked for. It is the account's, by whatever road it is reached.
    pub(crate) async fn checks(&self, account: &AccountKey) -> Result<[Check; 2]> {
        let view = View::system(account.owner.clone(), "see what the platform does to an account for its policies");
        let state = self.messages.account(&view, account).await?.unwrap_or_default();
        let block = match state.block() {
            Some(told) if self.took_since(&view, account, told.as_of).await? => None,
            block => block,
        };
        let blocked = block.map(|told| (told.as_of, told.value.reason.as_deref()));
        let warning = state.unanswered_warning().filter(|told| self.clock.now() - told.as_of < WARNED);
        let warned = warning.map(|told| (told.as_of, told.value.as_deref()));
        let checks = [told(&POLICY_ENFORCED, blocked), told(&POLICY_WARNED, warned)];
        Ok(checks.map(|check| check.at(account.account.clone())))
    }

    /// Whether the platform took something that was tried after a time: then it keeps the account from nothing any more, whatever it told.
    async fn took_since(&self, view: &View, account: &AccountKey, since: DateTime<Utc>) -> Result<bool> {
        let newest = IntentQuery::all(PageQuery::first(WISHES)).newest_first();
        let after = |intent: &Intent| intent.tried_at.is_some_and(|tried| tried > since + UNDER_WAY);
        let taken = |intent: &Intent| {
            intent.account == *account && matches!(intent.state, IntentState::Sent { .. } | IntentState::Done { .. }) && after(intent)
        };
        Ok(self.outbox.intents(view, &newest).await?.items.iter().any(taken))
    }
}

fn told(cause: &'static Cause, told: Option<(DateTime<Utc>, Option<&str>)>) -> Check {
    let Some((since, reason)) = told else { return cause.absent() };
    let since = since.format("since %-d %B %Y %H:%M UTC");
    cause.found().with(reason.map_or_else(|| since.to_string(), |reason| format!("{since}, \u{201c}{reason}\u{201d}")))
}

/// The work that has it found as soon as the platform told it, instead of at the next round.
pub(crate) struct Enforcement {
    pub(crate) enforced: Enforced,
    pub(crate) feed: Arc<dyn Feed>,
    pub(crate) links: Arc<dyn LinkStore>,
    pub(crate) findings: Arc<dyn FindingStore>,
}

impl Enforcement {
    async fn note(&self, happening: &Happening) -> Result<()> {
        let (What::AccountChanged, Some(account)) = (&happening.what, &happening.account) else { return Ok(()) };
        let (owner, account) = (&happening.owner, AccountKey::new(happening.owner.clone(), account.clone()));
        let view = View::system(owner.clone(), "see whether an account is linked that the platform speaks of");
        let connections = self.links.connections(&view).await?;
        if !connections.iter().any(|connection| connection.key.account == account) {
            return Ok(());
        }
        let (found, now) = (self.enforced.checks(&account).await?, self.enforced.clock.now());
        self.findings.update(owner, &|stored| examined(owner, stored, &found, now)).await?;
        Ok(())
    }
}

#[async_trait]
impl Work for Enforcement {
    fn name(&self) -> &'static str {
        "note what the platform enforces"
    }

    async fn step(&self) -> Result<Next> {
        let after = self.feed.position(READER).await?;
        let news = self.feed.read(&FeedQuery { after, limit: BATCH }).await?;
        for (_, happening) in &news {
            match self.note(happening).await {
                // What does not read is one owner's, and found by their next round if it can be.
                Err(error) if !error.is_retryable() => {
                    tracing::warn!(%error, owner = %happening.owner, "what the platform enforces could not be noted");
                }
                noted => noted?,
            }
        }
        let Some((upto, _)) = news.last() else { return Ok(Next::Idle) };
        self.feed.keep(READER, *upto).await?;
        Ok(Next::Again)
    }
}
