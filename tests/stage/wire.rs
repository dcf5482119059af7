//! Deliveries as Meta posts them.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The value of `X-Hub-Signature-256` for a body.
pub(crate) fn sign(secret: &str, body: &[u8]) -> String {
    let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap().chain_update(body);
    format!("sha256={}", hex::encode(mac.finalize().into_bytes()))
}

/// Posts deliveries to a webhook address.
#[derive(Clone)]
pub(crate) struct Mail {
    http: reqwest::Client,
    to: String,
}

impl Mail {
    pub(crate) fn to(webhook: impl Into<String>) -> Self {
        Self { http: reqwest::Client::builder().no_proxy().build().unwrap(), to: webhook.into() }
    }

    /// A request that is not posted yet, with a body and no signature.
    pub(crate) fn letter(&self, body: impl Into<reqwest::Body>) -> reqwest::RequestBuilder {
        self.http.post(&self.to).header("content-type", "application/json").body(body)
    }

    /// Posts a body with the right signature; the status and the body of the answer.
    pub(crate) async fn post(&self, body: impl Into<Vec<u8>>) -> (u16, String) {
        self.try_post(body).await.unwrap()
    }

    /// The same where nobody may answer.
    pub(crate) async fn try_post(&self, body: impl Into<Vec<u8>>) -> reqwest::Result<(u16, String)> {
        let body = body.into();
        let signature = sign(super::APP_SECRET, &body);
        let answer = self.letter(body).header("x-hub-signature-256", signature).send().await?;
        Ok((answer.status().as_u16(), answer.text().await?))
    }

    /// The status and the body of the answer to a letter.
    pub(crate) async fn answer(&self, letter: reqwest::RequestBuilder) -> (u16, String) {
        let answer = letter.send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    /// Asks as a handshake does.
    pub(crate) async fn ask(&self, query: &[(&str, &str)]) -> (u16, String) {
        self.answer(self.http.get(&self.to).query(query)).await
    }
}
