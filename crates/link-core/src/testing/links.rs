//! What every link store must do, and what the stores beside it must find written with each of its changes.

use super::confirming;
use super::owners::{at, of, owner, page, professional, sees_all, sees_nothing, setup_id, someone};
use super::setups::{begun, moved, signed_in};
use crate::linking::connection::{Connection, ConnectionKey, Handover, Health, Part, Receiver, Subscription};
use crate::linking::link::Link;
use crate::linking::review::{Consent, Review};
use crate::linking::setup::{Setup, SetupRefused};
use crate::linking::store::{ConnectionChange, Departure, HandoverChange, LinkChange, LinkStore, SetupChange, SetupFailed, SetupStore};
use crate::linking::switch::SwitchRefused;
use crate::words::activity::{Activity, ActivityLog};
use crate::words::error::Result;
use crate::words::feed::{Feed, FeedQuery, Happening, What};
use crate::words::ids::{AccountId, LinkId, PersonId};
use crate::words::page::PageQuery;
use crate::words::platform::Road;
use crate::words::view::Accounts;

/// Runs the suite on an empty link store and the stores beside it: setups make links, and the feed and the activity log have the news and
/// the record of each change.
///
/// # Panics
///
/// When a store does not do what its port promises; the sentence says what would be wrong in the world.
pub async fn link_store(links: &dyn LinkStore, setups: &dyn SetupStore, feed: &dyn Feed, log: &dyn ActivityLog) -> Result<()> {
    // Two owners linked the same accounts.
    link(setups, "mine", 1).await?;
    link(setups, "theirs", 2).await?;
    a_view_shows_what_it_names(links).await?;
    unfinished_subscriptions_are_found_until_they_are_done(links).await?;
    receivers_are_named_across_owners(links).await?;
    a_connection_changes_with_its_news_or_not_at_all(links, feed, log).await?;
    who_authorised_is_known_across_owners(links).await?;
    agreements_are_appended_and_never_changed(links, setups).await?;
    an_account_that_moves_leaves_its_old_link(links, setups).await?;
    an_account_is_handed_over_whole_or_not_at_all(links, setups, feed, log).await?;
    a_confirmation_is_written_whole_or_not_at_all(links, setups, feed, log).await?;
    confirming::what_was_decided_by_what_is_not_so_any_more_is_not_written(links, setups).await?;
    confirming::an_account_comes_to_its_new_link_by_every_road(links, setups).await?;
    what_was_unlinked_receives_and_shows_nothing(links, setups, feed, log).await
}

pub(super) const fn link_id() -> LinkId {
    LinkId::from_uuid(uuid::Uuid::from_u128(9))
}

pub(super) fn key(name: &str, account: AccountId) -> ConnectionKey {
    ConnectionKey { account: of(name, account), road: Road::FACEBOOK }
}

pub(super) fn connection(name: &str, account: AccountId, second: i64) -> Connection {
    Connection::new(key(name, account), link_id(), PersonId::new("p").unwrap(), "Bakery", at(second))
}

pub(super) fn agreed(setup: &Setup, second: i64) -> Link {
    let consent = Consent::new(someone(), None, at(second), Review::of(setup, Vec::new(), "the owner"));
    Link::new(link_id(), setup, consent)
}

/// Links the Page and the professional account for an owner, under ids that every owner has here.
pub(super) async fn link(setups: &dyn SetupStore, name: &str, second: i64) -> Result<()> {
    let mut setup = begun(name, 1, 0);
    setup.chosen = vec![page(), professional()];
    let connections = [page(), professional()].map(|account| connection(name, account, second));
    let change = SetupChange::new(setup.clone()).with_link(agreed(&setup, second), connections.to_vec());
    moved(setups.update(&owner(name), setup.id, &|_| Ok(change.clone())).await)?;
    Ok(())
}

/// A change without news.
pub(super) fn silent(connection: Connection) -> ConnectionChange {
    ConnectionChange { connection, happenings: Vec::new(), acts: Vec::new() }
}

