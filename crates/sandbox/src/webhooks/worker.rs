//! Delivers notifications as they become due.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::sync::watch;

use super::queue::Pending;
use super::sign;
use crate::clock::rfc3339;
use crate::reply::escaped;
use crate::server::Shared;

/// How long a slow receiver may keep the next notification waiting. Order holds among quick receivers only.
const PATIENCE: Duration = Duration::from_millis(250);

/// Runs until the sandbox stops.
pub(crate) async fn run(shared: Arc<Shared>, mut stopped: watch::Receiver<bool>) {
    loop {
        while let Some(lane) = claim(&shared) {
            tokio::spawn(lane.empty(shared.clone(), stopped.clone()));
        }
        let wait = wait(&shared);
        tokio::select! {
            () = shared.bell.notified() => {}
            () = tokio::time::sleep(wait) => {}
            _ = stopped.wait_for(|stop| *stop) => return,
        }
    }
}

/// A lane of the queue that somebody is busy with.
struct Lane {
    name: String,
    generation: u64,
}

fn claim(shared: &Shared) -> Option<Lane> {
    let mut world = shared.world();
    let now = world.now();
    let name = world.queue.claim(now)?;
    Some(Lane { name, generation: world.generation })
}

impl Lane {
    /// Delivers one after another until nothing is due.
    async fn empty(self, shared: Arc<Shared>, stopped: watch::Receiver<bool>) {
        while !*stopped.borrow()
            && let Some(pending) = self.next(&shared)
        {
            let mut attempt = Box::pin(deliver(shared.clone(), self.generation, pending));
            if shared.world().clock.is_frozen() {
                // Here the order is the same each time, however slow a receiver is.
                attempt.await;
            } else if tokio::time::timeout(PATIENCE, &mut attempt).await.is_err() {
                // Past its patience the attempt goes on by itself.
                tokio::spawn(attempt);
            }
        }
        // What waits in this lane for a later time has to be seen.
        shared.bell.notify_one();
    }

    fn next(&self, shared: &Shared) -> Option<Pending> {
        let mut world = shared.world();
        if world.generation != self.generation {
            return None;
        }
        let now = world.now();
        world.queue.take(&self.name, now)
    }
}

/// How long nothing will be due, unless the bell rings. A frozen clock only moves with the bell.
fn wait(shared: &Shared) -> Duration {
    const LONG: Duration = Duration::from_secs(3_600);
    let world = shared.world();
    if world.clock.is_frozen() {
        return LONG;
    }
    let until = world.queue.next_due().map(|due| due - world.now());
    until.map_or(LONG, |until| until.to_std().unwrap_or_default().clamp(Duration::from_millis(1), LONG))
}

async fn deliver(shared: Arc<Shared>, generation: u64, mut pending: Pending) {
    let target = {
        let world = shared.world();
        if world.generation != generation {
            return;
        }
        let url = world.callback(&pending.app, &pending.object).map(|it| it.url.clone());
        url.zip(world.webhook_secret(&pending.app))
    };
    let Some((url, secret)) = target else {
        shared.world().queue.tried();
        return;
    };
    pending.attempt += 1;
    let body = escaped(&pending.body());
    let headers = [
        ("content-type", "application/json".to_owned()),
        ("x-hub-signature", sign::sha1_header(&secret, &body)),
        ("x-hub-signature-256", sign::sha256_header(&secret, &body)),
    ];
    let mut request = shared.client.post(&url).body(body.clone());
    for (name, value) in &headers {
        request = request.header(*name, value);
    }
    let began = Instant::now();
    let answer = request.send().await;
    let status = answer.as_ref().ok().map(|answer| answer.status().as_u16());
    tracing::info!(account = %pending.account, field = %pending.field, attempt = pending.attempt, status, "delivery");
    let mut world = shared.world();
    if world.generation != generation {
        return;
    }
    let entry = json!({
        "at": rfc3339(world.now()),
        "kind": "notification",
        "app": pending.app,
        "object": pending.object,
        "account": pending.account,
        "field": pending.field,
        "url": url,
        "headers": headers.iter().map(|(name, value)| (*name, value.as_str())).collect::<std::collections::BTreeMap<_, _>>(),
        "body": body,
        "status": status,
        "error": answer.err().map(|error| if error.is_timeout() { "no answer within 5 seconds" } else { "no connection" }),
        "duration_ms": world.clock.lasted(began),
        "attempt": pending.attempt,
    });
    world.deliveries.record(entry);
    world.queue.tried();
    if status == Some(200) {
        world.delivered(&pending);
    } else {
        world.undelivered(pending);
    }
    drop(world);
    shared.ring();
}
