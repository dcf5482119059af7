//! Meta, as this program knows it.

use std::sync::Arc;

use link_core::words::capabilities::Capabilities;
use link_core::words::clock::Clock;
use link_core::words::rates::{Allowance, Meter};
use link_core::{Error, ErrorKind, ExternalId, Result, Road, Secret};
use link_graph::decode::Catalogue;
use link_graph::webhook::Gatehouse;
use link_graph::{
    App, Client, Configuration, FacebookExaminer, FacebookLogin, Hosts, InstagramDirectory, InstagramExaminer, InstagramLogin, Load,
    PageDirectory, Version,
};
use link_instagram::Instagram;
use link_messenger::Messenger;
use link_sync::Carrier;

use crate::wiring::{PlatformParts, RoadParts, Seen, Sight, Wiring};

static MESSENGER: Capabilities = link_messenger::CAPABILITIES;
static INSTAGRAM: Capabilities = link_instagram::CAPABILITIES;

/// The app at Meta that this program is, and how it is reached.
#[derive(Debug, Clone)]
pub struct Meta {
    app_id: ExternalId,
    secret: Secret,
    verify_token: Secret,
    older_secrets: Vec<Secret>,
    instagram: Option<App>,
    instagram_secrets: Vec<Secret>,
    configuration: Option<Configuration>,
    hosts: Hosts,
    version: Version,
    http: Option<reqwest::Client>,
    accept_sha1: bool,
}

impl Meta {
    /// An app by its id and its secret; the verify token is any secret of your own, by which Meta recognises your webhook address.
    pub fn new(app_id: impl Into<String>, secret: impl Into<Secret>, verify_token: impl Into<Secret>) -> Result<Self> {
        Ok(Self {
            app_id: id(app_id, "read the app id")?,
            secret: secret.into(),
            verify_token: verify_token.into(),
            older_secrets: Vec::new(),
            instagram: None,
            instagram_secrets: Vec::new(),
            configuration: None,
            hosts: Hosts::META,
            version: Version::default(),
            http: None,
            accept_sha1: false,
        })
    }

    /// With a secret that was valid before: deliveries signed with it are still taken while you rotate.
    #[must_use]
    pub fn with_older_secret(mut self, secret: impl Into<Secret>) -> Self {
        self.older_secrets.push(secret.into());
        self
    }

    /// With Instagram Login: Instagram accounts can then also be linked by themselves, without a Page. The app is the Instagram one that
    /// belongs to the same Meta app; its id and its secret stand in the dashboard under Instagram.
    ///
    /// Fails with [`ErrorKind::Configuration`] if the id is none. The webhook's address is announced by the Meta app for both.
    pub fn with_instagram(mut self, app_id: impl Into<String>, secret: impl Into<Secret>) -> Result<Self> {
        let secret = secret.into();
        self.instagram_secrets.insert(0, secret.clone());
        self.instagram = Some(App::new(id(app_id, "read the Instagram app id")?, secret));
        Ok(self)
    }

    /// With a secret of the Instagram app that was valid before: deliveries signed with it are still taken while you rotate.
    #[must_use]
    pub fn with_older_instagram_secret(mut self, secret: impl Into<Secret>) -> Self {
        self.instagram_secrets.push(secret.into());
        self
    }

    /// Asking by a configuration of Facebook Login for Business instead of by scopes.
    #[must_use]
    pub fn with_configuration(mut self, configuration: Configuration) -> Self {
        self.configuration = Some(configuration);
        self
    }

    /// Reached under other addresses than Meta's own: an emulator's, a proxy's.
    #[must_use]
    pub fn at(mut self, hosts: Hosts) -> Self {
        self.hosts = hosts;
        self
    }

    /// With another version of the Graph API than the default.
    #[must_use]
    pub const fn with_version(mut self, version: Version) -> Self {
        self.version = version;
        self
    }

    /// With an HTTP client of your own. It should not follow redirects, and give a call up within half a minute: what is being sent for longer than
    /// that may end as unknown.
    #[must_use]
    pub fn with_http(mut self, http: reqwest::Client) -> Self {
        self.http = Some(http);
        self
    }

    /// Taking deliveries that carry only the legacy SHA-1 signature.
    #[must_use]
    pub const fn accepting_sha1(mut self) -> Self {
        self.accept_sha1 = true;
        self
    }

    /// Messenger and Page-linked Instagram over Facebook Login, and with an Instagram app also Instagram Login.
    pub fn wire(self, clock: Arc<dyn Clock>) -> Result<Wiring> {
        let client = self.client(App::new(self.app_id.clone(), self.secret.clone()), clock.clone())?;
        let own = self.instagram.as_ref().map(|app| self.client(app.clone(), clock)).transpose()?;
        let mut wiring = Wiring::new(Arc::new(self.gatehouse()?), Arc::new(Catalogue), self.verify_token)
            .answering_as(std::iter::once(self.app_id).chain(self.instagram.map(|app| app.id)))
            .with_road(facebook_road(&client, self.configuration))
            .with_sight(Arc::new(Graph { client: client.clone(), own: own.clone() }))
            .with_meter(Arc::new(Used { client: client.clone(), own: own.clone() }))
            .with_platform(messenger(&client))
            .with_platform(instagram(&client, own.as_ref()));
        if let Some(own) = own {
            wiring = wiring.with_road(instagram_road(&client, &own));
        }
        Ok(wiring)
    }