/// Somebody sees the links and connections that their view names, and of no other owner, though the ids are equal.
async fn a_view_shows_what_it_names(links: &dyn LinkStore) -> Result<()> {
    let one = sees_all("mine").with_accounts(Accounts::Only([page()].into()));
    let shown: Vec<_> = links.connections(&one).await?.into_iter().map(|connection| connection.key).collect();
    assert_eq!(shown, [key("mine", page())], "a view of one account lists others, or not that one");
    assert!(links.connection(&one, &key("mine", page())).await?.is_some(), "a view does not show the account it names");
    assert!(links.connection(&one, &key("mine", professional())).await?.is_none(), "a view shows an account it does not name");
    assert!(links.links(&one).await?.is_empty(), "a view lists a link that names accounts it does not show");
    assert!(links.link(&one, link_id()).await?.is_none(), "a view shows a link that names accounts it does not show");
    let both = sees_all("mine").with_accounts(Accounts::Only([page(), professional()].into()));
    assert_eq!(links.links(&both).await?.len(), 1, "a view of all its accounts does not list a link");
    for (name, second) in [("mine", 1), ("theirs", 2)] {
        let link = links.link(&sees_all(name), link_id()).await?.unwrap();
        assert_eq!((&link.owner, link.confirmed_at()), (&owner(name), at(second)), "an owner sees another owner's link under the same id");
        assert_eq!(links.links(&sees_all(name)).await?, [link], "an owner's links are not those that they confirmed");
        let mine = links.connection(&sees_all(name), &key(name, page())).await?;
        assert_eq!(mine, Some(connection(name, page(), second)), "a connection comes back changed, or is another owner's");
    }
    for blind in [sees_nothing("mine"), sees_all("theirs"), sees_all("nobody")] {
        let foreign = links.connection(&blind, &key("mine", page())).await?;
        assert!(foreign.is_none(), "a connection is shown to another owner, or through an empty view");
    }
    for blind in [sees_nothing("mine"), sees_all("nobody")] {
        assert!(links.links(&blind).await?.is_empty(), "links are shown to an owner who has none, or through an empty view");
        assert!(links.link(&blind, link_id()).await?.is_none(), "a link is shown to another owner, or through an empty view");
        assert!(links.connections(&blind).await?.is_empty(), "connections are shown to another owner, or through an empty view");
    }
    Ok(())
}

/// Confirmations that are not finished are found until they are, the least tried first, so that a hopeless one stops nobody.
async fn unfinished_subscriptions_are_found_until_they_are_done(links: &dyn LinkStore) -> Result<()> {
    assert_eq!(links.unsubscribed(10).await?.len(), 4, "a confirmation is never finished");
    let set = |subscription: Subscription| {
        move |stored: &Connection| {
            let mut connection = stored.clone();
            connection.subscription = subscription.clone();
            Some(silent(connection))
        }
    };
    links.change(&key("mine", page()), &set(Subscription::Wanted { tries: 3, cause: None })).await?;
    links.change(&key("theirs", page()), &set(Subscription::Active { since: at(5) })).await?;
    let wanted: Vec<_> = links.unsubscribed(10).await?.into_iter().map(|connection| connection.key).collect();
    assert_eq!(wanted.len(), 3, "what is subscribed is subscribed for ever again, or what failed is given up");
    assert_eq!(wanted[2], key("mine", page()), "a hopeless confirmation stands before others");
    assert_eq!(links.unsubscribed(1).await?.len(), 1, "more is handed out than was asked for");
    Ok(())
}

