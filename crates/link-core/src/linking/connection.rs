//! An account reached by one road with one credential.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::words::ids::{AccountId, AccountKey, ExternalId, LinkId, PersonId};
use crate::words::platform::Road;

/// Which connection: an owner's account and the road.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ConnectionKey {
    /// The owner's account.
    pub account: AccountKey,
    /// The road.
    pub road: Road,
}

/// An account that is part of a confirmed link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Connection {
    /// Which.
    pub key: ConnectionKey,
    /// The link it belongs to.
    pub link: LinkId,
    /// The asset through which it is reached.
    pub via: Option<ExternalId>,
    /// Who authorised it.
    pub person: PersonId,
    /// The account's name.
    pub name: String,
    /// Its handle (Instagram).
    pub username: Option<String>,
    /// Whether it receives or stands by, after the last of its handovers.
    pub part: Part,
    /// What it did before, oldest first: an account may have been handed over from one road to the other.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub handovers: Vec<Handover>,
    /// Whether its token works.
    pub health: Health,
    /// Whether the platform tells us what happens there.
    pub subscription: Subscription,
    /// Since when what is delivered of it has been listened to, if that is longer than the subscription says: a sign-in, or more that is wanted
    /// of a link, opens the step again and ends no deliveries. What may have been missed meanwhile is told by [`Self::missed_since`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heard_since: Option<DateTime<Utc>>,
    /// When the owner confirmed it. What is later is news; what is earlier is history.
    pub confirmed_at: DateTime<Utc>,
    /// How often somebody signed in again for it. A call made with an older token says nothing about the newer one.
    #[serde(default)]
    pub generation: u64,
    /// What is later than this may have been missed and is to be read, once the account is subscribed again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missed_since: Option<DateTime<Utc>>,
    /// Since when the permission to receive is given back: whatever its part, its deliveries are acknowledged and counted, and not kept, until
    /// the account is confirmed anew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withheld_since: Option<DateTime<Utc>>,
    /// When it was unlinked; `None` while it is linked. What was unlinked is shown to nobody and receives nothing; its row stays, so that
    /// what still comes for it can be told from what nobody ever linked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<DateTime<Utc>>,
}

/// A token is found dead when it is used, which may be long after it died.
const UNNOTICED: TimeDelta = TimeDelta::days(1);

impl Connection {
    /// A freshly confirmed connection: receiving, alive, not yet subscribed.
    pub fn new(key: ConnectionKey, link: LinkId, person: PersonId, name: impl Into<String>, confirmed_at: DateTime<Utc>) -> Self {
        Self {
            key,
            link,
            via: None,
            person,
            name: name.into(),
            username: None,
            part: Part::Receiving,
            handovers: Vec::new(),
            health: Health::Alive,
            subscription: Subscription::Wanted { tries: 0, cause: None },
            heard_since: None,
            confirmed_at,
            generation: 0,
            missed_since: None,
            withheld_since: None,
            ended_at: None,
        }
    }

    /// A fresh connection in place of one of the same key: what was news stays news, calls under way with the older token count against that
    /// one, and what may have been missed is to be read.
    ///
    /// That is what came since a message of the account was last heard of, though its token may have lived: a platform ends subscriptions
    /// without a word. If the token was dead, it is what came since about a day before anybody knew, if that is longer.
    #[must_use]
    pub fn in_place_of(mut self, known: &Self, last_heard: Option<DateTime<Utc>>) -> Self {
        self.confirmed_at = known.confirmed_at;
        self.handovers.clone_from(&known.handovers);
        self.generation = known.generation + 1;
        // What was delivered while the permission was given back was not kept.
        self.heard_since = known.listened_since().filter(|_| known.withheld_since.is_none());
        let dead = match known.health {
            Health::Dead { since, .. } => Some(since - UNNOTICED),
            Health::Alive => None,
        };
        let silent = last_heard.unwrap_or(known.confirmed_at);
        let since = dead.map_or(silent, |dead| dead.min(silent)).max(known.confirmed_at);
        self.missed_since = Some(known.missed_since.map_or(since, |missed| missed.min(since)));
        self
    }

    /// The connection with the step of its subscription open once more. What is delivered meanwhile is listened to.
    #[must_use]
    pub fn reopened(mut self) -> Self {
        self.heard_since = self.listened_since();
        self.subscription = Subscription::Wanted { tries: 0, cause: None };
        self
    }

    /// Since when what is delivered of it has been listened to; `None` if it never was.
    pub fn listened_since(&self) -> Option<DateTime<Utc>> {
        match self.subscription {
            Subscription::Active { since } => Some(self.heard_since.map_or(since, |heard| heard.min(since))),
            Subscription::Wanted { .. } => self.heard_since,
        }
    }

