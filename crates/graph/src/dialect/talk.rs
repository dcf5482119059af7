//! The dialect, spoken through a client.

use link_core::words::ports::Access;
use link_core::{Error, ErrorKind, Result, Road};

use super::Dialect;
use crate::client::Client;

/// Speaks a dialect. Implements core's `History`, `Sender`, `Profiles` and `Subscriptions` for the road of Facebook Login.
#[derive(Debug, Clone)]
pub struct Talk {
    pub(super) client: Client,
    pub(super) dialect: Dialect,
}

impl Talk {
    /// Speaks a dialect through a client.
    pub const fn new(client: Client, dialect: Dialect) -> Self {
        Self { client, dialect }
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
        if access.road != Road::FACEBOOK {
            return Err(Error::new(ErrorKind::Configuration, "reach the account by another road than Facebook Login, the only one built"));
        }
        Ok(())
    }
}