/// Admission asks who receives: everybody who linked the account, each by name, and nobody else.
async fn receivers_are_named_across_owners(links: &dyn LinkStore) -> Result<()> {
    let standby = |stored: &Connection| {
        let mut connection = stored.clone();
        connection.part = Part::Standby;
        Some(silent(connection))
    };
    links.change(&key("theirs", page()), &standby).await?;
    let unknown: AccountId = "messenger:404".parse().unwrap();
    let receivers = links.receivers(&[page(), unknown, page()]).await?;
    let expected = [("mine", Part::Receiving), ("theirs", Part::Standby)];
    assert_eq!(
        receivers,
        expected.map(|(name, part)| Receiver::new(of(name, page()), Road::FACEBOOK, part)),
        "somebody who linked an account does not get its messages, or gets them twice, or somebody else does"
    );
    let withheld = |since: Option<chrono::DateTime<chrono::Utc>>| {
        move |stored: &Connection| {
            let mut connection = stored.clone();
            connection.withheld_since = since;
            Some(silent(connection))
        }
    };
    links.change(&key("mine", page()), &withheld(Some(at(3)))).await?;
    let told: Vec<bool> = links.receivers(&[page()]).await?.iter().map(|receiver| receiver.withheld).collect();
    assert_eq!(told, [true, false], "who gave the permission to receive back goes on receiving");
    links.change(&key("mine", page()), &withheld(None)).await?;
    assert!(links.receivers(&[]).await?.is_empty(), "somebody receives what no account told");
    assert_eq!(links.owners(None, 10).await?, [owner("mine"), owner("theirs")], "work that looks after all owners misses one");
    assert_eq!(links.owners(Some(&owner("mine")), 10).await?, [owner("theirs")], "work that goes on begins again");
    assert_eq!(links.owners(None, 1).await?.len(), 1, "more is handed out than was asked for");
    Ok(())
}

/// A token that was found dead is told once, with the change; and a step that leaves the connection tells nothing.
async fn a_connection_changes_with_its_news_or_not_at_all(links: &dyn LinkStore, feed: &dyn Feed, log: &dyn ActivityLog) -> Result<()> {
    let before = FeedQuery { after: feed.end().await?, limit: 10 };
    let told = Happening::new(owner("mine"), Some(page()), What::CredentialDead { road: Road::FACEBOOK }, at(7));
    let act = Activity::system(owner("mine"), "test", "connection.dead", at(7));
    let dead = Health::Dead { since: at(7), code: Some("190".to_owned()) };
    let die = |stored: &Connection| {
        let mut connection = stored.clone();
        (connection.health == Health::Alive).then(|| {
            connection.health = dead.clone();
            ConnectionChange { connection, happenings: vec![told.clone()], acts: vec![act.clone()] }
        })
    };
    assert!(links.change(&key("mine", page()), &die).await?.is_some(), "a change that was made is answered as if it was not");
    assert!(links.change(&key("mine", page()), &die).await?.is_none(), "a step that leaves the connection changes it");
    assert!(links.change(&key("nobody", page()), &die).await?.is_none(), "an owner who has no such connection changes one");
    let news: Vec<_> = feed.read(&before).await?.into_iter().map(|(_, happening)| happening).collect();
    assert_eq!(news, [told], "a change is told twice or never, or something is told that did not happen");
    let acts = log.acts(&sees_all("mine"), &PageQuery::default()).await?.items;
    assert_eq!(acts, [act], "a change is recorded twice or never, or something is recorded that was not done");
    let stored = links.connection(&sees_all("mine"), &key("mine", page())).await?.unwrap();
    assert_eq!(stored.health, dead, "a change was told and is not there");
    let theirs = links.connection(&sees_all("theirs"), &key("theirs", page())).await?.unwrap();
    assert_eq!(theirs.health, Health::Alive, "one owner's dead token stops another owner's connection");
    Ok(())
}

/// A consent is not taken back at the platform while any owner's link rests on it.
async fn who_authorised_is_known_across_owners(links: &dyn LinkStore) -> Result<()> {
    let person = PersonId::new("p").unwrap();
    let owners: Vec<_> = links.authorised_by(&Road::FACEBOOK, &person).await?.into_iter().map(|key| key.account.owner).collect();
    assert_eq!(owners.iter().filter(|name| **name == owner("mine")).count(), 2, "somebody's connections are not found by their person");
    assert!(owners.contains(&owner("theirs")), "another owner's connections of the same person are not found");
    assert!(links.authorised_by(&Road::INSTAGRAM, &person).await?.is_empty(), "a person of one road is taken for one of the other");
    assert!(links.authorised_by(&Road::FACEBOOK, &PersonId::new("q").unwrap()).await?.is_empty(), "a stranger authorised something");
    Ok(())
}