    /// A fresh connection under the key of one that was unlinked: it goes on from that one's generation, so that a call which is still under
    /// way with the former token says nothing about this one. Nothing else of the former is carried over.
    #[must_use]
    pub fn after_ended(mut self, ended: &Self) -> Self {
        self.generation = self.generation.max(ended.generation + 1);
        self
    }

    /// The connection after the platform refused the token of a sign-in; `None` if that is known, or if somebody signed in again since: a call
    /// that was under way then says nothing about the newer token.
    pub fn died(&self, generation: u64, code: Option<String>, now: DateTime<Utc>) -> Option<Self> {
        if self.generation != generation || matches!(self.health, Health::Dead { .. }) {
            return None;
        }
        let mut connection = self.clone();
        connection.health = Health::Dead { since: now, code };
        Some(connection)
    }

    /// Whether it receives or stands by at a time.
    pub fn part_at(&self, at: DateTime<Utc>) -> Part {
        part_at(self.part, &self.handovers, at)
    }

    /// Since when, or from when on, it receives what it receives last, if another road did before.
    pub fn took_over_at(&self) -> Option<DateTime<Utc>> {
        let last = self.handovers.last().filter(|last| self.part == Part::Receiving && last.part == Part::Standby);
        last.map(|last| last.until)
    }

    /// The last stretch in which it received, up to a time: since when, if it stood by before, and until when. `None` if it only stood by.
    pub fn last_received(&self, now: DateTime<Utc>) -> Option<(Option<DateTime<Utc>>, DateTime<Utc>)> {
        let ends = self.handovers.iter().map(|handover| (handover.part, handover.until));
        let mut from = None;
        let mut last = None;
        for (part, until) in ends.chain([(self.part, DateTime::<Utc>::MAX_UTC)]) {
            if part == Part::Receiving && from.is_none_or(|from| from < now) {
                last = Some((from, until.min(now)));
            }
            from = Some(until);
        }
        last
    }

    /// True if what the platform tells of this moment by its road is kept.
    pub fn receives_at(&self, at: DateTime<Utc>) -> bool {
        self.withheld_since.is_none() && self.part_at(at) == Part::Receiving
    }

    /// The platform's account.
    pub const fn account(&self) -> &AccountId {
        &self.key.account.account
    }
}

/// What a connection does for its account. An account has one that receives; another road to it stands by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Its deliveries are kept.
    Receiving,
    /// Its deliveries are acknowledged and counted.
    Standby,
}

/// What a connection did until an account was handed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handover {
    /// Up to this time, which is not part of it any more; by the platform's clock.
    pub until: DateTime<Utc>,
    /// What it did.
    pub part: Part,
}

fn part_at(now: Part, handovers: &[Handover], at: DateTime<Utc>) -> Part {
    handovers.iter().find(|handover| at < handover.until).map_or(now, |handover| handover.part)
}

/// Whether a connection's token works. A dead token stops what goes out, never what comes in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "health", rename_all = "snake_case")]
pub enum Health {
    /// As far as we know.
    Alive,
    /// The platform refuses it.
    Dead {
        /// Since when we know.
        since: DateTime<Utc>,
        /// The platform's code, for whoever asks why.
        code: Option<String>,
    },
}

/// Whether the platform tells us what happens at an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "subscription", rename_all = "snake_case")]
pub enum Subscription {
    /// It is to be subscribed: the step of the plan that is still open.
    Wanted {
        /// How often it was tried.
        tries: u32,
        /// Why the last try failed.
        cause: Option<String>,
    },
    /// It was subscribed.
    Active {
        /// When.
        since: DateTime<Utc>,
    },
}

/// Who receives what an account tells: the answer to the question that admission asks.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Receiver {
    /// The owner's account.
    pub account: AccountKey,
    /// The road.
    pub road: Road,
    /// Whether it receives or stands by, after the last of its handovers.
    pub part: Part,
    /// What it did before, oldest first.
    pub handovers: Vec<Handover>,
    /// True if the permission to receive is given back.
    pub withheld: bool,
}

impl Receiver {
    /// A receiver.
    pub const fn new(account: AccountKey, road: Road, part: Part) -> Self {
        Self { account, road, part, handovers: Vec::new(), withheld: false }
    }

    /// Whose permission to receive is given back, or not.
    #[must_use]
    pub const fn withheld(mut self, withheld: bool) -> Self {
        self.withheld = withheld;
        self
    }

    /// True if what happened at a time is kept.
    pub fn receives_at(&self, at: DateTime<Utc>) -> bool {
        !self.withheld && self.part_at(at) == Part::Receiving
    }

    /// With what it did before.
    #[must_use]
    pub fn after(mut self, handovers: Vec<Handover>) -> Self {
        self.handovers = handovers;
        self
    }

