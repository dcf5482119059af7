//! Notifications that are on their way.

mod lanes;

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::faults::{About, Mishap};
use crate::world::World;
use crate::world::settings::Regime;
use lanes::Lanes;

/// Failures in a row that are followed by another try at once.
const AT_ONCE: u32 = 3;
/// The waits after that, in minutes; the last repeats.
const WAITS: [i64; 5] = [1, 5, 15, 30, 60];

/// A notification for one app.
#[derive(Clone, Debug)]
pub(crate) struct Pending {
    pub(crate) app: String,
    pub(crate) object: String,
    pub(crate) account: String,
    pub(crate) field: String,
    pub(crate) entries: Vec<Value>,
    pub(crate) attempt: u32,
    pub(crate) since: DateTime<Utc>,
    pub(crate) due: DateTime<Utc>,
}

impl Pending {
    /// The notification's body.
    pub(crate) fn body(&self) -> Value {
        json!({"object": self.object, "entry": self.entries})
    }

    /// The scoped id of whom it is about: who wrote to the account, or was written to by it, or remarked something.
    fn person(&self) -> Option<&str> {
        let entry = self.entries.first()?;
        let item = ["messaging", "standby"].iter().find_map(|channel| entry[*channel].get(0));
        let id = match item {
            Some(item) => ["sender", "recipient"].iter().find_map(|side| item[*side]["id"].as_str().filter(|id| *id != self.account)),
            None => entry["changes"].get(0).unwrap_or(entry)["value"]["from"]["id"].as_str(),
        };
        id.filter(|id| !id.is_empty())
    }
}

/// All that is on its way, and what faults hold back.
#[derive(Clone, Debug, Default)]
pub(crate) struct Queue {
    lanes: Lanes,
    under_way: usize,
    held: BTreeMap<(u64, String), Vec<Pending>>,
    failing: BTreeMap<(String, String), DateTime<Utc>>,
}

impl Queue {
    /// Gives away a lane in which something is due, to be emptied with [`Queue::take`] by whoever has it.
    pub(crate) fn claim(&mut self, now: DateTime<Utc>) -> Option<String> {
        self.lanes.claim(now)
    }

    /// Takes the next notification of a lane that is due. When there is none, the lane is given back.
    pub(crate) fn take(&mut self, lane: &str, now: DateTime<Utc>) -> Option<Pending> {
        let pending = self.lanes.take(lane, now)?;
        self.under_way += 1;
        Some(pending)
    }

    /// Something that was taken has been tried, whatever came of it.
    pub(crate) fn tried(&mut self) {
        self.under_way = self.under_way.saturating_sub(1);
    }

    /// When something will be due next that nobody is at.
    pub(crate) fn next_due(&self) -> Option<DateTime<Utc>> {
        self.lanes.next_due()
    }

    /// How many notifications are waiting, held back or being delivered right now.
    pub(crate) fn len(&self) -> usize {
        self.under_way + self.lanes.len() + self.held.values().map(Vec::len).sum::<usize>()
    }
}

impl World {
    /// Every app has a lane of its own. A frozen world has but one, so that it repeats itself whoever is quicker.
    fn push(&mut self, pending: Pending) {
        let lane = if self.clock.is_frozen() { String::new() } else { pending.app.clone() };
        self.queue.lanes.push(&lane, pending);
    }

    /// Sends a notification on its way, or lets a fault have it.
    pub(crate) fn enqueue(&mut self, pending: Pending) {
        let customer = if self.faults.tell_customers_apart() { self.customer_of(&pending) } else { None };
        let about = About { account: &pending.account, field: &pending.field, customer: customer.as_deref() };
        match self.faults.strike_webhook(about) {
            None => self.push(pending),
            Some(Mishap::Lose) => {}
            Some(Mishap::Duplicate(more)) => {
                for _ in 0..=more {
                    self.push(pending.clone());
                }
            }
            Some(Mishap::Delay(ms)) => {
                let wait = i64::try_from(ms).ok().and_then(TimeDelta::try_milliseconds);
                let due = wait.and_then(|wait| pending.due.checked_add_signed(wait));
                let due = due.unwrap_or(DateTime::<Utc>::MAX_UTC);
                self.push(Pending { due, ..pending });
            }
            Some(Mishap::Collect { fault }) => self.collect(fault, pending),
        }
    }