/// What somebody agreed to stays as it was shown, whatever is agreed to later; and a change is written whole or not at all.
async fn agreements_are_appended_and_never_changed(links: &dyn LinkStore, setups: &dyn SetupStore) -> Result<()> {
    link(setups, "agreeing", 1).await?;
    let (name, view) = (owner("agreeing"), sees_all("agreeing"));
    let first = links.link(&view, link_id()).await?.unwrap().consent;
    assert_eq!(links.consents(&view, link_id()).await?, std::slice::from_ref(&first), "a confirmation is not on record");
    let mut later = first.clone();
    (later.by, later.at) = (crate::words::ids::ActorId::new("another").unwrap(), at(9));
    let step = |link: &Link, connections: &[Connection]| {
        assert_eq!(connections.len(), 2, "a step does not see the link's connections");
        let mut link = link.clone();
        link.preferences.answer = false;
        let mut connection = connections[0].clone();
        "Renamed".clone_into(&mut connection.name);
        Ok(LinkChange::new(link).agreed(later.clone()).with_connections(vec![connection]))
    };
    moved_link(links.update(&name, link_id(), &step).await)?;
    assert_eq!(
        links.consents(&view, link_id()).await?,
        [first.clone(), later.clone()],
        "an agreement is lost, or takes the place of another"
    );
    assert!(!links.link(&view, link_id()).await?.unwrap().preferences.answer, "what was agreed to is not done");
    assert!(
        links.connections(&view).await?.iter().any(|connection| connection.name == "Renamed"),
        "a connection is not changed with its link"
    );

    let refuse = |_: &Link, _: &[Connection]| Err(SetupRefused::ReviewChanged);
    let refused = links.update(&name, link_id(), &refuse).await;
    assert!(matches!(refused, Err(SetupFailed::Refused(SetupRefused::ReviewChanged))), "the reason of a refusal is lost");
    let robbed = |link: &Link, _: &[Connection]| {
        let mut link = link.clone();
        link.owner = owner("robber");
        Ok(LinkChange::new(link).agreed(later.clone()))
    };
    assert!(matches!(links.update(&name, link_id(), &robbed).await, Err(SetupFailed::Store(_))), "a step makes another owner's link of it");
    let unknown = links.update(&owner("nobody"), link_id(), &refuse).await;
    assert!(matches!(unknown, Err(SetupFailed::Refused(SetupRefused::UnknownLink))), "an owner changes another owner's link");
    assert_eq!(links.consents(&view, link_id()).await?.len(), 2, "what was not done is on record");
    for blind in [sees_nothing("agreeing"), sees_all("nobody"), sees_all("agreeing").with_accounts(Accounts::Only([page()].into()))] {
        assert!(links.consents(&blind, link_id()).await?.is_empty(), "an agreement is shown to somebody who may not see what it names");
    }
    // A link that goes on as it was agreed to before is no new agreement.
    let kept = links.link(&view, link_id()).await?.unwrap();
    let change = SetupChange::new(begun("agreeing", 2, 0)).resuming(kept, Vec::new(), None);
    moved(setups.update(&name, setup_id(2), &|_| Ok(change.clone())).await)?;
    assert_eq!(links.consents(&view, link_id()).await?.len(), 2, "signing in again is put down as an agreement");
    Ok(())
}

/// What became of a step of a link that refuses nothing.
fn moved_link(answer: Result<Link, SetupFailed>) -> Result<()> {
    match answer {
        Err(SetupFailed::Store(error)) => Err(error),
        answer => {
            answer.unwrap();
            Ok(())
        }
    }
}

