//! Taking deliveries in.

use chrono::{DateTime, Utc};

use crate::words::envelope::{Item, Poisoned};
use crate::words::ids::{ExternalId, PersonId};
use crate::words::platform::{Road, Scope};

/// A request that a platform made to our webhook address.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct Delivery<'a> {
    /// The value of `X-Hub-Signature-256`, if sent.
    pub signature_256: Option<&'a str>,
    /// The value of the legacy `X-Hub-Signature`, if sent.
    pub signature_1: Option<&'a str>,
    /// The body, byte for byte.
    pub body: &'a [u8],
    /// When it was received.
    pub received_at: DateTime<Utc>,
}

impl<'a> Delivery<'a> {
    /// A body received at a time, with no signature yet.
    pub const fn new(body: &'a [u8], received_at: DateTime<Utc>) -> Self {
        Self { signature_256: None, signature_1: None, body, received_at }
    }

    /// With the values of both signature headers, where they were sent.
    #[must_use]
    pub const fn signed(mut self, sha256: Option<&'a str>, sha1: Option<&'a str>) -> Self {
        self.signature_256 = sha256;
        self.signature_1 = sha1;
        self
    }
}

impl std::fmt::Debug for Delivery<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Delivery").field("received_at", &self.received_at).field("bytes", &self.body.len()).finish_non_exhaustive()
    }
}

/// What a verified delivery holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Received {
    /// Its items, in order; possibly none.
    Items(Vec<Item>),
    /// It is signed rightly and is no delivery. It is kept and acknowledged: refusing it would end in being unsubscribed.
    Poisoned(Poisoned),
}

/// The question by which a platform finds out that a webhook address is ours.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Handshake {
    /// `hub.mode`.
    pub mode: Option<String>,
    /// `hub.challenge`.
    pub challenge: Option<String>,
    /// `hub.verify_token`.
    pub verify_token: Option<String>,
}

/// Why a delivery or a handshake is turned away. Says nothing that would help to forge one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum Rejected {
    /// No signature in an accepted scheme.
    #[error("no signature in an accepted scheme")]
    Unsigned,
    /// The signature is no hex digest of the right length.
    #[error("the signature is malformed")]
    Malformed,
    /// No secret of ours made this signature.
    #[error("the signature does not match")]
    Forged,
    /// The handshake is not for us.
    #[error("the handshake does not match")]
    Handshake,
    /// It was made too long ago to be taken now.
    #[error("it was made too long ago")]
    Stale,
}

/// A signed notice beside the webhook: somebody took the app out, or wants to be forgotten.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Notice {
    /// The road whose secret signed it.
    pub road: Road,
    /// Who, as the app knows them; `None` where an account did it and no person is named.
    pub person: Option<PersonId>,
    /// Which account did it, where one did: a Page that took the app out.
    pub account: Option<ExternalId>,
    /// When it was made.
    pub issued_at: DateTime<Utc>,
}

impl Notice {
    /// A notice that names nobody yet.
    pub const fn new(road: Road, issued_at: DateTime<Utc>) -> Self {
        Self { road, person: None, account: None, issued_at }
    }
}

/// What an item tells of a person's consent.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct GrantTold {
    /// Who, as the app knows them.
    pub person: PersonId,
    /// Which permission; `None` for the whole app.
    pub scope: Option<Scope>,
    /// True if it was given, false if it was taken back.
    pub granted: bool,
    /// For which assets; `None` for all.
    pub targets: Option<Vec<ExternalId>>,
    /// When, to the second.
    pub at: DateTime<Utc>,
}

impl GrantTold {
    /// A person gave the whole app their consent, or took it back.
    pub const fn new(person: PersonId, granted: bool, at: DateTime<Utc>) -> Self {
        Self { person, scope: None, granted, targets: None, at }
    }

    /// It is about this permission only.
    #[must_use]
    pub fn of(mut self, scope: Scope) -> Self {
        self.scope = Some(scope);
        self
    }

    /// For these assets only.
    #[must_use]
    pub fn for_targets(mut self, targets: Option<Vec<ExternalId>>) -> Self {
        self.targets = targets;
        self
    }
}

/// Verifies and splits what arrives. No I/O: it is called with the raw bytes and answers at once.
pub trait Intake: Send + Sync {
    /// Answers a handshake with the text to send back.
    fn handshake(&self, handshake: &Handshake) -> Result<String, Rejected>;
    /// Verifies a delivery over its raw bytes and splits it into items. Never fails for what the body says, only for who signed it.
    fn receive(&self, delivery: &Delivery<'_>) -> Result<Received, Rejected>;
    /// Verifies a signed notice (Meta's `signed_request`). It has no protection against being repeated but its time, so an old one is refused.
    fn notice(&self, signed: &str, now: DateTime<Utc>) -> Result<Notice, Rejected>;
    /// Reads an item of [`Channel::Grants`](crate::words::event::Channel::Grants). `None` if it names nobody (test deliveries do not) or nothing
    /// that is known; platforms that tell of no grants leave it out.
    fn granted(&self, _item: &Item) -> Option<GrantTold> {
        None
    }
}
