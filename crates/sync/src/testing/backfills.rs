//! What every store of backfills must do.

mod memory;

use std::time::Duration;

use link_core::linking::connection::ConnectionKey;
use link_core::linking::setup::Depth;
use link_core::words::error::Result;
use link_core::words::ids::ScopedId;
use link_core::words::platform::Road;
use link_core::words::view::Accounts;

use crate::backfill::{Backfill, BackfillChange, BackfillState, BackfillStore, Held, PausedBy, Reading, ReadingState, Tally};
use crate::testing::{Scene, at};

pub use memory::MemoryBackfills;

const LEASE: Duration = Duration::from_secs(60);

fn begun(scene: &Scene) -> Backfill {
    let connection = ConnectionKey { account: scene.account.clone(), road: Road::FACEBOOK };
    Backfill::new(connection, Depth::Newest(50), at(10))
}

/// Runs the suite on an empty store.
///
/// # Panics
///
/// When the store does not do what the port promises; the sentence says what would be wrong in the world.
pub async fn backfill_store(store: &dyn BackfillStore) -> Result<()> {
    let [mine, theirs] = ["mine", "theirs"].map(|owner| Scene::new(owner, "messenger:1", "7"));
    claims(store, &mine, &theirs).await?;
    wanted_again(store, &mine, &theirs).await?;
    changes(store, &mine).await?;
    conversations(store, &mine, &theirs).await?;
    wakes(store, &begun(&mine).connection).await
}

/// Ends a backfill, whoever holds it.
async fn end(store: &dyn BackfillStore, backfill: Backfill) -> Result<()> {
    let key = backfill.connection.clone();
    store.change(&key, &[], &|_, _| Some(BackfillChange::new(backfill.clone()))).await.map(drop)
}

#[expect(clippy::unwrap_used, reason = "this is a test that is run elsewhere")]
async fn claims(store: &dyn BackfillStore, mine: &Scene, theirs: &Scene) -> Result<()> {
    assert!(store.begin(&begun(mine)).await?, "a first backfill is not kept");
    assert!(!store.begin(&begun(mine)).await?, "a confirmation that is repeated begins the history again");
    assert!(store.begin(&begun(theirs)).await?, "one owner's backfill stands for another owner's");

    assert!(store.claim(at(9), LEASE).await?.is_none(), "a backfill is claimed before its time");
    assert_eq!(store.next_due().await?, Some(at(10)), "nobody knows when there is something to do");
    let first = store.claim(at(20), LEASE).await?.unwrap();
    let second = store.claim(at(20), LEASE).await?.unwrap();
    assert_ne!(first.backfill.connection, second.backfill.connection, "one backfill is worked on twice at once");
    assert!(store.claim(at(21), LEASE).await?.is_none(), "a claimed backfill is claimed again");

    // What was written is what the next one goes on with; a lease that ended frees it.
    let mut further = first.clone();
    (further.backfill.messages, further.backfill.state) = (30, BackfillState::Waiting { until: at(100) });
    assert!(store.save(&further, &[]).await?, "who holds a backfill cannot write it back");
    assert!(!store.save(&first, &[]).await?, "a backfill is written back twice");
    assert!(store.claim(at(50), LEASE).await?.is_none(), "a backfill that waits for its budget is claimed");
    let lapsed = store.claim(at(85), LEASE).await?.unwrap();
    assert_eq!(lapsed.backfill.connection, second.backfill.connection, "a backfill whose worker died never goes on");
    assert!(!store.save(&second, &[]).await?, "a worker that was taken for dead undoes what the next one did");
    let again = store.claim(at(100), LEASE).await?.unwrap();
    assert_eq!(again.backfill, further.backfill, "a backfill does not go on where it was");

    for held in [again, lapsed] {
        let over = Held { backfill: Backfill { state: BackfillState::Done, ..held.backfill }, ..held };
        assert!(store.save(&over, &[]).await?);
    }
    assert!(store.claim(at(9_999), LEASE).await?.is_none(), "a finished backfill begins again");
    assert_eq!(store.next_due().await?, None, "finished work wakes somebody up");
    Ok(())
}

