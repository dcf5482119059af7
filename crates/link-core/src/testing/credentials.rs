//! What every credential store must do.

use super::owners::{at, owner, page};
use crate::linking::credential::{CredentialKey, CredentialStore, Holder, Replacement, Sealed, SealedOtherwise};
use crate::words::error::Result;
use crate::words::feed::{Feed, FeedQuery, Happening, What};
use crate::words::ids::PersonId;
use crate::words::platform::Road;

/// Runs the suite on an empty store and the feed beside it.
///
/// # Panics
///
/// When the store does not do what the port promises; the sentence says what would be wrong in the world.
pub async fn credential_store(store: &dyn CredentialStore, feed: &dyn Feed) -> Result<()> {
    what_another_key_sealed_is_found(store).await?;
    a_token_is_replaced_only_by_whoever_saw_it(store, feed).await?;
    what_is_due_is_found_across_owners(store).await?;
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
    store.put(&mine, &sealed("k1", 1), None).await?;
    store.put(&mine_too, &sealed("k2", 2), None).await?;
    store.put(&theirs, &sealed("k1", 3), None).await?;
    let mut found = otherwise(store, "k2", 10).await?;
    found.sort();
    assert_eq!(found, [mine.clone(), theirs.clone()], "a token under an old key is not found, or one under the new key is");
    assert_eq!(otherwise(store, "k2", 1).await?.len(), 1, "more tokens are named than were asked for");
    assert!(otherwise(store, "k1", 10).await?.contains(&mine_too), "a token under another key is not found");

    let behind = SealedOtherwise { key_id: "k2".to_owned(), after: Some(mine.clone()), limit: 10 };
    assert_eq!(
        store.sealed_otherwise(&behind).await?,
        std::slice::from_ref(&theirs),
        "tokens that no key opens stand before the others for ever"
    );

    store.put(&mine, &sealed("k2", 4), None).await?;
    let left = otherwise(store, "k2", 10).await?;
    assert_eq!(left, std::slice::from_ref(&theirs), "a token that was sealed anew is found as if it was not");
    for key in [mine, mine_too, theirs, theirs_too] {
        store.remove(&key).await?;
    }
    assert!(otherwise(store, "k3", 10).await?.is_empty(), "a token is still there after it was forgotten");
    Ok(())
}

async fn otherwise(store: &dyn CredentialStore, key_id: &str, limit: u32) -> Result<Vec<CredentialKey>> {
    store.sealed_otherwise(&SealedOtherwise { key_id: key_id.to_owned(), after: None, limit }).await
}

/// A sign-in that comes between reading and replacing must not be undone by the older token; nor may a forgotten one come back.
async fn a_token_is_replaced_only_by_whoever_saw_it(store: &dyn CredentialStore, feed: &dyn Feed) -> Result<()> {
    let ([mine, _], [theirs, _]) = (keys("mine"), keys("theirs"));
    let news = Happening::new(owner("mine"), Some(page()), What::CredentialDead { road: Road::FACEBOOK }, at(1));
    let newer = Replacement::new(sealed("k1", 2), None).telling(vec![news.clone()]);
    let before = FeedQuery { after: feed.end().await?, limit: 10 };
    assert!(!store.replace(&mine, &sealed("k1", 1), &newer).await?, "a token that was forgotten comes back");
    assert_eq!(store.get(&mine).await?, None, "a token that was forgotten comes back");
    for key in [&mine, &theirs] {
        store.put(key, &sealed("k1", 1), None).await?;
    }
    for other in [sealed("k1", 9), sealed("k9", 1)] {
        assert!(!store.replace(&mine, &other, &newer).await?, "a token is replaced by somebody who never saw it");
    }
    assert_eq!(store.get(&mine).await?, Some(sealed("k1", 1)), "a token is overwritten by its predecessor's successor");
    assert!(feed.read(&before).await?.is_empty(), "a replacement that did not happen is told");
    assert!(store.replace(&mine, &sealed("k1", 1), &newer).await?, "the token that is kept cannot be replaced");
    assert_eq!(store.get(&mine).await?, Some(sealed("k1", 2)), "a replacement is not kept");
    assert_eq!(store.get(&theirs).await?, Some(sealed("k1", 1)), "an owner's token is replaced with another owner's");
    let told: Vec<_> = feed.read(&before).await?.into_iter().map(|(_, happening)| happening).collect();
    assert_eq!(told, [news], "a replacement is there without its news");
    let person = mine.holder.clone();
    assert_eq!(store.owners(&Road::FACEBOOK, &person).await?, [owner("mine"), owner("theirs")], "an owner who keeps a token is not named");
    assert!(store.owners(&Road::INSTAGRAM, &person).await?.is_empty(), "an owner is named for a token of another road");
    for key in [mine, theirs] {
        store.remove(&key).await?;
    }
    assert!(store.owners(&Road::FACEBOOK, &person).await?.is_empty(), "an owner is named for a token that was forgotten");
    Ok(())
}

/// What is due is looked at in time whosever it is, and what nobody ever looked at first.
async fn what_is_due_is_found_across_owners(store: &dyn CredentialStore) -> Result<()> {
    let ([mine, mine_too], [theirs, theirs_too]) = (keys("mine"), keys("theirs"));
    store.put(&mine, &sealed("k1", 1), Some(at(10))).await?;
    store.put(&mine_too, &sealed("k1", 2), Some(at(5))).await?;
    store.put(&theirs, &sealed("k1", 3), None).await?;
    store.put(&theirs_too, &sealed("k1", 4), Some(at(20))).await?;
    assert_eq!(store.due(at(10), 10).await?, [theirs.clone(), mine_too.clone(), mine.clone()], "something due is not found, or too early");
    assert_eq!(
        store.due(at(10), 1).await?,
        std::slice::from_ref(&theirs),
        "more is named than was asked for, or what was never looked at is not first"
    );
    assert_eq!(store.next_due(at(10)).await?, Some(at(20)), "nobody would wake for the next one");
    assert_eq!(store.next_due(at(20)).await?, None, "somebody wakes for nothing");
    let later = Replacement::new(sealed("k1", 3), Some(at(30)));
    assert!(store.replace(&theirs, &sealed("k1", 3), &later).await?);
    assert_eq!(store.due(at(10), 10).await?, [mine_too.clone(), mine.clone()], "what was put off is due all the same");
    for key in [mine, mine_too, theirs, theirs_too] {
        store.remove(&key).await?;
    }
    Ok(())
}

/// A token comes back for exactly the owner, road and holder it was kept for.
async fn each_owner_and_holder_has_its_own(store: &dyn CredentialStore) -> Result<()> {
    let ([mine, mine_too], [theirs, _]) = (keys("mine"), keys("theirs"));
    store.put(&mine, &sealed("k1", 0), None).await?;
    store.put(&mine, &sealed("k1", 1), None).await?;
    store.put(&mine_too, &sealed("k1", 2), None).await?;
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
