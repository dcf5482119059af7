//! Meta, as this program knows it.

use std::sync::Arc;

use link_core::words::capabilities::Capabilities;
use link_core::words::clock::Clock;
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
///
/// With [`Meta::with_instagram`] accounts of Instagram can sign in by themselves too, without a Page; that road has an app of its own.
#[derive(Debug, Clone)]
pub struct Meta {
    app_id: ExternalId,
    secret: Secret,
    verify_token: Secret,
    older_secrets: Vec<Secret>,
    instagram: Option<(ExternalId, Secret)>,
    older_instagram_secrets: Vec<Secret>,
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
            older_instagram_secrets: Vec::new(),
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

    /// With the Instagram app, by which accounts sign in without a Page: its id and its secret stand in the panel of the Instagram product
    /// and are not those of [`Meta::new`].
    ///
    /// Deliveries about such accounts are taken if either app's secret signed them: Meta's pages do not agree which one does.
    pub fn with_instagram(mut self, app_id: impl Into<String>, secret: impl Into<Secret>) -> Result<Self> {
        self.instagram = Some((id(app_id, "read the Instagram app's id")?, secret.into()));
        Ok(self)
    }

    /// With another secret that signs deliveries of the Instagram app: one that was valid before, while you rotate. Any number of them.
    #[must_use]
    pub fn with_older_instagram_secret(mut self, secret: impl Into<Secret>) -> Self {
        self.older_instagram_secrets.push(secret.into());
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

    /// With an HTTP client of your own.
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

    /// Messenger, and Instagram by each road that there is an app for.
    pub fn wire(self, clock: Arc<dyn Clock>) -> Result<Wiring> {
        let client = self.client(App::new(self.app_id.clone(), self.secret.clone()), &clock)?;
        let instagram_client = self.instagram.clone().map(|(id, secret)| self.client(App::new(id, secret), &clock)).transpose()?;
        let mut login = FacebookLogin::new(client.clone());
        if let Some(configuration) = self.configuration.clone() {
            login = login.with_configuration(configuration);
        }
        let wiring = Wiring::new(Arc::new(self.gatehouse()?), Arc::new(Catalogue), self.verify_token)
            .with_road(
                RoadParts::new(Arc::new(login), Arc::new(PageDirectory::new(client.clone())))
                    .with_examiner(Arc::new(FacebookExaminer::new(client.clone()))),
            )
            .with_sight(Arc::new(Graph(client.clone())))
            .with_platform(messenger(&client))
            .with_platform(instagram(&client, instagram_client.as_ref()));
        Ok(match instagram_client {
            Some(client) => wiring.with_road(instagram_login(&client)),
            None => wiring,
        })
    }

    fn client(&self, app: App, clock: &Arc<dyn Clock>) -> Result<Client> {
        let mut builder = Client::builder(app).hosts(self.hosts.clone()).version(self.version).clock(clock.clone());
        if let Some(http) = self.http.clone() {
            builder = builder.http(http);
        }
        builder.build()
    }

    /// Takes what any of the secrets signed; which one did names the road. Where both apps' secrets are one, it is Facebook's.
    fn gatehouse(&self) -> Result<Gatehouse> {
        let facebook = std::iter::once(&self.secret).chain(&self.older_secrets).map(|secret| (Road::FACEBOOK, secret.clone()));
        let own = self.instagram.iter().map(|(_, secret)| secret);
        let instagram = own.chain(&self.older_instagram_secrets).map(|secret| (Road::INSTAGRAM, secret.clone()));
        Ok(Gatehouse::new(facebook.chain(instagram))?.with_verify_token(self.verify_token.clone()).accept_sha1(self.accept_sha1))
    }
}

fn id(id: impl Into<String>, what: &'static str) -> Result<ExternalId> {
    ExternalId::new(id).map_err(|invalid| Error::new(ErrorKind::Configuration, what).with_source(invalid))
}

fn messenger(client: &Client) -> PlatformParts {
    let ports = Arc::new(Messenger::new(client.clone()));
    let carrier = Carrier { capabilities: &MESSENGER, sender: ports.clone(), history: ports.clone(), profiles: ports.clone() };
    PlatformParts::new(carrier, ports, vec![link_messenger::REQUIREMENTS])
}

fn instagram(client: &Client, login: Option<&Client>) -> PlatformParts {
    let ports = Instagram::new(client.clone());
    let ports = Arc::new(match login {
        Some(login) => ports.with_login(login.clone()),
        None => ports,
    });
    let carrier = Carrier { capabilities: &INSTAGRAM, sender: ports.clone(), history: ports.clone(), profiles: ports.clone() };
    PlatformParts::new(carrier, ports, vec![link_instagram::REQUIREMENTS])
}

fn instagram_login(client: &Client) -> RoadParts {
    let login = InstagramLogin::new(client.clone());
    RoadParts::new(Arc::new(login), Arc::new(InstagramDirectory::new(client.clone())))
        .with_examiner(Arc::new(InstagramExaminer::new(client.clone())))
}

/// What the client's answers showed.
struct Graph(Client);

impl Sight for Graph {
    fn seen(&self) -> Seen {
        let last = self.0.last_seen();
        let mut seen = Seen { served_version: last.served.map(|version| version.to_string()), clock_ahead: last.ahead, ..Seen::default() };
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

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use link_core::words::clock::SystemClock;
    use link_core::words::ports::{Delivery, Received, Rejected};

    use super::*;

    const BODY: &[u8] = br#"{"object":"instagram","entry":[{"id":"17841400000000001","time":1795600000000,"messaging":[]}]}"#;
    // Made with `openssl dgst -hmac`.
    const BY_INSTAGRAM: &str = "sha256=0cabd90a32e7686120f3a667bf9095903330f3b1b8c6d7e10acd925fd16426c9";
    const BY_INSTAGRAM_BEFORE: &str = "sha256=4271228881192c2207fbcebdb71d1cb2fd6e51f01b46d8fb9203a89ee196b6d3";
    const BY_FACEBOOK: &str = "sha256=a5d6c089c429486dd773a29dcffe5daf7c21914271bd05a608ff3e577e4c9780";

    fn meta() -> Meta {
        Meta::new("1000", "facebook-secret", "verify").unwrap()
    }

    fn taken(wiring: &Wiring, signature: &str) -> Result<Received, Rejected> {
        wiring.intake.receive(&Delivery::new(BODY, DateTime::UNIX_EPOCH).signed(Some(signature), None))
    }

    #[test]
    fn a_delivery_about_instagram_is_taken_whichever_app_signed_it() {
        let meta = meta().with_instagram("2000", "instagram-secret").unwrap().with_older_instagram_secret("instagram-before");
        let wiring = meta.wire(Arc::new(SystemClock)).unwrap();
        for signature in [BY_INSTAGRAM, BY_INSTAGRAM_BEFORE, BY_FACEBOOK] {
            assert!(taken(&wiring, signature).is_ok(), "{signature}");
        }
        let alone = self::meta().wire(Arc::new(SystemClock)).unwrap();
        assert_eq!(taken(&alone, BY_INSTAGRAM), Err(Rejected::Forged));
    }

    #[test]
    fn the_road_of_instagram_is_there_with_its_app_only() {
        let with = meta().with_instagram("2000", "instagram-secret").unwrap();
        assert!(!format!("{with:?}").contains("secret\""), "{with:?}");
        assert!(with.wire(Arc::new(SystemClock)).unwrap().road(&Road::INSTAGRAM).is_some());
        assert!(meta().wire(Arc::new(SystemClock)).unwrap().road(&Road::INSTAGRAM).is_none());
        assert!(meta().with_instagram("", "s").is_err(), "an app without an id");
    }
}
