//! For whoever keeps plans elsewhere: what every implementation of the ports of this crate must do. Run it on an empty store.

#![expect(clippy::unwrap_used, reason = "these are tests that are run elsewhere")]

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use link_core::linking::link::Link;
use link_core::linking::review::{Consent, Review};
use link_core::linking::setup::Setup;
use link_core::words::activity::{Activity, ActivityLog};
use link_core::words::page::PageQuery;
use link_core::words::view::Accounts;
use link_core::{AccountId, ActorId, LinkId, OwnerId, Result, SetupId, UnlinkId, View};
use uuid::Uuid;

use crate::unlink::{Facts, Outcome, Plan, UnlinkStore};

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::seconds(1_790_000_000 + seconds) + TimeDelta::nanoseconds(123_456_789)
}

fn owner(name: &str) -> OwnerId {
    OwnerId::new(name).unwrap()
}

fn sees_all(name: &str) -> View {
    View::everything(owner(name), ActorId::new("someone").unwrap())
}

const fn id(number: u128) -> UnlinkId {
    UnlinkId::from_uuid(Uuid::from_u128(number))
}

fn plan(name: &str, number: u128, second: i64) -> Plan {
    let actor = ActorId::new("someone").unwrap();
    let account: AccountId = "messenger:100".parse().unwrap();
    let mut setup = Setup::begin(SetupId::from_uuid(Uuid::nil()), owner(name), actor.clone(), at(0));
    setup.chosen = vec![account];
    let consent = Consent::new(actor.clone(), None, at(0), Review::of(&setup, Vec::new(), "the owner"));
    let link = Link::new(LinkId::from_uuid(Uuid::nil()), &setup, consent);
    Plan::of(&Facts::new(link, Vec::new()), None, id(number), actor, at(second)).unwrap()
}

/// Runs the suite on an empty store and the activity log beside it.
///
/// # Panics
///
/// When the store does not do what the port promises; the sentence says what would be wrong in the world.
pub async fn unlink_store(store: &dyn UnlinkStore, log: &dyn ActivityLog) -> Result<()> {
    let (mine, theirs) = (plan("mine", 1, 1), plan("theirs", 1, 2));
    let act = Activity::system(owner("mine"), "try the store", "link.unlink", at(1));
    assert!(store.begin(&mine, std::slice::from_ref(&act)).await?, "a plan cannot be begun");
    assert!(!store.begin(&mine, std::slice::from_ref(&act)).await?, "a plan is begun twice");
    assert!(store.begin(&theirs, &[]).await?, "a plan meets another owner's under the same id");
    let recorded = log.acts(&sees_all("mine"), &PageQuery::default()).await?.items;
    assert_eq!(recorded, [act], "a plan is begun without its record, or recorded twice");

    assert_eq!(store.due(at(9), 10).await?, [mine.clone(), theirs.clone()], "a plan that was begun is not gone on with");
    assert_eq!(store.due(at(9), 1).await?.len(), 1, "more is handed out than was asked for");
    let later = store.update(&owner("mine"), id(1), &|plan| Some(plan.clone().after(0, Outcome::Later("down".to_owned()), at(9)))).await?;
    let later = later.unwrap();
    assert_eq!(store.due(at(9), 10).await?, std::slice::from_ref(&theirs), "a plan that rests is gone on with at once");
    assert_eq!(store.next_due(at(9)).await?, later.retry_at, "nobody would wake for it");
    assert_eq!(store.due(later.retry_at.unwrap(), 10).await?.len(), 2, "a plan that rested is not gone on with");

    let done = store.update(&owner("mine"), id(1), &|plan| Some(plan.clone().after(0, Outcome::Done, at(10)))).await?.unwrap();
    assert!(done.is_over(), "the only step is over");
    assert_eq!(store.due(at(99_999), 10).await?, [theirs], "a plan that is over is gone on with");
    assert_eq!(store.update(&owner("mine"), id(1), &|_| None).await?, None, "a step that leaves a plan changes it");
    assert_eq!(store.update(&owner("nobody"), id(1), &|plan| Some(plan.clone())).await?, None, "an owner changes another owner's plan");
    let foreign = plan("theirs", 1, 2);
    assert!(store.update(&owner("mine"), id(1), &|_| Some(foreign.clone())).await.is_err(), "one plan is made another");

    store.begin(&plan("mine", 2, 20), &[]).await?;
    let shown: Vec<_> = store.plans(&sees_all("mine")).await?.into_iter().map(|plan| (plan.id, plan.is_over())).collect();
    assert_eq!(shown, [(id(2), false), (id(1), true)], "an owner's plans are not those they made, newest first");
    let elsewhere = BTreeSet::from(["instagram:9".parse::<AccountId>().unwrap()]);
    for blind in [
        sees_all("nobody"),
        sees_all("mine").with_accounts(Accounts::Only(elsewhere)),
        View::nothing(owner("mine"), ActorId::new("x").unwrap()),
    ] {
        assert!(store.plans(&blind).await?.is_empty(), "a plan is shown to another owner, or through a view without its accounts");
    }
    Ok(())
}
