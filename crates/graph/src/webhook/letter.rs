//! `signed_request`: the letter that Meta signs when somebody takes the app out or wants to be forgotten.

use base64::Engine as _;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use chrono::{DateTime, TimeDelta, Utc};
use link_core::words::ports::{Notice, Rejected};
use link_core::{ExternalId, PersonId, Road};
use serde::Deserialize;

use crate::wire::Lenient;

/// How old a letter may be. Meta sends it at once and repeats it for a while; there is no other protection against one that is replayed.
const OLDEST: TimeDelta = TimeDelta::days(2);

/// How far its clock may be ahead of ours.
const AHEAD: TimeDelta = TimeDelta::minutes(10);

/// Meta leaves the padding out; some proxies and test tools put it back.
const BASE64: GeneralPurpose =
    GeneralPurpose::new(&base64::alphabet::URL_SAFE, GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent));

/// A letter that was taken apart and not verified yet.
pub(super) struct Letter<'a> {
    /// What was signed: the encoded text as it came, never what it decodes to.
    pub(super) payload: &'a str,
    pub(super) digest: [u8; 32],
    told: Told,
}

#[derive(Deserialize)]
struct Told {
    algorithm: String,
    #[serde(default)]
    issued_at: Lenient<i64>,
    #[serde(default)]
    user_id: Lenient<String>,
    #[serde(default)]
    profile_id: Lenient<String>,
}

impl<'a> Letter<'a> {
    pub(super) fn read(signed: &'a str) -> Result<Self, Rejected> {
        let (signature, payload) = signed.trim().split_once('.').ok_or(Rejected::Malformed)?;
        let bytes = |text: &str| BASE64.decode(text).map_err(|_| Rejected::Malformed);
        let digest = <[u8; 32]>::try_from(bytes(signature)?).map_err(|_| Rejected::Malformed)?;
        let told: Told = serde_json::from_slice(&bytes(payload)?).map_err(|_| Rejected::Malformed)?;
        // Whoever could choose the algorithm could choose none.
        if told.algorithm != "HMAC-SHA256" {
            return Err(Rejected::Unsigned);
        }
        Ok(Self { payload, digest, told })
    }

    /// What it says. Only of a letter whose signature was verified.
    pub(super) fn notice(self, road: &Road, now: DateTime<Utc>) -> Result<Notice, Rejected> {
        let issued_at = self.told.issued_at.0.and_then(|seconds| DateTime::from_timestamp(seconds, 0)).ok_or(Rejected::Malformed)?;
        if issued_at < now - OLDEST || issued_at > now + AHEAD {
            return Err(Rejected::Stale);
        }
        let mut notice = Notice::new(road.clone(), issued_at);
        // Dashboards send test letters for the user "0".
        let named = |id: Option<String>| id.filter(|id| !id.is_empty() && id != "0");
        notice.person = named(self.told.user_id.0).map(PersonId::new).transpose().map_err(|_| Rejected::Malformed)?;
        notice.account = named(self.told.profile_id.0).map(ExternalId::new).transpose().map_err(|_| Rejected::Malformed)?;
        Ok(notice)
    }
}

#[cfg(test)]
mod tests;
