//! What could not be compared, although it was to be.

use chrono::{DateTime, Utc};
use link_core::words::ids::ScopedId;
use serde::{Deserialize, Serialize};

use super::Reconcile;
use crate::coverage::Stretch;

/// So many stretches are told apart; more of them become one of everybody.
const MOST: usize = 1_000;

/// A stretch of time that was to be compared and could not be: what nobody delivered in it is not here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Missed {
    /// Whose conversation; `None` if everybody's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peer: Option<ScopedId>,
    /// From when on.
    pub from: DateTime<Utc>,
    /// Up to when.
    pub to: DateTime<Utc>,
}

impl Missed {
    /// Of one person's conversation, or with none of everybody's.
    pub const fn new(peer: Option<ScopedId>, from: DateTime<Utc>, to: DateTime<Utc>) -> Self {
        Self { peer, from, to }
    }

    /// Adds it to others; what touches another one of the same person becomes one with it.
    pub(super) fn join(self, others: &mut Vec<Self>) {
        if self.from >= self.to {
            return;
        }
        let touches = |other: &&mut Self| other.peer == self.peer && other.from <= self.to && self.from <= other.to;
        match others.iter_mut().find(touches) {
            Some(other) => (other.from, other.to) = (other.from.min(self.from), other.to.max(self.to)),
            None => others.push(self),
        }
        if others.len() > MOST {
            // The older half becomes one: what is long ago is told less exactly.
            others.sort_by_key(|it| (it.to, it.from));
            let old: Vec<Self> = others.drain(..MOST / 2).collect();
            if let Some((from, to)) = old.iter().map(|it| it.from).min().zip(old.iter().map(|it| it.to).max()) {
                others.insert(0, Self::new(None, from, to));
            }
        }
    }
}

impl Reconcile {
    /// What could not be compared. What a later and thorough comparing went over is in it no more.
    pub fn missed(&self) -> &[Missed] {
        &self.missed
    }

    /// When something that nobody delivered may be missing from a person's conversation. What is proved of the conversation itself goes before.
    pub fn missed_of(&self, peer: &ScopedId) -> Vec<Stretch> {
        let of_peer = self.missed.iter().filter(|it| it.peer.as_ref().is_none_or(|of| of == peer));
        of_peer.map(|it| Stretch::new(Some(it.from), it.to)).collect()
    }

    /// Keeps what this comparing missed, and forgets what it made good.
    pub(super) fn keep_missed(&mut self, missed: Vec<Missed>) {
        // A light look leaves out what is behind messages that are all here.
        if !self.reason.is_light() && !self.run.cut {
            let since = self.since;
            self.missed.retain(|it| it.from < since);
        }
        for it in missed {
            it.join(&mut self.missed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::at;

    fn missed(peer: &str, from: i64, to: i64) -> Missed {
        Missed::new(Some(ScopedId::new(peer).unwrap()), at(from), at(to))
    }

    #[test]
    fn what_touches_is_one_and_what_is_another_persons_is_not() {
        let mut all = Vec::new();
        for it in [missed("a", 10, 20), missed("b", 15, 25), missed("a", 20, 30), missed("a", 40, 50), missed("a", 60, 60)] {
            it.join(&mut all);
        }
        assert_eq!(all, [missed("a", 10, 30), missed("b", 15, 25), missed("a", 40, 50)]);
    }

    #[test]
    fn too_many_become_one_of_everybody() {
        let mut all = Vec::new();
        for n in 0..=1_000 {
            missed(&format!("p{n}"), n, n + 10).join(&mut all);
        }
        assert_eq!((all.len(), &all[0]), (502, &Missed::new(None, at(0), at(509))), "a row grows without an end, or forgets");
        assert_eq!(all[501], missed("p1000", 1_000, 1_010), "what is recent is no longer told apart");
    }
}
