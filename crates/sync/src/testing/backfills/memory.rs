//! Backfills in memory, to compare with and to test the work on.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use link_core::linking::connection::ConnectionKey;
use link_core::words::error::Result;
use link_core::words::ids::{AccountId, ScopedId};
use link_core::words::view::{Accounts, View};

use crate::backfill::{Backfill, BackfillState, BackfillStep, BackfillStore, Held, Reading, ReadingState, Tally};

/// Backfills of a process that keeps nothing.
#[derive(Debug, Default)]
pub struct MemoryBackfills(Mutex<BTreeMap<ConnectionKey, Row>>);

#[derive(Debug, Clone)]
struct Row {
    backfill: Backfill,
    ticket: u64,
    held_until: Option<DateTime<Utc>>,
    readings: BTreeMap<ScopedId, Reading>,
}

impl Row {
    fn due(&self) -> Option<DateTime<Utc>> {
        self.backfill.due().map(|due| self.held_until.map_or(due, |held| due.max(held)))
    }

    fn write(&mut self, backfill: Backfill) {
        (self.backfill, self.held_until) = (backfill, None);
        self.ticket += 1;
    }

    fn keep(&mut self, readings: &[Reading]) {
        self.readings.extend(readings.iter().map(|reading| (reading.peer.clone(), reading.clone())));
    }

    fn counting(&self) -> impl Iterator<Item = &Reading> {
        self.readings.values().filter(|reading| reading.round >= self.backfill.course.since_round)
    }

    fn tally(&self) -> Tally {
        let count = |wanted: ReadingState| self.counting().filter(|reading| reading.state == wanted).count() as u64;
        let expected = |reading: &Reading| if reading.state == ReadingState::Waiting { reading.expected } else { Some(reading.read) };
        let read = self.counting().map(|reading| u64::from(reading.read)).sum();
        Tally::new(self.counting().count() as u64, read)
            .standing(count(ReadingState::Waiting), count(ReadingState::GivenUp))
            .expecting(self.counting().map(expected).map(|count| count.map(u64::from)).sum())
    }
}

impl MemoryBackfills {
    fn rows(&self) -> MutexGuard<'_, BTreeMap<ConnectionKey, Row>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn shows(view: &View, account: &AccountId) -> bool {
    match &view.accounts {
        Accounts::All => true,
        Accounts::Only(some) => some.contains(account),
    }
}

#[async_trait]
impl BackfillStore for MemoryBackfills {
    async fn begin(&self, backfill: &Backfill) -> Result<bool> {
        let mut rows = self.rows();
        let Some(row) = rows.get_mut(&backfill.connection) else {
            let row = Row { backfill: backfill.clone(), ticket: 0, held_until: None, readings: BTreeMap::new() };
            rows.insert(backfill.connection.clone(), row);
            return Ok(true);
        };
        let kept = row.backfill.again(backfill);
        let Some(kept) = kept else { return Ok(false) };
        row.write(kept);
        Ok(true)
    }

    async fn claim(&self, now: DateTime<Utc>, lease: Duration) -> Result<Option<Held>> {
        let mut rows = self.rows();
        let due = rows.values_mut().filter(|row| row.due().is_some_and(|due| due <= now));
        let Some(row) = due.min_by_key(|row| row.backfill.due()) else { return Ok(None) };
        row.ticket += 1;
        row.held_until = Some(now + TimeDelta::from_std(lease).unwrap_or(TimeDelta::MAX));
        Ok(Some(Held::new(row.backfill.clone(), row.ticket)))
    }

    async fn save(&self, held: &Held, readings: &[Reading]) -> Result<bool> {
        let mut rows = self.rows();
        let Some(row) = rows.get_mut(&held.backfill.connection).filter(|row| row.ticket == held.ticket) else { return Ok(false) };
        row.keep(readings);
        let stored = row.backfill.state.clone();
        row.write(held.backfill.clone());
        if row.backfill.state == BackfillState::Done && row.counting().any(|reading| reading.state == ReadingState::Waiting) {
            row.backfill.state = stored;
        }
        Ok(true)
    }

    async fn change<'a>(&self, connection: &ConnectionKey, peers: &[ScopedId], step: &BackfillStep<'a>) -> Result<Option<Backfill>> {
        let mut rows = self.rows();
        let Some(row) = rows.get_mut(connection) else { return Ok(None) };
        let readings: Vec<_> = row.counting().filter(|reading| peers.contains(&reading.peer)).cloned().collect();
        let Some(change) = step(&row.backfill, &readings) else { return Ok(None) };
        if change.backfill != row.backfill {
            row.write(change.backfill.clone());
        }
        row.keep(&change.readings);
        Ok(Some(change.backfill))
    }

    async fn next_due(&self) -> Result<Option<DateTime<Utc>>> {
        Ok(self.rows().values().filter_map(Row::due).min())
    }

    async fn backfills(&self, view: &View) -> Result<Vec<Backfill>> {
        let rows = self.rows();
        let of_view = rows.iter().filter(|(key, _)| key.account.owner == view.owner && shows(view, &key.account.account));
        Ok(of_view.map(|(_, row)| row.backfill.clone()).collect())
    }

    async fn waiting(&self, connection: &ConnectionKey, limit: u32) -> Result<Vec<Reading>> {
        let rows = self.rows();
        let Some(row) = rows.get(connection) else { return Ok(Vec::new()) };
        let mut waiting: Vec<_> = row.counting().filter(|reading| reading.state == ReadingState::Waiting).cloned().collect();
        waiting.sort_by_key(|reading| std::cmp::Reverse(reading.updated));
        waiting.truncate(limit.try_into().unwrap_or(usize::MAX));
        Ok(waiting)
    }

    async fn readings(&self, connection: &ConnectionKey, peers: &[ScopedId]) -> Result<Vec<Reading>> {
        let rows = self.rows();
        let found = rows.get(connection).into_iter().flat_map(Row::counting);
        Ok(found.filter(|reading| peers.contains(&reading.peer)).cloned().collect())
    }

    async fn tallies(&self, view: &View) -> Result<Vec<(ConnectionKey, Tally)>> {
        let rows = self.rows();
        let of_view = rows.iter().filter(|(key, _)| key.account.owner == view.owner && shows(view, &key.account.account));
        Ok(of_view.filter(|(_, row)| row.counting().next().is_some()).map(|(key, row)| (key.clone(), row.tally())).collect())
    }
}
