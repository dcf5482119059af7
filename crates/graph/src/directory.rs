//! Which accounts a person can reach.

mod instagram;

pub use instagram::InstagramDirectory;

use async_trait::async_trait;
use link_core::words::ports::{Directory, Listing};
use link_core::{AccountId, ExternalId, Platform, Refusal, Result, Road, Secret};
use serde::Deserialize;

use crate::client::{Call, Client};
use crate::paging;
use crate::wire::Lenient;

const FIELDS: &str = "id,name,access_token,tasks,instagram_business_account{id,username,name}";
const PAGE_SIZE: &str = "100";

/// The tasks that each allow messaging, in the spelling of old Pages and of new ones.
pub(crate) const MESSAGING_TASKS: &[&str] =
    &["MESSAGING", "PROFILE_PLUS_MESSAGING", "PAGES_MESSAGING", "MANAGE", "PROFILE_PLUS_MANAGE", "PROFILE_PLUS_FULL_CONTROL"];

/// Lists the Pages that somebody ticked in the dialog, and the Instagram professional accounts linked to them.
///
/// A Page that was not ticked, or that is held through a business without `business_management`, is not told by Meta at all. An
/// Instagram account is not told if it is personal or not linked to its Page, or if `instagram_basic` was declined.
#[derive(Debug, Clone)]
pub struct PageDirectory {
    client: Client,
}

impl PageDirectory {
    /// Asks through a client.
    pub const fn new(client: Client) -> Self {
        Self { client }
    }
}

#[async_trait]
impl Directory for PageDirectory {
    async fn accounts(&self, token: &Secret) -> Result<Vec<Listing>> {
        let call = || Call::get("list the accounts", "me/accounts").query("fields", FIELDS).query("limit", PAGE_SIZE).with_token(token);
        let items = paging::all(&self.client, call).await?;
        let pages = items.iter().filter_map(|item| {
            let page = serde_json::from_str::<Page>(item.get()).ok().and_then(Page::listings);
            if page.is_none() {
                tracing::warn!("the platform lists a Page that does not read; it is left out");
            }
            page
        });
        let mut listings: Vec<Listing> = Vec::new();
        for listing in pages.flatten() {
            // A list that shifts while it is read names a Page twice.
            if listings.iter().all(|known| known.account != listing.account) {
                listings.push(listing);
            }
        }
        Ok(listings)
    }
}

#[derive(Deserialize)]
struct Page {
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
    fn listings(self) -> Option<Vec<Listing>> {
        let id = ExternalId::new(self.id.0?).ok()?;
        let obstacle = obstacle(self.tasks.as_deref(), self.access_token.as_deref());
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
        Some(std::iter::once(page).chain(instagram).collect())
    }
}

/// Why a Page cannot be linked. Without a list of tasks nothing can be said; without a token there is no access, whatever the tasks.
fn obstacle(tasks: Option<&[String]>, token: Option<&str>) -> Option<Refusal> {
    let may_message = tasks.is_none_or(|tasks| tasks.iter().any(|task| MESSAGING_TASKS.contains(&task.as_str())));
    let has_token = token.is_some_and(|token| !token.is_empty());
    (!may_message || !has_token).then(|| Refusal::TaskMissing { task: "MESSAGING".to_owned() })
}
