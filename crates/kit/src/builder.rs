//! Saying what a kit is made of.

mod crew;
mod ground;

use std::sync::Arc;
use std::time::Duration;

use link_core::linking::link::LinkPolicy;
use link_core::linking::vault::KeyRing;
use link_core::words::clock::{Chance, Clock, SystemChance, SystemClock};
use link_core::words::error::{Error, ErrorKind, Result};
use link_core::words::platform::Feature;
use link_notify::Sink;
use link_privacy::Policy;
use link_privacy::unusual::Rules;
use link_sync::{Budget, Submissions};
use url::Url;

use self::ground::Ground;
use crate::figures::Counters;
use crate::inner::Inner;
use crate::kit::LinkKit;
use crate::meta::Meta;
use crate::reads::Reads;
use crate::runner::Bell;
use crate::stores::Stores;
use crate::wiring::Wiring;

/// Largest delivery by default: a thousand events of a few kilobytes each.
const BODY_LIMIT: usize = 4 * 1024 * 1024;

/// How often each account is compared with the platform's memory by default.
const RECONCILE_EVERY: Duration = Duration::from_secs(6 * 3_600);

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
        let ground = self.ground(wiring, stores, keys);
        let crew = self.crew(&ground, &base);
        let Ground { wiring, stores, vault, their_clock, accesses, rounds, permissions, checkpoint } = ground;
        let reads = Reads::new(stores.activity.clone(), self.clock.clone());
        let (messages, outbox) = (stores.messages.clone(), stores.outbox.clone());
        let submissions = Submissions::new(checkpoint.clone(), messages, outbox, their_clock.clone(), self.chance.clone());
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
            releases: crew.releases,
            permissions,
            submissions,
            checkpoint,
            accesses,
            subscribing: crew.subscribing,
            unlinking: crew.unlinking,
            applier: crew.applier,
            pulses: crew.pulses,
            occasions: crew.occasions,
            enforced: crew.enforced,
            rounds: rounds.clone(),
            receives: self.receives,
            alerts: crew.alerts,
            works: crew.works,
            bell: Bell::new(),
            counters: Counters::default(),
            clock: self.clock,
            their_clock,
            chance: self.chance,
            base,
            mount,
            body_limit: self.body_limit,
        });
        rounds.attach(&inner);
        Ok(LinkKit { inner })
    }
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
