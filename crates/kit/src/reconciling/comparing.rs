//! Comparing, and what it says of deliveries that are lost.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use link_core::Result;
use link_core::linking::accessibility::{FindingStore, examined};
use link_core::linking::causes::{WEBHOOK_LOST, WEBHOOK_PARTIAL};
use link_core::linking::connection::ConnectionKey;
use link_core::words::clock::Clock;
use link_core::words::finding::{Check, Subject};
use link_core::words::work::{Next, Work};
use link_sync::{Loss, Reconcile, Reconciles};

/// The work that compares what there is an occasion for.
pub(crate) struct Comparing {
    pub(crate) reconciles: Reconciles,
    pub(crate) findings: Arc<dyn FindingStore>,
    pub(crate) clock: Arc<dyn Clock>,
}

/// What a look that is over says of deliveries stands, or is gone, from now on.
pub(super) async fn note(findings: &dyn FindingStore, reconcile: &Reconcile, now: DateTime<Utc>) -> Result<()> {
    let (owner, found) = (&reconcile.connection.account.owner, checks(&reconcile.connection, reconcile.loss()));
    findings.update(owner, &|stored| examined(owner, stored, &found, now)).await?;
    Ok(())
}

/// What is lost of an account's deliveries, looked for.
pub(crate) fn checks(connection: &ConnectionKey, loss: Option<&Loss>) -> [Check; 2] {
    let told = |loss: &Loss| {
        let people = if loss.people == 1 { "1 person".to_owned() } else { format!("{} people", loss.people) };
        format!("of {people}, since {}", loss.since.format("%-d %B %Y %H:%M UTC"))
    };
    let of_all_and_some = match loss {
        Some(loss) if loss.all => [WEBHOOK_LOST.found().with(told(loss)), WEBHOOK_PARTIAL.absent()],
        Some(loss) => [WEBHOOK_LOST.absent(), WEBHOOK_PARTIAL.found().with(told(loss))],
        None => [WEBHOOK_LOST.absent(), WEBHOOK_PARTIAL.absent()],
    };
    of_all_and_some.map(|check| check.at(connection.account.account.clone()).of(Subject::road(connection.road.clone())))
}

#[async_trait]
impl Work for Comparing {
    fn name(&self) -> &'static str {
        "reconcile"
    }

    async fn step(&self) -> Result<Next> {
        let Some(reconcile) = self.reconciles.go_on().await? else {
            return Ok(self.reconciles.next_due().await?.map_or(Next::Idle, Next::At));
        };
        if reconcile.ended_at().is_some() {
            note(&*self.findings, &reconcile, self.clock.now()).await?;
        }
        Ok(Next::Again)
    }
}
