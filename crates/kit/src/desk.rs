//! The right to call a platform: connection and sealed token brought together.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use link_core::linking::accessibility::{FindingStore, examined};
use link_core::linking::connection::{Connection, ConnectionKey, Health};
use link_core::linking::credential::{CredentialKey, Holder};
use link_core::linking::setup::Synchronisation;
use link_core::linking::store::{ConnectionChange, LinkStore};
use link_core::linking::vault::Vault;
use link_core::words::activity::Activity;
use link_core::words::clock::Clock;
use link_core::words::error::{Error, ErrorKind, Result};
use link_core::words::feed::{Happening, What};
use link_core::words::finding::Subject;
use link_core::words::ids::AccountKey;
use link_core::words::platform::Road;
use link_core::words::ports::Access;
use link_core::words::refusal::Refusal;
use link_core::words::view::View;
use link_privacy::unusual::Rules;
use link_sync::Accesses;

use crate::accessibility::Rounds;
use crate::sending::road;
use crate::wiring::Wiring;

/// Hands out accesses of linked accounts, and takes note when one stops working.
pub(crate) struct Desk {
    pub(crate) links: Arc<dyn LinkStore>,
    pub(crate) vault: Vault,
    pub(crate) findings: Arc<dyn FindingStore>,
    pub(crate) wiring: Wiring,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) rounds: Arc<Rounds>,
}

impl Desk {
    /// The platform refused the token: the connection is dead, and what that means is looked at.
    async fn died(&self, key: &ConnectionKey, generation: u64, error: &Error) -> Result<()> {
        let now = self.clock.now();
        let code = error.code().map(ToString::to_string);
        let changed = self
            .links
            .change(key, &|connection| {
                let Some(connection) = connection.died(generation, code.clone(), now) else { return used_after_end(connection, now) };
                let (owner, account) = (key.account.owner.clone(), key.account.account.clone());
                let what = What::CredentialDead { road: key.road.clone() };
                let act = Activity::system(owner.clone(), "the platform refused the token", "connection.died", now).on(&account);
                Some(ConnectionChange { connection, happenings: vec![Happening::new(owner, Some(account), what, now)], acts: vec![act] })
            })
            .await?;
        if changed.is_some() {
            self.rounds.hurry(&key.account.owner, now);
        }
        Ok(())
    }

    /// Some causes show only when something is refused; they are kept when they do.
    async fn learn(&self, key: &ConnectionKey, error: &Error) -> Result<()> {
        let examiner = self.wiring.road(&key.road).and_then(|road| road.examiner.as_ref());
        let named = examiner.zip(error.code()).and_then(|(examiner, code)| examiner.explain(code));
        let Some(cause) = named.filter(|cause| cause.only_refused) else { return Ok(()) };
        let (owner, now) = (&key.account.owner, self.clock.now());
        let found = [cause.found().at(key.account.account.clone()).of(Subject::road(key.road.clone()))];
        self.findings.update(owner, &|stored| examined(owner, stored, &found, now)).await?;
        Ok(())
    }
}

/// Under which key a connection's own token is kept.
pub(crate) fn credential_key(connection: &ConnectionKey) -> CredentialKey {
    CredentialKey {
        owner: connection.account.owner.clone(),
        road: connection.road.clone(),
        holder: Holder::Account(connection.account.account.clone()),
    }
}

#[async_trait]
impl Accesses for Desk {
    async fn access(&self, key: &ConnectionKey) -> Result<Result<Access, Refusal>> {
        let view = View::system(key.account.owner.clone(), "call the platform for the owner");
        let Some(connection) = self.links.connection(&view, key).await? else { return Ok(Err(Refusal::NotLinked)) };
        if matches!(connection.health, Health::Dead { .. }) {
            return Ok(Err(Refusal::Disconnected));
        }
        let credential = match self.vault.open(&credential_key(key)).await {
            Ok(Some(credential)) => credential,
            Ok(None) => return Ok(Err(Refusal::Disconnected)),
            // It will not open by waiting: somebody has to bring the key back or sign in again.
            Err(error) if matches!(error.kind(), ErrorKind::Configuration | ErrorKind::Corrupt) => {
                tracing::error!(%error, account = %key.account.account, "the account's token cannot be opened");
                return Ok(Err(Refusal::TokenUnreadable));
            }
            Err(error) => return Err(error),
        };
        Ok(Ok(Access::new(key.account.account.clone(), key.road.clone(), credential.token)
            .through(connection.via)
            .of_generation(connection.generation)
            .by_person(connection.person)))
    }

    async fn road(&self, account: &AccountKey, at: DateTime<Utc>) -> Result<Option<Road>> {
        road(&*self.links, account, at).await
    }

    async fn wanted(&self, key: &ConnectionKey) -> Result<Option<Synchronisation>> {
        let view = View::system(key.account.owner.clone(), "see what the owner agreed to");
        let Some(connection) = self.links.connection(&view, key).await? else { return Ok(None) };
        Ok(self.links.link(&view, connection.link).await?.map(|link| link.synchronisation))
    }

    async fn failed(&self, key: &ConnectionKey, generation: u64, error: &Error) -> Result<()> {
        // First what stops the next call.
        if error.kind() == ErrorKind::SignInNeeded {
            self.died(key, generation, error).await?;
        }
        // Which permission is missing the refusal does not say; what the token may is asked.
        if error.kind() == ErrorKind::PermissionMissing {
            self.rounds.hurry(&key.account.owner, self.clock.now());
        }
        self.learn(key, error).await
    }
}

/// A call that was under way when the token ended fails within minutes. One that fails later was begun with a token that somebody still holds
/// although it ended: nothing of ours hands it out any more.
fn used_after_end(connection: &Connection, now: DateTime<Utc>) -> Option<ConnectionChange> {
    let Health::Dead { since, .. } = &connection.health else { return None };
    if now - *since <= Rules::default().under_way {
        return None;
    }
    let owner = connection.key.account.owner.clone();
    let act = Activity::system(owner, "the platform refused a token that had ended", "token.used", now).on(connection.account());
    Some(ConnectionChange { connection: connection.clone(), happenings: Vec::new(), acts: vec![act] })
}
