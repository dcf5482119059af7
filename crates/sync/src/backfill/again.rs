//! What is kept when a backfill is wanted again.

use link_core::linking::setup::{Depth, Synchronisation};

use super::{Backfill, BackfillState, Course};

impl Backfill {
    /// What is kept when a backfill is wanted again: one of an earlier confirmation begins anew, because what came since the account was
    /// unlinked was never told; one that was to read less begins anew, a stopped one goes on where it was, one after which something was
    /// missed reads that, and any other stays as it is (`None`). Only a new confirmation ends a pause.
    #[must_use]
    pub fn again(&self, wanted: &Self) -> Option<Self> {
        if wanted.confirmed_at > self.confirmed_at {
            return Some(Self { course: self.course.anew(), ..wanted.clone() });
        }
        let missed_since = [self.missed_since, wanted.missed_since].into_iter().flatten().min();
        let is_stopped = matches!(self.state, BackfillState::Stopped { .. });
        let more = rank(wanted.depth) > rank(self.depth) || wanted.people > self.people;
        if more {
            return Some(Self { missed_since, course: self.course.anew(), paused: self.paused.clone(), ..wanted.clone() });
        }
        if wanted.missed_since.is_none() && !is_stopped {
            return None;
        }
        let mut kept = Self { missed_since, tries: 0, waits: None, ..self.clone() };
        match self.state {
            BackfillState::Done => kept.begin_catching_up(wanted.state.clone()),
            BackfillState::Stopped { .. } => {
                (kept.state, kept.depth, kept.people) = (wanted.state.clone(), wanted.depth, wanted.people);
            }
            BackfillState::Waiting { .. } => {}
        }
        Some(kept)
    }

    /// Reads no more than the owner wants by now.
    pub(super) fn narrow(&mut self, wanted: &Synchronisation) {
        if rank(wanted.history) < rank(self.depth) {
            self.depth = wanted.history;
        }
        self.people = self.people.min(wanted.people);
    }
}

impl Course {
    /// A reading from the beginning, to which nothing counts that was read before.
    fn anew(&self) -> Self {
        Self { round: self.round + 1, since_round: self.round + 1, shrunk: self.shrunk, ..Self::default() }
    }

    /// The list is read once more; what was read of conversations counts.
    pub(super) fn relist(&mut self) {
        self.round += 1;
        (self.stale, self.empty, self.begun_as_of, self.is_cut) = (0, 0, None, false);
    }
}

/// Depths in order: nothing is least, everything most.
const fn rank(depth: Depth) -> u32 {
    match depth {
        Depth::Nothing => 0,
        Depth::Newest(count) => count,
        Depth::Everything => u32::MAX,
    }
}

#[cfg(test)]
#[path = "again_tests.rs"]
mod tests;
