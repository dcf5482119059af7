//! What came out, for people and for programs.

use std::error::Error;
use std::io::{self, Write};

use serde_json::{Value, json};

use super::Options;
use super::deliveries::Delivered;

/// One kind of call.
#[derive(Clone, Debug)]
pub(super) struct Kind {
    pub(super) name: &'static str,
    /// Calls a second.
    pub(super) rate: f64,
    /// What the same client reads of a constant, a second.
    pub(super) ceiling: f64,
    /// The server's processor time for each call, in microseconds.
    pub(super) cost: Option<f64>,
}

/// The server's resident memory in KiB.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Memory {
    pub(super) start: Option<u64>,
    pub(super) warm: Option<u64>,
    pub(super) after: Option<u64>,
    pub(super) end: Option<u64>,
}

/// Everything that was measured.
#[derive(Debug)]
pub(super) struct Report {
    pub(super) options: Options,
    pub(super) kinds: Vec<Kind>,
    /// Calls a second while all calls were made, the kinds in turn.
    pub(super) sustained: f64,
    pub(super) delivered: Delivered,
    pub(super) memory: Memory,
}

impl Report {
    /// Prints a table, and then one line of JSON.
    pub(super) fn print(&self) -> Result<(), Box<dyn Error>> {
        let mut out = io::stdout().lock();
        writeln!(out, "{:<34}{:>10}{:>12}{:>14}", "Graph calls", "a second", "a constant", "server CPU")?;
        for kind in &self.kinds {
            let cost = kind.cost.map_or_else(|| "unknown".to_owned(), |cost| format!("{cost:.0} us a call"));
            writeln!(out, "{:<34}{:>10.0}{:>12.0}{cost:>14}", kind.name, kind.rate, kind.ceiling)?;
        }
        writeln!(out, "{:<34}{:>10.0}", format!("{} calls, kinds in turn", self.options.calls), self.sustained)?;
        let delivered = &self.delivered;
        writeln!(out, "\n{:<34}{:>10}{:>12}", "Webhook deliveries", "a second", "bare client")?;
        writeln!(out, "{:<34}{:>10.0}{:>12.0}", "all due at once", delivered.due_at_once, delivered.ceiling)?;
        writeln!(out, "{:<34}{:>10.0}", "as customers write", delivered.as_written)?;
        writeln!(out, "{:<34}{:>10}", "undelivered", delivered.undelivered)?;
        writeln!(out, "\n{:<34}{:>10}", "Resident memory of the server", "MiB")?;
        for (when, kibibytes) in self.memory.lines() {
            writeln!(out, "{when:<34}{:>10}", kibibytes.map_or_else(|| "unknown".to_owned(), mebibytes))?;
        }
        writeln!(out, "\n{}", self.told())?;
        Ok(())
    }

    fn told(&self) -> Value {
        let kinds = self.kinds.iter().map(|kind| {
            json!({
                "call": kind.name,
                "per_second": kind.rate.round(),
                "ceiling_per_second": kind.ceiling.round(),
                "server_cpu_us": kind.cost,
            })
        });
        json!({
            "connections": self.options.connections,
            "calls": kinds.collect::<Vec<_>>(),
            "sustained": {"calls": self.options.calls, "per_second": self.sustained.round()},
            "deliveries": {
                "count": self.options.deliveries,
                "due_at_once_per_second": self.delivered.due_at_once.round(),
                "as_written_per_second": self.delivered.as_written.round(),
                "ceiling_per_second": self.delivered.ceiling.round(),
                "undelivered": self.delivered.undelivered,
            },
            "resident_kib": {
                "start": self.memory.start,
                "warm": self.memory.warm,
                "after_calls": self.memory.after,
                "after_deliveries": self.memory.end,
            },
        })
    }
}

impl Memory {
    fn lines(&self) -> [(&'static str, Option<u64>); 4] {
        [("at the start", self.start), ("warmed up", self.warm), ("after the calls", self.after), ("after the deliveries", self.end)]
    }
}

/// KiB as MiB with one decimal.
fn mebibytes(kibibytes: u64) -> String {
    format!("{}.{}", kibibytes / 1_024, kibibytes % 1_024 * 10 / 1_024)
}
