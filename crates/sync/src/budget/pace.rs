//! A budget kept in this process.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use link_core::words::error::Result;
use link_core::words::ids::AccountId;
use link_core::words::rates::{Allowance, Meter, RateKind, RateRule, Scope};

use super::window::Window;
use super::{Budget, Pause, PauseStore, Permit, Priority, Rest, Take};

/// How far ahead a machine's clock is taken to be at most before the platform's is known.
const WRONG: TimeDelta = TimeDelta::days(1);

/// A budget kept in this process: each rule of the platform as a sliding window, what the answers' headers tell, and pauses.
///
/// Pauses outlive the process if it is given a store for them. The windows do not: several processes that call for the same account each take
/// the whole rate, and the platform's own throttling tells them apart.
///
/// Of an allowance that is used up to three quarters, bulk waits; from nine tenths on programs do; the last three hundredths are for people.
#[derive(Default)]
pub struct Pace {
    held: Mutex<Held>,
    pauses: Option<Arc<dyn PauseStore>>,
    meter: Option<Arc<dyn Meter>>,
    read: AtomicBool,
}

#[derive(Default)]
struct Held {
    windows: HashMap<(AccountId, RateKind, u32), Window>,
    pauses: HashMap<(Scope, Option<RateKind>), DateTime<Utc>>,
    rests: HashMap<(AccountId, RateKind, Priority), Told>,
}

/// That somebody was told to wait.
#[derive(Clone, Copy)]
struct Told {
    at: DateTime<Utc>,
    until: DateTime<Utc>,
}

/// Until when somebody waits, and from which priority on everybody does.
#[derive(Clone, Copy)]
struct Wait {
    until: DateTime<Utc>,
    from: Priority,
}

impl Pace {
    /// Pauses are kept here, and read when the first call is asked for.
    #[must_use]
    pub fn keeping(mut self, pauses: Arc<dyn PauseStore>) -> Self {
        self.pauses = Some(pauses);
        self
    }

    /// What the platform's answers tell is heeded.
    #[must_use]
    pub fn metered(mut self, meter: Arc<dyn Meter>) -> Self {
        self.meter = Some(meter);
        self
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads what was paused before this process began. Twice does no harm; a store that fails is asked again at the next call.
    async fn remember(&self, now: DateTime<Utc>) -> Result<()> {
        let Some(store) = self.pauses.as_ref().filter(|_| !self.read.load(Ordering::Acquire)) else { return Ok(()) };
        // Whoever asks first may not know yet how wrong their clock is. What is over in truth stops nothing.
        let standing = store.standing(now - WRONG).await?;
        let mut held = self.held();
        for pause in standing {
            held.pause(pause);
        }
        drop(held);
        self.read.store(true, Ordering::Release);
        Ok(())
    }

    /// What the answers' headers say. Only a lower priority waits for it.
    fn metered_wait(&self, take: &Take) -> Option<Wait> {
        let told = self.meter.as_ref()?.allowances();
        let full = told.into_iter().filter(|told| take.scopes().any(|scope| scope == told.scope) && told.until > take.now);
        // The app's own figure is about all its calls together; what a person answers waits for what the account's says.
        let from = |told: &Allowance| match (&told.scope, waits_from(told.used_percent)?) {
            (Scope::App(_), Priority::Person) => Some(Priority::Program),
            (_, from) => Some(from),
        };
        let waits = full.filter_map(|told| Some(Wait { until: told.until, from: from(&told)? }));
        waits.filter(|wait| take.priority >= wait.from).max_by_key(|wait| wait.until)
    }
}

/// From which priority on calls wait when so much of an allowance is used up.
const fn waits_from(used_percent: u32) -> Option<Priority> {
    match used_percent {
        0..75 => None,
        75..90 => Some(Priority::Bulk),
        90..97 => Some(Priority::Program),
        97.. => Some(Priority::Person),
    }
}

/// The rules that a call counts against.
fn rules(take: &Take) -> impl Iterator<Item = &'static RateRule> {
    let kinds = take.kind.counts_as();
    take.rates.iter().filter(|rule| kinds.contains(&rule.kind))
}

