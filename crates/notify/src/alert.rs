//! What is told: that there is a new message, and where. Never what it says.

use std::fmt;

use chrono::{DateTime, Utc};
use link_core::{AccountId, AccountKey, ConversationKey, MessageId, MessageKey, OwnerId, Road, ScopedId};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// A person wrote. It carries ids only; the message is read through the receiver's own view.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Alert {
    /// The same for the same message, however often and after whatever restart it is told.
    pub id: AlertId,
    /// Whose account.
    pub owner: OwnerId,
    /// At which account.
    pub account: AccountId,
    /// Who wrote.
    pub peer: ScopedId,
    /// By which road.
    pub road: Road,
    /// Which message.
    pub message: MessageId,
    /// When it was written, by the platform's clock.
    pub at: DateTime<Utc>,
    /// It came long after it was written, as after an outage.
    pub late: bool,
}

impl Alert {
    /// A person wrote a message, and it came in time.
    pub fn new(message: MessageKey, peer: ScopedId, at: DateTime<Utc>) -> Self {
        let id = AlertId::of(&message);
        let MessageKey { account: AccountKey { owner, account }, road, id: message } = message;
        Self { id, owner, account, peer, road, message, at, late: false }
    }

    /// Under which key the message is read.
    pub fn key(&self) -> MessageKey {
        let account = AccountKey::new(self.owner.clone(), self.account.clone());
        MessageKey { account, road: self.road.clone(), id: self.message.clone() }
    }

    /// Under which key the conversation is read and answered.
    pub fn conversation(&self) -> ConversationKey {
        ConversationKey { account: AccountKey::new(self.owner.clone(), self.account.clone()), peer: self.peer.clone() }
    }

    /// As one that came long after it was written, or not.
    #[must_use]
    pub const fn late(mut self, late: bool) -> Self {
        self.late = late;
        self
    }
}

/// An alert's id: 32 hex digits that follow from the message's owner, account, road and id. Fit for a receiver's idempotency key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AlertId(String);

impl AlertId {
    fn of(message: &MessageKey) -> Self {
        use fmt::Write as _;
        let MessageKey { account: AccountKey { owner, account }, road, id } = message;
        let mut digest = Sha256::new();
        // Lengths go in as well, or the ids of two messages could be cut differently and meet.
        for part in [owner.as_str(), account.platform.as_str(), account.id.as_str(), road.as_str(), id.as_str()] {
            digest.update((part.len() as u64).to_be_bytes());
            digest.update(part.as_bytes());
        }
        let mut hex = String::with_capacity(32);
        for byte in &digest.finalize()[..16] {
            // Writing to a String cannot fail.
            write!(hex, "{byte:02x}").unwrap_or_default();
        }
        Self(hex)
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AlertId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn id(owner: &str, account: &str, road: Road, message: &str) -> AlertId {
        let account = AccountKey::new(OwnerId::new(owner).unwrap(), account.parse().unwrap());
        let key = MessageKey { account, road, id: MessageId::new(message).unwrap() };
        Alert::new(key, ScopedId::new("1").unwrap(), DateTime::UNIX_EPOCH).id
    }

    #[test]
    fn a_receiver_that_drops_repeats_never_drops_another_message() {
        let different = [
            id("o", "messenger:1", Road::FACEBOOK, "m_1"),
            id("x", "messenger:1", Road::FACEBOOK, "m_1"),
            id("o", "instagram:1", Road::FACEBOOK, "m_1"),
            id("o", "messenger:1", Road::INSTAGRAM, "m_1"),
            id("o", "messenger:1", Road::FACEBOOK, "m_2"),
            id("om", "messenger:1", Road::FACEBOOK, "_1"),
        ];
        assert_eq!(different.iter().collect::<BTreeSet<_>>().len(), different.len());
    }

    #[test]
    fn a_receiver_knows_a_repeat_also_after_an_upgrade() {
        assert_eq!(id("o", "messenger:1", Road::FACEBOOK, "m_1").as_str(), "4cd37c06a9f0aba1b1dfc28e38a7c770");
    }
}
