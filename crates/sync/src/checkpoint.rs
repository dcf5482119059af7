//! The one place that everything passes on its way out: gates, then policy, then budget.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use link_core::linking::connection::ConnectionKey;
use link_core::words::activity::Activity;
use link_core::words::error::{Error, ErrorKind, Result};
use link_core::words::gate::{Ask, Gate, Verdict};
use link_core::words::outgoing::{Outgoing, Writer};
use link_core::words::ports::Access;
use link_core::words::rates::{RateKind, Scope, Stops};
use link_core::words::refusal::Refusal;

use crate::budget::{Bounds, Budget, Guesses, Pause, Permit, Priority, Take, rate_of};
use crate::carrier::Carriers;
use crate::conversation::Conversation;
use crate::intent::{Intent, intent_of};
use crate::policy::{self, Case, Facts, Knowledge, NothingKnown};
use crate::submit::same;

/// Asks everybody who may refuse a send, always in the same order: each gate in turn (permissions, then privacy), the policy (content and
/// window), and at last the budget. The first refusal ends it, and nobody after it is asked.
#[derive(Clone)]
pub struct Checkpoint {
    gates: Arc<[Arc<dyn Gate>]>,
    carriers: Carriers,
    budget: Arc<dyn Budget>,
    knowledge: Arc<dyn Knowledge>,
    guesses: Arc<Guesses>,
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
#[derive(Debug, Clone)]
pub enum Spend<'a> {
    /// Only ask, for something that waits behind others.
    Forecast {
        /// Who waits for it.
        priority: Priority,
        /// How many calls go before it, by what they count as.
        behind: BTreeMap<RateKind, u64>,
    },
    /// Take the right to one call.
    Take {
        /// Who waits for it.
        priority: Priority,
        /// By which access it is made.
        access: &'a Access,
    },
}

impl Spend<'_> {
    /// Only ask, for what nothing else waits before.
    pub const fn forecast(priority: Priority) -> Self {
        Self::Forecast { priority, behind: BTreeMap::new() }
    }
}

/// How long calls stop at least that the platform throttles without saying for how long: those of one kind, and any others.
const SHORT: TimeDelta = TimeDelta::seconds(5);
const LONG: TimeDelta = TimeDelta::minutes(1);
/// The longest that is guessed of a throttling.
const GUESSED: TimeDelta = TimeDelta::hours(1);
/// The longest that a throttling stops anything, whatever the platform says.
const LONGEST: TimeDelta = TimeDelta::days(1);
/// How long an account writes nothing that the platform restricts: "for some hours", as Meta puts it, and nobody tells how many.
const RESTRICTED: Bounds = Bounds { shortest: TimeDelta::hours(1), longest: TimeDelta::hours(6) };

impl Checkpoint {
    /// A checkpoint with these gates, in this order.
    pub fn new(gates: impl IntoIterator<Item = Arc<dyn Gate>>, carriers: Carriers, budget: Arc<dyn Budget>) -> Self {
        Self { gates: gates.into_iter().collect(), carriers, budget, knowledge: Arc::new(NothingKnown), guesses: Arc::default() }
    }

    /// Going by what somebody knows of comments, accounts and files besides.
    #[must_use]
    pub fn with_knowledge(mut self, knowledge: Arc<dyn Knowledge>) -> Self {
        self.knowledge = knowledge;
        self
    }

    /// Asks everybody.
    pub async fn pass(&self, attempt: Attempt<'_>, spend: Spend<'_>) -> Result<Passage> {
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
        let case = case.by(attempt.writer).within(attempt.conversation);
        let leave = match policy::check(&case, carrier.capabilities) {
            Ok(leave) => leave,
            Err(refusal) => return Ok(Passage::Refused(refusal)),
        };
        let only_asks = matches!(spend, Spend::Forecast { .. });
        let kind = rate_of(attempt.outgoing, facts.is_live());
        let permit = match spend {
            Spend::Forecast { priority, behind } => {
                let take = Take::new(&attempt.ask.account.account, &attempt.ask.road, kind, carrier.capabilities, attempt.now).of(priority);
                let reach = self.knowledge.reach(&connection(attempt.ask)).await?;
                self.budget.forecast(&Take { behind, ..take.through(reach) }).await?
            }
            Spend::Take { priority, access } => {
                self.budget.take(&Take::by(access, kind, carrier.capabilities, attempt.now).of(priority)).await?
            }
        };
        Ok(match permit {
            Permit::Now => Passage::Go,
            // What could not leave before its window closes is refused at once, as it would be when its turn comes.
            Permit::At(at) if only_asks && leave.until.is_some_and(|until| until <= at) => {
                policy::check(&Case { now: at, ..case }, carrier.capabilities).map_or_else(Passage::Refused, |_| Passage::Wait(at))
            }
            Permit::At(at) => Passage::Wait(at),
        })
    }

