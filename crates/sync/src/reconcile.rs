//! Comparing recent conversations with what is here, and filling what is missing: after a downtime, after deliveries that were missed, after
//! somebody signed in again, and now and then, because deliveries may be lost without a word.

mod loss;
mod missed;
mod plan;
mod store;
mod work;

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use link_core::linking::connection::ConnectionKey;
use link_core::words::feed::{Happening, What};
use link_core::words::ids::ScopedId;
use serde::{Deserialize, Serialize};

pub use loss::Loss;
pub use missed::Missed;
pub use store::{Alive, HeldReconcile, ReconcileStore};
pub use work::Reconciles;

#[cfg(feature = "testing")]
pub use store::MockReconcileStore;

use loss::Watch;
use plan::Run;

/// Clocks disagree, and history tells whole seconds: what is compared begins this much earlier.
const OVERLAP: TimeDelta = TimeDelta::minutes(2);

/// Why an account is compared. A later one of these is the stronger reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ReconcileReason {
    /// It was time for it.
    Schedule,
    /// Somebody asked for it.
    Asked,
    /// The platform delivers again.
    Resubscribed,
    /// The program was away, or could not keep what was delivered.
    Downtime,
    /// Another road receives the account now.
    Switched,
    /// Somebody signed in again, or the token is taken again.
    Reauthorised,
}

impl ReconcileReason {
    /// True of the light kind: it looks deeper into a conversation only where something is missing, and tells nothing if nothing was.
    const fn is_light(self) -> bool {
        matches!(self, Self::Schedule)
    }
}

/// An occasion to compare an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Occasion {
    /// Which connection.
    pub connection: ConnectionKey,
    /// What is later than this is news; what is earlier is none of ours.
    pub confirmed_at: DateTime<Utc>,
    /// Why.
    pub reason: ReconcileReason,
    /// What came since then may be missing. What was compared before reaches back further if less is known to be whole.
    pub since: DateTime<Utc>,
    /// Not before this.
    pub from: DateTime<Utc>,
    /// Since when deliveries could reach the program without a break, as far as it knows; `None` if they cannot. What came later and was never
    /// delivered is told as lost.
    pub listening_since: Option<DateTime<Utc>>,
}

impl Occasion {
    /// What came since a time may be missing; it is compared from `now` on.
    pub const fn new(
        connection: ConnectionKey,
        confirmed_at: DateTime<Utc>,
        reason: ReconcileReason,
        since: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Self {
        Self { connection, confirmed_at, reason, since, from: now, listening_since: None }
    }

    /// Not before this time.
    #[must_use]
    pub const fn not_before(mut self, from: DateTime<Utc>) -> Self {
        self.from = from;
        self
    }

    /// By a program that deliveries could reach without a break since a time.
    #[must_use]
    pub const fn listening_since(mut self, since: Option<DateTime<Utc>>) -> Self {
        self.listening_since = since;
        self
    }

    /// Both at once.
    fn and(self, other: &Self) -> Self {
        Self {
            reason: self.reason.max(other.reason),
            since: self.since.min(other.since),
            from: self.from.max(other.from),
            listening_since: self.listening_since.max(other.listening_since),
            confirmed_at: self.confirmed_at.max(other.confirmed_at),
            connection: self.connection,
        }
    }
}

/// One connection's comparing. It is stored after every call, so that a killed process goes on where it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Reconcile {
    /// Which connection.
    pub connection: ConnectionKey,
    /// What is later than this is news; nothing earlier is filled.
    pub confirmed_at: DateTime<Utc>,
    /// Why it is compared, or was last.
    pub reason: ReconcileReason,
    /// What is later than this is compared.
    pub since: DateTime<Utc>,
    /// Messages later than that which were looked at.
    pub found: u32,
    /// Messages that were not here.
    pub filled: u32,
    /// Conversations of which the platform does not show everything since then. What is not shown is not deleted.
    pub beyond: u32,
    /// Calls that were made.
    pub calls: u32,
    /// How often in a row the last call failed.
    pub tries: u32,
    /// Where it stands.
    pub state: ReconcileState,
    /// Everything up to this time, by the platform's clock, was compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compared_until: Option<DateTime<Utc>>,
    /// Since when deliveries could reach the program without a break.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    listening_since: Option<DateTime<Utc>>,
    /// Wanted once more when this is over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    again: Option<Box<Occasion>>,
    /// What could not be compared.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    missed: Vec<Missed>,
    /// Whose older messages the platform failed at until it stopped: the next time nothing else is held up by them.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    doubtful: BTreeSet<ScopedId>,
    /// How often in a row it ended where the list was cut.
    #[serde(default, skip_serializing_if = "is_zero")]
    cuts: u32,
    #[serde(default)]
    run: Run,
    #[serde(default)]
    watch: Watch,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
const fn is_zero(count: &u32) -> bool {
    *count == 0
}

/// Where the comparing of a connection stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum ReconcileState {
    /// There is more to do, from this time on.
    Waiting {
        /// Not before this.
        until: DateTime<Utc>,
    },
    /// Everything was compared.
    Done {
        /// When.
        at: DateTime<Utc>,
    },
    /// It stopped; the cause says why.
    Stopped {
        /// When.
        at: DateTime<Utc>,
        /// The refusal's or error's own words.
        cause: String,
    },
}

