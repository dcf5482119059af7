//! What every store of what is compared must do, and one in memory.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use link_core::linking::connection::ConnectionKey;
use link_core::words::activity::Activity;
use link_core::words::error::Result;
use link_core::words::feed::{Feed, FeedQuery, Happening, Position, What};
use link_core::words::platform::Road;
use link_core::words::view::{Accounts, View};

use crate::reconcile::{Alive, HeldReconcile, Occasion, Reconcile, ReconcileReason, ReconcileState, ReconcileStore};
use crate::testing::{Scene, at};

const LEASE: Duration = Duration::from_secs(60);

/// What is compared, in memory. What it tells and records can be looked at.
#[derive(Debug, Default)]
pub struct MemoryReconciles(Mutex<Held>);

#[derive(Debug, Default)]
struct Held {
    rows: BTreeMap<ConnectionKey, Row>,
    alive: Option<Alive>,
    told: Vec<Happening>,
    acts: Vec<Activity>,
}

#[derive(Debug)]
struct Row {
    reconcile: Reconcile,
    held_until: Option<DateTime<Utc>>,
    ticket: u64,
}

impl MemoryReconciles {
    fn held(&self) -> MutexGuard<'_, Held> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Everything that was told, in order.
    pub fn told(&self) -> Vec<Happening> {
        self.held().told.clone()
    }

    /// Everything that was recorded, in order.
    pub fn acts(&self) -> Vec<Activity> {
        self.held().acts.clone()
    }
}

#[async_trait]
impl ReconcileStore for MemoryReconciles {
    async fn want(&self, occasion: &Occasion, acts: &[Activity]) -> Result<bool> {
        let mut held = self.held();
        let known = held.rows.get(&occasion.connection);
        let holds = known.is_some_and(|row| row.held_until.is_some());
        let wanted = Reconcile::wanted(known.map(|row| &row.reconcile), occasion, holds);
        held.acts.extend_from_slice(acts);
        let Some(wanted) = wanted else { return Ok(false) };
        let row = held.rows.entry(occasion.connection.clone());
        row.and_modify(|row| row.reconcile.clone_from(&wanted)).or_insert(Row { reconcile: wanted, held_until: None, ticket: 0 });
        Ok(true)
    }

    async fn claim(&self, now: DateTime<Utc>, lease: Duration) -> Result<Option<HeldReconcile>> {
        let mut held = self.held();
        let due = |row: &&mut Row| {
            let waits = matches!(row.reconcile.state, ReconcileState::Waiting { until: from } if from <= now);
            waits && row.held_until.is_none_or(|until| until <= now)
        };
        let Some(row) = held.rows.values_mut().find(due) else { return Ok(None) };
        (row.held_until, row.ticket) = (Some(now + TimeDelta::from_std(lease).unwrap_or_default()), row.ticket + 1);
        Ok(Some(HeldReconcile::new(row.reconcile.clone(), row.ticket)))
    }

    async fn save(&self, done: &HeldReconcile, told: &[Happening]) -> Result<Option<Reconcile>> {
        let mut held = self.held();
        let Some(row) = held.rows.get_mut(&done.reconcile.connection).filter(|row| row.ticket == done.ticket) else { return Ok(None) };
        let kept = done.reconcile.clone().over(Some(&row.reconcile));
        (row.reconcile, row.held_until) = (kept.clone(), None);
        held.told.extend_from_slice(told);
        Ok(Some(kept))
    }

    async fn next_due(&self) -> Result<Option<DateTime<Utc>>> {
        let held = self.held();
        let due = |row: &Row| match row.reconcile.state {
            ReconcileState::Waiting { until } => Some(row.held_until.map_or(until, |held| held.max(until))),
            _ => None,
        };
        Ok(held.rows.values().filter_map(due).min())
    }

    async fn reconciles(&self, view: &View) -> Result<Vec<Reconcile>> {
        let shown = |row: &&Reconcile| {
            let account = &row.connection.account;
            view.owner == account.owner && view.shows(&account.account)
        };
        Ok(self.held().rows.values().map(|row| &row.reconcile).filter(shown).cloned().collect())
    }

    async fn alive(&self) -> Result<Option<Alive>> {
        Ok(self.held().alive)
    }

