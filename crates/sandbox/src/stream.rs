//! `GET /_sandbox/stream`: tells a browser, as server-sent events, that something has changed.
//!
//! An event names no change. It says how far both ledgers have come, and whoever listens reads the rest.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::State;
use futures::stream;
use http::{HeaderValue, Response, header};
use serde_json::json;
use tokio::sync::watch;

use crate::server::{Origin, Shared};

/// Changes within this time are told in one event.
const PAUSE: Duration = Duration::from_millis(100);
/// How often a quiet stream shows that it is still there.
const SIGN_OF_LIFE: Duration = Duration::from_secs(15);

/// Counts changes, and wakes those who listen.
#[derive(Debug, Default)]
pub(crate) struct Pulse(watch::Sender<Beat>);

#[derive(Clone, Copy, Debug, Default)]
struct Beat {
    changes: u64,
    over: bool,
}

impl Pulse {
    /// Something has changed.
    pub(crate) fn beat(&self) {
        self.0.send_modify(|beat| beat.changes += 1);
    }

    /// Nothing will change any more; open streams end, so that a server can stop.
    pub(crate) fn end(&self) {
        self.0.send_modify(|beat| beat.over = true);
    }
}

/// Where a stream stands between two events.
struct Listener {
    shared: Arc<Shared>,
    beats: watch::Receiver<Beat>,
    begun: bool,
}

/// Answers with events until the sandbox stops or the listener leaves.
pub(crate) async fn answer(State((shared, _)): State<(Arc<Shared>, Origin)>) -> Response<Body> {
    let beats = shared.pulse.0.subscribe();
    let listener = Listener { shared, beats, begun: false };
    let events = stream::unfold(listener, |mut listener| async move {
        let event = listener.next().await?;
        Some((Ok::<_, Infallible>(Bytes::from(event)), listener))
    });
    let mut response = Response::new(Body::from_stream(events));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

impl Listener {
    /// The next event; the first says where the world stands, `None` that it has ended.
    async fn next(&mut self) -> Option<String> {
        if self.begun {
            match tokio::time::timeout(SIGN_OF_LIFE, self.beats.changed()).await {
                Err(_) => return Some(": still here\n\n".to_owned()),
                Ok(Err(_)) => return None,
                Ok(Ok(())) => self.gather().await,
            }
        }
        self.begun = true;
        let beat = *self.beats.borrow_and_update();
        (!beat.over).then(|| self.event(beat))
    }

    /// Lets the changes of a moment come together, unless it is over.
    async fn gather(&mut self) {
        let over = self.beats.wait_for(|beat| beat.over);
        // Whether the moment passed or the end came is read from the beat.
        tokio::time::timeout(PAUSE, over).await.ok();
    }

    fn event(&self, beat: Beat) -> String {
        let world = self.shared.world();
        let told = json!({
            "change": beat.changes,
            "world": world.generation,
            "calls": world.calls.last(),
            "deliveries": world.deliveries.last(),
        });
        format!("data: {told}\n\n")
    }
}
