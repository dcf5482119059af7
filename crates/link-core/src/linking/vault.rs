//! Sealing: XChaCha20-Poly1305 under a ring of keys.

use std::fmt;
use std::sync::Arc;

use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{Key, KeyInit, XChaCha20Poly1305, XNonce};
use chrono::{DateTime, Utc};
use hmac::{Hmac, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::credential::{Credential, CredentialKey, CredentialStore, Sealed};
use crate::words::clock::Chance;
use crate::words::envelope::{LaneKey, padded};
use crate::words::error::{Error, ErrorKind, Result};
use crate::words::secret::Secret;

const NONCE: usize = 24;

/// The keys that seal tokens: the first seals, all of them open. To rotate, put a new one in front; what is read is sealed anew.
#[derive(Clone)]
pub struct KeyRing {
    keys: Arc<[RingKey]>,
}

#[derive(Zeroize, ZeroizeOnDrop)]
struct RingKey {
    id: String,
    key: [u8; 32],
}

impl KeyRing {
    /// A ring with one key of 32 random bytes; `id` is stored in the clear beside what it seals.
    pub fn new(id: impl Into<String>, key: [u8; 32]) -> Self {
        Self { keys: Arc::new([RingKey { id: id.into(), key }]) }
    }

    /// With a newer key in front; the ones before still open what they sealed.
    #[must_use]
    pub fn rotated(&self, id: impl Into<String>, key: [u8; 32]) -> Self {
        let newest = RingKey { id: id.into(), key };
        let older = self.keys.iter().map(|k| RingKey { id: k.id.clone(), key: k.key });
        Self { keys: std::iter::once(newest).chain(older).collect() }
    }

    /// The name of the key that seals now.
    pub fn current(&self) -> &str {
        &self.keys[0].id
    }

    /// The keys for lanes derived from this ring, the current one first. A journal written before a rotation is purged under the older ones.
    pub fn lane_keys(&self) -> Vec<LaneKey> {
        self.keys.iter().map(|key| LaneKey::new(derive(&key.key, b"link-kit lane"))).collect()
    }

    fn seal(&self, nonce: [u8; NONCE], plain: &[u8], whose: &str) -> Result<Sealed> {
        let RingKey { id, key } = &self.keys[0];
        let context = context(id, whose);
        let cipher = XChaCha20Poly1305::new(&Key::from(*key));
        let sealed = cipher
            .encrypt(&XNonce::from(nonce), Payload { msg: plain, aad: context.as_bytes() })
            .map_err(|_| Error::new(ErrorKind::Corrupt, "seal a credential"))?;
        Ok(Sealed { key_id: id.clone(), bytes: [nonce.as_slice(), &sealed].concat() })
    }

    fn open(&self, sealed: &Sealed, whose: &str) -> Result<Zeroizing<Vec<u8>>> {
        let key = self.keys.iter().find(|key| key.id == sealed.key_id).ok_or_else(|| {
            Error::new(ErrorKind::Configuration, format!("open a credential: its key {:?} is not in the ring", sealed.key_id))
        })?;
        let broken = || Error::new(ErrorKind::Corrupt, "open a credential");
        let (nonce, cipher) = sealed.bytes.split_first_chunk::<NONCE>().ok_or_else(broken)?;
        let context = context(&key.id, whose);
        XChaCha20Poly1305::new(&Key::from(key.key))
            .decrypt(&XNonce::from(*nonce), Payload { msg: cipher, aad: context.as_bytes() })
            .map(Zeroizing::new)
            .map_err(|_| broken())
    }
}

fn context(key_id: &str, whose: &str) -> String {
    format!("link-kit credential v1\n{key_id}\n{whose}")
}

fn derive(key: &[u8; 32], purpose: &[u8]) -> [u8; 32] {
    let mut mac = <Hmac<Sha256> as hmac::KeyInit>::new(&padded(key).into());
    mac.update(purpose);
    mac.finalize().into_bytes().into()
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.keys.iter().map(|key| &key.id)).finish()
    }
}

