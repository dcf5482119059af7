//! What every credential store must do.

use super::owners::{owner, page};
use crate::linking::credential::{CredentialKey, CredentialStore, Holder, Sealed};
use crate::words::error::Result;
use crate::words::ids::PersonId;
use crate::words::platform::Road;

/// Runs the suite on an empty store.
///
/// # Panics
///
/// When the store does not do what the port promises; the sentence says what would be wrong in the world.
pub async fn credential_store(store: &dyn CredentialStore) -> Result<()> {
    what_another_key_sealed_is_found(store).await?;
    each_owner_and_holder_has_its_own(store).await
}

/// The keys of a person's token and of the Page's.
fn keys(name: &str) -> [CredentialKey; 2] {
    let person = Holder::Person(PersonId::new("p:1").unwrap());
    [person, Holder::Account(page())].map(|holder| CredentialKey { owner: owner(name), road: Road::FACEBOOK, holder })
}

fn sealed(key: &str, byte: u8) -> Sealed {
    Sealed { key_id: key.to_owned(), bytes: vec![byte; 40] }
}

/// After a rotation every token under an old key is found, or the old key can never be thrown away.
async fn what_another_key_sealed_is_found(store: &dyn CredentialStore) -> Result<()> {
    let ([mine, mine_too], [theirs, theirs_too]) = (keys("mine"), keys("theirs"));
    store.put(&mine, &sealed("k1", 1)).await?;
    store.put(&mine_too, &sealed("k2", 2)).await?;
    store.put(&theirs, &sealed("k1", 3)).await?;
    let mut found = store.sealed_otherwise("k2", 10).await?;
    found.sort();
    assert_eq!(found, [mine.clone(), theirs.clone()], "a token under an old key is not found, or one under the new key is");
    assert_eq!(store.sealed_otherwise("k2", 1).await?.len(), 1, "more tokens are named than were asked for");
    assert!(store.sealed_otherwise("k1", 10).await?.contains(&mine_too), "a token under another key is not found");

    store.put(&mine, &sealed("k2", 4)).await?;
    let left = store.sealed_otherwise("k2", 10).await?;
    assert_eq!(left, std::slice::from_ref(&theirs), "a token that was sealed anew is found as if it was not");
    for key in [mine, mine_too, theirs, theirs_too] {
        store.remove(&key).await?;
    }
    assert!(store.sealed_otherwise("k3", 10).await?.is_empty(), "a token is still there after it was forgotten");
    Ok(())
}

/// A token comes back for exactly the owner, road and holder it was kept for.
async fn each_owner_and_holder_has_its_own(store: &dyn CredentialStore) -> Result<()> {
    let ([mine, mine_too], [theirs, _]) = (keys("mine"), keys("theirs"));
    store.put(&mine, &sealed("k1", 0)).await?;
    store.put(&mine, &sealed("k1", 1)).await?;
    store.put(&mine_too, &sealed("k1", 2)).await?;
    assert_eq!(store.get(&mine).await?, Some(sealed("k1", 1)), "a new token does not take the place of the old one");
    assert_eq!(store.get(&mine_too).await?, Some(sealed("k1", 2)), "a person's token and an account's are taken for one");
    assert_eq!(store.get(&theirs).await?, None, "an owner gets another owner's token");
    let elsewhere = CredentialKey { road: Road::INSTAGRAM, ..mine.clone() };
    assert_eq!(store.get(&elsewhere).await?, None, "a token of one road is used on another");
    store.remove(&theirs).await?;
    assert_eq!(store.get(&mine).await?, Some(sealed("k1", 1)), "an owner forgets another owner's token");
    store.remove(&mine).await?;
    assert_eq!(store.get(&mine).await?, None, "a token is still there after it was forgotten");
    assert_eq!(store.get(&mine_too).await?, Some(sealed("k1", 2)), "forgetting one token takes another with it");
    Ok(())
}
