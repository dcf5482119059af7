//! How far the reading of older history is, letting it rest, and what of it is here.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use link_core::linking::connection::Connection;
use link_core::words::activity::Activity;
use link_core::words::ids::{AccountId, AccountKey, ConversationKey};
use link_core::words::page::PageQuery;
use link_core::words::refusal::Refusal;
use link_core::words::view::{Accounts, View, Viewer};
use link_sync::{
    Backfill, BackfillChange, BackfillState, ConversationRow, Coverage, CoverageMap, PausedBy, Progress, Reading, Reconcile, Stretch,
};
use serde::Serialize;

use crate::inbox::Inbox;
use crate::problem::Problem;

/// Conversations that are read at once.
const PAGE: u32 = 500;

/// How the conversations of an account stand, each counted by the worst that its map says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct AccountCoverage {
    /// How many conversations there are.
    pub conversations: u64,
    /// How many of them stand how, by [`Standing::as_str`](link_sync::Standing::as_str).
    pub standing: BTreeMap<&'static str, u64>,
}

/// What is known of an account beside each conversation's own coverage.
struct Around {
    heard: Vec<Stretch>,
    compared: Vec<Reconcile>,
    backfills: Vec<Backfill>,
}

impl Inbox {
    /// How far the history of each account is, how fast it goes, and what it waits for.
    pub async fn progress(&self, viewer: &Viewer) -> Result<Vec<Progress>, Problem> {
        let view = self.0.policy.compile(viewer);
        let tallies: BTreeMap<_, _> = self.0.stores.backfills.tallies(&view).await?.into_iter().collect();
        let backfills = self.0.stores.backfills.backfills(&view).await?;
        Ok(backfills.iter().map(|it| Progress::of(it, &tallies.get(&it.connection).copied().unwrap_or_default())).collect())
    }

    /// Lets the reading of an account's history rest; what is being asked at this moment is thrown away, and read later. Messages that come
    /// now come all the same. Answers how far it is.
    pub async fn pause_history(&self, viewer: &Viewer, account: &AccountId) -> Result<Vec<Progress>, Problem> {
        let pause = PausedBy::new(viewer.actor.clone(), self.0.clock.now());
        self.rest(viewer, account, "history.pause", Some(pause)).await
    }

    /// Lets the reading of an account's history go on where it was.
    pub async fn resume_history(&self, viewer: &Viewer, account: &AccountId) -> Result<Vec<Progress>, Problem> {
        let progress = self.rest(viewer, account, "history.resume", None).await;
        self.0.bell.ring();
        progress
    }

    async fn rest(
        &self,
        viewer: &Viewer,
        account: &AccountId,
        act: &'static str,
        pause: Option<PausedBy>,
    ) -> Result<Vec<Progress>, Problem> {
        if !self.0.policy.may_manage(viewer) {
            return Err(Refusal::NotVisible.into());
        }
        let backfills = self.0.stores.backfills.backfills(&self.0.policy.compile(viewer)).await?;
        let mut of_account = backfills.iter().filter(|backfill| backfill.connection.account.account == *account).peekable();
        if of_account.peek().is_none() {
            return Err(Refusal::NotLinked.into());
        }
        // Who paused it first, did.
        let act = Activity::of(viewer, act, self.0.clock.now()).on(account);
        let step = |stored: &Backfill, _: &[Reading]| {
            let changes = stored.paused.is_some() != pause.is_some();
            changes.then(|| BackfillChange::new(stored.clone().resting(pause.clone())).act(act.clone()))
        };
        for backfill in of_account {
            self.0.stores.backfills.change(&backfill.connection, &[], &step).await?;
        }
        let mut progress = self.progress(viewer).await?;
        progress.retain(|progress| progress.account == *account);
        Ok(progress)
    }

    /// What of a conversation's history is here, and why the rest is not; `None` if there is no such conversation. For exports it serialises.
    pub async fn coverage(&self, viewer: &Viewer, conversation: &ConversationKey) -> Result<Option<CoverageMap>, Problem> {
        let Some(row) = self.conversation(viewer, conversation).await? else { return Ok(None) };
        let around = self.around(&self.0.policy.compile(viewer), &conversation.account).await?;
        Ok(Some(self.map(&row, &around).await?))
    }

