//! An app's webhook endpoint, for as long as a test lasts.

use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::{Query, State};
use axum::routing::get;
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::Mutex;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

pub(crate) struct Receiver {
    pub(crate) url: String,
    status: Arc<AtomicU16>,
    arrived: Mutex<UnboundedReceiver<Arrived>>,
}

#[derive(Debug)]
pub(crate) struct Arrived {
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Arrived {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The first messaging item of the first entry.
    pub(crate) fn item(&self) -> Value {
        self.json()["entry"][0]["messaging"][0].clone()
    }
}

type Desk = (UnboundedSender<Arrived>, Arc<AtomicU16>);

impl Receiver {
    pub(crate) async fn start() -> Self {
        let (sender, arrived) = unbounded_channel();
        let status = Arc::new(AtomicU16::new(200));
        let router = Router::new().route("/hook", get(handshake).post(notification)).with_state((sender, status.clone()));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, status, arrived: Mutex::new(arrived) }
    }

    /// Answers every notification with this status from now on.
    pub(crate) fn answer(&self, status: u16) {
        self.status.store(status, Ordering::SeqCst);
    }

    /// The next notification; a test fails when none comes.
    pub(crate) async fn next(&self) -> Arrived {
        let mut arrived = self.arrived.lock().await;
        match tokio::time::timeout(Duration::from_secs(10), arrived.recv()).await {
            Ok(Some(arrived)) => arrived,
            _ => panic!("no notification came"),
        }
    }

    /// Whether something has come that nobody asked for yet.
    pub(crate) async fn is_empty(&self) -> bool {
        self.arrived.lock().await.is_empty()
    }
}

#[derive(serde::Deserialize)]
struct Handshake {
    #[serde(rename = "hub.challenge")]
    challenge: String,
    #[serde(rename = "hub.verify_token")]
    verify_token: String,
}

async fn handshake(Query(asked): Query<Handshake>) -> (StatusCode, String) {
    if asked.verify_token == "sandbox-verify" { (StatusCode::OK, asked.challenge) } else { (StatusCode::FORBIDDEN, String::new()) }
}

async fn notification(State((sender, status)): State<Desk>, headers: HeaderMap, body: Bytes) -> StatusCode {
    sender.send(Arrived { headers, body }).ok();
    StatusCode::from_u16(status.load(Ordering::SeqCst)).unwrap_or(StatusCode::OK)
}
