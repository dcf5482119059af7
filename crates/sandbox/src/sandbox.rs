//! Starting and stopping.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::controls::Controls;
use crate::door::{Arrival, Door};
use crate::ports;
use crate::server::{Origin, Shared, router};
use crate::webhooks::worker;
use crate::world::World;
use crate::world::seed::{SeedError, default_seed};

/// How long calls that are still being answered may keep a sandbox from stopping.
const PATIENCE: Duration = Duration::from_secs(2);

/// A running sandbox. Dropping it stops it.
#[derive(Debug)]
pub struct Sandbox {
    facebook: SocketAddr,
    instagram: SocketAddr,
    facebook_tls: Option<SocketAddr>,
    instagram_tls: Option<SocketAddr>,
    ca_pem: Option<String>,
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
    /// There is no port so far behind the one that was asked for.
    #[error("listen on loopback port {port} and {further} more: the last port is 65535")]
    PastTheLast {
        /// The port that was asked for.
        port: u16,
        /// How many ports after it are needed.
        further: u16,
    },
    /// The certificates could not be made.
    #[error("make certificates")]
    Tls(#[source] Box<dyn std::error::Error + Send + Sync>),
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
    tls: bool,
    at: Option<DateTime<Utc>>,
    seed: Option<Value>,
    ledger: Option<u32>,
}

impl Builder {
    /// The Facebook origin's port; the Instagram origin gets the next one. 0, the default, picks free ones.
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Listens with TLS as well, on the two ports after those of the plain origins, as the real hosts. Clients trust
    /// [`Sandbox::ca_pem`] for it, which is another one at each start. Needs the feature `tls`.
    #[cfg(feature = "tls")]
    pub fn tls(mut self) -> Self {
        self.tls = true;
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

    /// Keeps so many entries of each ledger, whatever the seed says. 20,000 when nobody says anything.
    pub fn ledger(mut self, entries: u32) -> Self {
        self.ledger = Some(entries);
        self
    }

    /// Starts listening.
    pub async fn start(self) -> Result<Sandbox, StartError> {
        let mut seed = self.seed.unwrap_or_else(default_seed);
        if let Some(entries) = self.ledger {
            keep(&mut seed, entries);
        }
        let world = World::from_seed(&seed, self.at)?;
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(Duration::from_secs(5))
            .user_agent("facebookexternalua")
            .build()
            .map_err(|error| StartError::Client(error.into()))?;
        let (plain, encrypted) = ports::open(self.port, self.tls).await?;
        let shared = Arc::new(Shared::new(world, seed, self.at, client));
        let (stop, stopped) = watch::channel(false);
        let sandbox = Sandbox {
            facebook: plain.facebook.address,
            instagram: plain.instagram.address,
            facebook_tls: encrypted.as_ref().map(|pair| pair.facebook.address),
            instagram_tls: encrypted.as_ref().map(|pair| pair.instagram.address),
            ca_pem: None,
            stop,
            tasks: vec![
                serve(Door(plain.facebook.listener), &shared, Origin::Facebook, stopped.clone()),
                serve(Door(plain.instagram.listener), &shared, Origin::Instagram, stopped.clone()),
                tokio::spawn(worker::run(shared.clone(), stopped.clone())),
            ],
        };
        #[cfg(feature = "tls")]
        let sandbox = match encrypted {
            Some(pair) => sandbox.with_tls(pair, &shared, &stopped).map_err(StartError::Tls)?,
            None => sandbox,
        };
        Ok(sandbox)
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

    /// The Facebook origin over TLS, such as `https://127.0.0.1:8703`, when it was asked for with `Builder::tls`.
    pub fn facebook_tls(&self) -> Option<String> {
        self.facebook_tls.map(|address| format!("https://{address}"))
    }

    /// The Instagram origin over TLS.
    pub fn instagram_tls(&self) -> Option<String> {
        self.instagram_tls.map(|address| format!("https://{address}"))
    }

    /// The certificate of the authority that signed for the origins over TLS, for clients to trust. Its key is kept
    /// nowhere.
    pub fn ca_pem(&self) -> Option<&str> {
        self.ca_pem.as_deref()
    }

    /// A remote control for this sandbox.
    pub fn controls(&self) -> Controls {
        Controls::new(&self.facebook(), &self.instagram())
    }

    /// Stops, and waits until all origins are closed.
    pub async fn shutdown(mut self) {
        self.stop.send_replace(true);
        let until = tokio::time::Instant::now() + PATIENCE;
        for mut task in std::mem::take(&mut self.tasks) {
            if tokio::time::timeout_at(until, &mut task).await.is_err() {
                task.abort();
            }
        }
    }

    #[cfg(feature = "tls")]
    fn with_tls(
        mut self,
        pair: ports::Pair,
        shared: &Arc<Shared>,
        stopped: &watch::Receiver<bool>,
    ) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        use crate::door::encrypted::EncryptedDoor;
        use crate::tls::{Authority, FACEBOOK, INSTAGRAM};

        let authority = Authority::new()?;
        let facebook = EncryptedDoor::new(pair.facebook.listener, authority.acceptor(&FACEBOOK)?);
        let instagram = EncryptedDoor::new(pair.instagram.listener, authority.acceptor(&INSTAGRAM)?);
        self.tasks.push(serve(facebook, shared, Origin::Facebook, stopped.clone()));
        self.tasks.push(serve(instagram, shared, Origin::Instagram, stopped.clone()));
        self.ca_pem = Some(authority.pem());
        Ok(self)
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.stop.send_replace(true);
    }
}

/// Writes the ledgers' size into a seed, so that it outlives a reset. What is no seed is left to whoever reads it.
fn keep(seed: &mut Value, entries: u32) {
    let Some(seed) = seed.as_object_mut() else { return };
    let limits = seed.entry("limits").or_insert(Value::Null);
    match limits {
        Value::Null => *limits = json!({"ledger_entries": entries}),
        Value::Object(limits) => drop(limits.insert("ledger_entries".to_owned(), json!(entries))),
        _ => {}
    }
}

fn serve<L>(door: L, shared: &Arc<Shared>, origin: Origin, mut stopped: watch::Receiver<bool>) -> JoinHandle<()>
where
    L: Listener<Addr = SocketAddr>,
    Arrival: for<'a> Connected<IncomingStream<'a, L>>,
{
    let service = router(shared.clone(), origin).into_make_service_with_connect_info::<Arrival>();
    let shared = shared.clone();
    let until = async move {
        // The sender goes away with the sandbox, which stops it just as well.
        stopped.wait_for(|stop| *stop).await.ok();
        shared.pulse.end();
    };
    tokio::spawn(async move {
        let served = axum::serve(door, service).with_graceful_shutdown(until);
        if let Err(error) = served.await {
            tracing::warn!(%error, "an origin stopped listening");
        }
    })
}
