use link_core::linking::connection::{Connection, ConnectionKey, Health, Part, Receiver, Subscription};
use link_core::linking::link::Link;
use link_core::linking::review::{Consent, Review};
use link_core::linking::setup::Setup;
use link_core::linking::store::{ConnectionChange, LinkStore as _, SetupChange, SetupStore as _};
use link_core::words::activity::Activity;
use link_core::words::feed::{Feed as _, Happening, Position, What};
use link_core::words::view::Accounts;
use link_core::{AccountId, ActorId, LinkId, PersonId, Road, SetupId};
use link_store_sqlite::Sqlite;

use crate::fixture::{at, fresh, of, owner, page, professional, sees_all, sees_nothing};

fn link_id() -> LinkId {
    LinkId::from_uuid(uuid::Uuid::from_u128(9))
}

fn key(name: &str, account: AccountId) -> ConnectionKey {
    ConnectionKey { account: of(name, account), road: Road::FACEBOOK }
}

/// Links the Page and the professional account for an owner, under ids that every owner has here.
async fn linked(sqlite: &Sqlite, name: &str) {
    linked_at(sqlite, name, 1).await;
}

async fn linked_at(sqlite: &Sqlite, name: &str, second: i64) {
    let actor = ActorId::new("someone").unwrap();
    let id = SetupId::from_uuid(uuid::Uuid::from_u128(1));
    let mut setup = Setup::begin(id, owner(name), actor.clone(), at(0));
    setup.chosen = vec![page(), professional()];
    let link = Link::new(link_id(), &setup, Consent::new(actor, None, at(1), Review::of(&setup, Vec::new(), "the owner")));
    let connections = [page(), professional()]
        .map(|account| Connection::new(key(name, account), link_id(), PersonId::new("p").unwrap(), "Bakery", at(second)));
    let change = SetupChange::new(setup).with_link(link, connections.to_vec());
    sqlite.setups().update(&owner(name), id, &|_| Ok(change.clone())).await.unwrap();
}

/// Admission asks who receives: everybody who linked the account, each by name, and nobody else.
#[tokio::test]
async fn receivers_are_named_across_owners() {
    let (_folder, sqlite) = fresh().await;
    linked(&sqlite, "a").await;
    linked(&sqlite, "b").await;
    let standby = |stored: &Connection| {
        let mut connection = stored.clone();
        connection.part = Part::Standby;
        Some(ConnectionChange { connection, happenings: Vec::new(), acts: Vec::new() })
    };
    sqlite.links().change(&key("b", page()), &standby).await.unwrap();
    let unknown: AccountId = "messenger:404".parse().unwrap();
    let receivers = sqlite.links().receivers(&[page(), unknown, page()]).await.unwrap();
    let expected = [("a", Part::Receiving), ("b", Part::Standby)];
    assert_eq!(receivers, expected.map(|(name, part)| Receiver::new(of(name, page()), Road::FACEBOOK, part)));
    assert!(sqlite.links().receivers(&[]).await.unwrap().is_empty());
}

/// Somebody must see the links and connections that their view names, and of no other owner, though the ids are equal.
#[tokio::test]
async fn a_view_shows_what_it_names() {
    let (_folder, sqlite) = fresh().await;
    linked(&sqlite, "a").await;
    let links = sqlite.links();
    let one = sees_all("a").with_accounts(Accounts::Only([page()].into()));
    assert_eq!(links.connections(&one).await.unwrap().iter().map(|c| c.key.clone()).collect::<Vec<_>>(), [key("a", page())]);
    assert!(links.connection(&one, &key("a", page())).await.unwrap().is_some());
    assert!(links.connection(&one, &key("a", professional())).await.unwrap().is_none());
    assert!(links.links(&one).await.unwrap().is_empty());
    assert!(links.link(&one, link_id()).await.unwrap().is_none());
    assert_eq!(links.link(&sees_all("a"), link_id()).await.unwrap().unwrap().owner, owner("a"));
    for blind in [sees_nothing("a"), sees_all("b")] {
        assert!(links.links(&blind).await.unwrap().is_empty());
        assert!(links.link(&blind, link_id()).await.unwrap().is_none());
        assert!(links.connections(&blind).await.unwrap().is_empty());
        assert!(links.connection(&blind, &key("a", page())).await.unwrap().is_none());
    }
}

/// Confirmations that are not finished must be found until they are, the least tried first, so that a hopeless one stops nobody.
#[tokio::test]
async fn unfinished_subscriptions_are_found_until_they_are_done() {
    let (_folder, sqlite) = fresh().await;
    linked_at(&sqlite, "a", 1).await;
    linked_at(&sqlite, "b", 2).await;
    let links = sqlite.links();
    assert_eq!(links.unsubscribed(10).await.unwrap().len(), 4);
    let set = |subscription: Subscription| {
        move |stored: &Connection| {
            let mut connection = stored.clone();
            connection.subscription = subscription.clone();
            Some(ConnectionChange { connection, happenings: Vec::new(), acts: Vec::new() })
        }
    };
    links.change(&key("a", page()), &set(Subscription::Wanted { tries: 3, cause: None })).await.unwrap();
    links.change(&key("b", page()), &set(Subscription::Active { since: at(5) })).await.unwrap();
    let wanted: Vec<_> = links.unsubscribed(10).await.unwrap().into_iter().map(|connection| connection.key).collect();
    assert_eq!(wanted.len(), 3);
    assert_eq!(wanted[2], key("a", page()));
    assert_eq!(links.unsubscribed(1).await.unwrap().len(), 1);
}

/// A token that was found dead must be told once, with the change; and a step that leaves the connection must tell nothing.
#[tokio::test]
async fn a_connection_changes_with_its_news_or_not_at_all() {
    let (_folder, sqlite) = fresh().await;
    linked(&sqlite, "a").await;
    let links = sqlite.links();
    let die = |stored: &Connection| {
        let mut connection = stored.clone();
        (connection.health == Health::Alive).then(|| {
            connection.health = Health::Dead { since: at(7), code: Some("190".to_owned()) };
            let told = Happening::new(owner("a"), Some(page()), What::CredentialDead { road: Road::FACEBOOK }, at(7));
            let act = Activity::system(owner("a"), "test", "connection.dead", at(7));
            ConnectionChange { connection, happenings: vec![told], acts: vec![act] }
        })
    };
    assert!(links.change(&key("a", page()), &die).await.unwrap().is_some());
    assert!(links.change(&key("a", page()), &die).await.unwrap().is_none());
    assert!(links.change(&key("b", page()), &die).await.unwrap().is_none());
    assert_eq!(sqlite.feed().end().await.unwrap(), Position(1));
    let stored = links.connection(&sees_all("a"), &key("a", page())).await.unwrap().unwrap();
    assert_eq!(stored.health, Health::Dead { since: at(7), code: Some("190".to_owned()) });
}
