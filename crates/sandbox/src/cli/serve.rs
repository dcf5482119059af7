//! `serve`: the sandbox until it is told to end.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use clap::Args;
use link_sandbox::{Builder, Sandbox, StartError};
use serde::Serialize;

use super::failure::Failure;
use super::log::{self, Level};
use super::seed;

/// How the sandbox is started.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Port of the Facebook origin; the Instagram origin gets N+1
    ///
    /// With --tls, N+2 and N+3 are used as well. 0 picks free ports; the ready line says which.
    #[arg(long, value_name = "N", default_value_t = 8701)]
    port: u16,
    /// World to start with, a JSON file; - reads standard input [default: the world that `seed` prints]
    ///
    /// The file has the form that `link-sandbox seed` prints. What it leaves out is not there.
    #[arg(long, value_name = "FILE")]
    seed: Option<PathBuf>,
    /// Time to start at, RFC 3339, with a clock that stands still [default: now, and the clock runs]
    ///
    /// The clock then moves by POST /_sandbox/clock only. The same seed and the same calls in the
    /// same order give the same ids, times and bodies.
    #[arg(long, verbatim_doc_comment, value_name = "TIME", value_parser = time)]
    at: Option<DateTime<Utc>>,
    /// Listen with TLS as well, on N+2 and N+3, as the real hosts
    ///
    /// The certificates name www.facebook.com, graph.facebook.com, graph.instagram.com and the
    /// like, and localhost. They are signed by an authority made for this one start: see --ca.
    /// For clients whose addresses cannot be changed: resolve the real names to 127.0.0.1 and
    /// trust the authority. Needs a program built with the cargo feature `tls`.
    #[arg(long, verbatim_doc_comment)]
    tls: bool,
    /// File to write the certificate of the TLS authority to, as PEM [default: it is not written]
    ///
    /// An existing file is replaced. The authority's key is never written and is gone once the
    /// sandbox has started.
    #[arg(long, verbatim_doc_comment, value_name = "FILE", requires = "tls")]
    ca: Option<PathBuf>,
    /// Calls, and deliveries, that the ledgers remember [default: what the seed says, else 20000]
    #[arg(long, value_name = "N")]
    ledger: Option<u32>,
    /// What to tell on standard error
    #[arg(long, value_name = "LEVEL", value_enum, default_value_t = Level::Warn)]
    log: Level,
}

/// Serves until ctrl-c or SIGTERM.
pub(crate) async fn run(options: Options) -> Result<(), Failure> {
    log::begin(options.log);
    let mut builder = Sandbox::builder().port(options.port);
    if options.tls {
        builder = with_tls(builder)?;
    }
    if let Some(file) = &options.seed {
        builder = builder.seed(seed::read(file)?);
    }
    if let Some(at) = options.at {
        builder = builder.at(at);
    }
    if let Some(entries) = options.ledger {
        builder = builder.ledger(entries);
    }
    // From here on a signal ends it in order, even one that comes before the ready line was read.
    let end = end().map_err(|error| Failure::to("listen for signals", &error))?;
    let sandbox = builder.start().await.map_err(|error| refused(&error, options.tls))?;
    if let (Some(file), Some(pem)) = (&options.ca, sandbox.ca_pem()) {
        write_ca(file, pem)?;
    }
    announce(&sandbox).map_err(|error| Failure::to("print where the origins are", &error))?;
    end.await;
    sandbox.shutdown().await;
    Ok(())
}

/// The ready line.
#[derive(Debug, Serialize)]
struct Line {
    ready: bool,
    facebook: String,
    instagram: String,
    facebook_tls: Option<String>,
    instagram_tls: Option<String>,
}

fn announce(sandbox: &Sandbox) -> io::Result<()> {
    let line = Line {
        ready: true,
        facebook: sandbox.facebook(),
        instagram: sandbox.instagram(),
        facebook_tls: sandbox.facebook_tls(),
        instagram_tls: sandbox.instagram_tls(),
    };
    let line = serde_json::to_string(&line)?;
    writeln!(io::stdout(), "{line}")
}

fn write_ca(file: &Path, pem: &str) -> Result<(), Failure> {
    std::fs::write(file, pem).map_err(|error| Failure::to(&format!("write the certificate to {}", file.display()), &error))
}

#[cfg(feature = "tls")]
#[expect(clippy::unnecessary_wraps, reason = "without the feature it is refused")]
fn with_tls(builder: Builder) -> Result<Builder, Failure> {
    Ok(builder.tls())
}

#[cfg(not(feature = "tls"))]
fn with_tls(_: Builder) -> Result<Builder, Failure> {
    let sentence = "--tls needs a program built with the cargo feature `tls`, as `cargo install --path crates/sandbox --features tls` does";
    Err(usage(sentence.to_owned()))
}

fn usage(sentence: String) -> Failure {
    Failure::Usage { command: "serve", sentence }
}

fn refused(error: &StartError, tls: bool) -> Failure {
    let used = if tls { "N to N+3 are used" } else { "N and N+1 are used" };
    let choose = format!("choose another with --port N ({used}), or let --port 0 pick free ones");
    match error {
        StartError::PastTheLast { port, further } => {
            let last = u32::from(*port) + u32::from(*further);
            usage(format!("--port {port} would need the ports up to {last}, and the last one is 65535: {choose}"))
        }
        StartError::Listen { port, source } if source.kind() == io::ErrorKind::AddrInUse => {
            Failure::of(error).hint(format!("Port {port} is taken by another program: {choose}."))
        }
        StartError::Listen { port, .. } => Failure::of(error).hint(format!("Port {port} cannot be used: {choose}.")),
        _ => Failure::of(error),
    }
}

fn time(text: &str) -> Result<DateTime<Utc>, String> {
    let read = DateTime::parse_from_rfc3339(text).map(|time| time.to_utc());
    read.map_err(|error| format!("{error}; a time is written as 2026-11-23T12:00:00Z"))
}

/// The wait for ctrl-c or SIGTERM; both count from now on.
#[cfg(unix)]
fn end() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};

    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// The wait for ctrl-c.
#[cfg(windows)]
fn end() -> io::Result<impl Future<Output = ()>> {
    let mut interrupt = tokio::signal::windows::ctrl_c()?;
    Ok(async move {
        interrupt.recv().await;
    })
}
