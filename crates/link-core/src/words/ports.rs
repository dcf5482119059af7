//! What a platform implements. Each port is asked for one account by one road, with an [`Access`].

mod decoder;
mod directory;
mod grants;
mod history;
mod intake;
mod posts;
mod profiles;
mod sender;
mod subscriptions;
mod uploads;

pub use decoder::Decoder;
pub use directory::{Directory, Listing};
pub use grants::{DialogAnswer, DialogAsk, GrantState, Grants, RefreshRule, Refreshed, ScopeGrant, SignedIn};
pub use history::{History, HistoryPage, HistoryQuery, Looked, ThreadPage};
pub use intake::{Delivery, GrantTold, Handshake, Intake, Notice, Received, Rejected};
pub use posts::{PostQuery, Posts, Published};
pub use profiles::Profiles;
pub use sender::Sender;
pub use subscriptions::Subscriptions;
pub use uploads::{File, UploadProgress, Uploaded, Uploads};

#[cfg(feature = "testing")]
pub use {
    directory::MockDirectory, grants::MockGrants, history::MockHistory, posts::MockPosts, profiles::MockProfiles, sender::MockSender,
    subscriptions::MockSubscriptions, uploads::MockUploads,
};

use super::ids::{AccountId, ExternalId, PersonId};
use super::platform::{Feature, Road};
use super::secret::Secret;

/// The right to call a platform for one account by one road.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Access {
    /// Which account.
    pub account: AccountId,
    /// By which road.
    pub road: Road,
    /// The asset through which it is reached, where that is another one: the Page of a Page-linked Instagram account.
    pub via: Option<ExternalId>,
    /// The token.
    pub token: Secret,
    /// What the account's owner granted beside the ordinary, and wants used: comments, for one.
    pub features: Vec<Feature>,
    /// Of which sign-in the token is: a later one of the same connection has a greater number. A failure of a call counts against that one.
    pub generation: u64,
    /// Who authorised it, where that is known: some limits are the person's.
    pub person: Option<PersonId>,
}

impl Access {
    /// Access with a token.
    pub const fn new(account: AccountId, road: Road, token: Secret) -> Self {
        Self { account, road, via: None, token, features: Vec::new(), generation: 0, person: None }
    }

    /// Through another asset.
    #[must_use]
    pub fn through(mut self, via: Option<ExternalId>) -> Self {
        self.via = via;
        self
    }

    /// With what was granted beside the ordinary.
    #[must_use]
    pub fn with_features(mut self, features: impl IntoIterator<Item = Feature>) -> Self {
        self.features.extend(features);
        self
    }

    /// With a token of this sign-in.
    #[must_use]
    pub const fn of_generation(mut self, generation: u64) -> Self {
        self.generation = generation;
        self
    }

    /// Authorised by this person.
    #[must_use]
    pub fn by_person(mut self, person: PersonId) -> Self {
        self.person = Some(person);
        self
    }

    /// The asset whose node is called: the Page for a Page-linked Instagram account, else the account itself.
    pub fn asset(&self) -> &ExternalId {
        self.via.as_ref().unwrap_or(&self.account.id)
    }
}