    async fn beat(&self, alive: &Alive) -> Result<()> {
        let mut held = self.held();
        let at = held.alive.map_or(alive.at, |last| last.at.max(alive.at));
        let known = held.alive.and_then(|last| last.not_kept);
        let not_kept = [known, alive.not_kept].into_iter().flatten().reduce(|one, other| (one.0.min(other.0), one.1.max(other.1)));
        held.alive = Some(Alive { at, not_kept, ..*alive });
        Ok(())
    }

    async fn looked_for(&self, first: DateTime<Utc>, last: DateTime<Utc>) -> Result<()> {
        if let Some(alive) = &mut self.held().alive {
            alive.not_kept = alive.not_kept.filter(|(from, to)| *from < first || *to > last);
        }
        Ok(())
    }
}

#[async_trait]
impl Feed for MemoryReconciles {
    async fn read(&self, query: &FeedQuery) -> Result<Vec<(Position, Happening)>> {
        let told = self.told().into_iter().zip(1..).map(|(happening, place)| (Position(place), happening));
        Ok(told.filter(|(place, _)| *place > query.after).take(query.limit as usize).collect())
    }

    async fn end(&self) -> Result<Position> {
        Ok(Position(self.held().told.len() as u64))
    }

    async fn tell(&self, happenings: &[Happening]) -> Result<()> {
        self.held().told.extend_from_slice(happenings);
        Ok(())
    }

    async fn position(&self, _reader: &str) -> Result<Position> {
        Ok(Position(0))
    }

    async fn keep(&self, _reader: &str, _position: Position) -> Result<()> {
        Ok(())
    }
}

fn key(scene: &Scene) -> ConnectionKey {
    ConnectionKey { account: scene.account.clone(), road: Road::FACEBOOK }
}

fn occasion(scene: &Scene, reason: ReconcileReason, since: i64, now: i64) -> Occasion {
    Occasion::new(key(scene), at(0), reason, at(since), at(now))
}

