//! Taking deliveries in.

use chrono::{DateTime, Utc};

use crate::words::envelope::{Item, Poisoned};
use crate::words::ids::{ExternalId, PersonId};
use crate::words::platform::Road;

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

/// Verifies and splits what arrives. No I/O: it is called with the raw bytes and answers at once.
pub trait Intake: Send + Sync {
    /// Answers a handshake with the text to send back.
    fn handshake(&self, handshake: &Handshake) -> Result<String, Rejected>;
    /// Verifies a delivery over its raw bytes and splits it into items. Never fails for what the body says, only for who signed it.
    fn receive(&self, delivery: &Delivery<'_>) -> Result<Received, Rejected>;
    /// Verifies a signed notice (Meta's `signed_request`). It has no protection against being repeated but its time, so an old one is refused.
    fn notice(&self, signed: &str, now: DateTime<Utc>) -> Result<Notice, Rejected>;
}
