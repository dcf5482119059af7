//! What is told on standard error while the sandbox runs.

use std::io;

use clap::ValueEnum;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// How much is told.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Level {
    /// Nothing
    Off,
    /// What stops the sandbox from doing its work
    Warn,
    /// As well a line for each call, each webhook delivery and each failed TLS handshake
    Info,
    /// As well what matters to those who work on the sandbox
    Debug,
}

/// Begins to tell. The libraries underneath have nothing to say to a user, so they are left out.
pub(crate) fn begin(level: Level) {
    let level = match level {
        Level::Off => LevelFilter::OFF,
        Level::Warn => LevelFilter::WARN,
        Level::Info => LevelFilter::INFO,
        Level::Debug => LevelFilter::DEBUG,
    };
    let told = fmt::layer().with_writer(io::stderr).with_target(false);
    tracing_subscriber::registry().with(told).with(Targets::new().with_target("link_sandbox", level)).init();
}
