//! Putting a kit together.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::TimeDelta;
use link_core::linking::gate::LinkGate;
use link_core::linking::link::LinkPolicy;
use link_core::linking::vault::{KeyRing, Vault};
use link_core::words::clock::{Chance, Clock, SystemChance, SystemClock};
use link_core::words::error::{Error, ErrorKind, Result};
use link_core::words::gate::Gate;
use link_core::words::platform::Feature;
use link_core::words::work::Work;
use link_notify::{Alerts, InProcess, Notifier, Preferred, Sink};
use link_permissions::PermissionGate;
use link_privacy::unusual::Rules;
use link_privacy::{Policy, PrivacyGate};
use link_sync::{
    Accesses, Applier, Backfills, Budget, Checkpoint, Deepening, Dispatch, Naming, Pace, Reconciles, RestrictionGate, Settling, Submissions,
};
use url::Url;

use crate::accessibility::Rounds;
use crate::announcement::Announcement;
use crate::approvals::Approved;
use crate::desk::Desk;
use crate::figures::Counters;
use crate::inner::Inner;
use crate::kit::LinkKit;
use crate::meta::Meta;
use crate::pulse::Pulses;
use crate::reads::Reads;
use crate::reconciling::{Comparing, Occasions};
use crate::refreshing::Refreshing;
use crate::resealing::Resealing;
use crate::runner::Bell;
use crate::sending::Known;
use crate::setups::{Closing, Releases};
use crate::stores::Stores;
use crate::subscribing::Subscribing;
use crate::their_clock::TheirClock;
use crate::unlinking::Unlinking;
use crate::watch::Watch;
use crate::web::Place;
use crate::wiring::Wiring;

/// Largest delivery by default: a thousand events of a few kilobytes each.
const BODY_LIMIT: usize = 4 * 1024 * 1024;

/// How often each account is compared with the platform's memory by default.
const RECONCILE_EVERY: Duration = Duration::from_secs(6 * 3_600);

/// How many accounts are compared side by side.
const COMPARERS: usize = 2;

/// How many claims of intents are sent side by side. A platform that hangs holds up one of them.
const SENDERS: usize = 4;

/// How many accounts' histories are read side by side. Each has a budget of its own at the platform.
const READERS: usize = 4;

/// Says what a kit is made of. Required: the other side ([`meta`](Self::meta) or [`wiring`](Self::wiring)), the public address, the keys, and
/// the stores.
#[must_use = "a builder does nothing until it is built"]
pub struct Builder {
    other_side: Option<OtherSide>,
    public_url: Option<String>,
    keys: Option<KeyRing>,
    stores: Option<Stores>,
    #[cfg(feature = "sqlite")]
    sqlite: Option<std::path::PathBuf>,
    policy: Policy,
    link_policy: LinkPolicy,
    terms: String,
    sinks: Vec<(&'static str, Arc<dyn Sink>)>,
    budget: Option<Arc<dyn Budget>>,
    clock: Arc<dyn Clock>,
    chance: Arc<dyn Chance>,
    body_limit: usize,
    receives: bool,
    unusual: Rules,
    features: Vec<Feature>,
    reconcile_every: Duration,
}

enum OtherSide {
    Meta(Box<Meta>),
    Wiring(Box<Wiring>),
}

impl Builder {
    pub(crate) fn new() -> Self {
        Self {
            other_side: None,
            public_url: None,
            keys: None,
            stores: None,
            #[cfg(feature = "sqlite")]
            sqlite: None,
            policy: Policy::default(),
            link_policy: LinkPolicy::default(),
            terms: "unnamed".to_owned(),
            sinks: Vec::new(),
            budget: None,
            clock: Arc::new(SystemClock),
            chance: Arc::new(SystemChance),
            body_limit: BODY_LIMIT,
            receives: true,
            unusual: Rules::default(),
            features: Vec::new(),
            reconcile_every: RECONCILE_EVERY,
        }
    }

    /// Works with Meta, as this app.
    pub fn meta(mut self, meta: Meta) -> Self {
        self.other_side = Some(OtherSide::Meta(Box::new(meta)));
        self
    }

    /// Works with whatever is wired here: other platforms, or Meta's with other ports.
    pub fn wiring(mut self, wiring: Wiring) -> Self {
        self.other_side = Some(OtherSide::Wiring(Box::new(wiring)));
        self
    }

    /// The address under which the handlers are reached from outside, with the path they are mounted at: `https://example.com/meta`.
    pub fn public_url(mut self, address: impl Into<String>) -> Self {
        self.public_url = Some(address.into());
        self
    }

    /// This program only looks: deliveries are received by another one, under an address that this one does not know. Whether Meta delivers to
    /// the right place is then not checked.
    pub const fn received_elsewhere(mut self) -> Self {
        self.receives = false;
        self
    }

