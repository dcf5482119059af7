//! What a confirmation must not undo, and what it takes along.

use super::links::{agreed, link, link_id};
use super::owners::{at, owner, professional, sees_all};
use super::setups::begun;
use crate::linking::connection::{Connection, Part};
use crate::linking::expected::Expected;
use crate::linking::link::Link;
use crate::linking::setup::SetupRefused;
use crate::linking::store::{ConnectionChange, LinkChange, LinkStore, SetupChange, SetupFailed, SetupStore};
use crate::words::error::Result;
use crate::words::ids::LinkId;

const fn another_link() -> LinkId {
    LinkId::from_uuid(uuid::Uuid::from_u128(10))
}

/// What an owner has linked now.
async fn seen(links: &dyn LinkStore, name: &str) -> Result<Expected> {
    Ok(Expected::new(links.links(&sees_all(name)).await?, links.connections(&sees_all(name)).await?))
}

/// A second setup of an owner who linked both accounts goes on with their link, decided by this; the link and its connections are written as
/// they were then. True if it was written.
async fn resumes(setups: &dyn SetupStore, name: &str, expected: &Expected) -> Result<bool> {
    let change = SetupChange::new(begun(name, 2, 0)).resuming(expected.links[0].clone(), expected.connections.clone(), None);
    let change = change.expecting(expected.clone());
    match setups.update(&owner(name), change.setup.id, &|_| Ok(change.clone())).await {
        Err(SetupFailed::Store(error)) => Err(error),
        Err(SetupFailed::Refused(refused)) => {
            assert_eq!(refused, SetupRefused::ReviewChanged, "the reason of a refusal is another one");
            Ok(false)
        }
        Ok(_) => Ok(true),
    }
}

/// While the platform is asked, roads are switched, settings are changed and accounts are linked elsewhere: none of it is undone by a
/// confirmation that does not know of it. What another owner does, or what says nothing about how the link goes on, is no reason to refuse.
pub(super) async fn what_was_decided_by_what_is_not_so_any_more_is_not_written(
    links: &dyn LinkStore,
    setups: &dyn SetupStore,
) -> Result<()> {
    link(setups, "slow", 1).await?;
    let (name, view, id) = (owner("slow"), sees_all("slow"), begun("slow", 2, 0).id);

    let before = seen(links, "slow").await?;
    let standby = |stored: &Connection| Some(silently(Connection { part: Part::Standby, ..stored.clone() }));
    links.change(&before.connections[0].key, &standby).await?;
    assert!(!resumes(setups, "slow", &before).await?, "a switch of roads is undone by a confirmation");
    assert_eq!(links.connections(&view).await?[0].part, Part::Standby, "what was refused is written");
    assert_eq!(setups.setup(&view, id).await?, None, "a setup is confirmed without its link");

    let before = seen(links, "slow").await?;
    let quiet = |stored: &Link, _: &[Connection]| {
        let mut link = stored.clone();
        link.preferences.answer = false;
        Ok(LinkChange::new(link))
    };
    assert!(links.update(&name, link_id(), &quiet).await.is_ok());
    assert!(!resumes(setups, "slow", &before).await?, "what was agreed to meanwhile is undone by a confirmation");

    let before = seen(links, "slow").await?;
    let mut other = begun("slow", 3, 0);
    other.chosen = vec![professional()];
    let mut second = agreed(&other, 5);
    second.id = another_link();
    let change = SetupChange::new(other.clone()).with_link(second, Vec::new());
    assert!(setups.update(&name, other.id, &|_| Ok(change.clone())).await.is_ok());
    assert!(!resumes(setups, "slow", &before).await?, "an account comes to stand in two links");

    let now = seen(links, "slow").await?;
    link(setups, "quick", 1).await?;
    let died = |stored: &Connection| stored.died(stored.generation, None, at(60)).map(silently);
    links.change(&now.connections[0].key, &died).await?;
    assert!(resumes(setups, "slow", &now).await?, "what decides nothing keeps somebody from confirming");
    Ok(())
}

/// A change without news.
const fn silently(connection: Connection) -> ConnectionChange {
    ConnectionChange { connection, happenings: Vec::new(), acts: Vec::new() }
}
