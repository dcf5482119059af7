//! What every store of pauses must do.

use link_core::words::error::Result;
use link_core::words::platform::Road;
use link_core::words::rates::{RateKind, Scope};

use crate::budget::{Pause, PauseStore};
use crate::testing::at;

/// Runs the suite on an empty store.
///
/// # Panics
///
/// When the store does not do what the port promises; the sentence says what would be wrong in the world.
#[expect(clippy::unwrap_used, reason = "this is a test that is run elsewhere")]
pub async fn pause_store(store: &dyn PauseStore) -> Result<()> {
    let account = || Scope::Account("messenger:1".parse().unwrap());
    let pause = |scope, kind, seconds| Pause { scope, kind, until: at(seconds) };
    assert!(store.standing(at(0)).await?.is_empty(), "something is paused that nobody paused");
    let all = [
        pause(account(), None, 100),
        pause(account(), Some(RateKind::Send), 300),
        pause(Scope::App(Road::FACEBOOK), None, 200),
        pause(Scope::Person("2000".parse().unwrap()), None, 50),
    ];
    for each in &all {
        store.keep(each).await?;
    }
    store.keep(&pause(account(), Some(RateKind::Send), 250)).await?;
    let sorted = |mut found: Vec<Pause>| {
        found.sort_by_key(|pause| pause.until);
        found
    };
    let [any, sends, app, person] = all;
    assert_eq!(
        sorted(store.standing(at(49)).await?),
        [person, any, app.clone(), sends.clone()],
        "a pause is lost, or shortened by a shorter one"
    );
    assert_eq!(sorted(store.standing(at(100)).await?), [app, sends], "a pause that is over stands, or one that is not does not");
    store.keep(&pause(account(), None, 400)).await?;
    assert_eq!(store.standing(at(399)).await?, [pause(account(), None, 400)], "somebody who is throttled again is called on");
    Ok(())
}
