//! The chain of an owner's acts: each carries a digest of itself and of the one before.
//!
//! In the chain stand an act's place in it, its time, its word and the id of the thing it was done to. Who acted, from where and whom it
//! concerned stand beside it, in a [`Side`] with a salt of its own; the chain holds the digest of that only. So a side can be erased, and the
//! chain still holds; and nobody can find out from the digest who it was, because the salt is gone too.
//!
//! The chain shows what was changed, removed, put in between or moved. A tail that was cut off shows against the [`ChainHead`], which the
//! store keeps apart. Whoever can write to the store can rewrite the chain from somewhere on together with its head: that shows against a
//! head that the embedder kept elsewhere. What shows to nobody is that a side was erased without anybody's order; sides that are missing are
//! counted.

mod digest;
mod verifier;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::Activity;
use crate::words::ids::OwnerId;
use crate::words::view::{Behalf, Origin};

pub use digest::{ChainDigest, InvalidDigest};
pub use verifier::{ChainReport, ChainState, Verifier};

use digest::Writer;

/// The end of a chain: how many acts are in it, and the digest of the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChainHead {
    /// How many acts; the last one's number.
    pub seq: u64,
    /// The last one's digest.
    pub digest: ChainDigest,
}

impl ChainHead {
    /// Of a chain with nothing in it.
    pub const EMPTY: Self = Self { seq: 0, digest: ChainDigest::ZERO };
}

/// An act as it stands in the chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chained {
    /// Whose chain.
    pub owner: OwnerId,
    /// Its number in the chain, from 1.
    pub seq: u64,
    /// When it happened. Nanoseconds count; times before 1677 and after 2262 count as the first or last that nanoseconds can tell.
    pub at: DateTime<Utc>,
    /// The word of its [`Kind`](super::Kind) at the time it was recorded.
    pub kind: String,
    /// What was done.
    pub act: String,
    /// To which thing.
    pub target: Option<String>,
    /// The digest of what stands beside the chain.
    pub side: ChainDigest,
    /// The digest of the act before.
    pub previous: ChainDigest,
    /// Its own digest, over all of the above.
    pub digest: ChainDigest,
}

/// What stands beside the chain: the salt, and what tells of people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Side {
    /// Thirty-two unpredictable bytes.
    pub salt: [u8; 32],
    /// What tells of people.
    pub personal: Personal,
}

/// What an act tells of people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Personal {
    /// Who acted.
    pub by: Behalf,
    /// From where.
    #[serde(flatten)]
    pub origin: Origin,
    /// Whom it was done to or about.
    pub person: Option<String>,
}

impl Personal {
    /// Of an act.
    pub fn of(act: &Activity) -> Self {
        Self { by: act.by.clone(), origin: act.origin.clone(), person: act.person.clone() }
    }

    /// Of an act whose people were erased.
    pub const fn erased() -> Self {
        Self { by: Behalf::Erased, origin: Origin { place: None, address: None, device: None }, person: None }
    }

    /// The act whose personal part this is.
    pub fn did(self, owner: OwnerId, act: String, target: Option<String>, at: DateTime<Utc>) -> Activity {
        let Self { by, origin, person } = self;
        Activity { owner, by, origin, act, target, person, at }
    }

    /// Whose erasure takes it away: who acted, or whom our own work acted about.
    pub fn subject(&self) -> Option<&str> {
        match &self.by {
            Behalf::Actor(actor) => Some(actor.as_str()),
            _ => self.person.as_deref(),
        }
    }
}

impl Side {
    /// Its digest, as the chain holds it.
    pub fn digest(&self) -> ChainDigest {
        let Personal { by, origin, person } = &self.personal;
        let mut digest = Writer::new("link-kit act, side 1");
        digest.bytes(&self.salt);
        match by {
            Behalf::Actor(actor) => digest.text("actor").text(actor.as_str()),
            Behalf::System(reason) => digest.text("system").text(reason),
            Behalf::Erased => digest.text("erased"),
        };
        let address = origin.address.map(|address| address.to_string());
        digest.option(origin.place.as_deref()).option(address.as_deref()).option(origin.device.as_deref()).option(person.as_deref());
        digest.finish()
    }
}

impl Chained {
    /// Puts an act behind the end of its owner's chain: the link, and what stands beside it. The new end is [`Chained::head`].
    pub fn after(head: &ChainHead, act: &Activity, salt: [u8; 32]) -> (Self, Side) {
        let side = Side { salt, personal: Personal::of(act) };
        let mut chained = Self {
            owner: act.owner.clone(),
            seq: head.seq.saturating_add(1),
            at: act.at,
            kind: act.kind().as_str().to_owned(),
            act: act.act.clone(),
            target: act.target.clone(),
            side: side.digest(),
            previous: head.digest,
            digest: ChainDigest::ZERO,
        };
        chained.digest = chained.computed();
        (chained, side)
    }

    /// The end of a chain that ends here.
    pub const fn head(&self) -> ChainHead {
        ChainHead { seq: self.seq, digest: self.digest }
    }

    /// The act again; without its side by somebody who was erased.
    pub fn activity(self, personal: Option<Personal>) -> Activity {
        personal.unwrap_or_else(Personal::erased).did(self.owner, self.act, self.target, self.at)
    }

    /// The digest that it should have.
    fn computed(&self) -> ChainDigest {
        let bound = if self.at < DateTime::UNIX_EPOCH { i64::MIN } else { i64::MAX };
        let at = self.at.timestamp_nanos_opt().unwrap_or(bound);
        let mut digest = Writer::new("link-kit act 1");
        digest.text(self.owner.as_str()).bytes(&self.seq.to_be_bytes()).bytes(&at.to_be_bytes());
        digest.text(&self.kind).text(&self.act).option(self.target.as_deref());
        digest.bytes(self.side.as_bytes()).bytes(self.previous.as_bytes());
        digest.finish()
    }
}

#[cfg(test)]
mod tests;