/// An account is in one link of its owner: the new one has it and the old one has not, in one transaction.
async fn an_account_that_moves_leaves_its_old_link(links: &dyn LinkStore, setups: &dyn SetupStore) -> Result<()> {
    for name in ["moving", "staying"] {
        link(setups, name, 1).await?;
    }
    let mut setup = begun("moving", 2, 0);
    setup.chosen = vec![professional()];
    let mut link = agreed(&setup, 5);
    link.id = LinkId::from_uuid(uuid::Uuid::from_u128(10));
    let mut connection = connection("moving", professional(), 1);
    connection.link = link.id;
    let change = SetupChange::new(setup.clone()).with_link(link, vec![connection]).taking(vec![(link_id(), professional())]);
    moved(setups.update(&setup.owner, setup.id, &|_| Ok(change.clone())).await)?;
    let old = links.link(&sees_all("moving"), link_id()).await?.unwrap();
    assert_eq!(old.accounts, [page()], "an account is in two links");
    let only = sees_all("moving").with_accounts(Accounts::Only([page()].into()));
    assert!(links.link(&only, link_id()).await?.is_none(), "a link names an account that left it to somebody who does not see that one");
    assert_eq!(links.connections(&sees_all("moving")).await?.len(), 2, "the old link's other connection is gone");
    let theirs = links.link(&sees_all("staying"), link_id()).await?.unwrap();
    assert_eq!(theirs.accounts.len(), 2, "one owner's move takes another owner's account away");
    Ok(())
}

/// From the cut-over on the other road receives; nobody ever finds both roads receiving, nor a switch without its news and its record.
async fn an_account_is_handed_over_whole_or_not_at_all(
    links: &dyn LinkStore,
    setups: &dyn SetupStore,
    feed: &dyn Feed,
    log: &dyn ActivityLog,
) -> Result<()> {
    let (account, moment) = (of("switching", professional()), at(1_000));
    let mut other = connection("switching", professional(), 1);
    (other.key.road, other.part) = (Road::INSTAGRAM, Part::Standby);
    let connections = vec![connection("switching", professional(), 1), other];
    let setup = begun("switching", 1, 0);
    let change = SetupChange::new(setup.clone()).with_link(agreed(&setup, 1), connections.clone());
    moved(setups.update(&owner("switching"), setup.id, &|_| Ok(change.clone())).await)?;

    let before = FeedQuery { after: feed.end().await?, limit: 10 };
    let told = Happening::new(
        owner("switching"),
        Some(professional()),
        What::RoadChanged { from: Road::FACEBOOK, to: Road::INSTAGRAM, at: moment },
        at(7),
    );
    let act = Activity::system(owner("switching"), "test", "connection.switch", at(7));
    let parts = |receivers: Vec<Receiver>, time| {
        let own = receivers.into_iter().filter(|receiver| receiver.account == account);
        own.map(|receiver| (receiver.road.clone(), receiver.part_at(time))).collect::<Vec<_>>()
    };
    let refused = links.hand_over(&account, &|_| Err(SwitchRefused::Changed)).await?;
    assert_eq!(refused, Err(SwitchRefused::Changed), "a refusal is lost");
    let foreign = |_: &[Connection]| Ok(HandoverChange { connections: vec![connection("theirs", page(), 1)], ..HandoverChange::default() });
    assert!(links.hand_over(&account, &foreign).await.is_err(), "handing an account over changes another owner's connection");
    let step = |stored: &[Connection]| {
        assert_eq!(stored, connections, "a step does not see all connections of the account, or others");
        let handover = |part| Handover { until: moment, part };
        let mut connections = stored.to_vec();
        (connections[0].part, connections[0].handovers) = (Part::Standby, vec![handover(Part::Receiving)]);
        (connections[1].part, connections[1].handovers) = (Part::Receiving, vec![handover(Part::Standby)]);
        Ok(HandoverChange { connections, happenings: vec![told.clone()], acts: vec![act.clone()] })
    };
    let now = links.hand_over(&account, &step).await?.unwrap();
    assert_eq!(links.connections(&sees_all("switching")).await?, now, "an account is not as it was handed over");
    let receivers = links.receivers(&[professional()]).await?;
    let (old, new) = ((Road::FACEBOOK, Part::Receiving), (Road::INSTAGRAM, Part::Standby));
    assert_eq!(parts(receivers.clone(), at(999)), [old, new], "what happened before a cut-over goes to the new road");
    let (old, new) = ((Road::FACEBOOK, Part::Standby), (Road::INSTAGRAM, Part::Receiving));
    assert_eq!(parts(receivers, moment), [old, new], "what happened at a cut-over goes to the old road");
    let news: Vec<_> = feed.read(&before).await?.into_iter().map(|(_, happening)| happening).collect();
    assert_eq!(news, [told], "a switch is told twice or never");
    assert_eq!(log.acts(&sees_all("switching"), &PageQuery::default()).await?.items, [act], "a switch is recorded twice or never");
    Ok(())
}

