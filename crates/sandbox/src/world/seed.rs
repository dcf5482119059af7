//! Reading a world from JSON, and the world that is there when nobody says otherwise.

mod talk;
pub(crate) mod text;

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::World;
use super::settings::{Limits, Quirks};
use super::talk::{Platform, Thread};
use crate::clock::{self, Clock};
use talk::Conversation;

/// Why a seed does not describe a world.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct SeedError(String);

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Seed {
    clock: Option<DateTime<Utc>>,
    quirks: Option<Value>,
    limits: Option<Value>,
    apps: Vec<Value>,
    people: Vec<Value>,
    businesses: Vec<Value>,
    pages: Vec<Value>,
    instagram: Vec<Value>,
    customers: Vec<Value>,
    conversations: Vec<Conversation>,
}

impl World {
    /// Builds a world from a seed; `at` wins over the seed's own clock.
    pub(crate) fn from_seed(seed: &Value, at: Option<DateTime<Utc>>) -> Result<Self, SeedError> {
        let told: Seed = read(seed.clone(), "a seed")?;
        let at = at.or(told.clock);
        if at.is_some_and(|at| !clock::is_sensible(at)) {
            return Err(SeedError("a world stands between the years 1970 and 9000".to_owned()));
        }
        let clock = at.map_or_else(Clock::system, Clock::frozen);
        let mut world = Self::empty(clock);
        world.absorb(told)?;
        Ok(world)
    }

    /// Adds what a seed describes; what has the same id is changed, key by key.
    pub(crate) fn add(&mut self, seed: &Value) -> Result<(), SeedError> {
        let told: Seed = read(seed.clone(), "a seed")?;
        if told.clock.is_some() {
            return Err(SeedError("a running world's time is moved with POST clock, not with a seed".to_owned()));
        }
        let settings = (self.quirks.clone(), self.limits.clone(), self.mint.clone());
        let cast = (self.apps.clone(), self.people.clone(), self.businesses.clone(), self.pages.clone(), self.instagram.clone());
        let customers = self.customers.clone();
        self.absorb(told).inspect_err(|_| {
            // A seed that cannot be read to its end changes nothing.
            (self.quirks, self.limits, self.mint) = settings;
            (self.apps, self.people, self.businesses, self.pages, self.instagram) = cast;
            self.customers = customers;
            self.index.customers_are(&self.customers);
        })
    }

    fn absorb(&mut self, seed: Seed) -> Result<(), SeedError> {
        if let Some(quirks) = seed.quirks {
            self.quirks = changed(&self.quirks, quirks, "quirks")?;
        }
        if let Some(limits) = seed.limits {
            self.limits = changed(&self.limits, limits, "limits")?;
        }
        upsert(&mut self.apps, seed.apps, "an app", |it| &it.id)?;
        upsert(&mut self.people, seed.people, "a person", |it| &it.id)?;
        upsert(&mut self.businesses, seed.businesses, "a business", |it| &it.id)?;
        upsert(&mut self.pages, seed.pages, "a Page", |it| &it.id)?;
        upsert(&mut self.instagram, seed.instagram, "an Instagram account", |it| &it.id)?;
        upsert(&mut self.customers, seed.customers, "a customer", |it| &it.id)?;
        self.index.customers_are(&self.customers);
        self.check_references()?;
        let conversations = seed.conversations.iter().map(|told| told.understood(self)).collect::<Result<Vec<_>, _>>()?;
        // Nothing can be refused any more, and what the ledgers let go does not come back.
        for told in conversations {
            self.converse(told);
        }
        self.calls.keep(self.limits.ledger_entries);
        self.deliveries.keep(self.limits.ledger_entries);
        Ok(())
    }

    fn check_references(&self) -> Result<(), SeedError> {
        for page in &self.pages {
            if let Some(business) = &page.business
                && self.business(business).is_none()
            {
                return Err(SeedError(format!(
                    "Page {} belongs to business {business}, which no entry of `businesses` describes",
                    page.id
                )));
            }
            if let Some(linked) = &page.instagram
                && self.account(linked).is_none()
            {
                return Err(SeedError(format!(
                    "Page {} is linked to Instagram {linked}, which no entry of `instagram` describes",
                    page.id
                )));
            }
            for admin in &page.admins {
                if self.person(&admin.person).is_none() {
                    return Err(SeedError(format!("Page {} names person {}, whom no entry of `people` describes", page.id, admin.person)));
                }
            }
        }
        Ok(())
    }

    /// The place of a conversation among the threads; it is begun when there is none.
    pub(crate) fn open_thread(&mut self, platform: Platform, account: &str, customer: &str, scoped: &str) -> usize {
        self.index.thread_with(account, scoped).unwrap_or_else(|| {
            self.threads.push(Thread {
                id: Self::thread_id(platform, account, scoped),
                platform,
                account: account.to_owned(),
                customer: customer.to_owned(),
                scoped: scoped.to_owned(),
                messages: Vec::new(),
                taken_back: 0,
                opened: None,
                consented: false,
                blocked: false,
                owner: None,
                seen: None,
                seen_by_account: None,
                typing: None,
                archived: false,
                order: 0,
            });
            let place = self.threads.len() - 1;
            self.index.begin(place, &self.threads[place]);
            place
        })
    }
}

