//! Going through a chain.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{ChainHead, Chained, Side};
use crate::words::ids::OwnerId;

/// What going through a chain found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ChainReport {
    /// How many acts hold, counted from the first.
    pub acts: u64,
    /// Of how many of them what told of people was erased.
    pub erased: u64,
    /// Whether the chain holds.
    pub state: ChainState,
}

/// Whether a chain holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
#[non_exhaustive]
pub enum ChainState {
    /// It does.
    Intact,
    /// From this act on it does not: the act was changed, removed, moved or put in, or what stands beside it was changed.
    Broken {
        /// The act's number.
        at: u64,
    },
    /// What is there holds, but its end is missing.
    TailCut {
        /// The last act that is there; 0 if none is.
        kept: u64,
        /// The last act that there was at least.
        expected: u64,
    },
}

impl ChainReport {
    /// True if nothing is wrong.
    pub fn is_intact(&self) -> bool {
        self.state == ChainState::Intact
    }
}

impl fmt::Display for ChainReport {
    /// A sentence for the owner.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { acts, erased, state } = self;
        match state {
            ChainState::Intact => write!(f, "All {acts} acts are as they were recorded; {erased} of them were made nameless.")?,
            ChainState::Broken { at } => write!(f, "Act {at} is not what was recorded; the {acts} before it are.")?,
            ChainState::TailCut { kept, expected } => write!(f, "The record ends with act {kept}, but there were at least {expected}.")?,
        }
        Ok(())
    }
}

/// Goes through a chain act by act, from the first.
#[derive(Debug, Clone)]
pub struct Verifier {
    owner: OwnerId,
    known: ChainHead,
    end: ChainHead,
    erased: u64,
    broken: Option<u64>,
}

impl Verifier {
    /// For an owner's chain. `known` is a head that was kept elsewhere; [`ChainHead::EMPTY`] if none was.
    pub const fn new(owner: OwnerId, known: ChainHead) -> Self {
        Self { owner, known, end: ChainHead::EMPTY, erased: 0, broken: None }
    }

    /// The next act, and what stands beside it if that was not erased.
    pub fn see(&mut self, act: &Chained, side: Option<&Side>) {
        let Some(next) = self.next() else { return };
        let follows = act.owner == self.owner && act.seq == next && act.previous == self.end.digest && act.digest == act.computed();
        let beside = side.is_none_or(|side| side.digest() == act.side);
        let as_known = self.known.seq != next || self.known.digest == act.digest;
        if !(follows && beside && as_known) {
            self.broken = Some(next);
            return;
        }
        self.end = act.head();
        self.erased += u64::from(side.is_none());
    }

    /// The next act is there, but cannot be read.
    pub fn unreadable(&mut self) {
        self.broken = self.broken.or(Some(self.end.seq + 1));
    }

    /// That was all. `head` is the end as the store keeps it apart; [`ChainHead::EMPTY`] if it keeps none.
    pub fn finish(self, head: &ChainHead) -> ChainReport {
        let kept = self.end.seq;
        let expected = head.seq.max(self.known.seq);
        let state = match self.broken {
            Some(at) => ChainState::Broken { at },
            None if expected > kept => ChainState::TailCut { kept, expected },
            // Acts behind the end that the store knows of were put there by somebody else.
            None if head.seq < kept => ChainState::Broken { at: head.seq + 1 },
            None if head.digest != self.end.digest => ChainState::Broken { at: kept.max(1) },
            None => ChainState::Intact,
        };
        ChainReport { acts: kept, erased: self.erased, state }
    }

    fn next(&self) -> Option<u64> {
        self.broken.is_none().then_some(self.end.seq + 1)
    }
}
