//! Whether deliveries are lost without a word: what only the history told, although everybody was listening.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use link_core::words::ids::ScopedId;
use serde::{Deserialize, Serialize};

use super::OVERLAP;

/// What is younger than this may still be on its way.
const GRACE: TimeDelta = TimeDelta::minutes(10);
/// So many people are told apart.
const PEOPLE: usize = 1_000;

/// What is lost of what is delivered, as two looks in a row have shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Loss {
    /// Of how many people messages were never delivered, at the last look.
    pub people: u32,
    /// Since when, by the first message that was lost.
    pub since: DateTime<Utc>,
    /// True if nobody's messages were delivered at all.
    pub all: bool,
}

/// What was seen of it so far.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Watch {
    /// Up to when it was looked at; every message is looked at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    until: Option<DateTime<Utc>>,
    /// In this look: whose messages nobody delivered, with the first of each.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    lost: BTreeMap<ScopedId, DateTime<Utc>>,
    /// In this look: messages that were delivered.
    #[serde(default)]
    live: u32,
    /// What the last look that showed anything found lost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last: Option<Loss>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) stands: Option<Loss>,
}

/// From when to when a look goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stretch {
    from: DateTime<Utc>,
    to: DateTime<Utc>,
}

impl Stretch {
    fn holds(self, at: DateTime<Utc>) -> bool {
        self.from < at && at <= self.to
    }
}

impl Watch {
    /// What a look that began at `as_of` goes over, by a program that deliveries could reach since a time; `None` if they could not.
    pub(super) fn stretch(&self, listening_since: Option<DateTime<Utc>>, as_of: DateTime<Utc>) -> Option<Stretch> {
        let from = listening_since? + OVERLAP;
        Some(Stretch { from: self.until.map_or(from, |until| until.max(from)), to: as_of - GRACE })
    }

    /// A person's message of this time, and whether anybody delivered it.
    pub(super) fn saw(&mut self, stretch: Stretch, peer: &ScopedId, at: DateTime<Utc>, delivered: bool) {
        if !stretch.holds(at) {
            return;
        }
        if delivered {
            self.live = self.live.saturating_add(1);
        } else if let Some(first) = self.lost.get_mut(peer) {
            *first = at.min(*first);
        } else if self.lost.len() < PEOPLE {
            self.lost.insert(peer.clone(), at);
        }
    }

    /// Forgets what this look saw: it begins anew.
    pub(super) fn look_again(&mut self) {
        self.lost.clear();
        self.live = 0;
    }

    /// The look is over. Two in a row that show a loss are one; one that shows none ends it; one in which nobody wrote says nothing.
    pub(super) fn judge(&mut self, stretch: Option<Stretch>) {
        let (lost, live) = (std::mem::take(&mut self.lost), std::mem::take(&mut self.live));
        let Some(stretch) = stretch else { return };
        self.until = Some(self.until.map_or(stretch.to, |until| until.max(stretch.to)));
        let Some(first) = lost.values().min().copied() else {
            if live > 0 {
                (self.last, self.stands) = (None, None);
            }
            return;
        };
        let people = u32::try_from(lost.len()).unwrap_or(u32::MAX);
        let now = Loss { people, since: first, all: live == 0 };
        if let Some(last) = self.last.take() {
            self.stands = Some(Loss { people, since: last.since.min(first), all: last.all && now.all });
            self.last = Some(Loss { since: last.since.min(first), ..now });
        } else {
            self.last = Some(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::at;

    /// One look over the hour that ends at a minute: who wrote something that was not delivered, and how many messages were.
    fn look(watch: &mut Watch, minute: i64, lost: &[&str], live: u32) {
        let as_of = at(60 * minute) + GRACE;
        let stretch = watch.stretch(Some(at(0) - OVERLAP), as_of).unwrap();
        let wrote = at(60 * minute - 30);
        for peer in lost {
            watch.saw(stretch, &ScopedId::new(*peer).unwrap(), wrote, false);
        }
        for _ in 0..live {
            watch.saw(stretch, &ScopedId::new("somebody").unwrap(), wrote, true);
        }
        watch.judge(Some(stretch));
    }

    #[test]
    fn one_look_is_chance_two_are_a_loss_and_one_without_ends_it() {
        let mut watch = Watch::default();
        look(&mut watch, 60, &["a"], 5);
        assert_eq!(watch.stands, None, "a single late delivery is told as a loss");
        look(&mut watch, 120, &["a", "b"], 5);
        assert_eq!(watch.stands, Some(Loss { people: 2, since: at(60 * 60 - 30), all: false }));
        look(&mut watch, 180, &[], 0);
        assert!(watch.stands.is_some(), "that nobody wrote is taken for mended");
        look(&mut watch, 240, &[], 1);
        assert_eq!(watch.stands, None, "what is mended is told for ever");
        look(&mut watch, 300, &["a"], 1);
        assert_eq!(watch.stands, None, "a loss of long ago counts as the look before");
    }

    #[test]
    fn nothing_at_all_is_another_loss_than_nothing_of_some_people() {
        let mut watch = Watch::default();
        look(&mut watch, 60, &["a"], 0);
        look(&mut watch, 120, &["b"], 0);
        assert!(watch.stands.as_ref().unwrap().all);
        look(&mut watch, 180, &["b"], 1);
        assert!(!watch.stands.as_ref().unwrap().all);
    }

    #[test]
    fn what_may_be_on_its_way_or_came_while_nobody_listened_or_was_seen_before_says_nothing() {
        let mut watch = Watch::default();
        let peer = ScopedId::new("a").unwrap();
        let look = |watch: &mut Watch, listening: Option<i64>, as_of: i64, wrote: i64| {
            let stretch = watch.stretch(listening.map(at), at(as_of));
            if let Some(stretch) = stretch {
                watch.saw(stretch, &peer, at(wrote), false);
            }
            watch.judge(stretch);
            watch.last.is_some()
        };
        assert!(!look(&mut watch, Some(0), 3_600, 3_600 - 60), "a delivery that is under way is lost");
        assert!(!look(&mut watch, Some(7_000), 10_000, 6_000), "what came during a downtime is lost without a word");
        assert!(!look(&mut watch, None, 20_000, 15_000), "a program that nobody delivers to says that deliveries are lost");
        assert!(look(&mut watch, Some(7_000), 20_000, 15_000));
        let seen = watch.clone();
        look(&mut watch, Some(7_000), 21_000, 15_000);
        assert_eq!((&watch.last, &watch.stands), (&seen.last, &seen.stands), "one message counts in two looks");
    }
}
