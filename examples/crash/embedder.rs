//! The program that is killed: a kit on one file, its handlers, and two addresses of its own by which the driver speaks to it.

use std::io::Read as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use chrono::{DateTime, TimeDelta, Utc};
use clap::Args;
use link_core::words::clock::Clock;
use link_kit::{
    AccountId, AccountKey, BackfillState, Builder, ConversationKey, Depth, Hosts, IntentQuery, IntentState, KeyRing, LinkKit, Meta,
    PageQuery, Platform, Preferences, Problem, Road, Subscription, Synchronisation, Viewer,
};
use link_sandbox::{Controls, Decision};
use serde::{Deserialize, Serialize};

use crate::Result;

pub(crate) const PAGE: &str = "3000000000000001";
pub(crate) const INSTAGRAM: &str = "17841400000000001";
/// What it says once it is linked and listens.
pub(crate) const READY: &str = "ready";
/// How often it compares its accounts with the platform.
pub(crate) const RECONCILE_EVERY: Duration = Duration::from_secs(5);

/// What waits no longer than this waits for the budget, or for what a look at the history holds. The next look is later.
const SOON: TimeDelta = TimeDelta::minutes(3);

/// Where everything is.
#[derive(Args, Clone)]
pub(crate) struct Spot {
    #[arg(long)]
    pub(crate) facebook: String,
    #[arg(long)]
    pub(crate) instagram: String,
    #[arg(long)]
    pub(crate) port: u16,
    #[arg(long)]
    pub(crate) file: PathBuf,
    /// How many minutes its clock is ahead of the system's, as Meta's is.
    #[arg(long, default_value_t = 0)]
    pub(crate) ahead: u32,
}

/// The system's clock, set ahead.
struct Ahead(TimeDelta);

impl Clock for Ahead {
    fn now(&self) -> DateTime<Utc> {
        Utc::now() + self.0
    }
}

/// An answer that is wanted, under the driver's own key.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Wanted {
    pub(crate) account: String,
    pub(crate) peer: String,
    pub(crate) text: String,
    pub(crate) key: String,
}

/// What is still to be done.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Rest {
    /// Envelopes that are not applied.
    pub(crate) open: u64,
    /// Intents that wait or are being sent.
    pub(crate) sending: usize,
    /// Intents of which nobody knows whether they were sent, and whose time has come to be looked for in the history.
    pub(crate) doubtful: usize,
    /// Comparings of accounts that are not over.
    pub(crate) comparing: usize,
    /// Accounts whose history from before the link is not read.
    pub(crate) reading: usize,
}

impl Spot {
    /// The address of one of its own pages.
    pub(crate) fn page(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}/{path}", self.port)
    }

    /// A kit on the file, as the embedder has it.
    pub(crate) fn builder(&self) -> Result<Builder> {
        let meta = Meta::new("1000000000000001", "sandbox-app-secret", "sandbox-verify")?.at(Hosts::two(&self.facebook, &self.instagram)?);
        let builder = LinkKit::builder().meta(meta).public_url(self.page("meta")).keys(KeyRing::new("crash", [7; 32]));
        Ok(builder.sqlite(&self.file).clock(Arc::new(self.clock())))
    }

    fn clock(&self) -> Ahead {
        Ahead(TimeDelta::minutes(i64::from(self.ahead)))
    }
}

/// The owner of the shop.
pub(crate) fn viewer() -> Result<Viewer> {
    Ok(Viewer::owner("harbour".parse()?, "robin".parse()?))
}

/// Runs until it is killed.
pub(crate) async fn run(spot: &Spot) -> Result<()> {
    die_with_the_driver();
    let kit = spot.builder()?.reconcile_every(RECONCILE_EVERY).build().await?;
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", spot.port)).await?;
    let now = spot.clock();
    let own = Router::new().route("/answer", post(answer)).route("/rest", get(rest));
    let app = own.with_state((kit.clone(), Arc::new(now))).nest("/meta", kit.router());
    let server = tokio::spawn(async move { axum::serve(listener, app).await });
    let _running = kit.start();
    if kit.linking().links(&viewer()?).await?.is_empty() {
        link(&kit, &Controls::new(&spot.facebook, &spot.instagram)).await?;
    }
    println!("{READY}");
    Ok(server.await??)
}

