//! A switch: an account is received by another road from a time on.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::connection::{Connection, Handover, Health, Part, Subscription};
use crate::words::error::{Remedy, Who};
use crate::words::ids::{AccountKey, PersonId};
use crate::words::platform::{Feature, Road};

/// How far ahead a cut-over must be at least. What happened after it must not have arrived before the switch was written; the clocks of both
/// sides may differ by as much.
pub const LEAD: TimeDelta = TimeDelta::minutes(2);

/// What a switch will change. The plan is the dry run: nothing but it is carried out.
///
/// The cut-over is by the platform's clock: what happened before it belongs to the old road, what happened at it or later to the new one,
/// whichever delivery comes first and however late. Ids of messages are per road: what was received before the cut-over keeps those of the old
/// road. After the cut-over the new road's history is read: what the old one missed comes from there, and by which id the new road knows the
/// rest is learned, so that what becomes of a message later finds it. Of what the platform does not show any more that cannot be learned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SwitchPlan {
    /// Which account.
    pub account: AccountKey,
    /// The road that receives now.
    pub from: Road,
    /// The road that will receive.
    pub to: Road,
    /// From when on.
    pub at: DateTime<Utc>,
    /// Whose token will be used from then on: who authorised the account on the new road.
    pub authorised_by: PersonId,
    /// What will be possible that is not now.
    pub gains: Vec<Feature>,
    /// What is possible now and will not be any more.
    pub loses: Vec<Feature>,
}

/// Why an account cannot be switched to another road like this.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "refused", rename_all = "snake_case")]
#[non_exhaustive]
pub enum SwitchRefused {
    /// The account is not linked by two roads, the wanted one among them.
    #[error("the account is not linked by the road {to}")]
    NotConnected {
        /// The wanted road.
        to: Road,
    },
    /// It is received by that road already, or will be.
    #[error("the account is received by the road {to} already")]
    Already {
        /// The wanted road.
        to: Road,
    },
    /// The token of the wanted road does not work.
    #[error("the account's token of the road {to} does not work")]
    Dead {
        /// The wanted road.
        to: Road,
    },
    /// The permission to receive by the wanted road is given back.
    #[error("the account may not be received by the road {to}: the permission was given back")]
    Withheld {
        /// The wanted road.
        to: Road,
    },
    /// The platform does not deliver by the wanted road yet.
    #[error("the account is not subscribed by the road {to}")]
    NotSubscribed {
        /// The wanted road.
        to: Road,
    },
    /// The cut-over is too near, has passed, or is before another one.
    #[error("the cut-over is too early; {earliest} is the earliest")]
    TooSoon {
        /// The earliest that is possible.
        earliest: DateTime<Utc>,
    },
    /// What was planned is not what is stored any more.
    #[error("the account's connections changed after the switch was planned")]
    Changed,
}

impl SwitchRefused {
    /// A stable word.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotConnected { .. } => "switch_not_connected",
            Self::Already { .. } => "switch_already",
            Self::Dead { .. } => "switch_dead",
            Self::Withheld { .. } => "switch_withheld",
            Self::NotSubscribed { .. } => "switch_not_subscribed",
            Self::TooSoon { .. } => "switch_too_soon",
            Self::Changed => "switch_changed",
        }
    }

    /// Who can do what about it.
    pub const fn remedy(&self) -> Remedy {
        match self {
            Self::NotConnected { .. } => Remedy::new(Who::Owner, "sign in by the other road and link the account by it as well"),
            Self::Already { .. } => Remedy::new(Who::Owner, "leave it as it is"),
            Self::Dead { .. } => Remedy::new(Who::Owner, "sign in by the other road again, then plan the switch"),
            Self::Withheld { .. } => Remedy::new(Who::Owner, "ask for the permission again by the other road, then plan the switch"),
            Self::NotSubscribed { .. } => {
                Remedy::new(Who::Owner, "wait until the other road is subscribed; its connection says why it is not")
            }
            Self::TooSoon { .. } => Remedy::new(Who::Developer, "plan the switch for a later time and carry it out at once"),
            Self::Changed => Remedy::new(Who::Owner, "plan the switch again and look at what it changes"),
        }
    }
}