fn confirmation(name: &str, connections_of: &str) -> SetupChange {
    let mut setup = begun(name, 1, 0).after(signed_in(), at(1)).unwrap();
    setup.chosen = vec![page()];
    let link = agreed(&setup, 2);
    let told = Happening::new(owner(name), None, What::LinkConfirmed { link: link.id }, at(2));
    let act = Activity::system(owner(name), "test", "setup.confirm", at(2));
    SetupChange::new(setup).with_link(link, vec![connection(connections_of, page(), 2)]).telling(told).recording(act)
}

/// A confirmation never exists without its link, its record and its news; nor these without it.
async fn a_confirmation_is_written_whole_or_not_at_all(
    links: &dyn LinkStore,
    setups: &dyn SetupStore,
    feed: &dyn Feed,
    log: &dyn ActivityLog,
) -> Result<()> {
    let (confirming, view, id) = (owner("confirming"), sees_all("confirming"), setup_id(1));
    let before = FeedQuery { after: feed.end().await?, limit: 10 };
    let broken = setups.update(&confirming, id, &|_| Ok(confirmation("confirming", "elsewhere"))).await;
    assert!(matches!(broken, Err(SetupFailed::Store(_))), "a link has another owner's connection");
    assert_eq!(setups.setup(&view, id).await?, None, "a confirmation that failed is there without its link");
    assert!(links.links(&view).await?.is_empty(), "a link is there that nobody confirmed");
    assert!(links.connections(&sees_all("elsewhere")).await?.is_empty(), "one owner's confirmation connects another owner");
    assert!(feed.read(&before).await?.is_empty(), "a confirmation that failed is told");
    assert!(log.acts(&view, &PageQuery::default()).await?.items.is_empty(), "a confirmation that failed is recorded");

    let whole = confirmation("confirming", "confirming");
    let setup = moved(setups.update(&confirming, id, &|_| Ok(whole.clone())).await)?;
    assert_eq!(setups.setup(&view, id).await?, Some(setup), "a confirmation is not kept");
    let (link, connections) = whole.link.unwrap();
    assert_eq!(links.links(&view).await?, [link], "a confirmation is there without its link");
    assert_eq!(links.connections(&view).await?, connections, "a confirmation is there without its connections");
    let news: Vec<_> = feed.read(&before).await?.into_iter().map(|(_, happening)| happening).collect();
    assert_eq!(news, whole.happenings, "a confirmation is there without its news");
    assert_eq!(log.acts(&view, &PageQuery::default()).await?.items, whole.acts, "a confirmation is there without its record");
    Ok(())
}

