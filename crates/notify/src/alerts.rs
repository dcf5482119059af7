//! Which happenings raise an alert.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use link_core::linking::store::LinkStore;
use link_core::words::feed::{Happening, What};
use link_core::{AccountKey, MessageKey, Result, View};

use crate::alert::Alert;

/// Whether an owner wants alerts for an account. A closure over the account is one too.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait Switch: Send + Sync {
    /// Are alerts wanted? An error means that nobody could tell; the happening is then read again later.
    async fn wanted(&self, account: &AccountKey) -> Result<bool>;
}

#[async_trait]
impl<F: Fn(&AccountKey) -> bool + Send + Sync> Switch for F {
    async fn wanted(&self, account: &AccountKey) -> Result<bool> {
        Ok(self(account))
    }
}

/// The switch that the owner set with the link's preferences. An account that is in no link any more raises no alerts.
#[derive(Clone)]
pub struct Preferred {
    links: Arc<dyn LinkStore>,
}

impl Preferred {
    /// Looks the preferences up in these links.
    pub fn new(links: Arc<dyn LinkStore>) -> Self {
        Self { links }
    }
}

#[async_trait]
impl Switch for Preferred {
    async fn wanted(&self, account: &AccountKey) -> Result<bool> {
        let links = self.links.links(&View::system(account.owner.clone(), "alerts")).await?;
        // An account that was linked again follows what was said last.
        let of_account = links.iter().filter(|link| link.accounts.contains(&account.account));
        Ok(of_account.max_by_key(|link| (link.confirmed_at(), link.id)).is_some_and(|link| link.preferences.alert))
    }
}

impl fmt::Debug for Preferred {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Preferred").finish_non_exhaustive()
    }
}

/// Turns happenings into alerts: one for each new message of a person, if the owner wants them, and none for anything else. What became
/// known from history is no news, nor is what the business itself wrote.
#[derive(Clone)]
pub struct Alerts {
    switch: Arc<dyn Switch>,
}

impl Alerts {
    /// Alerts where this switch is on.
    pub fn new(switch: Arc<dyn Switch>) -> Self {
        Self { switch }
    }

    /// The alert of a happening. The same happening makes the same alert again.
    pub async fn of(&self, happening: &Happening) -> Result<Option<Alert>> {
        let (Some(account), What::MessageReceived { peer, road, message, late }) = (&happening.account, &happening.what) else {
            return Ok(None);
        };
        let account = AccountKey::new(happening.owner.clone(), account.clone());
        if !self.switch.wanted(&account).await? {
            return Ok(None);
        }
        let message = MessageKey { account, road: road.clone(), id: message.clone() };
        Ok(Some(Alert::new(message, peer.clone(), happening.at).late(*late)))
    }
}

impl fmt::Debug for Alerts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Alerts").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
