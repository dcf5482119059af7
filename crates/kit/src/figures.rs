//! Counts for whoever runs the program. No owner's data is in them.

use std::sync::atomic::{AtomicU64, Ordering};

use link_core::words::journal::JournalFigures;
use link_core::words::ports::Rejected;

/// What was counted since the program started, and how full the journal is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Figures {
    /// Deliveries that were acknowledged.
    pub deliveries: u64,
    /// Envelopes that were kept.
    pub kept: u64,
    /// Items for accounts that nobody linked, and notices of people whom nobody here knows.
    pub unclaimed: u64,
    /// Items for accounts that were unlinked and that nobody links now.
    pub unlinked: u64,
    /// Items by roads that only stand by.
    pub standby: u64,
    /// Items that were kept although nobody here knows what they are.
    pub unknown: u64,
    /// Deliveries that were signed rightly and were none.
    pub poisoned: u64,
    /// Deliveries without a signature in an accepted scheme.
    pub unsigned: u64,
    /// Deliveries with a malformed or a wrong signature.
    pub forged: u64,
    /// Letters and deliveries that were signed rightly and too long ago.
    pub stale: u64,
    /// Letters of people who took the app out that were acknowledged.
    pub letters: u64,
    /// Handshakes that were not for us.
    pub handshakes_refused: u64,
    /// Deliveries over the size limit.
    pub too_large: u64,
    /// Deliveries that could not be kept and were answered with an error, so that the platform repeats them.
    pub not_kept: u64,
    /// The journal.
    pub journal: JournalFigures,
}

#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) deliveries: AtomicU64,
    pub(crate) kept: AtomicU64,
    pub(crate) unclaimed: AtomicU64,
    pub(crate) unlinked: AtomicU64,
    pub(crate) standby: AtomicU64,
    pub(crate) poisoned: AtomicU64,
    unsigned: AtomicU64,
    forged: AtomicU64,
    stale: AtomicU64,
    pub(crate) letters: AtomicU64,
    handshakes_refused: AtomicU64,
    pub(crate) too_large: AtomicU64,
    pub(crate) not_kept: AtomicU64,
}

pub(crate) fn count(counter: &AtomicU64, by: u64) {
    counter.fetch_add(by, Ordering::Relaxed);
}

impl Counters {
    pub(crate) fn rejected(&self, why: Rejected) {
        let counter = match why {
            Rejected::Unsigned => &self.unsigned,
            Rejected::Stale => &self.stale,
            Rejected::Handshake => &self.handshakes_refused,
            _ => &self.forged,
        };
        count(counter, 1);
    }

    pub(crate) fn figures(&self, unknown: u64, journal: JournalFigures) -> Figures {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Figures {
            deliveries: read(&self.deliveries),
            kept: read(&self.kept),
            unclaimed: read(&self.unclaimed),
            unlinked: read(&self.unlinked),
            standby: read(&self.standby),
            unknown,
            poisoned: read(&self.poisoned),
            unsigned: read(&self.unsigned),
            forged: read(&self.forged),
            stale: read(&self.stale),
            letters: read(&self.letters),
            handshakes_refused: read(&self.handshakes_refused),
            too_large: read(&self.too_large),
            not_kept: read(&self.not_kept),
            journal,
        }
    }
}
