//! What the machine allows: the same server stack with nothing behind it, and an endpoint for webhooks.

use std::io;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use axum::Router;
use axum::extract::{Query, State};
use axum::routing::get;
use bytes::Bytes;
use serde::Deserialize;
use tokio::net::TcpListener;
use tokio::runtime::Builder;

/// When the first and the last notification came, and how many.
#[derive(Clone, Copy, Debug)]
pub(super) struct Arrivals {
    pub(super) count: u64,
    pub(super) first: Instant,
    pub(super) last: Instant,
}

/// A server of two paths: `/constant` answers the same few bytes to everybody, `/hook` takes notifications.
#[derive(Clone, Debug)]
pub(super) struct Mirror {
    /// Host and port.
    pub(super) address: String,
    arrivals: Arc<Mutex<Option<Arrivals>>>,
}

#[derive(Deserialize)]
struct Handshake {
    #[serde(rename = "hub.challenge")]
    challenge: String,
}

impl Mirror {
    /// Starts it, with threads of its own, for as long as the program runs.
    pub(super) fn start() -> io::Result<Self> {
        let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?.to_string();
        let arrivals = Arc::default();
        let router = Router::new()
            .route("/constant", get(|| async { r#"{"id":"3000000000000001","name":"Harbour Books"}"# }))
            .route("/hook", get(|Query(asked): Query<Handshake>| async { asked.challenge }).post(arrived))
            .with_state(Arc::clone(&arrivals));
        std::thread::spawn(move || {
            if let Err(error) = runtime.block_on(async { axum::serve(TcpListener::from_std(listener)?, router).await }) {
                eprintln!("the endpoint for webhooks stopped: {error}");
            }
        });
        Ok(Self { address, arrivals })
    }

    /// What came since it was last forgotten.
    pub(super) fn arrivals(&self) -> Option<Arrivals> {
        *self.arrivals.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts counting anew.
    pub(super) fn forget(&self) {
        *self.arrivals.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

async fn arrived(State(arrivals): State<Arc<Mutex<Option<Arrivals>>>>, body: Bytes) {
    // What the body says is somebody else's matter; that it came whole is not.
    drop(body);
    let now = Instant::now();
    let mut arrivals = arrivals.lock().unwrap_or_else(PoisonError::into_inner);
    let known = arrivals.get_or_insert(Arrivals { count: 0, first: now, last: now });
    known.count += 1;
    known.last = now;
}
