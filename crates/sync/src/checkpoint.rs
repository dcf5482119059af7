//! The one place that everything passes on its way out: gates, then policy, then budget.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use link_core::linking::connection::ConnectionKey;
use link_core::words::activity::Activity;
use link_core::words::error::Result;
use link_core::words::gate::{Ask, Gate, Verdict};
use link_core::words::outgoing::{Outgoing, Writer};
use link_core::words::refusal::Refusal;

use crate::budget::{Budget, Permit, Rate};
use crate::carrier::Carriers;
use crate::conversation::Conversation;
use crate::intent::{Intent, intent_of};
use crate::policy::{self, Case, Facts, Knowledge, NothingKnown};

/// Asks everybody who may refuse a send, always in the same order: each gate in turn (permissions, then privacy), the policy (content and
/// window), and at last the budget. The first refusal ends it, and nobody after it is asked.
#[derive(Clone)]
pub struct Checkpoint {
    gates: Arc<[Arc<dyn Gate>]>,
    carriers: Carriers,
    budget: Arc<dyn Budget>,
    knowledge: Arc<dyn Knowledge>,
}

/// One try to send.
#[derive(Debug, Clone, Copy)]
pub struct Attempt<'a> {
    /// Who wants what, where.
    pub ask: &'a Ask,
    /// What is to be said.
    pub outgoing: &'a Outgoing,
    /// Who wrote it.
    pub writer: Writer,
    /// The conversation as it stands.
    pub conversation: Option<&'a Conversation>,
    /// Now.
    pub now: DateTime<Utc>,
}

/// What the checkpoint says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Passage {
    /// Go.
    Go,
    /// It may be sent, but not before this.
    Wait(DateTime<Utc>),
    /// It may not be sent.
    Refused(Refusal),
}

/// Whether the budget is asked when it will be, or taken from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spend {
    /// Only ask.
    Forecast,
    /// Take the right to one call.
    Take,
}

impl Checkpoint {
    /// A checkpoint with these gates, in this order.
    pub fn new(gates: impl IntoIterator<Item = Arc<dyn Gate>>, carriers: Carriers, budget: Arc<dyn Budget>) -> Self {
        Self { gates: gates.into_iter().collect(), carriers, budget, knowledge: Arc::new(NothingKnown) }
    }

    /// Going by what somebody knows of comments, accounts and files besides.
    #[must_use]
    pub fn with_knowledge(mut self, knowledge: Arc<dyn Knowledge>) -> Self {
        self.knowledge = knowledge;
        self
    }

    /// Asks everybody.
    pub async fn pass(&self, attempt: Attempt<'_>, spend: Spend) -> Result<Passage> {
        let facts = self.facts(&attempt).await?;
        for ask in policy::asks(attempt.ask, attempt.outgoing, &facts) {
            if let Some(refusal) = self.gates_refuse(&ask).await? {
                return Ok(Passage::Refused(refusal));
            }
        }
        let carrier = match self.carriers.of(&attempt.ask.account.account.platform) {
            Ok(carrier) => carrier,
            Err(refusal) => return Ok(Passage::Refused(refusal)),
        };
        let account = &attempt.ask.account.account;
        let case = Case::new(attempt.outgoing, account, &attempt.ask.road, &facts, attempt.now);
        if let Err(refusal) = policy::check(&case.by(attempt.writer).within(attempt.conversation), carrier.capabilities) {
            return Ok(Passage::Refused(refusal));
        }
        let rate = Rate::of(attempt.outgoing);
        let permit = match spend {
            Spend::Forecast => self.budget.forecast(account, rate, carrier.capabilities, attempt.now).await?,
            Spend::Take => self.budget.take(account, rate, carrier.capabilities, attempt.now).await?,
        };
        Ok(match permit {
            Permit::Now => Passage::Go,
            Permit::At(at) => Passage::Wait(at),
        })
    }

    /// Who knows the circumstances.
    pub(crate) fn knowledge(&self) -> &dyn Knowledge {
        &*self.knowledge
    }

    /// What is known of the circumstances.
    pub(crate) async fn facts(&self, attempt: &Attempt<'_>) -> Result<Facts> {
        let connection = ConnectionKey { account: attempt.ask.account.clone(), road: attempt.ask.road.clone() };
        let own = attempt.outgoing.metadata.as_deref().and_then(intent_of);
        self.knowledge.facts(&connection, attempt.outgoing, own, attempt.now).await
    }

    /// Asks the gates only: for what is no send, such as reading the history.
    pub async fn gates_refuse(&self, ask: &Ask) -> Result<Option<Refusal>> {
        for gate in self.gates.iter() {
            if let Verdict::Refused(refusal) = gate.ask(ask).await? {
                return Ok(Some(refusal));
            }
        }
        Ok(None)
    }

    /// The budget that is asked last.
    pub(crate) fn budget(&self) -> &dyn Budget {
        &*self.budget
    }

    /// The platforms.
    pub(crate) const fn carriers(&self) -> &Carriers {
        &self.carriers
    }

    /// Makes an intent of what passes: the only way to a [`Cleared`]. What has to wait for the budget is told so beforehand.
    pub async fn clear(&self, attempt: Attempt<'_>, mut intent: Intent) -> Result<Result<Cleared, Refusal>> {
        match self.pass(attempt, Spend::Forecast).await? {
            Passage::Refused(refusal) => return Ok(Err(refusal)),
            Passage::Wait(at) => intent.available_at = at,
            Passage::Go => {}
        }
        Ok(Ok(Cleared(intent)))
    }
}

/// An intent that passed the checkpoint: the only thing an outbox takes. Nobody else can make one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cleared(Intent);

impl Cleared {
    /// The intent.
    pub const fn intent(&self) -> &Intent {
        &self.0
    }

    /// The act that an outbox records with it, in the same transaction.
    pub fn act(&self) -> Activity {
        Activity::of(&self.0.by, "message.send", self.0.created_at).on(self.0.id)
    }

    /// An intent that nobody checked, for tests of outboxes.
    #[cfg(any(test, feature = "testing"))]
    pub const fn unchecked(intent: Intent) -> Self {
        Self(intent)
    }
}
