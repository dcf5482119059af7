//! Calls per thousand messages of history.
//!
//! A call is what the platform counts as one, whatever it is sent in. Time is a clock that is moved, so the platform's two calls a second cost
//! none of ours.

#[path = "backfill/naive.rs"]
mod naive;

use std::sync::{Arc, Mutex};

use chrono::{DateTime, TimeDelta, Utc};
use clap::Args;
use link_core::words::clock::Clock;
use link_kit::{
    BackfillState, Depth, Hosts, KeyRing, LinkKit, Meta, PageQuery, Platform, Preferences, Progress, Road, Synchronisation, Viewer,
};
use link_sandbox::{Controls, Decision, Sandbox};
use serde_json::{Value, json};

pub(crate) type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

const PAGE: &str = "3000000000000001";
const INSTAGRAM: &str = "17841400000000001";
const ROBIN: &str = "2000000000000001";
/// Most conversations and most messages of one that the platform answers at once.
const AT_ONCE: u64 = 100;
/// Messages of an Instagram conversation that can be read.
const READABLE: u64 = 20;
/// Longer than any history here takes at the platform's pace.
const LONGEST: TimeDelta = TimeDelta::hours(3);
/// How many calls may be made for each one that the API's lower bound allows.
const REACH: f64 = 1.15;

/// What is read.
#[derive(Args)]
pub(crate) struct Options {
    /// Conversations of each account.
    #[arg(long, default_value_t = 200)]
    conversations: u64,
    /// Messages of each Messenger conversation.
    #[arg(long, default_value_t = 300)]
    messages: u64,
    /// Messages of each Instagram conversation.
    #[arg(long, default_value_t = 30)]
    on_instagram: u64,
    /// Calls that the platform allows an account in a second; more are refused.
    #[arg(long)]
    limit: Option<u32>,
}

/// What one platform's history took.
struct Row {
    platform: Platform,
    messages: u64,
    calls: u64,
    bound: u64,
    naive: u64,
}

/// Reads, prints, and answers whether it took few enough calls.
pub(crate) async fn run(options: &Options) -> Result<bool> {
    let begun = std::time::Instant::now();
    let at: DateTime<Utc> = "2026-11-23T12:00:00Z".parse()?;
    let sandbox = Sandbox::builder().seed(world(options)).at(at).start().await?;
    let meta = sandbox.controls();
    let clock = Hand(Arc::new(Mutex::new(at)));
    let folder = tempfile::tempdir()?;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let kit = LinkKit::builder()
        .meta(Meta::new("1000000000000001", "sandbox-app-secret", "sandbox-verify")?.at(Hosts::two(meta.facebook(), meta.instagram())?))
        .public_url(format!("http://{}/meta", listener.local_addr()?))
        .keys(KeyRing::new("load", [7; 32]))
        .clock(Arc::new(clock.clone()))
        .sqlite(folder.path().join("inbox.db"))
        .build()
        .await?;
    // Meta asks for the webhook's address before it subscribes anybody.
    let app = axum::Router::new().nest("/meta", kit.router());
    tokio::spawn(async move { axum::serve(listener, app).await });
    let viewer = Viewer::owner("harbour".parse()?, "robin".parse()?);
    link(&kit, &viewer, &meta).await?;
    let before = whole_ledger(&meta, 0).await?.1;
    let told = read(&kit, &viewer, &meta, &clock, before).await?;
    let took = begun.elapsed();
    let mut rows = Vec::new();
    for (progress, platform) in told.progress.iter().zip([Platform::INSTAGRAM, Platform::MESSENGER]) {
        if progress.account.platform != platform || progress.state != BackfillState::Done {
            return Err(format!("the history of {} did not come to its end", progress.account).into());
        }
        let each = if platform == Platform::MESSENGER { options.messages } else { options.on_instagram.min(READABLE) };
        let expected = options.conversations * each;
        let here = stored(&kit, &viewer, &platform).await?;
        if here != expected {
            return Err(format!("{here} of {expected} messages of {platform} are here").into());
        }
        let naive = naive::calls(&meta, ROBIN, PAGE, &platform).await?;
        let (calls, bound) = (told.calls_for(&platform), bound(&platform, options));
        rows.push(Row { platform, messages: here, calls, bound, naive });
    }
    print(&rows);
    println!("read in {:.1} s, of which the platform's own pace would have been {:.0} s", took.as_secs_f64(), told.pace.num_seconds());
    if let Some(row) = rows.iter().find(|row| row.calls < row.bound) {
        return Err(format!("{} calls are fewer than {} can be read with: some are not counted", row.calls, row.platform).into());
    }
    Ok(rows.iter().all(|row| row.calls as f64 <= row.bound as f64 * REACH))
}

