//! What Instagram answers to a code and to a token.

use link_core::words::ports::{GrantState, ScopeGrant};
use link_core::{Scope, Secret};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::wire::Lenient;

/// The answer to a code. It names the account too, by an id of which Meta's pages do not agree which of the two it is; `/me` tells both.
#[derive(Deserialize)]
pub(super) struct Redeemed {
    access_token: String,
    #[serde(default)]
    permissions: Permissions,
}

#[derive(Deserialize)]
pub(super) struct Lengthened {
    pub(super) access_token: String,
    #[serde(default)]
    pub(super) expires_in: Lenient<i64>,
}

impl Redeemed {
    pub(super) fn token(&self) -> Secret {
        Secret::new(self.access_token.as_str())
    }

    pub(super) fn grants(self) -> Vec<ScopeGrant> {
        let scopes = self.permissions.0.into_iter().filter_map(|word| Scope::new(word).ok());
        scopes.map(|scope| ScopeGrant { scope, state: GrantState::Granted, targets: None }).collect()
    }
}

/// Names of permissions, as a list or as a text with commas; something else tells none.
#[derive(Default)]
struct Permissions(Vec<String>);

impl<'de> Deserialize<'de> for Permissions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let word = |word: &str| Some(word.trim().to_owned()).filter(|word| !word.is_empty());
        Ok(Self(match Value::deserialize(deserializer)? {
            Value::Array(items) => items.iter().filter_map(Value::as_str).filter_map(word).collect(),
            Value::String(text) => text.split(',').filter_map(word).collect(),
            _ => Vec::new(),
        }))
    }
}
