//! Who looks, and what they may see.

use std::collections::BTreeSet;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::ids::{AccountId, ActorId, OwnerId};
use super::platform::InvalidWord;

/// Somebody of the embedder who reads or acts, on behalf of one owner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Viewer {
    /// Whose data is looked at.
    pub owner: OwnerId,
    /// Who looks.
    pub actor: ActorId,
    /// What they are to the owner; somebody without a role sees nothing by default.
    pub role: Option<Role>,
    /// Where the access comes from in the embedder's words, if known. Kept in the activity log, like the address and the device.
    pub place: Option<String>,
    /// From which address, if known.
    #[serde(default)]
    pub address: Option<IpAddr>,
    /// With which device, as the embedder tells devices apart.
    #[serde(default)]
    pub device: Option<String>,
}

impl Viewer {
    /// Somebody without a role.
    pub const fn new(owner: OwnerId, actor: ActorId) -> Self {
        Self { owner, actor, role: None, place: None, address: None, device: None }
    }

    /// The owner in person.
    pub fn owner(owner: OwnerId, actor: ActorId) -> Self {
        Self::new(owner, actor).with_role(Role::OWNER)
    }

    /// With a role.
    #[must_use]
    pub fn with_role(mut self, role: Role) -> Self {
        self.role = Some(role);
        self
    }

    /// With the place the access comes from.
    #[must_use]
    pub fn from_place(mut self, place: impl Into<String>) -> Self {
        self.place = Some(place.into());
        self
    }

    /// With the address the access comes from. An IPv4 address that is written as an IPv6 one is taken as what it is.
    #[must_use]
    pub const fn with_address(mut self, address: IpAddr) -> Self {
        self.address = Some(address.to_canonical());
        self
    }

    /// With the device: whatever the embedder recognises it by. A name that tells nothing about people is best.
    #[must_use]
    pub fn with_device(mut self, device: impl Into<String>) -> Self {
        self.device = Some(device.into());
        self
    }

    /// With all that is known of where the access comes from.
    #[must_use]
    pub fn from_origin(mut self, origin: Origin) -> Self {
        (self.place, self.address, self.device) = (origin.place, origin.address.map(|address| address.to_canonical()), origin.device);
        self
    }

    /// All that is known of where the access comes from.
    pub fn origin(&self) -> Origin {
        Origin { place: self.place.clone(), address: self.address, device: self.device.clone() }
    }
}

/// Where an access comes from, as far as the embedder told. Nothing of it is looked up or guessed here.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Origin {
    /// A place in the embedder's words: a town, an office.
    #[serde(default)]
    pub place: Option<String>,
    /// An address.
    #[serde(default)]
    pub address: Option<IpAddr>,
    /// A device, as the embedder tells devices apart.
    #[serde(default)]
    pub device: Option<String>,
}

/// What somebody is to an owner. An open word: the embedder has roles of their own.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Role(std::borrow::Cow<'static, str>);

impl Role {
    /// The owner in person.
    pub const OWNER: Self = Self(std::borrow::Cow::Borrowed("owner"));
    /// May change links and settings.
    pub const ADMIN: Self = Self(std::borrow::Cow::Borrowed("admin"));
    /// Reads and answers messages.
    pub const AGENT: Self = Self(std::borrow::Cow::Borrowed("agent"));

    /// A role of the embedder's own: a word like those of [`super::platform`].
    pub fn new(role: impl Into<String>) -> Result<Self, InvalidWord> {
        super::platform::Feature::new(role).map(|word| Self(String::from(word).into()))
    }

    /// The word.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A viewer's rights, compiled to data that a store can put into its query. Made by the privacy policy; an empty one shows nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct View {
    /// Whose data.
    pub owner: OwnerId,
    /// Which of the owner's accounts.
    pub accounts: Accounts,
    /// Which fields of what is visible.
    pub fields: Fields,
    /// On whose behalf.
    pub behalf: Behalf,
}

impl View {
    /// Shows nothing of the owner's data.
    pub const fn nothing(owner: OwnerId, actor: ActorId) -> Self {
        Self { owner, accounts: Accounts::Only(BTreeSet::new()), fields: Fields::NONE, behalf: Behalf::Actor(actor) }
    }

    /// Shows everything of the owner's data to somebody.
    pub const fn everything(owner: OwnerId, actor: ActorId) -> Self {
        Self { owner, accounts: Accounts::All, fields: Fields::ALL, behalf: Behalf::Actor(actor) }
    }

    /// Shows everything of one owner's data to our own work, for a reason that is recorded.
    pub const fn system(owner: OwnerId, reason: &'static str) -> Self {
        Self { owner, accounts: Accounts::All, fields: Fields::ALL, behalf: Behalf::System(std::borrow::Cow::Borrowed(reason)) }
    }

    /// Restricted to some accounts.
    #[must_use]
    pub fn with_accounts(mut self, accounts: Accounts) -> Self {
        self.accounts = accounts;
        self
    }

    /// Restricted to some fields.
    #[must_use]
    pub const fn with_fields(mut self, fields: Fields) -> Self {
        self.fields = fields;
        self
    }

    /// True if things of this account may be seen at all.
    pub fn shows(&self, account: &AccountId) -> bool {
        self.accounts.contains(account)
    }

    /// True if nothing can be seen through it.
    pub fn is_empty(&self) -> bool {
        matches!(&self.accounts, Accounts::Only(some) if some.is_empty())
    }
}

/// Which accounts a view shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Accounts {
    /// All of the owner's.
    All,
    /// These only; none if empty.
    Only(BTreeSet<AccountId>),
}

impl Accounts {
    /// True if the account is among them.
    pub fn contains(&self, account: &AccountId) -> bool {
        match self {
            Self::All => true,
            Self::Only(some) => some.contains(account),
        }
    }
}

/// Which fields a view shows; the others come back empty, and masked text does not match a search.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is one independent right")]
#[non_exhaustive]
pub struct Fields {
    /// Texts of messages.
    pub text: bool,
    /// Attachments.
    pub attachments: bool,
    /// Names and pictures of people.
    pub names: bool,
    /// Reactions, reads and deliveries.
    pub marks: bool,
}

impl Fields {
    /// Every field.
    pub const ALL: Self = Self { text: true, attachments: true, names: true, marks: true };
    /// No field: that something is there, and when, but not what.
    pub const NONE: Self = Self { text: false, attachments: false, names: false, marks: false };

    /// With or without texts.
    #[must_use]
    pub const fn text(mut self, shown: bool) -> Self {
        self.text = shown;
        self
    }

    /// With or without attachments.
    #[must_use]
    pub const fn attachments(mut self, shown: bool) -> Self {
        self.attachments = shown;
        self
    }

    /// With or without names and pictures.
    #[must_use]
    pub const fn names(mut self, shown: bool) -> Self {
        self.names = shown;
        self
    }
}

/// On whose behalf a view was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Behalf {
    /// Somebody of the embedder.
    Actor(ActorId),
    /// Our own work, for this reason.
    System(std::borrow::Cow<'static, str>),
    /// Somebody whose name was erased since: how an old act reads, never how a view is made.
    Erased,
}
