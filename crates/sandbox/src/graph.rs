//! The Graph API: who calls, what node and edge is meant, what is answered.

pub(crate) mod accounts;
pub(crate) mod conversations;
pub(crate) mod error;
pub(crate) mod fields;
pub(crate) mod messages;
pub(crate) mod nodes;
pub(crate) mod paging;
pub(crate) mod permissions;
pub(crate) mod profiles;
pub(crate) mod route;
pub(crate) mod usage;
pub(crate) mod version;

use serde_json::Value;

use crate::call::Call;
use crate::reply::Reply;
use crate::server::Shared;
use crate::webhooks::handshake::{self, Handshake};
use crate::world::World;
use error::Refusal;

/// What a call leads to.
#[derive(Debug)]
pub(crate) enum Step {
    Done(Value),
    /// A webhook callback has to answer first.
    Verify(Box<Handshake>),
}

/// Answers a call to the Graph API.
pub(crate) async fn answer(shared: &Shared, call: &Call) -> Reply {
    let step = route::step(&mut shared.world(), call);
    let outcome = match step {
        Ok(Step::Done(body)) => Ok(body),
        Ok(Step::Verify(handshake)) => handshake::shake(shared, *handshake).await,
        Err(refusal) => Err(refusal),
    };
    let mut world = shared.world();
    match outcome {
        Ok(body) => {
            let reply = Reply::graph(200, &body);
            dressed(&mut world, call, reply, None)
        }
        Err(refusal) => refused(&mut world, call, &refusal),
    }
}

/// A refusal, in its envelope.
pub(crate) fn refused(world: &mut World, call: &Call, refusal: &Refusal) -> Reply {
    let trace = trace(world);
    let mut reply = Reply::graph(refusal.status, &refusal.body(&trace));
    if let Some(challenge) = refusal.challenge() {
        reply = reply.with("www-authenticate", challenge);
    }
    if let Some(seconds) = refusal.retry_after {
        reply = reply.with("retry-after", seconds.to_string());
    }
    dressed(world, call, reply, Some(trace))
}

/// Adds the headers that every answer has.
fn dressed(world: &mut World, call: &Call, reply: Reply, known: Option<String>) -> Reply {
    let trace = known.unwrap_or_else(|| trace(world));
    let mut reply = reply
        .with("facebook-api-version", version::served(world, call))
        .with("x-fb-trace-id", trace)
        .with("x-fb-rev", "1000000001")
        .with("cache-control", "private, no-cache, no-store, must-revalidate");
    if let Some((name, value)) = usage::headers(world, call) {
        reply = reply.with(name, value);
    }
    reply
}

fn trace(world: &mut World) -> String {
    format!("A{}", world.mint.letters("trace", 22))
}
