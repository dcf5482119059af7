//! Who is let in.

use std::fmt;

use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use link_core::words::envelope::Item;
use link_core::words::ports::{Delivery, GrantTold, Handshake, Intake, Notice, Received, Rejected};
use link_core::{Error, ErrorKind, Result, Road, Secret};
use sha1::Sha1;
use sha2::Sha256;
use subtle::ConstantTimeEq;

use super::letter::Letter;
use super::split::split;

/// Longest challenge that is echoed. Meta's have about ten digits.
const MAX_CHALLENGE: usize = 256;

/// Verifies webhook requests against the secrets of one or several apps.
///
/// Meta signs with the secret of the app that owns the subscription, which differs between the Facebook and the Instagram road;
/// while a secret is rotated, deliveries signed with either arrive. So there are several, and the one that matches names the road.
///
/// ```
/// use link_core::words::ports::{Delivery, Intake};
/// use link_core::{Road, Secret};
/// use link_graph::webhook::Gatehouse;
///
/// let gatehouse = Gatehouse::new([(Road::FACEBOOK, Secret::new("the app's secret"))])?.with_verify_token(Secret::new("chosen by us"));
/// let unsigned = Delivery::new(b"{}", chrono::Utc::now());
/// assert!(gatehouse.receive(&unsigned).is_err());
/// # Ok::<(), link_core::Error>(())
/// ```
#[derive(Clone)]
pub struct Gatehouse {
    secrets: Vec<(Road, Secret)>,
    verify_token: Option<Secret>,
    accept_sha1: bool,
}

impl Gatehouse {
    /// Lets in what one of these secrets signed. Without a secret, or with an empty one, anybody could sign: that is
    /// [`ErrorKind::Configuration`].
    pub fn new(secrets: impl IntoIterator<Item = (Road, Secret)>) -> Result<Self> {
        let secrets: Vec<_> = secrets.into_iter().collect();
        if secrets.is_empty() || secrets.iter().any(|(_, secret)| secret.expose().is_empty()) {
            return Err(Error::new(ErrorKind::Configuration, "guard the webhook without a secret"));
        }
        Ok(Self { secrets, verify_token: None, accept_sha1: false })
    }

    /// Answers handshakes that carry this token. Without one, or with an empty one, every handshake is turned away.
    #[must_use]
    pub fn with_verify_token(mut self, token: Secret) -> Self {
        self.verify_token = Some(token).filter(|token| !token.expose().is_empty());
        self
    }

    /// Takes the legacy SHA-1 signature where a request carries no SHA-256 one. Meta sends both; only an old relay in between has a
    /// reason to drop the better one.
    #[must_use]
    pub const fn accept_sha1(mut self, accepted: bool) -> Self {
        self.accept_sha1 = accepted;
        self
    }

    fn road(&self, delivery: &Delivery<'_>) -> Result<&Road, Rejected> {
        match (delivery.signature_256, delivery.signature_1) {
            (Some(signature), _) => self.signer(delivery.body, &digest::<32>(signature, "sha256=")?, signs::<Hmac<Sha256>>),
            (None, Some(signature)) if self.accept_sha1 => {
                self.signer(delivery.body, &digest::<20>(signature, "sha1=")?, signs::<Hmac<Sha1>>)
            }
            _ => Err(Rejected::Unsigned),
        }
    }

    fn signer(&self, body: &[u8], digest: &[u8], signs: fn(&Secret, &[u8], &[u8]) -> bool) -> Result<&Road, Rejected> {
        self.secrets.iter().find(|(_, secret)| signs(secret, body, digest)).map(|(road, _)| road).ok_or(Rejected::Forged)
    }
}

impl Intake for Gatehouse {
    fn handshake(&self, handshake: &Handshake) -> Result<String, Rejected> {
        let (Some("subscribe"), Some(challenge), Some(given), Some(ours)) =
            (handshake.mode.as_deref(), &handshake.challenge, &handshake.verify_token, &self.verify_token)
        else {
            return Err(Rejected::Handshake);
        };
        let known = bool::from(given.as_bytes().ct_eq(ours.expose().as_bytes()));
        if known && is_challenge(challenge) { Ok(challenge.clone()) } else { Err(Rejected::Handshake) }
    }

    fn receive(&self, delivery: &Delivery<'_>) -> Result<Received, Rejected> {
        let road = self.road(delivery)?;
        Ok(split(delivery.body, road, delivery.received_at))
    }

    fn notice(&self, signed: &str, now: DateTime<Utc>) -> Result<Notice, Rejected> {
        let letter = Letter::read(signed)?;
        let road = self.signer(letter.payload.as_bytes(), &letter.digest, signs::<Hmac<Sha256>>)?;
        letter.notice(road, now)
    }

    fn granted(&self, item: &Item) -> Option<GrantTold> {
        super::consent::read(item)
    }
}

impl fmt::Debug for Gatehouse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gatehouse")
            .field("roads", &self.secrets.iter().map(|(road, _)| road).collect::<Vec<_>>())
            .field("answers_handshakes", &self.verify_token.is_some())
            .field("accept_sha1", &self.accept_sha1)
            .finish()
    }
}

/// The digest in a signature header: the scheme and hex digits of either case.
fn digest<const N: usize>(signature: &str, scheme: &str) -> Result<[u8; N], Rejected> {
    let digits = signature.strip_prefix(scheme).ok_or(Rejected::Malformed)?;
    let mut digest = [0; N];
    hex::decode_to_slice(digits, &mut digest).map_err(|_| Rejected::Malformed)?;
    Ok(digest)
}

fn signs<M: Mac + KeyInit>(secret: &Secret, body: &[u8], digest: &[u8]) -> bool {
    M::new_from_slice(secret.expose().as_bytes()).is_ok_and(|mac| mac.chain_update(body).verify_slice(digest).is_ok())
}

/// Whatever is echoed stands on a page under our name, so only what cannot be markup is.
fn is_challenge(challenge: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    (1..=MAX_CHALLENGE).contains(&challenge.len()) && challenge.bytes().all(plain)
}

#[cfg(test)]
mod tests;
