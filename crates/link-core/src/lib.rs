//! Words, laws and ports of link-kit. No I/O.
//!
//! Two floors. [`words`] holds what a platform says, who may ask, and the ports that carry both; a platform, a journal or a sink is
//! written against it alone. [`linking`] stands on it and holds accounts, credentials, links and the setup that makes them. Beside both,
//! and known to neither, is what tests the stores of others.
//!
//! What is said is a word of this crate; what is concluded from it (messages, conversations, windows) is `link-sync`'s.
//!
//! | to add | implement |
//! |---|---|
//! | a platform | [`words::ports`]: `Intake`, `Decoder`, `History`, `Sender`, `Profiles`, `Directory`, `Subscriptions`, `Grants` |
//! | a journal | [`words::journal::Journal`]; run `testing::journal` on it |
//! | a feed, an activity log | [`words::feed::Feed`], [`words::activity::ActivityLog`]; run `testing::{feed, activity_log}` |
//! | a store for links | [`linking::store`]: `SignInStore`, `SetupStore`, `LinkStore`, and [`linking::credential::CredentialStore`]; run `testing::{sign_in_store, setup_store, link_store, credential_store}` |
//! | a rule that may refuse | [`words::gate::Gate`] |
//! | background work | [`words::work::Work`] |
//!
//! Features: `seal` brings the key ring and the vault; `testing` brings mockall mocks of the ports, each beside its port, and the room
//! `testing` with the conformance suites of the journal and of the stores.

pub mod linking;
#[cfg(feature = "testing")]
pub mod testing;
pub mod words;

pub use words::error::{Error, ErrorKind, Remedy, Result, Who};
pub use words::ids::{
    AccountId, AccountKey, ActorId, ConversationKey, ExternalId, IntentId, LinkId, MessageId, MessageKey, OwnerId, PersonId, ScopedId,
    SetupId, UnlinkId,
};
pub use words::platform::{Feature, Platform, Road, Scope};
pub use words::refusal::Refusal;
pub use words::secret::Secret;
pub use words::view::{Role, View, Viewer};
