//! What a program is wired to: platforms, roads, and the two ends of the webhook.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::TimeDelta;
use link_core::words::finding::Examine;
use link_core::words::ports::{Decoder, Directory, Grants, Intake, Posts, Subscriptions, Uploads};
use link_core::words::rates::Meter;
use link_core::{ExternalId, Feature, Platform, Road, Scope, Secret};
use link_permissions::{Requirement, Requirements};
use link_sync::{Carrier, Carriers};

/// One platform: its ports, and what each of its features needs.
#[derive(Clone)]
#[non_exhaustive]
pub struct PlatformParts {
    /// Capabilities, sender, history and profiles.
    pub carrier: Carrier,
    /// Turns its webhooks on and off.
    pub subscriptions: Arc<dyn Subscriptions>,
    /// Its requirement tables.
    pub requirements: Vec<&'static [Requirement]>,
    /// Uploads files; without it files are sent by their addresses only.
    pub uploads: Option<Arc<dyn Uploads>>,
    /// Reads what its accounts published, where they publish.
    pub posts: Option<Arc<dyn Posts>>,
}

impl PlatformParts {
    /// A platform.
    pub fn new(carrier: Carrier, subscriptions: Arc<dyn Subscriptions>, requirements: Vec<&'static [Requirement]>) -> Self {
        Self { carrier, subscriptions, requirements, uploads: None, posts: None }
    }

    /// With what uploads files.
    #[must_use]
    pub fn with_uploads(mut self, uploads: Arc<dyn Uploads>) -> Self {
        self.uploads = Some(uploads);
        self
    }

    /// With what reads posts.
    #[must_use]
    pub fn with_posts(mut self, posts: Arc<dyn Posts>) -> Self {
        self.posts = Some(posts);
        self
    }
}

/// One road: how somebody signs in on it, and what they can reach.
#[derive(Clone)]
#[non_exhaustive]
pub struct RoadParts {
    /// Signing in.
    pub grants: Arc<dyn Grants>,
    /// What can be reached.
    pub directory: Arc<dyn Directory>,
    /// What looks for whatever stands in the way; without one nothing of the platform's is checked.
    pub examiner: Option<Arc<dyn Examine>>,
}

impl RoadParts {
    /// A road.
    pub fn new(grants: Arc<dyn Grants>, directory: Arc<dyn Directory>) -> Self {
        Self { grants, directory, examiner: None }
    }

    /// With what looks for whatever stands in the way.
    #[must_use]
    pub fn with_examiner(mut self, examiner: Arc<dyn Examine>) -> Self {
        self.examiner = Some(examiner);
        self
    }
}

/// Everything on the other side of the wire. [`Meta`](crate::Meta) makes one; so can you.
#[derive(Clone)]
#[non_exhaustive]
pub struct Wiring {
    /// The platforms.
    pub platforms: Vec<PlatformParts>,
    /// The roads.
    pub roads: Vec<RoadParts>,
    /// Verifies and splits what arrives.
    pub intake: Arc<dyn Intake>,
    /// Understands what was split.
    pub decoder: Arc<dyn Decoder>,
    /// The secret by which the platform recognises our webhook address; the intake answers handshakes that carry it.
    pub verify_token: Secret,
    /// What the calls so far showed of the platform, for the doctor.
    pub sight: Option<Arc<dyn Sight>>,
    /// What the answers told of the allowances; without it only the platform's rates and its throttling are heeded.
    pub meter: Option<Arc<dyn Meter>>,
    /// Features that are wanted though no dialog asks for them by itself: comments, for one.
    pub wanted: Vec<Feature>,
    /// The apps that this program is, by the ids that a platform names in echoes and when a conversation changes hands.
    pub apps: Vec<ExternalId>,
}

/// What calls to a platform show beside their answers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Seen {
    /// The version that answered.
    pub served_version: Option<String>,
    /// How much of each allowance is left, in percent, by the name of the allowance.
    pub budget_left: BTreeMap<String, u32>,
    /// How far the platform's clock was ahead of ours at the last answer.
    pub clock_ahead: Option<TimeDelta>,
}

/// Tells what was seen last. Never makes a call.
pub trait Sight: Send + Sync {
    /// What was seen last.
    fn seen(&self) -> Seen;
}

impl Wiring {
    /// Nothing but the two ends of the webhook.
    pub fn new(intake: Arc<dyn Intake>, decoder: Arc<dyn Decoder>, verify_token: Secret) -> Self {
        let (platforms, roads) = (Vec::new(), Vec::new());
        Self { platforms, roads, intake, decoder, verify_token, sight: None, meter: None, wanted: Vec::new(), apps: Vec::new() }
    }

    /// With a platform.
    #[must_use]
    pub fn with_platform(mut self, platform: PlatformParts) -> Self {
        self.platforms.push(platform);
        self
    }

    /// With a road.
    #[must_use]
    pub fn with_road(mut self, road: RoadParts) -> Self {
        self.roads.push(road);
        self
    }

    /// With what the calls so far showed.
    #[must_use]
    pub fn with_sight(mut self, sight: Arc<dyn Sight>) -> Self {
        self.sight = Some(sight);
        self
    }

    /// With what the answers told of the allowances.
    #[must_use]
    pub fn with_meter(mut self, meter: Arc<dyn Meter>) -> Self {
        self.meter = Some(meter);
        self
    }

    /// As these apps.
    #[must_use]
    pub fn answering_as(mut self, apps: impl IntoIterator<Item = ExternalId>) -> Self {
        self.apps.extend(apps);
        self
    }

    /// With features that are wanted though no dialog asks for them by itself.
    #[must_use]
    pub fn wanting(mut self, features: &[Feature]) -> Self {
        self.wanted.extend_from_slice(features);
        self
    }

    pub(crate) fn carriers(&self) -> Carriers {
        Carriers::new(self.platforms.iter().map(|platform| platform.carrier.clone()))
    }

    pub(crate) fn requirements(&self) -> Requirements {
        let tables = self.platforms.iter().flat_map(|platform| platform.requirements.iter());
        let rows = tables.fold(Requirements::new(), |all, table| all.with(table));
        self.roads.iter().fold(rows, |all, road| all.knowing(road.grants.permissions())).wanting(&self.wanted)
    }

    pub(crate) fn scopes(&self, road: &Road) -> Vec<Scope> {
        let platforms: Vec<Platform> = self.platforms.iter().map(|platform| platform.carrier.capabilities.platform.clone()).collect();
        self.requirements().scopes(road, &platforms)
    }

    pub(crate) fn road(&self, road: &Road) -> Option<&RoadParts> {
        self.roads.iter().find(|parts| parts.grants.road() == *road)
    }

    pub(crate) fn platform(&self, platform: &Platform) -> Option<&PlatformParts> {
        self.platforms.iter().find(|parts| parts.carrier.capabilities.platform == *platform)
    }
}

impl std::fmt::Debug for Wiring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let platforms: Vec<_> = self.platforms.iter().map(|parts| parts.carrier.capabilities.platform.as_str()).collect();
        f.debug_struct("Wiring").field("platforms", &platforms).field("roads", &self.roads.len()).finish_non_exhaustive()
    }
}
