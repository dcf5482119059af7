//! The dialect, spoken through a client.

use link_core::words::ports::Access;
use link_core::{Error, ErrorKind, Result, Road};

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
}

impl Talk {
    /// Speaks a dialect through a client, by the road of Facebook Login.
    pub const fn new(client: Client, dialect: Dialect) -> Self {
        Self { client, dialect, road: Road::FACEBOOK }
    }

    /// Speaks a dialect through a client, whose app is the Instagram one, by the road of Instagram Login.
    pub const fn by_instagram_login(client: Client, dialect: Dialect) -> Self {
        Self { client, dialect, road: Road::INSTAGRAM }
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
