//! How much the library does in a second and how much it asks for, each beside a bound or a peer in the same run:
//! `cargo run --release --example load -- apply`, `cargo run --release --example load -- backfill`.
//!
//! The machine is never quiet: read the ratios, which are medians over rounds, and not the rates.

#![allow(clippy::unwrap_used, clippy::cast_precision_loss, reason = "a measurement may stop where it is wrong")]

#[path = "load/apply.rs"]
mod apply;
#[path = "load/backfill.rs"]
mod backfill;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(about = "How much the library does in a second, beside a bound or a peer in the same run")]
struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Messages into the full schema, beside bare prepared batches of the same rows and indexes.
    Apply(apply::Arguments),
    /// Calls for the history of both platforms, beside the fewest that the API allows and a reader with one call per message.
    Backfill(backfill::Options),
}

#[tokio::main]
async fn main() -> ExitCode {
    let reached = match Arguments::parse().what {
        What::Apply(arguments) => apply::run(&arguments).await,
        What::Backfill(options) => backfill::run(&options).await.unwrap_or_else(|error| {
            eprintln!("load failed: {error}");
            false
        }),
    };
    if reached { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