/// Runs the suite on an empty store whose happenings come out of the feed.
///
/// # Panics
///
/// When the store does not do what the port promises; the sentence says what would be wrong in the world.
#[expect(clippy::unwrap_used, reason = "this is a test that is run elsewhere")]
pub async fn reconcile_store(store: &dyn ReconcileStore, feed: &dyn Feed) -> Result<()> {
    use ReconcileReason::{Asked, Downtime, Schedule};
    let [mine, theirs] = ["mine", "theirs"].map(|owner| Scene::new(owner, "messenger:1", "7"));
    assert!(store.want(&occasion(&mine, Downtime, 5, 10), &[]).await?, "what may have been missed is not looked for");
    assert!(store.want(&occasion(&theirs, Downtime, 5, 10), &[]).await?, "one owner's account stands for another owner's");
    assert!(!store.want(&occasion(&mine, Schedule, 8, 11), &[]).await?, "what is looked for already is looked for anew");

    assert!(store.claim(at(9), LEASE).await?.is_none(), "an account is compared before its time");
    assert_eq!(store.next_due().await?, Some(at(10)), "nobody knows when there is something to do");
    let first = store.claim(at(20), LEASE).await?.unwrap();
    let second = store.claim(at(20), LEASE).await?.unwrap();
    assert_ne!(first.reconcile.connection, second.reconcile.connection, "one account is compared twice at once");
    assert!(store.claim(at(21), LEASE).await?.is_none(), "what is claimed is claimed again");
    assert_eq!(store.next_due().await?, Some(at(80)), "a claim whose worker died wakes nobody up");

    // What was written is what the next one goes on with; a lease that ended frees it.
    let mut further = first.clone();
    (further.reconcile.found, further.reconcile.calls) = (30, 1);
    further.reconcile.state = ReconcileState::Waiting { until: at(100) };
    assert_eq!(store.save(&further, &[]).await?.as_ref(), Some(&further.reconcile));
    assert!(store.claim(at(50), LEASE).await?.is_none(), "what waits for its budget is claimed");
    let lapsed = store.claim(at(85), LEASE).await?.unwrap();
    assert_eq!(lapsed.reconcile.connection, second.reconcile.connection, "what a dead worker held never goes on");
    let held = store.claim(at(100), LEASE).await?.unwrap();
    assert_eq!(held.reconcile, further.reconcile, "it does not go on where it was");

    // Whoever comes back after its lease is too late.
    let end = feed.end().await?;
    let noise = Happening::new(mine.account.owner.clone(), None, What::Reconciled { found: 1, filled: 1 }, at(100));
    for late in [done(second, 100), done(further, 100)] {
        assert_eq!(store.save(&late, std::slice::from_ref(&noise)).await?, None, "who was too slow writes over what another one did");
    }
    assert!(feed.read(&FeedQuery { after: end, limit: 9 }).await?.is_empty(), "what was not kept is told");
    assert!(store.claim(at(101), LEASE).await?.is_none(), "who was too slow gives up another one's claim");

    // Something is missed while it is worked on: what was read already says nothing of that.
    assert!(store.want(&occasion(&mine, Downtime, 90, 110), &[]).await?);
    let over = done(held, 120);
    let account = &mine.account;
    let what = What::Reconciled { found: 30, filled: 2 };
    let told = Happening::new(account.owner.clone(), Some(account.account.clone()), what, at(120));
    let end = feed.end().await?;
    let again = store.save(&over, std::slice::from_ref(&told)).await?.unwrap();
    assert!(again.is_waiting() && again.found == 0, "what was missed while somebody compared is not looked for");
    let heard = feed.read(&FeedQuery { after: end, limit: 9 }).await?;
    assert_eq!(heard.iter().map(|(_, happening)| happening).collect::<Vec<_>>(), [&told], "nobody is told what was filled");

    let mine_again = store.claim(at(130), LEASE).await?.unwrap();
    store.save(&done(mine_again, 140), &[]).await?;
    store.save(&done(lapsed, 140), &[]).await?;
    assert!(store.claim(at(9_999), LEASE).await?.is_none(), "what is over begins again by itself");
    assert_eq!(store.next_due().await?, None, "finished work wakes somebody up");
    assert!(store.want(&occasion(&mine, Asked, 100, 200), &[]).await?, "what is over cannot be asked for once more");

    let shown = store.reconciles(&mine.view()).await?;
    assert_eq!(shown.iter().map(|row| &row.connection.account).collect::<Vec<_>>(), [&mine.account], "a view shows another owner's");
    assert_eq!((shown[0].reason, shown[0].is_waiting()), (Asked, true));
    let nothing = mine.view().with_accounts(Accounts::Only([].into()));
    assert!(store.reconciles(&nothing).await?.is_empty(), "an empty view shows what was compared");
    beats(store).await
}

fn done(mut held: HeldReconcile, second: i64) -> HeldReconcile {
    held.reconcile.state = ReconcileState::Done { at: at(second) };
    held
}

async fn beats(store: &dyn ReconcileStore) -> Result<()> {
    assert_eq!(store.alive().await?, None, "a program that never ran was away");
    store.beat(&Alive::new(at(1_000), at(1_060))).await?;
    store.beat(&Alive::new(at(1_000), at(1_120))).await?;
    assert_eq!(store.alive().await?, Some(Alive::new(at(1_000), at(1_120))), "that the program lived is forgotten");
    store.beat(&Alive::new(at(1_100), at(1_100))).await?;
    assert_eq!(store.alive().await?, Some(Alive::new(at(1_100), at(1_120))), "an earlier sign of life undoes a later one");
    let not_kept = Alive::new(at(1_100), at(1_180)).not_keeping(Some((at(1_130), at(1_150))));
    store.beat(&not_kept).await?;
    assert_eq!(store.alive().await?, Some(not_kept), "what could not be kept is forgotten with the program");
    store.beat(&not_kept.not_keeping(None)).await?;
    assert_eq!(store.alive().await?, Some(not_kept), "a second program forgets what the first could not keep");
    store.beat(&not_kept.not_keeping(Some((at(1_140), at(1_170))))).await?;
    let both = not_kept.not_keeping(Some((at(1_130), at(1_170))));
    assert_eq!(store.alive().await?, Some(both), "what a second program could not keep undoes what the first could not");
    store.looked_for(at(1_130), at(1_150)).await?;
    assert_eq!(store.alive().await?, Some(both), "what nobody looked for is forgotten");
    store.looked_for(at(1_130), at(1_170)).await?;
    assert_eq!(store.alive().await?, Some(not_kept.not_keeping(None)), "what was looked for is looked for for ever");
    Ok(())
}
