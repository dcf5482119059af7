//! How fast the sandbox is, and whether its memory stays flat: measured from outside, beside what the machine allows.

mod child;
mod client;
mod deliveries;
mod mirror;
mod report;

use std::error::Error;
use std::time::Duration;

use clap::Args;
use link_sandbox::Controls;
use serde_json::json;

use child::Server;
use client::{Request, load};
use mirror::Mirror;
use report::{Kind, Memory, Report};

const APP: &str = "1000000000000001";
const APP_TOKEN: &str = "1000000000000001|sandbox-app-secret";
const PERSON: &str = "2000000000000001";
const PAGE: &str = "3000000000000001";
const SCOPES: [&str; 4] = ["pages_show_list", "pages_read_engagement", "pages_manage_metadata", "pages_messaging"];
/// Rounds whose median is told.
const ROUNDS: usize = 5;
/// Calls before memory is read, unless fewer are made at all: enough to fill the ledger of calls and every pool.
const WARM_UP: u64 = 50_000;

/// How much is measured.
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// Calls between the two readings of the resident memory.
    #[arg(long, value_name = "N", default_value_t = 1_000_000)]
    calls: u64,
    /// Webhook deliveries to be timed.
    #[arg(long, value_name = "N", default_value_t = 20_000)]
    deliveries: u64,
    /// Connections that call at the same time.
    #[arg(long, value_name = "N", default_value_t = 16)]
    connections: usize,
}

/// A sandbox with its limits off, and the tokens to call it with.
struct Stage {
    controls: Controls,
    address: String,
    connections: usize,
    user_token: String,
    page_token: String,
}

/// Measures, and prints what came out.
pub(crate) async fn run(options: Options) -> Result<(), Box<dyn Error>> {
    let server = Server::start().map_err(|error| format!("start the sandbox under test: {error}"))?;
    let mirror = Mirror::start()?;
    let stage = Stage::set(&server, &options).await?;
    let mut memory = Memory { start: server.resident(), ..Memory::default() };
    let kinds = stage.kinds();
    let all: Vec<Request> = kinds.iter().map(|(_, request)| request.clone()).collect();

    let warm_up = options.calls.min(WARM_UP);
    eprintln!("warming up with {warm_up} calls ...");
    load(&stage.address, &all, options.connections, warm_up).await?;
    memory.warm = server.resident();
    eprintln!("timing {ROUNDS} rounds of each kind of call ...");
    let measured = rounds(&stage, &server, &mirror, &kinds, (options.calls / 50).clamp(20, 20_000)).await?;
    eprintln!("making {} calls ...", options.calls);
    let sustained = per_second(options.calls, load(&stage.address, &all, options.connections, options.calls).await?);
    memory.after = server.resident();
    eprintln!("timing {} deliveries, twice ...", options.deliveries);
    let delivered = deliveries::measure(&stage, &mirror, options.deliveries.max(1)).await?;
    memory.end = server.resident();
    Report { options, kinds: measured, sustained, delivered, memory }.print()
}

impl Stage {
    async fn set(server: &Server, options: &Options) -> Result<Self, Box<dyn Error>> {
        let controls = Controls::new(&server.facebook, &server.instagram);
        let off = [
            "app_calls_per_hour",
            "user_calls_per_hour",
            "page_calls_per_hour",
            "page_calls_per_day",
            "messaging_calls_per_day",
            "instagram_calls_per_day",
            "sends_per_second",
            "conversations_per_second",
        ];
        let limits: serde_json::Map<_, _> = off.into_iter().map(|limit| (limit.to_owned(), json!(null))).collect();
        controls.seed(&json!({"limits": limits})).await?;
        let tokens = controls.tokens(PERSON, &SCOPES).await?;
        let page_token = tokens.page_tokens.get(PAGE).cloned().ok_or("get a Page token")?;
        let (address, connections) = (server.address().to_owned(), options.connections);
        Ok(Self { controls, address, connections, user_token: tokens.user_token, page_token })
    }

    /// The kinds of calls that are timed.
    fn kinds(&self) -> Vec<(&'static str, Request)> {
        let page = format!("/v26.0/{PAGE}?fields=name");
        let list = format!("/v26.0/{PAGE}/conversations?limit=2");
        vec![
            ("/me?fields=id,name", Request::get(&self.address, "/v26.0/me?fields=id,name", &self.user_token)),
            ("/{page}?fields=name", Request::get(&self.address, &page, &self.page_token)),
            ("/{page}/conversations?limit=2", Request::get(&self.address, &list, &self.page_token)),
        ]
    }
}

/// Times every kind of call, each right after the ceiling, in turn; the medians are kept.
async fn rounds(
    stage: &Stage,
    server: &Server,
    mirror: &Mirror,
    kinds: &[(&'static str, Request)],
    calls: u64,
) -> Result<Vec<Kind>, Box<dyn Error>> {
    let constant = Request::get(&mirror.address, "/constant", &stage.user_token);
    let mut told = Vec::new();
    let mut times = vec![(Vec::new(), Vec::new(), Vec::new()); kinds.len()];
    for _ in 0..ROUNDS {
        for ((_, request), (rates, ceilings, costs)) in kinds.iter().zip(&mut times) {
            ceilings.push(per_second(calls, load(&mirror.address, std::slice::from_ref(&constant), stage.connections, calls).await?));
            let before = server.ticks();
            rates.push(per_second(calls, load(&stage.address, std::slice::from_ref(request), stage.connections, calls).await?));
            costs.extend(before.zip(server.ticks()).map(|(before, after)| micros(after - before, calls)));
        }
    }
    for ((name, _), (rates, ceilings, costs)) in kinds.iter().zip(times) {
        let cost = (!costs.is_empty()).then(|| median(costs));
        told.push(Kind { name, rate: median(rates), ceiling: median(ceilings), cost });
    }
    Ok(told)
}

/// How many a second.
#[expect(clippy::cast_precision_loss, reason = "counts of a bench are far below 2^52")]
fn per_second(count: u64, took: Duration) -> f64 {
    count as f64 / took.as_secs_f64().max(1e-9)
}

/// Microseconds of processor time for each call.
#[expect(clippy::cast_precision_loss, reason = "counts of a bench are far below 2^52")]
fn micros(ticks: u64, calls: u64) -> f64 {
    ticks as f64 * 10_000.0 / calls as f64
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}
