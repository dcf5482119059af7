//! How much is asked for: of the platform, of the store.
//!
//! `cargo run --release --example load -- backfill` reads the history of both platforms from the sandbox and prints how many calls that took,
//! beside the fewest that the API allows and beside a reader with one call per message. It fails if it took 15 % more than the fewest.

#[path = "load/backfill.rs"]
mod backfill;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

#[derive(Parser)]
struct Options {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Reads history from the sandbox and counts the calls.
    Backfill(backfill::Options),
}

#[tokio::main]
async fn main() -> ExitCode {
    let done = match Options::parse().what {
        What::Backfill(options) => backfill::run(&options).await,
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("load failed: {error}");
            ExitCode::FAILURE
        }
    }
}