    /// Features that are wanted beside those that every sign-in asks for: comments with their private replies, or sharing a post of one's own
    /// Instagram account. The dialogs ask for what they need; without this they do not, so that nobody is asked for what is not used.
    pub fn features(mut self, features: &[Feature]) -> Self {
        self.features.extend_from_slice(features);
        self
    }

    /// The keys that seal tokens. Keep them apart from the database; without them its tokens are worth nothing.
    pub fn keys(mut self, keys: KeyRing) -> Self {
        self.keys = Some(keys);
        self
    }

    /// Keeps everything in one SQLite file.
    #[cfg(feature = "sqlite")]
    pub fn sqlite(mut self, path: impl Into<std::path::PathBuf>) -> Self {
        self.sqlite = Some(path.into());
        self
    }

    /// Keeps everything in these stores.
    pub fn stores(mut self, stores: impl Into<Stores>) -> Self {
        self.stores = Some(stores.into());
        self
    }

    /// Who may see what. By default the owner and everybody with a role see everything, everybody else nothing.
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// What links may be: how many Instagram accounts go with one Messenger account. By default any number.
    pub const fn links(mut self, policy: LinkPolicy) -> Self {
        self.link_policy = policy;
        self
    }

    /// The version of your terms that owners agree to with a review: `2026-11`. It is kept with each agreement; "unnamed" by default.
    pub fn terms(mut self, version: impl Into<String>) -> Self {
        self.terms = version.into();
        self
    }

    /// Alerts also go here. The name is the sink's own and stays the same over restarts: under it its place in the feed is kept. A sink that
    /// fails holds up nobody but itself.
    pub fn sink(mut self, name: &'static str, sink: Arc<dyn Sink>) -> Self {
        self.sinks.push((name, sink));
        self
    }

    /// Calls to the platform are paced by this. By default each process paces itself by the platform's published rates and by what its answers
    /// tell, and what was throttled stays so over restarts.
    pub fn budget(mut self, budget: Arc<dyn Budget>) -> Self {
        self.budget = Some(budget);
        self
    }

    /// Time comes from here.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Fresh ids and nonces come from here.
    pub fn chance(mut self, chance: Arc<dyn Chance>) -> Self {
        self.chance = chance;
        self
    }

    /// Largest delivery that is taken, in bytes; 4 MiB by default. Meta sends up to a thousand events at once.
    pub const fn body_limit(mut self, bytes: usize) -> Self {
        self.body_limit = bytes;
        self
    }

    /// How often each account's recent conversations are compared with what is here, give or take a tenth, so that deliveries which are lost
    /// without a word are noticed and made up for; every six hours by default, and for most accounts one call each. Never by schedule if zero:
    /// then only after the program was away, after somebody signed in again and the like, and when somebody asks for it.
    pub const fn reconcile_every(mut self, interval: Duration) -> Self {
        self.reconcile_every = interval;
        self
    }

    /// From where on an access is unusual, instead of the default thresholds.
    pub const fn unusual(mut self, rules: Rules) -> Self {
        self.unusual = rules;
        self
    }

    fn wired(&mut self) -> Result<Wiring> {
        let wiring = match self.other_side.take().ok_or_else(|| missing("meta or wiring"))? {
            OtherSide::Meta(meta) => meta.wire(self.clock.clone())?,
            OtherSide::Wiring(wiring) => *wiring,
        };
        Ok(wiring.wanting(&self.features))
    }

