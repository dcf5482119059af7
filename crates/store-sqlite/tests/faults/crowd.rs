//! Many at once.

use std::collections::BTreeSet;
use std::task::{Context, Waker};
use std::time::Duration;

use link_core::linking::setup::{Candidate, Setup};
use link_core::linking::sign_in::SignIn;
use link_core::linking::store::{SetupChange, SetupStore as _, SignInStore as _};
use link_core::words::journal::{Journal as _, Settlement};
use link_core::{ActorId, Road, Secret, SetupId};
use link_sync::testing::Scene;
use link_sync::{Claim, Cleared, Outbox as _};

use crate::fixture::{at, envelope, fresh, owner, page, sees_all};

const APPENDERS: u64 = 32;
const EACH: u64 = 25;

/// Under load nothing may be lost, and nothing may be handed out twice within its lease.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn appenders_and_claimers_lose_nothing_and_share_nothing() {
    let (_folder, sqlite) = fresh().await;
    let appenders: Vec<_> = (0..APPENDERS)
        .map(|lane| {
            let journal = sqlite.journal();
            tokio::spawn(async move {
                for number in 0..EACH {
                    journal.append(&[envelope("a", Some(lane), &number.to_string())]).await.unwrap();
                }
            })
        })
        .collect();
    let claimers: Vec<_> = (0..3)
        .map(|_| {
            let journal = sqlite.journal();
            tokio::spawn(async move {
                let mut got = Vec::new();
                loop {
                    let claimed = journal.claim(40, at(2), Duration::from_secs(600)).await.unwrap();
                    let settled: Vec<_> = claimed.iter().map(|claimed| Settlement::Applied(claimed.sequence)).collect();
                    journal.settle(&settled, at(3)).await.unwrap();
                    let stop = claimed.iter().any(|claimed| claimed.envelope.item.body.as_str().contains("stop"));
                    got.extend(claimed.into_iter().map(|claimed| claimed.sequence));
                    if stop {
                        return got;
                    }
                    tokio::task::yield_now().await;
                }
            })
        })
        .collect();
    for appender in appenders {
        appender.await.unwrap();
    }
    let mut got = Vec::new();
    for claimer in claimers {
        while !claimer.is_finished() {
            sqlite.journal().append(&[envelope("a", None, "stop")]).await.unwrap();
        }
        got.extend(claimer.await.unwrap());
    }
    let rest = sqlite.journal().claim(10_000, at(2), Duration::from_secs(600)).await.unwrap();
    got.extend(rest.into_iter().map(|claimed| claimed.sequence));
    let distinct: BTreeSet<_> = got.iter().copied().collect();
    assert_eq!(distinct.len(), got.len());
    assert!(got.len() as u64 >= APPENDERS * EACH);
    assert_eq!(distinct.last().unwrap().0, got.len() as u64);
}

/// A caller that gives up must not leave half of its call behind, nor stop the others.
#[tokio::test]
async fn a_cancelled_append_is_whole_or_nothing() {
    let (_folder, sqlite) = fresh().await;
    let journal = sqlite.journal();
    for _ in 0..20 {
        let three = [envelope("a", Some(1), "1"), envelope("a", Some(1), "2"), envelope("a", Some(1), "3")];
        let mut append = journal.append(&three);
        assert!(append.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        drop(append);
        tokio::task::yield_now().await;
    }
    journal.append(&[envelope("a", Some(2), "last")]).await.unwrap();
    let open = journal.figures().await.unwrap().open;
    assert_eq!(open % 3, 1, "{open} are open");
}

/// Two senders must never hold the same intent, nor two of one conversation: it would be sent twice, or out of order.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn senders_share_no_intent_and_no_conversation() {
    let (_folder, sqlite) = fresh().await;
    for number in 0..60_u32 {
        let scene = Scene::new("a", "messenger:1", &format!("peer{}", number % 20));
        let intent = scene.intent(number.into(), &format!("k{number}"), "hello", i64::from(number));
        sqlite.outbox().queue(&Cleared::unchecked(intent)).await.unwrap();
    }
    let senders: Vec<_> = (0..8)
        .map(|_| {
            let outbox = sqlite.outbox();
            tokio::spawn(async move { outbox.claim(&Claim::new(10, link_sync::testing::at(100), Duration::from_secs(60))).await.unwrap() })
        })
        .collect();
    let mut peers = Vec::new();
    for sender in senders {
        peers.extend(sender.await.unwrap().into_iter().map(|intent| intent.conversation()));
    }
    assert_eq!(peers.len(), 20);
    assert_eq!(peers.iter().collect::<BTreeSet<_>>().len(), 20);
}

/// Two clicks at the same time must be two steps, one after the other.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_steps_see_each_other() {
    let (_folder, sqlite) = fresh().await;
    let id = SetupId::from_uuid(uuid::Uuid::from_u128(1));
    let steps: Vec<_> = (0..20)
        .map(|_| {
            let setups = sqlite.setups();
            tokio::spawn(async move {
                let step = |stored: Option<&Setup>| {
                    let begun = || Setup::begin(id, owner("a"), ActorId::new("someone").unwrap(), at(0));
                    let mut setup = stored.cloned().unwrap_or_else(begun);
                    setup.candidates.push(Candidate::new(page(), Road::FACEBOOK, "Bakery"));
                    Ok(SetupChange::new(setup))
                };
                setups.update(&owner("a"), id, &step).await.unwrap();
            })
        })
        .collect();
    for step in steps {
        step.await.unwrap();
    }
    assert_eq!(sqlite.setups().setup(&sees_all("a"), id).await.unwrap().unwrap().candidates.len(), 20);
}

/// Two answers at the same instant must not both get in.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_takers_one_gets_it() {
    let (_folder, sqlite) = fresh().await;
    let (actor, setup) = (ActorId::new("someone").unwrap(), SetupId::from_uuid(uuid::Uuid::nil()));
    let opened = SignIn::new(&Secret::new("s1"), owner("a"), actor, setup, Road::FACEBOOK, vec![], "https://host.example/back", at(0));
    sqlite.sign_ins().open(&opened).await.unwrap();
    let takers: Vec<_> = (0..16)
        .map(|_| {
            let (store, state) = (sqlite.sign_ins(), opened.state.clone());
            tokio::spawn(async move { store.take(&state).await.unwrap() })
        })
        .collect();
    let mut got = 0;
    for taker in takers {
        got += usize::from(taker.await.unwrap().is_some());
    }
    assert_eq!(got, 1);
}
