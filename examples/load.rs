//! How much the library does in a second, each beside a bound or a peer in the same run:
//! `cargo run --release --example load -- apply`.
//!
//! The machine is never quiet: read the ratios, which are medians over rounds, and not the rates.

#![allow(clippy::unwrap_used, clippy::cast_precision_loss, reason = "a measurement may stop where it is wrong")]

#[path = "load/apply.rs"]
mod apply;

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
}

#[tokio::main]
async fn main() -> ExitCode {
    let reached = match Arguments::parse().what {
        What::Apply(arguments) => apply::run(&arguments).await,
    };
    if reached { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
