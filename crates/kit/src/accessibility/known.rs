//! What is known here without asking a platform.

use chrono::TimeDelta;
use link_core::linking::causes::{
    CLOCK_SKEWED, JOURNAL_LAGGING, KNOCKS, LAG, SIGN_IN_NOT_RETURNED, SKEW, SUBSCRIPTION_PENDING, WEBHOOK_SECRET_WRONG,
};
use link_core::linking::connection::{Connection, Subscription};
use link_core::words::finding::Check;
use link_core::words::ids::OwnerId;
use link_core::words::pulse::TurnedAway;
use link_core::{Error, Result};

use crate::inner::Inner;

/// How far back knocks without a key count.
pub(crate) const KNOCKED_WITHIN: TimeDelta = TimeDelta::hours(24);

impl Inner {
    /// What this program itself knows to be wrong, for an owner and for everybody.
    pub(super) async fn known(&self, owner: &OwnerId, connections: &[Connection]) -> Result<Vec<Check>, Error> {
        let now = self.clock.now();
        let left = self.stores.sign_ins.unreturned(owner, now).await?;
        let mut checks = vec![match left.first() {
            Some(sign_in) => {
                SIGN_IN_NOT_RETURNED.found().with(format!("by {} until {}", sign_in.road, sign_in.expires_at.format("%F %H:%M")))
            }
            None => SIGN_IN_NOT_RETURNED.absent(),
        }];
        checks.extend(connections.iter().map(pending));
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
        Ok(checks)
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
    check.at(connection.account().clone())
}
