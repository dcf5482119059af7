//! Who an Instagram token belongs to: `/me` on Instagram's own host.

use link_core::{Error, ErrorKind, ExternalId, PersonId, Result, Secret};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::client::{Answer, Call, Client, Host};
use crate::wire::Lenient;

const WHAT: &str = "read the Instagram account";

/// The account, as its own token shows it.
#[derive(Deserialize)]
pub(crate) struct Me {
    /// The professional account's id, which webhooks carry too. `id` beside it is the app's own name for the account, and used nowhere.
    #[serde(default)]
    user_id: Lenient<String>,
    #[serde(default)]
    pub(crate) username: Option<String>,
    #[serde(default)]
    pub(crate) name: Option<String>,
    #[serde(default)]
    account_type: Option<String>,
}

impl Me {
    /// The professional account's id. Without it an account cannot be matched with its webhooks, so an answer without one is none.
    pub(crate) fn account(&self) -> Result<ExternalId> {
        let id = self.user_id.0.as_deref().and_then(|id| ExternalId::new(id).ok());
        id.ok_or_else(|| Error::new(ErrorKind::Unrecognised, WHAT))
    }

    /// The same id, as that of the person who signed in.
    pub(crate) fn person(&self) -> Result<PersonId> {
        let id = self.user_id.0.as_deref().and_then(|id| PersonId::new(id).ok());
        id.ok_or_else(|| Error::new(ErrorKind::Unrecognised, WHAT))
    }

    /// Whether the platform says so; of an account whose type it does not tell, nothing is known against it.
    pub(crate) fn is_personal(&self) -> bool {
        self.account_type.as_deref().is_some_and(|kind| kind.eq_ignore_ascii_case("personal"))
    }
}

pub(crate) async fn me(client: &Client, token: &Secret) -> Result<Me> {
    let call = Call::get(WHAT, "me").on(Host::InstagramGraph).query("fields", "user_id,username,name,account_type").with_token(token);
    one(&client.call(call).await?, WHAT)
}

/// What an answer holds, flat or as the only item of `data`: Meta's pages show the one and its servers send the other.
pub(crate) fn one<T: DeserializeOwned>(answer: &Answer, what: &'static str) -> Result<T> {
    #[derive(Deserialize)]
    struct Wrapped<T> {
        data: Vec<T>,
    }
    match answer.json::<Wrapped<T>>() {
        Ok(wrapped) => wrapped.data.into_iter().next().ok_or_else(|| Error::new(ErrorKind::Unrecognised, what)),
        Err(_) => answer.json(),
    }
}
