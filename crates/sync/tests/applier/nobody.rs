//! Links of nobody.

use async_trait::async_trait;
use link_core::linking::connection::{Connection, ConnectionKey, Receiver};
use link_core::linking::link::Link;
use link_core::linking::review::Consent;
use link_core::linking::store::{ConnectionStep, Departure, HandoverStep, LinkStep, LinkStore, SetupFailed};
use link_core::linking::switch::SwitchRefused;
use link_core::words::error::{Error, ErrorKind, Result};
use link_core::words::ids::{AccountId, AccountKey, LinkId, OwnerId, PersonId};
use link_core::words::platform::Road;
use link_core::words::view::View;

/// Nobody has linked anything, and nobody asks for more than that. Of one owner what was linked does not read.
pub(crate) struct NoLinks(pub(crate) Option<OwnerId>);

const ASKED: &str = "applying asks for one connection, and changes no link";

#[async_trait]
impl LinkStore for NoLinks {
    async fn links(&self, _: &View) -> Result<Vec<Link>> {
        panic!("{ASKED}")
    }
    async fn link(&self, _: &View, _: LinkId) -> Result<Option<Link>> {
        panic!("{ASKED}")
    }
    async fn connections(&self, _: &View) -> Result<Vec<Connection>> {
        panic!("{ASKED}")
    }
    async fn connection(&self, _: &View, key: &ConnectionKey) -> Result<Option<Connection>> {
        if self.0.as_ref() == Some(&key.account.owner) {
            return Err(Error::new(ErrorKind::Corrupt, "read a connection"));
        }
        Ok(None)
    }
    async fn receivers(&self, _: &[AccountId]) -> Result<Vec<Receiver>> {
        panic!("{ASKED}")
    }
    async fn change(&self, _: &ConnectionKey, _: &ConnectionStep<'_>) -> Result<Option<Connection>> {
        panic!("{ASKED}")
    }
    async fn owners(&self, _: Option<&OwnerId>, _: u32) -> Result<Vec<OwnerId>> {
        panic!("{ASKED}")
    }
    async fn unsubscribed(&self, _: u32) -> Result<Vec<Connection>> {
        panic!("{ASKED}")
    }
    async fn update(&self, _: &OwnerId, _: LinkId, _: &LinkStep<'_>) -> Result<Link, SetupFailed> {
        panic!("{ASKED}")
    }
    async fn consents(&self, _: &View, _: LinkId) -> Result<Vec<Consent>> {
        panic!("{ASKED}")
    }
    async fn authorised_by(&self, _: &Road, _: &PersonId) -> Result<Vec<ConnectionKey>> {
        panic!("{ASKED}")
    }
    async fn end(&self, _: &Departure) -> Result<bool> {
        panic!("{ASKED}")
    }
    async fn ended(&self, _: &[AccountId]) -> Result<Vec<AccountId>> {
        panic!("{ASKED}")
    }
    async fn hand_over(&self, _: &AccountKey, _: &HandoverStep<'_>) -> Result<Result<Vec<Connection>, SwitchRefused>> {
        panic!("{ASKED}")
    }
}
