//! The dialects of one platform, each spoken through a client of its road's app.

use link_core::words::ports::Access;
use link_core::{Error, ErrorKind, Remedy, Result, Who};

use super::Dialect;
use crate::client::{Call, Client};

const NO_APP: Remedy = Remedy::new(Who::Developer, "give the program the app of that road: its id and its secret");

/// Speaks with one platform. Implements core's `History`, `Sender`, `Profiles` and `Subscriptions` for every road it has a dialect of.
///
/// Which host is called, in which app's name and in which spelling, follows from the road of each access. One by a road that is not here,
/// or to an account of another platform, is an error of kind [`ErrorKind::Configuration`].
#[derive(Debug, Clone)]
pub struct Talk {
    pub(super) endpoints: Vec<Endpoint>,
}

/// A dialect with the client of the app that it is spoken for.
#[derive(Debug, Clone)]
pub(super) struct Endpoint {
    pub(super) client: Client,
    pub(super) dialect: Dialect,
}

impl Talk {
    /// Speaks a dialect through a client.
    pub fn new(client: Client, dialect: Dialect) -> Self {
        Self { endpoints: vec![Endpoint { client, dialect }] }
    }

    /// Speaks another dialect too, for accounts that are reached by its road.
    #[must_use]
    pub fn with(mut self, client: Client, dialect: Dialect) -> Self {
        self.endpoints.push(Endpoint { client, dialect });
        self
    }

    /// The endpoint for this access.
    pub(super) fn endpoint(&self, access: &Access) -> Result<&Endpoint> {
        let mut ours = self.endpoints.iter().filter(|end| end.dialect.platform == access.account.platform).peekable();
        if ours.peek().is_none() {
            return Err(Error::new(ErrorKind::Configuration, "reach an account of another platform through this one"));
        }
        let unknown = || Error::new(ErrorKind::Configuration, "reach the account by a road of which this program has no app");
        ours.find(|end| end.dialect.road == access.road).ok_or_else(|| unknown().with_remedy(NO_APP))
    }
}

impl Endpoint {
    pub(super) fn get(&self, what: &'static str, template: &'static str) -> Call {
        Call::get(what, template).on(self.dialect.host)
    }

    pub(super) fn post(&self, what: &'static str, template: &'static str) -> Call {
        Call::post(what, template).on(self.dialect.host)
    }

    pub(super) fn delete(&self, what: &'static str, template: &'static str) -> Call {
        Call::delete(what, template).on(self.dialect.host)
    }
}
