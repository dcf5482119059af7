//! What is known here without asking a platform.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use link_core::linking::causes::{
    CLOCK_SKEWED, JOURNAL_LAGGING, KNOCKS, LAG, SIGN_IN_NOT_RETURNED, SILENCE, SKEW, SUBSCRIPTION_PENDING, WEBHOOK_SECRET_WRONG,
    WEBHOOK_SILENT,
};
use link_core::linking::connection::{Connection, Part, Subscription};
use link_core::words::finding::{Check, Subject};
use link_core::words::ids::{AccountId, OwnerId};
use link_core::words::pulse::TurnedAway;
use link_core::words::view::View;
use link_core::{Error, Result};

use crate::inner::Inner;
use crate::reconciling::checks as of_loss;

/// How far back knocks without a key count.
pub(crate) const KNOCKED_WITHIN: TimeDelta = TimeDelta::hours(24);

impl Inner {
    /// What this program itself knows to be wrong, for an owner and for everybody.
    pub(super) async fn known(&self, owner: &OwnerId, connections: &[Connection]) -> Result<Vec<Check>, Error> {
        let now = self.clock.now();
        let left = self.stores.sign_ins.unreturned(owner, now).await?;
        let mut checks: Vec<Check> = Vec::new();
        for road in self.roads().iter().map(|parts| parts.grants.road()) {
            let check = match left.iter().find(|sign_in| sign_in.road == road) {
                Some(sign_in) => SIGN_IN_NOT_RETURNED.found().with(format!("by {road} until {}", sign_in.expires_at.format("%F %H:%M"))),
                None => SIGN_IN_NOT_RETURNED.absent(),
            };
            checks.push(check.of(Subject::road(road)));
        }
        checks.extend(connections.iter().map(pending));
        checks.extend(self.silent(owner, connections).await?);
        checks.extend(self.lost(owner, connections).await?);
        for account in connections.iter().map(|connection| &connection.key.account).collect::<BTreeSet<_>>() {
            checks.extend(self.enforced.checks(account).await?);
        }
        checks.push(self.secret().await?);
        let waits = self.stores.journal.figures().await?.oldest_open.map(|oldest| now - oldest).filter(|lag| *lag > LAG);
        checks.push(match waits {
            Some(lag) => JOURNAL_LAGGING.found().with(format!("for {} minutes", lag.num_minutes())),
            None => JOURNAL_LAGGING.absent(),
        });
        checks.push(match self.wiring.sight.as_ref().and_then(|sight| sight.seen().clock_ahead) {
            Some(ahead) if ahead.abs() > SKEW => CLOCK_SKEWED.found().with(format!("by {} seconds", ahead.num_seconds())),
            Some(_) => CLOCK_SKEWED.absent(),
            None => CLOCK_SKEWED.unknown(),
        });
        checks.push(self.permissions_ending());
        Ok(checks)
    }

    /// Silence counts from the last thing told, or from the subscription where that was later.
    async fn silent(&self, owner: &OwnerId, connections: &[Connection]) -> Result<Vec<Check>> {
        let now = self.clock.now();
        let mut last: BTreeMap<AccountId, DateTime<Utc>> = BTreeMap::new();
        for heard in self.stores.pulse.heard(&View::system(owner.clone(), "see which accounts fell silent")).await? {
            let known = last.entry(heard.account.account).or_insert(heard.received_at);
            *known = heard.received_at.max(*known);
        }
        let silent = |connection: &Connection| {
            // Who stands by is told nothing that counts.
            if connection.part != Part::Receiving {
                return None;
            }
            let heard = last.get(connection.account())?;
            let Subscription::Active { since } = connection.subscription else { return None };
            (now - since.max(*heard) > SILENCE).then_some(*heard)
        };
        let check = |connection: &Connection| match silent(connection) {
            Some(heard) => WEBHOOK_SILENT.found().with(format!("the last on {}", heard.format("%-d %B %Y"))),
            None => WEBHOOK_SILENT.absent(),
        };
        Ok(connections.iter().map(|connection| placed(check(connection), connection)).collect())
    }

    /// What the last looks found of deliveries that never come.
    async fn lost(&self, owner: &OwnerId, connections: &[Connection]) -> Result<Vec<Check>> {
        let compared = self.stores.reconciles.reconciles(&View::system(owner.clone(), "see what is lost of what is delivered")).await?;
        let loss = |connection: &Connection| {
            // Who stands by is told nothing that counts.
            let row = compared.iter().find(|row| row.connection == connection.key && connection.part == Part::Receiving);
            of_loss(&connection.key, row.and_then(link_sync::Reconcile::loss))
        };
        Ok(connections.iter().flat_map(loss).collect())
    }

    /// Anybody may knock, so some knocks say nothing. Knocks and nothing else say that the secret is another one.
    async fn secret(&self) -> Result<Check> {
        let away: TurnedAway = self.stores.pulse.turned_away(self.clock.now() - KNOCKED_WITHIN).await?;
        let received = self.stores.pulse.last_received().await?;
        let (Some(first), Some(_)) = (away.first_at, away.last_at) else { return Ok(WEBHOOK_SECRET_WRONG.absent()) };
        let silent = received.is_none_or(|received| received < first);
        Ok(if away.count >= KNOCKS && silent {
            WEBHOOK_SECRET_WRONG.found().with(format!("{} within a day", away.count))
        } else {
            WEBHOOK_SECRET_WRONG.absent()
        })
    }
}

fn pending(connection: &Connection) -> Check {
    let check = match &connection.subscription {
        Subscription::Wanted { tries, cause } if *tries > 0 => match cause {
            Some(cause) => SUBSCRIPTION_PENDING.found().with(cause),
            None => SUBSCRIPTION_PENDING.found(),
        },
        _ => SUBSCRIPTION_PENDING.absent(),
    };
    placed(check, connection)
}

/// At the connection's account, as it is reached by its road.
fn placed(check: Check, connection: &Connection) -> Check {
    check.at(connection.account().clone()).of(Subject::road(connection.key.road.clone()))
}
