//! The sandbox under test, in a process of its own.

use std::io::{self, BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

/// A running `link-sandbox serve`; it ends with this value.
#[derive(Debug)]
pub(super) struct Server {
    child: Child,
    pub(super) facebook: String,
    pub(super) instagram: String,
}

impl Server {
    /// Starts this very program once more, on free ports.
    pub(super) fn start() -> io::Result<Self> {
        let program = std::env::current_exe()?;
        let mut child = Command::new(program).args(["serve", "--port", "0"]).stdout(Stdio::piped()).spawn()?;
        let mut line = String::new();
        if let Some(output) = child.stdout.take() {
            BufReader::new(output).read_line(&mut line)?;
        }
        let ready: Value = serde_json::from_str(&line)?;
        let origin = |name: &str| ready[name].as_str().unwrap_or_default().to_owned();
        Ok(Self { facebook: origin("facebook"), instagram: origin("instagram"), child })
    }

    /// Host and port of the Facebook origin.
    pub(super) fn address(&self) -> &str {
        self.facebook.trim_start_matches("http://")
    }

    /// Resident memory in KiB; `None` where the system does not tell it as Linux does.
    pub(super) fn resident(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        line.trim().strip_suffix(" kB")?.parse().ok()
    }

    /// Processor time used so far, in ticks of 10 ms; `None` where the system does not tell it as Linux does.
    pub(super) fn ticks(&self) -> Option<u64> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).ok()?;
        // The program's name is in parentheses and may hold spaces; user and system time are the 12th and 13th after it.
        let (_, rest) = stat.rsplit_once(')')?;
        let mut times = rest.split_whitespace().skip(11).map(str::parse::<u64>);
        Some(times.next()?.ok()? + times.next()?.ok()?)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let ended = self.child.kill().and_then(|()| self.child.wait());
        if let Err(error) = ended {
            eprintln!("the sandbox under test did not end: {error}");
        }
    }
}
