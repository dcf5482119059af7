//! Numbered records of what happened, oldest first, that can be read on from any place.

use std::collections::VecDeque;
use std::fmt::Write;

use serde_json::{Value, json};

/// How many entries are kept when nobody says otherwise.
pub(crate) const KEPT: u32 = 20_000;
/// How many bytes an entry may have on the average. A delivery holds its body, so that long ones leave room for fewer.
const AVERAGE: usize = 4 * 1_024;

/// A record of the last so many entries, each kept as the text it is shown as.
#[derive(Clone, Debug)]
pub(crate) struct Ledger {
    last: u64,
    kept: usize,
    bytes: usize,
    entries: VecDeque<Box<str>>,
}

impl Default for Ledger {
    fn default() -> Self {
        Self { last: 0, kept: KEPT as usize, bytes: 0, entries: VecDeque::new() }
    }
}

impl Ledger {
    /// Keeps so many entries from now on.
    pub(crate) fn keep(&mut self, entries: u32) {
        self.kept = usize::try_from(entries).unwrap_or(usize::MAX);
        self.let_go();
    }

    /// Adds an entry and gives it the next number.
    pub(crate) fn record(&mut self, mut entry: Value) {
        self.last += 1;
        if let Value::Object(entry) = &mut entry {
            entry.insert("seq".to_owned(), json!(self.last));
        }
        let text = entry.to_string().into_boxed_str();
        self.bytes += text.len();
        self.entries.push_back(text);
        self.let_go();
    }

    /// Lets go the oldest entries; the newest stays however long it is, unless nothing is to be kept.
    fn let_go(&mut self) {
        let room = self.kept.saturating_mul(AVERAGE);
        while self.entries.len() > self.kept || (self.bytes > room && self.entries.len() > 1) {
            let Some(gone) = self.entries.pop_front() else { return };
            self.bytes -= gone.len();
        }
    }

    /// The number of the newest entry.
    pub(crate) fn last(&self) -> u64 {
        self.last
    }

    /// Up to `limit` entries after number `after`, as JSON: `data`, the number to go on from as `next`, and as `lost`
    /// how many entries after `after` are there no more.
    pub(crate) fn page(&self, after: u64, limit: usize) -> String {
        let gone = self.last - self.entries.len() as u64;
        let start = after.clamp(gone, self.last);
        // No more than there are entries, which is a `usize`.
        let skipped = usize::try_from(start - gone).unwrap_or(usize::MAX);
        let page = self.entries.range(skipped..).take(limit);
        let next = start + page.len() as u64;
        let mut told = String::from("{\"data\":[");
        for (place, entry) in page.enumerate() {
            if place > 0 {
                told.push(',');
            }
            told.push_str(entry);
        }
        // Writing to a string cannot fail.
        write!(told, "],\"lost\":{},\"next\":{next}}}", gone.saturating_sub(after)).ok();
        told
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ledger(entries: &[&str]) -> Ledger {
        let mut ledger = Ledger::default();
        for what in entries {
            ledger.record(json!({"what": what}));
        }
        ledger
    }

    fn page(ledger: &Ledger, after: u64, limit: usize) -> Value {
        serde_json::from_str(&ledger.page(after, limit)).unwrap()
    }

    #[test]
    fn reading_on_from_next_misses_nothing_and_repeats_nothing() {
        let ledger = ledger(&["a", "b", "c"]);
        let first = page(&ledger, 0, 2);
        let second = page(&ledger, first["next"].as_u64().unwrap(), 2);
        assert_eq!(first["data"][1]["what"], "b");
        assert_eq!(second["data"], json!([{"what": "c", "seq": 3}]));
        assert_eq!(page(&ledger, 3, 10), json!({"data": [], "next": 3, "lost": 0}));
        assert_eq!(page(&ledger, 9, 10), json!({"data": [], "next": 3, "lost": 0}), "nobody has read what is not there yet");
        assert_eq!(page(&ledger, 1, 0), json!({"data": [], "next": 1, "lost": 0}));
    }

    #[test]
    fn a_reader_sees_how_much_was_let_go_before_it_came() {
        let mut ledger = ledger(&["a", "b", "c", "d"]);
        ledger.keep(2);
        let late = page(&ledger, 1, 10);
        assert_eq!((&late["lost"], &late["next"]), (&json!(1), &json!(4)));
        assert_eq!(late["data"][0], json!({"what": "c", "seq": 3}));
        assert_eq!(page(&ledger, 2, 10)["lost"], 0, "what was read before is not lost");
        ledger.record(json!({"what": "e"}));
        assert_eq!(page(&ledger, 0, 1), json!({"data": [{"what": "d", "seq": 4}], "next": 4, "lost": 3}));
        ledger.keep(0);
        ledger.record(json!({"what": "f"}));
        assert_eq!(page(&ledger, 4, 10), json!({"data": [], "next": 6, "lost": 2}));
    }

    #[test]
    fn long_entries_leave_room_for_fewer() {
        let mut ledger = ledger(&[]);
        ledger.keep(10);
        for _ in 0..10 {
            ledger.record(json!({"body": "x".repeat(2 * AVERAGE)}));
        }
        assert_eq!(page(&ledger, 0, 100)["data"].as_array().unwrap().len(), 4);
        ledger.record(json!({"body": "x".repeat(20 * AVERAGE)}));
        assert_eq!((page(&ledger, 0, 100)["data"].as_array().unwrap().len(), ledger.entries.len()), (1, 1));
        ledger.record(json!({"body": "short"}));
        let told = page(&ledger, 0, 100);
        assert_eq!((&told["data"][0]["body"], &told["lost"]), (&json!("short"), &json!(11)));
        assert_eq!(ledger.bytes, ledger.entries[0].len());
    }
}