    /// What holds an intent up that waits already, as far as is known now, and until when: what was throttled since it was accepted counts too.
    /// Takes nothing.
    pub async fn holds_up(&self, intent: &Intent, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>> {
        let Ok(carrier) = self.carriers.of(&intent.account.account.platform) else { return Ok(None) };
        let connection = ConnectionKey { account: intent.account.clone(), road: intent.road.clone() };
        let reach = self.knowledge.reach(&connection).await?;
        let take = Take::new(&intent.account.account, &intent.road, intent.rate(), carrier.capabilities, now).of(intent.priority);
        Ok(match self.budget.forecast(&take.through(reach)).await? {
            Permit::Now => None,
            Permit::At(at) => Some(at),
        })
    }

    /// Takes the right to one call that is no send. An account of a platform that is not built in cannot be called at all.
    pub async fn take(&self, access: &Access, kind: RateKind, priority: Priority, now: DateTime<Utc>) -> Result<Permit> {
        match self.carriers.of(&access.account.platform) {
            Ok(carrier) => self.budget.take(&Take::by(access, kind, carrier.capabilities, now).of(priority)).await,
            Err(_) => Ok(Permit::At(DateTime::<Utc>::MAX_UTC)),
        }
    }

    /// Heeds a failed call that says: too much. What it names makes no call until the answered time, so that a throttling is waited for and
    /// not counted as a failed try. `None` is any other failure, and a limit of [one form of message](Stops::Message) only. A pause that cannot be
    /// kept is only logged: the next call says it again.
    pub async fn heed(&self, access: &Access, kind: RateKind, error: &Error, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let carrier = self.carriers.of(&access.account.platform).ok()?;
        let stops = match error.stops() {
            None if error.kind() == ErrorKind::Throttled => Stops::Account,
            stops => stops.filter(|stops| *stops != Stops::Message)?,
        };
        let take = Take::by(access, kind, carrier.capabilities, now);
        let told = error.retry_after().and_then(|after| TimeDelta::from_std(after).ok());
        let pause = take.stopped_by(stops, now);
        let guessed = Bounds { shortest: untold(stops, &take), longest: GUESSED };
        Some(self.pause(pause, told.map(|told| told.min(LONGEST)), guessed, now).await)
    }

    /// Heeds a refusal of what was written that says: this account is restricted. Nothing is sent from it until the answered time, or everything
    /// that waits would be refused one by one while the platform says to stop. Reading goes on.
    pub(crate) async fn heed_restriction(&self, access: &Access, error: &Error, now: DateTime<Utc>) -> DateTime<Utc> {
        let told = error.retry_after().and_then(|after| TimeDelta::from_std(after).ok());
        let pause = Pause { scope: Scope::Account(access.account.clone()), kind: Some(RateKind::Send), until: now };
        self.pause(pause, told.map(|told| told.clamp(RESTRICTED.shortest, LONGEST)), RESTRICTED, now).await
    }

    /// Keeps a pause for as long as the platform told, or as is guessed.
    async fn pause(&self, mut pause: Pause, told: Option<TimeDelta>, guessed: Bounds, now: DateTime<Utc>) -> DateTime<Utc> {
        pause.until = told.map_or_else(|| self.guesses.next(&pause, guessed, now), |told| now + told);
        if let Err(failed) = self.budget.pause(&pause).await {
            tracing::warn!(error = %failed, scope = %pause.scope, "what the platform stopped could not be paused");
        }
        pause.until
    }

    /// Who knows the circumstances.
    pub(crate) fn knowledge(&self) -> &dyn Knowledge {
        &*self.knowledge
    }

    /// What is known of the circumstances.
    pub(crate) async fn facts(&self, attempt: &Attempt<'_>) -> Result<Facts> {
        let own = attempt.outgoing.metadata.as_deref().and_then(intent_of);
        self.knowledge.facts(&connection(attempt.ask), attempt.outgoing, own, attempt.now).await
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
    /// `behind` is how many wishes go before it, by what they count as.
    pub async fn clear(
        &self,
        attempt: Attempt<'_>,
        mut intent: Intent,
        behind: BTreeMap<RateKind, u64>,
    ) -> Result<Result<Cleared, Refusal>> {
        match self.pass(attempt, Spend::Forecast { priority: intent.priority, behind }).await? {
            Passage::Refused(refusal) => return Ok(Err(refusal)),
            Passage::Wait(at) => intent.available_at = at,
            Passage::Go => {}
        }
        Ok(Ok(Cleared(intent)))
    }
}

fn connection(ask: &Ask) -> ConnectionKey {
    ConnectionKey { account: ask.account.clone(), road: ask.road.clone() }
}

/// How long to wait where the platform does not say: a tenth of the longest stretch that calls of the kind are counted in.
fn untold(stops: Stops, take: &Take) -> TimeDelta {
    if stops != Stops::Kind {
        return LONG;
    }
    let longest = take.rates.iter().filter(|rule| rule.kind == take.kind).map(|rule| rule.per_seconds).max().unwrap_or(0);
    TimeDelta::seconds(i64::from(longest / 10)).max(SHORT)
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

    /// What is kept already under the caller's key of this one, which is answered instead. With another message that is an error of kind
    /// [`Invalid`](ErrorKind::Invalid): somebody would go unanswered.
    pub fn repeats(&self, known: Intent) -> Result<Intent> {
        same(known, &self.0.account, &self.0.outgoing)
    }

    /// An intent that nobody checked, for tests of outboxes.
    #[cfg(any(test, feature = "testing"))]
    pub const fn unchecked(intent: Intent) -> Self {
        Self(intent)
    }
}
