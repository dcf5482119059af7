//! What a confirmation must not undo, and what it takes along.

use super::links::{agreed, connection, link, link_id, silent};
use super::owners::{at, owner, page, professional, sees_all};
use super::setups::begun;
use crate::linking::connection::{Connection, Part};
use crate::linking::expected::Expected;
use crate::linking::link::Link;
use crate::linking::setup::SetupRefused;
use crate::linking::store::{Departure, LinkChange, LinkStore, SetupChange, SetupFailed, SetupStore};
use crate::words::error::Result;
use crate::words::ids::LinkId;
use crate::words::platform::Road;

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
    let standby = |stored: &Connection| Some(silent(Connection { part: Part::Standby, ..stored.clone() }));
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
    assert!(links.end(&Departure::new(name.clone(), link_id(), vec![page()], at(40))).await?);
    assert!(!resumes(setups, "slow", &before).await?, "what was unlinked is linked again by a confirmation");

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
    let died = |stored: &Connection| stored.died(stored.generation, None, at(60)).map(silent);
    links.change(&now.connections[0].key, &died).await?;
    assert!(resumes(setups, "slow", &now).await?, "what decides nothing keeps somebody from confirming");
    Ok(())
}

/// An account is in one link, with its connections by every road; a link that lost its last account is over and keeps its record.
pub(super) async fn an_account_comes_to_its_new_link_by_every_road(links: &dyn LinkStore, setups: &dyn SetupStore) -> Result<()> {
    let (name, view) = (owner("gathering"), sees_all("gathering"));
    let mut alone = begun("gathering", 1, 0);
    alone.chosen = vec![professional()];
    let mut by_itself = connection("gathering", professional(), 1);
    by_itself.key.road = Road::INSTAGRAM;
    let change = SetupChange::new(alone.clone()).with_link(agreed(&alone, 1), vec![by_itself]);
    assert!(setups.update(&name, alone.id, &|_| Ok(change.clone())).await.is_ok());
    link(setups, "settled", 1).await?;

    let mut together = begun("gathering", 2, 9);
    together.chosen = vec![page(), professional()];
    let mut new = agreed(&together, 9);
    new.id = another_link();
    let connections = [page(), professional()].map(|account| Connection { link: new.id, ..connection("gathering", account, 9) });
    let change = SetupChange::new(together.clone()).with_link(new.clone(), connections.to_vec());
    let change = change.taking(vec![(link_id(), professional())]);
    assert!(setups.update(&name, together.id, &|_| Ok(change.clone())).await.is_ok());

    let linked: Vec<_> = links.connections(&view).await?.iter().map(|it| (it.key.road.clone(), it.link)).collect();
    assert_eq!(linked.len(), 3, "a connection is lost on the way to another link");
    assert!(linked.iter().all(|(_, link)| *link == new.id), "an account stands in two links, by two roads");
    assert_eq!(links.links(&view).await?, [new], "a link without an account is listed");
    let old = links.link(&view, link_id()).await?.unwrap();
    assert_eq!((old.ended_at, old.left), (Some(at(9)), vec![(professional(), at(9))]), "a link ends without a record of it");
    let theirs = links.connections(&sees_all("settled")).await?;
    assert!(theirs.iter().all(|it| it.link == link_id()), "one owner's account takes another owner's connections along");
    Ok(())
}
