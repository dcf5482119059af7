//! Looking after tokens ahead of their end: refreshing where the road does that, warning where only signing in again helps.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use link_core::linking::connection::{Connection, ConnectionKey, Health};
use link_core::linking::credential::{Credential, CredentialKey, CredentialStore, Holder, Warning};
use link_core::linking::expiry::{self, Life};
use link_core::linking::store::{LinkStore, SetupStore};
use link_core::linking::vault::{Unsealed, Vault};
use link_core::words::clock::Clock;
use link_core::words::error::{Error, ErrorKind, Result};
use link_core::words::feed::{Happening, What};
use link_core::words::finding::Subject;
use link_core::words::ports::{Grants, RefreshRule};
use link_core::words::view::View;
use link_core::words::work::{Next, Work};
use link_sync::Accesses;

use crate::desk::credential_key;
use crate::wiring::Wiring;

/// How many tokens are looked at in one step.
const BATCH: u32 = 20;
/// How long a token rests that cannot be opened, that nobody linked, or that follows another one.
const REST: TimeDelta = TimeDelta::days(1);
/// The shortest rest of any token, so that nothing spins whatever the dates say.
const SHORTEST: TimeDelta = TimeDelta::minutes(1);

/// The work that looks at every token when it is due. What it writes it writes only over the very token it looked at: who signed in again
/// meanwhile is not thrown back.
pub(crate) struct Refreshing {
    pub(crate) wiring: Wiring,
    pub(crate) links: Arc<dyn LinkStore>,
    pub(crate) setups: Arc<dyn SetupStore>,
    pub(crate) credentials: Arc<dyn CredentialStore>,
    pub(crate) vault: Vault,
    pub(crate) accesses: Arc<dyn Accesses>,
    pub(crate) clock: Arc<dyn Clock>,
}

/// A token that is looked at, with what stands on it.
struct Case<'a> {
    key: &'a CredentialKey,
    grants: Option<&'a dyn Grants>,
    rule: Option<RefreshRule>,
    connections: Vec<Connection>,
    /// True if a connection or a setup under way rests on it. What nothing rests on is left to end.
    needed: bool,
    now: DateTime<Utc>,
}

impl Refreshing {
    async fn look(&self, key: &CredentialKey, now: DateTime<Utc>) -> Result<()> {
        let Some(kept) = self.readable(key, now).await? else { return Ok(()) };
        let grants = self.wiring.road(&key.road).map(|road| &*road.grants);
        let rule = grants.and_then(Grants::refreshing);
        let connections = self.standing_on(key).await?;
        let needed = !connections.is_empty() || self.is_awaited(key).await?;
        let case = Case { key, grants, rule, connections, needed, now };
        if rule.is_some() && self.follows(&case, &kept).await? {
            return Ok(());
        }
        let (credential, refreshed) = self.refreshed(&case, &kept.credential).await?;
        self.keep(&case, &kept, credential, refreshed).await
    }

    /// The token; `None` if there is none, or none that can be opened, which is named in the log and rests.
    async fn readable(&self, key: &CredentialKey, now: DateTime<Utc>) -> Result<Option<Unsealed>> {
        match self.vault.unseal(key).await {
            Err(error) if matches!(error.kind(), ErrorKind::Configuration | ErrorKind::Corrupt) => {
                tracing::error!(%error, owner = %key.owner, road = %key.road, holder = %key.holder, "a token cannot be looked after");
                self.vault.postpone(key, now + REST).await?;
                Ok(None)
            }
            other => other,
        }
    }

    async fn standing_on(&self, key: &CredentialKey) -> Result<Vec<Connection>> {
        let view = View::system(key.owner.clone(), "see whose token ends");
        let mut connections = self.links.connections(&view).await?;
        connections.retain(|connection| {
            let holds = match &key.holder {
                Holder::Person(person) => connection.person == *person,
                Holder::Account(account) => connection.account() == account,
            };
            holds && connection.key.road == key.road
        });
        Ok(connections)
    }

    /// True if a setup under way rests on whoever holds it.
    async fn is_awaited(&self, key: &CredentialKey) -> Result<bool> {
        let Holder::Person(person) = &key.holder else { return Ok(false) };
        Ok(self.setups.resting_on(&key.road, person).await?.iter().any(|(owner, _)| *owner == key.owner))
    }

    /// Where an account's token is its person's, it follows that one instead of being refreshed beside it.
    async fn follows(&self, case: &Case<'_>, kept: &Unsealed) -> Result<bool> {
        let (Holder::Account(_), Some(connection)) = (&case.key.holder, case.connections.first()) else { return Ok(false) };
        let person = CredentialKey { holder: Holder::Person(connection.person.clone()), ..case.key.clone() };
        let leader = match self.vault.unseal(&person).await {
            Ok(leader) => leader,
            // Whoever cannot be read for now may lead nevertheless: refreshed beside it, the two would part.
            Err(error) if error.is_retryable() => return Err(error),
            Err(_) => None,
        };
        // A dead account waits for somebody to sign in again for it, whatever the person signed in to meanwhile; nothing is tried beside that.
        if connection.health != Health::Alive {
            self.vault.postpone(case.key, case.now + REST).await?;
            return Ok(true);
        }
        let Some(leader) = leader else { return Ok(false) };
        let same = leader.credential.token == kept.credential.token;
        if !same && leader.credential.issued_at <= kept.credential.issued_at {
            return Ok(false);
        }
        self.vault.replace(case.key, kept, &leader.credential, Some(case.now + REST), Vec::new()).await?;
        Ok(true)
    }

