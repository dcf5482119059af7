//! What happens to a request between the wire and the world.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::routing::get;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::Response;
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::call::Call;
use crate::call::masked::without_tokens;
use crate::clock::rfc3339;
use crate::door::Arrival;
use crate::faults::{Act, halved, turned};
use crate::reply::{Reply, escaped};
use crate::secret::mask;
use crate::stream::Pulse;
use crate::webhooks::notices;
use crate::world::World;
use crate::{admin, dialog, graph, instagram, messaging, page, stream};

const LARGEST_BODY: usize = 32 * 1024 * 1024;
/// What somebody in front of the platform says in its place.
pub(crate) const BUSY: &str =
    "<!DOCTYPE html><html><head><title>Sorry</title></head><body><h1>Sorry, something went wrong.</h1></body></html>";

/// What both origins and the webhook worker share.
#[derive(Debug)]
pub(crate) struct Shared {
    world: Mutex<World>,
    /// The seed and the time that `reset` goes back to.
    pub(crate) seed: Value,
    pub(crate) at: Option<DateTime<Utc>>,
    /// Rung whenever a webhook may have become due.
    pub(crate) bell: Notify,
    /// Told of every change; for those who watch.
    pub(crate) pulse: Pulse,
    pub(crate) client: reqwest::Client,
}

/// Which of the two origins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    Facebook,
    Instagram,
}

impl Shared {
    pub(crate) fn new(world: World, seed: Value, at: Option<DateTime<Utc>>, client: reqwest::Client) -> Self {
        Self { world: Mutex::new(world), seed, at, bell: Notify::new(), pulse: Pulse::default(), client }
    }

    /// Something happened: a webhook may have become due, and whoever watches wants to see.
    pub(crate) fn ring(&self) {
        self.bell.notify_one();
        self.pulse.beat();
    }

    /// The world, for as long as the guard lives. Never kept across an await.
    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        let mut world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        world.clock.look();
        world
    }
}

/// Everything that one origin answers.
pub(crate) fn router(shared: Arc<Shared>, origin: Origin) -> Router {
    Router::new().route("/_sandbox/stream", get(stream::answer).fallback(answer)).fallback(answer).with_state((shared, origin))
}

async fn answer(
    State((shared, origin)): State<(Arc<Shared>, Origin)>,
    ConnectInfo(arrival): ConnectInfo<Arrival>,
    request: Request,
) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let (body, broken) = match to_bytes(body, LARGEST_BODY).await {
        Ok(body) => (body, false),
        Err(error) if error.to_string().contains("length limit") => {
            let reply = Reply::json(413, &json!({"error": "a body has at most 32 MiB"}));
            return reply.into_response(shared.world().now());
        }
        // It ended before its end, or is in pieces that are none.
        Err(_) => (Bytes::new(), true),
    };
    if let Some(file) = page::answer(&parts) {
        return file.into_response(shared.world().now());
    }
    if parts.uri.path() == "/_sandbox" || parts.uri.path().starts_with("/_sandbox/") {
        let reply = admin::answer(&shared, &parts, &body);
        notices::post(&shared);
        // Reading changes nothing, and a page that reads because of a change must not cause one.
        if parts.method != http::Method::GET {
            shared.ring();
        }
        return reply.into_response(shared.world().now());
    }
    let mut call = Call::read(origin, parts.method, &parts.uri, &parts.headers, &body);
    call.malformed |= broken;
    if arrival.encrypted {
        call.came_encrypted();
    }
    let fault = shared.world().faults.strike(&call);
    let reply = match &fault {
        Some(Act::Drop) => {
            arrival.fuse.drop_answer();
            None
        }
        Some(Act::Answer(refusal)) => Some(graph::refused(&mut shared.world(), &call, refusal)),
        Some(Act::Html) => Some(Reply::html(200, BUSY.to_owned())),
        _ => {
            if let Some(Act::Delay(wait)) = fault {
                tokio::time::sleep(Duration::from_millis(wait)).await;
            }
            let reply = platform(&shared, origin, &call).await;
            Some(match &fault {
                Some(fault) => spoilt(fault, &call, reply),
                None => reply,
            })
        }
    };
    match fault {
        Some(Act::CutBody) => arrival.fuse.cut_body(),
        Some(Act::AfterEffect) => arrival.fuse.drop_answer(),
        _ => {}
    }
    let now = {
        let mut world = shared.world();
        let entry = ledger_entry(&world, &call, reply.as_ref());
        tracing::info!(method = %call.method, path = %call.path(), status = reply.as_ref().map(|reply| reply.status), "call");
        world.calls.record(entry);
        world.now()
    };
    notices::post(&shared);
    shared.ring();
    reply.unwrap_or_else(|| Reply::json(500, &Value::Null)).into_response(now)
}

/// An answer after a fault had it in hand.
fn spoilt(fault: &Act, call: &Call, mut reply: Reply) -> Reply {
    match fault {
        Act::Body(body) => reply.body.clone_from(body),
        Act::Half => reply.body = halved(&reply.body).to_owned(),
        Act::Turn(turn, time) => {
            if let Ok(mut body) = serde_json::from_str(&reply.body) {
                turned::turn(*turn, *time, call, &mut body);
                reply.body = escaped(&body);
            }
        }
        _ => {}
    }
    reply
}

async fn platform(shared: &Shared, origin: Origin, call: &Call) -> Reply {
    let path: Vec<&str> = call.segments.iter().map(String::as_str).collect();
    match (origin, path.as_slice()) {
        (Origin::Facebook, ["dialog", "oauth"]) => dialog::answer(&mut shared.world(), call),
        (_, ["messenger_platform", "account_linking"]) => messaging::linking::returned(&mut shared.world(), call),
        (Origin::Instagram, ["oauth", "authorize"]) => instagram::dialog::answer(&mut shared.world(), call),
        (Origin::Instagram, ["oauth", "access_token"]) => instagram::oauth::redeem(&mut shared.world(), call),
        _ => graph::answer(shared, call).await,
    }
}

fn ledger_entry(world: &World, call: &Call, reply: Option<&Reply>) -> Value {
    json!({
        "at": rfc3339(world.now()),
        "method": call.method.as_str(),
        "path": match &call.version {
            Some(version) => without_tokens(&format!("/{version}{}", call.path())),
            None => without_tokens(&call.path()),
        },
        "parameters": call.masked(),
        "token": call.token.as_deref().map(mask),
        "status": reply.map(|reply| reply.status),
    })
}
