//! The command line: one module for each command.

mod failure;
mod help;
mod log;
mod seed;
mod serve;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::bench;
use failure::Failure;

/// Meta's messaging platform on your own machine
///
/// An offline stand-in for Messenger and Instagram: the login dialogs, the Graph API and the
/// webhooks, with a small world of Pages, accounts and customers behind them. It needs no
/// account, no network and no file, and listens on loopback only.
#[derive(Debug, Parser)]
#[command(name = "link-sandbox", version, verbatim_doc_comment, after_help = help::MORE, after_long_help = help::PROGRAM)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Start both origins and print where they are
    ///
    /// Starts the two origins on 127.0.0.1 and, once both answer, prints one line of JSON to
    /// standard output: where they are. Nothing else is ever printed there. Runs until ctrl-c
    /// or SIGTERM.
    #[command(verbatim_doc_comment, after_help = help::MORE, after_long_help = help::SERVE)]
    Serve(serve::Options),
    /// Print the default world as a seed file
    ///
    /// Prints the world that `serve` starts with, as JSON: the example to copy and change for
    /// `serve --seed`.
    #[command(verbatim_doc_comment, after_help = help::MORE, after_long_help = help::SEED)]
    Seed,
    /// Measure a sandbox of its own
    ///
    /// Starts a sandbox in a process of its own and prints how many calls it answers and how many
    /// webhooks it delivers in a second, beside what the same server does when it has nothing to
    /// think about, and its memory before and after.
    #[command(verbatim_doc_comment, after_help = help::MORE)]
    Bench(bench::Options),
}

/// Does what the arguments say; the program's exit code.
pub(crate) async fn run() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Serve(options) => serve::run(options).await,
        Command::Seed => seed::print(),
        Command::Bench(options) => bench::run(options).await.map_err(|error| Failure::to("measure", error.as_ref())),
    };
    done.map_or_else(Failure::told, |()| ExitCode::SUCCESS)
}
