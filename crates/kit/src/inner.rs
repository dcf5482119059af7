//! What every service stands on.

use std::sync::Arc;

use link_core::linking::link::LinkPolicy;
use link_core::linking::vault::Vault;
use link_core::words::clock::{Chance, Clock};
use link_core::words::envelope::LaneKey;
use link_core::words::platform::Road;
use link_notify::InProcess;
use link_permissions::PermissionGate;
use link_privacy::Policy;
use link_sync::{Accesses, Applier, Checkpoint, Submissions};

use crate::accessibility::{Enforced, Rounds};
use crate::figures::Counters;
use crate::pulse::Pulses;
use crate::reads::Reads;
use crate::reconciling::Occasions;
use crate::runner::{Bell, Timed};
use crate::setups::Releases;
use crate::stores::Stores;
use crate::subscribing::Subscribing;
use crate::unlinking::Unlinking;
use crate::web::Place;
use crate::wiring::Wiring;

pub(crate) struct Inner {
    pub(crate) wiring: Wiring,
    pub(crate) stores: Stores,
    pub(crate) reads: Reads,
    pub(crate) vault: Vault,
    pub(crate) lanes: LaneKey,
    pub(crate) policy: Policy,
    pub(crate) link_policy: LinkPolicy,
    pub(crate) terms: String,
    pub(crate) sinks: Vec<&'static str>,
    pub(crate) releases: Releases,
    pub(crate) permissions: PermissionGate,
    pub(crate) submissions: Submissions,
    pub(crate) checkpoint: Checkpoint,
    pub(crate) accesses: Arc<dyn Accesses>,
    pub(crate) subscribing: Arc<Subscribing>,
    pub(crate) unlinking: Arc<Unlinking>,
    pub(crate) applier: Arc<Applier>,
    pub(crate) pulses: Arc<Pulses>,
    pub(crate) occasions: Arc<Occasions>,
    pub(crate) rounds: Arc<Rounds>,
    pub(crate) enforced: Enforced,
    /// Whether deliveries come to this program.
    pub(crate) receives: bool,
    pub(crate) alerts: InProcess,
    pub(crate) works: Vec<Timed>,
    pub(crate) bell: Bell,
    pub(crate) counters: Counters,
    pub(crate) clock: Arc<dyn Clock>,
    /// The time as the platform has it.
    pub(crate) their_clock: Arc<dyn Clock>,
    pub(crate) chance: Arc<dyn Chance>,
    /// The public address, without a slash at its end.
    pub(crate) base: String,
    pub(crate) mount: String,
    pub(crate) body_limit: usize,
}

impl Inner {
    /// Where the dialog of a road comes back to; it must be registered with the app.
    pub(crate) fn redirect_uri(&self, road: &Road) -> String {
        format!("{}{}", self.base, Place::SignInCallback(road.clone()).path())
    }
}