async fn wanted_again(store: &dyn BackfillStore, mine: &Scene, theirs: &Scene) -> Result<()> {
    // Wanted again: nothing for what is done, unless more is wanted now; a stopped one goes on.
    assert!(!store.begin(&begun(mine)).await?, "a finished backfill begins again");
    assert!(store.begin(&Backfill { depth: Depth::Everything, ..begun(mine) }).await?, "more history that was agreed to is not read");
    let stopped = BackfillState::Stopped { cause: "the token is dead".to_owned() };
    end(store, Backfill { state: stopped, messages: 7, ..begun(theirs) }).await?;
    assert!(store.begin(&begun(theirs)).await?, "a stopped backfill is not wanted again");
    let going_on = store.backfills(&theirs.view()).await?.remove(0);
    assert_eq!(
        (going_on.messages, going_on.state),
        (7, BackfillState::Waiting { until: at(10) }),
        "a stopped backfill does not go on where it was"
    );

    let shown = store.backfills(&mine.view()).await?;
    assert_eq!(
        shown.iter().map(|backfill| &backfill.connection.account).collect::<Vec<_>>(),
        [&mine.account],
        "a view shows another owner's progress"
    );
    let nothing = mine.view().with_accounts(Accounts::Only([].into()));
    assert!(store.backfills(&nothing).await?.is_empty(), "an empty view shows progress");
    end(store, Backfill { state: BackfillState::Done, ..begun(theirs) }).await
}

#[expect(clippy::unwrap_used, clippy::expect_used, reason = "this is a test that is run elsewhere")]
async fn changes(store: &dyn BackfillStore, mine: &Scene) -> Result<()> {
    let key = begun(mine).connection;
    end(store, begun(mine)).await?;
    let held = store.claim(at(200), LEASE).await?.unwrap();
    let resting = |by: &str| {
        let pause = by.parse().ok().map(|by| PausedBy::new(by, at(201)));
        move |it: &Backfill, _: &[Reading]| Some(BackfillChange::new(it.clone().resting(pause.clone())))
    };
    let paused = store.change(&key, &[], &resting("robin")).await?;
    assert_eq!(paused.unwrap().paused.unwrap().by.as_str(), "robin", "nobody is told what a change made");
    assert!(!store.save(&held, &[]).await?, "whoever works on a backfill undoes that somebody paused it");
    assert!(store.claim(at(9_999), LEASE).await?.is_none(), "a backfill that rests is worked on");
    assert_eq!(store.next_due().await?, None, "a backfill that rests wakes somebody up");
    assert_eq!(store.change(&key, &[], &|_, _| None).await?, None, "a change that is none is told as one");
    store.change(&key, &[], &|it, _| Some(BackfillChange::new(it.clone().resting(None)))).await?;
    let held = store.claim(at(202), LEASE).await?;
    let held = held.expect("a change keeps everybody from a backfill for as long as the claim would have lasted");
    let nobody = ConnectionKey { road: Road::INSTAGRAM, ..key.clone() };
    assert_eq!(store.change(&nobody, &[], &|it, _| Some(BackfillChange::new(it.clone()))).await?, None, "a backfill is made of nothing");
    assert!(store.save(&held, &[]).await?);
    end(store, Backfill { state: BackfillState::Done, ..begun(mine) }).await
}

#[expect(clippy::unwrap_used, reason = "this is a test that is run elsewhere")]
fn reading(peer: &str, updated: Option<i64>, state: ReadingState) -> Reading {
    let mut reading = Reading::new(ScopedId::new(peer).unwrap());
    (reading.updated, reading.state, reading.read) = (updated.map(at), state, 10);
    reading
}