    /// Opens the stores and puts everything together. What is missing or wrong is an error of kind
    /// [`Configuration`](ErrorKind::Configuration) that names it.
    #[cfg_attr(not(feature = "sqlite"), expect(clippy::unused_async, reason = "only the embedded store is waited for"))]
    #[expect(clippy::too_many_lines, reason = "everything is put together in one place, and each line hands one thing to another")]
    pub async fn build(mut self) -> Result<LinkKit> {
        let (mount, base) = mount(&self.public_url.take().ok_or_else(|| missing("public_url"))?)?;
        let keys = self.keys.take().ok_or_else(|| missing("keys"))?;
        let lanes = keys.lane_keys().into_iter().next().ok_or_else(|| missing("keys"))?;
        let wiring = self.wired()?;
        #[cfg(feature = "sqlite")]
        if let (None, Some(path)) = (&self.stores, &self.sqlite) {
            self.stores = Some(Stores::from(&link_store_sqlite::Sqlite::open(path).await?));
        }
        let stores = self.stores.take().ok_or_else(|| missing("stores"))?;
        let vault = Vault::new(stores.credentials.clone(), keys, self.chance.clone());
        let rounds = Arc::new(Rounds::new());
        let desk: Arc<dyn Accesses> = Arc::new(Desk {
            links: stores.links.clone(),
            vault: vault.clone(),
            findings: stores.findings.clone(),
            wiring: wiring.clone(),
            clock: self.clock.clone(),
            rounds: rounds.clone(),
        });
        let permissions = PermissionGate::new(wiring.requirements(), stores.ledger.clone(), stores.links.clone())
            .with_approvals(Arc::new(Approved(stores.findings.clone())));
        let gates: [Arc<dyn Gate>; 4] = [
            Arc::new(LinkGate::new(stores.links.clone())),
            Arc::new(permissions.clone()),
            Arc::new(RestrictionGate::new(stores.messages.clone(), self.clock.clone())),
            Arc::new(PrivacyGate::new(self.policy.clone())),
        ];
        let known = Known {
            wiring: wiring.clone(),
            links: stores.links.clone(),
            messages: stores.messages.clone(),
            outbox: stores.outbox.clone(),
            uploads: stores.uploads.clone(),
        };
        let checkpoint = Checkpoint::new(gates, wiring.carriers(), self.paced(&wiring, &stores)).with_knowledge(Arc::new(known));
        let their_clock: Arc<dyn Clock> = Arc::new(TheirClock { ours: self.clock.clone(), sight: wiring.sight.clone() });
        let every = TimeDelta::from_std(self.reconcile_every).unwrap_or(TimeDelta::MAX);
        let (links, kept) = (stores.links.clone(), (stores.reconciles.clone(), stores.findings.clone()));
        let occasions = Arc::new(Occasions::new(links, kept, self.clock.clone(), self.chance.clone(), (every, self.receives)));
        let subscribing = Arc::new(Subscribing {
            wiring: wiring.clone(),
            links: stores.links.clone(),
            backfills: stores.backfills.clone(),
            occasions: occasions.clone(),
            accesses: desk.clone(),
            permissions: Arc::new(permissions.clone()),
            clock: self.clock.clone(),
            callback_url: format!("{base}{}", Place::Webhook.path()),
            receives: self.receives,
            announcement: Announcement::default(),
            turn: tokio::sync::Mutex::default(),
            resting: Mutex::default(),
        });
        let unlinking = Arc::new(Unlinking {
            wiring: wiring.clone(),
            links: stores.links.clone(),
            setups: stores.setups.clone(),
            credentials: stores.credentials.clone(),
            unlinks: stores.unlinks.clone(),
            ledger: stores.ledger.clone(),
            vault: vault.clone(),
            subscribing: subscribing.clone(),
            clock: self.clock.clone(),
        });
        let alerts = InProcess::new();
        let (journal, decoder) = (stores.journal.clone(), wiring.decoder.clone());
        let applier = Applier::new(journal, decoder, stores.messages.clone(), stores.links.clone(), self.clock.clone())
            .answering_as(wiring.apps.iter().cloned())
            .asking_for_comments(Arc::new(permissions.clone()));
        let applier = Arc::new(applier);
        let mut works = self.works(&stores, &checkpoint, &desk, &alerts, &their_clock);
        let (setups, links) = (stores.setups.clone(), stores.links.clone());
        let releases = Releases {
            wiring: wiring.clone(),
            setups: setups.clone(),
            links,
            ledger: stores.ledger.clone(),
            vault: vault.clone(),
            clock: self.clock.clone(),
        };
        let closing = Arc::new(Closing { releases: releases.clone(), setups, clock: self.clock.clone(), resting: Mutex::default() });
        let pulses = Arc::new(Pulses::new(stores.pulse.clone(), wiring.decoder.clone(), self.clock.clone()));
        works.extend([
            subscribing.clone() as Arc<dyn Work>,
            applier.clone(),
            closing,
            pulses.clone(),
            rounds.clone(),
            unlinking.clone(),
            occasions.clone(),
        ]);
        works.extend(looking_after(&wiring, &stores, &vault, &desk, &self.clock));
        let (clock, chance) = (self.clock, self.chance);
        let reads = Reads::new(stores.activity.clone(), clock.clone());
        let submissions =
            Submissions::new(checkpoint.clone(), stores.messages.clone(), stores.outbox.clone(), their_clock.clone(), chance.clone());
        let inner = Arc::new(Inner {
            wiring,
            stores,
            reads,
            vault,
            lanes,
            policy: self.policy,
            link_policy: self.link_policy,
            terms: self.terms,
            sinks: self.sinks.iter().map(|(name, _)| *name).collect(),
            releases,
            permissions,
            submissions,
            checkpoint,
            accesses: desk.clone(),
            subscribing,
            unlinking,
            applier,
            pulses,
            occasions,
            rounds: rounds.clone(),
            receives: self.receives,
            alerts,
            works,
            bell: Bell::new(),
            counters: Counters::default(),
            clock,
            their_clock,
            chance,
            base,
            mount,
            body_limit: self.body_limit,
        });
        rounds.attach(&inner);
        Ok(LinkKit { inner })
    }

