//! What is wrong, and what to do first.
//!
//! `cargo run --example doctor` links the sandbox's default world and examines that. With `--db FILE` it examines the links in a file, at Meta
//! or, with `--facebook URL --instagram URL`, at a sandbox that runs already. `--json` prints the report as one JSON object.
//!
//! Exit 0 healthy, 1 degraded, 2 broken, 3 it could not run.

use std::io::Read as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use link_kit::{Diagnosis, Hosts, KeyRing, LinkKit, Meta, OwnerId, Preferences, Road, Status, Synchronisation, Viewer};
use link_sandbox::{Controls, Decision, Sandbox};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

const COULD_NOT_RUN: u8 = 3;

/// Examines the accounts of an owner: what is wrong with them, and what to do first.
///
/// The app and the keys come from the environment: META_APP_ID, META_APP_SECRET, META_VERIFY_TOKEN, LINK_KEY (64 hex digits) and LINK_KEY_ID;
/// with PUBLIC_URL it is also checked whether Meta delivers there. Against a sandbox its default app is taken, and the keys of the quickstart.
///
/// Exit 0: healthy. 1: degraded. 2: broken. 3: it could not run.
#[derive(Parser)]
struct Options {
    /// The file with the links; without it a sandbox's default world is linked first.
    #[arg(long)]
    db: Option<PathBuf>,
    /// A sandbox instead of Meta: its Facebook origin.
    #[arg(long, requires = "instagram")]
    facebook: Option<String>,
    /// A sandbox instead of Meta: its Instagram origin.
    #[arg(long, requires = "facebook")]
    instagram: Option<String>,
    /// Whose accounts in the file; by default those of the only owner there is.
    #[arg(long)]
    owner: Option<String>,
    /// Print the report as JSON.
    #[arg(long)]
    json: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    let options = match Options::try_parse() {
        Ok(options) => options,
        Err(told) => {
            // Help is asked for; everything else is a mistake.
            let helps = !told.use_stderr();
            return match told.print() {
                Ok(()) if helps => ExitCode::SUCCESS,
                _ => ExitCode::from(COULD_NOT_RUN),
            };
        }
    };
    match examine(&options).await {
        Ok(diagnosis) => match show(&options, &diagnosis) {
            Ok(()) => ExitCode::from(match diagnosis.status {
                Status::Healthy => 0,
                Status::Degraded => 1,
                Status::Broken => 2,
            }),
            Err(error) => failed(error.as_ref()),
        },
        Err(error) => failed(error.as_ref()),
    }
}

fn failed(error: &dyn std::error::Error) -> ExitCode {
    eprintln!("doctor could not run: {error}");
    ExitCode::from(COULD_NOT_RUN)
}

fn show(options: &Options, diagnosis: &Diagnosis) -> Result<()> {
    if options.json {
        println!("{}", serde_json::to_string(diagnosis)?);
    } else {
        print!("{}", diagnosis.to_text());
    }
    Ok(())
}

async fn examine(options: &Options) -> Result<Diagnosis> {
    let Some(file) = &options.db else { return of_the_default_world(options).await };
    // Opening what is none would make one of it.
    let mut begins = Vec::new();
    let read = std::fs::File::open(file).and_then(|opened| opened.take(16).read_to_end(&mut begins));
    read.map_err(|error| format!("{} cannot be read: {error}", file.display()))?;
    if begins != b"SQLite format 3\0" {
        return Err(format!("{} is no SQLite database", file.display()).into());
    }
    let mut builder = LinkKit::builder().meta(app(options)?).keys(keys(options)?).sqlite(file);
    builder = match std::env::var("PUBLIC_URL") {
        Ok(address) => builder.public_url(address),
        Err(_) => builder.public_url("http://127.0.0.1/unknown").received_elsewhere(),
    };
    let kit = builder.build().await.map_err(|error| told(&error))?;
    let owner = owner(options, &kit.owners().await.map_err(|error| told(&error))?)?;
    Ok(kit.doctor(&viewer(owner)?).await?)
}

fn told(error: &link_kit::Error) -> String {
    error.remedy().map_or_else(|| format!("failed to {error}"), |remedy| format!("failed to {error}; {}", remedy.what))
}

