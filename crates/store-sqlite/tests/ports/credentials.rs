use link_core::linking::credential::{CredentialKey, CredentialStore, Holder, Sealed};
use link_core::{PersonId, Road};

use crate::fixture::{owner, page};

fn keys(name: &str) -> [CredentialKey; 2] {
    let person = Holder::Person(PersonId::new("p:1").unwrap());
    [person, Holder::Account(page())].map(|holder| CredentialKey { owner: owner(name), road: Road::FACEBOOK, holder })
}

fn sealed(key: &str, byte: u8) -> Sealed {
    Sealed { key_id: key.to_owned(), bytes: vec![byte; 40] }
}

/// A token must come back for exactly the owner, road and holder it was kept for.
async fn each_owner_and_holder_has_its_own(store: &dyn CredentialStore) {
    let ([mine, mine_too], [theirs, _]) = (keys("a"), keys("b"));
    store.put(&mine, &sealed("k1", 0)).await.unwrap();
    store.put(&mine, &sealed("k1", 1)).await.unwrap();
    store.put(&mine_too, &sealed("k1", 2)).await.unwrap();
    assert_eq!(store.get(&mine).await.unwrap(), Some(sealed("k1", 1)));
    assert_eq!(store.get(&mine_too).await.unwrap(), Some(sealed("k1", 2)));
    assert_eq!(store.get(&theirs).await.unwrap(), None);
    let elsewhere = CredentialKey { road: Road::INSTAGRAM, ..mine.clone() };
    assert_eq!(store.get(&elsewhere).await.unwrap(), None);
    store.remove(&theirs).await.unwrap();
    store.remove(&mine).await.unwrap();
    assert_eq!(store.get(&mine).await.unwrap(), None);
    assert_eq!(store.get(&mine_too).await.unwrap(), Some(sealed("k1", 2)));
}

/// After a rotation every token under an old key must be found, or the old key can never be thrown away.
async fn what_another_key_sealed_is_found(store: &dyn CredentialStore) {
    let ([mine, mine_too], [theirs, _]) = (keys("a"), keys("b"));
    store.put(&mine, &sealed("k1", 1)).await.unwrap();
    store.put(&mine_too, &sealed("k2", 2)).await.unwrap();
    store.put(&theirs, &sealed("k1", 3)).await.unwrap();
    let mut found = store.sealed_otherwise("k2", 10).await.unwrap();
    found.sort();
    assert_eq!(found, [mine.clone(), theirs]);
    assert_eq!(store.sealed_otherwise("k2", 1).await.unwrap().len(), 1);
    assert!(store.sealed_otherwise("k1", 10).await.unwrap().contains(&mine_too));
}

on_sqlite!(credentials: each_owner_and_holder_has_its_own what_another_key_sealed_is_found);
