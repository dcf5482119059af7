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

use super::credential::{Attention, Credential, CredentialKey, CredentialStore, Replacement, Sealed, SealedOtherwise};
use crate::words::clock::Chance;
use crate::words::envelope::{LaneKey, padded};
use crate::words::error::{Error, ErrorKind, Result};
use crate::words::feed::Happening;
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
            let named = whose.replace('\n', ", ");
            Error::new(ErrorKind::Configuration, format!("open the credential ({named}): its key {:?} is not in the ring", sealed.key_id))
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

/// What is under the seal. Bodies of older programs hold the token and its end only.
#[derive(Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
struct Plain {
    token: String,
    #[zeroize(skip)]
    expires_at: Option<DateTime<Utc>>,
    #[zeroize(skip)]
    #[serde(default)]
    issued_at: Option<DateTime<Utc>>,
    #[zeroize(skip)]
    #[serde(default)]
    data_access_expires_at: Option<DateTime<Utc>>,
    #[zeroize(skip)]
    #[serde(default)]
    attention: Attention,
}

impl Plain {
    fn of(credential: &Credential) -> Self {
        Self {
            token: credential.token.expose().to_owned(),
            expires_at: credential.expires_at,
            issued_at: credential.issued_at,
            data_access_expires_at: credential.data_access_expires_at,
            attention: credential.attention.clone(),
        }
    }

    fn credential(&self) -> Credential {
        let mut credential = Credential::new(Secret::new(self.token.as_str()))
            .until(self.expires_at)
            .issued(self.issued_at)
            .data_access_until(self.data_access_expires_at);
        credential.attention = self.attention.clone();
        credential
    }
}

/// A token with the sealed form it was opened from: whoever replaces it replaces exactly this one.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Unsealed {
    /// The token.
    pub credential: Credential,
    /// As it is kept.
    pub sealed: Sealed,
}

/// How a pass of re-sealing went.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Resealed {
    /// How many were sealed anew.
    pub sealed: u32,
    /// The last one that was looked at; `None` if there was none left.
    pub last: Option<CredentialKey>,
    /// Those that no key of the ring opens. They stay as they are.
    pub unreadable: Vec<CredentialKey>,
}

impl Vault {
    /// A vault over a store.
    pub fn new(store: Arc<dyn CredentialStore>, ring: KeyRing, chance: Arc<dyn Chance>) -> Self {
        Self { store, ring, chance }
    }

    /// Seals a token and keeps it, in place of the one before. It is due to be looked at at once.
    pub async fn keep(&self, key: &CredentialKey, credential: &Credential) -> Result<()> {
        self.store.put(key, &self.seal(key, credential)?, None).await
    }

    /// Opens a token; `None` if none is kept. One sealed under an older key is sealed anew on the way, unless somebody replaced it meanwhile.
    ///
    /// A token whose key is not in the ring is an error of kind [`Configuration`](ErrorKind::Configuration) that names owner, road, holder and
    /// key; it concerns this one only.
    pub async fn open(&self, key: &CredentialKey) -> Result<Option<Credential>> {
        let Some(unsealed) = self.unseal(key).await? else { return Ok(None) };
        if unsealed.sealed.key_id != self.ring.current() {
            self.reseal_one(key, &unsealed).await?;
        }
        Ok(Some(unsealed.credential))
    }

    /// Opens a token without changing anything, so that it can be replaced; `None` if none is kept.
    pub async fn unseal(&self, key: &CredentialKey) -> Result<Option<Unsealed>> {
        let Some(sealed) = self.store.get(key).await? else { return Ok(None) };
        let plain = self.ring.open(&sealed, &whose(key))?;
        // serde_json's errors quote what they read, so this one is dropped on purpose.
        let plain: Plain = serde_json::from_slice(&plain).map_err(|_| Error::new(ErrorKind::Corrupt, "open a credential"))?;
        Ok(Some(Unsealed { credential: plain.credential(), sealed }))
    }

    /// Puts a token in place of exactly this one, to be looked at then, and tells what is to be told. False if it was replaced meanwhile.
    pub async fn replace(
        &self,
        key: &CredentialKey,
        old: &Unsealed,
        new: &Credential,
        due_at: Option<DateTime<Utc>>,
        happenings: Vec<Happening>,
    ) -> Result<bool> {
        // Sealing anew what did not change would only make the write-ahead log longer.
        let same = *new == old.credential && old.sealed.key_id == self.ring.current();
        let sealed = if same { old.sealed.clone() } else { self.seal(key, new)? };
        self.store.replace(key, &old.sealed, &Replacement::new(sealed, due_at).telling(happenings)).await
    }

