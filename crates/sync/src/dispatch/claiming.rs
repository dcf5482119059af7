//! Taking what is sent next.

use std::sync::PoisonError;

use chrono::{DateTime, Utc};
use link_core::words::error::Result;
use link_core::words::ids::AccountId;
use link_core::words::rates::RateKind;
use link_core::words::work::Next;

use super::places::Place;
use super::{Dispatch, LEASE};
use crate::budget::{Priority, Rest};
use crate::intent::Intent;
use crate::store::Claim;

impl Dispatch {
    /// Claims the intent whose turn it is and takes a place for it, or says when there is next something to do. `came` is the number of the step:
    /// a look that began after it had come speaks for it too.
    pub(super) async fn next_one(&self, came: u64) -> Result<Result<(Intent, Place<'_>), Next>> {
        let mut last = self.looks.turn().await;
        if let Some(next) = last.answer(came) {
            return Ok(Err(next));
        }
        let came_before = self.looks.so_far();
        // Whoever brings a call to its end looks again, and wakes the others.
        let Some(lowest) = self.places.lowest() else { return Ok(Err(Next::Idle)) };
        let now = self.clock.now();
        self.wake(now).await?;
        self.outbox.lapse(now).await?;
        // What would only be told to wait is not claimed: it would go back and be claimed again, before everybody else.
        let mut resting = self.checkpoint.budget().resting(now).await?;
        let woken = resting.iter().map(|rest| rest.until).min();
        resting.extend(self.places.held_enough().into_iter().flat_map(|(account, priority)| resting_for_a_place(&account, priority, now)));
        let claimed = self.outbox.claim(&Claim::new(1, now, LEASE).except(resting.clone()).down_to(lowest)).await?;
        if let Some(intent) = claimed.into_iter().next() {
            let place = self.places.take(&intent);
            return Ok(Ok((intent, place)));
        }
        let next = if lowest == Priority::Bulk { self.outbox.next_available(&resting).await? } else { None };
        let next = [next, woken].into_iter().flatten().min().map_or(Next::Idle, Next::At);
        last.found_nothing(came_before, next);
        Ok(Err(next))
    }

    /// Before the platform's first answer nobody knows how wrong our clock is. Once it is set back, what waits by the former one is woken: at this
    /// moment, and when a program begins whose forerunner may have died before it.
    async fn wake(&self, now: DateTime<Utc>) -> Result<()> {
        let last = *self.stepped_at.lock().unwrap_or_else(PoisonError::into_inner);
        if last.is_none_or(|last| now < last) {
            match self.outbox.wake(now).await {
                Ok(0) => {}
                Ok(woken) => tracing::info!(woken, "what waited by a clock that was ahead was woken"),
                Err(error) if error.is_retryable() => return Err(error),
                // Better that something sleeps too long than that nothing is sent.
                Err(error) => tracing::error!(%error, "what waits by a clock that was ahead could not be woken"),
            }
        }
        *self.stepped_at.lock().unwrap_or_else(PoisonError::into_inner) = Some(now);
        Ok(())
    }
}

/// An account that holds enough places waits for one of its own calls to end.
fn resting_for_a_place(account: &AccountId, priority: Priority, now: DateTime<Utc>) -> impl Iterator<Item = Rest> + use<> {
    let account = account.clone();
    RateKind::ALL.into_iter().map(move |kind| Rest { account: account.clone(), kind, priority, until: now + LEASE })
}