/// Whoever started it holds the other end of this pipe; if they are gone, nobody would kill it any more.
fn die_with_the_driver() {
    std::thread::spawn(|| {
        std::io::stdin().read_to_end(&mut Vec::new()).ok();
        std::process::exit(1);
    });
}

/// Robin links the Page and its Instagram account, and waits until both hear what is written.
async fn link(kit: &LinkKit, meta: &Controls) -> Result<()> {
    let (linking, viewer) = (kit.linking(), viewer()?);
    let setup = linking.begin(&viewer).await?.id;
    let dialog = linking.dialog(&viewer, setup, &Road::FACEBOOK, None).await?;
    linking.signed_in(&viewer, &meta.sign_in(&dialog, &Decision::allow()).await?).await?;
    linking.choose(&viewer, setup, accounts()?.into()).await?;
    linking.prefer(&viewer, setup, Preferences::default()).await?;
    linking.synchronise(&viewer, setup, Synchronisation::default().history(Depth::Everything)).await?;
    let review = linking.review(&viewer, setup).await?;
    linking.confirm(&viewer, setup, &review.digest()).await?;
    while linking.connections(&viewer).await?.iter().any(|it| matches!(it.subscription, Subscription::Wanted { .. })) {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}

fn accounts() -> Result<[AccountId; 2]> {
    Ok([AccountId::new(Platform::MESSENGER, PAGE.parse()?), AccountId::new(Platform::INSTAGRAM, INSTAGRAM.parse()?)])
}

type Served = (LinkKit, Arc<Ahead>);

/// 200 says that the answer is taken on and will be sent or accounted for, whatever happens to this process; 409 that it will not.
async fn answer(State((kit, _)): State<Served>, Json(wanted): Json<Wanted>) -> (StatusCode, String) {
    match take_on(&kit, wanted).await {
        Ok(Ok(())) => (StatusCode::OK, String::new()),
        Ok(Err(refusal)) => (StatusCode::CONFLICT, refusal),
        Err(error) => (StatusCode::SERVICE_UNAVAILABLE, error.to_string()),
    }
}

async fn take_on(kit: &LinkKit, wanted: Wanted) -> Result<std::result::Result<(), String>> {
    let viewer = viewer()?;
    let [messenger, instagram] = accounts()?;
    let account = if wanted.account == PAGE { messenger } else { instagram };
    let conversation = ConversationKey { account: AccountKey::new(viewer.owner.clone(), account), peer: wanted.peer.parse()? };
    match kit.inbox().answer(&viewer, &conversation, &wanted.text, &wanted.key).await {
        Ok(_) => Ok(Ok(())),
        Err(Problem::Refused(refusal)) => Ok(Err(refusal.to_string())),
        Err(problem) => Err(problem.into()),
    }
}

async fn rest(State((kit, clock)): State<Served>) -> std::result::Result<Json<Rest>, StatusCode> {
    left(&kit, clock.now()).await.map(Json).map_err(|_| StatusCode::SERVICE_UNAVAILABLE)
}

async fn left(kit: &LinkKit, now: DateTime<Utc>) -> Result<Rest> {
    let (inbox, viewer) = (kit.inbox(), viewer()?);
    let mut rest = Rest { open: kit.figures().await?.journal.open, ..Rest::default() };
    let mut query = IntentQuery::all(PageQuery::first(200)).open();
    loop {
        let page = inbox.intents(&viewer, &query).await?;
        for intent in page.items {
            match intent.state {
                IntentState::Unknown { since, .. } => {
                    rest.doubtful += usize::from(since < intent.available_at && intent.available_at <= now + SOON);
                }
                _ => rest.sending += 1,
            }
        }
        match page.next {
            Some(next) => query.page.after = Some(next),
            None => break,
        }
    }
    rest.comparing = inbox.reconciles(&viewer).await?.iter().filter(|it| it.is_waiting()).count();
    let waits = |state: &BackfillState| matches!(state, BackfillState::Waiting { .. });
    rest.reading = inbox.progress(&viewer).await?.iter().filter(|it| waits(&it.state)).count();
    Ok(rest)
}
