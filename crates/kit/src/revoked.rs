//! Telling the ledger what we ourselves took back at a platform.

use chrono::{DateTime, Utc};
use link_core::words::error::Result;
use link_core::words::ids::{OwnerId, PersonId};
use link_core::words::platform::Road;
use link_core::words::view::View;
use link_permissions::{LedgerQuery, LedgerStore, Standings, answers};

/// Enters that everything a person granted was taken back. The platform has done it already and would refuse to do it once more, so a ledger
/// that cannot be written is logged and holds nothing up.
pub(crate) async fn enter(ledger: &dyn LedgerStore, owner: &OwnerId, road: &Road, person: &PersonId, at: DateTime<Utc>) {
    if let Err(error) = entered(ledger, owner, road, person, at).await {
        tracing::error!(%error, %owner, %road, "that a consent was taken back could not be entered in the ledger");
    }
}

async fn entered(ledger: &dyn LedgerStore, owner: &OwnerId, road: &Road, person: &PersonId, at: DateTime<Utc>) -> Result<()> {
    let query = LedgerQuery::default().of(person.clone()).by(road.clone());
    let entries = ledger.entries(&View::system(owner.clone(), "enter what was taken back"), &query).await?;
    let known = Standings::of(&entries, person, road);
    ledger.append(&answers::withdrawn(owner, person, road, &known, at)).await
}
