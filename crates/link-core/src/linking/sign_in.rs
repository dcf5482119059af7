//! A sign-in that is under way: what ties the answer of a dialog to the person who opened it.

use chrono::{DateTime, TimeDelta, Utc};
use hmac::digest::Digest;
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::words::ids::{ActorId, OwnerId, SetupId};
use crate::words::platform::{Road, Scope};
use crate::words::secret::Secret;

/// How long a dialog may take. Refusals of the dialog itself never come back, so somebody who got stuck is told by this running out.
pub const SIGN_IN_LIFE: TimeDelta = TimeDelta::minutes(10);

/// A dialog that was opened and did not come back yet. The state itself is not kept, only its digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SignIn {
    /// The digest of the state that went out.
    pub state: StateDigest,
    /// Whose sign-in.
    pub owner: OwnerId,
    /// Who opened it; nobody else can bring it back.
    pub actor: ActorId,
    /// For which setup.
    pub setup: SetupId,
    /// By which road.
    pub road: Road,
    /// What was asked for; whatever of it does not come back granted was declined.
    pub asked: Vec<Scope>,
    /// The redirect address, repeated at the exchange.
    pub redirect_uri: String,
    /// Where the person is sent afterwards; a path of the embedder.
    pub return_to: Option<String>,
    /// After this it is too late.
    pub expires_at: DateTime<Utc>,
}

impl SignIn {
    /// A dialog opened now.
    #[expect(clippy::too_many_arguments, reason = "every one of them is checked or repeated when the answer comes back")]
    pub fn new(
        state: &Secret,
        owner: OwnerId,
        actor: ActorId,
        setup: SetupId,
        road: Road,
        asked: Vec<Scope>,
        redirect_uri: impl Into<String>,
        now: DateTime<Utc>,
    ) -> Self {
        Self {
            state: StateDigest::of(state),
            owner,
            actor,
            setup,
            road,
            asked,
            redirect_uri: redirect_uri.into(),
            return_to: None,
            expires_at: now + SIGN_IN_LIFE,
        }
    }

    /// With the place to go to afterwards.
    #[must_use]
    pub fn returning_to(mut self, path: Option<String>) -> Self {
        self.return_to = path;
        self
    }

    /// Whether this answer may be used by this person now.
    pub fn check(&self, owner: &OwnerId, actor: &ActorId, now: DateTime<Utc>) -> Result<(), StateRefused> {
        if self.owner != *owner || self.actor != *actor {
            return Err(StateRefused::Foreign);
        }
        if now >= self.expires_at {
            return Err(StateRefused::Expired);
        }
        Ok(())
    }
}

/// The SHA-256 of a state. Looking a digest up leaks nothing about the state by time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StateDigest(String);

impl StateDigest {
    /// The digest of a state.
    pub fn of(state: &Secret) -> Self {
        use std::fmt::Write as _;
        let digest = Sha256::digest(state.expose().as_bytes());
        let mut hex = String::with_capacity(64);
        for byte in digest {
            // Writing to a String cannot fail.
            write!(hex, "{byte:02x}").unwrap_or_default();
        }
        Self(hex)
    }

    /// The digest in hex.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Why the answer of a dialog is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum StateRefused {
    /// Nobody opened a dialog with this state, or its answer was used already.
    #[error("this sign-in is unknown or was used already")]
    Unknown,
    /// It took longer than [`SIGN_IN_LIFE`].
    #[error("this sign-in took longer than ten minutes")]
    Expired,
    /// Somebody else opened it.
    #[error("this sign-in was opened by somebody else")]
    Foreign,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_works_for_the_one_who_asked_and_in_time() {
        let now = DateTime::UNIX_EPOCH;
        let owner = |o: &str| OwnerId::new(o).unwrap();
        let actor = |a: &str| ActorId::new(a).unwrap();
        let state = Secret::new("s");
        let open =
            SignIn::new(&state, owner("o"), actor("a"), SetupId::from_uuid(uuid::Uuid::nil()), Road::FACEBOOK, vec![], "http://x", now);
        assert_eq!(open.check(&owner("o"), &actor("a"), now), Ok(()));
        assert_eq!(open.check(&owner("p"), &actor("a"), now), Err(StateRefused::Foreign));
        assert_eq!(open.check(&owner("o"), &actor("b"), now), Err(StateRefused::Foreign));
        assert_eq!(open.check(&owner("o"), &actor("a"), now + SIGN_IN_LIFE), Err(StateRefused::Expired));
        assert_eq!(StateDigest::of(&Secret::new("abc")).as_str(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
