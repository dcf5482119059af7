//! Asking a callback whether it is one.

use std::time::Instant;

use serde_json::{Value, json};

use super::subscriptions::Callback;
use crate::clock::rfc3339;
use crate::graph::error::Refusal;
use crate::server::Shared;

/// A callback that has yet to prove itself.
#[derive(Debug)]
pub(crate) struct Handshake {
    pub(crate) callback: Callback,
    pub(crate) verify_token: String,
    pub(crate) challenge: String,
}

/// Calls the callback; keeps it when it repeats the challenge.
pub(crate) async fn shake(shared: &Shared, handshake: Handshake) -> Result<Value, Refusal> {
    let Handshake { callback, verify_token, challenge } = handshake;
    let query = [("hub.mode", "subscribe"), ("hub.challenge", challenge.as_str()), ("hub.verify_token", verify_token.as_str())];
    let generation = shared.world().generation;
    let began = Instant::now();
    let answer = shared.client.get(&callback.url).query(&query).send().await;
    let (status, body) = match answer {
        Ok(answer) => {
            let status = answer.status();
            (Some(status.as_u16()), answer.text().await.unwrap_or_default())
        }
        Err(_) => (None, String::new()),
    };
    let passed = status == Some(200) && body == challenge;
    let mut world = shared.world();
    if world.generation != generation {
        return Err(Refusal::coded(2200, "The world began anew before the callback answered."));
    }
    let entry = json!({
        "at": rfc3339(world.now()),
        "kind": "handshake",
        "app": callback.app,
        "object": callback.object,
        "url": callback.url,
        "headers": {},
        "body": "",
        "status": status,
        "duration_ms": world.clock.lasted(began),
        "attempt": 1,
        "ok": passed,
    });
    world.deliveries.record(entry);
    if passed {
        world.keep_callback(callback);
        return Ok(json!({"success": true}));
    }
    let sentence = match status {
        None => "The URL couldn't be validated. The callback did not answer in time.".to_owned(),
        Some(200) => "The URL couldn't be validated. The response does not match the challenge.".to_owned(),
        Some(status) => {
            format!("The URL couldn't be validated. Callback verification failed with the following errors: HTTP Status Code = {status}")
        }
    };
    Err(Refusal::coded(2200, &sentence))
}
