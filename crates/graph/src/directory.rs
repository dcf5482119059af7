//! Which accounts a person can reach.

mod instagram;
mod left_out;
mod page;

pub use instagram::InstagramDirectory;
pub(crate) use page::MESSAGING_TASKS;

use std::collections::BTreeSet;

use async_trait::async_trait;
use link_core::words::ports::{Directory, Listing};
use link_core::{ExternalId, Result, Secret};

use crate::client::{Call, Client};
use crate::paging;
use page::Page;

const PAGE_SIZE: &str = "100";

/// Lists the Pages that a person can reach by Facebook Login, and the Instagram professional accounts linked to them.
///
/// Meta's list leaves Pages out: those held by a business and those that were not ticked in the dialog. Which there are is found out
/// through what the token is for and, with `business_management`, through the person's businesses. What is found so can be linked, or is
/// listed with the reason why not. A search that is refused or fails takes nothing from the list; it is logged. Of Pages that nothing
/// but the token names, fifty are looked up.
///
/// An Instagram account is not told at all if it is personal or not linked to its Page, or if `instagram_basic` was declined.
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
        let what = "list the accounts";
        let call = || Call::get(what, "me/accounts").query("fields", page::FIELDS).query("limit", PAGE_SIZE).with_token(token);
        let items = paging::all(&self.client, call).await?;
        let pages: Vec<Page> = items.iter().filter_map(|item| Page::read(item.get())).collect();
        let known: BTreeSet<ExternalId> = pages.iter().filter_map(Page::id).collect();
        let more = left_out::find(&self.client, token, known).await;
        let listed = pages.into_iter().flat_map(|page| page.listings(None));
        let mut seen = BTreeSet::new();
        // A list that shifts while it is read names a Page twice.
        Ok(listed.chain(more).filter(|listing| seen.insert(listing.account.clone())).collect())
    }
}
