//! The dialect, spoken through a client.

use std::sync::OnceLock;

use link_core::words::ports::Access;
use link_core::{Error, ErrorKind, ExternalId, Result, Road};

use super::Dialect;
use crate::client::{Call, Client, Host};

/// Speaks a dialect on one road. Implements core's `History`, `Sender`, `Profiles` and `Subscriptions` for it.
///
/// The calls are the same on both roads; the host, the token and the subscription differ. An access by the other road is an error of kind
/// [`Configuration`](ErrorKind::Configuration), before anything leaves: its token would be worth nothing there, and must not be shown.
#[derive(Debug, Clone)]
pub struct Talk {
    pub(super) client: Client,
    pub(super) dialect: Dialect,
    pub(super) road: Road,
    /// The Meta app that the client's Instagram app belongs to.
    meta_app: Option<ExternalId>,
    /// Whether the platform takes the fields of a conversation that not every version knows, once that showed.
    pub(super) takes_all: OnceLock<bool>,
}

impl Talk {
    /// Speaks a dialect through a client, by the road of Facebook Login.
    pub const fn new(client: Client, dialect: Dialect) -> Self {
        Self { client, dialect, road: Road::FACEBOOK, meta_app: None, takes_all: OnceLock::new() }
    }

    /// Speaks a dialect through a client, whose app is the Instagram one, by the road of Instagram Login.
    pub const fn by_instagram_login(client: Client, dialect: Dialect) -> Self {
        Self { client, dialect, road: Road::INSTAGRAM, meta_app: None, takes_all: OnceLock::new() }
    }

    /// The client's app is the Instagram one of this Meta app. Meta's pages do not say by which of the two ids an account's subscription
    /// names the app: it is known by either.
    #[must_use]
    pub fn of_meta_app(mut self, id: ExternalId) -> Self {
        self.meta_app = Some(id);
        self
    }

    /// Whether this is an id of the app that is spoken for here.
    pub(super) fn answers_as(&self, id: &str) -> bool {
        id == self.client.app().id.as_str() || self.meta_app.as_ref().is_some_and(|app| app.as_str() == id)
    }

    /// The client.
    pub const fn client(&self) -> &Client {
        &self.client
    }

    /// That this access is one that is spoken for here.
    pub(super) fn check(&self, access: &Access) -> Result<()> {
        if access.account.platform != self.dialect.platform {
            return Err(Error::new(ErrorKind::Configuration, "reach an account of another platform through this one"));
        }
        if access.road != self.road {
            let what = if self.by_login() {
                "reach the account by another road than Instagram Login, the only one this client is for"
            } else {
                "reach the account by another road than Facebook Login, the only one this client is for"
            };
            return Err(Error::new(ErrorKind::Configuration, what));
        }
        Ok(())
    }

    /// True on the road where an account stands for itself, without a Page.
    pub(super) fn by_login(&self) -> bool {
        self.road == Road::INSTAGRAM
    }

    /// The call, to this road's host and with the access's token.
    pub(super) fn address(&self, call: Call, access: &Access) -> Call {
        let host = if self.by_login() { Host::InstagramGraph } else { Host::FacebookGraph };
        call.on(host).with_token(&access.token)
    }
}
