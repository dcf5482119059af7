//! A Page, with the Instagram account that is linked to it.

use link_core::words::ports::Listing;
use link_core::{AccountId, ExternalId, Platform, Refusal, Road, Secret};
use serde::Deserialize;

use crate::wire::Lenient;

/// What is asked of a Page.
pub(super) const FIELDS: &str = "id,name,access_token,tasks,instagram_business_account{id,username,name}";

/// The same where Meta may not know of tasks: they are a matter of the list of somebody's Pages, and not of every Page.
pub(super) const FIELDS_WITHOUT_TASKS: &str = "id,name,access_token,instagram_business_account{id,username,name}";

/// The tasks that each allow messaging, in the spelling of old Pages and of new ones.
pub(crate) const MESSAGING_TASKS: &[&str] =
    &["MESSAGING", "PROFILE_PLUS_MESSAGING", "PAGES_MESSAGING", "MANAGE", "PROFILE_PLUS_MANAGE", "PROFILE_PLUS_FULL_CONTROL"];

#[derive(Deserialize)]
pub(super) struct Page {
    id: Lenient<String>,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    access_token: Option<String>,
    #[serde(default)]
    tasks: Option<Vec<String>>,
    #[serde(default)]
    instagram_business_account: Option<Professional>,
}

#[derive(Deserialize)]
struct Professional {
    id: Lenient<String>,
    #[serde(default)]
    username: Option<String>,
    #[serde(default)]
    name: Option<String>,
}

impl Page {
    /// The Page of a list's item; one that does not read is left out.
    pub(super) fn read(item: &str) -> Option<Self> {
        let page = serde_json::from_str::<Self>(item).ok().filter(|page| page.id().is_some());
        if page.is_none() {
            tracing::warn!("the platform lists a Page that does not read; it is left out");
        }
        page
    }

    pub(super) fn id(&self) -> Option<ExternalId> {
        ExternalId::new(self.id.0.clone()?).ok()
    }

    /// The Page and its Instagram account. Without a token neither can be linked: for the task that is missing, or else for this reason.
    pub(super) fn listings(self, without_token: Option<Refusal>) -> Vec<Listing> {
        let Some(id) = self.id() else { return Vec::new() };
        let obstacle = self.obstacle(without_token);
        let token = Secret::new(self.access_token.unwrap_or_default());
        let name = self.name.unwrap_or_else(|| id.to_string());
        let account = AccountId::new(Platform::MESSENGER, id.clone());
        let mut page = Listing::new(account, Road::FACEBOOK, name, token.clone());
        page.obstacle.clone_from(&obstacle);
        let instagram = self.instagram_business_account.and_then(|professional| {
            let account = AccountId::new(Platform::INSTAGRAM, ExternalId::new(professional.id.0?).ok()?);
            let name = professional.name.filter(|name| !name.is_empty()).or_else(|| professional.username.clone());
            let mut listing = Listing::new(account.clone(), Road::FACEBOOK, name.unwrap_or_else(|| account.id.to_string()), token);
            listing.via = Some(id);
            listing.username = professional.username;
            listing.obstacle = obstacle;
            Some(listing)
        });
        std::iter::once(page).chain(instagram).collect()
    }

    /// Why it cannot be linked. Without a list of tasks nothing can be said of them; without a token there is no access, whatever they are.
    fn obstacle(&self, without_token: Option<Refusal>) -> Option<Refusal> {
        let task = || Refusal::TaskMissing { task: "MESSAGING".to_owned() };
        let allows = |tasks: &Vec<String>| tasks.iter().any(|task| MESSAGING_TASKS.contains(&task.as_str()));
        if self.tasks.as_ref().is_some_and(|tasks| !allows(tasks)) {
            return Some(task());
        }
        let has_token = self.access_token.as_deref().is_some_and(|token| !token.is_empty());
        (!has_token).then(|| without_token.unwrap_or_else(task))
    }
}
