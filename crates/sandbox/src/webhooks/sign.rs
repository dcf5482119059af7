//! Signatures: of notifications, and of the `signed_request` of the callbacks.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha1::Sha1;

use crate::secret::hmac_sha256;

/// The value of `X-Hub-Signature-256`.
pub(crate) fn sha256_header(secret: &str, body: &str) -> String {
    format!("sha256={}", hex::encode(hmac_sha256(secret, body)))
}

/// The value of the older `X-Hub-Signature`.
pub(crate) fn sha1_header(secret: &str, body: &str) -> String {
    let signature = Hmac::<Sha1>::new_from_slice(secret.as_bytes()).map(|mut mac| {
        mac.update(body.as_bytes());
        hex::encode(mac.finalize().into_bytes())
    });
    // HMAC takes keys of any length.
    format!("sha1={}", signature.unwrap_or_default())
}

/// A payload that proves where it comes from.
pub(crate) fn signed_request(secret: &str, payload: &Value) -> String {
    let payload = URL_SAFE_NO_PAD.encode(payload.to_string());
    let signature = URL_SAFE_NO_PAD.encode(hmac_sha256(secret, &payload));
    format!("{signature}.{payload}")
}
