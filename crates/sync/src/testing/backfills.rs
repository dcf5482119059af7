//! What every store of backfills must do.

use std::time::Duration;

use link_core::linking::connection::ConnectionKey;
use link_core::linking::setup::Depth;
use link_core::words::error::Result;
use link_core::words::platform::Road;
use link_core::words::view::Accounts;

use crate::backfill::{Backfill, BackfillState, BackfillStore};
use crate::testing::{Scene, at};

const LEASE: Duration = Duration::from_secs(60);

/// Runs the suite on an empty store.
///
/// # Panics
///
/// When the store does not do what the port promises; the sentence says what would be wrong in the world.
#[expect(clippy::unwrap_used, reason = "this is a test that is run elsewhere")]
pub async fn backfill_store(store: &dyn BackfillStore) -> Result<()> {
    let [mine, theirs] = ["mine", "theirs"].map(|owner| Scene::new(owner, "messenger:1", "7"));
    let begun = |scene: &Scene| {
        let connection = ConnectionKey { account: scene.account.clone(), road: Road::FACEBOOK };
        Backfill::new(connection, Depth::Newest(50), at(10))
    };
    assert!(store.begin(&begun(&mine)).await?, "a first backfill is not kept");
    assert!(!store.begin(&begun(&mine)).await?, "a confirmation that is repeated begins the history again");
    assert!(store.begin(&begun(&theirs)).await?, "one owner's backfill stands for another owner's");

    assert!(store.claim(at(9), LEASE).await?.is_none(), "a backfill is claimed before its time");
    assert_eq!(store.next_due().await?, Some(at(10)), "nobody knows when there is something to do");
    let first = store.claim(at(20), LEASE).await?.unwrap();
    let second = store.claim(at(20), LEASE).await?.unwrap();
    assert_ne!(first.connection, second.connection, "one backfill is worked on twice at once");
    assert!(store.claim(at(21), LEASE).await?.is_none(), "a claimed backfill is claimed again");

    // What was written is what the next one goes on with; a lease that ended frees it.
    let mut further = first.clone();
    (further.messages, further.state) = (30, BackfillState::Waiting { until: at(100) });
    store.save(&further).await?;
    assert!(store.claim(at(50), LEASE).await?.is_none(), "a backfill that waits for its budget is claimed");
    let lapsed = store.claim(at(85), LEASE).await?.unwrap();
    assert_eq!(lapsed.connection, second.connection, "a backfill whose worker died never goes on");
    let again = store.claim(at(100), LEASE).await?.unwrap();
    assert_eq!(again, further, "a backfill does not go on where it was");

    store.save(&Backfill { state: BackfillState::Done, ..again }).await?;
    store.save(&Backfill { state: BackfillState::Done, ..lapsed }).await?;
    assert!(store.claim(at(9_999), LEASE).await?.is_none(), "a finished backfill begins again");
    assert_eq!(store.next_due().await?, None, "finished work wakes somebody up");

    // Wanted again: nothing for what is done, unless more is wanted now; a stopped one goes on.
    assert!(!store.begin(&begun(&mine)).await?, "a finished backfill begins again");
    assert!(store.begin(&Backfill { depth: Depth::Everything, ..begun(&mine) }).await?, "more history that was agreed to is not read");
    let stopped = BackfillState::Stopped { cause: "the token is dead".to_owned() };
    store.save(&Backfill { state: stopped, messages: 7, ..begun(&theirs) }).await?;
    assert!(store.begin(&begun(&theirs)).await?, "a stopped backfill is not wanted again");
    let going_on = store.backfills(&theirs.view()).await?.remove(0);
    assert_eq!(
        (going_on.messages, going_on.state),
        (7, BackfillState::Waiting { until: at(10) }),
        "a stopped backfill does not go on where it was"
    );

    // Something was missed: what is done reads that.
    store.save(&Backfill { state: BackfillState::Done, listed: true, ..begun(&theirs) }).await?;
    assert!(store.begin(&begun(&theirs).catching_up(Some(at(40)))).await?, "what was missed is not read");
    let catching_up = store.backfills(&theirs.view()).await?.remove(0);
    assert_eq!((catching_up.catching_up, catching_up.missed_since), (true, Some(at(40))), "what was missed is forgotten on the way");

    let shown = store.backfills(&mine.view()).await?;
    assert_eq!(
        shown.iter().map(|backfill| &backfill.connection.account).collect::<Vec<_>>(),
        [&mine.account],
        "a view shows another owner's progress"
    );
    let nothing = mine.view().with_accounts(Accounts::Only([].into()));
    assert!(store.backfills(&nothing).await?.is_empty(), "an empty view shows progress");
    Ok(())
}
