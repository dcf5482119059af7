//! What every store of sign-ins must do.

use futures::future::join_all;

use super::owners::{at, owner, setup_id, someone};
use crate::linking::sign_in::{SIGN_IN_LIFE, SignIn, StateDigest};
use crate::linking::store::SignInStore;
use crate::words::error::Result;
use crate::words::platform::{Road, Scope};
use crate::words::secret::Secret;

/// Runs the suite on an empty store.
///
/// # Panics
///
/// When the store does not do what the port promises; the sentence says what would be wrong in the world.
pub async fn sign_in_store(store: &dyn SignInStore) -> Result<()> {
    a_state_is_taken_once(store).await?;
    of_many_takers_one_gets_it(store).await?;
    forgets_what_ran_out(store).await?;
    knows_who_did_not_come_back(store).await
}

fn opened(name: &str, state: &str) -> SignIn {
    let asked = vec![Scope::new("pages_messaging").unwrap()];
    SignIn::new(&Secret::new(state), owner(name), someone(), setup_id(0), Road::FACEBOOK, asked, "https://host.example/back", at(0))
        .returning_to(Some("/inbox".to_owned()))
}

/// An answer that is sent twice works once, for the owner whose dialog it was.
async fn a_state_is_taken_once(store: &dyn SignInStore) -> Result<()> {
    let [first, second, never] = ["s1", "s2", "never"].map(|state| StateDigest::of(&Secret::new(state)));
    store.open(&opened("mine", "s1")).await?;
    store.open(&opened("theirs", "s2")).await?;
    assert_eq!(store.take(&first).await?, Some(opened("mine", "s1")), "a sign-in comes back changed, or to another owner");
    assert_eq!(store.take(&first).await?, None, "an answer works twice");
    assert_eq!(store.take(&never).await?, None, "an answer works that nobody asked for");
    assert_eq!(store.take(&second).await?, Some(opened("theirs", "s2")), "one owner's answer burns another owner's sign-in");
    Ok(())
}

/// Two answers at the same instant do not both get in.
async fn of_many_takers_one_gets_it(store: &dyn SignInStore) -> Result<()> {
    let sign_in = opened("mine", "s1");
    store.open(&sign_in).await?;
    let taken = join_all((0..16).map(|_| store.take(&sign_in.state))).await;
    let taken: Vec<_> = taken.into_iter().collect::<Result<_>>()?;
    assert_eq!(taken.iter().flatten().count(), 1, "of several answers with one state more than one gets in, or none");
    Ok(())
}

/// Sign-ins that nobody finished go, and those under way stay.
async fn forgets_what_ran_out(store: &dyn SignInStore) -> Result<()> {
    store.open(&opened("mine", "s1")).await?;
    assert_eq!(store.forget(at(0) + SIGN_IN_LIFE).await?, 0, "a sign-in is forgotten that did not run out before that time");
    assert_eq!(store.forget(at(1) + SIGN_IN_LIFE).await?, 1, "sign-ins that nobody finished are kept for ever");
    assert_eq!(store.take(&opened("mine", "s1").state).await?, None, "a sign-in that was forgotten works");
    Ok(())
}

/// Somebody who got stuck in a dialog is found, and is forgotten once they came back.
async fn knows_who_did_not_come_back(store: &dyn SignInStore) -> Result<()> {
    store.open(&opened("mine", "s1")).await?;
    store.open(&opened("theirs", "s2")).await?;
    let (mine, over) = (owner("mine"), at(1) + SIGN_IN_LIFE);
    assert!(store.unreturned(&mine, at(1)).await?.is_empty(), "a dialog that may still come back counts as left");
    assert_eq!(store.unreturned(&mine, over).await?, [opened("mine", "s1")], "who got stuck is not found, or another owner's is");
    assert_eq!(store.came_back(&mine, &someone(), &Road::INSTAGRAM, over).await?, 0, "coming back by one road settles the other");
    assert_eq!(store.came_back(&mine, &someone(), &Road::FACEBOOK, at(1)).await?, 0, "a dialog that is still open is forgotten");
    assert_eq!(store.came_back(&mine, &someone(), &Road::FACEBOOK, over).await?, 1, "who came back still counts as stuck");
    assert_eq!(store.unreturned(&owner("theirs"), over).await?.len(), 1, "one owner's return settles another owner's dialog");
    store.take(&opened("theirs", "s2").state).await?;
    Ok(())
}