fn span(text: &str) -> Result<TimeDelta, SeedError> {
    let span = clock::span(text).filter(|span| *span <= TimeDelta::days(3_650));
    span.ok_or_else(|| SeedError(format!("{text:?} is not a span such as `90m`, `25h` or `7d`")))
}

fn read<T: DeserializeOwned>(value: Value, what: &str) -> Result<T, SeedError> {
    // A list would be read as the values in their order.
    if !value.is_object() {
        return Err(SeedError(format!("{what} cannot be read: it is a JSON object")));
    }
    serde_json::from_value(value).map_err(|error| SeedError(format!("{what} cannot be read: {error}")))
}

fn changed<T: Serialize + DeserializeOwned>(old: &T, change: Value, what: &str) -> Result<T, SeedError> {
    let mut whole = serde_json::to_value(old).map_err(|error| SeedError(error.to_string()))?;
    match (&mut whole, change) {
        (Value::Object(whole), Value::Object(change)) => whole.extend(change),
        (whole, change) => *whole = change,
    }
    read(whole, what)
}

fn upsert<T: Serialize + DeserializeOwned>(
    list: &mut Vec<T>,
    told: Vec<Value>,
    what: &str,
    id: fn(&T) -> &String,
) -> Result<(), SeedError> {
    if told.is_empty() {
        return Ok(());
    }
    let mut places: HashMap<String, usize> = list.iter().enumerate().map(|(place, it)| (id(it).clone(), place)).collect();
    for value in told {
        if let Some(place) = value["id"].as_str().and_then(|told| places.get(told)).copied() {
            list[place] = changed(&list[place], value, what)?;
        } else {
            let new: T = read(value, what)?;
            places.insert(id(&new).clone(), list.len());
            list.push(new);
        }
    }
    Ok(())
}

/// The default world, in the form of a seed file.
pub fn default_seed() -> Value {
    let history = |account: &str, customer: &str| {
        json!({
            "account": account,
            "customer": customer,
            "history": {"messages": 30, "every": "3h", "last": "1h"},
        })
    };
    let everything = [
        "pages_show_list",
        "pages_read_engagement",
        "pages_manage_metadata",
        "pages_messaging",
        "instagram_basic",
        "instagram_manage_messages",
    ];
    json!({
        "clock": null,
        "quirks": Quirks::default(),
        "limits": Limits::default(),
        "apps": [{
            "id": "1000000000000001",
            "name": "Sandbox App",
            "secret": "sandbox-app-secret",
            "verify_token": "sandbox-verify",
            "instagram_app": {"id": "1000000000000002", "secret": "sandbox-instagram-secret"},
            "redirect_uris": ["loopback"],
            "access": "advanced",
            "roles": ["2000000000000001"],
            "human_agent": true,
            "require_proof": false,
            "configurations": [{"id": "6000000000000001", "scopes": everything}],
            "deauthorize_url": null,
            "data_deletion_url": null,
        }],
        "people": [{"id": "2000000000000001", "name": "Robin Keeper"}],
        "businesses": [],
        "pages": [
            page("3000000000000001", "Harbour Books", "Bookstore", "17841400000000001"),
            page("3000000000000002", "Harbour Cafe", "Cafe", "17841400000000002"),
        ],
        "instagram": [
            {"id": "17841400000000001", "username": "harbourbooks", "name": "Harbour Books", "account_type": "business", "owner": "2000000000000001"},
            {"id": "17841400000000002", "username": "harbourcafe", "name": "Harbour Cafe", "account_type": "creator", "owner": "2000000000000001"},
            {"id": "17841400000000003", "username": "robin.private", "name": "Robin", "account_type": "personal", "owner": "2000000000000001"},
        ],
        "customers": [
            {"id": "c1", "first_name": "Ada", "last_name": "Marsh", "username": "ada.marsh", "messenger": true, "instagram": true},
            {"id": "c2", "first_name": "Ben", "last_name": "Quayle", "username": "ben.quayle", "messenger": true, "instagram": true},
            {"id": "c3", "first_name": "Chloe", "last_name": "Reed", "messenger": true},
            {"id": "c4", "first_name": "Dan", "last_name": "Sand", "messenger": true},
            {"id": "c5", "first_name": "Eve", "last_name": "Tide", "username": "eve.tide", "instagram": true},
        ],
        "conversations": [
            history("3000000000000001", "c1"),
            history("3000000000000001", "c2"),
            history("3000000000000001", "c3"),
            history("3000000000000001", "c4"),
            history("17841400000000001", "c1"),
            history("17841400000000001", "c2"),
            history("17841400000000001", "c5"),
        ],
    })
}

fn page(id: &str, name: &str, category: &str, instagram: &str) -> Value {
    json!({
        "id": id,
        "name": name,
        "category": category,
        "instagram": instagram,
        "admins": [{
            "person": "2000000000000001",
            "tasks": ["ADVERTISE", "ANALYZE", "CREATE_CONTENT", "MESSAGING", "MODERATE", "MANAGE"],
        }],
    })
}
