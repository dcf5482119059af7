//! Everything that exists on the platform's side of the wire.

pub(crate) mod belongings;
pub(crate) mod cast;
pub(crate) mod find;
pub(crate) mod ids;
pub(crate) mod index;
pub(crate) mod seed;
pub(crate) mod settings;
pub(crate) mod state;
pub(crate) mod talk;

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};

use crate::clock::Clock;
use crate::faults::Faults;
use crate::graph::usage::Usage;
use crate::ledger::Ledger;
use crate::mint::Mint;
use crate::tokens::{Code, Grant, PageKey, Token};
use crate::webhooks::notices::Letter;
use crate::webhooks::queue::Queue;
use crate::webhooks::subscriptions::{Callback, Installed};
use belongings::{Belongings, Optin};
use cast::{App, Business, Customer, Instagram, Page, Person};
use index::Index;
use settings::{Limits, Quirks};
use talk::{Comment, Thread};

/// The whole world behind both origins.
#[derive(Debug)]
pub(crate) struct World {
    /// How often the world was begun anew; what was on its way in an earlier one does not count here.
    pub(crate) generation: u64,
    pub(crate) clock: Clock,
    pub(crate) mint: Mint,
    pub(crate) quirks: Quirks,
    pub(crate) limits: Limits,
    pub(crate) apps: Vec<App>,
    pub(crate) people: Vec<Person>,
    pub(crate) businesses: Vec<Business>,
    pub(crate) pages: Vec<Page>,
    pub(crate) instagram: Vec<Instagram>,
    pub(crate) customers: Vec<Customer>,
    pub(crate) threads: Vec<Thread>,
    pub(crate) index: Index,
    pub(crate) comments: Vec<Comment>,
    /// What apps keep with Pages and accounts: files, menus, personas, labels.
    pub(crate) belongings: Belongings,
    /// Ticked checkboxes: the customer by account and `user_ref`.
    pub(crate) checkboxes: BTreeMap<(String, String), String>,
    /// Opt-ins by token.
    pub(crate) optins: BTreeMap<String, Optin>,
    pub(crate) grants: Vec<Grant>,
    pub(crate) tokens: BTreeMap<String, Token>,
    pub(crate) page_tokens: HashMap<PageKey, String>,
    pub(crate) codes: BTreeMap<String, Code>,
    pub(crate) callbacks: Vec<Callback>,
    pub(crate) installed: Vec<Installed>,
    pub(crate) undo: BTreeMap<String, Vec<Snapshot>>,
    pub(crate) usage: Usage,
    pub(crate) queue: Queue,
    /// Written and not posted yet.
    pub(crate) letters: Vec<Letter>,
    pub(crate) faults: Faults,
    pub(crate) calls: Ledger,
    pub(crate) deliveries: Ledger,
}

/// What a person's action can change, kept so that it can be taken back.
#[derive(Clone, Debug)]
pub(crate) struct Snapshot {
    pub(crate) people: Vec<Person>,
    pub(crate) pages: Vec<Page>,
    pub(crate) instagram: Vec<Instagram>,
    pub(crate) grants: Vec<Grant>,
    pub(crate) installed: Vec<Installed>,
}

impl World {
    /// A world with nobody in it.
    pub(crate) fn empty(clock: Clock) -> Self {
        let mint = if clock.is_frozen() { Mint::repeatable() } else { Mint::fresh() };
        Self {
            generation: 0,
            clock,
            mint,
            quirks: Quirks::default(),
            limits: Limits::default(),
            apps: Vec::new(),
            people: Vec::new(),
            businesses: Vec::new(),
            pages: Vec::new(),
            instagram: Vec::new(),
            customers: Vec::new(),
            threads: Vec::new(),
            index: Index::default(),
            comments: Vec::new(),
            belongings: Belongings::default(),
            checkboxes: BTreeMap::new(),
            optins: BTreeMap::new(),
            grants: Vec::new(),
            tokens: BTreeMap::new(),
            page_tokens: HashMap::new(),
            codes: BTreeMap::new(),
            callbacks: Vec::new(),
            installed: Vec::new(),
            undo: BTreeMap::new(),
            usage: Usage::default(),
            queue: Queue::default(),
            letters: Vec::new(),
            faults: Faults::default(),
            calls: Ledger::default(),
            deliveries: Ledger::default(),
        }
    }

    /// What time it is.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// What people have changed so far.
    pub(crate) fn snapshot(&self) -> Snapshot {
        Snapshot {
            people: self.people.clone(),
            pages: self.pages.clone(),
            instagram: self.instagram.clone(),
            grants: self.grants.clone(),
            installed: self.installed.clone(),
        }
    }

    /// Of what `before` kept, only what has changed since.
    pub(crate) fn changed_since(&self, before: Snapshot) -> Snapshot {
        Snapshot {
            people: differing(before.people, &self.people),
            pages: differing(before.pages, &self.pages),
            instagram: differing(before.instagram, &self.instagram),
            grants: differing(before.grants, &self.grants),
            installed: differing(before.installed, &self.installed),
        }
    }

    /// Puts back what one action changed, and leaves alone what happened besides. A grant that was given anew since
    /// then stays as it is.
    pub(crate) fn restore(&mut self, changed: Snapshot) {
        put_back(&mut self.people, changed.people, |one, other| one.id == other.id);
        put_back(&mut self.pages, changed.pages, |one, other| one.id == other.id);
        put_back(&mut self.instagram, changed.instagram, |one, other| one.id == other.id);
        let grants = &self.grants;
        let given_anew = |it: &Grant| grants.iter().any(|now| now.person == it.person && now.app == it.app && now.number != it.number);
        let earlier: Vec<Grant> = changed.grants.into_iter().filter(|it| !given_anew(it)).collect();
        put_back(&mut self.grants, earlier, |one, other| one.person == other.person && one.app == other.app);
        put_back(&mut self.installed, changed.installed, |one, other| one.app == other.app && one.asset == other.asset);
    }
}

/// What is no longer as it was.
fn differing<T: PartialEq>(before: Vec<T>, now: &[T]) -> Vec<T> {
    before.into_iter().filter(|it| !now.contains(it)).collect()
}

fn put_back<T>(all: &mut Vec<T>, earlier: Vec<T>, same: fn(&T, &T) -> bool) {
    for it in earlier {
        match all.iter().position(|known| same(known, &it)) {
            Some(place) => all[place] = it,
            None => all.push(it),
        }
    }
}
