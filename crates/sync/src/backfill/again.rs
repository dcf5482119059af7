//! What is kept when a backfill is wanted again.

use link_core::linking::setup::{Depth, Synchronisation};

use super::{Backfill, BackfillState, Course};

impl Backfill {
    /// What is kept when a backfill is wanted again: one of an earlier confirmation begins anew, because what came since the account was
    /// unlinked was never told; one that was to read less begins anew, also if it stopped; a stopped one goes on where it was, and any other
    /// stays as it is (`None`). Only a new confirmation ends a pause.
    #[must_use]
    pub fn again(&self, wanted: &Self) -> Option<Self> {
        if wanted.confirmed_at > self.confirmed_at {
            return Some(Self { course: self.course.anew(), ..wanted.clone() });
        }
        if rank(wanted.depth) > rank(self.depth) || wanted.people > self.people {
            return Some(Self { course: self.course.anew(), paused: self.paused.clone(), ..wanted.clone() });
        }
        let is_stopped = matches!(self.state, BackfillState::Stopped { .. });
        let (state, depth, people) = (wanted.state.clone(), wanted.depth, wanted.people);
        let course = Course { list_rests: None, ..self.course.clone() };
        is_stopped.then(|| Self { state, depth, people, tries: 0, waits: None, course, ..self.clone() })
    }

    /// Reads no more than the owner wants by now.
    pub(crate) fn narrow(&mut self, wanted: &Synchronisation) {
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
        (self.stale, self.circle, self.empty, self.begun_as_of, self.is_cut, self.untold) = (0, None, 0, None, false, 0);
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
