use link_core::linking::connection::{Connection, ConnectionKey};
use link_core::linking::link::Link;
use link_core::linking::review::{Consent, Review};
use link_core::linking::setup::{Candidate, Command, Setup, SetupRefused, Stage};
use link_core::linking::store::{LinkStore as _, SetupChange, SetupFailed, SetupStore};
use link_core::words::activity::{Activity, ActivityLog as _};
use link_core::words::feed::{Feed as _, FeedQuery, Happening, Position, What};
use link_core::words::page::PageQuery;
use link_core::words::view::Accounts;
use link_core::{ActorId, LinkId, PersonId, Road, SetupId};

use crate::fixture::{at, fresh, of, owner, page, professional, sees_all, sees_nothing};

fn id(number: u128) -> SetupId {
    SetupId::from_uuid(uuid::Uuid::from_u128(number))
}

fn begun(name: &str, number: u128, second: i64) -> Setup {
    Setup::begin(id(number), owner(name), ActorId::new("someone").unwrap(), at(second))
}

fn signed_in() -> Command {
    let candidates = vec![Candidate::new(page(), Road::FACEBOOK, "Bakery"), Candidate::new(professional(), Road::FACEBOOK, "bakery")];
    Command::SignedIn { person: PersonId::new("p").unwrap(), candidates }
}

async fn begin(store: &dyn SetupStore, setup: &Setup) {
    let step = |stored: Option<&Setup>| {
        assert!(stored.is_none());
        Ok(SetupChange::new(setup.clone()))
    };
    store.update(&setup.owner, setup.id, &step).await.unwrap();
}

async fn command(store: &dyn SetupStore, name: &str, number: u128, command: Command) -> Result<Setup, SetupFailed> {
    let step = |stored: Option<&Setup>| {
        let setup = stored.ok_or(SetupRefused::Unknown)?.after(command.clone(), at(50))?;
        Ok(SetupChange::new(setup))
    };
    store.update(&owner(name), id(number), &step).await
}

/// Somebody who comes back tomorrow must find the setup where they left it, and nobody else must.
async fn a_setup_resumes_for_its_owner(store: &dyn SetupStore) {
    begin(store, &begun("a", 1, 0)).await;
    begin(store, &begun("b", 1, 0)).await;
    let moved = command(store, "a", 1, signed_in()).await.unwrap();
    assert_eq!(store.setup(&sees_all("a"), id(1)).await.unwrap(), Some(moved));
    assert_eq!(store.setup(&sees_all("b"), id(1)).await.unwrap(), Some(begun("b", 1, 0)));
    assert_eq!(store.setup(&sees_all("c"), id(1)).await.unwrap(), None);
    assert!(matches!(command(store, "c", 1, signed_in()).await, Err(SetupFailed::Refused(SetupRefused::Unknown))));
}

/// A refused command must leave everything as it was.
async fn a_refusal_changes_nothing(store: &dyn SetupStore) {
    begin(store, &begun("a", 1, 0)).await;
    let refused = command(store, "a", 1, Command::Confirm).await;
    assert!(matches!(refused, Err(SetupFailed::Refused(SetupRefused::AtStage { stage: Stage::LinkAccounts }))));
    assert_eq!(store.setup(&sees_all("a"), id(1)).await.unwrap(), Some(begun("a", 1, 0)));
}

/// Somebody who may see one account must not learn the names of the others from a setup that lists them.
async fn a_view_of_some_accounts_hides_setups_that_list_others(store: &dyn SetupStore) {
    begin(store, &begun("a", 1, 0)).await;
    command(store, "a", 1, signed_in()).await.unwrap();
    let one = sees_all("a").with_accounts(Accounts::Only([page()].into()));
    let both = sees_all("a").with_accounts(Accounts::Only([page(), professional()].into()));
    assert_eq!(store.setup(&one, id(1)).await.unwrap(), None);
    assert!(store.open_setups(&one).await.unwrap().is_empty());
    assert!(store.setup(&both, id(1)).await.unwrap().is_some());
    assert_eq!(store.open_setups(&both).await.unwrap().len(), 1);
    begin(store, &begun("a", 2, 0)).await;
    assert_eq!(store.setup(&sees_nothing("a"), id(2)).await.unwrap(), None);
    assert!(store.open_setups(&sees_nothing("a")).await.unwrap().is_empty());
}

