//! Who we are to Meta.

use hmac::{Hmac, KeyInit, Mac};
use link_core::{ExternalId, Secret};
use sha2::Sha256;

/// An app as it is registered with Meta: its id and its secret.
#[derive(Debug, Clone)]
pub struct App {
    /// The app's id.
    pub id: ExternalId,
    secret: Secret,
}

impl App {
    /// An app.
    pub const fn new(id: ExternalId, secret: Secret) -> Self {
        Self { id, secret }
    }

    pub(crate) const fn secret(&self) -> &Secret {
        &self.secret
    }

    /// The app's own token, in the form that needs no call.
    pub(crate) fn token(&self) -> Secret {
        Secret::new(format!("{}|{}", self.id, self.secret.expose()))
    }

    /// The proof that a call with this token comes from the app's server: the keyed hash of the token, in lower-case hex.
    pub(crate) fn proof(&self, token: &Secret) -> Option<String> {
        // A key of any length is taken, so the `None` never happens; without a proof Meta would refuse the call by itself.
        let mut mac = Hmac::<Sha256>::new_from_slice(self.secret.expose().as_bytes()).ok()?;
        mac.update(token.expose().as_bytes());
        Some(hex::encode(mac.finalize().into_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_proof_is_the_one_that_anybody_with_the_secret_computes() {
        // `printf 'a-token' | openssl dgst -sha256 -hmac an-app-secret`
        let app = App::new(ExternalId::new("1").unwrap(), Secret::new("an-app-secret"));
        assert_eq!(app.proof(&Secret::new("a-token")).as_deref(), Some("b16c821ab4226dd6145c3484fbcd3fad1a53622d1d8d4e8839ff39b0fb1d6407"));
        assert_eq!(app.token().expose(), "1|an-app-secret");
        assert!(!format!("{app:?}").contains("an-app-secret"));
    }
}