#[expect(clippy::unwrap_used, reason = "this is a test that is run elsewhere")]
async fn conversations(store: &dyn BackfillStore, mine: &Scene, theirs: &Scene) -> Result<()> {
    let key = begun(mine).connection;
    end(store, begun(mine)).await?;
    let held = store.claim(at(20_000), LEASE).await?.unwrap();
    let expecting = |reading: Reading| Reading { expected: Some(25), ..reading };
    let all = [
        expecting(reading("old", Some(1), ReadingState::Waiting)),
        expecting(reading("unknown", None, ReadingState::Waiting)),
        expecting(reading("new", Some(9), ReadingState::Waiting)),
        reading("done", Some(99), ReadingState::Done),
        reading("lost", Some(99), ReadingState::GivenUp),
    ];
    assert!(store.save(&held, &all).await?);
    let peers = |readings: Vec<Reading>| readings.into_iter().map(|reading| reading.peer.as_str().to_owned()).collect::<Vec<_>>();
    assert_eq!(peers(store.waiting(&key, 9).await?), ["new", "old", "unknown"], "an old conversation is read before a newer one");
    assert_eq!(peers(store.waiting(&key, 1).await?), ["new"], "more is asked for than can be asked");
    let asked = [ScopedId::new("done").unwrap(), ScopedId::new("nobody").unwrap()];
    assert_eq!(store.readings(&key, &asked).await?, all[3..4], "how far a conversation was read is forgotten");
    let other = ConnectionKey { account: theirs.account.clone(), ..key.clone() };
    assert!(store.waiting(&other, 9).await?.is_empty() && store.readings(&other, &asked).await?.is_empty(), "owners share conversations");

    let tally = Tally::new(5, 50).standing(3, 1).expecting(Some(95));
    assert_eq!(store.tallies(&mine.view()).await?, [(key.clone(), tally)], "progress is not what was read");
    assert!(store.tallies(&theirs.view()).await?.is_empty(), "a view shows another owner's progress");
    let nothing = mine.view().with_accounts(Accounts::Only([].into()));
    assert!(store.tallies(&nothing).await?.is_empty(), "an empty view shows progress");

    // A conversation changes by what wakes it; of one whose size is unknown nobody knows what is expected.
    let woken = Reading { expected: None, ..reading("old", Some(500), ReadingState::Waiting) };
    store.change(&key, &[], &|it, _| Some(BackfillChange::new(it.clone()).readings([woken.clone()]))).await?;
    assert_eq!(peers(store.waiting(&key, 1).await?), ["old"], "who just wrote waits behind everybody");
    assert_eq!(store.tallies(&mine.view()).await?[0].1.expected, None, "a number is told that nobody knows");

    // Begun anew, nothing that was read before counts.
    end(store, begun(mine)).await?;
    assert!(store.begin(&Backfill { depth: Depth::Everything, ..begun(mine) }).await?);
    assert!(store.waiting(&key, 9).await?.is_empty(), "a reading that begins anew goes on where the last one was");
    assert!(store.readings(&key, &asked).await?.is_empty() && store.tallies(&mine.view()).await?.is_empty());
    Ok(())
}

/// A conversation wakes while somebody works on the backfill, which is just about to end.
#[expect(clippy::unwrap_used, reason = "this is a test that is run elsewhere")]
async fn wakes(store: &dyn BackfillStore, key: &ConnectionKey) -> Result<()> {
    let mut held = store.claim(at(30_000), LEASE).await?.unwrap();
    let peer = [ScopedId::new("woken").unwrap()];
    let of_round = |of: &Backfill, reading: Reading| Reading { round: of.course.round, ..reading };
    let wake = |it: &Backfill, known: &[Reading]| {
        let read = known.first().map_or(0, |reading| reading.read);
        Some(
            BackfillChange::new(it.clone())
                .readings([Reading { read: read + 1, ..of_round(it, reading("woken", Some(30_000), ReadingState::Waiting)) }]),
        )
    };
    store.change(key, &peer, &wake).await?;
    store.change(key, &peer, &wake).await?;
    assert_eq!(store.readings(key, &peer).await?[0].read, 2, "a change does not see what is stored");
    let stored = held.backfill.state.clone();
    held.backfill.state = BackfillState::Done;
    assert!(store.save(&held, &[]).await?, "whoever works on a backfill works in vain whenever somebody writes");
    let again = store.claim(at(30_001), LEASE).await?.unwrap();
    assert_eq!(again.backfill.state, stored, "who wrote while the reading ended is never read");
    let over = Held { backfill: Backfill { state: BackfillState::Done, ..again.backfill.clone() }, ..again };
    let read = of_round(&over.backfill, reading("woken", None, ReadingState::Done));
    assert!(store.save(&over, &[read]).await?);
    assert!(store.claim(at(99_999), LEASE).await?.is_none(), "a backfill of which nothing waits goes on for ever");
    Ok(())
}
