//! Which accounts a person can reach.

mod instagram;
mod left_out;

pub use instagram::InstagramDirectory;

use std::collections::BTreeSet;

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
pub(crate) const MESSAGING_TASKS: &[&str] = &["MESSAGING", "PROFILE_PLUS_MESSAGING", "PAGES_MESSAGING", "PROFILE_PLUS_FULL_CONTROL"];

/// Lists the Pages that somebody ticked in the dialog, and the Instagram professional accounts linked to them.
///
/// The list leaves Pages out that a business holds. They are looked for by what the token says it was ticked for, and with
/// `business_management` in the person's businesses: at most fifty calls more, and a refusal of them spoils nothing. Whatever is found
/// there and cannot be linked is listed with the reason; what nobody tells of is not listed.
///
/// An Instagram account is not told if it is personal or not linked to its Page, or if `instagram_basic` was declined.
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
        let mut listings: Vec<Listing> = pages.flatten().collect();
        let listed = listings.iter().filter(|listing| listing.via.is_none()).map(|listing| listing.account.id.to_string()).collect();
        listings.extend(left_out::find(&self.client, token, &listed).await);
        // A list that shifts while it is read names a Page twice.
        let mut known = BTreeSet::new();
        listings.retain(|listing| known.insert(listing.account.clone()));
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
    /// A Page of which nothing else is known.
    fn named(id: &str) -> Self {
        Self { id: Lenient(Some(id.to_owned())), name: None, access_token: None, tasks: None, instagram_business_account: None }
    }

    fn has_token(&self) -> bool {
        self.access_token.as_ref().is_some_and(|token| !token.is_empty())
    }

    fn listings(self) -> Option<Vec<Listing>> {
        let obstacle = obstacle(self.tasks.as_deref(), self.has_token());
        self.hindered_by(obstacle)
    }

    /// The Page and what is linked to it, with what stands in the way.
    fn hindered_by(self, obstacle: Option<Refusal>) -> Option<Vec<Listing>> {
        let id = ExternalId::new(self.id.0?).ok()?;
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
fn obstacle(tasks: Option<&[String]>, has_token: bool) -> Option<Refusal> {
    let may_message = tasks.is_none_or(|tasks| tasks.iter().any(|task| MESSAGING_TASKS.contains(&task.as_str())));
    (!may_message || !has_token).then(|| Refusal::TaskMissing { task: "MESSAGING".to_owned() })
}