impl Reconcile {
    /// The first one of a connection.
    pub fn of(occasion: &Occasion) -> Self {
        Self {
            connection: occasion.connection.clone(),
            confirmed_at: occasion.confirmed_at,
            reason: occasion.reason,
            since: occasion.since.max(occasion.confirmed_at),
            found: 0,
            filled: 0,
            beyond: 0,
            calls: 0,
            tries: 0,
            state: ReconcileState::Waiting { until: occasion.from },
            compared_until: None,
            listening_since: occasion.listening_since,
            again: None,
            missed: Vec::new(),
            doubtful: BTreeSet::new(),
            cuts: 0,
            run: Run::default(),
            watch: Watch::default(),
        }
    }

    /// What is kept when an occasion comes up. What was not begun yet takes it in; what is under way, or `held` by somebody, does it once more
    /// afterwards, since what it read already may be from before; what ended begins anew, from where everything is known to be whole. Of a
    /// connection that was confirmed anew nothing from before counts. `None` if what is stored covers it.
    #[must_use]
    pub fn wanted(known: Option<&Self>, occasion: &Occasion, held: bool) -> Option<Self> {
        let Some(known) = known.filter(|known| known.confirmed_at >= occasion.confirmed_at) else { return Some(Self::of(occasion)) };
        let mut kept = known.clone();
        match known.state {
            ReconcileState::Waiting { .. } if occasion.reason.is_light() => return None,
            ReconcileState::Waiting { .. } if held || known.calls > 0 => {
                let again = known.again.as_deref().map_or_else(|| occasion.clone(), |again| again.clone().and(occasion));
                kept.again = Some(Box::new(again));
            }
            ReconcileState::Waiting { until } => {
                kept.reason = known.reason.max(occasion.reason);
                kept.since = known.since.min(occasion.since).max(known.confirmed_at);
                kept.listening_since = known.listening_since.max(occasion.listening_since);
                // Nothing waits because it is time for it.
                let from = if known.reason.is_light() { occasion.from } else { until.max(occasion.from) };
                kept.state = ReconcileState::Waiting { until: from };
            }
            ReconcileState::Done { .. } | ReconcileState::Stopped { .. } => kept.begin(occasion),
        }
        (kept != *known).then_some(kept)
    }

    /// What is kept of one that was worked on, over what is stored: what was wanted meanwhile is not forgotten.
    #[must_use]
    pub fn over(mut self, stored: Option<&Self>) -> Self {
        let Some(stored) = stored else { return self };
        // It was unlinked and linked anew while somebody worked on it.
        if stored.confirmed_at > self.confirmed_at {
            return stored.clone();
        }
        self.again.clone_from(&stored.again);
        if !self.is_waiting()
            && let Some(again) = self.again.take()
        {
            self.begin(&again);
        }
        self
    }

    /// What it stopped over is still to be done, and as thoroughly; it reaches back to where everything is known to be whole.
    fn begin(&mut self, occasion: &Occasion) {
        let mut wanted = occasion.clone();
        if matches!(self.state, ReconcileState::Stopped { .. }) {
            (wanted.reason, wanted.since) = (wanted.reason.max(self.reason), wanted.since.min(self.since));
        }
        // A regular look has no time of its own to look after.
        wanted.since = match self.compared_until {
            Some(until) if wanted.reason.is_light() => until,
            Some(until) => until.min(wanted.since),
            None => wanted.since,
        };
        *self = Self {
            compared_until: self.compared_until,
            watch: std::mem::take(&mut self.watch),
            missed: std::mem::take(&mut self.missed),
            doubtful: std::mem::take(&mut self.doubtful),
            cuts: self.cuts,
            ..Self::of(&wanted)
        };
    }

    /// True while there is more to do.
    pub const fn is_waiting(&self) -> bool {
        matches!(self.state, ReconcileState::Waiting { .. })
    }

    /// When it ended, if it did.
    pub const fn ended_at(&self) -> Option<DateTime<Utc>> {
        match self.state {
            ReconcileState::Waiting { .. } => None,
            ReconcileState::Done { at } | ReconcileState::Stopped { at, .. } => Some(at),
        }
    }

    /// Since when something may be missing that nobody compared yet; `None` if nothing is known to be. What was to be compared and could not be
    /// is told by [`Reconcile::missed`].
    pub fn missing_since(&self) -> Option<DateTime<Utc>> {
        let is_known = |reason: ReconcileReason| !matches!(reason, ReconcileReason::Schedule | ReconcileReason::Asked);
        let is_done = matches!(self.state, ReconcileState::Done { .. });
        let own = (!is_done && is_known(self.reason)).then_some(self.since);
        let next = self.again.as_ref().filter(|again| is_known(again.reason)).map(|again| again.since);
        [own, next].into_iter().flatten().min()
    }

    /// What is known to be lost of what is delivered; `None` if nothing is.
    pub const fn loss(&self) -> Option<&Loss> {
        self.watch.stands.as_ref()
    }

    /// What is told when it ended: nothing of a light one that filled nothing.
    fn told(&self, now: DateTime<Utc>) -> Option<Happening> {
        let done = matches!(self.state, ReconcileState::Done { .. });
        if !done || self.reason.is_light() && self.filled == 0 {
            return None;
        }
        let account = &self.connection.account;
        let what = What::Reconciled { found: self.found, filled: self.filled };
        Some(Happening::new(account.owner.clone(), Some(account.account.clone()), what, now))
    }
}

#[cfg(test)]
mod tests;