    /// The token as it is now, and whether it is a new one.
    async fn refreshed(&self, case: &Case<'_>, old: &Credential) -> Result<(Credential, bool)> {
        let mut credential = old.clone();
        let ended = old.expires_at.is_some_and(|end| end <= case.now);
        if case.rule.is_some() && ended && !old.attention.dead {
            credential.attention.dead = true;
            self.died(case, old, &Error::new(ErrorKind::SignInNeeded, "refresh a token before its end")).await?;
        }
        let due = Life::new(&credential, case.rule).spread(spread(case.key)).refresh_at().is_some_and(|at| at <= case.now);
        let Some(grants) = case.grants.filter(|_| due && !ended && case.needed) else { return Ok((credential, false)) };
        match grants.refresh(&old.token).await {
            Ok(new) => {
                let credential = Credential::new(new.token).issued(Some(case.now)).until(new.expires_at);
                return Ok((credential.data_access_until(old.data_access_expires_at), true));
            }
            Err(error) => {
                tracing::warn!(%error, owner = %case.key.owner, holder = %case.key.holder, "a token could not be refreshed; it is tried again while it lives");
                credential.attention.failures += 1;
                credential.attention.failed_at = Some(case.now);
                if error.kind() == ErrorKind::SignInNeeded {
                    credential.attention.dead = true;
                    self.died(case, old, &error).await?;
                }
            }
        }
        Ok((credential, false))
    }

    /// What stands on exactly this token is dead; an account of the person's that has a newer one of its own is not.
    async fn died(&self, case: &Case<'_>, old: &Credential, error: &Error) -> Result<()> {
        for connection in &case.connections {
            let own = self.vault.open(&credential_key(&connection.key)).await;
            if own.is_ok_and(|own| own.is_some_and(|own| own.token != old.token)) {
                continue;
            }
            self.accesses.failed(&connection.key, connection.generation, error).await?;
        }
        Ok(())
    }

    async fn keep(&self, case: &Case<'_>, kept: &Unsealed, mut credential: Credential, refreshed: bool) -> Result<()> {
        let life = |credential: &Credential| Life::new(credential, case.rule).spread(spread(case.key)).next_attention(case.now);
        let mut happenings = Vec::new();
        // Nobody is told of a token that nobody stands on; whoever links with it later is.
        if !case.connections.is_empty() {
            let due = Life::new(&credential, case.rule).warnings_due(case.now);
            happenings
                .extend(case.connections.iter().flat_map(|connection| due.iter().map(|warning| warned(connection, warning, case.now))));
            credential.attention.told.extend(due);
        }
        if expiry::is_failing(&credential) != expiry::is_failing(&kept.credential) {
            happenings.extend(case.connections.iter().map(|connection| failing(connection, &credential, case.now)));
        }
        let rest = if case.connections.is_empty() { REST } else { SHORTEST };
        let due_at = life(&credential).max(case.now + rest);
        let replaced = self.vault.replace(case.key, kept, &credential, Some(due_at), happenings).await?;
        if refreshed && replaced {
            tracing::info!(owner = %case.key.owner, holder = %case.key.holder, "a token was refreshed");
            for connection in &case.connections {
                self.hand_on(&connection.key, &kept.credential, &credential, case.now).await?;
            }
        }
        Ok(())
    }

    /// Gives the new token to an account that stood on the old one.
    async fn hand_on(&self, connection: &ConnectionKey, old: &Credential, new: &Credential, now: DateTime<Utc>) -> Result<()> {
        let key = credential_key(connection);
        match self.vault.unseal(&key).await {
            Ok(Some(kept)) if kept.credential.token == old.token => {
                self.vault.replace(&key, &kept, new, Some(now + REST), Vec::new()).await?;
                Ok(())
            }
            Ok(_) => Ok(()),
            Err(error) if error.is_retryable() => Err(error),
            Err(error) => {
                tracing::error!(%error, account = %connection.account.account, "a refreshed token could not be handed on");
                Ok(())
            }
        }
    }
}

/// The same for the same holder, so that what was linked on one day is not refreshed at one moment.
fn spread(key: &CredentialKey) -> u16 {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    u16::try_from(hasher.finish() & 0xffff).unwrap_or_default()
}

fn warned(connection: &Connection, warning: &Warning, now: DateTime<Utc>) -> Happening {
    let Warning { end, ends_at, days, .. } = *warning;
    let what = What::CredentialExpiring { road: connection.key.road.clone(), end, ends_at, days };
    Happening::new(connection.key.account.owner.clone(), Some(connection.account().clone()), what, now)
}

fn failing(connection: &Connection, credential: &Credential, now: DateTime<Utc>) -> Happening {
    let cause = &expiry::TOKEN_REFRESH_FAILING;
    let (code, subject) = (cause.code.to_owned(), Subject::road(connection.key.road.clone()));
    let what = What::FindingChanged { code, severity: cause.severity, stands: expiry::is_failing(credential), subject };
    Happening::new(connection.key.account.owner.clone(), Some(connection.account().clone()), what, now)
}

#[async_trait]
impl Work for Refreshing {
    fn name(&self) -> &'static str {
        "refresh"
    }

    async fn step(&self) -> Result<Next> {
        let now = self.clock.now();
        let due = self.credentials.due(now, BATCH).await?;
        for key in &due {
            // Whoever cannot be looked after, because a row of theirs does not read, keeps nobody waiting.
            if let Err(error) = self.look(key, now).await {
                tracing::error!(%error, owner = %key.owner, holder = %key.holder, "a token could not be looked after; it rests for a while");
                self.vault.postpone(key, now + if error.is_retryable() { SHORTEST } else { REST }).await?;
            }
        }
        if due.is_empty() {
            return Ok(self.credentials.next_due(now).await?.map_or(Next::Idle, Next::At));
        }
        Ok(Next::Again)
    }
}
