//! Notices about people rather than messages: permissions, deauthorisation, deletion of data.

use std::sync::Arc;
use std::time::Instant;

use serde_json::{Value, json};

use super::queue::Pending;
use super::sign;
use crate::clock::rfc3339;
use crate::server::Shared;
use crate::world::World;

/// A `signed_request` to be posted to one of an app's own addresses.
#[derive(Clone, Debug)]
pub(crate) struct Letter {
    app: String,
    kind: &'static str,
    url: String,
    signed_request: String,
}

impl World {
    /// Where an app, or its Instagram product, wants to be told of removals and of deletions.
    pub(crate) fn letter_box(&self, app: &str) -> Option<(Option<String>, Option<String>)> {
        if let Some(app) = self.app(app) {
            return Some((app.deauthorize_url.clone(), app.data_deletion_url.clone()));
        }
        let product = self.instagram_app(app)?.instagram.as_ref()?;
        Some((product.deauthorize_url.clone(), product.data_deletion_url.clone()))
    }

    /// Writes a letter that tells an app of a person, signed with the app's secret, if the app has an address for it.
    pub(crate) fn letter(&mut self, app: &str, kind: &'static str, url: Option<String>, person: &str) {
        self.signed_letter(app, kind, url, json!({"user_id": person}));
    }

    /// The same of a Page, which has removed an app: no user is named.
    pub(crate) fn letter_of_page(&mut self, app: &str, page: &str) {
        let url = self.letter_box(app).and_then(|(removed, _)| removed);
        self.signed_letter(app, "deauthorize", url, json!({"user_id": null, "profile_id": page}));
    }

    fn signed_letter(&mut self, app: &str, kind: &'static str, url: Option<String>, mut payload: Value) {
        let Some(url) = url else { return };
        let secret = self.webhook_secret(app).unwrap_or_default();
        payload["algorithm"] = json!("HMAC-SHA256");
        payload["issued_at"] = json!(self.now().timestamp());
        let signed_request = sign::signed_request(&secret, &payload);
        self.letters.push(Letter { app: app.to_owned(), kind, url, signed_request });
    }

    /// Tells an app, if it subscribed to `permissions`, what a person granted or revoked.
    pub(crate) fn tell_permission(&mut self, app: &str, person: &str, permission: &str, verb: &str) {
        let subscribed = self.callbacks.iter().any(|it| it.app == app && it.object == "permissions" && it.fields.contains(permission));
        if !subscribed {
            return;
        }
        let change = if permission == "connected" {
            json!({"field": permission, "verb": verb})
        } else {
            json!({"field": permission, "value": {"verb": verb}})
        };
        let now = self.now();
        let entry = json!({"id": person, "uid": person, "time": now.timestamp(), "changes": [change]});
        self.enqueue(Pending {
            app: app.to_owned(),
            object: "permissions".to_owned(),
            account: person.to_owned(),
            field: permission.to_owned(),
            entries: vec![entry],
            attempt: 0,
            since: now,
            due: now,
        });
    }
}

/// Posts the letters that were written, in the background, one after another and once each.
pub(crate) fn post(shared: &Arc<Shared>) {
    let (generation, letters) = {
        let mut world = shared.world();
        (world.generation, std::mem::take(&mut world.letters))
    };
    if letters.is_empty() {
        return;
    }
    let shared = shared.clone();
    tokio::spawn(async move {
        for letter in letters {
            send(&shared, generation, letter).await;
        }
    });
}

async fn send(shared: &Shared, generation: u64, letter: Letter) {
    let began = Instant::now();
    let form = [("signed_request", letter.signed_request.as_str())];
    let answer = shared.client.post(&letter.url).form(&form).send().await;
    let (status, body) = match answer {
        Ok(answer) => {
            let status = answer.status().as_u16();
            (Some(status), answer.text().await.unwrap_or_default())
        }
        Err(_) => (None, String::new()),
    };
    let mut world = shared.world();
    if world.generation != generation {
        return;
    }
    let entry = json!({
        "at": rfc3339(world.now()),
        "kind": letter.kind,
        "app": letter.app,
        "url": letter.url,
        "headers": {"content-type": "application/x-www-form-urlencoded"},
        "body": format!("signed_request={}", letter.signed_request),
        "status": status,
        "answer": serde_json::from_str::<Value>(&body).unwrap_or(Value::Null),
        "duration_ms": world.clock.lasted(began),
        "attempt": 1,
    });
    world.deliveries.record(entry);
    drop(world);
    shared.ring();
}
