//! The Pages that Meta's list leaves out.

use std::collections::BTreeSet;

use link_core::words::ports::Listing;
use link_core::{ErrorKind, ExternalId, Refusal, Result, Secret};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::PAGE_SIZE;
use super::page::{FIELDS, FIELDS_WITHOUT_TASKS, Page};
use crate::client::{Call, Client};
use crate::login::inspect::{Facts, facts};
use crate::paging;
use crate::wire::Lenient;

/// How many Pages are looked up one by one.
const MOST_PAGES: usize = 50;

/// How many businesses are asked for their Pages; two calls each.
const MOST_BUSINESSES: usize = 25;

/// What businesses hold for themselves and what they look after for others.
const EDGES: [&str; 2] = ["{}/owned_pages", "{}/client_pages"];

/// Finds what the list left out besides what is known already. Never fails: what could not be asked is logged and passed over.
pub(super) async fn find(client: &Client, token: &Secret, known: BTreeSet<ExternalId>) -> Vec<Listing> {
    let facts = match facts(client, token).await {
        Ok(facts) => facts,
        Err(error) => {
            tracing::info!(%error, "what the token is for is not told; Pages that the list leaves out are not looked for");
            return Vec::new();
        }
    };
    let mut search = Search { client, token, ticked: facts.pages(), known, asks_tasks: true, found: Vec::new() };
    if facts.may("business_management") {
        search.businesses().await;
    }
    search.targets().await;
    search.found
}

impl Facts {
    /// True if the token has this permission.
    fn may(&self, scope: &str) -> bool {
        self.scopes.iter().any(|given| given == scope)
    }

    /// The Pages that were ticked in the dialog; `None` if the permissions are for all, or if that is not told.
    fn pages(&self) -> Option<BTreeSet<ExternalId>> {
        let lists = self.granular_scopes.iter().filter(|granular| granular.scope.starts_with("pages_"));
        let lists: Option<Vec<_>> = lists.map(|granular| granular.target_ids.as_ref()).collect();
        let lists = lists.filter(|lists| !lists.is_empty())?;
        Some(lists.into_iter().flatten().filter_map(|id| ExternalId::new(id.0.as_deref()?).ok()).collect())
    }
}

struct Search<'a> {
    client: &'a Client,
    token: &'a Secret,
    ticked: Option<BTreeSet<ExternalId>>,
    known: BTreeSet<ExternalId>,
    /// Whether a Page may be asked for tasks; false once that was refused.
    asks_tasks: bool,
    found: Vec<Listing>,
}

#[derive(Deserialize)]
struct Business {
    id: Lenient<String>,
    #[serde(default)]
    name: Option<String>,
}

impl Search<'_> {
    async fn businesses(&mut self) {
        let what = "list the person's businesses";
        let call = || Call::get(what, "me/businesses").query("fields", "id,name").query("limit", PAGE_SIZE).with_token(self.token);
        let items = match paging::all(self.client, call).await {
            Ok(items) => items,
            Err(error) => return tracing::info!(%error, "Pages held by a business are not looked for"),
        };
        let businesses = items.iter().filter_map(|item| serde_json::from_str::<Business>(item.get()).ok());
        if items.len() > MOST_BUSINESSES {
            tracing::warn!(businesses = items.len(), asked = MOST_BUSINESSES, "too many businesses; the others are not asked for Pages");
        }
        for business in businesses.take(MOST_BUSINESSES) {
            let Some(id) = business.id.0 else { continue };
            let name = business.name.unwrap_or_else(|| id.clone());
            for edge in EDGES {
                match self.held(edge, &id).await {
                    Ok(items) => items.iter().filter_map(|item| Page::read(item.get())).for_each(|page| self.take(page, Some(&name))),
                    Err(error) => tracing::info!(%error, edge, "a business does not tell its Pages"),
                }
            }
        }
    }

    /// The Pages that the token is for and that nothing named so far.
    async fn targets(&mut self) {
        let unknown: Vec<_> = self.ticked.iter().flatten().filter(|id| !self.known.contains(id)).cloned().collect();
        if unknown.len() > MOST_PAGES {
            tracing::warn!(
                left_out = unknown.len(),
                asked = MOST_PAGES,
                "the list leaves too many Pages out; the others are not asked for"
            );
        }
        for id in unknown.iter().take(MOST_PAGES) {
            match self.page(id).await {
                Ok(Some(page)) => self.take(page, None),
                Ok(None) => {}
                Err(error) => tracing::info!(%error, page = %id, "a Page that was ticked cannot be read"),
            }
        }
    }

    fn take(&mut self, page: Page, business: Option<&str>) {
        let Some(id) = page.id() else { return };
        let not_ticked = self.ticked.as_ref().is_some_and(|ticked| !ticked.contains(&id));
        if self.known.insert(id) {
            let held = business.map(|business| Refusal::HeldByBusiness { business: business.to_owned() });
            self.found.extend(page.listings(if not_ticked { Some(Refusal::NotTicked) } else { held }));
        }
    }

    async fn held(&mut self, edge: &'static str, business: &str) -> Result<Vec<Box<RawValue>>> {
        let (client, token) = (self.client, self.token);
        let ask = |fields: &'static str| async move {
            let call = || {
                let call = Call::get("list the Pages of a business", edge).id(business);
                call.query("fields", fields).query("limit", PAGE_SIZE).with_token(token)
            };
            paging::all(client, call).await
        };
        self.with_tasks(ask).await
    }

    async fn page(&mut self, id: &ExternalId) -> Result<Option<Page>> {
        let (client, token) = (self.client, self.token);
        let ask = |fields: &'static str| async move {
            client.call(Call::get("read a Page", "{}").id(id).query("fields", fields).with_token(token)).await
        };
        let answer = self.with_tasks(ask).await?;
        Ok(std::str::from_utf8(&answer.body).ok().and_then(Page::read))
    }

    /// Asks for tasks, and without them from the first refusal on: a field that is not known is refused with the whole call.
    async fn with_tasks<T, F: Future<Output = Result<T>>>(&mut self, ask: impl Fn(&'static str) -> F) -> Result<T> {
        if self.asks_tasks {
            match ask(FIELDS).await {
                Err(error) if error.kind() == ErrorKind::Invalid => self.asks_tasks = false,
                answer => return answer,
            }
        }
        ask(FIELDS_WITHOUT_TASKS).await
    }
}