    /// Lets one that cannot be opened rest until then. Nothing of it changes.
    pub async fn postpone(&self, key: &CredentialKey, until: DateTime<Utc>) -> Result<()> {
        let Some(sealed) = self.store.get(key).await? else { return Ok(()) };
        self.store.replace(key, &sealed, &Replacement::new(sealed.clone(), Some(until))).await?;
        Ok(())
    }

    /// Seals some tokens anew that an older key sealed, behind `after`. One that no key opens, or whose body is broken, is named and left; it
    /// stops none of the others.
    pub async fn reseal(&self, after: Option<CredentialKey>, limit: u32) -> Result<Resealed> {
        let wanted = SealedOtherwise { key_id: self.ring.current().to_owned(), after, limit };
        let mut done = Resealed::default();
        for key in self.store.sealed_otherwise(&wanted).await? {
            match self.unseal(&key).await {
                Ok(Some(unsealed)) => done.sealed += u32::from(self.reseal_one(&key, &unsealed).await?),
                Ok(None) => {}
                Err(error) if matches!(error.kind(), ErrorKind::Configuration | ErrorKind::Corrupt) => done.unreadable.push(key.clone()),
                Err(error) => return Err(error),
            }
            done.last = Some(key);
        }
        Ok(done)
    }

    /// Forgets a token.
    pub async fn forget(&self, key: &CredentialKey) -> Result<()> {
        self.store.remove(key).await
    }

    async fn reseal_one(&self, key: &CredentialKey, unsealed: &Unsealed) -> Result<bool> {
        // Due at once: when it was due is not known here, and looking once too often changes nothing.
        let sealed = self.seal(key, &unsealed.credential)?;
        self.store.replace(key, &unsealed.sealed, &Replacement::new(sealed, None)).await
    }

    fn seal(&self, key: &CredentialKey, credential: &Credential) -> Result<Sealed> {
        let plain = Zeroizing::new(
            serde_json::to_vec(&Plain::of(credential)).map_err(|e| Error::new(ErrorKind::Corrupt, "seal a credential").with_source(e))?,
        );
        let mut nonce = [0; NONCE];
        nonce.copy_from_slice(&self.chance.bytes()[..NONCE]);
        self.ring.seal(nonce, &plain, &whose(key))
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
    fn a_body_of_an_older_program_still_opens() {
        let old = br#"{"token":"EAA","expires_at":"2026-12-01T00:00:00Z"}"#;
        let plain: Plain = serde_json::from_slice(old).unwrap();
        let credential = plain.credential();
        assert_eq!((credential.token.expose(), credential.issued_at), ("EAA", None));
        assert_eq!(credential.expires_at, Some("2026-12-01T00:00:00Z".parse().unwrap()));
        assert_eq!(credential.attention, Attention::default());
        let again: Plain = serde_json::from_slice(&serde_json::to_vec(&Plain::of(&credential)).unwrap()).unwrap();
        assert_eq!(again.credential(), credential);
    }

    #[test]
    fn a_row_under_another_key_id_does_not_open_even_with_equal_bytes() {
        let mut sealed = ring().seal([9; NONCE], b"token", "a").unwrap();
        sealed.key_id = "k2".to_owned();
        let twin = ring().rotated("k2", [1; 32]);
        assert_eq!(twin.open(&sealed, "a").unwrap_err().kind(), ErrorKind::Corrupt, "the key's id is not authenticated");
    }

    #[test]
    fn an_unknown_key_names_whose_credential_it_is() {
        let sealed = ring().seal([9; NONCE], b"token", "harbour\nfacebook\naccount:messenger:1").unwrap();
        let refused = KeyRing::new("k2", [2; 32]).open(&sealed, "harbour\nfacebook\naccount:messenger:1").unwrap_err().to_string();
        for name in ["harbour", "facebook", "account:messenger:1", "k1"] {
            assert!(refused.contains(name), "{refused}");
        }
    }

    #[test]
    fn a_changed_byte_is_noticed() {
        let mut sealed = ring().seal([9; NONCE], b"token", "a").unwrap();
        *sealed.bytes.last_mut().unwrap() ^= 1;
        assert_eq!(ring().open(&sealed, "a").unwrap_err().kind(), ErrorKind::Corrupt);
    }
}
