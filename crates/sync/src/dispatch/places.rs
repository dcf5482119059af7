//! How many calls may be under way at once, and whose.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use link_core::words::ids::AccountId;

use crate::budget::Priority;
use crate::intent::Intent;

/// How many sends are under way at once at most, of all accounts together.
pub(super) const PLACES: usize = 64;
/// How many of these only what a person wrote takes.
const KEPT: usize = 16;

/// The places of this process. Each send takes one for as long as its call lasts, and a platform answers some calls late and others never: an
/// account takes another one only while more than twice as many are open as it holds. Alone it gets a third of them; the more accounts hang,
/// the fewer each one takes along, and there is one left for whoever has none. What a person wrote waits for nothing that programs hold.
#[derive(Default)]
pub(super) struct Places(Mutex<BTreeMap<(AccountId, Priority), usize>>);

/// A place that is taken until this is dropped.
pub(super) struct Place<'a> {
    places: &'a Places,
    of: (AccountId, Priority),
}

impl Places {
    /// The lowest priority that may take another place; `None` if none may.
    pub(super) fn lowest(&self) -> Option<Priority> {
        let taken = self.taken();
        Priority::ALL.into_iter().rev().find(|priority| open(&taken, *priority) > 0)
    }

    /// The accounts that hold enough, each with the highest priority of which they do.
    pub(super) fn held_enough(&self) -> Vec<(AccountId, Priority)> {
        let taken = self.taken();
        let mut enough: Vec<(AccountId, Priority)> = Vec::new();
        for (account, _) in taken.keys() {
            if enough.last().is_some_and(|(last, _)| last == account) {
                continue;
            }
            let has = |priority: &Priority| 2 * held(&taken, account, *priority) >= open(&taken, *priority);
            enough.extend(Priority::ALL.into_iter().find(has).map(|priority| (account.clone(), priority)));
        }
        enough
    }

    /// Takes one for an intent that was claimed.
    pub(super) fn take(&self, intent: &Intent) -> Place<'_> {
        let of = (intent.account.account.clone(), intent.priority);
        *self.taken().entry(of.clone()).or_default() += 1;
        Place { places: self, of }
    }

    fn taken(&self) -> MutexGuard<'_, BTreeMap<(AccountId, Priority), usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How many are open for this priority.
fn open(taken: &BTreeMap<(AccountId, Priority), usize>, priority: Priority) -> usize {
    let kept = if priority == Priority::Person { 0 } else { KEPT };
    PLACES.saturating_sub(taken.values().sum::<usize>() + kept)
}

/// How many an account holds of this priority and higher ones.
fn held(taken: &BTreeMap<(AccountId, Priority), usize>, account: &AccountId, priority: Priority) -> usize {
    taken.iter().filter(|((of, held), _)| of == account && *held <= priority).map(|(_, count)| count).sum()
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut taken = self.places.taken();
        if let Some(count) = taken.get_mut(&self.of) {
            *count -= 1;
            if *count == 0 {
                taken.remove(&self.of);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Scene;

    /// How many places an account takes one after another.
    fn fill<'a>(places: &'a Places, held: &mut Vec<Place<'a>>, account: &str, priority: Priority) -> usize {
        let intent = Intent { priority, ..Scene::new("o", account, "7").intent(1, "k", "hello", 1) };
        let before = held.len();
        while places.lowest().is_some_and(|lowest| priority <= lowest)
            && !places.held_enough().iter().any(|(account, from)| *account == intent.account.account && priority >= *from)
        {
            held.push(places.take(&intent));
        }
        held.len() - before
    }

    #[test]
    fn a_person_is_answered_whatever_hangs() {
        let (places, mut held) = (Places::default(), Vec::new());
        assert_eq!(fill(&places, &mut held, "messenger:1", Priority::Bulk), 16, "one account alone takes too many, or too few");
        assert!(fill(&places, &mut held, "messenger:1", Priority::Person) > 4, "an account's offers hold its own people up");
        for account in 2..40 {
            fill(&places, &mut held, &format!("messenger:{account}"), Priority::Program);
        }
        assert!(fill(&places, &mut held, "messenger:50", Priority::Person) > 0, "what programs send holds a person up");
        drop(held);
        assert_eq!((places.lowest(), places.held_enough()), (Some(Priority::Bulk), Vec::new()), "a place stays taken after its call");
    }

    #[test]
    fn accounts_that_hang_leave_something_to_the_next() {
        let (places, mut held) = (Places::default(), Vec::new());
        for account in 0..10 {
            let taken = fill(&places, &mut held, &format!("messenger:{account}"), Priority::Person);
            assert!(taken > 0, "{account} accounts that hang hold all others up");
        }
        assert!(held.len() <= PLACES);
    }
}
