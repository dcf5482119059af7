//! What is kept of a delivery between acknowledging and applying.

use std::fmt;

use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use super::event::Channel;
use super::ids::{AccountId, AccountKey, ExternalId, OwnerId, ScopedId};
use super::platform::{Platform, Road};
use super::raw::Raw;

/// One item of a delivery, as it was split off and not yet admitted for anybody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Item {
    /// The platform it is about.
    pub platform: Platform,
    /// The road named by the secret that matched.
    pub road: Road,
    /// The account's id as the entry has it; absent in a malformed entry.
    pub account: Option<ExternalId>,
    /// The part of the entry it came in.
    pub channel: Channel,
    /// The person it is about, where the splitter could see that cheaply. Decides the lane only.
    pub peer: Option<ScopedId>,
    /// As of when the platform says it: the item's own time, else the entry's, else when it was received.
    pub as_of: DateTime<Utc>,
    /// The entry's own time, which some items fall back to.
    pub entry_at: Option<DateTime<Utc>>,
    /// The untouched item.
    pub body: Raw,
}

impl Item {
    /// An item of which only its place is known.
    pub const fn new(platform: Platform, road: Road, channel: Channel, as_of: DateTime<Utc>, body: Raw) -> Self {
        Self { platform, road, account: None, channel, peer: None, as_of, entry_at: None, body }
    }

    /// The account it is for, if the entry named one.
    pub fn account_id(&self) -> Option<AccountId> {
        Some(AccountId::new(self.platform.clone(), self.account.clone()?))
    }
}

/// An item admitted for one owner, on its way through the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Envelope {
    /// For whom.
    pub owner: OwnerId,
    /// Its partition, its subject and its purge key.
    pub lane: Lane,
    /// When it was received.
    pub received_at: DateTime<Utc>,
    /// The item.
    pub item: Item,
}

/// A delivery whose signature was right and whose body is no delivery. Kept whole, for nobody, until somebody looks at it.
#[derive(Clone, PartialEq, Eq)]
pub struct Poisoned {
    /// When it was received.
    pub received_at: DateTime<Utc>,
    /// The road named by the secret that matched.
    pub road: Road,
    /// What is wrong with it: a fixed sentence, never a part of the body.
    pub reason: &'static str,
    /// The body, byte for byte.
    pub body: Vec<u8>,
}

impl fmt::Debug for Poisoned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Poisoned")
            .field("received_at", &self.received_at)
            .field("road", &self.road)
            .field("reason", &self.reason)
            .field("bytes", &self.body.len())
            .finish()
    }
}

/// Where envelopes of one conversation queue: the account and a keyed hash of the person, so that the subjects of a queue show no ids of
/// people. The items themselves hold them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Lane {
    /// The owner's account.
    pub account: AccountKey,
    /// The keyed hash of the person; `None` for notices without a person, which go to the account's own lane.
    pub peer: Option<u64>,
}

/// The key under which people are hashed into lanes.
#[derive(Clone)]
pub struct LaneKey([u8; 32]);

impl LaneKey {
    /// A key of 32 secret bytes, the same for as long as journals written under it live.
    pub const fn new(key: [u8; 32]) -> Self {
        Self(key)
    }

    /// The lane of a person at an account, or the account's own.
    pub fn lane(&self, account: &AccountKey, peer: Option<&ScopedId>) -> Lane {
        Lane { account: account.clone(), peer: peer.map(|peer| self.hash(account, peer)) }
    }

    fn hash(&self, account: &AccountKey, peer: &ScopedId) -> u64 {
        let mut mac = Hmac::<Sha256>::new(&padded(&self.0).into());
        for part in [account.owner.as_str(), account.account.platform.as_str(), account.account.id.as_str(), peer.as_str()] {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part.as_bytes());
        }
        let digest = mac.finalize().into_bytes();
        let mut first = [0; 8];
        first.copy_from_slice(&digest[..8]);
        u64::from_be_bytes(first)
    }
}

/// HMAC takes its key as one block of the hash; a shorter key is filled up with zeros.
pub(crate) fn padded(key: &[u8; 32]) -> [u8; 64] {
    let mut block = [0; 64];
    block[..32].copy_from_slice(key);
    block
}

impl fmt::Debug for LaneKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LaneKey(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(owner: &str) -> AccountKey {
        AccountKey::new(OwnerId::new(owner).unwrap(), "messenger:1".parse().unwrap())
    }

    #[test]
    fn two_owners_of_one_page_have_different_lanes_for_the_same_person() {
        let key = LaneKey::new([7; 32]);
        let peer = ScopedId::new("42").unwrap();
        assert_ne!(key.lane(&account("a"), Some(&peer)).peer, key.lane(&account("b"), Some(&peer)).peer);
        assert_eq!(key.lane(&account("a"), Some(&peer)), key.lane(&account("a"), Some(&peer)));
        assert_ne!(LaneKey::new([8; 32]).lane(&account("a"), Some(&peer)), key.lane(&account("a"), Some(&peer)));
    }
}
