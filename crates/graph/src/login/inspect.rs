//! What a token is worth: `debug_token` and `/me/permissions`.

use std::collections::{BTreeMap, BTreeSet};

use link_core::words::ports::{GrantState, ScopeGrant, SignedIn};
use link_core::{Error, ErrorKind, ExternalId, PersonId, Remedy, Result, Scope, Secret, Who};
use serde::Deserialize;

use crate::client::{Call, Client};
use crate::failure::Fields;
use crate::paging;
use crate::wire::{Lenient, expiry};

const WHAT: &str = "inspect the token";

pub(super) async fn inspect(client: &Client, token: &Secret) -> Result<SignedIn> {
    let facts = facts(client, token).await?;
    let person = facts.user_id.0.as_deref().and_then(|id| PersonId::new(id).ok());
    let mut signed = SignedIn::new(person.ok_or_else(|| Error::new(ErrorKind::Unrecognised, WHAT))?, token.clone());
    signed.expires_at = expiry(&facts.expires_at);
    signed.data_access_expires_at = expiry(&facts.data_access_expires_at);
    // A system user has no dialog in which something could be declined, and no list of answers.
    let answers = if facts.kind.as_deref() == Some("SYSTEM_USER") { Vec::new() } else { answers(client, token).await? };
    signed.grants = grants(&facts, answers);
    Ok(signed)
}

#[derive(Deserialize)]
struct Envelope {
    data: Facts,
}

#[derive(Default, Deserialize)]
pub(crate) struct Facts {
    #[serde(default)]
    app_id: Lenient<String>,
    #[serde(default)]
    user_id: Lenient<String>,
    #[serde(default, rename = "type")]
    pub(crate) kind: Option<String>,
    #[serde(default)]
    is_valid: Lenient<bool>,
    #[serde(default)]
    expires_at: Lenient<i64>,
    #[serde(default)]
    pub(crate) data_access_expires_at: Lenient<i64>,
    #[serde(default)]
    pub(crate) scopes: Vec<String>,
    #[serde(default)]
    pub(crate) granular_scopes: Vec<Granular>,
    #[serde(default)]
    error: Option<Fields>,
}

#[derive(Deserialize)]
pub(crate) struct Granular {
    pub(crate) scope: String,
    /// Absent for all assets that the person has or will have.
    #[serde(default)]
    pub(crate) target_ids: Option<Vec<Lenient<String>>>,
}

impl Facts {
    /// The Pages that were ticked in the dialog; `None` for all that there are.
    pub(crate) fn ticked_pages(&self) -> Option<BTreeSet<String>> {
        let of_pages = self.granular_scopes.iter().filter(|granular| granular.scope.starts_with("pages_"));
        let narrow: Vec<_> = of_pages.filter_map(|granular| granular.target_ids.as_ref()).collect();
        (!narrow.is_empty()).then(|| narrow.into_iter().flatten().filter_map(|id| id.0.clone()).collect())
    }
}

/// Asks with the app's own token. The token in question can only be asked about in the address: that is how the call is made.
pub(crate) async fn facts(client: &Client, token: &Secret) -> Result<Facts> {
    let call = Call::get(WHAT, "debug_token").query("input_token", token.expose()).with_token(&client.app().token());
    let answer = client.call(call).await?;
    let facts = answer.json::<Envelope>()?.data;
    if facts.is_valid.0 != Some(true) {
        let error = facts.error.unwrap_or_default().into_failure(200).into_error_of(ErrorKind::SignInNeeded, WHAT);
        let remedy = error.remedy().copied();
        return Err(
            error.with_remedy(remedy.unwrap_or(Remedy::new(Who::Owner, "sign in again; the link and its history stay as they are")))
        );
    }
    if facts.app_id.0.as_deref() != Some(client.app().id.as_str()) {
        let remedy = Remedy::new(Who::Developer, "use a token that was given to this app");
        return Err(Error::new(ErrorKind::Invalid, "use a token that was given to another app").with_remedy(remedy));
    }
    Ok(facts)
}

#[derive(Deserialize)]
pub(crate) struct Permission {
    pub(crate) permission: String,
    pub(crate) status: String,
}

pub(crate) async fn answers(client: &Client, token: &Secret) -> Result<Vec<Permission>> {
    let call = || Call::get("read what was granted", "me/permissions").with_token(token);
    let items = paging::all(client, call).await?;
    Ok(items.iter().filter_map(|item| serde_json::from_str(item.get()).ok()).collect())
}

/// Puts together what the token may, by both tellings: the list of answers knows what was declined, the token knows for which assets.
fn grants(facts: &Facts, answers: Vec<Permission>) -> Vec<ScopeGrant> {
    let mut states: BTreeMap<String, GrantState> = BTreeMap::new();
    for scope in facts.scopes.iter().chain(facts.granular_scopes.iter().map(|granular| &granular.scope)) {
        states.insert(scope.clone(), GrantState::Granted);
    }
    for answer in answers {
        let state = match answer.status.as_str() {
            "granted" => GrantState::Granted,
            "expired" => GrantState::Expired,
            "declined" => GrantState::Declined,
            unknown => {
                tracing::warn!(permission = %answer.permission, status = %unknown, "a permission has a status that nobody knows");
                GrantState::Unclear
            }
        };
        states.insert(answer.permission, state);
    }
    let targets = |scope: &str| {
        let mut narrow = facts.granular_scopes.iter().filter(|granular| granular.scope == scope);
        let ids = narrow.next()?.target_ids.as_ref()?;
        Some(ids.iter().filter_map(|id| ExternalId::new(id.0.as_deref()?).ok()).collect())
    };
    let grant = |(scope, state): (String, GrantState)| {
        let targets = targets(&scope).filter(|_| state == GrantState::Granted);
        Some(ScopeGrant { scope: Scope::new(scope).ok()?, state, targets })
    };
    states.into_iter().filter_map(grant).collect()
}
