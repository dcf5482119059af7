//! What every ledger store must do. Each function runs on any store, also on one that holds something already, and panics where the
//! store is wrong; an error is the store's own.

use chrono::{DateTime, TimeDelta, Utc};
use link_core::{ActorId, ExternalId, OwnerId, PersonId, Result, Road, Scope, View};

use crate::ledger::{Entry, LedgerQuery, LedgerStore, What};

/// Runs every one of the suite.
pub async fn all(store: &dyn LedgerStore) -> Result<()> {
    entries_come_back_whole_and_oldest_first(store).await?;
    a_repeated_append_adds_nothing(store).await?;
    owners_with_equal_ids_see_only_their_own(store).await?;
    an_empty_view_shows_nothing(store).await?;
    a_query_narrows_to_a_person_and_a_road(store).await
}

/// Every field survives, targets of none and of no asset stay apart, and the order is that of time.
pub async fn entries_come_back_whole_and_oldest_first(store: &dyn LedgerStore) -> Result<()> {
    let owner = owner("ledger-whole");
    let assets = vec![ExternalId::new("17841400000000001").unwrap(), ExternalId::new("1353269864728879").unwrap()];
    let written = vec![
        entry(&owner, "p", What::Asked, 1),
        entry(&owner, "p", What::Granted, 2).with_targets(Some(assets)),
        entry(&owner, "p", What::Granted, 3).with_targets(Some(Vec::new())),
        entry(&owner, "p", What::Declined, 4),
        entry(&owner, "p", What::Expired, 5),
        entry(&owner, "p", What::Revoked, 6),
        entry(&owner, "p", What::Renounced, 7),
        entry(&owner, "p", What::Unclear, 8),
    ];
    let mut backwards = written.clone();
    backwards.reverse();
    store.append(&backwards[..2]).await?;
    store.append(&backwards[2..]).await?;
    store.append(&[]).await?;
    assert_eq!(store.entries(&everything(&owner), &LedgerQuery::default()).await?, written, "an entry was changed, lost or misplaced");
    Ok(())
}

/// A call whose answer was lost is repeated, and the ledger does not claim that something happened twice.
pub async fn a_repeated_append_adds_nothing(store: &dyn LedgerStore) -> Result<()> {
    let owner = owner("ledger-repeat");
    let targets = Some(vec![ExternalId::new("1").unwrap()]);
    let entries = [entry(&owner, "p", What::Granted, 1), entry(&owner, "p", What::Granted, 1).with_targets(targets)];
    store.append(&entries).await?;
    store.append(&entries).await?;
    let kept = store.entries(&everything(&owner), &LedgerQuery::default()).await?;
    assert_eq!(kept.len(), 2, "a repeated entry was added again, or two different ones were taken for one");
    Ok(())
}

/// Two owners whose people, roads and permissions are called the same.
pub async fn owners_with_equal_ids_see_only_their_own(store: &dyn LedgerStore) -> Result<()> {
    let (one, two) = (owner("ledger-one"), owner("ledger-two"));
    store.append(&[entry(&one, "p", What::Granted, 1), entry(&two, "p", What::Declined, 1)]).await?;
    for (owner, what) in [(&one, What::Granted), (&two, What::Declined)] {
        for view in [everything(owner), View::system(owner.clone(), "conformance")] {
            let shown = store.entries(&view, &LedgerQuery::default()).await?;
            assert_eq!(shown, [entry(owner, "p", what, 1)], "an owner sees another's permissions");
        }
    }
    Ok(())
}

/// Somebody who may see nothing sees nothing.
pub async fn an_empty_view_shows_nothing(store: &dyn LedgerStore) -> Result<()> {
    let owner = owner("ledger-empty");
    store.append(&[entry(&owner, "p", What::Granted, 1)]).await?;
    let shown = store.entries(&View::nothing(owner, actor()), &LedgerQuery::default()).await?;
    assert!(shown.is_empty(), "an empty view showed permissions");
    Ok(())
}

/// A person's entries do not answer for another person, nor one road's for another.
pub async fn a_query_narrows_to_a_person_and_a_road(store: &dyn LedgerStore) -> Result<()> {
    let owner = owner("ledger-query");
    let mut elsewhere = entry(&owner, "p", What::Granted, 1);
    elsewhere.road = Road::INSTAGRAM;
    store.append(&[entry(&owner, "p", What::Granted, 1), entry(&owner, "q", What::Granted, 1), elsewhere.clone()]).await?;
    let (view, p) = (everything(&owner), PersonId::new("p").unwrap());
    let both = LedgerQuery::default().of(p.clone()).by(Road::INSTAGRAM);
    assert_eq!(store.entries(&view, &both).await?, [elsewhere]);
    assert_eq!(store.entries(&view, &LedgerQuery::default().of(p)).await?.len(), 2);
    assert_eq!(store.entries(&view, &LedgerQuery::default().by(Road::FACEBOOK)).await?.len(), 2);
    Ok(())
}

fn entry(owner: &OwnerId, person: &str, what: What, millis: i64) -> Entry {
    let at = DateTime::<Utc>::UNIX_EPOCH + TimeDelta::milliseconds(1_790_000_000_000 + millis);
    let person = PersonId::new(person).unwrap();
    Entry::new(owner.clone(), person, Road::FACEBOOK, Scope::known("pages_messaging"), what, at)
}

fn owner(id: &str) -> OwnerId {
    OwnerId::new(id).unwrap()
}

fn actor() -> ActorId {
    ActorId::new("somebody").unwrap()
}

fn everything(owner: &OwnerId) -> View {
    View::everything(owner.clone(), actor())
}