    /// Whether it receives what happened at a time, or stands by.
    pub fn part_at(&self, at: DateTime<Utc>) -> Part {
        part_at(self.part, &self.handovers, at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::ids::OwnerId;

    fn at(days: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::days(days)
    }

    fn connection(confirmed: i64) -> Connection {
        let account = AccountKey::new(OwnerId::new("o").unwrap(), "messenger:1".parse().unwrap());
        let key = ConnectionKey { account, road: Road::FACEBOOK };
        Connection::new(key, LinkId::from_uuid(uuid::Uuid::nil()), PersonId::new("p").unwrap(), "Shop", at(confirmed))
    }

    #[test]
    fn a_call_that_was_under_way_while_somebody_signed_in_again_does_not_kill_the_new_token() {
        let dead = connection(1).died(0, None, at(9)).unwrap();
        assert_eq!(dead.died(0, None, at(10)), None, "a dead token dies twice");
        let fresh = connection(20).in_place_of(&dead, Some(at(12)));
        assert_eq!((fresh.generation, fresh.confirmed_at, fresh.missed_since), (1, at(1), Some(at(8))));
        assert_eq!(fresh.died(0, None, at(21)), None, "an old token's failure kills the new one");
        assert!(fresh.died(1, None, at(21)).is_some());
    }

    #[test]
    fn a_call_that_was_under_way_while_the_account_was_unlinked_and_linked_anew_says_nothing_of_the_new_link() {
        let mut ended = connection(1);
        (ended.generation, ended.ended_at) = (3, Some(at(5)));
        let anew = connection(20).after_ended(&ended);
        assert_eq!((anew.generation, anew.confirmed_at, anew.missed_since, anew.ended_at), (4, at(20), None, None));
        assert!(anew.died(3, None, at(21)).is_none() && anew.died(4, None, at(21)).is_some());
        assert_eq!(anew.clone().after_ended(&ended), anew, "writing it twice makes another sign-in of it");
    }

    /// Or months that were listened to are a gap, once somebody signs in again or wants more of a link.
    #[test]
    fn whoever_signs_in_again_or_wants_more_was_listened_to_all_the_time() {
        let mut known = connection(1);
        assert_eq!(known.clone().reopened().listened_since(), None);
        known.subscription = Subscription::Active { since: at(2) };
        let mut fresh = connection(20).in_place_of(&known, Some(at(19)));
        assert_eq!((fresh.listened_since(), fresh.missed_since), (Some(at(2)), Some(at(19))));
        fresh.subscription = Subscription::Active { since: at(21) };
        assert_eq!(fresh.reopened().listened_since(), Some(at(2)));
        known.withheld_since = Some(at(10));
        assert_eq!(connection(20).in_place_of(&known, None).listened_since(), None, "what was thrown away was heard");
        let stored = serde_json::to_value(connection(1)).unwrap();
        assert!(stored.get("heard_since").is_none() && serde_json::from_value::<Connection>(stored).is_ok());
    }

    #[test]
    fn nothing_from_before_the_confirmation_counts_as_missed_and_nothing_missed_is_forgotten() {
        let dead = connection(9).died(0, None, at(9)).unwrap();
        let fresh = connection(20).in_place_of(&dead, Some(at(12)));
        assert_eq!(fresh.missed_since, Some(at(9)));
        assert_eq!(connection(30).in_place_of(&fresh, Some(at(25))).missed_since, Some(at(9)), "who signs in twice loses what was missed");
    }

    #[test]
    fn whoever_signs_in_again_reads_what_came_since_the_account_fell_silent_though_its_token_lived() {
        assert_eq!(connection(30).in_place_of(&connection(9), Some(at(12))).missed_since, Some(at(12)));
        assert_eq!(connection(30).in_place_of(&connection(9), Some(at(4))).missed_since, Some(at(9)), "history is read as missed");
        assert_eq!(connection(30).in_place_of(&connection(9), None).missed_since, Some(at(9)), "what never was heard of cannot be missed");
        let dead = connection(9).died(0, None, at(20)).unwrap();
        assert_eq!(connection(30).in_place_of(&dead, Some(at(12))).missed_since, Some(at(12)), "the silence before the token died is lost");
    }

    #[test]
    fn what_was_received_last_ends_with_a_cut_over_that_has_passed() {
        let mut first = connection(0);
        assert_eq!(first.last_received(at(9)), Some((None, at(9))));
        (first.part, first.handovers) = (Part::Standby, vec![Handover { until: at(5), part: Part::Receiving }]);
        assert_eq!([3, 9].map(|day| first.last_received(at(day))), [Some((None, at(3))), Some((None, at(5)))]);
        let mut second = connection(0);
        second.handovers = vec![Handover { until: at(5), part: Part::Standby }];
        assert_eq!([3, 9].map(|day| second.last_received(at(day))), [None, Some((Some(at(5)), at(9)))]);
        first.part = Part::Receiving;
        first.handovers.push(Handover { until: at(7), part: Part::Standby });
        assert_eq!([6, 9].map(|day| first.last_received(at(day))), [Some((None, at(5))), Some((Some(at(7)), at(9)))]);
    }
}
