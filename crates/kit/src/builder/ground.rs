//! What everything of a kit stands on: the stores, the right to call, and the one way out.

use std::sync::Arc;

use link_core::linking::gate::LinkGate;
use link_core::linking::vault::{KeyRing, Vault};
use link_core::words::clock::Clock;
use link_core::words::gate::Gate;
use link_permissions::PermissionGate;
use link_privacy::PrivacyGate;
use link_sync::{Accesses, Budget, Checkpoint, Pace, RestrictionGate};

use super::Builder;
use crate::accessibility::Rounds;
use crate::approvals::Approved;
use crate::desk::Desk;
use crate::sending::Known;
use crate::stores::Stores;
use crate::their_clock::TheirClock;
use crate::wiring::Wiring;

/// What everything stands on.
pub(super) struct Ground {
    pub(super) wiring: Wiring,
    pub(super) stores: Stores,
    pub(super) vault: Vault,
    pub(super) their_clock: Arc<dyn Clock>,
    pub(super) accesses: Arc<dyn Accesses>,
    pub(super) rounds: Arc<Rounds>,
    pub(super) permissions: PermissionGate,
    pub(super) checkpoint: Checkpoint,
}

impl Builder {
    pub(super) fn ground(&self, wiring: Wiring, stores: Stores, keys: KeyRing) -> Ground {
        let vault = Vault::new(stores.credentials.clone(), keys, self.chance.clone());
        let rounds = Arc::new(Rounds::new());
        let accesses: Arc<dyn Accesses> = Arc::new(Desk {
            links: stores.links.clone(),
            vault: vault.clone(),
            findings: stores.findings.clone(),
            wiring: wiring.clone(),
            clock: self.clock.clone(),
            rounds: rounds.clone(),
        });
        let permissions = PermissionGate::new(wiring.requirements(), stores.ledger.clone(), stores.links.clone())
            .with_approvals(Arc::new(Approved(stores.findings.clone())));
        let their_clock: Arc<dyn Clock> = Arc::new(TheirClock::new(self.clock.clone(), wiring.sight.clone()));
        let gates: [Arc<dyn Gate>; 4] = [
            Arc::new(LinkGate::new(stores.links.clone())),
            Arc::new(permissions.clone()),
            Arc::new(RestrictionGate::new(stores.messages.clone(), their_clock.clone())),
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
        Ground { wiring, stores, vault, their_clock, accesses, rounds, permissions, checkpoint }
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
}
