//! Numbered records of what happened, oldest first, that can be read on from any place.

use serde_json::{Value, json};

const KEPT: usize = 100_000;

/// A record that only grows; very old entries are let go.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ledger {
    last: u64,
    entries: std::collections::VecDeque<(u64, Value)>,
}

impl Ledger {
    /// Adds an entry and gives it the next number.
    pub(crate) fn record(&mut self, mut entry: Value) {
        self.last += 1;
        if let Value::Object(entry) = &mut entry {
            entry.insert("seq".to_owned(), json!(self.last));
        }
        self.entries.push_back((self.last, entry));
        if self.entries.len() > KEPT {
            self.entries.pop_front();
        }
    }

    /// The number of the newest entry.
    pub(crate) fn last(&self) -> u64 {
        self.last
    }

    /// Up to `limit` entries after number `after`, and the number to go on from.
    pub(crate) fn page(&self, after: u64, limit: usize) -> Value {
        let start = self.entries.partition_point(|(seq, _)| *seq <= after);
        let page: Vec<_> = self.entries.iter().skip(start).take(limit).collect();
        let next = page.last().map_or(after.min(self.last), |(seq, _)| *seq);
        let data: Vec<_> = page.into_iter().map(|(_, entry)| entry).collect();
        json!({"data": data, "next": next})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reading_on_from_next_misses_nothing_and_repeats_nothing() {
        let mut ledger = Ledger::default();
        for what in ["a", "b", "c"] {
            ledger.record(json!({"what": what}));
        }
        let first = ledger.page(0, 2);
        let second = ledger.page(first["next"].as_u64().unwrap_or(0), 2);
        assert_eq!(first["data"][1]["what"], "b");
        assert_eq!(second["data"], json!([{"what": "c", "seq": 3}]));
        assert_eq!(ledger.page(3, 10), json!({"data": [], "next": 3}));
    }
}