/// Whoever unlinks an account hears no more of it, and the other accounts and owners do not notice.
async fn what_was_unlinked_receives_and_shows_nothing(
    links: &dyn LinkStore,
    setups: &dyn SetupStore,
    feed: &dyn Feed,
    log: &dyn ActivityLog,
) -> Result<()> {
    let (view, before) = (sees_all("mine"), FeedQuery { after: feed.end().await?, limit: 10 });
    let recorded = log.acts(&view, &PageQuery::default()).await?.items.len();
    assert!(links.ended(&[page(), professional()]).await?.is_empty(), "what is linked counts as unlinked");
    let leaves = |account: AccountId| {
        let told = Happening::new(owner("mine"), None, What::LinkEnded { link: link_id(), whole: false }, at(50));
        let act = Activity::system(owner("mine"), "try the store", "unlink", at(50));
        Departure::new(owner("mine"), link_id(), vec![account], at(50)).telling(told).recording(act)
    };
    assert!(links.end(&leaves(professional())).await?, "an account cannot leave its link");
    assert!(!links.end(&leaves(professional())).await?, "an account leaves its link twice");
    assert_eq!(feed.read(&before).await?.len(), 1, "a departure is not told, or twice");
    assert_eq!(log.acts(&view, &PageQuery::default()).await?.items.len(), recorded + 1, "a departure is not recorded, or twice");
    let shown: Vec<_> = links.connections(&view).await?.into_iter().map(|connection| connection.key).collect();
    assert_eq!(shown, [key("mine", page())], "an account that left is shown, or another one is not");
    assert!(links.connection(&view, &key("mine", professional())).await?.is_none(), "an account that left is still connected");
    assert_eq!(links.links(&view).await?[0].accounts, [page()], "a link names an account that left it");
    let receives = |receivers: Vec<Receiver>| receivers.into_iter().map(|receiver| receiver.account.owner).collect::<Vec<_>>();
    let told = receives(links.receivers(&[professional()]).await?);
    assert!(!told.contains(&owner("mine")), "what was unlinked receives");
    assert!(told.contains(&owner("theirs")), "what one owner unlinked another one does not receive");
    assert!(links.ended(&[professional()]).await?.is_empty(), "what another owner links counts as unlinked");
    assert!(links.change(&key("mine", professional()), &|stored| Some(silent(stored.clone()))).await?.is_none(), "what left is changed");

    assert!(links.end(&leaves(page())).await?);
    assert!(links.links(&view).await?.is_empty(), "a link without accounts is listed");
    let [one, both] =
        [vec![page()], vec![page(), professional()]].map(|some| sees_all("mine").with_accounts(Accounts::Only(some.into_iter().collect())));
    assert!(links.link(&one, link_id()).await?.is_none(), "a view shows a link that names an account which left it and is not shown");
    assert!(links.link(&both, link_id()).await?.is_some() && links.links(&both).await?.is_empty(), "an ended link is listed, or lost");
    for blind in [sees_nothing("mine"), sees_all("nobody")] {
        assert!(links.link(&blind, link_id()).await?.is_none(), "an ended link is shown to another owner, or through an empty view");
    }
    let ended = links.link(&view, link_id()).await?.unwrap();
    assert_eq!((ended.ended_at, ended.left.len(), ended.accounts.len()), (Some(at(50)), 2, 1), "an ended link lost its record");
    let changed = links.update(&owner("mine"), link_id(), &|link, _| Ok(LinkChange::new(link.clone()))).await;
    assert!(matches!(changed, Err(SetupFailed::Refused(SetupRefused::UnknownLink))), "a link that ended is changed");
    let open: Vec<_> = links.unsubscribed(100).await?.into_iter().map(|connection| connection.key.account.owner).collect();
    assert!(!open.contains(&owner("mine")), "what was unlinked is subscribed");
    assert!(links.connections(&sees_all("theirs")).await?.len() == 2, "an owner unlinks another owner's accounts");

    link(setups, "mine", 60).await?;
    let anew = links.connections(&view).await?;
    assert_eq!(anew.len(), 2, "what was unlinked cannot be linked again");
    for connection in &anew {
        assert_eq!(
            (connection.generation, connection.ended_at),
            (1, None),
            "a call with a token of the former link counts against the new one"
        );
    }
    let again = links.change(&key("mine", page()), &|stored| Some(silent(stored.clone()))).await?.unwrap();
    assert_eq!(again.generation, 1, "a connection that changes counts as another sign-in");
    Ok(())
}