/// The list of what is to be finished must not show what is over, and the newest must come first.
async fn open_setups_are_those_under_way(store: &dyn SetupStore) {
    for (number, second) in [(1, 10), (2, 30), (3, 20)] {
        begin(store, &begun("a", number, second)).await;
    }
    command(store, "a", 3, Command::Cancel).await.unwrap();
    let open: Vec<_> = store.open_setups(&sees_all("a")).await.unwrap().into_iter().map(|setup| setup.id).collect();
    assert_eq!(open, [id(2), id(1)]);
    assert!(store.open_setups(&sees_all("b")).await.unwrap().is_empty());
}

/// A step that makes another owner's setup out of this one must not be written.
async fn a_step_cannot_change_whose_setup_it_is(store: &dyn SetupStore) {
    begin(store, &begun("a", 1, 0)).await;
    let step = |_: Option<&Setup>| Ok(SetupChange::new(begun("b", 1, 0)));
    assert!(matches!(store.update(&owner("a"), id(1), &step).await, Err(SetupFailed::Store(_))));
    assert_eq!(store.setup(&sees_all("b"), id(1)).await.unwrap(), None);
}

on_sqlite!(setups:
    a_setup_resumes_for_its_owner
    a_refusal_changes_nothing
    a_view_of_some_accounts_hides_setups_that_list_others
    open_setups_are_those_under_way
    a_step_cannot_change_whose_setup_it_is
);

fn confirmation(connections_of: &str) -> SetupChange {
    let mut setup = begun("a", 1, 0).after(signed_in(), at(1)).unwrap();
    setup.chosen = vec![page()];
    let consent = Consent::new(ActorId::new("someone").unwrap(), None, at(2), Review::of(&setup, Vec::new(), "the owner"));
    let link = Link::new(LinkId::from_uuid(uuid::Uuid::from_u128(9)), &setup, consent);
    let key = ConnectionKey { account: of(connections_of, page()), road: Road::FACEBOOK };
    let connection = Connection::new(key, link.id, PersonId::new("p").unwrap(), "Bakery", at(2));
    let told = Happening::new(owner("a"), None, What::LinkConfirmed { link: link.id }, at(2));
    let act = Activity::system(owner("a"), "test", "setup.confirm", at(2));
    SetupChange::new(setup).with_link(link, vec![connection]).telling(told).recording(act)
}

/// A confirmation must never exist without its link, its record and its news; nor these without it.
#[tokio::test]
async fn a_confirmation_is_written_whole_or_not_at_all() {
    let (_folder, sqlite) = fresh().await;
    let query = FeedQuery { after: Position(0), limit: 10 };
    let broken = sqlite.setups().update(&owner("a"), id(1), &|_| Ok(confirmation("b"))).await;
    assert!(matches!(broken, Err(SetupFailed::Store(_))));
    assert_eq!(sqlite.setups().setup(&sees_all("a"), id(1)).await.unwrap(), None);
    assert!(sqlite.links().links(&sees_all("a")).await.unwrap().is_empty());
    assert!(sqlite.feed().read(&query).await.unwrap().is_empty());

    sqlite.setups().update(&owner("a"), id(1), &|_| Ok(confirmation("a"))).await.unwrap();
    assert_eq!(sqlite.links().links(&sees_all("a")).await.unwrap().len(), 1);
    assert_eq!(sqlite.links().connections(&sees_all("a")).await.unwrap().len(), 1);
    assert_eq!(sqlite.feed().read(&query).await.unwrap().len(), 1);
    assert_eq!(sqlite.activity().acts(&sees_all("a"), &PageQuery::default()).await.unwrap().items.len(), 1);
}

/// Two clicks at the same time must be two steps, one after the other.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_steps_see_each_other() {
    let (_folder, sqlite) = fresh().await;
    let steps: Vec<_> = (0..20)
        .map(|_| {
            let setups = sqlite.setups();
            tokio::spawn(async move {
                let step = |stored: Option<&Setup>| {
                    let mut setup = stored.cloned().unwrap_or_else(|| begun("a", 1, 0));
                    setup.candidates.push(Candidate::new(page(), Road::FACEBOOK, "Bakery"));
                    Ok(SetupChange::new(setup))
                };
                setups.update(&owner("a"), id(1), &step).await.unwrap();
            })
        })
        .collect();
    for step in steps {
        step.await.unwrap();
    }
    assert_eq!(sqlite.setups().setup(&sees_all("a"), id(1)).await.unwrap().unwrap().candidates.len(), 20);
}