fn print(rows: &[Row]) {
    println!(
        "{:<10} {:>9} {:>7} {:>12} {:>7} {:>7} {:>8} {:>12}",
        "platform", "messages", "calls", "per 1,000", "bound", "ratio", "naive", "per 1,000"
    );
    for row in rows {
        let per = |calls: u64, of: u64| calls as f64 / of as f64;
        println!(
            "{:<10} {:>9} {:>7} {:>12.2} {:>7} {:>7.3} {:>8} {:>12.2}",
            row.platform.as_str(),
            row.messages,
            row.calls,
            per(row.calls * 1_000, row.messages),
            row.bound,
            per(row.calls, row.bound),
            row.naive,
            per(row.naive * 1_000, row.messages),
        );
    }
}

/// The fewest calls that the API allows: the list with the newest messages of each conversation, and for what is left a hundred at a time.
fn bound(platform: &Platform, options: &Options) -> u64 {
    let list = options.conversations.div_ceil(AT_ONCE);
    if *platform == Platform::INSTAGRAM {
        list
    } else {
        list + options.conversations * options.messages.saturating_sub(AT_ONCE).div_ceil(AT_ONCE)
    }
}

/// The default world with other customers and conversations, and room in its ledger.
fn world(options: &Options) -> Value {
    let mut world = link_sandbox::default_seed();
    let customer = |n: u64| json!({"id": format!("k{n}"), "first_name": "Kim", "last_name": format!("No. {n}"), "username": format!("kim.{n}"), "messenger": true, "instagram": true});
    world["customers"] = (0..options.conversations).map(customer).collect();
    let talk = |account: &str, n: u64, messages: u64| json!({"account": account, "customer": format!("k{n}"), "history": {"messages": messages, "every": "1h", "last": format!("{}m", n + 1)}});
    let talks = (0..options.conversations).flat_map(|n| [talk(PAGE, n, options.messages), talk(INSTAGRAM, n, options.on_instagram)]);
    world["conversations"] = talks.collect();
    for (_, limit) in world["limits"].as_object_mut().into_iter().flatten() {
        *limit = Value::Null;
    }
    world["limits"]["ledger_entries"] = json!(20_000);
    world["limits"]["conversations_per_second"] = json!(options.limit);
    world
}

async fn link(kit: &LinkKit, viewer: &Viewer, meta: &Controls) -> Result<()> {
    let linking = kit.linking();
    let setup = linking.begin(viewer).await?.id;
    let dialog = linking.dialog(viewer, setup, &Road::FACEBOOK, None).await?;
    let came_back = meta.sign_in(&dialog, &Decision::allow()).await?;
    let found = linking.signed_in(viewer, &came_back).await?.setup.candidates;
    let chosen = found.into_iter().map(|found| found.account).filter(|account| [PAGE, INSTAGRAM].contains(&account.id.as_str())).collect();
    linking.choose(viewer, setup, chosen).await?;
    linking.prefer(viewer, setup, Preferences::default()).await?;
    linking.synchronise(viewer, setup, Synchronisation::default().history(Depth::Everything)).await?;
    let review = linking.review(viewer, setup).await?;
    linking.confirm(viewer, setup, &review.digest()).await?;
    Ok(())
}

