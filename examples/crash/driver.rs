//! Plays Meta's side and everybody who writes, and has the embedder killed meanwhile.

use std::time::Duration;

use link_sandbox::{Controls, Sandbox};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::acts::{Acts, Customer};
use crate::answers::Answers;
use crate::chance::Chance;
use crate::embedder::{INSTAGRAM, PAGE, RECONCILE_EVERY, Rest, Spot};
use crate::ledger::{Ledger, acknowledged};
use crate::supervisor::{Embedder, keep_killing};
use crate::verdict::Verdict;
use crate::{Options, Result};

/// Customers on Messenger. On Instagram there are as many as it takes for nobody to write more than the platform shows.
const ON_MESSENGER: u64 = 30;
/// Messages of each of them from before the link.
const BEFORE: u32 = 60;
/// The longest that anything is waited for after the last fault. Whoever dies leaves what they were reading untouched for a while, so most of the
/// history is read then: a call for each conversation on Instagram, and two a second.
const PATIENCE: Duration = Duration::from_secs(360);
/// Minutes after which nobody holds any more what it claimed before it died, and after which what nobody knows is looked for.
const QUARTER: u32 = 15;

/// Plays it to its end; answers whether everything is as it should be.
pub(crate) async fn run(options: &Options) -> Result<bool> {
    let on_instagram = ON_MESSENGER.max(options.seconds * options.rate / 16);
    let sandbox = Sandbox::builder().seed(world(on_instagram)).ledger(2_000_000).start().await?;
    let (meta, folder) = (sandbox.controls(), tempfile::tempdir()?);
    let file = folder.path().join("inbox.db");
    let mut spot = Spot { facebook: sandbox.facebook(), instagram: sandbox.instagram(), port: free_port()?, file, ahead: 0 };
    // It is linked first, and killed right after that.
    Embedder::start(&spot).await?.kill()?;

    let end = Instant::now() + Duration::from_secs(options.seconds);
    let answers = Answers::begin(&spot);
    let before = Ledger::from_before(&meta.state().await?);
    let from_before = before.said.len();
    let mut acts = Acts::new(options.seed, &meta, customers(&meta).await?, before, &answers);
    let killing = keep_killing(&spot, Chance::new(options.seed, 1), &meta, end);
    let ((), kills) = tokio::try_join!(acts.play(options.rate, end), killing)?;
    let mut ledger = acts.ledger;

    meta.clear_faults().await?;
    let mut answers = Some(answers);
    // In the first quarter of an hour what the dead held comes free, and in the second what became of it is looked for.
    for _ in 0..2 {
        spot.ahead += QUARTER;
        meta.advance(&format!("{QUARTER}m")).await?;
        let embedder = Embedder::start(&spot).await?;
        if let Some(answers) = answers.take() {
            answers.finish(&mut ledger).await?;
        }
        come_to_rest(&spot, &meta).await?;
        embedder.kill()?;
    }
    let wrong = ledger.complete(&meta.state().await?);
    let kit = spot.builder()?.received_elsewhere().build().await?;
    let mut verdict = Verdict::of(&kit, &ledger, &acknowledged(&meta).await?, kills).await?;
    verdict.doubled += wrong.len();
    verdict.differences.extend(wrong);
    report(options, kills, from_before, &verdict);
    if !verdict.differences.is_empty() {
        println!("the file is kept at {}", folder.keep().display());
    }
    sandbox.shutdown().await;
    Ok(verdict.differences.is_empty())
}

fn report(options: &Options, kills: u32, from_before: usize, verdict: &Verdict) {
    let Verdict { sent, acknowledged, stored, doubled, missing, unknown, taken_on, refused, .. } = verdict;
    println!("seed {}: {} seconds, killed {kills} times; {from_before} messages are from before the link", options.seed, options.seconds);
    println!("answers taken on {taken_on}, of which {unknown} were never sent and nobody can know; not taken on {refused}");
    println!("sent {sent}  acknowledged {acknowledged}  stored {stored}  doubled {doubled}  missing {missing}");
    verdict.print();
}

/// Everything arrives, and the accounts are compared with the platform because it is time for it: whoever asked for it would have them
/// compared further back, and find what the schedule passes over.
async fn come_to_rest(spot: &Spot, meta: &Controls) -> Result<()> {
    let (begun, http) = (Instant::now(), reqwest::Client::builder().no_proxy().build()?);
    // What is sent meanwhile is told meanwhile.
    rested(spot, meta, &http, begun).await?;
    sleep(2 * RECONCILE_EVERY).await;
    rested(spot, meta, &http, begun).await
}

async fn rested(spot: &Spot, meta: &Controls, http: &reqwest::Client, begun: Instant) -> Result<()> {
    loop {
        let rest: Rest = http.get(spot.page("rest")).send().await?.error_for_status()?.json().await?;
        if rest == Rest::default() && meta.undelivered().await? == 0 {
            return Ok(());
        }
        if begun.elapsed() > PATIENCE {
            return Err(format!("after {} seconds the embedder still has things to do: {rest:?}", PATIENCE.as_secs()).into());
        }
        meta.redeliver().await?;
        sleep(Duration::from_millis(50)).await;
    }
}

/// A world with nobody in it but these customers, who have not written yet.
fn world(on_instagram: u64) -> Value {
    let mut world = link_sandbox::default_seed();
    let named = |letter: char, count: u64| (0..count).map(move |number| format!("{letter}{number}"));
    let customer = |id: &String| {
        let messenger = id.starts_with('m');
        json!({"id": id, "first_name": "Customer", "last_name": id, "username": id, "messenger": messenger, "instagram": !messenger})
    };
    // What was said before is read while everything else goes on; of Instagram it would take the room for what is said now.
    let begun = |id: &String| {
        if id.starts_with('m') {
            json!({"account": PAGE, "customer": id, "history": {"messages": BEFORE, "every": "1h", "last": "2h"}})
        } else {
            json!({"account": INSTAGRAM, "customer": id})
        }
    };
    let all: Vec<String> = named('m', ON_MESSENGER).chain(named('i', on_instagram)).collect();
    world["customers"] = all.iter().map(customer).collect();
    world["conversations"] = all.iter().map(begun).collect();
    for limit in ["app_calls_per_hour", "page_calls_per_day", "messaging_calls_per_day", "instagram_calls_per_day"] {
        world["limits"][limit] = Value::Null;
    }
    world["quirks"]["account_unsend"] = json!("told");
    world
}

/// Everybody, with the id under which the account sees them.
async fn customers(meta: &Controls) -> Result<Vec<Customer>> {
    let world = meta.state().await?;
    let told = world["conversations"].as_array().into_iter().flatten();
    let one = |it: &Value| {
        let text = |name: &str| it[name].as_str().unwrap_or_default().to_owned();
        Customer::new(text("customer"), text("account"), text("scoped_id"))
    };
    Ok(told.map(one).collect())
}

/// A port that nobody listens at and that no outgoing connection of anybody is given, so that it can be taken again after each death.
fn free_port() -> Result<u16> {
    let free = (20_000..32_000).skip(usize::try_from(std::process::id() % 10_000)?);
    let free = free.into_iter().find(|port| std::net::TcpListener::bind(("127.0.0.1", *port)).is_ok());
    Ok(free.ok_or("there is no free port")?)
}