    fn client(&self, app: App, clock: Arc<dyn Clock>) -> Result<Client> {
        let mut builder = Client::builder(app).hosts(self.hosts.clone()).version(self.version).clock(clock);
        if let Some(http) = &self.http {
            builder = builder.http(http.clone());
        }
        builder.build()
    }

    fn gatehouse(&self) -> Result<Gatehouse> {
        let facebook = std::iter::once(&self.secret).chain(&self.older_secrets).map(|secret| (Road::FACEBOOK, secret.clone()));
        // Without an Instagram app nothing that its former secrets signed can be for us.
        let own = self.instagram_secrets.iter().filter(|_| self.instagram.is_some()).map(|secret| (Road::INSTAGRAM, secret.clone()));
        Ok(Gatehouse::new(facebook.chain(own))?.with_verify_token(self.verify_token.clone()).accept_sha1(self.accept_sha1))
    }
}

fn id(id: impl Into<String>, what: &'static str) -> Result<ExternalId> {
    ExternalId::new(id).map_err(|invalid| Error::new(ErrorKind::Configuration, what).with_source(invalid))
}

fn facebook_road(client: &Client, configuration: Option<Configuration>) -> RoadParts {
    let mut login = FacebookLogin::new(client.clone());
    if let Some(configuration) = configuration {
        login = login.with_configuration(configuration);
    }
    RoadParts::new(Arc::new(login), Arc::new(PageDirectory::new(client.clone())))
        .with_examiner(Arc::new(FacebookExaminer::new(client.clone())))
}

fn instagram_road(meta: &Client, own: &Client) -> RoadParts {
    let examiner = InstagramExaminer::new(own.clone()).of_meta_app(meta.app().id.clone());
    RoadParts::new(Arc::new(InstagramLogin::new(own.clone())), Arc::new(InstagramDirectory::new(own.clone())))
        .with_examiner(Arc::new(examiner))
}

fn messenger(client: &Client) -> PlatformParts {
    let ports = Arc::new(Messenger::new(client.clone()));
    let carrier = Carrier { capabilities: &MESSENGER, sender: ports.clone(), history: ports.clone(), profiles: ports.clone() };
    PlatformParts::new(carrier, ports.clone(), vec![link_messenger::REQUIREMENTS]).with_uploads(ports)
}

fn instagram(client: &Client, own: Option<&Client>) -> PlatformParts {
    let ports = Instagram::new(client.clone());
    let ports = Arc::new(match own {
        Some(own) => ports.with_login(own.clone()),
        None => ports,
    });
    let carrier = Carrier { capabilities: &INSTAGRAM, sender: ports.clone(), history: ports.clone(), profiles: ports.clone() };
    PlatformParts::new(carrier, ports.clone(), vec![link_instagram::REQUIREMENTS]).with_uploads(ports.clone()).with_posts(ports)
}

/// What the answers to both apps showed.
struct Graph {
    client: Client,
    own: Option<Client>,
}

impl Sight for Graph {
    fn seen(&self) -> Seen {
        let (last, own) = (self.client.last_seen(), self.own.as_ref().map(Client::last_seen));
        // The time is the platform's, whichever app it is told to: the later answer tells it.
        let latest = own.as_ref().filter(|own| own.ahead.is_some() && own.at > last.at).unwrap_or(&last);
        let clock_ahead = latest.ahead.or(last.ahead);
        let mut seen = Seen { served_version: last.served.map(|version| version.to_string()), clock_ahead, ..Seen::default() };
        let mut left = |name: String, load: Load| seen.budget_left.insert(name, 100_u32.saturating_sub(load.highest()));
        for (name, load) in [("app", last.usage.app), ("page", last.usage.page)] {
            if let Some(load) = load {
                left(name.to_owned(), load);
            }
        }
        for business in &last.usage.business {
            left(format!("{}:{}", business.kind, business.asset), business.load);
        }
        seen
    }
}

/// How much of the allowances the answers of both apps say is used up.
struct Used {
    client: Client,
    own: Option<Client>,
}

impl Meter for Used {
    fn allowances(&self) -> Vec<Allowance> {
        let mut told = self.client.last_seen().usage.allowances(&Road::FACEBOOK);
        told.extend(self.own.iter().flat_map(|own| own.last_seen().usage.allowances(&Road::INSTAGRAM)));
        told
    }
}
