//! The Graph API: who calls, what node and edge is meant, what is answered.

pub(crate) mod accounts;
mod batch;
mod businesses;
pub(crate) mod conversations;
pub(crate) mod error;
pub(crate) mod fields;
pub(crate) mod known;
mod labels;
mod limits;
mod linking;
pub(crate) mod media;
pub(crate) mod messages;
mod moderation;
pub(crate) mod nodes;
pub(crate) mod paging;
pub(crate) mod permissions;
mod personas;
mod profile;
pub(crate) mod profiles;
pub(crate) mod reach;
mod recipient;
pub(crate) mod route;
mod routing;
mod stickers;
mod templates;
mod uploads;
pub(crate) mod usage;
pub(crate) mod version;

use serde_json::Value;

use crate::call::Call;
use crate::instagram;
use crate::reply::Reply;
use crate::server::{Origin, Shared};
use crate::webhooks::handshake::{self, Handshake};
use crate::world::World;
use crate::world::settings::ThrottleStatus;
use error::Refusal;

/// What a call leads to.
#[derive(Debug)]
pub(crate) enum Step {
    Done(Value),
    /// A webhook callback has to answer first.
    Verify(Box<Handshake>),
}

/// An answer of the Graph API, before it is bytes.
#[derive(Clone, Debug)]
struct Answered {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Value,
}

impl From<Answered> for Reply {
    fn from(answered: Answered) -> Self {
        answered.headers.into_iter().fold(Self::graph(answered.status, &answered.body), |reply, (name, value)| reply.with(name, value))
    }
}

/// Answers a call to the Graph API of either host.
pub(crate) async fn answer(shared: &Shared, call: &Call) -> Reply {
    if batch::is_batch(call) && !call.malformed {
        let outcome = batch::run(shared, call).await;
        let mut world = shared.world();
        return match outcome {
            Ok(body) => dressed(&mut world, call, Answered { status: 200, headers: Vec::new(), body }, None).into(),
            Err(refusal) => refused(&mut world, call, &refusal),
        };
    }
    call_once(shared, call).await.into()
}

async fn call_once(shared: &Shared, call: &Call) -> Answered {
    let step = match call.origin {
        Origin::Facebook => route::step(&mut shared.world(), call),
        Origin::Instagram => instagram::step(&mut shared.world(), call),
    };
    let outcome = match step {
        Ok(Step::Done(body)) => Ok(body),
        Ok(Step::Verify(handshake)) => handshake::shake(shared, *handshake).await,
        Err(refusal) => Err(refusal),
    };
    match outcome {
        Ok(body) => dressed(&mut shared.world(), call, Answered { status: 200, headers: Vec::new(), body }, None),
        Err(refusal) => answered_refusal(shared, call, &refusal),
    }
}

fn answered_refusal(shared: &Shared, call: &Call, refusal: &Refusal) -> Answered {
    let mut world = shared.world();
    enveloped(&mut world, call, refusal)
}

/// A refusal, in its envelope.
pub(crate) fn refused(world: &mut World, call: &Call, refusal: &Refusal) -> Reply {
    enveloped(world, call, refusal).into()
}

fn enveloped(world: &mut World, call: &Call, refusal: &Refusal) -> Answered {
    let trace = trace(world);
    let throttled = refusal.is_throttling() && refusal.status == 400 && world.quirks.throttle_status == ThrottleStatus::TooMany;
    let status = if throttled { 429 } else { refusal.status };
    let kind = if call.origin == Origin::Instagram { refusal.on_instagram() } else { refusal.clone() };
    let mut headers = Vec::new();
    if let Some(challenge) = refusal.challenge() {
        headers.push(("www-authenticate", challenge));
    }
    let seconds = refusal.retry_after.or_else(|| throttled.then_some(60));
    headers.extend(seconds.map(|seconds| ("retry-after", seconds.to_string())));
    let mut answered = dressed(world, call, Answered { status, headers, body: kind.body(&trace) }, Some(trace));
    if refusal.planted && refusal.is_throttling() {
        let wait = refusal.retry_after.map_or(60, |seconds| seconds.div_ceil(60));
        answered.headers.retain(|(name, _)| !name.ends_with("-usage"));
        answered.headers.extend(usage::exhausted(world, call, refusal.code, wait));
    }
    answered
}

/// Adds the headers that every answer has.
fn dressed(world: &mut World, call: &Call, mut answered: Answered, known: Option<String>) -> Answered {
    let trace = known.unwrap_or_else(|| trace(world));
    answered.headers.extend([
        ("facebook-api-version", version::served(world, call)),
        ("x-fb-trace-id", trace),
        ("x-fb-rev", "1000000001".to_owned()),
        ("cache-control", "private, no-cache, no-store, must-revalidate".to_owned()),
    ]);
    answered.headers.extend(usage::headers(world, call));
    answered
}

fn trace(world: &mut World) -> String {
    format!("A{}", world.mint.letters("trace", 22))
}