    /// Whom a notification is about, by the world's own name.
    fn customer_of(&self, pending: &Pending) -> Option<String> {
        let scoped = pending.person()?;
        match self.thread_with(&pending.account, scoped) {
            Some(thread) => Some(thread.customer.clone()),
            // Who only commented has no conversation.
            None => {
                self.customers.iter().map(|it| &it.id).find(|id| self.scoped_id(&pending.account, id).as_deref() == Some(scoped)).cloned()
            }
        }
    }

    fn collect(&mut self, fault: u64, pending: Pending) {
        let Some((size, batch)) = self.faults.collection(fault) else {
            return self.push(pending);
        };
        let key = (fault, format!("{}:{}", pending.app, pending.object));
        let held = self.queue.held.entry(key.clone()).or_default();
        held.push(pending);
        if held.len() < size {
            return;
        }
        let mut held = self.queue.held.remove(&key).unwrap_or_default();
        self.faults.collected(fault);
        if batch {
            let entries = held.iter().flat_map(|it| it.entries.clone()).collect();
            if let Some(last) = held.pop() {
                self.push(Pending { entries, ..last });
            }
        } else {
            // All of them are due now, or their own times would put them in order again.
            let due = self.now();
            held.into_iter().rev().for_each(|it| self.push(Pending { due, ..it }));
        }
    }

    /// Everything that failed and waits for another attempt is due now. What a fault delays stays delayed.
    pub(crate) fn try_again(&mut self) -> usize {
        let now = self.now();
        self.queue.lanes.hasten(now, |pending| pending.attempt > 0)
    }

    /// Lets go what faults that are gone held back.
    pub(crate) fn release_held(&mut self) {
        let gone: Vec<_> = self.queue.held.keys().filter(|(fault, _)| self.faults.collection(*fault).is_none()).cloned().collect();
        for key in gone {
            for pending in self.queue.held.remove(&key).unwrap_or_default() {
                self.push(pending);
            }
        }
    }

    /// A notification arrived.
    pub(crate) fn delivered(&mut self, pending: &Pending) {
        let key = (pending.app.clone(), pending.account.clone());
        self.queue.failing.remove(&key);
    }

    /// A notification did not arrive: try again, give up, or unsubscribe the app.
    pub(crate) fn undelivered(&mut self, mut pending: Pending) {
        let now = self.now();
        let key = (pending.app.clone(), pending.account.clone());
        let since = *self.queue.failing.entry(key.clone()).or_insert(now);
        let failed = pending.attempt;
        let (age, life) = match self.quirks.webhook_regime {
            Regime::OneHour => (now - since.max(pending.since), TimeDelta::hours(1)),
            Regime::ThirtySixHours => (now - pending.since, TimeDelta::hours(36)),
        };
        if failed >= AT_ONCE && age >= life {
            self.queue.failing.remove(&key);
            if self.quirks.webhook_regime == Regime::OneHour {
                self.unsubscribe(&pending.app, &pending.account);
            }
            return;
        }
        let wait = if failed < AT_ONCE {
            TimeDelta::zero()
        } else {
            let step = usize::try_from(failed - AT_ONCE).unwrap_or(usize::MAX);
            TimeDelta::minutes(WAITS[step.min(WAITS.len() - 1)])
        };
        pending.due = now + wait;
        self.push(pending);
    }

    fn unsubscribe(&mut self, app: &str, account: &str) {
        let page = self.page_of(account).map(|page| page.id.clone());
        self.installed.retain(|it| it.app != app || (it.asset != account && Some(&it.asset) != page.as_ref()));
        self.queue.lanes.retain(|it| it.app != app || it.account != account);
    }
}
