//! Secrets: compared, signed with, and hidden.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Compares secrets without telling how far they agree.
pub(crate) fn same(one: &str, other: &str) -> bool {
    use subtle::ConstantTimeEq;
    one.as_bytes().ct_eq(other.as_bytes()).into()
}

/// HMAC-SHA256, as the platform uses it for proofs and signatures.
pub(crate) fn hmac_sha256(key: &str, message: impl AsRef<[u8]>) -> Vec<u8> {
    match Hmac::<Sha256>::new_from_slice(key.as_bytes()) {
        Ok(mut mac) => {
            mac.update(message.as_ref());
            mac.finalize().into_bytes().to_vec()
        }
        // HMAC takes keys of any length.
        Err(_) => Vec::new(),
    }
}

/// A token as ledgers show it.
pub(crate) fn mask(secret: &str) -> String {
    let tail = |text: &str| -> String {
        let count = text.chars().count();
        text.chars().skip(count.saturating_sub(4)).collect()
    };
    match secret.split_once('|') {
        Some((app, _)) => format!("{app}|***"),
        None if secret.chars().count() >= 20 => {
            let head: String = secret.chars().take(4).collect();
            format!("{head}***{}", tail(secret))
        }
        None => "***".to_owned(),
    }
}