/// The owner who was named, or the only one that there is.
fn owner(options: &Options, owners: &[OwnerId]) -> Result<OwnerId> {
    let names: Vec<&str> = owners.iter().map(OwnerId::as_str).collect();
    match (&options.owner, names.as_slice()) {
        (_, []) => Err("nobody has linked anything in this file".into()),
        (None, [only]) => Ok(only.parse()?),
        (Some(wanted), names) if names.contains(&wanted.as_str()) => Ok(wanted.parse()?),
        (None, names) => Err(format!("several owners have linked something; name one with --owner: {}", names.join(", ")).into()),
        (Some(wanted), names) => Err(format!("{wanted} has linked nothing in this file; there is: {}", names.join(", ")).into()),
    }
}

fn viewer(owner: OwnerId) -> Result<Viewer> {
    Ok(Viewer::owner(owner, "doctor".parse()?))
}

/// Links the Page and the Instagram account of a sandbox's default world, and examines them.
async fn of_the_default_world(options: &Options) -> Result<Diagnosis> {
    let viewer = &viewer("harbour".parse()?)?;
    let own = if options.facebook.is_none() { Some(Sandbox::start().await?) } else { None };
    let controls = match (&own, &options.facebook, &options.instagram) {
        (Some(sandbox), ..) => sandbox.controls(),
        (None, Some(facebook), Some(instagram)) => Controls::new(facebook, instagram),
        _ => return Err("give both --facebook and --instagram".into()),
    };
    let folder = tempfile::tempdir()?;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let public_url = format!("http://{}/meta", listener.local_addr()?);
    let meta = sandbox_app(controls.facebook(), controls.instagram())?;
    let builder = LinkKit::builder().meta(meta).public_url(&public_url).keys(sandbox_keys());
    let kit = builder.sqlite(folder.path().join("doctor.db")).build().await?;
    let app = axum::Router::new().nest("/meta", kit.router());
    let server = tokio::spawn(async move { axum::serve(listener, app).await });

    let linking = kit.linking();
    let setup = linking.begin(viewer).await?.id;
    let dialog = linking.dialog(viewer, setup, &Road::FACEBOOK, None).await?;
    let found = linking.signed_in(viewer, &controls.sign_in(&dialog, &Decision::allow()).await?).await?.setup;
    linking.choose(viewer, setup, found.suggested()).await?;
    linking.prefer(viewer, setup, Preferences::default()).await?;
    linking.synchronise(viewer, setup, Synchronisation::default()).await?;
    let review = linking.review(viewer, setup).await?;
    linking.confirm(viewer, setup, &review.digest()).await?;
    let diagnosis = kit.doctor(viewer).await?;
    server.abort();
    Ok(diagnosis)
}

fn sandbox_app(facebook: &str, instagram: &str) -> Result<Meta> {
    Ok(Meta::new("1000000000000001", "sandbox-app-secret", "sandbox-verify")?.at(Hosts::two(facebook, instagram)?))
}

fn sandbox_keys() -> KeyRing {
    KeyRing::new("quickstart", [7; 32])
}

fn app(options: &Options) -> Result<Meta> {
    if let (Some(facebook), Some(instagram)) = (&options.facebook, &options.instagram) {
        return sandbox_app(facebook, instagram);
    }
    Ok(Meta::new(set("META_APP_ID")?, set("META_APP_SECRET")?, set("META_VERIFY_TOKEN")?)?)
}

fn keys(options: &Options) -> Result<KeyRing> {
    if options.facebook.is_some() && std::env::var("LINK_KEY").is_err() {
        return Ok(sandbox_keys());
    }
    let key = <[u8; 32] as hex::FromHex>::from_hex(set("LINK_KEY")?).map_err(|_| "LINK_KEY takes 64 hex digits")?;
    Ok(KeyRing::new(std::env::var("LINK_KEY_ID").unwrap_or_else(|_| "2026".to_owned()), key))
}

fn set(name: &str) -> Result<String> {
    Ok(std::env::var(name).map_err(|_| format!("set {name}, or give --facebook and --instagram"))?)
}
