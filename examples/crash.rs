//! Kills a program with a kit in it, again and again, while customers write and answers go out, and then counts what is there.
//!
//! `cargo run --release --example crash -- --seconds 120 --seed 1`. The sandbox plays Meta's side in this process and delivers to another one,
//! the embedder, which is killed with SIGKILL every few seconds. Deliveries are lost, doubled and turned round on their way, and answers to
//! calls are lost, cut and spoilt; what goes wrong and when follows from the seed, as far as two processes and a network allow. A ledger of its
//! own knows every message that was written and every answer that was asked for. When all faults are lifted and the embedder has compared its
//! accounts with the platform, conversation by conversation must be the same: ids, texts, pictures, times, what was taken back, who wrote,
//! reactions; and there must be exactly one intent for each answer that was taken on, which was sent. Any difference is printed, and the exit
//! code is 1.
//!
//! Of an Instagram conversation the platform shows its 20 newest messages only. So nobody on Instagram writes more than that here: what was
//! lost behind them nobody could bring back.

#[path = "crash/acts.rs"]
mod acts;
#[path = "crash/answers.rs"]
mod answers;
#[path = "crash/chance.rs"]
mod chance;
#[path = "crash/driver.rs"]
mod driver;
#[path = "crash/embedder.rs"]
mod embedder;
#[path = "crash/faults.rs"]
mod faults;
#[path = "crash/ledger.rs"]
mod ledger;
#[path = "crash/supervisor.rs"]
mod supervisor;
#[path = "crash/verdict.rs"]
mod verdict;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

#[derive(Parser)]
struct Options {
    /// How long customers write and the embedder is killed.
    #[arg(long, default_value_t = 120)]
    seconds: u64,
    /// What everything that happens follows from.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many things happen each second.
    #[arg(long, default_value_t = 20)]
    rate: u64,
    #[command(subcommand)]
    role: Option<Role>,
}

#[derive(Subcommand)]
enum Role {
    /// Is the program that is killed. The driver starts it.
    #[command(hide = true)]
    Embedder(embedder::Spot),
}

#[tokio::main]
async fn main() -> ExitCode {
    let options = Options::parse();
    let ended = match &options.role {
        Some(Role::Embedder(spot)) => embedder::run(spot).await.map(|()| true),
        None => driver::run(&options).await,
    };
    match ended {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("crash could not be played to its end: {error}");
            ExitCode::from(2)
        }
    }
}
