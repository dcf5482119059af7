//! How many Instagram accounts go with one Messenger account: a policy of the program.

use std::collections::BTreeSet;
use std::num::NonZeroU32;

use super::Link;
use crate::linking::setup::SetupRefused;
use crate::words::ids::AccountId;
use crate::words::platform::Platform;

/// What a program allows links to be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct LinkPolicy {
    /// How many Instagram accounts one Messenger account may have; `None` for any number.
    pub instagram_per_page: Option<NonZeroU32>,
}

impl LinkPolicy {
    /// One Messenger account may have so many Instagram accounts.
    #[must_use]
    pub const fn instagram_per_page(mut self, limit: NonZeroU32) -> Self {
        self.instagram_per_page = Some(limit);
        self
    }

    /// Whether these accounts may be linked together, given what the owner has linked already. Accounts without a Messenger account among
    /// them are not counted.
    pub fn check(&self, accounts: &[AccountId], links: &[Link]) -> Result<(), SetupRefused> {
        let Some(limit) = self.instagram_per_page.map(NonZeroU32::get) else { return Ok(()) };
        let Some(page) = accounts.iter().find(|account| account.platform == Platform::MESSENGER) else { return Ok(()) };
        let linked = links.iter().filter(|link| link.accounts.contains(page)).flat_map(|link| &link.accounts);
        let all = linked.chain(accounts).filter(|account| account.platform == Platform::INSTAGRAM);
        let count = all.collect::<BTreeSet<_>>().len();
        if count > usize::try_from(limit).unwrap_or(usize::MAX) {
            return Err(SetupRefused::TooManyInstagram { page: page.clone(), count, limit });
        }
        Ok(())
    }
}
