//! Setting a client up.

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use link_core::words::clock::{Clock, SystemClock};
use link_core::{Error, ErrorKind, Result};

use super::{App, Client, Hosts, Inner, Version};

/// Sets a [`Client`] up.
pub struct ClientBuilder {
    app: App,
    hosts: Hosts,
    version: Version,
    http: Option<reqwest::Client>,
    clock: Arc<dyn Clock>,
}

impl ClientBuilder {
    pub(super) fn new(app: App) -> Self {
        Self { app, hosts: Hosts::META, version: Version::default(), http: None, clock: Arc::new(SystemClock) }
    }

    /// With other addresses than Meta's own.
    #[must_use]
    pub fn hosts(mut self, hosts: Hosts) -> Self {
        self.hosts = hosts;
        self
    }

    /// With another version of the Graph API.
    #[must_use]
    pub const fn version(mut self, version: Version) -> Self {
        self.version = version;
        self
    }

    /// With an HTTP client of the embedder's own. It should not follow redirects, which would log addresses, nor be verbose,
    /// and give a call up within half a minute; a film that the platform fetches may take one and a half, and a file five.
    #[must_use]
    pub fn http(mut self, http: reqwest::Client) -> Self {
        self.http = Some(http);
        self
    }

    /// With another clock, which is asked only when an answer has no `Date`.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// The client. Without an HTTP client of the embedder's own: ten seconds to connect, thirty for everything but files and films, no
    /// redirects.
    pub fn build(self) -> Result<Client> {
        let http = match self.http {
            Some(http) => http,
            None => reqwest::Client::builder()
                .connect_timeout(Duration::from_secs(10))
                .timeout(Duration::from_secs(30))
                .redirect(reqwest::redirect::Policy::none())
                .user_agent(concat!("link-kit/", env!("CARGO_PKG_VERSION")))
                .build()
                .map_err(|error| Error::new(ErrorKind::Configuration, "set up the HTTP client").with_source(error.without_url()))?,
        };
        let (hosts, version, app, clock) = (self.hosts, self.version, self.app, self.clock);
        Ok(Client(Arc::new(Inner { http, hosts, version, app, clock, last: Mutex::default() })))
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder").field("app", &self.app.id).field("version", &self.version).finish_non_exhaustive()
    }
}
