//! `/me` on Instagram's own host.

use link_core::{Error, ErrorKind, ExternalId, PersonId, Result, Secret};
use serde::Deserialize;

use crate::client::{Call, Client, Host};
use crate::wire::{Lenient, Wrapped};

const WHAT: &str = "read the Instagram account";
const FIELDS: &str = "user_id,username,name,account_type";

/// An Instagram account, as it sees itself.
///
/// The answer has two ids. `id` is the app's own name for the account and is not read at all; `user_id` is the professional account's.
#[derive(Deserialize)]
pub(crate) struct Me {
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
    pub(crate) async fn ask(client: &Client, token: &Secret) -> Result<Self> {
        let call = Call::get(WHAT, "me").on(Host::InstagramGraph).query("fields", FIELDS).with_token(token);
        Ok(client.call(call).await?.json::<Wrapped<Self>>()?.0)
    }

    /// The professional account's id. The other one is never taken in its place: webhooks do not know it.
    pub(crate) fn account(&self) -> Result<ExternalId> {
        let id = self.user_id.0.as_deref().and_then(|id| ExternalId::new(id).ok());
        id.ok_or_else(|| Error::new(ErrorKind::Unrecognised, WHAT))
    }

    pub(crate) fn person(&self) -> Result<PersonId> {
        PersonId::new(self.account()?.as_str()).map_err(|_| Error::new(ErrorKind::Unrecognised, WHAT))
    }

    /// True only if it says so: the words for professional accounts have changed before.
    pub(crate) fn is_personal(&self) -> bool {
        self.account_type.as_deref().is_some_and(|kind| kind.eq_ignore_ascii_case("personal"))
    }
}
