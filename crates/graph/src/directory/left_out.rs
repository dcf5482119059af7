//! Pages that the person's own list leaves out: what was ticked and is not listed, and what a business holds.

use std::collections::BTreeSet;

use link_core::words::ports::Listing;
use link_core::{ErrorKind, Refusal, Result, Secret};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{FIELDS, PAGE_SIZE, Page};
use crate::client::{Call, Client};
use crate::login::inspect::{self, Facts};
use crate::paging::Paged;
use crate::wire::Lenient;

/// How many calls may follow a list. Each of them is also counted by Meta against what the app may ask.
const MOST_CALLS: u32 = 50;

/// Without which nobody tells what a business holds.
const BUSINESS_SCOPE: &str = "business_management";

/// Whatever the list does not name and the token's own facts or its businesses do. Never fails: the list is worth something without it.
pub(super) async fn find(client: &Client, token: &Secret, listed: &BTreeSet<String>) -> Vec<Listing> {
    let facts = match inspect::facts(client, token).await {
        Ok(facts) => facts,
        Err(error) => {
            tracing::warn!(%error, "whether the list of Pages is whole could not be found out");
            return Vec::new();
        }
    };
    let ticked = facts.ticked_pages();
    let mut search = Search { client, token, left: MOST_CALLS, asks_tasks: true };
    let mut known = listed.clone();
    let mut found = Vec::new();
    for (page, business) in search.held(&facts).await {
        let Some(id) = page.id.0.clone().filter(|id| known.insert(id.clone())) else { continue };
        found.extend(search.settle_held(page, business, &id, ticked.as_ref()).await);
    }
    for id in ticked.iter().flatten().filter(|id| !known.contains(*id)) {
        found.extend(search.settle_ticked(id).await);
    }
    found.into_iter().flatten().collect()
}

struct Search<'a> {
    client: &'a Client,
    token: &'a Secret,
    left: u32,
    /// False once the platform refused to tell the tasks anywhere but in the list.
    asks_tasks: bool,
}

#[derive(Deserialize)]
struct Business {
    id: Lenient<String>,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    owned_pages: Lenient<Paged>,
    #[serde(default)]
    client_pages: Lenient<Paged>,
}

impl Search<'_> {
    /// The Pages of every business that the person belongs to, each with the business's name.
    async fn held(&mut self, facts: &Facts) -> Vec<(Page, Option<String>)> {
        let mut pages = Vec::new();
        if !facts.scopes.iter().any(|scope| scope == BUSINESS_SCOPE) {
            return pages;
        }
        let mut after = None;
        loop {
            let call = |fields: &str, after: Option<&str>| {
                let each = format!("limit({PAGE_SIZE}){{{fields}}}");
                let fields = format!("id,name,owned_pages.{each},client_pages.{each}");
                from(Call::get("list the businesses", "me/businesses").query("fields", fields).query("limit", "25"), after)
            };
            let Some(list) = self.pages(|fields| call(fields, after.as_deref())).await else { return pages };
            for business in read::<Business>(&list) {
                let id = business.id.0.unwrap_or_default();
                let mut held = self.edge(&id, "{}/owned_pages", business.owned_pages.0.unwrap_or_default()).await;
                held.extend(self.edge(&id, "{}/client_pages", business.client_pages.0.unwrap_or_default()).await);
                pages.extend(held.into_iter().map(|page| (page, business.name.clone())));
            }
            after = list.after().map(|after| after.as_str().to_owned());
            if after.is_none() {
                return pages;
            }
        }
    }

    /// The Pages of one edge, of which the first came along with its business.
    async fn edge(&mut self, business: &str, template: &'static str, first: Paged) -> Vec<Page> {
        let mut pages: Vec<Page> = read(&first).collect();
        let mut after = first.after();
        while let Some(cursor) = after {
            let call = |fields: &str| {
                let call = Call::get("list the Pages of a business", template).id(business).query("fields", fields);
                from(call.query("limit", PAGE_SIZE), Some(cursor.as_str()))
            };
            let Some(list) = self.pages(call).await else { break };
            pages.extend(read::<Page>(&list));
            after = list.after();
        }
        pages
    }

    async fn settle_held(
        &mut self,
        page: Page,
        business: Option<String>,
        id: &str,
        ticked: Option<&BTreeSet<String>>,
    ) -> Option<Vec<Listing>> {
        if ticked.is_some_and(|ticked| !ticked.contains(id)) {
            return page.hindered_by(Some(Refusal::NotTicked));
        }
        if page.has_token() {
            return page.listings();
        }
        // The node may hand out a token where the edge does not.
        match self.node(id).await {
            Ok(Some(node)) if node.has_token() => node.listings(),
            Ok(_) => page.hindered_by(Some(Refusal::HeldByBusiness { business })),
            Err(error) if is_closed(error.kind()) => page.hindered_by(Some(Refusal::HeldByBusiness { business })),
            Err(error) => passed_over(&error),
        }
    }

    async fn settle_ticked(&mut self, id: &str) -> Option<Vec<Listing>> {
        match self.node(id).await {
            Ok(Some(node)) if node.has_token() => node.listings(),
            Ok(Some(node)) => node.hindered_by(Some(Refusal::HeldByBusiness { business: None })),
            Ok(None) => None,
            // It was ticked and cannot be seen: the person's role at it is gone.
            Err(error) if is_closed(error.kind()) => Page::named(id).listings(),
            Err(error) => passed_over(&error),
        }
    }

    async fn node(&mut self, id: &str) -> Result<Option<Page>> {
        self.ask(|fields| Call::get("read a Page", "{}").id(id).query("fields", fields)).await
    }

    /// A page of a list; `None` if it cannot be had, which is logged.
    async fn pages(&mut self, call: impl Fn(&str) -> Call + Send + Sync) -> Option<Paged> {
        self.ask(call).await.unwrap_or_else(|error| {
            tracing::info!(%error, "what a business holds could not be read; it is passed over");
            None
        })
    }

    /// Asks with the fields of a Page; `None` when enough was asked. Meta documents the tasks for the person's own list only, so where they
    /// are refused the rest is asked without them.
    async fn ask<T: DeserializeOwned>(&mut self, call: impl Fn(&str) -> Call + Send + Sync) -> Result<Option<T>> {
        loop {
            if self.left == 0 {
                tracing::warn!(calls = MOST_CALLS, "there are more Pages than are looked for; the rest is left out");
                return Ok(None);
            }
            self.left -= 1;
            let fields = if self.asks_tasks { FIELDS.to_owned() } else { FIELDS.replace("tasks,", "") };
            match self.client.call(call(&fields).with_token(self.token)).await {
                Ok(answer) => return answer.json().map(Some),
                Err(error) if self.asks_tasks && error.kind() == ErrorKind::Invalid => self.asks_tasks = false,
                Err(error) => return Err(error),
            }
        }
    }
}

fn from(call: Call, after: Option<&str>) -> Call {
    match after {
        Some(after) => call.query("after", after),
        None => call,
    }
}

fn read<'a, T: Deserialize<'a>>(list: &'a Paged) -> impl Iterator<Item = T> + 'a {
    list.data.iter().filter_map(|item| serde_json::from_str(item.get()).ok())
}

const fn is_closed(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::NotFound | ErrorKind::PermissionMissing)
}

fn passed_over(error: &link_core::Error) -> Option<Vec<Listing>> {
    tracing::warn!(%error, "a Page that is not listed could not be read; it is passed over");
    None
}