impl SwitchPlan {
    /// Plans the switch of an account to a road, from all of its connections. What it changes of the features is added by whoever knows them.
    pub fn new(connections: &[Connection], to: &Road, at: DateTime<Utc>, now: DateTime<Utc>) -> Result<Self, SwitchRefused> {
        let not_connected = || SwitchRefused::NotConnected { to: to.clone() };
        let new = connections.iter().find(|connection| connection.key.road == *to).ok_or_else(not_connected)?;
        let of_account = |connection: &&Connection| connection.key.account == new.key.account;
        // Where one may not receive any more and another took its place, that one is meant.
        let receiving = connections.iter().filter(of_account).filter(|connection| connection.part == Part::Receiving);
        let old = receiving.min_by_key(|connection| connection.withheld_since.is_some()).ok_or_else(not_connected)?;
        if new.withheld_since.is_some() {
            return Err(SwitchRefused::Withheld { to: to.clone() });
        }
        if old.key == new.key {
            return Err(SwitchRefused::Already { to: to.clone() });
        }
        if matches!(new.health, Health::Dead { .. }) {
            return Err(SwitchRefused::Dead { to: to.clone() });
        }
        if !matches!(new.subscription, Subscription::Active { .. }) {
            return Err(SwitchRefused::NotSubscribed { to: to.clone() });
        }
        let last = [old, new].iter().flat_map(|connection| &connection.handovers).map(|handover| handover.until).max();
        let earliest = last.map_or(now + LEAD, |last| last.max(now + LEAD));
        if at < earliest {
            return Err(SwitchRefused::TooSoon { earliest });
        }
        Ok(Self {
            account: new.key.account.clone(),
            from: old.key.road.clone(),
            to: to.clone(),
            at,
            authorised_by: new.person.clone(),
            gains: Vec::new(),
            loses: Vec::new(),
        })
    }

    /// With what becomes possible and what does not stay so.
    #[must_use]
    pub fn changing(mut self, gains: Vec<Feature>, loses: Vec<Feature>) -> Self {
        (self.gains, self.loses) = (gains, loses);
        self
    }

    /// The connections as they are once it is carried out; those that do not change are not among them. Refused if they are not those that it
    /// was planned for.
    pub fn carry_out(&self, connections: &[Connection], now: DateTime<Utc>) -> Result<Vec<Connection>, SwitchRefused> {
        let again = Self::new(connections, &self.to, self.at, now)?.changing(self.gains.clone(), self.loses.clone());
        if again != *self {
            return Err(SwitchRefused::Changed);
        }
        let concerned = connections.iter().filter(|it| it.key.account == self.account && [&self.from, &self.to].contains(&&it.key.road));
        Ok(concerned
            .map(|connection| {
                let mut connection = connection.clone();
                connection.handovers.push(Handover { until: self.at, part: connection.part });
                connection.part = if connection.key.road == self.to { Part::Receiving } else { Part::Standby };
                // Whether it is subscribed is looked at again, and then its history is read, as far back as there may be news.
                if connection.part == Part::Receiving {
                    connection.subscription = Subscription::Wanted { tries: 0, cause: None };
                    connection.missed_since = Some(connection.missed_since.unwrap_or(connection.confirmed_at));
                }
                connection
            })
            .collect())
    }

    /// The plan in plain words, a sentence a line.
    pub fn to_text(&self) -> String {
        let (account, from, to, at) = (&self.account.account, &self.from, &self.to, self.at.format("%Y-%m-%d %H:%M:%S UTC"));
        let mut lines = vec![
            format!("From {at} on, {account} is received by the road {to}, and {from} stands by."),
            format!("What happened before belongs to {from}, however late it comes; its messages keep the ids they have there."),
            format!("From then on the token is used that {} gave.", self.authorised_by),
        ];
        let named = |features: &[Feature]| features.iter().map(Feature::as_str).collect::<Vec<_>>().join(", ");
        if !self.gains.is_empty() {
            lines.push(format!("This becomes possible: {}.", named(&self.gains)));
        }
        if !self.loses.is_empty() {
            lines.push(format!("This is not possible any more: {}.", named(&self.loses)));
        }
        lines.join("\n")
    }
}

#[cfg(test)]
mod tests;
