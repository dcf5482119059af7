//! What the quickstart can be told, and how it tells its steps.

use std::fmt::Display;
use std::path::PathBuf;

use clap::Parser;
use serde_json::{Value, json};

#[derive(Parser)]
pub(crate) struct Options {
    /// Work with Meta, as the app of the variables META_APP_ID, META_APP_SECRET, META_VERIFY_TOKEN and PUBLIC_URL.
    #[arg(long)]
    pub(crate) live: bool,
    /// With --live: the loopback port to which PUBLIC_URL leads; else the variable PORT, else 8080.
    #[arg(long, requires = "live")]
    pub(crate) port: Option<u16>,
    /// Use a sandbox that runs already.
    #[arg(long, num_args = 2, value_names = ["FACEBOOK_URL", "INSTAGRAM_URL"])]
    pub(crate) sandbox: Vec<String>,
    /// Keep the database here; without it a temporary one is used.
    #[arg(long)]
    pub(crate) db: Option<PathBuf>,
    /// Print one JSON object per step.
    #[arg(long)]
    pub(crate) json: bool,
}

impl Options {
    pub(crate) fn say(&self, step: &str, sentence: impl Display, mut facts: Value) {
        if self.json {
            (facts["step"], facts["ok"]) = (json!(step), json!(true));
            return println!("{facts}");
        }
        println!("{step:>10}  {sentence}");
    }
}