    fn paced(&self, wiring: &Wiring, stores: &Stores) -> Arc<dyn Budget> {
        let own = || {
            let pace = Pace::default().keeping(stores.pauses.clone());
            let pace = match &wiring.meter {
                Some(meter) => pace.metered(meter.clone()),
                None => pace,
            };
            Arc::new(pace) as Arc<dyn Budget>
        };
        self.budget.clone().unwrap_or_else(own)
    }

    fn works(
        &self,
        stores: &Stores,
        checkpoint: &Checkpoint,
        desk: &Arc<dyn Accesses>,
        alerts: &InProcess,
        clock: &Arc<dyn Clock>,
    ) -> Vec<Arc<dyn Work>> {
        let Stores { feed, links, messages, outbox, backfills, reconciles, findings, activity, .. } = stores.clone();
        let mut works: Vec<Arc<dyn Work>> = vec![
            Arc::new(Deepening::new(checkpoint.clone(), feed.clone(), backfills.clone(), clock.clone())),
            Arc::new(Naming::new(checkpoint.clone(), feed.clone(), messages.clone(), desk.clone(), clock.clone())),
            Arc::new(Settling::new(checkpoint.clone(), messages.clone(), outbox.clone(), desk.clone(), clock.clone())),
        ];
        for _ in 0..COMPARERS {
            let (checkpoint, reconciles, messages) = (checkpoint.clone(), reconciles.clone(), messages.clone());
            let reconciles = Reconciles::new(checkpoint, reconciles, messages, desk.clone(), clock.clone());
            works.push(Arc::new(Comparing { reconciles, findings: findings.clone(), clock: clock.clone() }));
        }
        let (rules, learned) = (self.unusual.clone(), tokio::sync::Mutex::default());
        works.push(Arc::new(Watch { activity, feed: feed.clone(), clock: self.clock.clone(), rules, learned }));
        for _ in 0..READERS {
            let (backfills, messages) = (backfills.clone(), messages.clone());
            works.push(Arc::new(Backfills::new(checkpoint.clone(), backfills, messages, desk.clone(), clock.clone())));
        }
        for _ in 0..SENDERS {
            works.push(Arc::new(Dispatch::new(checkpoint.clone(), messages.clone(), outbox.clone(), desk.clone(), clock.clone())));
        }
        // A notifier for each sink: sinks of one keep step, and a dead one would hold the others up.
        let own: (&'static str, Arc<dyn Sink>) = ("link-kit alerts", Arc::new(alerts.clone()));
        for (name, sink) in std::iter::once(own).chain(self.sinks.iter().cloned()) {
            let alerts = Alerts::new(Arc::new(Preferred::new(links.clone())));
            works.push(Arc::new(Notifier::new(name, feed.clone(), alerts).with_sink(sink)));
        }
        works
    }
}

/// The work on tokens: sealing anew after a rotation, refreshing and warning.
fn looking_after(wiring: &Wiring, stores: &Stores, vault: &Vault, desk: &Arc<dyn Accesses>, clock: &Arc<dyn Clock>) -> [Arc<dyn Work>; 2] {
    let refreshing = Refreshing {
        wiring: wiring.clone(),
        links: stores.links.clone(),
        setups: stores.setups.clone(),
        credentials: stores.credentials.clone(),
        vault: vault.clone(),
        accesses: desk.clone(),
        clock: clock.clone(),
    };
    [Arc::new(Resealing::new(vault.clone(), clock.clone())), Arc::new(refreshing)]
}

fn missing(what: &str) -> Error {
    Error::new(ErrorKind::Configuration, format!("build the kit: {what} is missing"))
}

/// The path that the handlers are mounted at, and the whole address without a slash at its end.
fn mount(public_url: &str) -> Result<(String, String)> {
    let wrong = || Error::new(ErrorKind::Configuration, "read public_url, which is an http or https address without query or fragment");
    let url = Url::parse(public_url).map_err(|error| wrong().with_source(error))?;
    let plain = matches!(url.scheme(), "http" | "https") && url.host().is_some() && url.query().is_none() && url.fragment().is_none();
    if !plain {
        return Err(wrong());
    }
    let mount = url.path().trim_end_matches('/').to_owned();
    Ok((mount, url.as_str().trim_end_matches('/').to_owned()))
}

impl std::fmt::Debug for Builder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Builder")
            .field("public_url", &self.public_url)
            .field("keys", &self.keys)
            .field("body_limit", &self.body_limit)
            .finish_non_exhaustive()
    }
}
