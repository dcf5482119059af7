use std::sync::Arc;

use link_core::linking::sign_in::{SIGN_IN_LIFE, SignIn, StateDigest};
use link_core::linking::store::SignInStore;
use link_core::{ActorId, Road, Scope, Secret, SetupId};

use crate::fixture::{at, fresh, owner};

fn opened(state: &str) -> SignIn {
    let (actor, setup) = (ActorId::new("someone").unwrap(), SetupId::from_uuid(uuid::Uuid::nil()));
    let asked = vec![Scope::new("pages_messaging").unwrap()];
    SignIn::new(&Secret::new(state), owner("a"), actor, setup, Road::FACEBOOK, asked, "https://host.example/back", at(0))
        .returning_to(Some("/inbox".to_owned()))
}

/// An answer that is sent twice must work once.
async fn a_state_is_taken_once(store: &dyn SignInStore) {
    store.open(&opened("s1")).await.unwrap();
    store.open(&opened("s2")).await.unwrap();
    assert_eq!(store.take(&StateDigest::of(&Secret::new("s1"))).await.unwrap(), Some(opened("s1")));
    assert_eq!(store.take(&StateDigest::of(&Secret::new("s1"))).await.unwrap(), None);
    assert_eq!(store.take(&StateDigest::of(&Secret::new("never"))).await.unwrap(), None);
    assert_eq!(store.take(&StateDigest::of(&Secret::new("s2"))).await.unwrap(), Some(opened("s2")));
}

/// Sign-ins that nobody finished must go, and those under way must stay.
async fn forgets_what_ran_out(store: &dyn SignInStore) {
    store.open(&opened("s1")).await.unwrap();
    assert_eq!(store.forget(at(0) + SIGN_IN_LIFE).await.unwrap(), 0);
    assert_eq!(store.forget(at(1) + SIGN_IN_LIFE).await.unwrap(), 1);
    assert_eq!(store.take(&opened("s1").state).await.unwrap(), None);
}

on_sqlite!(sign_ins: a_state_is_taken_once forgets_what_ran_out);

/// Two answers at the same instant must not both get in.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_takers_one_gets_it() {
    let (_folder, sqlite) = fresh().await;
    let store: Arc<dyn SignInStore> = Arc::new(sqlite.sign_ins());
    store.open(&opened("s1")).await.unwrap();
    let takers: Vec<_> = (0..16)
        .map(|_| {
            let store = Arc::clone(&store);
            tokio::spawn(async move { store.take(&opened("s1").state).await.unwrap() })
        })
        .collect();
    let mut got = 0;
    for taker in takers {
        got += usize::from(taker.await.unwrap().is_some());
    }
    assert_eq!(got, 1);
}
