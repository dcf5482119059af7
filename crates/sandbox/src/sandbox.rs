//! Starting and stopping.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::controls::Controls;
use crate::door::{Door, Fuse};
use crate::server::{Origin, Shared, router};
use crate::webhooks::worker;
use crate::world::World;
use crate::world::seed::{SeedError, default_seed};

/// A running sandbox. Dropping it stops it.
#[derive(Debug)]
pub struct Sandbox {
    facebook: SocketAddr,
    instagram: SocketAddr,
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
}

/// Why a sandbox did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The port is taken or not allowed.
    #[error("listen on loopback port {port}")]
    Listen {
        /// The port that was asked for.
        port: u16,
        /// What the system said.
        source: std::io::Error,
    },
    /// The seed does not describe a world.
    #[error("read the seed")]
    Seed(#[from] SeedError),
    /// The client that delivers webhooks could not be made.
    #[error("prepare webhook deliveries")]
    Client(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// How a sandbox is started.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Builder {
    port: u16,
    at: Option<DateTime<Utc>>,
    seed: Option<Value>,
}

impl Builder {
    /// The Facebook origin's port; the Instagram origin gets the next one. 0, the default, picks free ones.
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Starts at this time, frozen: the clock then moves by [`Controls::advance`] only, and everything repeats.
    pub fn at(mut self, at: DateTime<Utc>) -> Self {
        self.at = Some(at);
        self
    }

    /// Uses this world instead of the default one; see [`default_seed`] for the form.
    pub fn seed(mut self, seed: Value) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Starts listening.
    pub async fn start(self) -> Result<Sandbox, StartError> {
        let seed = self.seed.unwrap_or_else(default_seed);
        let world = World::from_seed(&seed, self.at)?;
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(Duration::from_secs(5))
            .user_agent("facebookexternalua")
            .build()
            .map_err(|error| StartError::Client(error.into()))?;
        let (facebook, instagram) = doors(self.port).await?;
        let shared = Arc::new(Shared::new(world, seed, self.at, client));
        let (stop, stopped) = watch::channel(false);
        let addresses = (local(&facebook, self.port)?, local(&instagram, self.port)?);
        let tasks = vec![
            serve(facebook, &shared, Origin::Facebook, stopped.clone()),
            serve(instagram, &shared, Origin::Instagram, stopped.clone()),
            tokio::spawn(worker::run(shared, stopped)),
        ];
        Ok(Sandbox { facebook: addresses.0, instagram: addresses.1, stop, tasks })
    }
}

impl Sandbox {
    /// Starts the default world on free ports.
    pub async fn start() -> Result<Self, StartError> {
        Self::builder().start().await
    }

    /// A sandbox to be started with other settings.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// The origin that stands for `www.facebook.com` and `graph.facebook.com`, such as `http://127.0.0.1:8701`.
    pub fn facebook(&self) -> String {
        format!("http://{}", self.facebook)
    }

    /// The origin that stands for Instagram's hosts.
    pub fn instagram(&self) -> String {
        format!("http://{}", self.instagram)
    }

    /// A remote control for this sandbox.
    pub fn controls(&self) -> Controls {
        Controls::new(&self.facebook(), &self.instagram())
    }

    /// Stops, and waits until both origins are closed.
    pub async fn shutdown(mut self) {
        self.stop.send_replace(true);
        for mut task in std::mem::take(&mut self.tasks) {
            if tokio::time::timeout(Duration::from_secs(2), &mut task).await.is_err() {
                task.abort();
            }
        }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.stop.send_replace(true);
    }
}

fn serve(listener: TcpListener, shared: &Arc<Shared>, origin: Origin, mut stopped: watch::Receiver<bool>) -> JoinHandle<()> {
    let service = router(shared.clone(), origin).into_make_service_with_connect_info::<Fuse>();
    let shared = shared.clone();
    let until = async move {
        // The sender goes away with the sandbox, which stops it just as well.
        stopped.wait_for(|stop| *stop).await.ok();
        shared.pulse.end();
    };
    tokio::spawn(async move {
        let served = axum::serve(Door(listener), service).with_graceful_shutdown(until);
        if let Err(error) = served.await {
            tracing::warn!(%error, "an origin stopped listening");
        }
    })
}

async fn doors(port: u16) -> Result<(TcpListener, TcpListener), StartError> {
    let second = if port == 0 { 0 } else { port.checked_add(1).unwrap_or(0) };
    Ok((listen(port).await?, listen(second).await?))
}

async fn listen(port: u16) -> Result<TcpListener, StartError> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(|source| StartError::Listen { port, source })
}

fn local(listener: &TcpListener, port: u16) -> Result<SocketAddr, StartError> {
    listener.local_addr().map_err(|source| StartError::Listen { port, source })
}