/// Tokens in, tokens out; between the two they are sealed.
#[derive(Clone)]
pub struct Vault {
    store: Arc<dyn CredentialStore>,
    ring: KeyRing,
    chance: Arc<dyn Chance>,
}

#[derive(Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
struct Plain {
    token: String,
    #[zeroize(skip)]
    expires_at: Option<DateTime<Utc>>,
    /// What was sealed before this was known has none.
    #[zeroize(skip)]
    #[serde(default)]
    data_access_expires_at: Option<DateTime<Utc>>,
}

impl Vault {
    /// A vault over a store.
    pub fn new(store: Arc<dyn CredentialStore>, ring: KeyRing, chance: Arc<dyn Chance>) -> Self {
        Self { store, ring, chance }
    }

    /// Seals a token and keeps it.
    pub async fn keep(&self, key: &CredentialKey, credential: &Credential) -> Result<()> {
        let plain = Plain {
            token: credential.token.expose().to_owned(),
            expires_at: credential.expires_at,
            data_access_expires_at: credential.data_access_expires_at,
        };
        let plain =
            Zeroizing::new(serde_json::to_vec(&plain).map_err(|e| Error::new(ErrorKind::Corrupt, "seal a credential").with_source(e))?);
        let mut nonce = [0; NONCE];
        nonce.copy_from_slice(&self.chance.bytes()[..NONCE]);
        let sealed = self.ring.seal(nonce, &plain, &whose(key))?;
        self.store.put(key, &sealed).await
    }

    /// Opens a token; `None` if none is kept. One sealed under an older key is sealed anew on the way.
    pub async fn open(&self, key: &CredentialKey) -> Result<Option<Credential>> {
        let Some(sealed) = self.store.get(key).await? else { return Ok(None) };
        let plain = self.ring.open(&sealed, &whose(key))?;
        // serde_json's errors quote what they read, so this one is dropped on purpose.
        let plain: Plain = serde_json::from_slice(&plain).map_err(|_| Error::new(ErrorKind::Corrupt, "open a credential"))?;
        let credential =
            Credential::new(Secret::new(plain.token.as_str())).until(plain.expires_at).reading_until(plain.data_access_expires_at);
        if sealed.key_id != self.ring.current() {
            self.keep(key, &credential).await?;
        }
        Ok(Some(credential))
    }

    /// Forgets a token.
    pub async fn forget(&self, key: &CredentialKey) -> Result<()> {
        self.store.remove(key).await
    }
}

fn whose(key: &CredentialKey) -> String {
    format!("{}\n{}\n{}", key.owner, key.road, key.holder)
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vault").field("ring", &self.ring).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ring() -> KeyRing {
        KeyRing::new("k1", [1; 32])
    }

    #[test]
    fn a_row_copied_to_another_owner_does_not_open() {
        let sealed = ring().seal([9; NONCE], b"token", "a").unwrap();
        assert_eq!(ring().open(&sealed, "a").unwrap().as_slice(), b"token");
        assert_eq!(ring().open(&sealed, "b").unwrap_err().kind(), ErrorKind::Corrupt);
    }

    #[test]
    fn a_rotated_ring_opens_what_the_old_key_sealed_and_seals_with_the_new() {
        let sealed = ring().seal([9; NONCE], b"token", "a").unwrap();
        let rotated = ring().rotated("k2", [2; 32]);
        assert_eq!(rotated.open(&sealed, "a").unwrap().as_slice(), b"token");
        assert_eq!(rotated.seal([9; NONCE], b"token", "a").unwrap().key_id, "k2");
        assert_eq!(KeyRing::new("k2", [2; 32]).open(&sealed, "a").unwrap_err().kind(), ErrorKind::Configuration);
    }

    #[test]
    fn a_changed_byte_is_noticed() {
        let mut sealed = ring().seal([9; NONCE], b"token", "a").unwrap();
        *sealed.bytes.last_mut().unwrap() ^= 1;
        assert_eq!(ring().open(&sealed, "a").unwrap_err().kind(), ErrorKind::Corrupt);
    }
}