/// Messages of a platform that an inbox shows.
async fn stored(kit: &LinkKit, viewer: &Viewer, platform: &Platform) -> Result<u64> {
    let (inbox, mut of_all, mut count) = (kit.inbox(), PageQuery::first(200), 0);
    loop {
        let conversations = inbox.conversations(viewer, &of_all).await?;
        for talk in conversations.items.iter().filter(|talk| talk.key.account.account.platform == *platform) {
            let mut query = PageQuery::first(200);
            loop {
                let page = inbox.timeline(viewer, &talk.key, &query).await?.messages;
                count += u64::try_from(page.items.len())?;
                match page.next {
                    Some(next) => query.after = Some(next),
                    None => break,
                }
            }
        }
        match conversations.next {
            Some(next) => of_all.after = Some(next),
            None => return Ok(count),
        }
    }
}

struct Read {
    progress: Vec<Progress>,
    /// Calls for one platform's history each.
    calls: Vec<Platform>,
    pace: TimeDelta,
}

impl Read {
    /// The calls that were made for one platform's history.
    fn calls_for(&self, platform: &Platform) -> u64 {
        self.calls.iter().filter(|of| *of == platform).count().try_into().unwrap_or(u64::MAX)
    }
}

/// Works, second by second, until both histories are here.
async fn read(kit: &LinkKit, viewer: &Viewer, meta: &Controls, clock: &Hand, mut last: u64) -> Result<Read> {
    let (from, mut calls) = (clock.now(), Vec::new());
    while clock.now() - from < LONGEST {
        kit.drain().await?;
        let ledger = whole_ledger(meta, last).await?;
        last = ledger.1;
        calls.extend(ledger.0.iter().flat_map(parts).filter_map(|call| asked_for_history(&call)));
        let progress = kit.inbox().progress(viewer).await?;
        if progress.len() == 2 && progress.iter().all(|it| !matches!(it.state, BackfillState::Waiting { .. })) {
            return Ok(Read { progress, calls, pace: clock.now() - from });
        }
        *clock.0.lock().map_err(|_| "the clock broke")? += TimeDelta::seconds(1);
        meta.advance("1s").await?;
    }
    Err(format!("the history is read for ever: {:?}", kit.inbox().progress(viewer).await?).into())
}

/// What the platform has in its ledger behind a place, and where that ends.
async fn whole_ledger(meta: &Controls, mut after: u64) -> Result<(Vec<Value>, u64)> {
    let mut all = Vec::new();
    loop {
        let page = meta.calls(after).await?;
        if page.data.is_empty() {
            return Ok((all, after));
        }
        after = page.next;
        all.extend(page.data);
    }
}

/// The calls that a request counts as: several, if it carries a batch.
fn parts(request: &Value) -> Vec<Value> {
    let batch = &request["parameters"]["batch"];
    let told: Option<Value> = batch.as_str().and_then(|text| serde_json::from_str(text).ok());
    match told.as_ref().unwrap_or(batch).as_array() {
        Some(parts) => parts.iter().map(|part| json!({"method": part["method"], "path": part["relative_url"]})).collect(),
        None => vec![request.clone()],
    }
}

/// Of which platform a call asked for history, if it did. Every read counts that is not known to be for something else, so that no way of reading
/// goes uncounted: the list without messages, by which is looked whether an account can be read at all, and what is asked of people and
/// accounts themselves.
fn asked_for_history(call: &Value) -> Option<Platform> {
    let path = call["path"].as_str().filter(|_| call["method"] == "GET")?;
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let fields = call["parameters"]["fields"].as_str().unwrap_or(query);
    let mut steps = path.trim_matches('/').rsplit('/');
    let (last, before) = (steps.next()?, steps.next().unwrap_or_default());
    let of_instagram = match last {
        "conversations" if !fields.contains("messages") => return None,
        "conversations" => call["parameters"]["platform"] == "instagram" || query.contains("platform=instagram"),
        "messages" => !before.starts_with("t_"),
        // A message, or a conversation; people and accounts have nothing but digits.
        id if id.starts_with("m_") || id.starts_with("t_") => false,
        id if id.starts_with("aWdf") => true,
        _ => return None,
    };
    Some(if of_instagram { Platform::INSTAGRAM } else { Platform::MESSENGER })
}

/// A clock that is moved by hand.
#[derive(Clone)]
struct Hand(Arc<Mutex<DateTime<Utc>>>);

impl Clock for Hand {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}