impl Held {
    fn pause(&mut self, pause: Pause) {
        let until = self.pauses.entry((pause.scope, pause.kind)).or_insert(pause.until);
        *until = (*until).max(pause.until);
    }

    fn paused(&self, take: &Take) -> Option<Wait> {
        let kinds = || take.kind.counts_as().iter().copied().map(Some).chain([None]);
        let of = take.scopes().flat_map(|scope| kinds().filter_map(move |kind| self.pauses.get(&(scope.clone(), kind)).copied()));
        let until = of.filter(|until| *until > take.now).max()?;
        Some(Wait { until, from: Priority::Person })
    }

    /// What it has to wait for, if it has to. Whoever is behind others is so from the end of the pause on.
    fn wait(&mut self, take: &Take, metered: Option<Wait>) -> Option<Wait> {
        for rule in rules(take) {
            if let Some(window) = self.windows.get_mut(&place(take, rule)) {
                window.set_back(take.now);
            }
        }
        let stopped = [self.paused(take), metered].into_iter().flatten().max_by_key(|wait| wait.until);
        let begins = stopped.map_or(take.now, |wait| wait.until);
        let free = rules(take).map(|rule| {
            let behind = take.behind.get(&rule.kind).copied().unwrap_or(0);
            let window = self.windows.get(&place(take, rule));
            window.unwrap_or(&Window::default()).free_at(rule, begins, behind).unwrap_or(DateTime::<Utc>::MAX_UTC)
        });
        let free = free.max().unwrap_or(begins);
        if free > begins {
            return Some(Wait { until: free, from: stopped.map_or(Priority::Person, |wait| wait.from) });
        }
        stopped
    }

    fn note(&mut self, take: &Take) {
        for rule in rules(take) {
            self.windows.entry(place(take, rule)).or_default().note(rule, take.now);
        }
    }

    fn rest(&mut self, take: &Take, wait: Wait) {
        self.rests.insert((take.account.clone(), take.kind, wait.from), Told { at: take.now, until: wait.until });
    }
}

fn place(take: &Take, rule: &RateRule) -> (AccountId, RateKind, u32) {
    (take.account.clone(), rule.kind, rule.per_seconds)
}

#[async_trait]
impl Budget for Pace {
    async fn forecast(&self, take: &Take) -> Result<Permit> {
        self.remember(take.now).await?;
        let metered = self.metered_wait(take);
        Ok(self.held().wait(take, metered).map_or(Permit::Now, |wait| Permit::At(wait.until)))
    }

    async fn take(&self, take: &Take) -> Result<Permit> {
        self.remember(take.now).await?;
        let metered = self.metered_wait(take);
        let mut held = self.held();
        if let Some(wait) = held.wait(&Take { behind: BTreeMap::default(), ..take.clone() }, metered) {
            held.rest(take, wait);
            Ok(Permit::At(wait.until))
        } else {
            held.note(take);
            Ok(Permit::Now)
        }
    }

    async fn pause(&self, pause: &Pause) -> Result<()> {
        self.held().pause(pause.clone());
        match &self.pauses {
            Some(store) => store.keep(pause).await,
            None => Ok(()),
        }
    }

    async fn resting(&self, now: DateTime<Utc>) -> Result<Vec<Rest>> {
        let mut held = self.held();
        // What was told at a time that is still to come was told by a clock that is right by now.
        held.rests.retain(|_, told| told.at <= now && now < told.until);
        held.pauses.retain(|_, until| *until > now);
        let rest = |((account, kind, priority), told): (&(AccountId, RateKind, Priority), &Told)| Rest {
            account: account.clone(),
            kind: *kind,
            priority: *priority,
            until: told.until,
        };
        Ok(held.rests.iter().map(rest).collect())
    }
}

impl fmt::Debug for Pace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pace").field("pauses", &self.held().pauses).finish_non_exhaustive()
    }
}
