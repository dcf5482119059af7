//! A ledger in memory, for tests.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use link_core::{Result, View};

use crate::ledger::{Entry, LedgerQuery, LedgerStore};

/// A ledger in memory, for tests. It ends with the process.
#[derive(Debug, Default)]
pub struct MemoryLedger(Mutex<BTreeSet<Entry>>);

impl MemoryLedger {
    /// An empty ledger.
    pub fn new() -> Self {
        Self::default()
    }
}

#[async_trait]
impl LedgerStore for MemoryLedger {
    async fn append(&self, entries: &[Entry]) -> Result<()> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(entries.iter().cloned());
        Ok(())
    }

    async fn entries(&self, view: &View, query: &LedgerQuery) -> Result<Vec<Entry>> {
        if view.is_empty() {
            return Ok(Vec::new());
        }
        let entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(entries.iter().filter(|entry| entry.owner == view.owner && query.wants(entry)).cloned().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conformance;

    #[test]
    fn the_memory_ledger_conforms() {
        futures::executor::block_on(conformance::all(&MemoryLedger::new())).unwrap();
    }
}
