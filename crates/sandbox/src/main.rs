//! The sandbox as a program.

mod bench;

use std::error::Error;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use chrono::{DateTime, Utc};
use clap::{Parser, Subcommand};
use link_sandbox::{Sandbox, default_seed};
use serde_json::{Value, json};

/// Meta's messaging platform on your own machine.
#[derive(Parser)]
#[command(name = "link-sandbox", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Starts both origins on loopback and prints where they are, as one line of JSON.
    Serve {
        /// The Facebook origin's port; the Instagram origin gets the next one. 0 picks free ones.
        #[arg(long, default_value_t = 8701)]
        port: u16,
        /// A world to start with, instead of the default one.
        #[arg(long, value_name = "FILE")]
        seed: Option<PathBuf>,
        /// Starts at this time (RFC 3339), with a clock that stands still until it is moved.
        #[arg(long, value_name = "TIME")]
        at: Option<DateTime<Utc>>,
        /// Keeps so many calls and so many deliveries in the ledgers, instead of what the seed says.
        #[arg(long, value_name = "N")]
        ledger: Option<u32>,
    },
    /// Prints the default world, in the form of a seed file.
    Seed,
    /// Measures a sandbox of its own: calls and webhook deliveries a second, and its memory.
    Bench(bench::Options),
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::parse().command).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let mut told = error.to_string();
            let mut source = error.source();
            while let Some(cause) = source {
                told = format!("{told}: {cause}");
                source = cause.source();
            }
            eprintln!("failed to {told}");
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command) -> Result<(), Box<dyn Error>> {
    match command {
        Command::Bench(options) => bench::run(options).await?,
        Command::Seed => writeln!(io::stdout(), "{:#}", default_seed())?,
        Command::Serve { port, seed, at, ledger } => {
            let mut builder = Sandbox::builder().port(port);
            if let Some(file) = seed {
                let text = std::fs::read_to_string(&file).map_err(|error| format!("read {}: {error}", file.display()))?;
                let seed: Value = serde_json::from_str(&text).map_err(|error| format!("read {}: {error}", file.display()))?;
                builder = builder.seed(seed);
            }
            if let Some(at) = at {
                builder = builder.at(at);
            }
            if let Some(entries) = ledger {
                builder = builder.ledger(entries);
            }
            let sandbox = builder.start().await?;
            let ready = json!({
                "ready": true,
                "facebook": sandbox.facebook(),
                "instagram": sandbox.instagram(),
                "facebook_tls": null,
                "instagram_tls": null,
            });
            writeln!(io::stdout(), "{ready}")?;
            tokio::signal::ctrl_c().await?;
            sandbox.shutdown().await;
        }
    }
    Ok(())
}