    /// How the conversations of an account stand. It reads all of them: for a page that somebody opens, not for every request.
    pub async fn coverage_of(&self, viewer: &Viewer, account: &AccountId) -> Result<AccountCoverage, Problem> {
        let key = AccountKey::new(viewer.owner.clone(), account.clone());
        let view = self.0.policy.compile(viewer);
        let around = self.around(&view, &key).await?;
        let mut counted = AccountCoverage::default();
        let of_account = match &view.accounts {
            Accounts::Only(some) if !some.contains(account) => return Ok(counted),
            _ => view.clone().with_accounts(Accounts::Only([account.clone()].into())),
        };
        let mut query = PageQuery::first(PAGE);
        loop {
            let page = self.0.stores.messages.conversations(&of_account, &query).await?;
            for row in &page.items {
                counted.conversations += 1;
                *counted.standing.entry(self.map(row, &around).await?.standing().as_str()).or_default() += 1;
            }
            match page.next {
                Some(next) => query.after = Some(next),
                None => return Ok(counted),
            }
        }
    }

    async fn around(&self, view: &View, account: &AccountKey) -> Result<Around, Problem> {
        let connections = self.0.stores.links.connections(view).await?;
        let mut compared = self.0.stores.reconciles.reconciles(view).await?;
        compared.retain(|row| row.connection.account == *account);
        let of_account = connections.iter().filter(|connection| connection.key.account == *account);
        let heard =
            of_account.filter_map(|it| listened(it, compared.iter().find(|row| row.connection == it.key), self.0.clock.now())).collect();
        let mut backfills = self.0.stores.backfills.backfills(view).await?;
        backfills.retain(|backfill| backfill.connection.account == *account);
        Ok(Around { heard, compared, backfills })
    }

    async fn map(&self, row: &ConversationRow, around: &Around) -> Result<CoverageMap, Problem> {
        let mut coverage = row.state.coverage.clone().unwrap_or_default();
        for backfill in &around.backfills {
            // Whoever is on no list may have written before all the same: no platform says that its list hides nobody in a folder.
            if let (true, BackfillState::Stopped { cause }) = (backfill.is_denied, &backfill.state) {
                coverage.join(Coverage::denied(self.0.clock.now(), cause.clone()));
            }
        }
        let missed: Vec<Stretch> = around.compared.iter().flat_map(|compared| compared.missed_of(&row.key.peer)).collect();
        Ok(coverage.map(&around.heard, &missed, self.0.clock.now()))
    }
}

/// While deliveries of a connection were listened to, as far as nothing is known to have been missed. What stands by is told and not kept.
fn listened(connection: &Connection, compared: Option<&Reconcile>, now: DateTime<Utc>) -> Option<Stretch> {
    let (received_since, received_until) = connection.last_received(now)?;
    let since = connection.listened_since()?.max(received_since.unwrap_or(DateTime::<Utc>::MIN_UTC));
    let until = connection.missed_since.or(connection.withheld_since).unwrap_or(now).min(received_until);
    let until = compared.and_then(Reconcile::missing_since).map_or(until, |missing| missing.min(until));
    (since < until).then(|| Stretch::new(Some(since), until))
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use link_core::linking::connection::{ConnectionKey, Handover, Part, Subscription};
    use link_core::words::ids::{LinkId, PersonId};
    use link_core::words::platform::Road;

    use super::*;

    fn at(days: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::days(days)
    }

    /// Subscribed on the first day, and handed over on the fifth.
    fn handed_over(before: Part, since: Part) -> Connection {
        let account = AccountKey::new("o".parse().unwrap(), "instagram:1".parse().unwrap());
        let key = ConnectionKey { account, road: Road::FACEBOOK };
        let link: LinkId = "00000000-0000-0000-0000-000000000000".parse().unwrap();
        let mut connection = Connection::new(key, link, PersonId::new("1").unwrap(), "Shop", at(0));
        connection.subscription = Subscription::Active { since: at(1) };
        (connection.part, connection.handovers) = (since, vec![Handover { until: at(5), part: before }]);
        connection
    }

    /// Or what came while no road received it is called heard.
    #[test]
    fn a_road_that_stands_by_was_listened_to_only_while_it_received() {
        let from = handed_over(Part::Receiving, Part::Standby);
        assert_eq!(listened(&from, None, at(9)), Some(Stretch::new(Some(at(1)), at(5))));
        assert_eq!(listened(&from, None, at(3)), Some(Stretch::new(Some(at(1)), at(3))), "a cut-over that is only planned ends nothing");
        let to = handed_over(Part::Standby, Part::Receiving);
        assert_eq!([3, 9].map(|day| listened(&to, None, at(day))), [None, Some(Stretch::new(Some(at(5)), at(9)))]);
    }
}
